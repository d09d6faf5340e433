"""A curve that is typed as formulas."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Literal

import numpy as np

from engine.laws.expression import read
from engine.laws.shapes import FAR, embed
from engine.parts import Distribution, Wrong, knob
from engine.registry import part

FINE = 8192  # pieces that its length is measured in


@part
class Curve(Distribution, frozen=True, tag="curve"):
    """(x(t), y(t), z(t)), uniform by length or in t, plus noise."""

    about = (
        "(x(t), y(t), z(t)) for t from start to end, uniform by arc length or in t, plus N(0, noise² I). In 2-D z "
        "is left out; in 1-D the first coordinate of that."
    )
    rank = 17.01

    x: Annotated[str, knob("x(t)", tip="In t, such as 3*cos(2*pi*t) or 2*t - 1.", editor="formula")] = "3*sin(4*pi*t)"
    y: Annotated[str, knob("y(t)", tip="In t.", editor="formula")] = "3*sin(6*pi*t)"
    z: Annotated[str, knob("z(t)", tip="In t; seen in 3-D alone.", editor="formula")] = "cos(10*pi*t)"
    start: Annotated[float, knob("t from", -100.0, 100.0, tip="Where the curve begins.")] = 0.0
    end: Annotated[float, knob("t to", -100.0, 100.0, tip="Where it ends.")] = 1.0
    by: Annotated[
        Literal["length", "t"], knob("uniform by", tip="length: as much on each piece of it as it is long; t: in t.")
    ] = "length"
    noise: Annotated[float, knob("noise", 0.0, 1e2, tip="Standard deviation of N(0, noise² I), added to all axes.")] = (
        0.05
    )

    def check(self, dim: int) -> None:
        if not self.start < self.end:
            raise Wrong("end", f"the curve ends at {self.end:g} where it begins at {self.start:g}; give a greater t")
        _lengths(self._texts(dim), self.start, self.end)

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        so_far, share = _lengths(self._texts(dim), self.start, self.end), rng.random(n)
        if self.by == "length" and so_far[-1] > 0:
            share = np.interp(share * so_far[-1], so_far, np.linspace(0.0, 1.0, len(so_far)))
        places = _places(self._texts(dim), self.start + share * (self.end - self.start))
        return embed(places, dim) + self.noise * rng.standard_normal((n, dim))

    def _texts(self, dim: int) -> tuple[str, ...]:
        return (self.x, self.y, self.z)[: max(2, dim)]


@lru_cache(maxsize=16)
def _lengths(texts: tuple[str, ...], start: float, end: float) -> np.ndarray:
    """Length of the curve up to each of FINE + 1 even steps of t. Raises Wrong, at the knob."""
    places = _places(texts, np.linspace(start, end, FINE + 1))
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(places, axis=0), axis=1))])


def _places(texts: tuple[str, ...], t: np.ndarray) -> np.ndarray:
    """Where the curve is at t (n,): (n, 2) or (n, 3). Raises Wrong, at the knob."""
    found = []
    for name, text in zip("xyz", texts, strict=False):
        try:
            values = read(text, ("t",))(t[:, None])
        except Wrong as wrong:
            raise Wrong(name, wrong.message) from None
        far = ~(np.abs(values) <= FAR)
        if far.any():
            k = int(far.argmax())
            told = "it has no value" if np.isnan(values[k]) else f"it is {values[k]:.4g}"
            raise Wrong(name, f"{told} at t = {t[k]:.4g}; it must stay within ±{FAR:g} from start to end")
        found.append(values)
    return np.column_stack(found)
