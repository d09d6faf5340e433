"""The question before trained rounds are lost for good."""

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


def ask(window: QWidget, rounds: int, leave: Callable[[], object]) -> Box:
    """Ask whether to quit; the window goes on meanwhile."""
    more = "Rounds cannot be saved yet. The experiment can (Ctrl+S), and trains to the same rounds again."
    box = Box("Quit", f"Quit and lose {counted(rounds)}?", more, window)
    box.ask("Quit", leave)
    return box
