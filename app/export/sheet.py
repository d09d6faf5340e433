"""What a page of the export dialog is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.export.source import Source
from engine.probe import Probe


class Sheet(QWidget):
    """One tab of the dialog: its own preview and knobs. The dialog has the buttons, and one line of words.

    ``said``: a sentence for that line, and whether it is a complaint. ``asked``: what it ``needs`` has changed.
    """

    title: ClassVar[str] = ""
    rank: ClassVar[int] = 50
    copies: ClassVar[bool] = False  # it has a button to copy
    verb: ClassVar[str] = "Save…"

    said = Signal(str, bool)
    asked = Signal()

    def __init__(self, source: Source, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source = source

    def needs(self) -> Iterable[Probe]:
        """What has to be answered for it, while it is on show."""
        return ()

    def rounds(self) -> Iterable[str]:
        """Names of the rounds that it is asked of, besides the one on show."""
        return ()

    def refresh(self) -> None:
        """It is on show, or the source has changed: draw it anew."""

    def save(self) -> None:
        """The button with the ``verb`` was pressed."""

    def copy(self) -> None:
        """The button to copy was pressed, where it ``copies``."""

    def leave(self) -> None:
        """It is on show no more: another tab, or the dialog was closed."""

    def close_down(self) -> None:
        """The window closes: end what goes on."""
