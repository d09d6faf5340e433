"""The helm: turns what the document asks for into requests, and holds the newest snapshot."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.document import Document
from engine.snapshot import Snapshot
from engine.spec import identity
from engine.worker import Engine, Request

MOST_ROUNDS = 20


class Helm(QObject):
    """``running`` is whether training goes on. An edit that starts the rounds anew waits for Train again, so that the
    crossings can be looked at first."""

    changed = Signal()  # running or attempt, by the user
    said = Signal(str)  # what an edit does not do, in one sentence

    def __init__(self, document: Document, engine: Engine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document, self.engine = document, engine
        self.running = True
        self.attempt = 0
        self.snapshot: Snapshot | None = None
        self._serial = 0
        self._trained = document.experiment.training
        self._identity = identity(document.experiment)
        document.experiment_changed.connect(self._follow)

    def start(self) -> None:
        self._submit()
        self.engine.start()

    def pull(self) -> bool:
        """Take the newest snapshot, if there is a newer one."""
        newest = self.engine.snapshots.take()
        if newest is None:
            return False
        self.snapshot = newest
        return True

    @property
    def current(self) -> bool:
        """Whether the snapshot answers the newest request."""
        return self.snapshot is not None and self.snapshot.request in (self._serial, -1)

    def train_or_pause(self) -> str:
        """Start, pause or go on. Returns a sentence where there is nothing to train."""
        if self.snapshot is not None and self.current and self.snapshot.phase == "done":
            return "All rounds are trained. R adds one; Restart trains them anew."
        if self.snapshot is not None and self.current and self.snapshot.phase == "stopped":
            self.restart()
            return ""
        self.running = not self.running
        self._submit()
        self.changed.emit()
        return ""

    def next_round(self) -> str:
        """Ask for one more round, at most one beyond the round in work. Returns a sentence where it cannot be."""
        wanted = self.document.experiment.rounds
        finished = self._finished
        if wanted >= MOST_ROUNDS:
            return f"{MOST_ROUNDS} rounds are the most."
        if wanted > finished + 1:
            return f"Round {finished + 1} is still in work; one more is asked for already."
        self.running = True
        self.document.patch("next round", rounds=wanted + 1)
        self.document.see(round=-1)
        self.changed.emit()
        return f"Round {wanted + 1} starts when round {wanted} is done." if wanted > finished else ""

    def restart(self) -> None:
        """Throw the rounds of this experiment away and train them anew, same seed."""
        self.attempt += 1
        self.running = True
        self.document.see(round=-1)
        self._submit()
        self.changed.emit()

    def _follow(self) -> None:
        new = identity(self.document.experiment)
        if new != self._identity:
            self._identity = new
            self.running = False
            self.document.see(round=-1)
            self.changed.emit()
        elif self.document.experiment.training != self._trained and self._finished:
            self.said.emit("Finished rounds keep the training they had; Restart trains them with the new numbers.")
        self._trained = self.document.experiment.training
        self._submit()

    @property
    def _finished(self) -> int:
        """How many rounds are finished."""
        return sum(view.finished and view.number > 0 for view in self.snapshot.rounds) if self.snapshot else 0

    def _submit(self) -> None:
        self._serial += 1
        self.engine.submit(Request(self.document.experiment, self._serial, self.running, self.attempt))
