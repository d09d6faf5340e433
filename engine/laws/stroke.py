"""A stroke of a drawing: a frozen value of points, which can be moved, scaled, turned and mirrored for ever after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
import numpy as np

from engine.parts import Distribution, Wrong, knob
from engine.reading.faces import carried, parted
from engine.registry import check_ranges, union

FAR = 1e6  # coordinates beyond this lose their digits in float32
MOST_POINTS = 2000  # of one stroke
FRAMED = ("disc", "rim", "text", "stamp")  # their points are a centre, and where their axes end
HOME = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0)  # the plane of the first two axes
Rows = tuple[tuple[float, ...], ...]


class Stroke(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One stroke, which is drawn from in proportion to its ``weight``; a sprayed dot weighs 1.

    line: uniform in length along the points, or as dense as ``along`` says, plus a uniform point of a ball of diameter
    ``width``. area: uniform inside the polygon, by the even-odd rule. disc, rim: an ellipse and its outline. text: its
    ink. stamp: any law, in the axes of the points.
    """

    shape: Annotated[Literal["line", "area", "disc", "rim", "text", "stamp"], knob("shape")] = "line"
    points: Annotated[
        Rows, knob("points", -FAR, FAR, tip="Corners; else the centre, then where the shape's axes end.", editor="hand")
    ] = ()
    weight: Annotated[
        float, knob("weight", above=0.0, high=1e9, log=True, tip="As many sprayed dots as it counts.")
    ] = 100.0
    label: Annotated[int, knob("class", 0, 99, tip="Its class.")] = 0
    width: Annotated[float, knob("width", 0.0, FAR, tip="Diameter of the brush.")] = 0.0
    along: Annotated[tuple[float, ...], knob("density", 0.0, 1e9, tip="At each corner of a line; none: even.")] = ()
    text: Annotated[str, knob("text")] = ""
    font: Annotated[str, knob("font", tip="A file; none: Aileron.", editor="hand")] = ""
    law: Annotated[Any, knob("law", tip="What is stamped.")] = None
    holes: Annotated[
        Rows, knob("holes", -FAR, FAR, tip="Where it is erased: a width, then places.", editor="hand")
    ] = ()
    plane: Annotated[
        tuple[float, ...],
        knob("plane", -FAR, FAR, tip="In 3-D: its origin, then its two axes, three numbers each."),
    ] = ()
    body: Annotated[
        Literal["flat", "thick", "extruded", "revolved", "round"],
        knob("body", tip="In 3-D: flat; thick to both sides; extruded to one; revolved about the second axis; round."),
    ] = "flat"
    depth: Annotated[float, knob("depth", -FAR, FAR, tip="How thick, or how far extruded.")] = 0.0

    def __post_init__(self) -> None:
        """A law that comes as a table of a file becomes a part; one that is none stays a table, for ``check``."""
        if isinstance(self.law, dict):
            try:
                msgspec.structs.force_setattr(self, "law", msgspec.convert(self.law, union("distributions")))
            except msgspec.ValidationError:
                return

    @property
    def coordinates(self) -> int:
        """How many its points have: 1 to 3."""
        return len(self.points[0])

    @property
    def corners(self) -> np.ndarray:
        """Its points (n, k)."""
        return np.asarray(self.points, float)

    def check(self) -> None:
        """Raise Wrong where it is no stroke."""
        check_ranges(self)
        lengths = {len(row) for row in self.points}
        if len(lengths) != 1 or not lengths <= {1, 2, 3}:
            raise Wrong("points", "are not rows of 1 to 3 numbers, all of the same length, one row at least")
        if len(self.points) > MOST_POINTS:
            raise Wrong("points", f"are {len(self.points):,}; {MOST_POINTS:,} at most in a stroke")
        k = self.coordinates
        if self.shape in FRAMED and len(self.points) != (1 + k if self.shape == "stamp" else 3):
            raise Wrong("points", "are not the centre, then where each axis ends")
        if self.shape in ("area", "disc", "rim", "text") and k != 2:
            raise Wrong("points", "have not two numbers each; a plane puts the stroke into space")
        if self.along and len(self.along) != len(self.points):
            raise Wrong("along", "has not a number for each point")
        if self.plane and len(self.plane) != 9:
            raise Wrong("plane", "has not nine numbers: an origin and two axes")
        for row in self.holes:
            if len(row) < 1 + k or (len(row) - 1) % k or row[0] < 0:
                raise Wrong("holes", f"has a row that is not a width, then places of {k} numbers")
        if self.shape == "stamp":
            if not isinstance(self.law, Distribution):
                raise Wrong("law", "is no law that can be stamped; give a table with a kind")
            try:
                check_ranges(self.law)
                self.law.check(k)
            except Wrong as wrong:
                raise wrong.within("law") from None

    def at(self, matrix: np.ndarray, shift: np.ndarray) -> Stroke:
        """Itself under x -> matrix x + shift of its own coordinates; brushes grow with the mean stretch."""
        k = self.coordinates
        grown = abs(float(np.linalg.det(matrix))) ** (1 / k)
        holes = tuple(
            (grown * row[0], *(np.reshape(row[1:], (-1, k)) @ matrix.T + shift).ravel().tolist()) for row in self.holes
        )
        return msgspec.structs.replace(
            self,
            points=rows(self.corners @ matrix.T + shift),
            width=grown * self.width,
            depth=grown * self.depth,
            holes=holes,
        )

    def carried(self, matrix: np.ndarray, shift: np.ndarray) -> Stroke:
        """Itself under a similarity x -> matrix x + shift of R^d; what it has beyond d coordinates stays."""
        dim, k = len(shift), self.coordinates
        if dim == 3 and k == 2:
            origin, *axes = np.reshape(self.plane or HOME, (3, 3)).astype(float)
            size = float(np.linalg.det(matrix))
            grown = abs(size) ** (1 / 3)
            plane = np.concatenate([matrix @ origin + shift, *(matrix @ axis / grown for axis in axes)])
            made = self.at(grown * np.eye(2), np.zeros(2))
            depth = made.depth if size > 0 else -made.depth  # a mirror turns the normal over
            return msgspec.structs.replace(made, depth=depth, plane=tuple((np.round(plane, 9) + 0.0).tolist()))
        if k < dim and self.shape == "line" and not self.holes:
            return self.padded(dim).at(matrix, shift)
        own, by, both = np.eye(k), np.zeros(k), min(k, dim)
        own[:both, :both], by[:both] = matrix[:both, :both], shift[:both]
        return self.at(own, by)

    def files(self) -> tuple[str, ...]:
        """That its font or its law is read from."""
        own = (parted(self.font)[0],) if self.shape == "text" and self.font else ()
        return (*own, *self.law.files()) if isinstance(self.law, Distribution) else own

    def elsewhere(self, move: Callable[[str], str]) -> Stroke:
        """With other paths of its files."""
        law = self.law.elsewhere(move) if isinstance(self.law, Distribution) else self.law
        return msgspec.structs.replace(self, font=carried(self.font, move), law=law)

    def padded(self, k: int) -> Stroke:
        """A line with zeros for coordinates that it has not."""
        missing = (0.0,) * max(0, k - self.coordinates)
        return msgspec.structs.replace(self, points=tuple((*row, *missing) for row in self.points))

    def erased(self, places: np.ndarray, width: float) -> Stroke:
        """Itself with a hole along these places (n, k)."""
        return msgspec.structs.replace(self, holes=(*self.holes, (float(width), *np.ravel(places).tolist())))


def rows(points: np.ndarray) -> Rows:
    """Points as a spec holds them: to nine digits of the largest, without minus zero."""
    points = np.asarray(points, float)
    size = float(np.abs(points).max(initial=0.0))
    places = 8 - int(np.floor(np.log10(size))) if size > 0 else 8
    return tuple(map(tuple, (np.round(points, places) + 0.0).tolist()))


def rounded(x: float, digits: int = 3) -> float:
    """A number above 0 to so many digits."""
    return round(x, digits - 1 - int(np.floor(np.log10(x)))) if x > 0 else 0.0
