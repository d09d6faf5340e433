"""Does the window keep up with a hand? Strokes of 60 pointer events a second on the stage, while a net trains.

For each pen: how many of the events reached its stroke, how late the window was with each (from when it was due to when
it had been handled, with what was drawn in between), and how the stroke was told to the engine. Prints what was found
beside what is wanted. Needs a display:
    .ci/display .venv/bin/python bench/hand.py [--seconds 5] [--dim 2] [--pens spray curve polygon ellipse erase]
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from pathlib import Path

import nobody  # noqa: F401
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
RATE = 60.0  # pointer events a second
LATE = 50.0  # ms
SIZE = 1280, 800


def experiment(dim: int):
    """A net that trains for ever."""
    from engine.codec import build

    ends = {"source": {"kind": "gaussian"}, "target": {"kind": "torus" if dim == 3 else "two modes"}}
    net = {"velocity": {"kind": "mlp", "width": 128, "depth": 3}, "training": {"batch": 1024, "steps": 10_000_000}}
    return build({"dim": dim, "rounds": 1, "coupling": {"kind": "independent", "pairs": 10_000}} | ends | net)


class Bench:
    """The open window, with a canvas that a hand draws on."""

    def __init__(self, dim: int) -> None:
        from PySide6.QtWidgets import QApplication

        from app.application import assemble, begin

        self.app = QApplication.instance() or QApplication(sys.argv[:1])
        self.window = assemble(experiment(dim), device="cpu")
        begin(self.window)
        self.window.resize(*SIZE)
        self.until(lambda: self.snapshot is not None and self.snapshot.phase == "training", 300.0)
        self.until(lambda: False, 3.0)

    @property
    def snapshot(self):
        return self.window.controller.snapshot

    def until(self, over, seconds: float) -> None:
        """As the event loop would: handle events until this holds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not over():
            self.app.processEvents()
            time.sleep(0.0005)

    def stroke(self, name: str, seconds: float) -> tuple[int, int, list[float], float]:
        """Events sent, events that reached the tool, how late each was handled in ms, and steps trained a second."""
        from PySide6.QtCore import QEvent, QPointF, Qt
        from PySide6.QtGui import QMouseEvent
        from PySide6.QtWidgets import QGraphicsView

        self.window.draw(name)
        self.until(lambda: self.window.hand._plane.tool is self.window.hand, 5.0)
        self.until(lambda: False, 0.3)
        canvas = self.window.hand._plane
        inner = canvas.findChild(QGraphicsView)
        widget = inner.viewport() if inner is not None else canvas
        reached, tool = [], self.window.hand
        move = tool.move
        tool.move = lambda x, y: (reached.append((x, y)), move(x, y))
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton

        def send(kind: QEvent.Type, k: int, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
            angle = 0.11 * k
            far = 0.3 * (0.3 + 0.7 * abs(math.sin(0.013 * k)))
            at = QPointF(
                widget.width() * (0.5 + far * math.cos(angle)), widget.height() * (0.5 + far * math.sin(angle))
            )
            event = QMouseEvent(kind, at, QPointF(widget.mapToGlobal(at)), button, held, Qt.KeyboardModifier.NoModifier)
            self.app.postEvent(widget, event)  # it waits for its turn, as one of the screen does

        handled: list[float] = []
        send(QEvent.Type.MouseButtonPress, 0, left, left)
        self.app.processEvents()
        begun, first, n = time.monotonic(), self.snapshot, int(seconds * RATE)
        sent = 0
        while len(handled) < n:
            now = time.monotonic()
            while sent < n and begun + (sent + 1) / RATE <= now:
                sent += 1
                send(QEvent.Type.MouseMove, sent, none, left)
            self.app.processEvents()
            done = time.monotonic()
            while len(handled) < min(sent, len(reached)):
                handled.append(1000 * (done - begun - (len(handled) + 1) / RATE))
            if now > begun + seconds + 20:
                break
            time.sleep(0.0005)
        last = self.snapshot
        tool.move = move
        send(QEvent.Type.MouseButtonRelease, n, left, none)
        ended = time.monotonic()
        self.app.processEvents()
        handled.append(1000 * (time.monotonic() - ended))  # the stroke becomes an edit
        self.until(lambda: False, 1.5)
        rate = (last.step - first.step) / max(1e-3, last.made - first.made)
        return n, len(reached), handled, rate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--dim", type=int, default=2, choices=(1, 2, 3))
    parser.add_argument("--pens", nargs="*", default=["spray", "curve", "polygon", "ellipse", "erase"])
    options = parser.parse_args()
    bench = Bench(options.dim)
    print(f"{os.cpu_count()} cores, window {SIZE[0]} x {SIZE[1]}, {options.dim}-D, {RATE:.0f} events a second")
    for name in options.pens:
        sent, reached, ms, rate = bench.stroke(name, options.seconds)
        *moves, release = ms
        p50, p95 = np.quantile(moves, [0.5, 0.95])
        print(
            f"{name}: {reached} of {sent} events, late by {p50:.1f} ms in the middle, p95 {p95:.1f}, at most "
            f"{max(moves):.1f} (wanted: {LATE:.0f}); the edit {release:.1f} ms; {rate:.0f} steps a second beside"
        )
    bench.window.close()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
