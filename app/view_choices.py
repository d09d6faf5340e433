"""What can be chosen about the view on show: a button beside the tabs, and what it opens."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from app.document import Document
from app.forms.controls import Box
from app.forms.form import Form, polish
from app.guard import guarded
from app.plain_text import Label, entry, explain
from app.scene import compose
from app.scene.view import Switch
from engine.snapshot import Snapshot

WIDE = 24  # text heights


class ViewChoices(QToolButton):
    """All that the popover holds is declared by the view (``View.switches``, ``View.knobs``); all it changes is the
    Look. ``snapshot`` gives the newest one."""

    def __init__(
        self, document: Document, snapshot: Callable[[], Snapshot | None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setText("Layers ▾")
        explain(self, "what this view shows, how much of it, and how it plays (L)")
        self.setProperty("role", "quiet")
        self.setAccessibleName("layers and knobs of the view")
        self.popover = Popover(document, snapshot, self)
        self.clicked.connect(self.open)

    @guarded
    def hideEvent(self, event: QHideEvent) -> None:
        """It goes with its window, and with the tabs."""
        super().hideEvent(event)
        self.popover.hide()

    def open(self) -> None:
        """Below the button, within the screen; the focus goes to what is first."""
        popover, below = self.popover, self.mapToGlobal(QPoint(self.width(), self.height()))
        if popover.isVisible():
            popover.hide()
            return
        popover.fill()
        popover.adjustSize()
        screen = self.screen().availableGeometry()
        x = min(max(screen.left(), below.x() - popover.width()), screen.right() - popover.width())
        popover.move(x, min(below.y(), screen.bottom() - popover.height()))
        popover.show()


class Popover(QFrame):
    """Switches by group, then knobs; follows the Look while it is open. Esc, or a press elsewhere, closes it."""

    def __init__(self, document: Document, snapshot: Callable[[], Snapshot | None], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._document, self._snapshot = document, snapshot
        self.boxes: dict[tuple[str, str], Box] = {}
        self.form: Form | None = None
        self._of: object = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(14, 12, 14, 12)
        self._column.setSpacing(6)
        polish(self, "notice")
        document.look_changed.connect(self._follow)

    @guarded
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        first = next(iter(self.boxes.values()), self.form)
        if first is not None:
            first.setFocus(Qt.FocusReason.TabFocusReason)

    def fill(self) -> None:
        """For the view on show: made anew where another one was, else as it is now."""
        look, snapshot = self._document.look, self._snapshot()
        view = compose.view(look)
        switches = view.switches(snapshot, look) if snapshot is not None else ()
        of = view.kind, tuple((switch.group, switch.text) for switch in switches)
        if of != self._of:
            self._of = of
            self._build(switches, view.knobs)
        for switch in switches:
            box = self.boxes[switch.group, switch.text]
            box.setChecked(switch.on)
            box.setEnabled(bool(switch.then) or switch.on)
        if self.form is not None:
            self.form.show(look)

    def _build(self, switches: tuple[Switch, ...], names: tuple[str, ...]) -> None:
        while item := self._column.takeAt(0):
            item.widget().hide()
            item.widget().deleteLater()
        self.boxes.clear()
        group = ""
        for switch in switches:
            if switch.group != group:
                group = switch.group
                self._column.addWidget(polish(Label(group, self), "heading"))
            box = self.boxes[switch.group, switch.text] = Box(entry(switch.text), self)
            explain(box, switch.hint or switch.text)
            box.clicked.connect(lambda _=False, key=(switch.group, switch.text): self._press(key))
            self._column.addWidget(box)
        if not switches and not names:
            self._column.addWidget(polish(Label("Nothing to choose about this view.", self), "muted"))
        self.form = Form(False, names, self) if names else None
        if self.form is not None:
            self.form.edited.connect(lambda part, name: self._document.see(**{name: getattr(part, name)}))
            self.form.setMinimumWidth(WIDE * self.fontMetrics().height())
            self._column.addWidget(self.form)

    def _press(self, key: tuple[str, str]) -> None:
        """What the switch does is asked now: the Look may have moved on since it was drawn."""
        look, snapshot = self._document.look, self._snapshot()
        for switch in compose.view(look).switches(snapshot, look) if snapshot is not None else ():
            if (switch.group, switch.text) == key and switch.then:
                self._document.see(**switch.then)
        self.fill()

    def _follow(self) -> None:
        if self.isVisible():
            self.fill()
