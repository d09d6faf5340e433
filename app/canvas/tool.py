"""What the mouse goes to instead of panning: a drawing tool, as a canvas knows it."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QEvent
from PySide6.QtGui import QTabletEvent


class Tool(Protocol):
    """In data coordinates. ``exclusive``: Shift and double clicks too."""

    exclusive: bool
    pressure: float  # of a pen, 0 to 2; 1 for a mouse

    def press(self, x: float, y: float) -> bool:
        """False where there is nothing to be had, and a drag pans as without a tool."""

    def move(self, x: float, y: float) -> None:
        """With the button pressed or not."""

    def release(self) -> None: ...

    def leave(self) -> None:
        """The cursor is elsewhere; a pressed button stays pressed."""


def feel(tool: Tool, event: QTabletEvent) -> None:
    """The pressure of a pen; the event itself goes on, and comes again as one of the mouse."""
    up = event.type() == QEvent.Type.TabletRelease
    tool.pressure = 1.0 if up or event.pressure() <= 0 else 2 * event.pressure()
    event.ignore()
