"""A key that compares what pictures were made from."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from app.scene.marks import Panel


def still(panel: Panel) -> Same:
    """The key of a Panel: what its still picture is made of."""
    rest = [mark for mark in (*panel.marks, *panel.other) if not mark.moving]
    shown = [getattr(mark, f.name) for mark in rest for f in fields(mark)]
    kinds = [type(mark).__name__ for mark in rest]
    words = panel.title, panel.caption, panel.empty, bool(panel.stale), panel.x_label, panel.y_label
    frame = panel.space, panel.bounds, panel.equal, panel.axes, panel.log_x, panel.log_y, panel.x_ticks, panel.worded
    return Same(*kinds, *shown, *words, *frame, panel.box, panel.camera, panel.divide)


class Same:
    """Equal when all items are: arrays by identity, else by content, so that a new copy of old numbers is not redrawn.

    It keeps its arrays alive: an ``id`` alone could come back on another array.
    """

    __slots__ = ("items",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, *items: object) -> None:
        self.items = items

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Same) or len(self.items) != len(other.items):
            return False
        return all(_same(one, two) for one, two in zip(self.items, other.items, strict=True))


def _same(one: object, two: object) -> bool:
    if one is two:
        return True
    if isinstance(one, np.ndarray) or isinstance(two, np.ndarray):
        return isinstance(one, np.ndarray) and isinstance(two, np.ndarray) and np.array_equal(one, two)
    if isinstance(one, tuple) and isinstance(two, tuple):
        return len(one) == len(two) and all(map(_same, one, two))
    return one == two
