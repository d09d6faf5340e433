"""Letters."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.shapes import slab
from engine.parts import Distribution, knob
from engine.reading.image_density import MAX_LETTERS, edges, letters
from engine.registry import part


@part
class Text(Distribution, frozen=True, tag="text"):
    """A point of the ink of a line of text, uniform in area."""

    about = (
        "Uniform on the ink of the text, set in Aileron and centred at 0. In 1-D its first coordinate, in 3-D the "
        "third is N(0, thickness²)."
    )
    rank = 17
    lengths = ("height", "thickness")

    text: Annotated[
        str, knob("text", tip=f"1 to {MAX_LETTERS} ASCII letters, digits or marks, on one line.", editor="letters")
    ] = "FLOW"
    height: Annotated[float, knob("height", above=0.0, high=1e3, tip="Height of a capital letter.")] = 2.5
    thickness: Annotated[
        float, knob("thickness", 0.0, 1e2, tip="Standard deviation of the third coordinate (3-D only).")
    ] = 0.1

    def check(self, dim: int) -> None:
        letters(self.text)

    def partition(self, dim: int) -> tuple[str, int]:
        return "letter", len(edges(self.text)) + 1

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        xy = letters(self.text).scatter(n, rng)
        return slab(self.height * xy, dim, self.thickness, rng), np.searchsorted(edges(self.text), xy[:, 0])
