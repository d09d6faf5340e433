"""The card of one end, source P0 or target P1: its cloud, its kind, its knobs, and the ways to replace it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.docks.file_card import FileCard
from app.document import Document
from app.forms.controls import Press
from app.forms.form import polish
from engine.reading.limits import formats

CLOUD_HEIGHT = 62


class EndCard(FileCard):
    """Source or target. Files may be dropped on it."""

    draw_requested = Signal()

    def __init__(self, document: Document, end: str, title: str, shown: int = 1) -> None:
        super().__init__(document, end, title, "distributions", shown)

    def _arrange(self) -> None:
        self.head.addStretch(1)
        self.draw = Press("draw", f"draw the {self.section} with a brush", self)
        self.load = Press("load", f"read the {self.section} from a file: {formats()}, or a picture", self)
        self.draw.clicked.connect(self.draw_requested)
        self.load.clicked.connect(self.load_requested)
        for button in (self.draw, self.load):
            self.head.addWidget(button)
        self.slot = polish(QFrame(self), "cloud")
        self.slot.setFixedHeight(CLOUD_HEIGHT)
        QVBoxLayout(self.slot).setContentsMargins(0, 0, 0, 0)
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self.kind, 1)
        line.addWidget(self.more)
        self.body.addWidget(self.slot)
        self.body.addLayout(line)
        for widget in (self.complaint, self.form, self.summary, self.said):
            self.body.addWidget(widget)

    def set_cloud(self, widget: QWidget) -> None:
        """Put a small picture of the cloud into its place."""
        layout = self.slot.layout()
        while item := layout.takeAt(0):
            item.widget().setParent(None)
        layout.addWidget(widget)
