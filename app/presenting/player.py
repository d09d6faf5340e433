"""Plays a lesson on the document: a step's scene, then its cues, one after another; and takes the script up again."""

from __future__ import annotations

from collections import deque

from msgspec.structs import replace
from PySide6.QtCore import QObject, QTimer, Signal

from app import settings
from app.controller import Controller
from app.lessons.claim import Claim, Verdict
from app.lessons.cue import Cue
from app.lessons.lesson import Lesson, Step
from app.lessons.reader import neighbour, scene
from app.lessons.takeover import without_closed_form
from app.presenting.prepared import Prepared
from app.project_files import ProjectFiles
from app.scene.compose import needs
from app.scene.look import Look
from engine.parts import Wrong
from engine.registry import kinds
from engine.spec import Experiment, identity

TICK = 50  # ms
TURN = 1.5  # degrees of an orbit in one
OVER = ("done", "measuring")
LIVE, MEASURED = 4000, 512  # pairs that v is taken from, and particles measured, most: an audience waits
AHEAD = "the next step"  # by whom answers are asked for
OWN = ("theme", "text_scale", "after_edit")  # what a step leaves as a person has it


class Player(QObject):
    """``changed``: another step, other claims, or it was taken over. Nothing is played while no lesson is open."""

    changed = Signal()
    said = Signal(str)
    onward = Signal(str, int)  # another lesson that comes with the program, and the step to show of it

    def __init__(self, controller: Controller, projects: ProjectFiles, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller, self._document, self._projects = controller, controller.document, projects
        self.lesson: Lesson | None = None
        self.at = 0
        self.prepared = Prepared(self)
        self._cues: deque[Cue] = deque()
        self._cue: Cue | None = None
        self._judged: Experiment | None = None  # the edit that was looked at last: a tick costs nothing after it
        self._ahead = -1  # the step from which it was asked ahead
        self._turned, self._asked = 0.0, 0  # degrees of an orbit; rounds that there are to be
        self._set: Experiment | None = None  # as the script has it
        self._of: object = None  # the document that it plays on
        self.verdicts: tuple[tuple[Claim, Verdict], ...] = ()  # of the scene on show, whoever has made it
        self._answered: dict[int, int] = {}  # by step: the choice
        self._beyond = 0  # the way, +1 or -1, that leads out of the lesson if it is gone once more
        self._told = ""
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._tick)

    @property
    def step(self) -> Step | None:
        return self.lesson.steps[self.at] if self.lesson is not None else None

    @property
    def taken_over(self) -> bool:
        """Whether somebody has edited the scene since the script did."""
        return self.lesson is not None and self._document.experiment != self._set

    @property
    def playing(self) -> bool:
        """Whether the document is a lesson's: of another one it becomes a step that can be undone, as of the next."""
        return self.lesson is not None and self._of == self._projects.whose

    @property
    def asks(self) -> bool:
        """Whether the step's question waits for an answer: its cues do, too."""
        return self.step is not None and self.step.ask is not None and self.at not in self._answered

    def open(self, lesson: Lesson, at: int = 0, again: bool = False) -> None:
        """From this step on, counted from 0, on the document that is here. ``again``: another text of this lesson."""
        if not self.playing:
            self._set = None
        if not again:
            self._of = self._projects.whose
        self.lesson, self._answered = lesson, {}
        self.prepared.begin(lesson)
        self._timer.start()
        self.go(min(max(0, at), len(lesson.steps) - 1))

    def close(self) -> None:
        """The scene stays."""
        if self.lesson is None:
            return
        self._timer.stop()
        self.prepared.stop()
        self._controller.ask((), by=AHEAD)
        self._controller.measure_first(())
        self.lesson, self._set, self._cue, self.verdicts = None, None, None, ()
        self._cues.clear()
        settings.keep_lesson("", 0)
        self.changed.emit()

    def leave(self) -> None:
        """The program ends: the next one may go on at this step."""
        self._timer.stop()
        self.prepared.close()

    def forward(self) -> None:
        """The next step; of one that asks first what it asked about, for a clicker has no other key."""
        self.answer() if self.asks else self._step(1)

    def back(self) -> None:
        self._step(-1)

    def _step(self, way: int) -> None:
        """Beyond the last one, gone twice, the next lesson begins, and before the first one the lesson before ends."""
        if self.lesson is None:
            return
        if 0 <= self.at + way < len(self.lesson.steps):
            self.go(self.at + way)
            return
        place, other = "last" if way > 0 else "first", neighbour(self.lesson.name, way)
        if other is None:
            self.said.emit(f"This is the {place} step of {self.lesson.title}.")
        elif self._beyond != way:
            self._beyond = way
            self.said.emit(f"This is the {place} step of {self.lesson.title}. Once more: {other.title}.")
        else:
            self.onward.emit(other.name, 0 if way > 0 else len(other.steps) - 1)

    def resume(self) -> None:
        """The step as the script has it, from its first cue."""
        if self.lesson is not None:
            self.go(self.at)

    def go(self, at: int) -> None:
        """Show this step, whole: the scene as it was prepared, then its cues."""
        if self.lesson is None or not 0 <= at < len(self.lesson.steps):
            return
        if self._of != self._projects.whose:  # somebody's own has come, or was made of this
            lesson = self.lesson
            self._projects.ask_before(lambda: self._go(at) if self.lesson is lesson else None)
        else:
            self._go(at)

    def _go(self, at: int) -> None:
        self.at, self._beyond = at, 0
        step = self.lesson.steps[at]
        self._cues, self._cue, self.verdicts = deque(), None, ()
        try:
            experiment, look = scene(step)
            self._show(experiment, look)
        except Wrong as wrong:
            self.said.emit(f"{self.lesson.title}, step {at + 1}: {str(wrong).rstrip('.')}.")
            self.changed.emit()
            return
        self._controller.measure_first(tuple(sorted({name for claim in step.claims for name in claim.names})))
        self._cues = deque(step.cues)
        self.verdicts = tuple((claim, Verdict("missing", "")) for claim in step.claims)
        settings.keep_lesson(self.lesson.name, at)
        self.changed.emit()

    def answer(self, choice: int = 0) -> None:
        """The question is answered, by the choice of this number from 1: what it was about runs."""
        self._answered[self.at] = choice
        self.changed.emit()

    @property
    def told(self) -> str:
        """What came out of the step's question, once it was answered and there is something to tell."""
        step = self.step
        if step is None or step.ask is None or self.asks:
            return ""
        snapshot = self._controller.snapshot
        return step.ask.told(self._answered[self.at], snapshot.rounds if snapshot is not None else ())

    def anew(self) -> None:
        """Train what is on show before the audience's eyes."""
        self._controller.restart()

    def pulled(self) -> None:
        """A newer snapshot is there."""
        snapshot, step = self._controller.snapshot, self.step
        if step is None or snapshot is None or not self._controller.current:
            return
        self._look_ahead()
        now = tuple((claim, claim.verdict(snapshot.rounds)) for claim in step.claims)
        if (now, self.told) != (self.verdicts, self._told):
            self.verdicts, self._told = now, self.told
            self.changed.emit()

    # the scene

    def _look_ahead(self) -> None:
        """Once all is done here: ask for what the next step shows of these rounds, so that it need not wait."""
        if self._ahead == self.at or self._controller.snapshot.phase != "done" or self.at + 1 >= len(self.lesson.steps):
            return
        self._ahead = self.at
        experiment, look = scene(self.lesson.steps[self.at + 1])
        alike = identity(experiment) == identity(self._document.experiment)
        self._controller.ask(needs(look) if alike else (), look.names() if alike else (), by=AHEAD)

    def _show(self, experiment: Experiment, look: Look) -> None:
        """The scene as the script has it; what was made of the one before is an undo away. Raises Wrong."""
        document, projects = self._document, self._projects
        begins = self._set is None or self._of != projects.whose
        self._set = experiment
        look = replace(look, **{name: getattr(document.look, name) for name in OWN})
        other = identity(experiment) != identity(document.experiment)
        self._ahead = -1
        if other:  # what was asked ahead is none of its questions
            self._controller.ask((), by=AHEAD)
        paused = any(cue.verb == "train to step" for cue in self.step.cues)  # what is finished cannot be
        rounds = () if paused else self.prepared.rounds(self.at)
        document.leave()
        kept = document.look.after_edit
        document.see(after_edit="start anew")  # what is on show is what the file says, not what went before
        try:
            there = not other and len(rounds) <= len(experiment.nodes()) and self._trained(len(rounds))
            new = None if there or not rounds else rounds
            words = "" if begins else f"{self.lesson.title}: {self.step.heading}"
            projects.script(experiment, document.look, self.lesson.title, new, words)
            self._of = projects.whose
        finally:
            document.see(after_edit=kept)
        document.see(**{name: getattr(look, name) for name in Look.__struct_fields__})

    def _trained(self, rounds: int) -> bool:
        snapshot = self._controller.snapshot
        return snapshot is not None and sum(view.finished for view in snapshot.rounds if view.number) >= rounds

    # its cues

    def _tick(self) -> None:
        if self.taken_over:
            self._learnable()
        if self._cue is None and self._cues and not self.asks and not self.taken_over:
            self._cue = self._cues.popleft()
            self._begin(self._cue)
        if self._cue is not None and (self.taken_over or self._over(self._cue)):
            self._cue = None
            if self.taken_over:
                self._cues.clear()
                self.changed.emit()

    def _learnable(self) -> None:
        """v is that of the pairs where no closed form leads to what was drawn, or no claim could be measured."""
        now, drawing = self._document.experiment, self._document.drawing
        if now is self._judged or (drawing is not None and drawing.canvas.at is not None):  # a stroke is in progress
            return
        self._judged = now
        if self._set is not None and without_closed_form(now, self._set):
            few = replace(now.coupling, pairs=min(now.coupling.pairs, LIVE))
            brief = replace(now.measure, samples=min(now.measure.samples, MEASURED))
            kernel = kinds("velocities")["kernel"]()
            self._document.patch("v from the pairs", velocity=kernel, coupling=few, measure=brief)
            self.said.emit("No closed form leads here: v is taken from the pairs.")

    def _begin(self, cue: Cue) -> None:
        see, controller = self._document.see, self._controller
        if cue.verb in ("play", "play to", "loop"):
            see(t=0.0, playing=True, turn="loop" if cue.verb == "loop" else "once")
        elif cue.verb in ("morph", "wipe", "replay"):
            see(**{"frame" if cue.verb == "replay" else cue.verb: 0.0, "scrubbing": True, "turn": "once"})
        elif cue.verb.startswith("train") and not controller.running:
            controller.train_or_pause()
        self._turned, self._asked = 0.0, 0

    def _over(self, cue: Cue) -> bool:
        look, snapshot = self._document.look, self._controller.snapshot
        if cue.verb == "loop":
            return not look.playing
        if cue.verb == "play to" and look.t >= cue.at:
            self._document.see(t=cue.at, playing=False)
        if cue.verb in ("play", "play to"):
            return not look.playing
        if cue.verb in ("morph", "wipe", "replay"):
            return not look.scrubbing
        if cue.verb == "orbit":
            self._turned += TURN
            self._document.see(camera=look.camera.turned(TURN, 0.0))
            return self._turned >= 360.0
        if snapshot is None or not self._controller.current:
            return False
        if cue.verb == "train to step" and snapshot.phase == "training" and snapshot.step >= cue.at:
            self._controller.train_or_pause()
            return True
        if snapshot.phase not in OVER:
            return False
        if cue.verb == "next round" and not self._asked:
            self._asked = self._document.experiment.rounds + 1
            self._set = replace(self._set, rounds=self._asked)
            shown = replace(look, round=-1, branch="")
            self._projects.script(self._set, shown, self.lesson.title, step=f"{self.lesson.title}: one more round")
            self._of = self._projects.whose
            self._document.see(round=-1, branch="")
            return False
        return True
