"""Slider stops of a knob's range."""

from __future__ import annotations

import math
import types
from typing import Any, Union, get_args, get_origin

from app.forms.typed_values import nice
from engine.registry import Knob


def members(kind: Any) -> tuple[Any, ...]:
    """The types that a knob's type is a choice of."""
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


class SliderStops:
    """Slider stops for a knob's range. A range of many decades is cut to the part around the default that is used;
    typed values reach all of it."""

    def __init__(self, knob: Knob) -> None:
        low, high, default = float(knob.low), float(knob.high), knob.default
        default = float(default) if isinstance(default, int | float) else 1.0
        self.whole = float not in members(knob.type)
        self.low_open = knob.open_low
        self.log = knob.log
        if self.log:
            decades = math.log10(high / low) if low > 0 else math.inf
            if decades > 4.5:
                middle = abs(default) or 1.0
                low, high = max(low, middle / 1000), min(high, middle * 1000)
            self.stops = 240
        else:
            reach = 4 * max(abs(default), 1.0 if not self.whole else 10.0)
            if high - low > 25 * max(abs(default), 1.0):
                low, high = max(low, min(0.0, -reach if low < 0 else 0.0)), min(high, reach)
            self.grain = knob.step or (1.0 if self.whole else nice((high - low) / 200, 1))
            self.stops = max(1, round((high - low) / self.grain))
        self.low, self.high = low, high
        self.useful = high > low and knob.high < 2**30 and self.stops <= 100_000

    def stop(self, value: Any) -> int:
        """The stop nearest to the value."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return 0
        x = min(max(float(value), self.low), self.high)
        part = (
            math.log(x / self.low) / math.log(self.high / self.low)
            if self.log
            else (x - self.low) / (self.high - self.low)
        )
        return round(part * self.stops)

    def value(self, stop: int, now: Any) -> int | float:
        """The number at a stop, rounded to what a hand can mean; never ``now`` again if the stop has moved on."""
        part = stop / self.stops
        if self.log:
            x = self.low * (self.high / self.low) ** part
            x = (
                self.high
                if stop == self.stops
                else self.low
                if stop == 0
                else nice(x, 2 if x >= 20 or not self.whole else 3)
            )
        else:
            x = self.low + stop * self.grain if stop < self.stops else self.high
            x = round(x, max(0, 2 - math.floor(math.log10(self.grain))))
        if self.whole:
            x = round(x)
            if isinstance(now, int) and x == now and stop != self.stop(now):
                x += 1 if stop > self.stop(now) else -1
            return int(min(max(x, self.low), self.high))
        if self.low_open and x <= self.low:
            return nice(self.low + (self.high - self.low) / self.stops, 2)
        return x
