"""What a step does by itself once it is on show."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.scene.numbers import short
from engine.parts import Wrong
from engine.registry import nearest
from engine.wording import clean

#: How each is written, and what it does; NUMBER stands for one.
CUES = {
    "train": "all rounds are trained",
    "train to step NUMBER": "training is paused there",
    "train to gap NUMBER": "a round ends where L(v) - V is that small, if a closed form tells V",
    "play": "t runs from 0 to 1",
    "play to NUMBER": "t runs from 0 and stops there",
    "loop": "t runs again and again until the next step",
    "morph": "lines become trajectories",
    "wipe": "the line between two rounds goes across",
    "replay": "the key frames of the training, one after another",
    "orbit": "the camera goes around",
    "next round": "one more round is asked for",
}
_NUMBER = r"(\d+(?:\.\d+)?(?:e-?\d+)?)"


@dataclass(frozen=True)
class Cue:
    """``verb`` is a key of CUES without NUMBER; ``at`` that number."""

    verb: str
    at: float | None = None

    def __str__(self) -> str:
        return self.verb if self.at is None else f"{self.verb} {short(self.at)}"


def cue(text: str) -> Cue:
    """Raises Wrong."""
    words = " ".join(text.split())
    for form in CUES:
        verb, number, _ = form.partition(" NUMBER")
        match = re.fullmatch(re.escape(verb) + (rf" {_NUMBER}" if number else ""), words)
        if match:
            return _checked(Cue(verb, float(match[1]) if number else None))
    near = nearest(words, tuple(CUES))
    hint = f"did you mean {near!r}?" if near else f"known are {', '.join(CUES)}"
    raise Wrong("cue", f"{clean(text, 60)!r} is not known; {hint}")


def _checked(found: Cue) -> Cue:
    if found.verb == "play to" and not 0 < found.at <= 1:
        raise Wrong("cue", f"{found} is not a time between 0 and 1")
    if found.verb == "train to step" and not found.at.is_integer():
        raise Wrong("cue", f"{short(found.at)} is not a whole number of steps")
    return found
