"""Does watching cost the training, and does training cost the window?

Trains one net (3 x 128, batch 2048) in turns without a window and in the open window with t playing, each in a process
of its own, and prints: lateness of the window's heartbeat, age of the picture, and steps per second of both with their
ratio. Needs a display:  .ci/display .venv/bin/python bench/live.py
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import nobody  # noqa: F401

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
WARM_UP = 3.0  # seconds: imports, first steps, freezing of garbage


def experiment(batch: int, width: int, depth: int):
    from engine.codec import build

    ends = {"kind": "mixture", "means": [[0.0, 7.5], [0.0, -7.5]], "stds": [0.5, 0.5], "weights": [0.5, 0.5]}
    target = {**ends, "means": [[15.0, 7.5], [15.0, -7.5]]}
    net = {"kind": "mlp", "width": width, "depth": depth}
    training = {"batch": batch, "steps": 10_000_000}
    return build({"source": ends, "target": target, "velocity": net, "training": training, "rounds": 1})


def headless(seconds: float, asked) -> dict:
    """Steps per second of the Lab alone."""
    from engine.lab import Lab

    lab = Lab("cpu")
    lab.adopt(asked)
    end = time.monotonic() + WARM_UP
    while time.monotonic() < end:
        lab.advance(0.05)
    trainee = lab.rounds()[0].learning.trainee
    first, begun = trainee.step, time.monotonic()
    while time.monotonic() < begun + seconds:
        lab.advance(0.05)
    return {"rate": (trainee.step - first) / (time.monotonic() - begun)}


def live(seconds: float, asked, size: tuple[int, int], view: str) -> dict:
    """The same in the open window: steps per second, lateness of each beat, age of the picture at each beat."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.application import assemble, begin

    app = QApplication(sys.argv[:1])
    window = assemble(asked, device="cpu")
    begin(window)
    window.resize(*size)
    window.document.see(playing=True, t=0.0, view=view)
    late: list[float] = []
    ages: list[float] = []
    marks: list[tuple[float, int]] = []
    end = None

    def beat(lateness: float) -> None:
        nonlocal end
        snapshot, now = window.controller.snapshot, time.monotonic()
        if snapshot is None or snapshot.phase != "training":
            return
        if end is None:
            end = now + WARM_UP + seconds
        if now > end - seconds:
            late.append(lateness)
            ages.append(now - snapshot.made)
            marks.append((snapshot.made, snapshot.step))
        if now > end:
            window.heartbeat.late = None
            QTimer.singleShot(0, app.quit)

    window.heartbeat.late = beat
    app.exec()
    begun = time.monotonic()
    window.close()
    closing = time.monotonic() - begun
    (t0, s0), (t1, s1) = marks[0], marks[-1]
    return {"rate": (s1 - s0) / (t1 - t0), "late": late, "ages": ages, "closing": closing}


def turn(kind: str, options: argparse.Namespace) -> dict:
    """One measurement in a process of its own."""
    words = [sys.executable, __file__, "--only", kind, "--seconds", str(options.seconds), "--size", options.size]
    words += ["--batch", str(options.batch), "--width", str(options.width), "--depth", str(options.depth)]
    words += ["--view", options.view]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def quantile(values: list[float], q: float) -> float:
    return sorted(values)[min(len(values) - 1, int(q * len(values)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--batch", type=int, default=2048)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--depth", type=int, default=3)
    parser.add_argument("--view", default="crossings", help="the view that is open")
    parser.add_argument("--only", choices=("headless", "live"))
    options = parser.parse_args()
    if options.only:
        asked = experiment(options.batch, options.width, options.depth)
        size = tuple(int(n) for n in options.size.split("x"))
        if options.only == "headless":
            result = headless(options.seconds, asked)
        else:
            result = live(options.seconds, asked, size, options.view)
        print(json.dumps(result))
        return
    print(
        f"{os.cpu_count()} cores; net {options.depth} x {options.width}, batch {options.batch}, window {options.size}"
    )
    ratios = []
    for k in range(options.turns):
        alone, seen = turn("headless", options), turn("live", options)
        ratios.append(seen["rate"] / alone["rate"])
        late = [1000 * x for x in seen["late"]]
        print(
            f"{k + 1}: alone {alone['rate']:.0f} steps/s, in the window {seen['rate']:.0f}, ratio {ratios[-1]:.2f}; "
            f"lateness p50 {quantile(late, 0.5):.1f} ms, p95 {quantile(late, 0.95):.1f} ms, max {max(late):.1f} ms; "
            f"picture at most {max(seen['ages']):.2f} s old; closed in {seen['closing']:.2f} s; {len(late)} beats"
        )
    print(f"ratio, median of the turns: {quantile(ratios, 0.5):.2f}   (wanted: at least 0.70)")


if __name__ == "__main__":
    main()
