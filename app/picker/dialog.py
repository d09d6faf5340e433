"""The picker: cards with pictures, found by words and by dimension. It does not stop the window."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QDialog, QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from app.forms.controls import Button, Press
from app.forms.form import polish
from app.guard import guarded
from app.picker.entries import LONGEST, Entry, found
from app.picker.grid import Grid
from app.picker.thumbnails import Thumbnails
from app.plain_text import Elided, Label, explain
from app.theme import Theme

SIZE = 78, 56  # text heights
MARGIN = 40  # px of the window that is seen around it
MOVES = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}


class Picker(QDialog):
    """``offer`` some entries; ``picked`` has the name of the one that was chosen, and the dialog is closed."""

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entries: tuple[Entry, ...] = ()
        self.dim = 0
        self._sized = False
        self.pictures = Thumbnails(self)
        self.search = Search(self)
        self.grid = Grid(self.pictures.picture, self.pictures.words, self)
        self.dims = QButtonGroup(self)
        self.row = QWidget(self)
        self._buttons()
        self.nothing = Label(parent=self)
        self.clear = Button("Show all", self)
        self.about, self.count = Elided("", self), Label(parent=self)
        self.opener, self.closer = Button("Open", self), Button("Close", self)
        polish(self.opener, "primary")
        for label in (self.nothing, self.about, self.count):
            polish(label, "muted")
        self.opener.setDefault(True)
        for button in (self.closer, self.clear):
            button.setAutoDefault(False)
        self._lay()
        self.search.textChanged.connect(lambda text: self._sift())
        self.search.moved.connect(self.grid.step)
        self.search.entered.connect(lambda: self._choose(self.grid.name))
        self.grid.typed.connect(self._type)
        self.grid.chosen.connect(self._choose)
        self.grid.current.connect(self._tell)
        self.grid.resized.connect(self._ask)
        self.pictures.ready.connect(self.grid.refresh)
        self.opener.clicked.connect(lambda: self._choose(self.grid.name))
        self.closer.clicked.connect(self.close)
        self.clear.clicked.connect(self._all)

    def offer(self, title: str, entries: tuple[Entry, ...], verb: str, theme: Theme, at: str = "") -> None:
        """Open with these, ``at`` one of them; of one dimension alone there is nothing to be chosen by it."""
        if not self._sized:
            self._sized = True
            room = self.parentWidget().size() if self.parentWidget() else self.screen().availableSize()
            wide, high = (side * theme.text_px for side in SIZE)
            self.resize(min(wide, room.width() - MARGIN), min(high, room.height() - MARGIN))
        self.setWindowTitle(title)
        self.entries, self.dim = entries, 0
        self.opener.setText(verb)
        self.row.setVisible(len({entry.dim for entry in entries}) > 1)
        self.dims.button(0).setChecked(True)
        self.search.clear()
        self.dress(theme)
        self._sift()
        names = [entry.name for entry in entries]
        self.grid.go(names.index(at) if at in names else 0)
        self.show()
        self.raise_()
        self.activateWindow()
        self.search.setFocus()
        self._ask()

    def dress(self, theme: Theme) -> None:
        """In another theme, or with larger text."""
        self.grid.dress(theme)
        self._ask()

    def _buttons(self) -> None:
        line = QHBoxLayout(self.row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2)
        for dim, text in enumerate(("All", "1-D", "2-D", "3-D")):
            button = Press(
                text, "every dimension" if not dim else f"in {dim} dimension{'s' if dim > 1 else ''}", self.row
            )
            button.setCheckable(True)
            self.dims.addButton(button, dim)
            line.addWidget(button)
        self.dims.idClicked.connect(self._narrow)

    def _lay(self) -> None:
        self.stack = QStackedWidget(self)
        empty = QWidget(self.stack)
        middle = QVBoxLayout(empty)
        middle.addStretch(1)
        middle.addWidget(self.nothing, 0, Qt.AlignmentFlag.AlignCenter)
        middle.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignCenter)
        middle.addStretch(2)
        self.stack.addWidget(self.grid)
        self.stack.addWidget(empty)
        head, foot, whole = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        head.setSpacing(10)
        head.addWidget(self.search, 1)
        head.addWidget(self.row)
        foot.setSpacing(8)
        foot.addWidget(self.about, 1)
        foot.addWidget(self.count)
        foot.addWidget(self.opener)
        foot.addWidget(self.closer)
        whole.setContentsMargins(14, 12, 14, 12)
        whole.setSpacing(8)
        whole.addLayout(head)
        whole.addWidget(self.stack, 1)
        whole.addLayout(foot)

    def _sift(self) -> None:
        shown = found(self.entries, self.search.text(), self.dim)
        self.grid.show_entries(shown)
        self.stack.setCurrentIndex(0 if shown else 1)
        of = "" if len(shown) == len(self.entries) else f" of {len(self.entries)}"
        self.count.setText(f"{len(shown)}{of}")
        sought = f"“{self.search.text().strip()}”" if self.search.text().strip() else "this"
        self.nothing.setText(f"Nothing matches {sought}{f' in {self.dim}-D' if self.dim else ''}.")
        self._ask()

    def _ask(self) -> None:
        """For the pictures, those on show first."""
        if self.isVisible():
            shown = self.grid.entries.values()
            rest = [entry for entry in self.entries if entry.name not in self.grid.entries]
            self.pictures.ask([*shown, *rest], self.grid.theme, self.grid.picture_size, self.devicePixelRatioF())

    def _tell(self, name: str) -> None:
        entry = self.grid.entries.get(name)
        words = entry.said if entry else ""
        self.about.setText(words)
        explain(self.about, words)
        self.opener.setEnabled(entry is not None and not entry.problem)

    def _narrow(self, dim: int) -> None:
        self.dim = dim
        self._sift()

    def _all(self) -> None:
        self.dims.button(0).setChecked(True)
        self.dim = 0
        self.search.clear()
        self._sift()
        self.search.setFocus()

    def _type(self, event: QKeyEvent) -> None:
        self.search.setFocus()
        self.search.take(event)

    def _choose(self, name: str) -> None:
        entry = self.grid.entries.get(name)
        if entry is not None and not entry.problem:
            self.close()
            self.picked.emit(name)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc takes the search back first, then closes; Return is the card's, wherever the focus is but on a button."""
        if event.key() == Qt.Key.Key_Escape and (self.search.text() or self.dim):
            self._all()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.grid.name)
        else:
            super().keyPressEvent(event)

    @guarded
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    @guarded
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.pictures.rest()


class Search(QLineEdit):
    """The line that words are typed into: up and down go to the cards, Return means the current one."""

    moved = Signal(QKeyEvent)
    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMaxLength(LONGEST)
        self.setPlaceholderText("Search by name, law or words")
        self.setAccessibleName("search")

    def take(self, event: QKeyEvent) -> None:
        """A key that was pressed elsewhere."""
        super().keyPressEvent(event)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        aside = event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and not self.text()
        if event.key() in MOVES or aside:
            self.moved.emit(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        else:
            super().keyPressEvent(event)
