"""Buttons, sliders, menus and lines of text with the window's manners.

Keys that a focused control lives on stay with it; all others, Space foremost, belong to the window. The wheel
scrolls the column and never turns a value by accident.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSlider,
    QToolButton,
    QWidget,
)

from app.guard import guarded
from app.plain_text import explain

ARROWS = {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down}
JUMPS = {Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}


def _claims(event: QEvent, keys: set[Qt.Key]) -> bool:
    """Whether this is the question 'a shortcut or yours?' about one of the keys, without modifiers."""
    return (
        event.type() == QEvent.Type.ShortcutOverride
        and isinstance(event, QKeyEvent)
        and Qt.Key(event.key()) in keys
        and event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
    )


def _writes(event: QEvent) -> bool:
    """Whether this is the same question about a key that writes something. Space, which plays, does not count."""
    plain = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
    return (
        event.type() == QEvent.Type.ShortcutOverride
        and isinstance(event, QKeyEvent)
        and not event.modifiers() & ~plain
        and event.text().isprintable()
        and bool(event.text().strip())
    )


class Press(QToolButton):
    """A small flat button that Return presses; Space belongs to the window."""

    def __init__(self, text: str, tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        explain(self, tip)
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setProperty("role", "quiet")

    @guarded
    def sizeHint(self) -> QSize:
        font = self.font()
        font.setBold(self.isCheckable())  # a checked one is bold, and must not move its neighbours
        text = QFontMetrics(font).size(Qt.TextFlag.TextShowMnemonic, self.text())
        return QSize(text.width() + 14, text.height() + 8)

    @guarded
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        _press(self, event)


def _press(button: QAbstractButton, event: QKeyEvent) -> None:
    """Return presses a focused button; Space is left to the window."""
    if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        button.click()
    else:
        event.ignore()


class Button(QPushButton):
    """A push button that Return presses."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        _press(self, event)


class Box(QCheckBox):
    """A check box that Return switches."""

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        _press(self, event)


class Slide(QSlider):
    """A slider that keeps the arrow keys from the window's shortcuts and leaves the wheel to the scroll area."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # the mouse leaves the keys to the window
        self.setMinimumWidth(36)

    @guarded
    def event(self, event: QEvent) -> bool:
        if _claims(event, ARROWS | JUMPS):
            event.accept()
            return True
        return super().event(event)

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class Choice(QComboBox):
    """A flat menu of a few words with the same manners."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # the mouse leaves the keys to the window
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    @guarded
    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.fontMetrics().height() + 8)

    @guarded
    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 6 + 24, self.sizeHint().height())

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Fusion's bevelled combo box is the one loud thing in a quiet column; this one is drawn from the palette."""
        palette, room = self.palette(), self.rect()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            edge = palette.accent() if self.hasFocus() else palette.mid()
            fill = palette.midlight() if self.underMouse() and self.isEnabled() else palette.base()
            painter.setPen(QPen(edge.color(), 1))
            painter.setBrush(fill)
            painter.drawRoundedRect(QRectF(room).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            painter.setPen((palette.text() if self.isEnabled() else palette.placeholderText()).color())
            font = self.font()
            font.setPixelSize(max(8, round(0.93 * self.fontInfo().pixelSize())))
            painter.setFont(font)
            words = room.adjusted(6, 0, -17, 0)
            text = painter.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, words.width())
            painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), text)
            chevron(painter, QPointF(room.right() - 9, room.center().y() + 1), palette.placeholderText().color())

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.showPopup()
        else:
            super().keyPressEvent(event)

    @guarded
    def event(self, event: QEvent) -> bool:
        if _claims(event, {Qt.Key.Key_Up, Qt.Key.Key_Down}) or _writes(event):
            event.accept()  # letters, too: they choose the next word that begins with them
            return True
        return super().event(event)

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def chevron(painter: QPainter, at: QPointF, colour: QColor, up: bool = False) -> None:
    """A small open arrow head, downwards unless ``up``."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    tip = -2.0 if up else 2.0
    painter.drawPolyline([at + QPointF(-4, -tip), at + QPointF(0, tip), at + QPointF(4, -tip)])


class Fold(QToolButton):
    """Opens and closes the knobs below: a chevron that points where they go."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.open = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedSize(18, 22)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        palette = self.palette()
        strong = self.hasFocus() or self.underMouse()
        with QPainter(self) as painter:
            if self.hasFocus():
                painter.setPen(QPen(palette.accent().color(), 1))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            colour = palette.text().color() if strong else palette.placeholderText().color()
            chevron(painter, QPointF(self.rect().center()) + QPointF(0.5, 0.5), colour, self.open)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        _press(self, event)


class Away(QObject):
    """Takes the focus from a text field when the mouse is pressed anywhere else.

    Buttons and the stage take no focus, and without this the next key would be typed instead of done. It listens only
    while the field has the focus.
    """

    def __init__(self, field: QWidget) -> None:
        super().__init__(field)
        self._field = field

    def listen(self, on: bool) -> None:
        if on:
            QApplication.instance().installEventFilter(self)
        else:
            QApplication.instance().removeEventFilter(self)

    @guarded
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(watched, QWidget):
            field = self._field
            inside = watched is field or field.isAncestorOf(watched)
            if not inside and QApplication.activePopupWidget() is None:
                field.clearFocus()
        return False


class Line(QLineEdit):
    """A line of text. Undo and redo are the document's unless something typed here is still to be taken back."""

    left = Signal()  # Escape: give up what was typed

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(False)  # a file dropped on the card is for the card
        self._away = Away(self)

    @guarded
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._away.listen(True)

    @guarded
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._away.listen(False)
        super().focusOutEvent(event)

    @guarded
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            history = event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)
            if history and not self.isModified():
                event.ignore()
                return True
            if event.matches(QKeySequence.StandardKey.Copy) and not self.hasSelectedText():
                event.ignore()
                return True
            if event.key() == Qt.Key.Key_Escape and self.isModified():
                event.accept()
                return True
        return super().event(event)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.left.emit()
            return
        typed = self.isModified()
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.isModified():
            self.selectAll() if typed else self.clearFocus()  # once to take what was typed, again to leave

    def put(self, text: str) -> None:
        """Show ``text`` and leave the cursor where it is, as far as that place still exists."""
        if text != self.text():
            place = self.cursorPosition() if self.hasFocus() else 0
            self.setText(text)
            self.setCursorPosition(min(place, len(text)))
        self.setModified(False)


class Rows(QPlainTextEdit):
    """A few lines of text that Return commits and Escape gives up."""

    finished = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(False)
        self._away = Away(self)

    @guarded
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._away.listen(True)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
            self.finished.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    @guarded
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            history = event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)
            if history and not self.document().isModified():
                event.ignore()
                return True
        return super().event(event)

    @guarded
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._away.listen(False)
        super().focusOutEvent(event)
        self.finished.emit()
