"""All claims of a lesson, verified without a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.lessons.claim import Claim, Verdict
from app.lessons.lesson import Lesson, Step
from app.lessons.reader import scene
from engine.motion.stopping import Stop, never


@dataclass(frozen=True)
class Checked:
    """One claim, in the step of this number, from 1."""

    number: int
    step: Step
    claim: Claim
    verdict: Verdict


def checked(
    lesson: Lesson, device: str = "auto", stop: Stop = never, told: Callable[[int, Step], object] = lambda k, step: None
) -> Iterator[Checked]:
    """Claim after claim; the rounds of each step's experiment are trained and measured as a window would in time.
    Raises Wrong where a scene cannot be, KeyboardInterrupt where it is to stop."""
    from app.export.frozen import Frozen

    frozen: Frozen | None = None
    for number, step in enumerate(lesson.steps, 1):
        if not step.claims:
            continue
        told(number, step)
        experiment, _ = scene(step, finished=True)
        if frozen is None:
            frozen = Frozen(experiment, device=device, stop=stop)
        else:  # rounds that it shares with the step before are there
            frozen.lab.adopt(experiment)
        views = frozen.known(()).rounds
        for claim in step.claims:
            yield Checked(number, step, claim, claim.verdict(views))
