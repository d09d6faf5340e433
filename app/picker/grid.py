"""The cards of a picker, as many in a row as there is room for."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPen,
    QPixmap,
    QResizeEvent,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.guard import guarded
from app.picker.entries import Entry
from app.plain_text import plain
from app.theme import Theme, font, load

NAME = Qt.ItemDataRole.UserRole
WIDE = 15  # text heights of the narrowest card
TALL = 0.62  # height of a picture over its width
GAP, PAD = 5, 8  # px around a card, and in it
Picture = Callable[[Entry], QPixmap | None]
Words = Callable[[Entry], str]


class Grid(QListView):
    """``show_entries``; arrows go from card to card, ``chosen`` is the one that was meant."""

    chosen = Signal(str)
    current = Signal(str)
    typed = Signal(QKeyEvent)
    resized = Signal()

    def __init__(self, picture: Picture, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entries: dict[str, Entry] = {}
        self.theme = load()
        self._cards = Cards(self, picture, words)
        self._model = QStandardItemModel(self)
        self.setModel(self._model)
        self.setItemDelegate(self._cards)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # or widths would change with it
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("cards")
        self.activated.connect(lambda index: self.chosen.emit(index.data(NAME)))
        self.selectionModel().currentChanged.connect(lambda now, before: self.current.emit(now.data(NAME) or ""))

    def show_entries(self, entries: tuple[Entry, ...]) -> None:
        """These cards; the one that was current stays so where it is among them, else the first is."""
        before = self.name
        self.entries = {entry.name: entry for entry in entries}
        self._model.clear()
        for entry in entries:
            item = QStandardItem(entry.title)
            item.setEditable(False)
            item.setData(entry.name, NAME)
            item.setData(plain(entry.said), Qt.ItemDataRole.ToolTipRole)
            item.setData(f"{entry.title}. {entry.hint}", Qt.ItemDataRole.AccessibleTextRole)
            self._model.appendRow(item)
        names = list(self.entries)
        if names:
            self.go(names.index(before) if before in names else 0)
        else:
            self.current.emit("")

    @property
    def name(self) -> str:
        """Of the current card; empty where there is none."""
        return self.currentIndex().data(NAME) or ""

    def go(self, row: int) -> None:
        self.setCurrentIndex(self._model.index(row, 0))

    def refresh(self, name: str) -> None:
        """Its picture is there."""
        if name in self.entries:
            self.update(self._model.index(list(self.entries).index(name), 0))

    def step(self, event: QKeyEvent) -> None:
        """An arrow that was pressed elsewhere."""
        super().keyPressEvent(event)

    def dress(self, theme: Theme) -> None:
        self.theme = theme
        self._fit()

    @property
    def picture_size(self) -> QSize:
        """Of the pictures on the cards, logical pixels."""
        wide = self._cell().width() - 2 * (GAP + PAD)
        return QSize(wide, round(TALL * wide))

    def _cell(self) -> QSize:
        room = max(1, self.viewport().width() - 1)
        across = max(1, room // (WIDE * self.theme.text_px))
        wide = room // across
        lines = QFontMetrics(font(self.theme)).height() + 2 * QFontMetrics(font(self.theme, 0.85)).height()
        return QSize(wide, round(TALL * (wide - 2 * (GAP + PAD))) + lines + 2 * (GAP + PAD) + 6)

    def _fit(self) -> None:
        if self.gridSize() != self._cell():
            self.setGridSize(self._cell())
            self.resized.emit()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What is typed is searched for; Return and the arrows are the cards'."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.name)
        elif event.key() == Qt.Key.Key_Backspace or (event.text().isprintable() and event.text()):
            self.typed.emit(event)
        else:
            super().keyPressEvent(event)


class Cards(QStyledItemDelegate):
    """Paints a card: its picture, its title, and two lines of what it is about."""

    def __init__(self, grid: Grid, picture: Picture, words: Words) -> None:
        super().__init__(grid)
        self._grid, self._picture, self._words = grid, picture, words

    @guarded
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return self._grid.gridSize()

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        entry = self._grid.entries.get(index.data(NAME))
        if entry is None:
            return
        theme, box = self._grid.theme, option.rect.adjusted(GAP, GAP, -GAP, -GAP)
        current = index == self._grid.currentIndex()
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = "accent" if current else "control" if hovered else "border"
        painter.setPen(QPen(QColor(theme.ink(edge)), 2 if current else 1))
        painter.setBrush(QColor(theme.ink("raised" if current else "card")))
        painter.drawRoundedRect(box, 5, 5)
        place = QRect(box.topLeft(), self._grid.picture_size).translated(PAD, PAD)
        painter.fillRect(place, QColor(theme.ink("window")))
        made = self._picture(entry)
        if made is not None:
            painter.drawPixmap(place, made)
        else:
            painter.setPen(QColor(theme.ink("muted")))
            painter.setFont(font(theme, 0.85))
            wrapped = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(place.adjusted(PAD, 0, -PAD, 0), wrapped, self._words(entry))
        text = QRect(place.left(), place.bottom() + 5, place.width(), box.bottom() - place.bottom() - PAD)
        self._write(painter, text, entry, theme)
        painter.restore()

    def _write(self, painter: QPainter, room: QRect, entry: Entry, theme: Theme) -> None:
        small, high = font(theme, 0.85), QFontMetrics(font(theme)).height()
        aside = "" if entry.one else f"{entry.dim}-D" + (f" · {entry.group}" if entry.group else "")
        metrics = QFontMetrics(small)
        wide = metrics.horizontalAdvance(aside)
        head = QRect(room.left(), room.top(), room.width(), high)
        painter.setFont(small)
        painter.setPen(QColor(theme.ink("muted")))
        painter.drawText(head, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), aside)
        lines = _two(entry.said, metrics, room.width())
        for k, line in enumerate(lines):
            at = QRect(room.left(), room.top() + high + k * metrics.height(), room.width(), metrics.height())
            painter.drawText(at, int(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextSingleLine), line)
        bold = font(theme, bold=True)
        painter.setFont(bold)
        painter.setPen(QColor(theme.ink("text")))
        title = QFontMetrics(bold).elidedText(entry.title, Qt.TextElideMode.ElideRight, room.width() - wide - 6)
        painter.drawText(head, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), title)


def _two(text: str, metrics: QFontMetrics, width: int) -> list[str]:
    """The text in two lines, broken between words; what does not fit ends in an ellipsis."""
    words, first = text[:400].split(), ""
    while words and metrics.horizontalAdvance(f"{first} {words[0]}".strip()) <= width:
        first = f"{first} {words.pop(0)}".strip()
    return [first, metrics.elidedText(" ".join(words), Qt.TextElideMode.ElideRight, width)]
