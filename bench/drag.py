"""How long after an edit does the stage show it, while the engine trains and a hand drags?

The window with its engine trains; then a slider of the target sends 30 edits a second for two seconds. Told for each
scene: milliseconds from an edit to the first painted picture of it, or of a later one, whose pairs are there (lines)
and whose flow is there, too (flow); and the longest time without a newer picture.
    .ci/display .venv/bin/python bench/drag.py
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from pathlib import Path

import msgspec
import nobody  # noqa: F401
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
SCENES = ("two-modes", "eight-gaussians", "knot-to-circle", "two-modes, optimal")
SETTLE = 3.0  # seconds of training before the hand comes


def dragged(part: object, k: int) -> object:
    """The distribution after k steps of a slider: its first knob that is one number, a hundredth at a time."""
    from engine.registry import knobs

    for knob in knobs(type(part)):
        value = getattr(part, knob.name)
        if isinstance(value, int | float) and not isinstance(value, bool) and float in _kinds(knob.type) and value:
            return part.turned(knob.name, value * (1 + 0.005 * (k + 1)))
    raise SystemExit(f"{part.kind} has no number to drag")


def _kinds(hint: object) -> tuple:
    from typing import get_args

    return get_args(hint) or (hint,)


def measured(app, scene: str, edits: int, pause: float) -> None:
    from PySide6.QtCore import QTimer

    from app import presets
    from app.application import assemble, begin
    from app.scene.known import PAIRS
    from engine.registry import kinds

    name, _, optimal = scene.partition(", ")
    experiment = next(p for p in presets.presets() if p.name == name).experiment()
    if optimal:
        experiment = msgspec.structs.replace(experiment, coupling=kinds("couplings")["optimal"]())
    window = assemble(experiment, device="cpu")
    begin(window)
    window.resize(1280, 800)
    controller, document = window.controller, window.document
    begun: list[tuple[float, object]] = []
    cpu: list[float] = []
    seen: dict[str, list[tuple[float, int]]] = {"lines": [], "flow": []}

    def after_paint() -> None:
        now, snapshot = time.monotonic(), controller.snapshot
        number = next((k for k, (_, e) in enumerate(begun) if e is snapshot.spec), -1)
        if number < 0 or not snapshot.rounds:
            return
        if snapshot.rounds[0].answer(PAIRS) is not None:
            seen["lines"].append((now, number))
        flowing, _ = window.redraw._stays.full.get((document.look.view, 1), (None, None))
        number = next((k for k, (_, e) in enumerate(begun) if flowing is not None and e is flowing.spec), -1)
        if number >= 0:
            seen["flow"].append((now, number))

    drawn = window.heartbeat._parts["stage"]

    def stage() -> None:
        begun_at = time.thread_time()
        drawn()
        cpu.append(time.thread_time() - begun_at)
        QTimer.singleShot(0, after_paint)

    window.heartbeat._parts["stage"] = stage
    gaps, last = [], [time.monotonic()]

    def spin(seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            app.processEvents()
            now = time.monotonic()
            gaps.append(now - last[0])
            last[0] = now
            time.sleep(0.001)

    while controller.snapshot is None or controller.snapshot.step < 50:
        spin(0.05)
    spin(SETTLE)
    gaps.clear()
    start = document.experiment.target
    for k in range(edits):
        due = time.monotonic() + pause
        document.patch("drag", "drag", target=dragged(start, k))
        begun.append((time.monotonic(), document.experiment))
        spin(max(0.0, due - time.monotonic()))
    spin(3.0)
    stages = f"{1000 * np.median(cpu):.0f} ms of processor time for the stage"
    print(f"{scene:<24} longest beat {1000 * max(gaps):4.0f} ms, {stages}; load {os.getloadavg()[0]:.1f}")
    for what, pictures in seen.items():
        waits = []
        for k, (at, _) in enumerate(begun):
            first = next((t for t, number in pictures if number >= k), None)
            waits.append(np.inf if first is None else 1000 * (first - at))
        times = [t for t, _ in pictures]
        changes = [t for k, (t, n) in enumerate(pictures) if k == 0 or n != pictures[k - 1][1]]
        rest = 1000 * max(np.diff([begun[0][0], *changes]), default=np.inf)
        median, late, worst = (*np.quantile(waits, [0.5, 0.95]), max(waits)) if times else (np.inf,) * 3
        told = f"median {median:5.0f} ms, p95 {late:5.0f} ms, worst {worst:5.0f} ms"
        print(f"  {what:<8} {told}; {len(changes)} of {edits} edits shown, {rest:5.0f} ms without a newer one at most")
    window.close()
    controller.engine.close(60.0)
    window.deleteLater()
    app.processEvents()
    gc.collect()


def main() -> None:
    from PySide6.QtWidgets import QApplication

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", nargs="*", default=SCENES)
    parser.add_argument("--edits", type=int, default=60)
    parser.add_argument("--pause", type=float, default=1 / 30)
    options = parser.parse_args()
    app = QApplication(sys.argv[:1])
    for scene in options.scenes:
        measured(app, scene, options.edits, options.pause)


if __name__ == "__main__":
    main()
