"""The card of one end, source P0 or target P1: its cloud, its kind, its knobs, and the ways to replace it."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.docks.file_card import FileCard
from app.document import Document
from app.forms.controls import Press
from app.forms.form import Form, polish
from app.plain_text import sentence
from engine.distributions.placed import Placed
from engine.parts import Wrong
from engine.reading.limits import formats

CLOUD_HEIGHT = 62


class EndCard(FileCard):
    """Source or target. Files may be dropped on it."""

    draw_requested = Signal()
    browse_requested = Signal()  # its law is to be chosen by a picture
    save_requested = Signal()  # its points, as a file

    def __init__(self, document: Document, end: str, title: str, shown: int = 1) -> None:
        super().__init__(document, end, title, "distributions", shown)
        self.placement.edited.connect(self._place)

    @property
    def part(self) -> msgspec.Struct:
        """The law itself: where it is placed stands below it."""
        held = super().part
        return held.law if isinstance(held, Placed) else held

    def whole(self, part: msgspec.Struct) -> msgspec.Struct:
        held = super().part
        return msgspec.structs.replace(held, law=part) if isinstance(held, Placed) else part

    def refresh(self) -> None:
        super().refresh()
        held = super().part
        self.placement.setVisible(isinstance(held, Placed))
        if isinstance(held, Placed):
            self.placement.show(held)

    def _place(self, held: Placed, name: str) -> None:
        """Another placement; where it comes to none, the law alone is left."""
        merge = f"{self.section}.{name}.{self.placement.merge}" if self.placement.merge else ""
        still = not (held.placement(self.document.experiment.dim).moves or merge)
        try:
            self.document.patch(f"{self.noun} {name}", merge, **{self.section: held.law if still else held})
        except Wrong as wrong:
            self.placement.fail(name, sentence(wrong))

    def _arrange(self) -> None:
        self._offer_columns()
        self.head.addStretch(1)
        self.draw = Press("draw", f"draw the {self.section} with a brush", self)
        self.load = Press("load", f"read the {self.section} from a file: {formats()}, or a picture", self)
        self.draw.clicked.connect(self.draw_requested)
        self.load.clicked.connect(self.load_requested)
        for button in (self.draw, self.load):
            self.head.addWidget(button)
        self.placement = Form(True, ("shift", "scale", "stretch", "angle"), self)
        self.slot = polish(QFrame(self), "cloud")
        self.slot.setFixedHeight(CLOUD_HEIGHT)
        self.slot.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.save = QAction(f"Save the points of the {self.section}…", self.slot)
        self.save.triggered.connect(self.save_requested)
        self.slot.addAction(self.save)
        QVBoxLayout(self.slot).setContentsMargins(0, 0, 0, 0)
        line = QHBoxLayout()
        line.setSpacing(4)
        self.browse = Press("▦", f"choose the {self.section}'s law by its picture", self)
        self.browse.setAccessibleName(f"{self.section}: laws by their pictures")
        self.browse.clicked.connect(self.browse_requested)
        line.addWidget(self.kind, 1)
        line.addWidget(self.browse)
        line.addWidget(self.more)
        self.body.addWidget(self.slot)
        self.body.addLayout(line)
        for widget in (self.complaint, self.form, self.columns, self.summary, self.placement, self.said):
            self.body.addWidget(widget)

    def set_cloud(self, widget: QWidget) -> None:
        """Put a small picture of the cloud into its place."""
        layout = self.slot.layout()
        while item := layout.takeAt(0):
            item.widget().setParent(None)
        layout.addWidget(widget)
