"""What leaves the window: the picture as PNG or on the clipboard; and two small sheets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMimeData
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QMainWindow

from app import file_dialog
from app.key_sheet import KeySheet
from app.plain_text import Box
from app.scene.selection import copied
from engine.parts import Wrong
from engine.writing import write_atomically


class Stills:
    """Saving and copying, for the window that it belongs to."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window

    def picture(self) -> QImage:
        """The panels on the stage, with t."""
        return self._window.stage.picture()

    def copy(self) -> None:
        """The picture, and as text the numbers of the particles that are selected."""
        snapshot, look, both = self._window.controller.snapshot, self._window.document.look, QMimeData()
        both.setImageData(self.picture())
        if look.selected and snapshot is not None:
            both.setText(copied(snapshot, look))
        QGuiApplication.clipboard().setMimeData(both)
        numbers = f", and {len(look.selected)} particles as text" if look.selected else ""
        self._window.notice.say(f"The picture is on the clipboard{numbers}.")

    def export(self) -> None:
        picture = self.picture()  # now: not what plays while the name is being chosen
        self._ask("Export the picture", "picture", "PNG (*.png)", "rewire.png", lambda p: self.write_png(picture, p))

    @staticmethod
    def write_png(picture: QImage, path: str) -> None:
        """Atomically. Raises Wrong when the disk refuses, or for another kind of file."""
        if Path(path).suffix.lower() != ".png":
            raise Wrong(Path(path).name, "is not the name of a PNG file; end it in .png")
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        picture.save(buffer, "PNG")
        write_atomically(Path(path), bytes(buffer.data().data()))

    def keys(self) -> None:
        KeySheet(self._window).show()

    def about(self) -> None:
        from engine.library import __version__ as number

        about = "A laboratory for rectified flow, after Qiang Liu's tutorial. MIT licence."
        box = Box("About Rewire", f"Rewire {number}", about, self._window)
        box.open()
        box.finished.connect(box.deleteLater)

    def _ask(self, title: str, what: str, kinds: str, name: str, write: Callable[[str], object]) -> None:
        file_dialog.ask(self._window, title, what, kinds, lambda path: self._written(write, path), save=name)

    def _written(self, write: Callable[[str], object], path: str) -> None:
        try:
            write(path)
        except Wrong as wrong:
            self._window.notice.say(f"{wrong}.", error=True)
        else:
            self._window.notice.say(f"Saved {Path(path).name}.")
