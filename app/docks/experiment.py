"""The left column: the whole experiment as cards, and the buttons that run it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.docks.branch_card import BranchCard
from app.docks.card import SectionCard
from app.docks.dimension_and_seed import Head
from app.docks.end_card import CLOUD_HEIGHT, EndCard
from app.docks.file_card import FileCard
from app.docks.run_buttons import Run
from app.docks.training_card import TrainingCard
from app.document import Document
from app.forms.form import Form, polish
from app.guard import guarded
from app.plain_text import Label, explain, sentence
from app.scene.numbers import number
from engine.evidence.estimate import Estimate
from engine.parts import Wrong
from engine.snapshot import Snapshot
from engine.spec import Experiment

CLOUD_MOST = 112  # px


class ExperimentDock(QWidget):
    """Every knob of the document's experiment. All edits go through the document; what it emits is for the window."""

    train_toggled = Signal()
    next_round = Signal()
    restart = Signal()
    new_seed = Signal()
    draw_requested = Signal(str)  # end, or "arrows"
    load_requested = Signal(str)  # end, or "coupling"
    browse_requested = Signal(str)  # end
    save_requested = Signal(str)  # end
    columns_requested = Signal(str)  # end or "coupling"
    dropped = Signal(str, str)  # end or "coupling", path
    reread = Signal(str, object, str)  # end or "coupling", a part whose file has to be read in another way; the gesture

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.ends = {
            "source": EndCard(document, "source", "Source P₀"),
            "target": EndCard(document, "target", "Target P₁"),
        }
        self.cards: dict[str, SectionCard] = {
            **self.ends,
            "coupling": FileCard(document, "coupling", "Coupling", "couplings"),
            "velocity": SectionCard(document, "velocity", "Velocity", "velocities"),
            "training": TrainingCard(document),
            "solver": SectionCard(document, "solver", "Solver", "solvers", shown=1),
            "path": SectionCard(document, "path", "Path", "paths"),
            "measure": RoundsCard(document),
            "branches": BranchCard(document),
            "reference": SectionCard(document, "reference", "Reference", "velocities"),
        }
        self.head = Head(document, self)
        self.head.new_seed.connect(self.new_seed)
        self.error = Figure("error vs fine steps", "RMS distance from the same flow, solved accurately", self)
        self.cards["solver"].body.addWidget(self.error)
        self.run = Run(self)
        for end, card in self.ends.items():
            card.draw_requested.connect(lambda end=end: self.draw_requested.emit(end))
            card.browse_requested.connect(lambda end=end: self.browse_requested.emit(end))
            card.save_requested.connect(lambda end=end: self.save_requested.emit(end))
        for name in (*self.ends, "coupling"):
            card = self.cards[name]
            card.load_requested.connect(lambda name=name: self.load_requested.emit(name))
            card.columns_requested.connect(lambda name=name: self.columns_requested.emit(name))
            card.dropped.connect(lambda path, name=name: self.dropped.emit(name, path))
            card.reread.connect(lambda part, merge, name=name: self.reread.emit(name, part, merge))
        self.cards["coupling"].asked.connect(self.draw_requested)
        self.run.train_toggled.connect(self.train_toggled)
        self.run.next_round.connect(self.next_round)
        self.run.restart.connect(self.restart)
        self._arrange()
        document.experiment_changed.connect(self.refresh)
        self.refresh()

    def _arrange(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setSpacing(7)
        for card in self.cards.values():
            column.addWidget(card)
        column.addStretch(1)
        self.scroll = Column(inside, self)
        foot = QVBoxLayout()
        foot.setContentsMargins(10, 8, 10, 6)
        foot.addWidget(self.run)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(10, 8, 10, 2)
        top.addWidget(self.head)
        whole.addLayout(top)
        whole.addWidget(self.scroll, 1)
        whole.addLayout(foot)

    def refresh(self) -> None:
        """Show the document's experiment."""
        focus = QApplication.focusWidget()
        for card in self.cards.values():
            card.refresh()
        self.head.refresh()
        learns = self.document.experiment.velocity.learns
        self.cards["training"].setVisible(learns)
        now = QApplication.focusWidget()
        if now is not None and now is not focus:  # its field has gone, and Qt took the next one: that is nobody's wish
            now.clearFocus()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        """A tall window has room for taller clouds; opening a card's knobs never changes them."""
        super().resizeEvent(event)
        tall = min(CLOUD_MOST, max(CLOUD_HEIGHT, CLOUD_HEIGHT + (self.height() - 780) // 5))
        for card in self.ends.values():
            card.slot.setFixedHeight(tall)

    def set_cloud(self, end: str, widget: QWidget) -> None:
        """Put a small picture of the source or target into its card."""
        self.ends[end].set_cloud(widget)

    def say(self, where: str, sentence: str) -> None:
        """One sentence in the card that it is about (``source``, ``solver``, ...); empty to take it away."""
        self.cards[where].say(sentence)

    def show(self, snapshot: Snapshot | None = None, running: bool = False, round: int = -1) -> None:
        """Show what the engine knows. Without a snapshot, QWidget.show."""
        if snapshot is None:
            super().show()
            return
        self.run.show(snapshot, running)
        shown = snapshot.rounds[round] if snapshot.rounds and round < len(snapshot.rounds) else None
        euler = snapshot.spec.solver.kind == "euler" and snapshot.spec.solver.plain
        self.error.put(
            shown.figures.ladders.get("euler_error", {}).get(snapshot.spec.solver.steps) if shown and euler else None
        )
        if shown is not None and shown.number and snapshot.spec.reference != snapshot.spec.velocity:
            why = shown.no_reference
            self.cards["reference"].tell(f"{why[:1].upper()}{why[1:].rstrip('.')}." if why else "")
        cost = snapshot.rounds[0].figures.single.get("pair_cost") if snapshot.rounds else None
        self.cards["coupling"].note(f"E|X1 − X0|² {number(cost.value)}" if cost else "")


class Column(QScrollArea):
    """Scrolls up and down, never sideways."""

    def __init__(self, inside: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # arrow keys belong to the window
        self.setWidget(inside)
        self.verticalScrollBar().rangeChanged.connect(self._indent)
        self._indent(0, 0)

    def _indent(self, low: int, high: int) -> None:
        """The scroll bar stands in the right margin, so that the cards end where the buttons below do."""
        bar = self.verticalScrollBar().sizeHint().width() if high > low else 0
        self.widget().layout().setContentsMargins(10, 6, max(0, 10 - bar), 8)

    @guarded
    def minimumSizeHint(self) -> QSize:
        return QSize(225, 120)


class Figure(QWidget):
    """A measured number that belongs to a card; hidden while it is not known."""

    def __init__(self, label: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        self.value = Label(parent=self)
        line.addWidget(polish(Label(label, self), "muted"))
        line.addStretch(1)
        line.addWidget(self.value)
        explain(self, tip)
        self.hide()

    def put(self, estimate: Estimate | None) -> None:
        """Show an Estimate, or nothing."""
        self.setVisible(estimate is not None)
        if estimate is not None:
            self.value.setText(number(estimate.value))


class RoundsCard(SectionCard):
    """How many rounds, and how many samples their figures rest on."""

    def __init__(self, document: Document) -> None:
        super().__init__(document, "measure", "Rounds")
        self.noun = "figures"
        self.rounds = Form(False, ("rounds",), self)
        self.rounds.edited.connect(self._grow)
        self.body.insertWidget(1, self.rounds)

    def refresh(self) -> None:
        self.rounds.show(self.document.experiment)
        super().refresh()

    def _grow(self, new: Experiment, name: str) -> None:
        merge = f"rounds.{self.rounds.merge}" if self.rounds.merge else ""
        try:
            self.document.patch(f"{new.rounds} rounds", merge, rounds=new.rounds)
        except Wrong as wrong:
            self.rounds.fail(name, sentence(wrong))
