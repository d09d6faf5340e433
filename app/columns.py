"""The stage between its two columns: the stage keeps half of the width, and what has no room beside it is folded."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSplitter, QWidget

from app.canvas.beside import BESIDE
from app.forms.controls import Press
from app.guard import guarded
from app.plain_text import explain

WANTED = (19.0, 22.0)  # text heights: what the columns hold then stands in one line
CARDS = (11.8, 96, 248)  # text heights, px and px at least that every card needs, whatever it holds
CHARTS = 15.0  # text heights of charts that can be read with ease
NARROWEST = 9.5  # text heights of those that somebody insists on
SHARE = 0.5  # of the width: the stage's


class Columns(QSplitter):
    """Left, middle, right. Whoever drags an edge is heeded as far as the stage's share allows.

    Where that leaves too little for the right column, this folds away; a button at the edge brings it back, and then
    it is the stage that gives.
    """

    def __init__(self, left: QWidget, middle: QWidget, right: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._left, self._middle, self.side = left, middle, Side(right)
        self._wanted = list(WANTED)
        self._px = 13
        self._beside = False
        for widget, stretch in ((left, 0), (middle, 1), (self.side, 0)):
            self.addWidget(widget)
            self.setStretchFactor(self.count() - 1, stretch)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(2)
        self.splitterMoved.connect(self._dragged)
        self.side.button.clicked.connect(self._insist)

    def fit(self, text_px: int = 0) -> None:
        """Column widths that suit the window and the text, which has this height from now on."""
        self._px = px = text_px or self._px
        rest = self.width() - 2 * self.handleWidth()
        if self._beside:
            self.side.fold(False, 0)
            self.side.setFixedWidth(round(BESIDE * rest))
            return
        least = [max(CARDS[2], round(CARDS[0] * px + CARDS[1])), round(CHARTS * px)]
        wanted = [round(heights * px) for heights in self._wanted]
        sides = round((1 - SHARE) * rest)
        left = _within(wanted[0], least[0], sides // 2)
        room = sides - left
        edge = self.side.fold(room < least[1], round(1.4 * px))
        if self.side.insisted:
            room = rest - left - edge - self._middle.minimumSizeHint().width()
            least[1] = max(round(NARROWEST * px), min(least[1], room))
            room = least[1]
        right = edge + (_within(wanted[1], least[1], room) if self.side.open else 0)
        self._left.setMinimumWidth(least[0])
        self._left.setMaximumWidth(max(least[0], sides // 2))
        self.side.setMinimumWidth(min(right, round(NARROWEST * px) + edge))  # or the window could not be made narrower
        self.side.setMaximumWidth(max(right, room if self.side.open else 0))
        self.setSizes([left, max(1, rest - left - right), right])

    def bare(self, on: bool, beside: bool = False) -> None:
        """The stage alone, or with its columns; ``beside``: with the right one, however narrow the window is."""
        self._beside = on and beside
        self._left.setHidden(on)
        self.side.setHidden(on and not beside)
        self.fit()

    def _insist(self) -> None:
        self.side.insisted = not self.side.insisted
        self.fit()

    def _dragged(self) -> None:
        sizes = self.sizes()
        self._wanted[0] = sizes[0] / self._px
        if not self.side.narrow:
            self._wanted[1] = sizes[2] / self._px

    @guarded
    def sizeHint(self) -> QSize:
        """What is above and below has its height first; all that is left is theirs."""
        return QSize(super().sizeHint().width(), self.minimumSizeHint().height())

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()


class Side(QWidget):
    """The right column, and in a window that is too narrow for it the button that shows it."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.content = content
        self.narrow = self.insisted = False
        self.button = Press("‹", "", self)
        self.button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self.button)
        line.addWidget(content, 1)
        self.button.hide()

    @property
    def open(self) -> bool:
        return self.insisted or not self.narrow

    def fold(self, narrow: bool, width: int) -> int:
        """Whether there is no room beside the stage; then the button has this width. What it takes of the width."""
        self.narrow = narrow
        self.insisted &= narrow
        self.button.setFixedWidth(width)
        self.button.setVisible(narrow)
        self.button.setText("›" if self.open else "‹")
        words = "fold the charts and figures away" if self.open else "show the charts and figures"
        explain(self.button, words)
        self.button.setAccessibleName(words)
        self.content.setVisible(self.open)
        return width if narrow else 0


def _within(wanted: int, low: int, high: int) -> int:
    """As wanted, between its limits; the lower one has the last word."""
    return max(low, min(wanted, high))
