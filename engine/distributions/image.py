"""An image as a density."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np

from engine.laws.shapes import slab
from engine.parts import Distribution, knob
from engine.reading.image_density import ImageDensity, Ink, density_of
from engine.reading.pictures import FORMATS, SUFFIXES
from engine.registry import part


@part
class Image(Distribution, frozen=True, tag="image"):
    """A pixel chosen in proportion to its darkness, and a uniform point of it."""

    about = (
        "Density in proportion to (1 - luminance) · opacity, or to one channel, constant on each pixel; the image is "
        "centred at 0. In 1-D its first coordinate, in 3-D the third is N(0, thickness²)."
    )
    rank = 16
    lengths = ("height", "thickness")
    rereads = ("gamma", "threshold", "colours")
    reads: ClassVar[tuple[str, ...]] = SUFFIXES

    path: Annotated[str, knob("image", tip=f"{FORMATS}, 16 megapixels at most.", editor="path")] = ""
    height: Annotated[
        float, knob("height", above=0.0, high=1e3, tip="Height of the whole image; pixels are square.")
    ] = 6.0
    invert: Annotated[bool, knob("invert", tip="Bright is dense instead of dark; transparent stays empty.")] = False
    thickness: Annotated[
        float, knob("thickness", 0.0, 1e2, tip="Standard deviation of the third coordinate (3-D only).")
    ] = 0.1
    by: Annotated[
        Literal["luminance", "opacity", "red", "green", "blue"],
        knob("density by", tip="What is dense: dark, opaque, or dark in one channel."),
    ] = "luminance"
    gamma: Annotated[float, knob("gamma", above=0.0, high=10.0, tip="Density is ink^gamma.")] = 1.0
    threshold: Annotated[
        float, knob("threshold", 0.0, 1.0, tip="Above 0: uniform where there is as much ink, nothing elsewhere.")
    ] = 0.0
    shapes: Annotated[
        Literal["as found", "as drawn", "filled", "outlined"],
        knob("shapes", tip="filled: the insides of lines too; outlined: edges alone; as found: line drawings filled."),
    ] = "as found"
    colours: Annotated[int, knob("colours", 0, 12, tip="Classes by colour, at most so many; 0: none.")] = 0

    def ink(self) -> ImageDensity:
        """The picture's ink. Raises Wrong, at ``path``."""
        return density_of(self.path, Ink(self.by, self.invert, self.gamma, self.threshold, self.shapes, self.colours))

    def check(self, dim: int) -> None:
        self.ink()

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray | None]:
        xy, labels = self.ink().scattered(n, rng)
        return slab(self.height * xy, dim, self.thickness, rng), labels

    def partition(self, dim: int) -> tuple[str, int]:
        return ("colour", len(self.ink().colours)) if self.colours else ("", 0)

    def files(self) -> tuple[str, ...]:
        return (self.path,) if self.path else ()
