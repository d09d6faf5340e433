"""An image as a density."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.shapes import slab
from engine.parts import Distribution, knob
from engine.reading.image_density import density_of
from engine.registry import part


@part
class Image(Distribution, frozen=True, tag="image"):
    """A pixel chosen in proportion to its darkness, and a uniform point of it."""

    about = (
        "Density in proportion to (1 - luminance) · opacity, constant on each pixel; the image is centred at 0. In "
        "1-D its first coordinate, in 3-D the third is N(0, thickness²)."
    )
    rank = 16
    lengths = ("height", "thickness")

    path: Annotated[str, knob("image", tip="PNG or JPEG, 16 megapixels at most.", editor="path")] = ""
    height: Annotated[
        float, knob("height", above=0.0, high=1e3, tip="Height of the whole image; pixels are square.")
    ] = 6.0
    invert: Annotated[bool, knob("invert", tip="Bright is dense instead of dark; transparent stays empty.")] = False
    thickness: Annotated[
        float, knob("thickness", 0.0, 1e2, tip="Standard deviation of the third coordinate (3-D only).")
    ] = 0.1

    def check(self, dim: int) -> None:
        density_of(self.path, self.invert)

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        ink = density_of(self.path, self.invert)
        return slab(self.height * ink.scatter(n, rng), dim, self.thickness, rng)

    def files(self) -> tuple[str, ...]:
        return (self.path,) if self.path else ()
