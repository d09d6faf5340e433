"""The one mutable thing of the window: which Experiment and Look are current, and the undo stack."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.scene.look import Look
from engine.spec import Experiment


class Document(QObject):
    """Holds the current Experiment (undoable) and Look (not undoable)."""

    experiment_changed = Signal()
    look_changed = Signal()

    def __init__(self, experiment: Experiment, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._experiment = experiment.check()
        self._look = Look()
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(200)

    @property
    def experiment(self) -> Experiment:
        return self._experiment

    @property
    def look(self) -> Look:
        return self._look

    def edit(self, experiment: Experiment, text: str, merge: str = "") -> None:
        """Make this the current Experiment. Raises Wrong, and changes nothing, when it cannot be.

        ``merge``: consecutive edits with the same non-empty name become one undo step (a slider being dragged).
        """
        experiment.check(self._experiment)
        if experiment != self._experiment:
            self.stack.push(Edit(self, self._experiment, experiment, text, merge))

    def patch(self, text: str, merge: str = "", **fields: object) -> None:
        """``edit`` with some fields of the Experiment replaced."""
        self.edit(msgspec.structs.replace(self._experiment, **fields), text, merge)

    def see(self, **fields: object) -> None:
        """Change the Look."""
        look = msgspec.structs.replace(self._look, **fields)
        if look != self._look:
            self._look = look
            self.look_changed.emit()

    def _become(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self.experiment_changed.emit()


class Edit(QUndoCommand):
    """The one undo command: the Experiment before and after."""

    def __init__(self, document: Document, before: Experiment, after: Experiment, text: str, merge: str) -> None:
        super().__init__(text)
        self._document, self._before, self._after, self._merge = document, before, after, merge

    def id(self) -> int:
        return hash(self._merge) & 0x7FFFFFF if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, Edit) or not self._merge or other._merge != self._merge:
            return False
        self._after = other._after
        return True

    def undo(self) -> None:
        self._document._become(self._before)

    def redo(self) -> None:
        self._document._become(self._after)
