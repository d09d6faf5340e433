"""The figures of the round on show: a table that is painted, for rows of labels take longer to lay out than to read."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.canvas.figure_table import paint_table, top
from app.forms.form import polish
from app.guard import guarded
from app.plain_text import explain
from app.scene.figure_rows import FigureRow, grouped, lines, rows_of
from app.theme import Theme, load
from engine.snapshot import RoundView


class Figures(QFrame):
    """A few rows; all of them, by group, when unfolded."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.open = False
        self.theme = load()
        self._view: RoundView | None = None
        self._shown: tuple[object, ...] = ()
        self.table = Table(self)
        self.fold = polish(QPushButton(self), "fold")
        self.fold.setFlat(True)
        self.fold.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.fold.setCursor(Qt.CursorShape.PointingHandCursor)
        self.fold.clicked.connect(self.unfold)
        self.fold.hide()
        column = QVBoxLayout(self)
        column.setSpacing(2)
        column.addWidget(self.table)
        column.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)

    def unfold(self) -> None:
        """All figures, or the few."""
        self.open = not self.open
        self.draw(self._view, self.theme)

    def draw(self, view: RoundView | None, theme: Theme) -> None:
        """Show the figures of this round."""
        rows = rows_of(view) if view is not None else []
        state = (rows, theme, view.name if view is not None else None, self.open)
        if state == self._shown:
            return
        if theme != self.theme or not self._shown:
            px = theme.text_px
            self.layout().setContentsMargins(round(0.6 * px), 0, round(1.2 * px), round(0.6 * px))
        self._view, self.theme, self._shown = view, theme, state
        few = [row for row in rows if row.brief]
        self.table.draw(lines(view, grouped(rows) if self.open else few) if rows else [], theme)
        self.fold.setVisible(len(rows) > len(few))
        self.fold.setText("fewer figures ▴" if self.open else f"all {len(rows)} figures ▾")


class Table(QWidget):
    """Rows of name, value and what it rests on; the first is the heading. Each has its tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.rows: list[FigureRow] = []
        self._theme = load()

    def draw(self, rows: list[FigureRow], theme: Theme) -> None:
        """Show these rows."""
        higher = (len(rows), theme) != (len(self.rows), self._theme)
        self.rows, self._theme = rows, theme
        self.setAccessibleName(", ".join(" ".join(filter(None, row[:3])) for row in rows))
        if higher:
            self.updateGeometry()
        self.update()

    @guarded
    def sizeHint(self) -> QSize:
        return QSize(round(15 * self._theme.text_px), self._top(len(self.rows)))

    @guarded
    def minimumSizeHint(self) -> QSize:
        return QSize(1, self._top(len(self.rows)))

    @guarded
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            row = self.row_at(event.pos().y())
            explain(self, row.tip if row is not None else "")
        return super().event(event)

    def row_at(self, y: int) -> FigureRow | None:
        """The row at this height, px."""
        return next((row for k, row in enumerate(self.rows) if self._top(k) <= y < self._top(k + 1)), None)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            paint_table(painter, QRectF(self.rect()), self.rows, self._theme)

    def _top(self, k: int) -> int:
        """Where row k begins, px."""
        return top(k, self._theme)
