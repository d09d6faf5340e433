"""The strip of rounds: one card each, the shown one outlined, the one in work with its progress."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.canvas.round_card import frame, paint_card, size
from app.canvas.still import thumbnail
from app.forms.controls import Press
from app.forms.form import polish
from app.guard import guarded
from app.plain_text import Elided, Label, entry, explain
from app.scene.marks import Panel
from app.theme import Theme, load
from engine.registry import kinds

Thumbnail = tuple[Panel, str, str, str]

BRANCH_TIP = "continue the round on show by another operation; it grows a branch, and what is there stays (Shift+R)"


class RoundStrip(QFrame):
    """Cards scroll sideways, the trunk first, then each branch; ``picked`` carries the number of the view, ``asked``
    the kind of an operation that is to continue the round on show."""

    picked = Signal(int)
    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._title = Label("Rounds")
        self._title.setProperty("role", "heading")
        self.branch = Press("Branch…", BRANCH_TIP, self)
        self.menu = QMenu(self)
        for kind, cls in kinds("operations").items():
            item = self.menu.addAction(entry(kind))
            explain(item, cls.about)
            item.triggered.connect(lambda _=False, kind=kind: self.asked.emit(kind))
        self.menu.setToolTipsVisible(True)
        self.branch.clicked.connect(lambda: self.ask(self.branch.mapToGlobal(self.branch.rect().bottomLeft())))
        self._said = polish(Elided("", self), "muted")
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._title)
        head.addWidget(self.branch)
        head.addWidget(self._said, 1)
        self._row = QWidget()
        self._cards: list[RoundCard] = []
        self._layout = QHBoxLayout(self._row)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(12)
        self._layout.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._row)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 4)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self._scroll)
        self._shown: tuple[int, ...] = ()  # what is on show, of how many, and how large
        self._fit(load())

    def draw(
        self,
        cards: tuple[Thumbnail, ...],
        shown: int,
        theme: Theme,
        progress: tuple[int, float] | None = None,
        name: str = "",
    ) -> None:
        """Show these rounds; ``progress`` is ``compose.progress(snapshot)``: the round in work and its share. ``name``:
        of the round on show, where it can be continued."""
        self._fit(theme)
        while len(self._cards) > len(cards):
            self._cards.pop().deleteLater()
        while len(self._cards) < len(cards):
            card = RoundCard(len(self._cards), self._row)
            card.clicked.connect(lambda _=False, number=card.number: self.picked.emit(number))
            card.stepped.connect(self._step)
            card.customContextMenuRequested.connect(lambda at, card=card: self._ask_at(card, at))
            self._layout.insertWidget(len(self._cards), card)
            card.show()  # now: a layout gives no place to what is not shown yet
            self._cards.append(card)
        for card, (panel, title, caption, lead) in zip(self._cards, cards, strict=True):
            share = progress[1] if progress and progress[0] == card.number else None
            card.draw(panel, title, caption, theme, card.number == shown, share, lead)
        self.branch.setEnabled(bool(name))
        self.branch.setText(f"Continue {name} with… ▾" if name else "Branch…")
        state = shown, len(cards), theme.text_px
        if state != self._shown and 0 <= shown < len(self._cards):
            self._shown = state
            self._reveal()

    def _reveal(self) -> None:
        """Scroll to the round on show."""
        self._row.layout().activate()  # a card that has just come has no place before
        self._row.resize(self._row.sizeHint().expandedTo(self._scroll.viewport().size()))
        self._scroll.ensureWidgetVisible(self._cards[self._shown[0]], 12, 0)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._shown and self._shown[0] < len(self._cards):
            self.layout().activate()
            self._reveal()

    def say(self, text: str) -> None:
        """One line about the round on show."""
        self._said.setText(text)
        explain(self._said, text)

    def ask(self, at: QPoint) -> None:
        """The operations that can continue the round on show."""
        self.menu.popup(at)

    def _ask_at(self, card: RoundCard, at: QPoint) -> None:
        if card.number:
            self.picked.emit(card.number)
            self.ask(card.mapToGlobal(at))

    def _fit(self, theme: Theme) -> None:
        height = RoundCard.size_for(theme).height() + 12  # room for the scroll bar
        if self._scroll.height() != height:
            self._scroll.setFixedHeight(height)

    def _step(self, by: int) -> None:
        at = next((k for k, card in enumerate(self._cards) if card.hasFocus()), 0) + by
        if 0 <= at < len(self._cards):
            self._cards[at].setFocus(Qt.FocusReason.TabFocusReason)
            self._scroll.ensureWidgetVisible(self._cards[at], 12, 0)


class RoundCard(QAbstractButton):
    """One round: picture, name, figure."""

    stepped = Signal(int)  # arrow keys: focus the next card

    def __init__(self, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = number
        self._panel = Panel("", "plane")
        self._title = self._caption = ""
        self._theme = load()
        self._shown, self._share, self._lead = False, None, ""
        self._picture: QPixmap | None = None
        self.pictures = 0  # how often the picture was painted: tests watch it
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    @staticmethod
    def size_for(theme: Theme) -> QSize:
        return size(theme)

    @guarded
    def sizeHint(self) -> QSize:
        return size(self._theme, bool(self._lead))

    def draw(
        self, panel: Panel, title: str, caption: str, theme: Theme, shown: bool, share: float | None, lead: str = ""
    ) -> None:
        """``lead``, on the first card of a branch: which round it continues, and how."""
        if theme != self._theme or panel.key is None or panel.key != self._panel.key:
            self._picture = None
        self._panel, self._title, self._caption = panel, title, caption
        self._theme, self._shown, self._share, self._lead = theme, shown, share, lead
        self.setFixedSize(self.sizeHint())
        words = ", ".join(word for word in (title, lead, caption) if word)
        explain(self, words)
        self.setAccessibleName(words)
        self.update()

    @guarded
    def keyPressEvent(self, ev: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if ev.key() in steps:
            self.stepped.emit(steps[ev.key()])
        elif ev.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(ev)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, box, lead = self._theme, QRectF(self.rect()), bool(self._lead)
        inner = frame(box, theme, lead)
        ratio = self.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatio() != ratio:
            self.pictures += 1
            self._picture = thumbnail(self._panel, theme, round(inner.width()), round(inner.height()), ratio)
        rim = "accent" if self._shown else "text" if self.hasFocus() else "control" if self.underMouse() else ""
        with QPainter(self) as painter:
            words = self._title, self._caption
            paint_card(painter, box, self._panel, words, theme, lead, self._shown, self._share, rim, self._picture)
            if self._shown and self.hasFocus():
                painter.setPen(QPen(QColor(theme.ink("text")), 1, Qt.PenStyle.DotLine))
                painter.drawRect(inner.adjusted(4, 4, -4, -4))
