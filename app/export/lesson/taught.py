"""The steps of a lesson as they are when all is measured: what any export of it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import msgspec
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from app.export.film import Film, Shot, Take, seen
from app.export.films.morph import Morph
from app.export.films.orbit import Orbit
from app.export.films.replay import Replay
from app.export.films.sweep import Sweep
from app.export.frozen import Frozen
from app.export.order import Order
from app.export.page import Page
from app.export.reel import Reel
from app.lessons.claim import Claim, Verdict
from app.lessons.lesson import Lesson, Step
from app.lessons.reader import scene
from app.presenting import words
from app.scene.look import Look
from app.theme import load
from engine.motion.stopping import Stop, never
from engine.snapshot import Snapshot

WIDE, HIGH = 1280, 720  # px of a slide's picture
STAGE = 532  # px of it
TEXT = 25.0  # px, of the words; smaller where they would not fit
RATE, SECONDS, MOMENT = 25, 5.0, 0.05  # the last one: of one frame
WORD, UNBROKEN = 12, "\u00a0"  # letters of an answer that stands in one line
STILL = 0.62  # t of a step in which nothing moves, where it begins at 0
#: What a cue is as a film; the first one that moves counts.
FILMS: dict[str, type[Film]] = {
    "play": Sweep,
    "play to": Sweep,
    "loop": Sweep,
    "morph": Morph,
    "replay": Replay,
    "orbit": Orbit,
}


@dataclass(frozen=True, eq=False)
class Taught:
    """One step: its snapshot, and what is seen of it."""

    number: int  # from 1
    of: int
    step: Step
    snapshot: Snapshot
    order: Order
    moves: bool
    verdicts: tuple[tuple[Claim, Verdict], ...]

    @cached_property
    def reel(self) -> Reel:
        return Reel(self.snapshot, self.order)

    @property
    def scale(self) -> float:
        """Its words' size over the theme's."""
        return TEXT / load(self.order.page.theme).text_px

    @property
    def text(self) -> str:
        """With the question, and what comes out."""
        ask = self.step.ask
        if ask is None:
            return self.step.text
        right = ask.choices[ask.right - 1] if ask.choices else ""
        right = f" ({right.replace(' ', UNBROKEN) if len(right) <= WORD else right})" if right else ""
        return f"{self.step.text}\n\n*{ask.question}*{right}"

    @property
    def frames(self) -> int:
        return self.order.n if self.moves else 1

    def stage(self, k: int | None = None) -> QImage:
        """Frame k of its picture; the one that tells most, where none is asked for."""
        return self.reel.image(self.order.n * 5 // 8 if k is None else k)

    def picture(self, k: int | None = None) -> QImage:
        """The whole slide, as the show has it: the picture, and the words below."""
        theme = load(self.order.page.theme)
        made = QImage(WIDE, HIGH, QImage.Format.Format_RGB32)
        made.fill(QColor(theme.ink("panel")))
        with QPainter(made) as painter:
            painter.drawImage(QRectF(0, 0, WIDE, STAGE), self.stage(k))
            painter.translate(18, STAGE + 10)
            words.paint(painter, self.laid, theme)
        return made

    @cached_property
    def laid(self) -> words.Laid:
        theme = load(self.order.page.theme)
        said = words.Said(self.step.heading, f"{self.number}/{self.of}", self.text, self.verdicts)
        return words.lay(said, theme, self.scale, WIDE - 36, HIGH - STAGE - 20)


def taught(
    lesson: Lesson,
    theme: str = "light",
    device: str = "auto",
    stop: Stop = never,
    told: Callable[[str, float], object] = lambda words, share: None,
) -> Iterator[Taught]:
    """Step after step, trained, measured and looked at. Raises Wrong, and KeyboardInterrupt where it is to stop.

    Needs a QGuiApplication.
    """
    frozen: Frozen | None = None
    page = Page(width=WIDE, height=STAGE, text=TEXT * 0.68, theme=theme, t=True, show=True)
    for number, step in enumerate(lesson.steps, 1):
        experiment, look = scene(step, finished=True)
        if step.more_rounds:
            look = msgspec.structs.replace(look, round=-1, branch="")
        look = msgspec.structs.replace(look, charts=(step.chart,) if step.chart else look.charts)
        sheet = msgspec.structs.replace(page, charts=bool(step.chart))
        if frozen is None:
            frozen = Frozen(experiment, look, device, stop)
        else:
            frozen.lab.adopt(experiment)
        words = f"step {number} of {len(lesson.steps)}"
        report = lambda lab, words=words: told(f"{words}: {lab.phase}", lab.done)  # noqa: E731
        first = frozen.known((), told=report)
        order, moves = _order(step, look, sheet, first)
        probes, names = order.needs(first, stop)
        snapshot = frozen.known(probes, names, told=report)
        verdicts = tuple((claim, claim.verdict(snapshot.rounds)) for claim in step.claims)
        yield Taught(number, len(lesson.steps), step, snapshot, order, moves, verdicts)


def _order(step: Step, look: Look, page: Page, snapshot: Snapshot) -> tuple[Order, bool]:
    """The film of its first cue that moves, else of t at rest; and whether it moves."""
    for cue in step.cues:
        if (kind := FILMS.get(cue.verb)) is not None:
            film = kind(turn="loop" if cue.verb == "loop" else "once") if issubclass(kind, Sweep) else kind()
            if not film.unfit(snapshot, look):
                return Order(film, look, page, RATE, SECONDS).check(), True
    still = msgspec.structs.replace(look, t=look.t or STILL)
    return Order(AtRest(), still, page, RATE, MOMENT).check(), False


class AtRest(Film, frozen=True, tag="at rest"):
    """One frame: the look as it is. It is no film to be chosen, and so not registered."""

    def shot(self, snapshot: Snapshot, look: Look, take: Take) -> Shot:
        return Shot((seen(look, snapshot),))
