"""The table of a file's columns: what each is used as, its name, type, range and histogram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.forms.controls import chevron
from app.guard import guarded
from app.loading.draft import CLASS, NOTHING, WEIGHT, Assignment
from app.plain_text import entry, plain
from app.scene.numbers import count, place
from engine.reading.preview import Shown

HEADS = "used as", "column", "holds", "range", ""
ROLE, NAME, SORT, RANGE, BARS = range(5)
LOOKED_AT, WIDEST = 100, 12  # rows that tell how wide columns are, and how wide at most, in text heights
WORDS = {NOTHING: "left out", CLASS: "class", WEIGHT: "weight"}
SORTS = {"whole numbers": "integers"}
Index = QModelIndex


class Columns(QAbstractTableModel):
    """A row for each column; values for the delegate."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns: Sequence[Shown] = ()
        self.roles: Assignment = Assignment((), ())

    def put(self, columns: Sequence[Shown], roles: Assignment) -> None:
        same = [column.key for column in columns] == [column.key for column in self.columns]
        if not same:
            self.beginResetModel()
        self.columns, self.roles = columns, roles
        if not same:
            self.endResetModel()
        elif columns:
            self.dataChanged.emit(self.index(0, 0), self.index(len(columns) - 1, len(HEADS) - 1))

    @guarded
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own
        return 0 if parent.isValid() else len(self.columns)

    @guarded
    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(HEADS)

    @guarded
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    @guarded
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.columns):
            return None
        column = self.columns[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(index.row(), column)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain(told(column))
        return None

    def _text(self, k: int, column: Shown) -> tuple[str, ...]:
        role = self.roles.role(k) or ("index" if column.role == "index" else NOTHING)
        return (WORDS.get(role, role), column.name, holds(column), span(column), "")


def holds(column: Shown) -> str:
    """Its type, and how many cells are empty."""
    missing = f", {count(column.missing)} missing" if column.missing else ""
    return f"{SORTS.get(column.sort, column.sort)}{missing}"


def span(column: Shown) -> str:
    """Its range, or its classes."""
    if column.histogram:
        step = (
            1.0 if column.sort == "whole numbers" else (column.high - column.low) / 200 or abs(column.high) / 1e3 or 1.0
        )
        return f"{place(column.low, step)} to {place(column.high, step)}"
    return f"{count(len(column.classes))} different" if column.classes else ""


def told(column: Shown) -> str:
    """All that is known of it, for a tooltip."""
    lines = [column.name, holds(column), span(column), column.fault]
    lines += [f"{name}: {count(n)}" for name, n in column.classes[:16]]
    return "\n".join([line for line in lines if line] + (["…"] if len(column.classes) > 16 else []))


class Cells(QStyledItemDelegate):
    """Draws the chooser of a role and the histogram of a column."""

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model: Columns = index.model()
        column, role = model.columns[index.row()], model.roles.role(index.row())
        palette, chosen = option.palette, bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if chosen:
            painter.fillRect(option.rect, palette.midlight())
        dim = not role
        ink = (palette.placeholderText() if dim else palette.text()).color()
        if index.column() == BARS:
            self._bars(
                painter, option.rect, column, palette.placeholderText().color() if dim else palette.accent().color()
            )
        elif index.column() == ROLE:
            self._chooser(painter, option, index.data(), ink, chosen)
        else:
            painter.setPen(ink)
            painter.setFont(option.font)
            room = option.rect.adjusted(6, 0, -6, 0)
            text = option.fontMetrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), text)
        painter.restore()

    def _chooser(self, painter: QPainter, option: QStyleOptionViewItem, text: str, ink: QColor, chosen: bool) -> None:
        palette, room = option.palette, QRectF(option.rect).adjusted(2.5, 2.5, -2.5, -2.5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen((palette.accent() if chosen else palette.mid()).color(), 1))
        painter.setBrush(palette.base())
        painter.drawRoundedRect(room, 4, 4)
        painter.setPen(ink)
        painter.setFont(option.font)
        words = room.adjusted(7, 0, -16, 0)
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), text)
        chevron(painter, room.center() + QPointF(room.width() / 2 - 10, 1), palette.placeholderText().color())

    def _bars(self, painter: QPainter, rect: QRect, column: Shown, ink: QColor) -> None:
        heights = column.histogram or tuple(n for _, n in column.classes[:24])
        if not heights:
            return
        room = QRectF(rect).adjusted(4, 4, -6, -4)
        wide, most = room.width() / len(heights), max(heights) or 1
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        for k, n in enumerate(heights):
            high = room.height() * n / most
            if n:
                high = max(1.0, high)
                painter.drawRect(QRectF(room.left() + k * wide, room.bottom() - high, max(1.0, wide - 1.0), high))


class ColumnsTable(QTableView):
    """``chosen``: this column was given this role, by a menu or by a key: x, y, z, c, w, or Delete."""

    chosen = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model_ = Columns(self)
        self.setModel(self.model_)
        self.setItemDelegate(Cells(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setAccessibleName("the columns of the file")
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.setTabKeyNavigation(False)
        self._menu: QMenu | None = None

    def put(self, columns: Sequence[Shown], roles: Assignment) -> None:
        before = self.model_.columns
        self.model_.put(columns, roles)
        if columns is not before:
            self.fit()
        if columns and not self.currentIndex().isValid():
            self.setCurrentIndex(self.model_.index(0, 0))

    def fit(self) -> None:
        """Rows and columns for the letters of the theme."""
        em, head = self.fontMetrics(), self.horizontalHeader()
        self.verticalHeader().setDefaultSectionSize(em.height() + 12)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setColumnWidth(ROLE, em.horizontalAdvance(WORDS[NOTHING]) + 38)
        self.setColumnWidth(BARS, 5 * em.height())
        head.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        looked_at = self.model_.columns[:LOOKED_AT]
        for k, words in ((SORT, [holds(one) for one in looked_at]), (RANGE, [span(one) for one in looked_at])):
            widest = max(map(em.horizontalAdvance, (HEADS[k], *words))) + 14
            self.setColumnWidth(k, min(widest, WIDEST * em.height()))

    def ask(self, row: int) -> None:
        """The menu of the roles that a column can have."""
        roles, menu = self.model_.roles, QMenu(self)
        for role in roles.offered(self.model_.columns[row]):
            action = menu.addAction(entry(WORDS.get(role, role)))
            action.setCheckable(True)
            action.setChecked(role == roles.role(row))
            action.triggered.connect(lambda _=False, role=role: self.chosen.emit(row, role))
        self._menu = menu
        spot = self.visualRect(self.model_.index(row, ROLE)).bottomLeft()
        menu.popup(self.viewport().mapToGlobal(spot))

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        at = self.indexAt(event.position().toPoint())
        if at.isValid() and at.column() == ROLE and event.button() == Qt.MouseButton.LeftButton:
            self.ask(at.row())

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        row, key = self.currentIndex().row(), event.key()
        if row < 0 or event.modifiers() not in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier):
            super().keyPressEvent(event)
            return
        keys = {Qt.Key.Key_Delete: NOTHING, Qt.Key.Key_Backspace: NOTHING, Qt.Key.Key_C: CLASS, Qt.Key.Key_W: WEIGHT}
        role = keys.get(Qt.Key(key), event.text().lower())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_F2):
            self.ask(row)
        elif (event.text().strip() or Qt.Key(key) in keys) and role in self.model_.roles.offered(
            self.model_.columns[row]
        ):
            self.chosen.emit(row, role)
        else:
            super().keyPressEvent(event)
