"""The top of the left column: dimension and seed, always in sight."""

from __future__ import annotations

import itertools

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.dimension import Dimensions
from app.document import Document
from app.forms.controls import Press
from app.forms.form import RESTART_TIP, Complaint, Form, mark
from app.plain_text import sentence
from engine.parts import Wrong
from engine.spec import Experiment


class Head(QWidget):
    """The dimension, and below it the seed."""

    new_seed = Signal()
    said = Signal(str)  # what is not the same in another dimension

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.dimensions = Dimensions()
        self.group = QButtonGroup(self)
        self.seed = Form(True, ("seed",), self)
        self.seed.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.seed.edited.connect(self._edit)
        self.dice = Press("\N{DIE FACE-5}", "another seed", self)
        self.dice.clicked.connect(self.new_seed)
        self.complaint = Complaint(self)
        self.line, self.below = QHBoxLayout(), QHBoxLayout()
        line = self.line
        for row in (self.line, self.below):
            row.setSpacing(2)
        for dim in (1, 2, 3):
            button = Press(f"{dim}-D", f"points live in R{'¹²³'[dim - 1]}\n{RESTART_TIP}", self)
            button.setCheckable(True)
            self.group.addButton(button, dim)
            line.addWidget(button)
        line.addWidget(mark(self))
        line.addStretch(1)
        self.below.addWidget(self.seed, 1)
        self.below.addWidget(self.dice, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self.line)
        column.addLayout(self.below)
        column.addWidget(self.complaint)
        self.group.idClicked.connect(self._resize)
        chain = [*self.group.buttons(), self.seed, self.dice]
        for first, second in itertools.pairwise(chain):
            QWidget.setTabOrder(first, second)

    def refresh(self) -> None:
        """Show the document's dimension and seed."""
        experiment = self.document.experiment
        self.complaint.say("")
        self.seed.show(experiment)
        self.group.button(experiment.dim).setChecked(True)

    def _edit(self, new: Experiment, name: str) -> None:
        try:
            self.document.patch(f"seed {new.seed}", seed=new.seed)
        except Wrong as wrong:
            self.seed.fail(name, sentence(wrong))

    def _resize(self, dim: int) -> None:
        try:
            self.document.edit(self.dimensions.resize(self.document.experiment, dim), f"dimension {dim}")
        except Wrong as wrong:
            self.refresh()
            self.complaint.say(f"{dim}-D is not possible: {wrong.where} {wrong.message.rstrip('.')}.")
        else:
            self.tell()

    def tell(self) -> None:
        """What another dimension has made of the experiment, where that is not what was chosen."""
        if told := self.dimensions.stands_in(self.document.experiment):
            self.said.emit(told)
