"""Where an axis has its ticks, and what they say."""

from __future__ import annotations

import math

from app.scene.numbers import RAISED, place, short


def ticks(low: float, high: float, log: bool, most: int) -> list[tuple[float, str]]:
    """At most about ``most`` ``(position, label)`` in [low, high]; on a logarithmic axis these are powers of ten."""
    return _decades(low, high, most) if log else _even(low, high, most)


def _even(low: float, high: float, most: int) -> list[tuple[float, str]]:
    raw = (high - low) / max(1, most)
    size = 10.0 ** math.floor(math.log10(raw))
    steps = [m * size for m in (10, 5, 2, 1)]
    while len(steps) > 1 and steps[1] >= raw * (1 - 1e-9):
        del steps[0]
    for step in steps:  # a single tick gives no scale: rather one more than asked for
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last > first:
            break
    return [(k * step, plain(k * step, step)) for k in range(first, last + 1)]


def _decades(low: float, high: float, most: int) -> list[tuple[float, str]]:
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    if last - first >= 1:
        every = max(1, -(-(last - first + 1) // max(1, most)))
        found = [k for k in range(first, last + 1) if k % every == 0]
        if len(found) < 2:  # a single tick gives no scale
            found = [first, last]
        return [(float(k), power(k)) for k in found]
    for mantissas in ((1, 2, 5), (1, 2, 3, 4, 5, 6, 7, 8, 9)):
        values = [m * 10.0**k for k in range(first - 2, last + 2) for m in mantissas]
        found = [v for v in values if low - 1e-9 <= math.log10(v) <= high + 1e-9]
        if len(found) >= 2:
            return [(math.log10(v), plain(v, v)) for v in found[:: max(1, -(-len(found) // max(2, most)))]]
    return [(v, short(10**v)) for v in (low, high)]


def power(k: int) -> str:
    """10^k: as a number near one, else with a raised exponent."""
    return f"{10.0**k:g}" if -3 <= k <= 3 else f"10{str(k).translate(RAISED)}"


def plain(value: float, step: float) -> str:
    """A number to the precision of the step: 0.25, 40, 5k, 5 600 017."""
    if not value and step < 1e-3:
        return "0"
    if abs(value) >= 1e15 or 0 < abs(value) < 9.99e-4:  # decimals would run out of the margin
        mantissa, raised = f"{value:.1e}".split("e")
        return f"{mantissa.removesuffix('.0')}·10{str(int(raised)).translate(RAISED)}".replace("-", "−")
    if step < 1e-4 * abs(value) and abs(value) >= 1e4:  # far from 0: 5.6M would stand at every tick
        return place(value, step)
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size * 1.0 and (abs(value) >= 1e4 or size > 1e3 or step % 1e3 == 0):
            return f"{value / size:g}{letter}".replace("-", "−")
    places = max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
    return f"{value + 0.0:.{places}f}".replace("-", "−")
