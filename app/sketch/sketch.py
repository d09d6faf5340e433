"""What is on the canvas of every drawing tool: sprayed dots and strokes, one value for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from app.scene.camera import Camera
from app.scene.projection import Ball
from app.tools.tool import Canvas, Place
from engine.laws.scatter import scatter
from engine.laws.stroke import HOME, Stroke
from engine.parts import Distribution
from engine.registry import kinds

SHOWN = 3000  # points of all strokes on the picture
LEAST, MOST = 60, 800  # of one of them
FAR = 4.0  # spans from the work plane's origin: nobody means a place near its horizon
EDGE = 0.08  # sine of the angle below which a work plane is seen from its edge


@dataclass(frozen=True, eq=False)
class Sketch(Canvas):
    """``rows`` are the sprayed dots (n, k), k at least the dimension: coordinates that are not shown are kept.

    Of a stroke in progress: its ``trail`` of places on the work plane, each with the pen's pressure there, and the
    sketch ``before`` it. In space places are on the page of ``camera``, which sees the data through ``ball``.
    """

    strokes: tuple[Stroke, ...] = ()
    classes: np.ndarray = field(default_factory=lambda: np.zeros(0, int))  # (n,) of the dots
    seed: int = 0
    sprayed: int = 0  # points so far, those of the beginning included: with the seed, what the next ones follow from
    owed: float = 0.0  # a fraction of a point
    span: float = 6.0  # of both ends: how large a stroke is, and how heavy, follows from it
    unit: Place = (0.01, 0.01)  # data units per px of the page, where the cursor was last
    trail: tuple[tuple[float, ...], ...] = ()
    corners: tuple[tuple[float, ...], ...] = ()  # of an outline that is clicked corner by corner
    before: Sketch | None = None
    chosen: frozenset[int] = frozenset()  # strokes
    picked: np.ndarray = field(default_factory=lambda: np.zeros(0, int))  # dots
    grip: str = ""
    plane: tuple[float, ...] = HOME  # of work, in space
    camera: Camera | None = None
    ball: Ball | None = None
    frame: tuple[float, ...] | None = None  # bounds of what was seen when the first stroke began

    @property
    def flat(self) -> bool:
        """The page is (t, x): any t will do, only x counts."""
        return self.dim == 1

    @property
    def count(self) -> int:
        """How much there is."""
        return len(self.rows) + len(self.strokes)

    @property
    def labels(self) -> np.ndarray:
        """The class of each dot (n,)."""
        return np.pad(self.classes, (0, max(0, len(self.rows) - len(self.classes))))[: len(self.rows)]

    def same(self, other: Canvas) -> bool:
        return (
            super().same(other)
            and self.strokes == other.strokes
            and np.array_equal(self.labels, other.labels)
            and self.corners == other.corners
        )

    def page(self, t: float) -> np.ndarray:
        """The dots on the page (n, 2); in 1-D at time ``t``."""
        if self.flat:
            return np.column_stack([np.full(len(self.rows), t), self.rows[:, :1]])
        return self.rows[:, :2]

    # the work plane

    @property
    def axes(self) -> np.ndarray:
        """Of the work plane: origin, two axes and what stands on it, (4, 3)."""
        origin, first, second = np.reshape(self.plane, (3, 3))
        return np.stack([origin, first, second, np.cross(first, second)])

    def spot(self, at: Place) -> np.ndarray | None:
        """The place on the work plane that is meant: (2,), on the line (1,). None seen from its edge, or far away."""
        if self.flat:
            return np.array(at[1:], float)
        if self.ball is None:
            return np.array(at, float)
        origin, first, second, up = self.axes
        eye, there = (self.ball.outside(self.camera.place(at, near)) for near in (0.5, 0.0))
        way = there - eye
        steep = float(way @ up)
        if abs(steep) < EDGE * float(np.linalg.norm(way)):
            return None
        x = eye + float((origin - eye) @ up) / steep * way - origin
        page, _ = self.camera.seen(self.ball.inside(x + origin))  # NaN behind the eye
        if not np.isfinite(page).all() or float(np.linalg.norm(x)) > FAR * self.span:
            return None
        return np.array([x @ first, x @ second])

    @property
    def step(self) -> float:
        """Data units per px, about the middle of the page."""
        if self.ball is None:
            return float(self.unit[1] if self.flat else max(self.unit))
        return float(self.unit[0] / np.max(self.ball.scale))

    def lifted(self, local: np.ndarray) -> np.ndarray:
        """Places of the work plane (n, k) in R^dim, (n, max(k, dim))."""
        local = np.asarray(local, float)
        if self.dim < 3:
            return local
        origin, first, second, up = self.axes
        return origin + local @ np.stack([first, second, up])[: local.shape[1]]

    @property
    def placed(self) -> tuple[float, ...]:
        """The work plane as a stroke keeps it; empty where it is that of the first two axes."""
        return self.plane if self.dim == 3 and self.plane != HOME else ()

    # what is drawn

    def drawn(self, old: Distribution) -> Distribution | None:
        """The law of all that; other knobs stay if ``old`` is a drawing. None where there is nothing."""
        if not self.count:
            return None
        cls = kinds("distributions")["drawn"]
        labels = self.labels
        return cls(
            dots=tuple(map(tuple, self.rows.tolist())),
            jitter=old.jitter if isinstance(old, cls) else cls().jitter if len(self.rows) else 0.0,
            strokes=self.strokes,
            classes=tuple(labels.tolist()) if labels.any() else (),
        )

    def added(self, rows: np.ndarray, label: int) -> Sketch:
        """With more dots (n, k)."""
        labels = np.concatenate([self.labels, np.full(len(rows), label)])
        return replace(self, rows=np.concatenate([self.rows, rows]), classes=labels)

    def without(self, gone: np.ndarray) -> Sketch:
        """Without these dots: (n,) of yes and no."""
        return replace(self, rows=self.rows[~gone], classes=self.labels[~gone]) if gone.any() else self

    def samples(self) -> list[np.ndarray]:
        """Points (m, d) of each stroke that stand for it on the picture, as many as its weight asks for."""
        wanted = [min(MOST, max(LEAST, int(stroke.weight))) for stroke in self.strokes]
        thin = 1  # powers of two: one more stroke must not draw all others anew
        while sum(wanted) > SHOWN * thin:
            thin *= 2
        return [sampled(s, self.dim, max(LEAST // thin, n // thin)) for s, n in zip(self.strokes, wanted, strict=True)]


@lru_cache(maxsize=512)
def sampled(stroke: Stroke, dim: int, n: int) -> np.ndarray:
    """The same points (m, dim) whenever they are asked for."""
    x, stays = scatter(stroke, n, dim, np.random.default_rng(7))
    return x[stays].astype(np.float32)


def sketch(law: Distribution, dim: int, **fields: object) -> Sketch:
    """The dots and strokes of a drawing with all their coordinates; none of any other distribution."""
    if not isinstance(law, kinds("distributions")["drawn"]):
        return Sketch(dim, np.zeros((0, dim)), **fields)
    rows = np.asarray(law.dots, float).reshape(len(law.dots), -1 if law.dots else dim)
    rows = np.pad(rows, ((0, 0), (0, max(0, dim - rows.shape[1]))))
    classes = np.array(law.classes, int) if law.classes else np.zeros(len(rows), int)
    return Sketch(dim, rows, strokes=law.strokes, classes=classes, **fields)
