"""The source under the gradient of a convex potential: a scene whose optimal map is known."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from engine.laws.expression import Expression
from engine.laws.mixture import Mixture
from engine.laws.potential import affine, convex, potential
from engine.parts import Coupling, Distribution, Pairs, Wrong, knob
from engine.registry import part

LOOKED = 4096  # points of a cloud at which phi is looked at once more


@part
class GradientMap(Coupling, frozen=True, tag="gradient map"):
    """X1 = grad phi(X0), or independent of X0 with the law of that; phi is convex, so grad phi is the optimal map."""

    about = (
        "X1 has the law of ∇φ(X0), which takes the place of the chosen target. By Brenier's theorem ∇φ of a convex φ "
        "is the optimal map from the source to it. Pairs are (x0, ∇φ(x0)), the optimal coupling itself, or "
        "independent, for a flow to be compared with the map: the reference optimal map stands beside."
    )
    replaces = ("target",)
    rank = 13

    pairs: Pairs = 50_000
    potential: Annotated[
        Literal["quadratic", "power", "quartic", "log-sum-exp", "split", "typed"],
        knob("potential", tip="φ: one that is ready, or as typed."),
    ] = "log-sum-exp"
    phi: Annotated[
        str, knob("φ typed", tip="In x, y, z and r = |x|, convex, such as x^2 + exp(y/2).", editor="formula")
    ] = "r^2"
    paired: Annotated[
        Literal["independent", "by the map"], knob("paired", tip="How the pairs that are trained on are drawn.")
    ] = "independent"

    def check(self, dim: int) -> None:
        self._phi(dim)

    def ends(self, source: Distribution, target: Distribution) -> tuple[Distribution, Distribution]:
        return source, Image(source, self.potential, self.phi)

    def pair(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Both as they are, or x0 and where the map takes it."""
        phi = self._phi(x0.shape[1])
        try:
            convex(phi, x0[:LOOKED])
        except Wrong as wrong:
            raise wrong.within("coupling") from None
        return (x0, x1) if self.paired == "independent" else (x0, phi.gradient(x0))

    def optimal(self, dim: int) -> Expression:
        return self._phi(dim)

    @property
    def by_map(self) -> bool:
        return self.paired == "by the map"

    def _phi(self, dim: int) -> Expression:
        return potential(self.potential, self.phi, dim)


class Image(Distribution, frozen=True, tag="gradient image"):
    """A law under the gradient of a potential. No kind to choose: it is what a gradient map leads to."""

    law: Distribution
    potential: str
    phi: str

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return potential(self.potential, self.phi, dim).gradient(self.law.sample(n, dim, rng))

    def points(self, dim: int) -> np.ndarray | None:
        places = self.law.points(dim)
        return None if places is None else potential(self.potential, self.phi, dim).gradient(places)

    def mixture(self, dim: int) -> Mixture | None:
        """Of a quadratic potential, whose gradient is A x + b with A symmetric."""
        law, map_ = self.law.mixture(dim), affine(potential(self.potential, self.phi, dim), dim)
        if law is None or map_ is None:
            return None
        a, b = map_
        return Mixture.of(law.weights, law.means @ a + b, a @ law.covariances @ a)
