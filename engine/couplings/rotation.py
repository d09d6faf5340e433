"""The source turned about the origin."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.parts import Coupling, Distribution, Pairs, Wrong, knob
from engine.registry import part


@part
class Rotation(Coupling, frozen=True, tag="rotation"):
    """X1 = R X0, R the rotation by an angle about the origin, in 3-D about the third axis."""

    about = (
        "X1 = R X0, the source turned about the origin (in 3-D about the third axis); it takes the place of the chosen "
        "target. Straight, since the paths (1-t) x + t R x never meet, but not optimal. In 2-D and 3-D."
    )
    replaces = ("target",)
    rank = 10

    pairs: Pairs = 50_000
    angle: Annotated[
        float,
        knob(
            "angle",
            -175.0,
            175.0,
            unit="°",
            tip="Angle of the rotation R, anticlockwise. At 180° all paths would meet in the centre.",
        ),
    ] = 90.0

    def check(self, dim: int) -> None:
        if dim == 1:
            raise Wrong("", "a line has no rotation; set the dimension to 2 or 3")

    def ends(self, source: Distribution, target: Distribution) -> tuple[Distribution, Distribution]:
        return source, Turned(source, self.angle)

    def pair(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """x0 as it is, and x0 turned; x1 is not used."""
        return x0, turn(x0, self.angle)


class Turned(Distribution, frozen=True, tag="turned"):
    """A law turned by ``angle`` degrees about the origin. No kind to choose: it is what a rotation leads to."""

    law: Distribution
    angle: float

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return turn(self.law.sample(n, dim, rng), self.angle)


def turn(x: np.ndarray, angle: float) -> np.ndarray:
    """Points (n, d), d at least 2, turned by ``angle`` degrees in the plane of the first two axes."""
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turned = x.copy()
    turned[:, 0], turned[:, 1] = c * x[:, 0] - s * x[:, 1], s * x[:, 0] + c * x[:, 1]
    return turned
