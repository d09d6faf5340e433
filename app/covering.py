"""What lies over a widget stays as large as that."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from app.guard import guarded


class Covering(QObject):
    """Of a child that lies over its parent, and goes with it."""

    def __init__(self, child: QWidget) -> None:
        super().__init__(child)
        self._child = child
        child.parentWidget().installEventFilter(self)

    @guarded
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._child.setGeometry(watched.rect())
        return False
