"""Letters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
import numpy as np

from engine.laws.shapes import slab
from engine.parts import Distribution, knob
from engine.reading.faces import carried, parted
from engine.reading.letters import MAX_LETTERS, edges, letters
from engine.registry import part


@part
class Text(Distribution, frozen=True, tag="text"):
    """A point of the ink of a line of text, uniform in area."""

    about = (
        "Uniform on the ink of the text, set in Aileron or a font of the machine, and centred at 0. In 1-D its first "
        "coordinate, in 3-D the third is N(0, thickness²)."
    )
    rank = 17
    lengths = ("height", "thickness")

    text: Annotated[
        str, knob("text", tip=f"1 to {MAX_LETTERS} letters, digits, marks or emoji, on one line.", editor="letters")
    ] = "FLOW"
    height: Annotated[float, knob("height", above=0.0, high=1e3, tip="Height of a capital letter.")] = 2.5
    thickness: Annotated[
        float, knob("thickness", 0.0, 1e2, tip="Standard deviation of the third coordinate (3-D only).")
    ] = 0.1

    font: Annotated[
        str,
        knob(
            "font",
            tip="Of this machine, or a file (file.ttc#1: its second face); emoji need one that has them.",
            editor="font",
        ),
    ] = ""

    def check(self, dim: int) -> None:
        letters(self.text, self.font)

    def files(self) -> tuple[str, ...]:
        return (parted(self.font)[0],) if self.font else ()

    def elsewhere(self, move: Callable[[str], str]) -> Text:
        return msgspec.structs.replace(self, font=carried(self.font, move)) if self.font else self

    def partition(self, dim: int) -> tuple[str, int]:
        return "letter", len(edges(self.text, self.font)) + 1

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.classed(n, dim, rng)[0]

    def classed(self, n: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        xy = letters(self.text, self.font).scatter(n, rng)
        return slab(self.height * xy, dim, self.thickness, rng), np.searchsorted(edges(self.text, self.font), xy[:, 0])
