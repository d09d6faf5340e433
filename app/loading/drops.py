"""Files dropped on the stage: its left half means the source, its right half the target."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QGraphicsView, QWidget

from app.guard import guarded
from app.opening import Opening


class Drops(QObject):
    """Lets files be dropped on a widget."""

    def __init__(self, widget: QWidget, opening: Opening) -> None:
        super().__init__(widget)
        self._widget, self._opening = widget, opening
        widget.setAcceptDrops(True)
        for view in widget.findChildren(QGraphicsView):  # they would take the drag and do nothing with it
            view.setAcceptDrops(False)
            view.viewport().setAcceptDrops(False)
        widget.installEventFilter(self)

    @guarded
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.DragEnter, QEvent.Type.Drop):
            path = path_of(event)
            if not path:
                return False
            event.acceptProposedAction()
            if event.type() == QEvent.Type.Drop:
                left = event.position().x() < self._widget.width() / 2
                self._opening.open(path, "source" if left else "target")
            return True
        return False


def path_of(event: QEvent) -> str:
    """The first local file of a drag or drop, or an empty string."""
    urls = event.mimeData().urls() if event.mimeData().hasUrls() else []
    return next((url.toLocalFile() for url in urls if url.isLocalFile()), "")
