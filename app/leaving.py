"""The question before work is left that no file has."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.plain_text import Box
from engine.snapshot import Snapshot


def trained(snapshot: Snapshot | None) -> int:
    """How many rounds hold a training, one that is not at its end among them."""
    if snapshot is None or not snapshot.spec.velocity.learns:
        return 0
    return sum(view.number > 0 and (view.finished or len(view.losses) > 0) for view in snapshot.rounds)


def counted(rounds: int) -> str:
    return f"{rounds} trained round{'' if rounds == 1 else 's'}"


def ask(
    window: QWidget, name: str, rounds: int, save: Callable[[], object], leave: Callable[[], object], ends: str = ""
) -> Box:
    """Save, leave without, or stay; the window goes on meanwhile. ``ends``: what ends either way, in a sentence."""
    lost = f"{counted(rounds)} and the edits" if rounds else "they"
    lost = " ".join(filter(None, (f"Otherwise {lost} are lost.", ends)))
    box = Box("Save changes", f"Save the changes to {name}?", lost, window)
    box.offer("Save", save, "Don't save", leave)
    return box


def ask_to_end(window: QWidget, ends: str, leave: Callable[[], object]) -> Box:
    """Leave what is in work, or stay; it goes on meanwhile."""
    box = Box("Quit", "Quit before the exports are finished?", ends, window)
    box.ask("Quit", leave)
    return box
