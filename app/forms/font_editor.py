"""The choice among the fonts of the machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from app import file_dialog
from app.export.work import Work
from app.forms.controls import Choice
from app.forms.editors import Editor
from app.guard import guarded
from app.plain_text import explain
from engine.reading.faces import parted
from engine.registry import Knob

BUILT_IN = "Aileron"
FILE = "A file…"
SOUGHT = "looking for fonts…"


class Fonts(Choice):
    """A long menu, in which letters lead to what begins with them. The fonts are looked for when it is opened."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found: dict[str, str] = {}  # name -> file
        self.path = ""
        self._work = Work(self)
        self._work.done.connect(self._filled)
        self._work.failed.connect(lambda _: self.list())
        self.list()

    @guarded
    def showPopup(self) -> None:
        if not self.found and not self._work.busy:
            self.list(SOUGHT)
            self._work.begin(self._seek)
        super().showPopup()

    def _seek(self) -> None:
        from engine.reading.fonts import installed

        self._sought = dict(installed())

    def _filled(self) -> None:
        shown = self.view().isVisible()
        self.found = self._sought
        if shown:
            self.hidePopup()
        self.list()
        if shown:
            super().showPopup()

    def list(self, more: str = "") -> None:
        """What can be chosen, with what is chosen on show."""
        self.clear()
        own = _faces(self.path) if self.path and self.path not in self.found.values() else ()
        self.addItem(BUILT_IN, "")
        for path in own:
            file, face = parted(path)
            self.addItem(f"{Path(file).stem}, face {face + 1}" if len(own) > 1 else Path(file).stem, path)
        for name, path in self.found.items():
            self.addItem(name, path)
        self.addItem(more or FILE, None)
        self.setCurrentIndex(max(0, self.findData(self.path)))


def _faces(font: str) -> tuple[str, ...]:
    from engine.reading.fonts import faces  # with the first one that is no font of the machine's

    return faces(font)


class FontEditor(Editor):
    """A font by its name; what is kept is its file."""

    def __init__(self, knob: Knob, parent: QWidget | None = None) -> None:
        super().__init__(knob, parent)
        self.combo = Fonts(self)
        self.combo.activated.connect(self._pick)
        self.row.addWidget(self.combo, 1)
        self.setFocusProxy(self.combo)

    def render(self, value: Any, fresh: bool) -> None:
        if fresh:
            self.combo.path = str(value or "")
            self.combo.list()
            explain(self.combo, str(value or "the font that comes along"))

    def _pick(self, index: int) -> None:
        path = self.combo.itemData(index)
        if path is None:
            self.combo.setCurrentIndex(max(0, self.combo.findData(self.combo.path)))
            if self.combo.itemText(index) == FILE:
                names = "Fonts (*.ttf *.otf *.ttc *.otc)"
                file_dialog.ask(self.window(), f"Open a {self.knob.title}", "fonts", names, self._chosen)
        else:
            self._chosen(path)

    def _chosen(self, path: str) -> None:
        if path != self.value:
            self.changed.emit(path)
