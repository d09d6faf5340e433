"""The page of the export dialog that gives numbers and text: what there is, how it looks, as which file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import msgspec
import numpy as np
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPlainTextEdit, QRadioButton, QVBoxLayout, QWidget

from app import file_dialog
from app.export.datum import TEXTS, Datum, Matter, data
from app.export.sheet import Sheet
from app.export.source import Source
from app.export.work import Work
from app.forms.controls import Press
from app.forms.form import polish
from app.plain_text import Label, explain, sentence
from app.scene.numbers import count
from engine.parts import Wrong
from engine.probe import Probe
from engine.writing import write_atomically

SMALL = 0.9  # of the text's size
LINES, LETTERS = 200, 400  # that the preview shows, and of each
NAMES = {
    ".csv": "CSV",
    ".npz": "NPZ",
    ".md": "Markdown",
    ".tex": "LaTeX",
    ".py": "Python",
    ".npy": "NPY",
    ".ply": "PLY",
}


class DataSheet(Sheet):
    """A list of what there is, and what of it the file will hold."""

    title, rank, copies = "Data", 30, True

    def __init__(self, source: Source, parent: QWidget | None = None) -> None:
        super().__init__(source, parent)
        self.kinds = [cls() for cls in data()]
        self.chosen: Datum = self.kinds[0]
        self.suffix = self.chosen.suffixes[0]
        self._of: object = None  # what the preview was made of
        self.work = Work(self)
        self.work.done.connect(lambda: self._tell(f"Saved {self._name}.", False))
        self.work.failed.connect(lambda words: self._tell(words, True))
        self.reader = Work(self)
        self.reader.done.connect(self._show)
        self.reader.failed.connect(self._show)
        self._content, self._reading, self._trouble = b"", None, ""
        self._name = ""
        self._told = False  # the line of words says what was done: it stays until something else is asked
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName("what the file will hold")
        self.head = polish(Label("", self), "muted")
        self.head.setWordWrap(True)
        self.files = QButtonGroup(self)
        self.files.setExclusive(True)
        self._row = QHBoxLayout()
        self._row.setSpacing(4)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.head)
        right.addLayout(self._row)
        right.addWidget(self.text, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 6, 0, 0)
        whole.setSpacing(20)
        whole.addLayout(self._list())
        whole.addLayout(right, 1)
        self._offer()

    def _list(self) -> QVBoxLayout:
        column, group = QVBoxLayout(), QButtonGroup(self)
        column.setSpacing(8)
        self.buttons: dict[str, QRadioButton] = {}
        for one in self.kinds:
            button = self.buttons[one.kind] = QRadioButton(one.title, self)
            explain(button, one.hint)
            button.setChecked(one == self.chosen)
            button.clicked.connect(lambda _=False, one=one: self.choose(one))
            group.addButton(button)
            column.addWidget(button)
        column.addStretch(1)
        return column

    # what is asked for

    @property
    def matter(self) -> Matter | None:
        """The picture of the page before, with the charts: their curves are data too."""
        if self.source.snapshot is None:
            return None
        page = msgspec.structs.replace(self.source.page, stage=True, charts=True)
        return Matter(self.source.snapshot, self.source.moment, page)

    def needs(self) -> Iterable[Probe]:
        return self.chosen.needs(self.matter) if self.matter is not None else ()

    def choose(self, one: Datum) -> None:
        self.chosen, self.suffix, self._told = one, one.suffixes[0], False
        self._offer()
        self.said.emit("", False)
        self.refresh()

    def take(self, kind: str) -> None:
        """As if it were chosen in the list."""
        self.buttons[kind].setChecked(True)
        self.choose(next(one for one in self.kinds if one.kind == kind))

    def turn(self, suffix: str) -> None:
        """Another kind of file."""
        self.suffix, self._told = suffix, False
        self.suffixes[suffix].setChecked(True)
        self.said.emit("", False)
        self.refresh()

    def _offer(self) -> None:
        while item := self._row.takeAt(0):
            if item.widget() is not None:
                self.files.removeButton(item.widget())
                item.widget().hide()
                item.widget().deleteLater()
        self.suffixes: dict[str, Press] = {}
        for suffix in self.chosen.suffixes:
            button = self.suffixes[suffix] = Press(NAMES.get(suffix, suffix[1:]), f"a {suffix} file", self)
            button.setCheckable(True)
            button.setChecked(suffix == self.suffix)
            button.clicked.connect(lambda _=False, suffix=suffix: self.turn(suffix))
            self.files.addButton(button)
            self._row.addWidget(button)
        self._row.addStretch(1)
        self.head.setText(self.chosen.hint[:1].upper() + self.chosen.hint[1:] + ".")

    # showing

    def refresh(self) -> None:
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPixelSize(max(9, round(SMALL * self.font().pixelSize())))
        self.text.setFont(fixed)
        self.asked.emit()
        matter = self.matter
        if matter is None:
            self.text.setPlainText("There is nothing yet.")
            self._of = None
            self.said.emit("", False)
            return
        of = (matter.snapshot, matter.look, matter.page, self.chosen, self.suffix)
        if of == self._of:
            if not self.reader.busy:
                self._sum_up()  # the line of words may have been cleared meanwhile
            return
        self._of = of
        self._read()

    def _read(self) -> None:
        """Make what is asked for beside the window; what was asked for meanwhile comes next."""
        if self.reader.busy or self._of is None:
            return
        of, self._content = self._of, b""
        snapshot, look, page, one, suffix = of

        def read() -> None:
            self._content = one.content(Matter(snapshot, look, page), suffix)

        self._reading = of
        self.reader.begin(read)

    def _show(self, trouble: str = "") -> None:
        """What was made, unless something else is asked for by now."""
        if self._of is not self._reading:
            self._read()
            return
        place = self.text.verticalScrollBar().value()
        self.text.setPlainText("" if trouble else shown(self._content, self.suffix))
        self.text.verticalScrollBar().setValue(place)
        self._trouble = trouble
        self._sum_up()

    def _sum_up(self) -> None:
        if self._trouble:
            self.said.emit(self._trouble, True)
        elif not self.work.busy and not self._told:
            self.said.emit(f"{count(len(self._content))} bytes, {Matter(*self._of[:3]).where}", False)

    def _tell(self, words: str, bad: bool) -> None:
        self._told = True
        self.said.emit(words, bad)

    # leaving the window

    def copy(self) -> None:
        if self.matter is None:
            return
        suffix = self.suffix if self.suffix in TEXTS else next((s for s in self.chosen.suffixes if s in TEXTS), "")
        if not suffix:
            self._tell("This has no text to copy; save it.", True)
            return
        try:
            text = self.chosen.content(self.matter, suffix).decode()
        except Wrong as wrong:
            self._tell(sentence(Wrong("", str(wrong))), True)
            return
        QGuiApplication.clipboard().setText(text)
        self._tell(f"{self.chosen.title} on the clipboard, as {NAMES.get(suffix, suffix[1:])}.", False)

    def save(self) -> None:
        if self.matter is None or self.work.busy:
            return
        names = f"{NAMES.get(self.suffix, self.suffix[1:])} (*{self.suffix})"
        name = f"{self.chosen.name}{self.suffix}"
        file_dialog.ask(self.window(), f"Save: {self.chosen.title}", "numbers", names, self._write, save=name)

    def _write(self, path: str) -> None:
        matter, one, suffix = self.matter, self.chosen, self.suffix
        self._name = Path(path).name
        self._tell(f"Saving {self._name}…", False)
        self.work.begin(lambda: write_atomically(Path(path), one.content(matter, suffix)))

    def close_down(self) -> None:
        self.work.finish()
        self.reader.finish()


def shown(content: bytes, suffix: str) -> str:
    """The beginning of a text, or what lies in a file of arrays."""
    if suffix in TEXTS:
        lines = content[: 4 * LINES * LETTERS].decode(errors="replace").split("\n")
        left = content.count(b"\n") - LINES
        more = [f"… {count(left)} more lines"] if left > 0 else []
        return "\n".join([*(line[:LETTERS] for line in lines[:LINES]), *more])
    if suffix == ".npz":
        return "\n".join(_arrays(content))
    if suffix == ".ply":
        return content[:4096].partition(b"end_header")[0].decode(errors="replace")
    if suffix == ".npy":
        return _array("points", io.BytesIO(content))
    return ""


def _arrays(content: bytes) -> Iterable[str]:
    """Name, type and shape of each."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist()[:LINES]:
            with archive.open(name) as file:
                yield _array(name.removesuffix(".npy"), file)


def _array(name: str, file: IO[bytes]) -> str:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, kind = read(file)
    return f"{name:<24} {kind!s:<10} {' × '.join(map(str, shape)) or 'one'}"
