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
    words = bool(panel.title or panel.caption), panel.empty, bool(panel.stale), panel.x_label, panel.y_label
    frame = panel.space, panel.bounds, panel.equal, panel.axes, panel.log_x, panel.log_y, panel.x_ticks, panel.worded
    made = *kinds, *shown, *words, *frame, panel.box, panel.camera, panel.divide
    return Same(*made, words=(panel.title, panel.caption))


class Same:
    """Equal when all items are: arrays by identity, else by content, so that a new copy of old numbers is not redrawn.

    It keeps its arrays alive: an ``id`` alone could come back on another array. ``words`` are title and caption, which
    change more often than what they stand over.
    """

    __slots__ = ("items", "words")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, *items: object, words: tuple[str, ...] = ()) -> None:
        self.items, self.words = items, words

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.words == other.words and self.but_for_words(other)

    def but_for_words(self, other: object) -> bool:
        """Equal, whatever title and caption say."""
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
