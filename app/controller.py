"""The controller: turns what the document asks for into requests, and holds the newest snapshot."""

from __future__ import annotations

import time
from collections import deque

import msgspec
from PySide6.QtCore import QObject, Signal

from app.document import Document
from app.scene.compose import needs
from app.scene.compose import view as view_of
from app.scene.look import AfterEdit
from engine.parts import Wrong
from engine.probe import Probe
from engine.registry import kinds
from engine.rounds.kept import Kept, KeptRounds
from engine.snapshot import Snapshot
from engine.spec import Experiment, identity
from engine.tree import Branch, fresh_name, title
from engine.worker import Engine, Request

MOST_ROUNDS = 20


class Controller(QObject):
    """``running`` is whether training goes on. What an edit does to it that starts the rounds anew, the Look says
    (``after_edit``); a pause by hand stays one."""

    changed = Signal()  # running or attempt, by the user
    said = Signal(str)  # what an edit does not do, in one sentence

    def __init__(self, document: Document, engine: Engine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document, self.engine = document, engine
        self.running = True
        self._waits = False  # it is an edit that stopped it, and no hand
        self._warm = False
        self._attempts: dict[tuple, int] = {}  # by identity: Restart raises that of its own rounds alone
        self._asked: tuple = ()
        self._also: dict[str, tuple[tuple[Probe, ...], tuple[str, ...]]] = {}  # by whom: probes, names of rounds
        self._first: tuple[str, ...] = ()
        self.snapshot: Snapshot | None = None
        self._restored: KeptRounds | None = None  # rounds of a file, until the engine has them
        self._opened = self._keep = self._asked_to_keep = 0
        self.kept: KeptRounds | None = None
        self._serial = 0
        self._edits: deque[tuple[int, float]] = deque(maxlen=256)  # that start the rounds anew: serial, when
        self._trained = document.experiment.training
        self._identity = identity(document.experiment)
        document.experiment_changed.connect(self._follow)
        document.look_changed.connect(self.look)

    def start(self) -> None:
        self._submit()
        self.engine.start()

    def pull(self) -> bool:
        """Take the newest snapshot, if there is a newer one."""
        newest = self.engine.snapshots.take()
        if newest is None:
            return False
        known = self.snapshot.rounds if self.snapshot is not None else ()
        self.snapshot = newest
        if [round.name for round in known] != [round.name for round in newest.rounds]:
            self.look()  # a view may look at several of them
        if self._restored is not None and newest.request >= self._serial:
            self._restored = None
        if newest.kept is not None and newest.kept.serial == self._keep:
            self.kept, self._keep = newest.kept, 0
            self._send()  # that they are there: the engine need not hold them
        return True

    def keep(self) -> None:
        """Ask for the rounds themselves; ``kept`` holds them once they are there."""
        self.kept, self._asked_to_keep = None, self._asked_to_keep + 1
        self._keep = self._asked_to_keep
        self._send()

    def restore(self, experiment: Experiment, rounds: tuple[Kept, ...], running: bool) -> None:
        """The document is to become this experiment, with rounds from a file: they go to the engine with it."""
        self._opened += 1
        self._identity, self._trained = identity(experiment), experiment.training
        self._edits.append((self._serial + 1, time.monotonic()))
        attempt = self._attempts.get(self._identity, 0)
        self._restored = KeptRounds(experiment, rounds, self._opened, attempt)
        self.running, self._waits, self._warm = running, False, False

    @property
    def current(self) -> bool:
        """Whether the snapshot answers the newest request."""
        return self.snapshot is not None and self.snapshot.request in (self._serial, -1)

    @property
    def behind(self) -> bool:
        """Whether the snapshot is one of an experiment before the edit that starts the rounds anew."""
        return self.snapshot is not None and identity(self.snapshot.spec) != self._identity

    @property
    def behind_since(self) -> float | None:
        """When the first of the edits came that the snapshot knows nothing of, a time of time.monotonic(); None where
        it is not ``behind``. While a hand drags it is behind at all times, but never for long."""
        if not self.behind:
            return None
        return next((at for serial, at in self._edits if serial > self.snapshot.request), time.monotonic())

    def train_or_pause(self) -> str:
        """Start, pause or go on. Returns a sentence where there is nothing to train."""
        if self.snapshot is not None and self.current and self.snapshot.phase == "done":
            return "All rounds are trained. R adds one; Restart trains them anew."
        if self.snapshot is not None and self.current and self.snapshot.phase == "stopped":
            self.restart()
            return ""
        self.running, self._waits = not self.running, False
        self._submit()
        self.changed.emit()
        return ""

    def next_round(self) -> str:
        """Ask for one more round on the line that is on show, at most one beyond the round in work. Returns a sentence
        where it cannot be."""
        if self._branch is not None:
            return self._longer(self._branch)
        wanted = self.document.experiment.rounds
        finished = self._finished
        if wanted >= MOST_ROUNDS:
            return f"{MOST_ROUNDS} rounds are the most."
        if wanted > finished + 1:
            return f"Round {finished + 1} is still in work; one more is asked for already."
        self.running = True
        self.document.patch("next round", rounds=wanted + 1)
        # Beside branches the newest round may be another line's, and the next R would lengthen that.
        self.document.see(round=wanted + 1 if self.document.experiment.branches else -1, branch="")
        self.changed.emit()
        return f"Round {wanted + 1} starts when round {wanted} is done." if wanted > finished else ""

    def branch_off(self, kind: str) -> str:
        """Continue the round on show by an operation, as a new branch. Returns a sentence where it cannot be."""
        experiment, snapshot = self.document.experiment, self.snapshot
        view = snapshot.rounds[self.document.look.shown(snapshot)] if snapshot is not None and snapshot.rounds else None
        if view is None or not self.current or not view.number:
            return "Show a round first: a branch continues a round, not the coupling."
        if view.name not in {node.name for node in experiment.nodes()}:
            return "This round is gone; show another one."
        operation = kinds("operations")[kind]()
        after: int | str = view.name if "." in view.name else int(view.name)
        new = Branch(fresh_name(operation, experiment.branches), after, operation)
        try:
            self.document.patch(f"branch {new.name}", branches=(*experiment.branches, new))
        except Wrong as wrong:
            return f"{wrong.message[:1].upper()}{wrong.message[1:]}."
        self.running = True
        self.document.see(round=1, branch=new.name)
        self._submit()
        self.changed.emit()
        return "" if view.finished else f"{title(f'{new.name}.1')} starts when {title(view.name)} is done."

    def _longer(self, branch: Branch) -> str:
        if branch.rounds >= MOST_ROUNDS:
            return f"{MOST_ROUNDS} rounds are the most."
        held = {view.name: view.finished for view in self.snapshot.rounds}
        if not held.get(f"{branch.name}.{branch.rounds}"):
            return f"{title(f'{branch.name}.{branch.rounds}')} is still in work; it must be done first."
        longer = msgspec.structs.replace(branch, rounds=branch.rounds + 1)
        self.running = True
        branches = self.document.experiment.branches
        self.document.patch("next round", branches=tuple(longer if b is branch else b for b in branches))
        self.document.see(round=longer.rounds, branch=branch.name)
        self.changed.emit()
        return ""

    @property
    def _branch(self) -> Branch | None:
        """The branch that the round on show belongs to."""
        if self.snapshot is None or not self.snapshot.rounds:
            return None
        name = self.snapshot.rounds[self.document.look.shown(self.snapshot)].name.rpartition(".")[0]
        return next((branch for branch in self.document.experiment.branches if branch.name == name), None)

    def restart(self) -> None:
        """Throw the rounds of this experiment away and train them anew, same seed."""
        self._attempts[self._identity] = self._attempts.get(self._identity, 0) + 1
        self.running, self._warm = True, False
        self.document.see(round=-1, branch="")
        self._submit()
        self.changed.emit()

    def _follow(self) -> None:
        new = identity(self.document.experiment)
        if new != self._identity:
            self._identity = new
            self._edits.append((self._serial + 1, time.monotonic()))
            self._after_edit(self.document.look.after_edit)
            look = self.document.look
            self.document.see(round=-1, branch="", **look.resized(self.document.experiment.dim))
            self.changed.emit()
        elif self.document.experiment.training != self._trained and self._finished:
            self.said.emit("Finished rounds keep the training they had; Restart trains them with the new numbers.")
        self._trained = self.document.experiment.training
        self._submit()

    def _after_edit(self, then: AfterEdit) -> None:
        """Whether training runs now, and from which weights."""
        self._warm = then == "go on"
        stopped = self.running or self._waits
        self._waits = stopped and then == "wait"
        self.running = stopped and not self._waits

    @property
    def _finished(self) -> int:
        """How many rounds of the trunk are finished."""
        views = self.snapshot.rounds if self.snapshot else ()
        return sum(view.finished and view.number > 0 and "." not in view.name for view in views)

    def _submit(self) -> None:
        self._serial += 1
        self._send()

    def look(self) -> None:
        """Ask for what the look needs now, if that is not asked for already."""
        if self._serial and self._asked != self._wanted():  # before the start the window is not even shown
            self._send()

    def ask(self, probes: tuple[Probe, ...], names: tuple[str, ...] = (), by: str = "") -> None:
        """Answer these too, besides what the look needs, also of the rounds of these ``names``; until the same one
        names other ones, or none."""
        self._also[by] = probes, names
        self.look()

    def measure_first(self, figures: tuple[str, ...]) -> None:
        """Of all figures of a round these come first: somebody waits for them."""
        if figures != self._first:
            self._first = figures
            self._send()

    def _wanted(self) -> tuple[tuple[Probe, ...], tuple[str, ...]]:
        look, snapshot = self.document.look, self.snapshot
        more = tuple(name for _, names in self._also.values() for name in names)
        if snapshot is not None and snapshot.rounds:
            more += view_of(look).others(snapshot, look)
        names = look.names()
        if more and not names and snapshot is not None and snapshot.rounds:  # the newest one goes on being asked
            names = (snapshot.rounds[look.shown(snapshot)].name,)
        probes = dict.fromkeys((*needs(look), *(probe for also, _ in self._also.values() for probe in also)))
        return tuple(probes), tuple(dict.fromkeys((*names, *more)))

    def _send(self) -> None:
        self._asked = self._wanted()
        attempt = self._attempts.get(self._identity, 0)
        asked = self.document.experiment, self._serial, self.running, attempt, *self._asked
        self.engine.submit(Request(*asked, self._warm, self._restored, self._keep, self._first))
