"""A lesson as it stands in its file: steps, each a scene, what is done with it, and what it claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.lessons.claim import Claim, of
from app.lessons.cue import Cue
from app.scene.numbers import figure
from engine.snapshot import RoundView


@dataclass(frozen=True)
class Ask:
    """A question before the picture runs. Of ``choices`` the ``right`` one is numbered from 1; where there are none the
    answer is a number, and ``figure`` says what came out."""

    question: str
    choices: tuple[str, ...] = ()
    right: int = 0
    figure: str = ""

    def told(self, choice: int, views: tuple[RoundView, ...]) -> str:
        """What came out, to whoever has answered ``choice``; empty while there is nothing to tell."""
        if self.choices:
            right = self.choices[self.right - 1]
            return f"It is {right}." if choice != self.right else f"Right: {right}."
        rounds = [view for view in views if view.number]
        found = of(rounds[-1].figures, self.figure) if rounds else {}
        return f"It came out as {figure(next(iter(found.values())))}." if found else ""


@dataclass(frozen=True, eq=False)
class Step:
    """``experiment`` and ``look`` are whole, as plain values: those of the step before with this one's patch."""

    heading: str
    text: str  # Markdown, formulas between $
    notes: str  # for whoever presents
    experiment: Mapping[str, Any]
    look: Mapping[str, Any]
    patch: Mapping[str, Any] = field(default_factory=dict)  # as it stands in the file
    cues: tuple[Cue, ...] = ()
    claims: tuple[Claim, ...] = ()
    ask: Ask | None = None
    line: int = 1  # where it begins in the file

    @property
    def chart(self) -> str:
        """The one that stands beside the stage, in the show and in what is exported: the first that the step itself
        names; empty for none."""
        return next(iter(self.patch.get("look", {}).get("charts", ())), "")

    @property
    def more_rounds(self) -> int:
        """How many rounds its cues add to those of its experiment."""
        return sum(cue.verb == "next round" for cue in self.cues)


@dataclass(frozen=True, eq=False)
class Lesson:
    """``name`` is that of its file."""

    name: str
    title: str
    about: str
    steps: tuple[Step, ...]
    course: bool = True  # one of the tutorial's order; else a short one on its own
    text: str = ""  # the file itself
