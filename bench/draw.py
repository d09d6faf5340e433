"""Is the whole window quick enough: frames a second, a change of view, the lens, and what each view costs the training?

Every case runs in the open window in a process of its own, with the engine's thread beside it; the training is timed
with and without a window in turns. Prints what was found beside what is wanted. Needs a display:
    .ci/display .venv/bin/python bench/draw.py [--only frames switch lens training] [--seconds 5]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nobody  # noqa: F401
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
SIZE = 1280, 800
WARM_UP = 3.0  # seconds
NET = {"kind": "mlp", "width": 128, "depth": 3}
ENDS = {
    "source": {"kind": "gaussian"},
    "target": {"kind": "eight gaussians"},
    "coupling": {"kind": "independent", "pairs": 10_000},
}
IN_SPACE = {"source": {"kind": "gaussian"}, "target": {"kind": "torus"}, "dim": 3}


def experiment(dim: int, trains: bool):
    """Ten thousand pairs; a net that trains for ever, or the closed form."""
    from engine.codec import build

    raw = ENDS | {"rounds": 1, "measure": {"samples": 256, "ladder": [1, 2]}} | (IN_SPACE if dim == 3 else {})
    if trains:
        return build(raw | {"velocity": NET, "training": {"batch": 2048, "steps": 10_000_000}})
    return build(raw | {"velocity": {"kind": "exact"} if dim == 2 else NET, "training": {"batch": 256, "steps": 300}})


class Bench:
    """The open window. ``draws`` counts the pictures of the stage."""

    def __init__(self, dim: int, trains: bool) -> None:
        from PySide6.QtWidgets import QApplication

        from app.application import assemble, begin

        self.app = QApplication(sys.argv[:1])
        self.window = assemble(experiment(dim, trains), device="cpu")
        begin(self.window)
        self.window.resize(*SIZE)
        self.draws, self.drawn = 0, None
        parts = self.window.heartbeat._parts
        stage = parts["stage"]

        def counted() -> None:
            stage()
            self.draws, self.drawn = self.draws + 1, self.snapshot

        parts["stage"] = counted
        self.phase = "training" if trains else "done"
        self.run_until(lambda: self.snapshot is not None and self.snapshot.phase == self.phase, 300.0)
        self.run(WARM_UP)

    @property
    def snapshot(self):
        return self.window.controller.snapshot

    def run(self, seconds: float) -> None:
        self.run_until(lambda: False, seconds)

    def run_until(self, over: Callable[[], bool], seconds: float) -> bool:
        """As the event loop would: handle events until this holds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.app.processEvents()
            if over():
                self.app.processEvents()  # what was drawn is painted
                return True
            time.sleep(0.0005)
        return False

    def answered(self) -> bool:
        """Everything that the view asks for is drawn, for where it looks now."""
        from app.scene.compose import needs

        look = self.window.document.look
        if self.drawn is None or not self.drawn.rounds:
            return False
        view = self.drawn.rounds[look.shown(self.drawn)]
        wanted = [probe for probe in needs(look) if type(probe).__name__ == "Averaging"]
        return all(any(a.probe == probe for a in view.answers) for probe in wanted)

    def close(self) -> None:
        self.window.close()


def frames(dim: int, trains: bool, seconds: float) -> dict:
    """Pictures of the stage a second while t plays."""
    bench = Bench(dim, trains)
    see = bench.window.document.see
    see(lines=300 if dim == 2 else 150, playing=True, t=0.0, speed=0.25)  # it rests at its end, which no frame is of
    bench.run(1.0)
    first, begun = bench.draws, time.monotonic()
    bench.run(seconds)
    rate = (bench.draws - first) / (time.monotonic() - begun)
    bench.close()
    return {"rate": rate}


def switch(dim: int, trains: bool, seconds: float) -> dict:
    """From the key to the picture, for every view, twice: the first time it is built."""
    from app.view_tabs import views

    bench = Bench(dim, trains)
    found: dict[str, list[float]] = {}
    for _ in range(3):
        for kind in views():
            first, begun = bench.draws, time.monotonic()
            bench.window.choose_view(kind)
            bench.run_until(lambda first=first: bench.draws > first, 10.0)
            found.setdefault(kind, []).append(1000 * (time.monotonic() - begun))
            bench.run(0.5)
    bench.close()
    return {"ms": found}


def lens(dim: int, trains: bool, seconds: float) -> dict:
    """From the pointer to the picture of the place pointed at."""
    bench = Bench(dim, trains)
    bench.window.choose_view("averaging")
    bench.run(2.0)
    rng, ms = np.random.default_rng(0), []
    end = time.monotonic() + 4 * seconds
    while time.monotonic() < end:
        begun = time.monotonic()
        bench.window.document.see(lens=tuple(float(x) for x in rng.normal(0, 1, dim)))
        if bench.run_until(bench.answered, 3.0):
            ms.append(1000 * (time.monotonic() - begun))
        bench.run(0.1)
    bench.close()
    return {"ms": ms}


def training(view: str, seconds: float) -> dict:
    """Steps a second with this view open; without a name, of the engine alone: on as many threads as the window's, or
    on ``every`` core."""
    if view in ("", "every"):
        from engine.lab import Lab

        lab = Lab("cpu", watched=not view)
        lab.adopt(experiment(2, True))
        end = time.monotonic() + WARM_UP
        while time.monotonic() < end:
            lab.advance(0.05)
        trainee = lab.rounds()[0].learning.trainee
        first, begun = trainee.step, time.monotonic()
        while time.monotonic() < begun + seconds:
            lab.advance(0.05)
        return {"rate": (trainee.step - first) / (time.monotonic() - begun)}
    bench = Bench(2, True)
    bench.window.choose_view(view)
    bench.run(2.0)
    first = bench.snapshot
    bench.run(seconds)
    last = bench.snapshot
    bench.close()
    return {"rate": (last.step - first.step) / (last.made - first.made)}


def turn(*words: str) -> dict:
    """One case in a process of its own."""
    done = subprocess.run([sys.executable, __file__, "--case", *words], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def case(words: list[str]) -> dict:
    kind, *rest = words
    if kind == "training":
        return training(rest[0], float(rest[1]))
    found = {"frames": frames, "switch": switch, "lens": lens}[kind]
    return found(int(rest[0]), rest[1] == "trains", float(rest[2]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--only", nargs="*", default=["frames", "switch", "lens", "training"])
    parser.add_argument("--case", nargs="*")
    options = parser.parse_args()
    if options.case:
        print(json.dumps(case(options.case)))
        os._exit(0)
    seconds = str(options.seconds)
    print(f"{os.cpu_count()} cores, window {SIZE[0]} x {SIZE[1]}, software OpenGL unless there is another")
    if "frames" in options.only:
        for dim, state, wanted in ((2, "rests", 60), (2, "trains", 30), (3, "rests", 30), (3, "trains", 15)):
            rate = turn("frames", str(dim), state, seconds)["rate"]
            print(f"t plays in {dim}-D while it {state}: {rate:.0f} frames a second (wanted: {wanted})")
    if "switch" in options.only:
        for dim in (2, 3):
            for kind, ms in turn("switch", str(dim), "rests", seconds)["ms"].items():
                print(f"to {kind} in {dim}-D: first {ms[0]:.0f} ms, then {min(ms[1:]):.0f} ms (wanted: 150)")
    if "lens" in options.only:
        for dim in (2, 3):
            ms = sorted(turn("lens", str(dim), "trains", seconds)["ms"]) or [float("nan")]
            median, late = ms[len(ms) // 2], ms[int(0.95 * len(ms))]
            print(f"lens in {dim}-D while it trains: {median:.0f} ms, p95 {late:.0f} ms, {len(ms)} times (wanted: 50)")
    if "training" in options.only:
        from app.view_tabs import views

        every = turn("training", "every", seconds)["rate"]
        print(f"training alone on every core: {every:.0f} steps/s; below: on as many threads as the window leaves it")
        for kind in views():
            alone, seen = (turn("training", view, seconds)["rate"] for view in ("", kind))
            print(
                f"training with {kind} open: {seen:.0f} of {alone:.0f} steps/s, ratio {seen / alone:.2f} (wanted: 0.75)"
            )


if __name__ == "__main__":
    main()
