"""Everything that the palette finds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from PySide6.QtWidgets import QMainWindow

from app import presets
from app.actions import table
from app.lessons import reader
from app.palette import Entry


def entries(window: QMainWindow) -> Iterator[Entry]:
    """Actions, steps of the lesson that is open, scenes, lessons and their steps."""
    sorts = {"choose_view": "view", "lesson": "lesson", "draw": "tool", "switch_layer": "layer"}
    player = window.player
    for action in table():
        made = window.made[action.id]
        if made.isEnabled():
            words = action.text.removeprefix("|")
            sort = sorts.get(action.call, action.menu.lower())
            yield Entry(words, sort, made.trigger, action.keys[0] if action.keys else "", action.tip)
    for preset in presets.presets():
        yield Entry(preset.title, "scene", partial(window.load_preset, preset), "", preset.hint)
    for head in reader.heads():
        for k, heading in enumerate(head.steps):
            mine = player.lesson is not None and player.lesson.name == head.name
            do = partial(player.go, k) if mine else partial(window.presenting.open, head.name, k)
            yield Entry(heading, f"step {k + 1} of {head.title}", do)
