"""The export dialog: pages for pictures, films, slides and data over one frozen moment. It does not stop the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from app.export.data_sheet import DataSheet
from app.export.film_sheet import FilmSheet
from app.export.gathering import Gathering
from app.export.picture_sheet import PictureSheet
from app.export.sheet import Sheet
from app.export.slide_sheet import SlideSheet
from app.export.source import Source
from app.forms.controls import Button
from app.forms.form import polish
from app.guard import guarded
from app.plain_text import Elided, explain

SHEETS: tuple[type[Sheet], ...] = (PictureSheet, FilmSheet, SlideSheet, DataSheet)
SIZE = 74, 48  # text heights


class ExportDialog(QDialog):
    """Tabs above, the line of words and the buttons below; each Sheet has the room between."""

    def __init__(self, source: Source, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export")
        self.source = source
        source.setParent(self)
        self.tabs, self.stack = QTabBar(self), QStackedWidget(self)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setAccessibleName("what to export")
        self._classes = sorted(SHEETS, key=lambda cls: cls.rank)
        self._made: dict[int, Sheet] = {}
        for cls in self._classes:
            self.tabs.addTab(cls.title)
        self.words = Elided("", self)
        self.anew = Button("Update", self)
        explain(self.anew, "what is on the stage now, instead of what was there when this was opened")
        self.copier, self.saver, self.closer = Button("Copy", self), Button("Save…", self), Button("Close", self)
        polish(self.saver, "primary")
        self.saver.setDefault(True)
        for button in (self.anew, self.copier, self.closer):
            button.setAutoDefault(False)
        self.anew.clicked.connect(source.take)
        self.copier.clicked.connect(lambda: self.sheet.copy())
        self.saver.clicked.connect(lambda: self.sheet.save())
        self.closer.clicked.connect(self.close)
        self.tabs.currentChanged.connect(self._turn)
        source.changed.connect(lambda: self.sheet.refresh() if self.isVisible() else None)
        self._lay()
        self._turn(0)

    @property
    def sheets(self) -> list[Sheet]:
        """All of them."""
        return [self._sheet(k) for k in range(len(self._classes))]

    @property
    def sheet(self) -> Sheet:
        """The one on show."""
        return self._sheet(max(0, self.tabs.currentIndex()))

    def _sheet(self, k: int) -> Sheet:
        """Made when it is first asked for: the first opening of all four would hold the window up."""
        if k not in self._made:
            made = self._made[k] = self._classes[k](self.source, self)
            self.stack.addWidget(made)
            made.said.connect(lambda words, bad: self._say(made, words, bad))
            made.asked.connect(lambda: self._ask(made))
        return self._made[k]

    def open_at(self, title: str = "") -> None:
        """With what is on the stage now; at this tab, else at the one of before."""
        at = next((k for k, cls in enumerate(self._classes) if cls.title == title), self.tabs.currentIndex())
        self.tabs.setCurrentIndex(at)
        self.show()
        self.raise_()
        self.activateWindow()
        self.source.take()
        self._turn(at)

    def unfinished(self) -> str:
        """The films and slides that are not there yet, in a sentence; empty where there are none."""
        return Gathering.of(self.source).queue.unfinished()

    def close_down(self) -> None:
        """With the window."""
        self.source.rest()
        for sheet in self._made.values():
            sheet.close_down()
        self.close()

    def _lay(self) -> None:
        head, foot, whole = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        head.addWidget(self.tabs)
        head.addStretch(1)
        head.addWidget(self.anew)
        foot.setSpacing(8)
        foot.addWidget(self.words, 1)
        for button in (self.copier, self.saver, self.closer):
            foot.addWidget(button)
        whole.setContentsMargins(14, 10, 14, 12)
        whole.setSpacing(8)
        whole.addLayout(head)
        whole.addWidget(self.stack, 1)
        whole.addLayout(foot)
        room = self.screen().availableSize()
        wide, high = (round(side * self.fontMetrics().height()) for side in SIZE)
        self.resize(min(wide, room.width() - 40), min(high, room.height() - 80))

    def _turn(self, at: int) -> None:
        before, now = self.stack.currentWidget(), self._sheet(at)
        if before is not now:
            if isinstance(before, Sheet):
                before.leave()
            self.stack.setCurrentWidget(now)
        self.copier.setVisible(self.sheet.copies)
        self.saver.setText(self.sheet.verb)
        self._say(self.sheet, "", False)
        self._ask(self.sheet)
        if self.isVisible():
            self.sheet.refresh()

    def _ask(self, sheet: Sheet) -> None:
        if sheet is self.sheet and self.isVisible():
            self.source.need(tuple(dict.fromkeys(sheet.needs())), tuple(sheet.rounds()))

    def _say(self, sheet: Sheet, words: str, bad: bool) -> None:
        if sheet is self.sheet:
            self.words.setText(words)
            explain(self.words, words)
            polish(self.words, "danger" if bad else "muted")
            self.words.style().unpolish(self.words)
            self.words.style().polish(self.words)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return in a field takes what was typed there, and is not the button's."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(self.focusWidget(), QLineEdit):
            event.accept()
        else:
            super().keyPressEvent(event)

    @guarded
    def hideEvent(self, event: QHideEvent) -> None:
        """Closed, or Esc."""
        super().hideEvent(event)
        self.source.rest()
        self.sheet.leave()
