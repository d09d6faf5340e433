"""Ranges and ticks of chart axes."""

from __future__ import annotations

import math

from app.scene.marks import Curve, Panel


def padded(values: list[float], zero: bool = False, spread: float = 10.0) -> tuple[tuple[float, float], bool]:
    """``((low, high), log)`` for these values: logarithmic when all are positive and span more than ``spread``.

    A linear axis starts at ``zero`` where asked. Values that are not finite do not count.
    """
    values = [v for v in values if math.isfinite(v)]
    if not values:
        return (0.0, 1.0), False
    low, high = min(values), max(values)
    if low > 0 and high / low > spread:
        room = 10 ** (0.06 * math.log10(high / low))
        return (low / room, high * room), True
    if zero:
        low = min(0.0, low)
    room = 0.08 * (high - low) or 0.5 * abs(high) or 0.5
    return (low - room if low < 0 or not zero else 0.0, high + room), False


def round_axis(last: int) -> tuple[tuple[float, float], tuple[tuple[float, str], ...]]:
    """Range and ticks of an axis of rounds: room for three from the start, a tick at every few when there are many."""
    last = max(3, last)
    every = max(1, -(-last // 10))
    return (0.4, last + 0.6), tuple((float(k), str(k)) for k in range(1, last + 1, every))


def by_round(title: str, curves: tuple[Curve, ...], spread: float = 10.0, **words: object) -> Panel:
    """A chart of one figure over rounds; each ``curve.xy`` holds (round, value), the last curve has the errors."""
    curve = curves[-1]
    error = curve.error if curve.error is not None else 0 * curve.xy[:, 1]
    values = [v for c in curves for v in c.xy[:, 1].tolist()]
    reach = [v for v in (curve.xy[:, 1] - error).tolist() if v > 0 or min(values) <= 0]
    box, log = padded([*values, *reach, *(curve.xy[:, 1] + error).tolist()], zero=True, spread=spread)
    wide, ticks = round_axis(round(max(float(c.xy[-1, 0]) for c in curves)))
    return Panel(title, "chart", curves, (*wide, *box), log_y=log, x_ticks=ticks, **words)
