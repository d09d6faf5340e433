"""The card of the branch on show: its name, its operation with the knobs, how many rounds, and taking it away."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.docks.card import Card
from app.document import Document
from app.forms.controls import Choice, Press
from app.forms.form import Complaint, Form, polish
from app.plain_text import explain, plain, sentence
from engine.parts import Operation, Wrong
from engine.registry import kinds
from engine.tree import Branch, pruned


class BranchCard(Card):
    """Hidden while the trunk is on show."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__("Branch", parent=parent)
        self.document = document
        self._shown: Branch | None = None
        self.kind = Choice(self)
        self.kind.setAccessibleName("how the branch continues")
        for k, (name, cls) in enumerate(kinds("operations").items()):
            self.kind.addItem(name)
            self.kind.setItemData(k, plain(cls.about), Qt.ItemDataRole.ToolTipRole)
        self.kind.activated.connect(self._recast)
        self.remove = Press("Remove", "take this branch away, and all that grow from it; undo brings them back", self)
        self.remove.clicked.connect(self._remove)
        self.head.addWidget(self.kind, 1)
        self.head.addWidget(self.remove)
        self.complaint = Complaint(self)
        self.form, self.knobs = Form(False, ("name", "rounds"), self), Form(False, (), self)
        self.form.edited.connect(self._edit)
        self.knobs.edited.connect(self._turn)
        for widget in (self.complaint, self.form, self.knobs):
            self.body.addWidget(widget)
        document.look_changed.connect(self.refresh)
        polish(self, "card")
        self.hide()
        self.refresh()

    @property
    def branch(self) -> Branch | None:
        """The branch on show."""
        name = self.document.look.branch
        return next((branch for branch in self.document.experiment.branches if branch.name == name), None)

    def refresh(self) -> None:
        """Show the branch, if one is on show. What it complains of stays until the branch is another value."""
        branch = self.branch
        if branch is self._shown:  # t moves with every beat
            return
        self._shown = branch
        self.setVisible(branch is not None)
        if branch is None:
            return
        self.title.setText("Branch")
        explain(self.title, f"continues round {branch.after}")
        self.kind.setCurrentText(branch.operation.kind)
        explain(self.kind, branch.operation.about)
        self.complaint.say("")
        self.form.show(branch)
        self.knobs.show(branch.operation)
        self.knobs.setVisible(bool(self.knobs.rows))

    def say(self, text: str) -> None:
        """One sentence in this card."""
        self.complaint.say(text)

    def _edit(self, new: Branch, name: str) -> None:
        self._put(new, f"branch {name}", self.form, name)

    def _turn(self, new: Operation, name: str) -> None:
        branch = self.branch
        if branch is not None:
            self._put(msgspec.structs.replace(branch, operation=new), f"branch {name}", self.knobs, name)

    def _recast(self, index: int) -> None:
        branch, cls = self.branch, kinds("operations")[self.kind.itemText(index)]
        if branch is not None and not isinstance(branch.operation, cls):
            self._put(msgspec.structs.replace(branch, operation=cls()), f"branch {cls().kind}")

    def _put(self, new: Branch, text: str, form: Form | None = None, name: str = "") -> None:
        """Put a changed branch in the place of the one on show; what grows from it follows a new name."""
        old, look = self.branch, self.document.look
        if old is None:
            return
        before = self.document.experiment.branches
        branches = tuple(new if branch is old else _followed(branch, old, new) for branch in before)
        merge = f"branch.{name}.{form.merge}" if form is not None and form.merge else ""
        try:
            self.document.patch(text, merge, branches=branches)
        except Wrong as wrong:
            self.say(sentence(wrong)) if form is None else form.fail(name, sentence(wrong))
            return
        self.document.see(branch=new.name, round=min(max(1, look.round), new.rounds))

    def _remove(self) -> None:
        branch = self.branch
        if branch is not None:
            left = pruned(self.document.experiment.branches, branch.name)
            name, _, k = str(branch.after).rpartition(".")
            self.document.patch(f"remove {branch.name}", branches=left)
            self.document.see(branch=name, round=int(k))  # the round that it continued


def _followed(branch: Branch, old: Branch, new: Branch) -> Branch:
    start, _, k = str(branch.after).rpartition(".")
    return msgspec.structs.replace(branch, after=f"{new.name}.{k}") if start == old.name else branch
