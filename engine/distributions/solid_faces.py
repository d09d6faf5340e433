"""The faces of a regular solid."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from engine.laws.shapes import embed
from engine.parts import Distribution, knob
from engine.registry import part


@part
class SolidFaces(Distribution, frozen=True, tag="solid faces"):
    """Uniform on the surface of a cube or an octahedron about 0, plus noise; a class for each face."""

    about = (
        "Uniform on the faces of a cube, |x|∞ = R, or of an octahedron, |x|₁ = R, plus N(0, noise² I). In 1-D and 2-D "
        "its first coordinates."
    )
    rank = 23
    lengths = ("radius", "noise")

    solid: Annotated[Literal["cube", "octahedron"], knob("solid", tip="Which solid.")] = "cube"
    radius: Annotated[
        float, knob("radius", above=0.0, high=1e3, tip="R: from the middle to a face, or to a corner.")
    ] = 1.5
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.03
    )

    def partition(self, dim: int) -> tuple[str, int]:
        return "face", 6 if self.solid == "cube" else 8

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        if self.solid == "cube":
            xyz, face = rng.uniform(-1.0, 1.0, (n, 3)), rng.integers(0, 6, n)
            at = np.arange(n)
            xyz[at, face % 3] = np.where(face < 3, 1.0, -1.0)
        else:
            face, share = rng.integers(0, 8, n), rng.exponential(size=(n, 3))  # uniform on a triangle, once divided
            signs = 1.0 - 2.0 * ((face[:, None] >> np.arange(3)) & 1)
            xyz = signs * share / share.sum(1, keepdims=True)
        return self.radius * embed(xyz, dim) + self.noise * rng.standard_normal((n, dim)), face
