"""The card of the training: its numbers, and what an edit does that starts the rounds anew."""

from __future__ import annotations

from app.docks.card import SectionCard
from app.document import Document
from app.forms.form import Form
from app.scene.look import Look


class TrainingCard(SectionCard):
    """The switch stands open: it is no part of the experiment, but of how one works on it."""

    def __init__(self, document: Document) -> None:
        super().__init__(document, "training", "Training")
        self.then = Form(False, ("after_edit",), self)
        self.then.edited.connect(self._switch)
        self.body.addWidget(self.then)
        document.look_changed.connect(self._follow)
        self._follow()

    def _switch(self, look: Look, name: str) -> None:
        self.document.see(**{name: getattr(look, name)})

    def _follow(self) -> None:
        shown, look = self.then.part, self.document.look
        if shown is None or shown.after_edit != look.after_edit:  # t moves with every beat
            self.then.show(look)
