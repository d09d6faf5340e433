"""What the window's exports are made of: what is on the stage when it is taken, and answers that come later."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.canvas import grid
from app.canvas.plane import Plane
from app.controller import Controller
from app.export.page import Page
from app.scene.look import Look
from app.scene.numbers import count
from app.stage import Stage
from app.theme import load
from engine.probe import Probe
from engine.snapshot import Snapshot
from engine.spec import identity

EVERY = 100  # ms between two looks for answers


class Source(QObject):
    """A frozen snapshot and look. ``changed``: another snapshot, with more of the answers that are ``needed``."""

    changed = Signal()

    def __init__(self, controller: Controller, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller, self._stage = controller, stage
        self._needed: tuple[Probe, ...] = ()
        self._names: tuple[str, ...] = ()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self._follow)
        self.snapshot: Snapshot | None = None
        self.look = Look()
        self.page, self.moment = Page(), self.look  # of the picture: its data are those of these
        self.screen: dict[str, object] = {}  # fields of a Page that shows what the window shows, px for px

    @property
    def controller(self) -> Controller:
        return self._controller

    def take(self) -> None:
        """What is on the stage now."""
        self.snapshot, self.look = self._controller.snapshot, self._controller.document.look
        shown, theme = self._stage.panes.shown, self._stage.theme
        self.moment = self.look
        self.screen = {
            "width": self._stage.width(),
            "height": self._stage.height(),
            "text": float(theme.text_px),
            "dpi": 96.0,
            "theme": theme.name,
            "text_scale": theme.text_px / load(theme.name).text_px,
            "across": grid.columns(len(shown)),
            "seen": tuple(canvas.seen if isinstance(canvas, Plane) else None for canvas in shown),
        }
        self.changed.emit()

    def need(self, probes: tuple[Probe, ...], names: tuple[str, ...] = ()) -> None:
        """Ask these, besides what the window needs, of the rounds of these names too; their answers are followed, and
        figures that come."""
        self._ask(probes, names)
        self._timer.start()

    def rest(self) -> None:
        """Ask nothing more, and stay at what is there."""
        self._ask((), ())
        self._timer.stop()

    def _ask(self, probes: tuple[Probe, ...], names: tuple[str, ...]) -> None:
        if (probes, names) != (self._needed, self._names):
            self._needed, self._names = probes, names
            self._controller.ask(probes, names)

    def _answers(self, snapshot: Snapshot) -> int:
        """How many of the questions it answers, and figures it has."""
        answered = sum(answer.probe in self._needed for view in snapshot.rounds for answer in view.answers)
        rungs = (len(rungs) for view in snapshot.rounds for rungs in view.figures.ladders.values())
        return answered + sum(len(view.figures.single) for view in snapshot.rounds) + sum(rungs)

    def _follow(self) -> None:
        new, old = self._controller.snapshot, self.snapshot
        if new is None or new is old or (old is not None and identity(new.spec) != identity(old.spec)):
            return
        if old is None or self._answers(new) > self._answers(old):
            self.snapshot = new
            self.changed.emit()

    def pairs(self) -> str:
        """What is on show, in words."""
        if self.snapshot is None or not self.snapshot.rounds:
            return ""
        view = self.snapshot.rounds[self.look.shown(self.snapshot)]
        return f"round {view.name}" if view.number else f"the coupling of {count(self.snapshot.spec.coupling.pairs)}"
