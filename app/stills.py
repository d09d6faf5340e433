"""What leaves the window: the clipboard and the dialog of exports; and two small sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QMainWindow

from app.export import clipboard
from app.export.source import Source
from app.key_sheet import KeySheet
from app.plain_text import Box
from engine.script import as_python

if TYPE_CHECKING:
    from app.export.dialog import ExportDialog


class Stills:
    """Saving and copying, for the window that it belongs to."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self.dialog: ExportDialog | None = None

    def picture(self) -> QImage:
        """The panels on the stage, with t."""
        return self._window.stage.picture()

    def copy(self) -> None:
        """The picture, and as text the numbers of the particles that are selected."""
        snapshot, look = self._window.controller.snapshot, self._window.document.look
        clipboard.put(self.picture(), snapshot, look)
        numbers = f", and {len(look.selected)} particles as text" if look.selected else ""
        self._window.notice.say(f"The picture is on the clipboard{numbers}.")

    def copy_python(self) -> None:
        """A script that makes the same experiment through the library."""
        QGuiApplication.clipboard().setText(as_python(self._window.document.experiment))
        self._window.notice.say("A Python script that makes this experiment is on the clipboard.")

    def export(self, page: str = "", kind: str = "") -> None:
        """The dialog for all that can be made of what is on the stage; at this page of it, with this sort of data."""
        if self.dialog is None:
            from app.export.dialog import ExportDialog  # with the first one: what it needs costs a start

            self.dialog = ExportDialog(Source(self._window.controller, self._window.stage), self._window)
        self.dialog.open_at(page)
        if kind:
            self.dialog.sheet.take(kind)

    def unfinished(self) -> str:
        """The exports that would end with the window, in a sentence; empty where there are none."""
        return self.dialog.unfinished() if self.dialog is not None else ""

    def close(self) -> None:
        """With the window."""
        if self.dialog is not None:
            self.dialog.close_down()

    def keys(self) -> None:
        KeySheet(self._window).show()

    def pages(self) -> None:
        from app.pages import Reader

        made = Reader(self._window)
        made.finished.connect(made.deleteLater)
        made.show()

    def about(self) -> None:
        from engine.library import __version__ as number

        about = "A laboratory for rectified flow, after Qiang Liu's tutorial. MIT licence."
        box = Box("About Rewire", f"Rewire {number}", about, self._window)
        box.open()
        box.finished.connect(box.deleteLater)
