"""How long does one frame of the plane take while t plays?

A panel of 2,000 moving points over 300 still lines of 64 points, in the window's own canvas on a display, and the same
panel painted whole onto an image, as a film does it. Prints median and 95th percentile in ms and frames per second:
    .ci/display .venv/bin/python bench/paint.py
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
BOX = (-4.0, 4.0, -3.0, 3.0)


def panel(t: float, points: int, lines: int, steps: int):
    """``points`` on circles at t over ``lines`` spirals of ``steps`` points that stand still."""
    from app.scene.marks import Lines, Panel, Points

    rng = np.random.default_rng(0)
    radius, angle = 3.0 * np.sqrt(rng.random(points)), 2 * np.pi * (rng.random(points) + t)
    at = np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1).astype(np.float32)
    turn, out = np.linspace(0, 2, steps), np.linspace(0.2, 3.0, lines)[:, None]
    way = np.stack([out * np.cos(turn + 40 * out), out * np.sin(turn + 40 * out)], -1).astype(np.float32)
    still = Lines(way, "source", "target", width=1.0, alpha=0.6)
    moving = (Points(at[150:], "particle", size=1.8, alpha=0.4, moving=True), Points(at[:150], "particle", moving=True))
    words = "no two of 300 lines cross\nv: MLP 3 x 128, heun N = 32"
    return Panel("Rectified flow   dZ/dt = v(Z, t)", "plane", (still, *moving), BOX, words, key="bench")


def measured(name: str, frame: Callable[[float], object], frames: int) -> None:
    frame(0.0)
    times = []
    for k in range(frames):
        begun = time.perf_counter()
        frame(k / frames)
        times.append(1000 * (time.perf_counter() - begun))
    median, late = np.quantile(times, [0.5, 0.95])
    print(f"{name:<28} median {median:6.2f} ms, p95 {late:6.2f} ms, {1000 / median:5.0f} frames/s")


def main() -> None:
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtWidgets import QApplication, QGraphicsView

    from app import theme as themes
    from app.canvas.panel_painter import paint_panel
    from app.canvas.plane import Plane
    from app.canvas.still import thumbnail

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=2000)
    parser.add_argument("--lines", type=int, default=300)
    parser.add_argument("--steps", type=int, default=64)
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--size", default="1280x800")
    options = parser.parse_args()
    app, theme = QApplication(sys.argv[:1]), themes.load()
    width, height = (int(n) for n in options.size.split("x"))
    made = [panel(k / 50, options.points, options.lines, options.steps) for k in range(50)]
    at = lambda t: made[int(50 * t)]  # noqa: E731
    plane = Plane()
    plane.resize(width, height)
    plane.show()
    view = plane.findChild(QGraphicsView).viewport()
    app.processEvents()

    def window(t: float) -> None:
        plane.draw(at(t), theme)
        view.repaint()

    measured("window, moving marks", window, options.frames)

    def anew(t: float) -> None:
        plane.draw(replace(at(t), key=None), theme)
        view.repaint()

    picture = QImage(width, height, QImage.Format.Format_RGB32)

    def film(t: float) -> None:
        with QPainter(picture) as painter:
            paint_panel(painter, QRectF(picture.rect()), at(t), theme, ground="window")

    measured("window, all marks anew", anew, options.frames)
    measured("image, all marks", film, options.frames)
    measured("thumbnail of 140 x 90", lambda t: thumbnail(at(t), theme, 140, 90), options.frames)
    plane.close()


if __name__ == "__main__":
    main()
