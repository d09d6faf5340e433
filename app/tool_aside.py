"""Knobs of a tool that are seldom turned: a button of the bar opens them."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from app.actions import with_keys
from app.forms.controls import Press
from app.forms.form import Form, polish
from app.guard import guarded
from app.tools.tool import Tool
from engine.registry import knobs

WIDE = 20  # text heights
ACROSS = 4  # buttons in a row


class Aside(Press):
    """``form`` tells what is turned, ``done`` which verb is wanted."""

    done = Signal(object)

    def __init__(self, kind: type[Tool], dim: int, parent: QWidget) -> None:
        idle = (*kind.idle, *(() if dim == 3 else kind.solid))
        here = [knob for knob in knobs(kind) if knob.editor not in ("hand", "buttons") and knob.name not in idle]
        titles = [knob.title for knob in here if knob.name in kind.aside]
        super().__init__("More ▾", ", ".join(titles), parent)
        self.popover = QFrame(self, Qt.WindowType.Popup)
        polish(self.popover, "notice")
        column = QVBoxLayout(self.popover)
        column.setContentsMargins(14, 12, 14, 12)
        self.form = Form(False, tuple(knob.name for knob in here), self.popover)  # those of a narrow bar among them
        self.form.setMinimumWidth(WIDE * self.fontMetrics().height())
        column.addWidget(self.form)
        grid = QGridLayout()
        grid.setSpacing(4)
        column.addLayout(grid)
        for k, verb in enumerate(verb for verb in kind.verbs if verb.aside and dim in verb.dims):
            button = Press(verb.text, with_keys(verb.tip, verb.keys), self.popover)
            button.clicked.connect(lambda _=False, verb=verb: self.done.emit(verb))
            grid.addWidget(button, k // ACROSS, k % ACROSS)
        self.clicked.connect(self.open)

    @guarded
    def hideEvent(self, event: QHideEvent) -> None:
        """It goes with its bar."""
        super().hideEvent(event)
        self.popover.hide()

    def open(self) -> None:
        """Below the button, within the screen; the focus goes to what is first."""
        popover = self.popover
        popover.adjustSize()
        below, screen = self.mapToGlobal(QPoint(self.width(), self.height())), self.screen().availableGeometry()
        x = min(max(screen.left(), below.x() - popover.width()), screen.right() - popover.width())
        popover.move(x, min(below.y(), screen.bottom() - popover.height()))
        popover.show()
        self.form.setFocus(Qt.FocusReason.TabFocusReason)
