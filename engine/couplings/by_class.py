"""Pairs within classes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.parts import Coupling, Distribution, Pairs, Wrong
from engine.registry import part


@part
class ByClass(Coupling, frozen=True, tag="class"):
    """Points of class k of the source with points of class k of the target, at random within the class."""

    about = (
        "Class k of the source goes to class k of the target, independently within the class. The class of a point is "
        "the part of its law that it was drawn from: mode, moon, ring, arm, cell, letter or dot, in the law's order. "
        "Where a class has more points at one end than at the other, the surplus of all classes is paired at random."
    )
    rank = 8

    pairs: Pairs = 50_000

    def draw(
        self, source: Distribution, target: Distribution, dim: int, seed: int
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The laws tell the classes while they draw: exact even where classes overlap."""
        yield _drawn(source, target, self.pairs, dim, [np.random.default_rng([seed, k]) for k in range(3)])

    def fresh(
        self, source: Distribution, target: Distribution, n: int, dim: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        return _drawn(source, target, n, dim, [rng] * 3)

    def join(
        self, source: Distribution, target: Distribution, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """For clouds that are there already, classes as far as the points tell them: the nearest mean of a mixture."""
        ends = (("source", source, x0), ("target", target, x1))
        k0, k1 = (_known(end, law, law.labels(x, x.shape[1])) for end, law, x in ends)
        return _within(x0, x1, k0, k1, rng)

    def pair(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        raise Wrong("coupling", "clouds alone tell no classes; this coupling needs their laws too")

    def note(self, source: Distribution, target: Distribution, dim: int) -> str:
        counts, said = [], []
        for end, law in (("source", source), ("target", target)):
            noun, count = law.partition(dim)
            if not count:
                return f"the {end} {law.kind!r} has no classes"
            counts.append(count)
            said.append(f"{end} {count:,} {noun}{'' if count == 1 else 's'}")
        words, rest = " · ".join(said), self._without(counts)
        return f"{words}; no partner for {rest}, paired at random" if rest else words

    def rest(self, source: Distribution, target: Distribution, dim: int) -> str:
        rest = self._without([law.partition(dim)[1] for law in (source, target)])
        other = "source" if rest.endswith("target") else "target"
        return (
            f"No partner for {rest}: its points are paired at random with what is left of the {other}." if rest else ""
        )

    def _without(self, counts: list[int]) -> str:
        """The classes that only one end has: ``classes 3 to 8 of the source``; empty where both have as many."""
        few, many = sorted(counts)
        if not few or few == many:
            return ""
        end = "source" if counts[0] > counts[1] else "target"
        return f"{f'class {many:,}' if many == few + 1 else f'classes {few + 1:,} to {many:,}'} of the {end}"


def _drawn(
    source: Distribution, target: Distribution, n: int, dim: int, rngs: list[np.random.Generator]
) -> tuple[np.ndarray, np.ndarray]:
    ends = zip(("source", "target"), (source, target), rngs, strict=False)
    found = [(end, law, *law.classed(n, dim, rng)) for end, law, rng in ends]
    (x0, k0), (x1, k1) = ((x, _known(end, law, labels)) for end, law, x, labels in found)
    return _within(x0, x1, k0, k1, rngs[2])


def _known(end: str, law: Distribution, labels: np.ndarray | None) -> np.ndarray:
    if labels is None:
        raise Wrong(
            "coupling", f"the {end} {law.kind!r} has no classes; choose one with parts, such as a mixture or rings"
        )
    return labels


def _within(
    x0: np.ndarray, x1: np.ndarray, k0: np.ndarray, k1: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs at random inside classes k0, k1 (n,) as far as both ends have points of them; the rest at random."""
    count = max(k0.max(), k1.max()) + 1
    common = np.minimum(np.bincount(k0, minlength=count), np.bincount(k1, minlength=count))
    (i, rest0), (j, rest1) = (_first(k, common, rng) for k in (k0, k1))
    partner = np.empty(len(x0), int)
    partner[i], partner[rest0] = j, rng.permutation(rest1)
    return x0, x1[partner]


def _first(label: np.ndarray, common: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rows in random order, class after class: the first common[k] of class k, and the rest."""
    order = rng.permutation(len(label))
    order = order[np.argsort(label[order], kind="stable")]
    size = np.bincount(label, minlength=len(common))
    rank = np.arange(len(label)) - np.repeat(np.cumsum(size) - size, size)  # within the class
    chosen = rank < common[label[order]]
    return order[chosen], order[~chosen]
