"""Any law, somewhere else."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import numpy as np

from engine.distributions.gaussian import Gaussian
from engine.laws.mixture import Mixture
from engine.laws.placement import Placement, angle_of, axes
from engine.laws.shapes import FAR, embed, per_axis
from engine.parts import Distribution, Wrong, knob
from engine.registry import check_ranges, part, union

LOOKED_AT = 4_000  # points that tell the classes of a law of another dimension


@part
class Placed(Distribution, frozen=True, tag="placed"):
    """scale R S X + shift, X of the law, S a stretch along its axes and R a rotation by the angle: what a hand makes of
    a law whose own knobs cannot say it. Its closed forms are those of the law, carried along exactly."""

    about = (
        "scale R S X + shift, X of the law, S a stretch along its axes, R a rotation: in the plane by the angle from "
        "the first axis to the second, in space about an axis by its length in degrees (a number: about the third)."
    )
    rank = 90
    offered = False  # a card shows the law itself, and these knobs below

    law: Annotated[Any, knob("law", tip="What is placed.", family="distributions")] = Gaussian()
    shift: Annotated[
        float | tuple[float, ...],
        knob("shift", -FAR, FAR, tip="Added to every point: a number for all axes, or one per axis."),
    ] = 0.0
    scale: Annotated[
        float, knob("scale", above=0.0, high=1e3, log=True, tip="Times as large, about the origin of the law.")
    ] = 1.0
    angle: Annotated[
        float | tuple[float, ...],
        knob(
            "turn",
            -360.0,
            360.0,
            unit="°",
            tip="Degrees about the origin of the law, against the clock; in 3-D also an axis times its degrees.",
        ),
    ] = 0.0

    of: Annotated[
        int,
        knob(
            "dimension of the law",
            0,
            3,
            tip="0: d. Another one: of its points the first d coordinates count, and missing ones are 0.",
            editor="hand",
        ),
    ] = 0

    stretch: Annotated[
        float | tuple[float, ...],
        knob(
            "stretch",
            above=0.0,
            high=1e3,
            log=True,
            tip="Times as long along the law's own axes, before the turn: a number for all of them, or one per axis.",
        ),
    ] = 1.0

    def __post_init__(self) -> None:
        """A law that comes as a table of a file becomes a part; one that is none stays a table, for ``check``."""
        if isinstance(self.law, dict):
            try:
                law = msgspec.convert(self.law, union("distributions"))
            except msgspec.ValidationError:
                return
            msgspec.structs.force_setattr(self, "law", law)

    def resized(self, dim: int) -> Placed:
        angle = self.angle if np.ndim(self.angle) == 0 or dim == 3 else self.angle[-1]
        law = self.law if self.of else self.law.resized(dim)
        along = self.stretch
        if isinstance(along, tuple) and len(along) != dim:
            along = (along + (1.0,) * dim)[:dim]
        return msgspec.structs.replace(self, law=law, angle=0.0 if dim == 1 else angle, stretch=along)

    def check(self, dim: int) -> None:
        if not isinstance(self.law, Distribution) or isinstance(self.law, Placed):
            raise Wrong("law", "is no law that can be placed; give a table with a kind, other than placed")
        per_axis("shift", self.shift, dim)
        per_axis("stretch", self.stretch, dim)
        if isinstance(self.angle, tuple) and (dim < 3 or len(self.angle) != 3):
            raise Wrong("angle", "is not one number, or in 3-D the three of an axis times its degrees")
        try:
            check_ranges(self.law)
            self.law.check(self.of or dim)
        except Wrong as wrong:
            raise wrong.within("law") from None

    def placement(self, dim: int) -> Placement:
        return Placement.of(dim, self.shift, self.scale, self.angle, self.stretch)

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.placement(dim).at(embed(self.law.sample(n, self.of or dim, rng), dim))

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray | None]:
        x, label = self.law.classed(n, self.of or dim, rng)
        return self.placement(dim).at(embed(x, dim)), label

    def mixture(self, dim: int) -> Mixture | None:
        law = self.law.mixture(dim) if self.of in (0, dim) else None
        return None if law is None else self.placement(dim).mixture(law)

    def points(self, dim: int) -> np.ndarray | None:
        points = self.law.points(self.of or dim)
        return None if points is None else self.placement(dim).at(embed(points, dim))

    def labels(self, x: np.ndarray, dim: int) -> np.ndarray | None:
        if self.of not in (0, dim):  # that of the nearest of many points: a place alone does not tell it
            from scipy.spatial import cKDTree

            seen, label = self.classed(LOOKED_AT, dim, np.random.default_rng(0))
            return None if label is None else label[cKDTree(seen).query(x)[1]]
        return self.law.labels(self.placement(dim).back(x), dim)

    def partition(self, dim: int) -> tuple[str, int]:
        return self.law.partition(self.of or dim)

    def files(self) -> tuple[str, ...]:
        return self.law.files()

    def elsewhere(self, move: Any) -> Placed:
        return msgspec.structs.replace(self, law=self.law.elsewhere(move))

    def middle(self, dim: int) -> np.ndarray:
        return self.placement(dim).at(embed(self.law.middle(self.of or dim)[None], dim))[0]

    def moved(self, by: Placement, dim: int) -> Distribution:
        """The law's own knobs where they can say it all; else one placement, of both."""
        try:
            both = by.after(self.placement(dim))
        except ValueError as error:
            raise Wrong("stretch", str(error)) from None
        if self.of not in (0, dim):
            return msgspec.structs.replace(Placed.around(self.law, both), of=self.of)
        return moved(self.law, both, dim)

    @classmethod
    def around(cls, law: Distribution, by: Placement) -> Placed:
        """The law as it is, placed."""
        angle = angle_of(by.turn) if by.turned else 0.0
        return cls(law, axes(by.shift), float(by.scale), angle, stretch=1.0 if by.even else axes(by.stretch))


def moved(law: Distribution, by: Placement, dim: int) -> Distribution:
    """The law of moved points: itself with other knobs where these say it exactly, else with a placement around it."""
    return law.moved(by, dim) or Placed.around(law, by)
