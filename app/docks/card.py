"""Cards of the left column: a part of the experiment with its kind and its knobs."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.dimension import recast
from app.document import Document
from app.forms.controls import Choice, Fold
from app.forms.form import Complaint, Form, mark, polish
from app.plain_text import Elided, Label, explain, plain, sentence
from engine.parts import Coupling, Part, Wrong
from engine.registry import kinds, knobs
from engine.spec import restarts


class Card(QFrame):
    """A rounded box with a title row (title, restart mark, what stands at the right) and a body."""

    def __init__(self, title: str, restarts: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        polish(self, "card")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.title = polish(Label(title, self), "heading")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(10, 6, 10, 8)
        self.body.setSpacing(4)
        self.head = QHBoxLayout()
        self.head.setSpacing(3)
        self.head.addWidget(self.title)
        if restarts:
            self.head.addWidget(mark(self))
        self.body.addLayout(self.head)


class SectionCard(Card):
    """One section of the experiment: its kind (if it is a part of a family) and its knobs; folds to one line."""

    asked = Signal(str)  # an editor that the window has: "arrows"

    def __init__(self, document: Document, section: str, title: str, family: str = "", shown: int = 0) -> None:
        """``shown`` knobs stand open, the others under "more"."""
        super().__init__(title, restarts(section))
        self.document, self.section, self.family, self.shown = document, section, family, shown
        self.noun = title.lower() if not family else section
        self.form = Form(restarts(section), parent=self)
        self.form.edited.connect(self._edit)
        self.kind: Choice | None = None
        self.open = False
        self._note = ""
        self.more = Fold(self)
        self.more.clicked.connect(lambda: self.unfold(not self.open))
        if family:
            self.kind = Choice(self)
            self.kind.setAccessibleName(f"{section} kind")
            self._offer()
            self.kind.activated.connect(self._recast)
        self.form.asked.connect(self.asked)
        self.summary = polish(Elided("", self), "muted")
        self.said = polish(Label(parent=self), "muted")
        self.said.setWordWrap(True)
        self.said.hide()
        self.complaint = Complaint(self)
        self._arrange()

    def _offer(self) -> None:
        """The kinds that there are by now in the picker."""
        known = {name: cls for name, cls in kinds(self.family).items() if cls.offered}
        if [self.kind.itemText(k) for k in range(self.kind.count())] != list(known):
            self.kind.clear()
            for k, (name, cls) in enumerate(known.items()):
                self.kind.addItem(name)
                self.kind.setItemData(k, plain(cls.about), Qt.ItemDataRole.ToolTipRole)

    def _arrange(self) -> None:
        if self.kind:
            self.head.addWidget(self.kind, 1)
        else:
            self.head.addStretch(1)
        self.head.addWidget(self.more)
        for widget in (self.complaint, self.form, self.summary, self.said):
            self.body.addWidget(widget)

    @property
    def part(self) -> msgspec.Struct:
        """What the card is about."""
        return getattr(self.document.experiment, self.section)

    def whole(self, part: msgspec.Struct) -> msgspec.Struct:
        """The section of the experiment with this in the card."""
        return part

    def refresh(self) -> None:
        """Show the document's section."""
        part = self.part
        if self.kind and isinstance(part, Part):
            self._offer()
            self.kind.setCurrentText(part.kind)
            explain(self.kind, part.about)
        self.form.show(part)
        self.complaint.say("")
        experiment = self.document.experiment
        words = part.note(experiment.source, experiment.target, experiment.dim) if isinstance(part, Coupling) else ""
        if self.section == "reference" and part == experiment.velocity:
            words = "The same as the velocity: nothing to compare."
        self.tell(words)
        self.unfold(self.open)

    def unfold(self, open: bool) -> None:
        """All knobs, or the few that always stand open and a line about the rest."""
        self.open = open
        count = len(self.form.rows)
        standing = self.form.standing(self.shown)
        self.form.limit(None if open else self.shown)
        self.form.setVisible(count > 0 and (open or standing > 0))
        self.more.setVisible(count > standing)
        self.more.open = open
        self.more.update()
        explain(self.more, "fewer knobs" if open else f"all {count} knobs")
        self.more.setAccessibleName(f"{self.section}: {self.more.toolTip()}")
        self.summary.setVisible(not open and self.shown == 0 and count > standing)
        words = " · ".join(text for text in (self.form.words(), self._note) if text)
        self.summary.setText(words)
        explain(self.summary, words.replace(" · ", "\n"))

    def note(self, text: str) -> None:
        """A measured figure at the end of the folded line."""
        if text != self._note:
            self._note = text
            self.unfold(self.open)

    def tell(self, text: str) -> None:
        """What is to be known about the section as it is; no complaint."""
        self.said.setText(text)
        self.said.setVisible(bool(text))

    def say(self, text: str) -> None:
        """One sentence in this card, about the whole of it; an empty one takes it away."""
        self.complaint.say(text)

    def _edit(self, part: msgspec.Struct, name: str) -> None:
        title = next(knob.title for knob in knobs(type(part)) if knob.name == name)
        merge = f"{self.section}.{name}.{self.form.merge}" if self.form.merge else ""
        try:
            self.document.patch(f"{self.noun} {title}", merge, **{self.section: self.whole(part)})
        except Wrong as wrong:
            section, _, where = wrong.where.partition(".")
            named = where if section == self.section and where in self.form.rows else name
            self.form.fail(named, sentence(wrong))

    def _recast(self, index: int) -> None:
        self.choose(self.kind.itemText(index))

    def choose(self, name: str) -> None:
        """Another kind, with what of the knobs both have."""
        old = self.part
        cls = kinds(self.family)[name]
        if isinstance(old, cls):
            return
        try:
            new = recast(old, cls, self.document.experiment.dim)
            if not isinstance(new, cls):
                cls().check(self.document.experiment.dim)
            self.document.patch(f"{self.noun} {name}", **{self.section: self.whole(new)})
        except Wrong as wrong:
            self.kind.setCurrentText(old.kind)
            self.say(f"“{name}” is not possible here: {wrong.message.rstrip('.')}.")
