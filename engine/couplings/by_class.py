"""Pairs within classes."""

from __future__ import annotations

import numpy as np

from engine.parts import Coupling, Distribution, Pairs, Wrong
from engine.registry import part


@part
class ByClass(Coupling, frozen=True, tag="class"):
    """Points of class k of the source with points of class k of the target, at random within the class."""

    about = (
        "Class k of the source goes to class k of the target, independently within the class. The class of a point is "
        "the component of its mixture with the nearest mean, in the mixture's order. Where a class has more points at "
        "one end than at the other, the surplus of all classes is paired at random."
    )
    rank = 8

    pairs: Pairs = 50_000

    def join(
        self, source: Distribution, target: Distribution, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        k0, k1 = (self._labels(*end) for end in (("source", source, x0), ("target", target, x1)))
        count = max(k0.max(), k1.max()) + 1
        common = np.minimum(np.bincount(k0, minlength=count), np.bincount(k1, minlength=count))
        (i, rest0), (j, rest1) = (_first(k, common, rng) for k in (k0, k1))
        partner = np.empty(len(x0), int)
        partner[i], partner[rest0] = j, rng.permutation(rest1)
        return x0, x1[partner]

    def pair(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        raise Wrong("coupling", "clouds alone tell no classes; this coupling needs their laws too")

    def _labels(self, end: str, law: Distribution, x: np.ndarray) -> np.ndarray:
        labels = law.labels(x, x.shape[1])
        if labels is None:
            raise Wrong("coupling", f"the {end} {law.kind!r} has no classes; choose a mixture, or another coupling")
        return labels


def _first(label: np.ndarray, common: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rows in random order, class after class: the first common[k] of class k, and the rest."""
    order = rng.permutation(len(label))
    order = order[np.argsort(label[order], kind="stable")]
    size = np.bincount(label, minlength=len(common))
    rank = np.arange(len(label)) - np.repeat(np.cumsum(size) - size, size)  # within the class
    chosen = rank < common[label[order]]
    return order[chosen], order[~chosen]
