"""Spray brush and eraser: draws the source or the target on the stage, one undo step a stroke."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QUndoCommand

from app.document import Document
from app.forms.typed_values import nice, write_number
from engine.parts import Distribution, Wrong
from engine.registry import kinds, knobs

MOST = 20_000  # points of a drawing
TICK = 0.04  # s between two puffs of a brush that is held still
WIDTHS = (0.02, 20.0)  # data units
DENSITIES = (5, 1000)


class Brush(QObject):
    """A tool of the Plane, in data coordinates. ``density`` is points per brush width moved, and per quarter second
    held still. In a 1-D experiment the picture is (t, x): any t will do, only x counts."""

    def __init__(self, document: Document, parent: QObject | None = None, seed: int = 0) -> None:
        super().__init__(parent)
        self.document = document
        self.end = "source"
        self.erasing = False
        self.width = 0.5
        self.density = 60.0
        self.active = False
        self.tuned = False  # the width was chosen: it stays
        self.changed: Callable[[], None] = lambda: None  # the preview is another one
        self.refused: Callable[[str], None] = lambda sentence: None
        self._rng = np.random.default_rng(seed)
        self._points = np.zeros((0, self.document.experiment.dim))
        self._at: tuple[float, float] | None = None  # of the stroke in progress
        self._owed = 0.0  # a fraction of a point
        self._full = False
        self._own = False  # while the document takes this brush's stroke
        self._timer = QTimer(self)
        self._timer.setInterval(round(1000 * TICK))
        self._timer.timeout.connect(self.tick)
        document.experiment_changed.connect(self._reload)

    @property
    def count(self) -> int:
        return len(self._points)

    def start(self, end: str) -> None:
        """Draw ``source`` or ``target``: from its points where it is a drawing already, else from an empty canvas."""
        self._finish()
        self.end, self.active = end, True
        if not self.tuned:
            self.width = self._fitting()
        self._reload()

    def stop(self) -> None:
        """Put the brush away; a stroke in progress is kept."""
        self._finish()
        self.active = False
        self.changed()

    def preview(self) -> np.ndarray:
        """The drawing as it stands, the stroke in progress included: ``(n, 2)`` in the picture's coordinates."""
        if self.document.experiment.dim == 1:
            t = 0.0 if self.end == "source" else 1.0
            return np.column_stack([np.full(len(self._points), t), self._points[:, :1]])
        return self._points[:, :2]

    def clear(self) -> None:
        """An empty canvas, undoable. The experiment keeps its last drawing until there are points again."""
        if len(self._points):
            self.document.stack.push(Cleared(self, self._points))

    def put(self, points: np.ndarray) -> None:
        """Show these points (n, d) on the canvas."""
        self._points = points
        self.changed()

    def press(self, x: float, y: float) -> None:
        if not self.active:
            return
        self._at, self._full = (x, y), False
        self._stamp(self._at, self._at, self.density / 4)
        self._timer.start()

    def move(self, x: float, y: float) -> None:
        if self._at is None:
            return
        start, self._at = self._at, (x, y)
        far = abs(y - start[1]) if self._flat else float(np.hypot(x - start[0], y - start[1]))
        self._stamp(start, self._at, self.density * far / self.width)

    def tick(self) -> None:
        """A brush that is held still goes on spraying."""
        if self._at is not None and not self.erasing:
            self._stamp(self._at, self._at, 4 * self.density * TICK)

    def release(self) -> None:
        self._finish()

    def hover(self, x: float, y: float) -> tuple[float, str] | None:
        """Radius and ink of the ring at the cursor."""
        return (self.width / 2, "warning" if self.erasing else self.end) if self.active else None

    def leave(self) -> None:
        """The cursor left the stage; a pressed button keeps the stroke going."""

    def scale(self, factor: float) -> None:
        """Change the width by a factor."""
        self.tuned = True
        self.width = float(np.clip(self.width * factor, *WIDTHS))

    def _fitting(self) -> float:
        """A width that suits the picture: a twelfth of what the two ends span."""
        experiment, rng = self.document.experiment, np.random.default_rng(0)
        try:
            clouds = [end.sample(200, experiment.dim, rng) for end in (experiment.source, experiment.target)]
        except Wrong:
            return self.width
        span = float(np.ptp(np.vstack(clouds), axis=0).max())
        return float(np.clip(nice(span / 12, 1), *WIDTHS))

    @property
    def _flat(self) -> bool:
        return self.document.experiment.dim == 1

    def _stamp(self, a: tuple[float, float], b: tuple[float, float], amount: float) -> None:
        """Spray about ``amount`` points along the segment, or erase along it."""
        if self.erasing:
            keep = _distance(self.preview(), a, b, self._flat) > self.width / 2
            if keep.all():
                return
            self._points = self._points[keep]
        else:
            self._owed += amount
            wanted = int(self._owed)
            self._owed -= wanted
            n = min(wanted, MOST - len(self._points))
            if n < wanted and not self._full:
                self._full = True
                self.refused(f"A drawing has {write_number(MOST)} points at most: erase some to go on.")
            if n <= 0:
                return
            self._points = np.vstack([self._points, np.round(self._puff(a, b, n), 4)])
        self.changed()

    def _puff(self, a: tuple[float, float], b: tuple[float, float], n: int) -> np.ndarray:
        """``n`` points uniform in the disc, its centre uniform on the segment: ``(n, d)``."""
        along = self._rng.random((n, 1))
        centre = np.asarray(a) + along * (np.asarray(b) - np.asarray(a))
        angle = self._rng.uniform(0, 2 * np.pi, n)
        radius = self.width / 2 * np.sqrt(self._rng.random(n))
        if self._flat:
            return centre[:, 1:] + (self.width / 2 * self._rng.uniform(-1, 1, n))[:, None]
        made = np.zeros((n, self._points.shape[1]))
        made[:, :2] = centre + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        return made

    def _finish(self) -> None:
        """End the stroke: one edit of the document."""
        self._timer.stop()
        if self._at is None:
            return
        self._at, self._owed = None, 0.0
        if not len(self._points):
            return self.refused(
                "Nothing is left of the drawing: the experiment keeps the last one until you draw again."
            )
        old = getattr(self.document.experiment, self.end)
        verb = "erase" if self.erasing else "draw"
        self._own = True
        try:
            self.document.patch(f"{verb} {self.end}", **{self.end: drawn(self._points, old)})
        except Wrong as wrong:
            self.refused(f"This cannot be drawn: {wrong.message.rstrip('.')}.")
        finally:
            self._own = False

    def _reload(self) -> None:
        if not self.active or self._own or self._at is not None:
            return
        dim = self.document.experiment.dim
        self._points = points(getattr(self.document.experiment, self.end), dim)
        self.changed()


class Cleared(QUndoCommand):
    """The canvas emptied: the experiment is the same, so no Edit can hold it."""

    def __init__(self, brush: Brush, points: np.ndarray) -> None:
        super().__init__(f"clear {brush.end}")
        self._brush, self._end, self._points = brush, brush.end, points

    def undo(self) -> None:
        self._put(self._points)

    def redo(self) -> None:
        self._put(self._points[:0])

    def _put(self, points: np.ndarray) -> None:
        if self._brush.active and self._brush.end == self._end:
            self._brush.put(points)


def drawn(xy: np.ndarray, old: Distribution) -> Distribution:
    """The drawing with these points ``(n, d)``; its other knobs stay if ``old`` is a drawing."""
    cls, name = _kind()
    part = old if isinstance(old, cls) else cls()
    return msgspec.structs.replace(part, **{name: tuple(map(tuple, xy.tolist()))})


def points(part: Distribution, dim: int) -> np.ndarray:
    """The points of a drawing in ``dim`` dimensions, ``(n, dim)``; none of any other distribution."""
    cls, name = _kind()
    rows = getattr(part, name) if isinstance(part, cls) else ()
    if not rows:
        return np.zeros((0, dim))
    found = np.asarray(rows, float)[:, :dim]
    return np.pad(found, ((0, 0), (0, dim - found.shape[1])))


def _kind() -> tuple[type[Distribution], str]:
    cls = kinds("distributions")["drawn"]
    return cls, next(knob.name for knob in knobs(cls) if knob.editor == "points")


def _distance(xy: np.ndarray, a: tuple[float, float], b: tuple[float, float], flat: bool) -> np.ndarray:
    """Distance ``(n,)`` of points ``(n, 2)`` from the segment a-b; of their second coordinates alone where ``flat``."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    if flat:
        xy, a, b = xy * [0, 1], a * [0, 1], b * [0, 1]
    along = b - a
    length = float(along @ along)
    s = np.clip((xy - a) @ along / length, 0, 1)[:, None] if length > 0 else 0.0
    return np.linalg.norm(xy - a - s * along, axis=1)
