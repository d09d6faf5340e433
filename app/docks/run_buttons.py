"""The foot of the left column: train, reflow, restart, and how far the training is."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.forms.controls import Button, Press
from app.forms.form import polish
from app.forms.typed_values import write_number
from app.plain_text import Elided, explain
from app.scene.captions import matching
from engine.snapshot import Snapshot


class Run(QWidget):
    """Buttons and progress; what they say follows from the Snapshot alone."""

    train_toggled = Signal()
    next_round = Signal()
    restart = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.train = polish(Button("Train  (Ctrl+Return)", self), "primary")
        self.reflow = polish(Button("Reflow: next round  (R)", self), "outlined")
        self.again = Press("Restart", "throw the trained rounds away and train anew, with the same seed", self)
        explain(self.train, "train, or pause and go on later (Ctrl+Return)")
        explain(self.reflow, "train one more round on the pairs (Z0, Z1) that the last round's flow makes (R)")
        self.train.setMinimumHeight(42)
        self.reflow.setMinimumHeight(34)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.said = polish(Elided("", self), "muted")
        self.device = polish(Elided("", self), "muted")
        self.train.clicked.connect(self.train_toggled)
        self.reflow.clicked.connect(self.next_round)
        self.again.clicked.connect(self.restart)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.said)
        words.addWidget(self.device)
        foot = QHBoxLayout()
        foot.setSpacing(4)
        foot.addLayout(words, 1)
        foot.addWidget(self.again)
        for item in (self.train, self.reflow, self.bar):
            column.addWidget(item)
        column.addLayout(foot)

    def show(self, snapshot: Snapshot | None = None, running: bool = False) -> None:
        """Show how far the engine is. Without a snapshot, QWidget.show."""
        if snapshot is None:
            super().show()
            return
        self.train.setText(f"{action(snapshot, running)}  (Ctrl+Return)" if not finished(snapshot) else done(snapshot))
        self.train.setEnabled(not finished(snapshot))
        self.reflow.setEnabled(snapshot.spec.rounds < 20)
        self.again.setEnabled(snapshot.step > 0 or len(snapshot.rounds) > 1)
        steps = max(1, snapshot.steps)
        self.bar.setRange(0, steps)
        self.bar.setValue(steps if finished(snapshot) else min(snapshot.step, steps))
        self.said.setText(progress(snapshot, running))
        explain(self.said, self.said.text())
        speed = f"{write_number(round(snapshot.rate))} steps/s" if snapshot.rate >= 1 and snapshot.busy else ""
        self.device.setText(" · ".join(word for word in (snapshot.device, speed) if word))
        explain(self.device, self.device.text())


def finished(snapshot: Snapshot) -> bool:
    """Whether nothing is left to do."""
    return snapshot.phase == "done"


def done(snapshot: Snapshot) -> str:
    """What was done, on the button that has nothing left to do."""
    rounds = len(snapshot.spec.nodes())
    if rounds == 0:
        return "No round to train"
    word = "Trained" if snapshot.spec.velocity.learns else "Computed"
    return f"{word}: {rounds} round{'' if rounds == 1 else 's'}"


def action(snapshot: Snapshot, running: bool) -> str:
    """What pressing the button will do."""
    if running and snapshot.phase != "stopped":
        return "Pause"
    trained = snapshot.step > 0 or any(view.number and view.finished for view in snapshot.rounds)
    begun = trained and snapshot.phase != "stopped"
    return "Resume" if begun else "Train" if snapshot.spec.velocity.learns else "Run"


def progress(snapshot: Snapshot, running: bool) -> str:
    """One line: where the engine is, and how long it will take."""
    at = f"step {write_number(snapshot.step)} of {write_number(snapshot.steps)}"
    share = f"{snapshot.doing}… {100 * snapshot.done:.0f} %"
    if snapshot.phase == "training" and snapshot.doing and not snapshot.steps:
        return share
    if snapshot.phase == "training" and running:
        at = f"{snapshot.doing}: {at}" if snapshot.doing else at
        return f"{at} · {left}" if (left := duration(snapshot.seconds_left)) else at
    if snapshot.phase in ("paused", "training"):
        return f"paused at {at}" if snapshot.step else f"ready: {write_number(snapshot.steps)} steps"
    if snapshot.phase == "sampling" and snapshot.spec.coupling.costly:
        return matching(snapshot)
    words = {
        "starting": "starting…",
        "sampling": "drawing the points…",
        "pairing": "simulating the next pairs…",
        "measuring": f"measuring {share}" if snapshot.doing else "measuring…",
        "done": "",
        "stopped": "stopped",
    }
    return words.get(snapshot.phase, snapshot.phase)


def duration(seconds: float | None) -> str:
    """``12 s left``, ``3 min left``; empty where it is not known."""
    if seconds is None or seconds < 0 or seconds > 360_000:
        return ""
    if seconds < 90:
        return f"{max(1, round(seconds))} s left"
    return f"{round(seconds / 60)} min left" if seconds < 5400 else f"{seconds / 3600:.1f} h left"
