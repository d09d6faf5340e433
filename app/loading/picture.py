"""The cloud of a preview as a Panel: as it will be, or in the units of the file."""

from __future__ import annotations

import numpy as np

from app.scene.camera import HOME, Camera
from app.scene.colouring import CLASSES
from app.scene.marks import Bars, Lines, Panel, Points
from app.scene.projection import projected
from engine.reading.assembly import Reading

SHOWN = 3000  # points; more is a blot
PAIRS = 300  # lines
BINS = 40
MOST = 100_000  # points of a histogram
ROOM = 0.06  # around the cloud, of its width


def shade(label: np.ndarray | int) -> np.ndarray | float:
    """Of a class in the palette of classes."""
    return (label % CLASSES + 0.5) / CLASSES


def panel(read: Reading, ink: str, units: bool = False, camera: Camera = HOME) -> Panel:
    """``ink``: source or target; pair where each row is X0 and then X1. Colours tell classes, else weights."""
    n = len(read.points)
    most = PAIRS if ink == "pair" else SHOWN
    rows = np.arange(n) if n <= most else np.random.default_rng(0).integers(n, size=most)
    x = read.points[rows]
    x = read.scaling.back(x) if units else x
    if ink == "pair":
        return _pairs(x, read.axes, camera)
    if x.shape[1] == 1:
        return _histogram(read, ink, units)
    tint = {}
    if read.labels is not None:
        tint = {"shade": shade(read.labels[rows]), "palette": "classes"}
    elif read.weights is not None:
        tint = {"shade": read.weights[rows] / read.weights.max(), "palette": "ramp"}
    mark = Points(x, ink, size=3.0, alpha=0.9 if n <= 500 else 0.7, **tint)
    return _placed((mark,), x, read.axes, camera)


def _placed(marks: tuple, x: np.ndarray, names: tuple[str, ...], camera: Camera) -> Panel:
    low, high = x.min(0), x.max(0)
    room = ROOM * max(float((high - low).max()), 1e-9)
    box = tuple(float(edge) for pair in zip(low - room, high + room, strict=True) for edge in pair)
    if x.shape[1] == 3:
        return projected(Panel("", "space", marks, box=box, camera=camera))
    return projected(Panel("", "plane", marks, box, x_label=names[0], y_label=names[1], axes=True))


def _pairs(x: np.ndarray, names: tuple[str, ...], camera: Camera) -> Panel:
    """Lines from X0 to X1; in one dimension over t."""
    ends = np.stack(np.split(x, 2, axis=1), axis=1)  # (n, 2, d)
    mark = Lines(ends, "source", "target", alpha=0.6, t=np.array([0.0, 1.0]))
    flat = ends.reshape(-1, ends.shape[2])
    if flat.shape[1] > 1:
        return _placed((mark,), flat, names, camera)
    room = ROOM * max(float(np.ptp(flat)), 1e-9)
    box = (-0.06, 1.06, float(flat.min()) - room, float(flat.max()) + room)
    return projected(Panel("", "plane", (mark,), box, x_label="t", y_label="x", axes=True, equal=False))


def _histogram(read: Reading, ink: str, units: bool) -> Panel:
    """By the weights; of very many points those of every so many."""
    some = slice(None, None, 1 + len(read.points) // MOST)
    x = read.points[some]
    x = (read.scaling.back(x) if units else x)[:, 0]
    heights, edges = np.histogram(x, bins=BINS, weights=None if read.weights is None else read.weights[some])
    middles, wide = (edges[1:] + edges[:-1]) / 2, float(edges[1] - edges[0])
    bars = Bars(middles, (("", ink, heights.astype(float)),), width=wide)
    box = (float(edges[0]), float(edges[-1]), 0.0, 1.05 * float(heights.max()))
    return Panel("", "chart", (bars,), box, x_label=read.axes[0])
