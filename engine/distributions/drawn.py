"""What is drawn by hand: sprayed dots, and strokes that stay what they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
import numpy as np

from engine.laws.mixture import Mixture
from engine.laws.outlines import chosen
from engine.laws.placement import Placement
from engine.laws.scatter import TRIES, scatter
from engine.laws.shapes import FAR, embed, equal
from engine.laws.stroke import Stroke
from engine.parts import Distribution, Wrong, knob
from engine.registry import part

MAX_DOTS = 20_000
MAX_STROKES = 500
LOOKED_AT = 4_000  # points that stand for a drawing: its middle, its classes, whether anything is left of it


@part
class Drawn(Distribution, frozen=True, tag="drawn"):
    """A dot or a stroke, chosen in proportion to its weight (a dot weighs 1), a point of it, plus jitter. Of dots alone
    this is (1/m) sum_i N(x_i, jitter² I)."""

    about = (
        "A dot, or a uniform point of a stroke, chosen in proportion to their weights (a dot weighs 1), plus "
        "N(0, jitter² I). What has more coordinates than d keeps the first d, what has fewer gets zeros."
    )
    rank = 14
    keeps = True

    # Not named ``points``, which is the method that gives the support.
    dots: Annotated[
        tuple[tuple[float, ...], ...],
        knob("points", -FAR, FAR, tip="The sprayed points: a row of coordinates each.", editor="points"),
    ] = ((-3.0, 1.5), (-1.5, -1.5), (0.0, 1.5), (1.5, -1.5), (3.0, 1.5))
    jitter: Annotated[
        float, knob("jitter", 0.0, 1e2, tip="Standard deviation of N(0, jitter² I), added to every point drawn.")
    ] = 0.05
    strokes: Annotated[
        tuple[Stroke, ...], knob("strokes", tip="Lines, shapes, letters and stamps.", editor="points")
    ] = ()
    classes: Annotated[tuple[int, ...], knob("classes", 0, 99, tip="Of the sprayed points.", editor="hand")] = ()

    def check(self, dim: int) -> None:
        count = len(self.dots)
        if count == 0 and not self.strokes:
            raise Wrong("dots", "holds no points; draw at least one")
        if count > MAX_DOTS:
            raise Wrong("dots", f"holds {count:,} points; {MAX_DOTS:,} at most")
        columns = {len(dot) for dot in self.dots}
        if not columns <= {1, 2, 3}:
            raise Wrong("dots", "has a row without 1 to 3 numbers; give x, or x, y, or x, y, z")
        if len(columns) > 1:
            raise Wrong("dots", "has rows of different lengths; give every point the same number of coordinates")
        if self.classes and len(self.classes) != count:
            raise Wrong("classes", f"has {len(self.classes):,} numbers for {count:,} points")
        if len(self.strokes) > MAX_STROKES:
            raise Wrong("strokes", f"holds {len(self.strokes):,}; {MAX_STROKES:,} at most")
        for k, stroke in enumerate(self.strokes):
            try:
                stroke.check()
                scatter(stroke, 1, dim, np.random.default_rng(0))
            except Wrong as wrong:
                raise wrong.within(f"strokes[{k}]") from None
        if any(stroke.holes for stroke in self.strokes):
            self._drawn(1, dim, np.random.default_rng(0))

    def files(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(path for stroke in self.strokes for path in stroke.files()))

    def elsewhere(self, move: Callable[[str], str]) -> Drawn:
        return msgspec.structs.replace(self, strokes=tuple(stroke.elsewhere(move) for stroke in self.strokes))

    def middle(self, dim: int) -> np.ndarray:
        return (self._seen(dim)[0] if self.strokes else self._dots(dim)).mean(0)

    def moved(self, by: Placement, dim: int) -> Distribution | None:
        """Every dot and stroke moved; coordinates that are not in use stay. None where a stroke would be squeezed."""
        if not by.even or (any(s.coordinates > dim for s in self.strokes) and (by.turned or by.scale != 1.0)):
            return None
        width = max(dim, len(self.dots[0])) if self.dots else dim
        dots = np.zeros((len(self.dots), width))
        if self.dots:
            dots[:, : len(self.dots[0])] = self.dots
        dots[:, :dim] = by.at(dots[:, :dim])
        return msgspec.structs.replace(
            self,
            dots=tuple(map(tuple, dots.tolist())),
            jitter=by.scale * self.jitter,
            strokes=tuple(stroke.carried(by.scale * by.turn, by.shift) for stroke in self.strokes),
        )

    def partition(self, dim: int) -> tuple[str, int]:
        if self._classed:
            return "class", 1 + max((*self.classes, *(stroke.label for stroke in self.strokes)))
        return ("stroke", bool(self.dots) + len(self.strokes)) if self.strokes else ("dot", len(self.dots))

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        if self.strokes:
            x, label = self._drawn(n, dim, rng)
            return x + self.jitter * rng.standard_normal((n, dim)), label
        dots = self._dots(dim)
        dot = rng.integers(len(dots), size=n)
        x = dots[dot] + self.jitter * rng.standard_normal((n, dim))
        return x, np.array(self.classes)[dot] if self._classed else dot

    def labels(self, x: np.ndarray, dim: int) -> np.ndarray | None:
        """That of the nearest of many points."""
        if not self.strokes and not self._classed:
            return super().labels(x, dim)
        from scipy.spatial import cKDTree

        seen, label = self._seen(dim) if self.strokes else (self._dots(dim), np.array(self.classes))
        return label[cKDTree(seen).query(x)[1]]

    def mixture(self, dim: int) -> Mixture | None:
        return equal(self._dots(dim), self.jitter) if len(self.dots) == 1 and not self.strokes else None

    def points(self, dim: int) -> np.ndarray | None:
        return self._dots(dim) if self.jitter == 0 and not self.strokes else None

    @property
    def _classed(self) -> bool:
        return any(self.classes) or any(stroke.label for stroke in self.strokes)

    def _dots(self, dim: int) -> np.ndarray:
        return embed(np.asarray(self.dots, float).reshape(len(self.dots), -1), dim) if self.dots else np.zeros((0, dim))

    def _seen(self, dim: int) -> tuple[np.ndarray, np.ndarray]:
        return self._drawn(LOOKED_AT, dim, np.random.default_rng(0))

    def _drawn(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """``n`` points (n, dim) without jitter, and the class of each. A point that is erased is drawn again from all,
        so that what is left of a stroke weighs as much less. Raises Wrong where nothing is left."""
        dots, base = self._dots(dim), int(bool(self.dots))
        mass = np.array([float(len(dots))] * base + [stroke.weight for stroke in self.strokes])
        of_dot = np.array(self.classes) if self._classed and self.classes else np.zeros(len(dots), int)
        made, labels, have = [], [], 0
        for _ in range(TRIES):
            m = max(64, n - have)
            which = chosen(mass, rng.random(m))
            x, label, stays = np.zeros((m, dim)), np.zeros(m, int), np.ones(m, bool)
            for k in np.unique(which).tolist():
                rows = np.flatnonzero(which == k)
                if k < base:
                    dot = rng.integers(len(dots), size=len(rows))
                    x[rows], label[rows] = dots[dot], of_dot[dot]
                    continue
                stroke = self.strokes[k - base]
                x[rows], stays[rows] = scatter(stroke, len(rows), dim, rng)
                label[rows] = stroke.label if self._classed else k
            made.append(x[stays])
            labels.append(label[stays])
            have += int(stays.sum())
            if have >= n:
                return np.concatenate(made)[:n], np.concatenate(labels)[:n]
        raise Wrong("strokes", "are all erased; draw another, or take an erasure back")
