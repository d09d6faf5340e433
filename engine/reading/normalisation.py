"""Where a file's cloud is put: (x - origin) / unit, computed in float64, so that a cloud far away keeps its digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.laws.shapes import FAR
from engine.parts import Wrong
from engine.reading.choice import Choice
from engine.reading.offer import Offer

AWAY = 1000.0  # times its extent: so far from the origin that float32 loses a thousandth of the extent
APART = 1000.0  # times: axes of such different spread are offered one unit each
SIDE = 6.0  # of the box that a cloud is fitted to


@dataclass(frozen=True, eq=False)
class Scaling:
    """Placed points are (x - origin) / unit; both (d,), in the units of the file."""

    origin: np.ndarray
    unit: np.ndarray
    rule: str = "none"  # the one that led to it

    @property
    def moves(self) -> bool:
        return bool(self.origin.any() or (self.unit != 1).any())

    def at(self, x: np.ndarray) -> np.ndarray:
        return (x - self.origin) / self.unit if self.moves else x

    def back(self, x: np.ndarray) -> np.ndarray:
        """Points in the units of the file."""
        return self.origin + self.unit * x


def scaling(x: np.ndarray, weights: np.ndarray | None, choice: Choice) -> Scaling:
    """The scaling of a cloud (n, d) by its choice. Raises Wrong."""
    d = x.shape[1]
    if choice.origin or choice.unit:
        return Scaling(_each("origin", choice.origin, d, 0.0), _each("unit", choice.unit, d, 1.0), "given")
    rule = _needed(x) if choice.normalise == "as needed" else choice.normalise
    origin, unit = np.zeros(d), np.ones(d)
    if rule != "none":
        origin = np.average(x, axis=0, weights=weights)
    if rule == "fit to box":
        low, high = x.min(0), x.max(0)
        origin, unit = low / 2 + high / 2, np.full(d, (high - low).max() / SIDE)
    elif rule.startswith("unit std"):
        with np.errstate(over="ignore"):
            spread = np.sqrt(np.average((x - origin) ** 2, axis=0, weights=weights))
        unit = spread if rule.endswith("each") else np.full(d, np.sqrt(np.mean(spread**2)))
    return Scaling(origin, np.where((unit > 0) & np.isfinite(unit), unit, 1.0), rule)


def offers(x: np.ndarray) -> tuple[Offer, ...]:
    """What such a cloud would gain by."""
    spread = x.std(axis=0)
    if len(spread) > 1 and spread.min() > 0 and spread.max() / spread.min() > APART:
        ratio = f"{spread.max() / spread.min():.0e}".replace("e+0", "e").replace("e+", "e")
        words = f"the axes differ by a factor of {ratio} in spread; normalise = 'unit std each' makes them alike"
        return (Offer(words, "make the axes alike", {"normalise": "unit std each"}),)
    return ()


def _needed(x: np.ndarray) -> str:
    middle, extent = np.abs(x.min(0) / 2 + x.max(0) / 2), np.ptp(x, axis=0)
    if not ((middle > AWAY * np.maximum(extent, 1e-300)) & (extent > 0)).any() and np.abs(x).max() <= FAR:
        return "none"
    return "centre" if extent.max() <= FAR else "unit std"


def _each(name: str, given: tuple[float, ...], d: int, default: float) -> np.ndarray:
    if not given:
        return np.full(d, default)
    if len(given) not in (1, d):
        raise Wrong(name, f"has {len(given)} numbers, but there are {d} coordinates; give {d}, or one for all")
    if name == "unit" and min(given) <= 0:
        raise Wrong(name, "holds a number that is not above 0; give lengths")
    return np.array(given if len(given) == d else given * d, float)
