"""All claims of a lesson, verified without a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from app.lessons.claim import TRENDS, Claim, Verdict
from app.lessons.lesson import Lesson, Step
from app.lessons.preparing import found
from app.lessons.reader import scene
from engine.evidence.figures import Figures
from engine.motion.stopping import Stop, never
from engine.rounds.kept import Kept
from engine.spec import Experiment


@dataclass(frozen=True)
class Checked:
    """One claim, in the step of this number, from 1."""

    number: int
    step: Step
    claim: Claim
    verdict: Verdict


def checked(
    lesson: Lesson,
    device: str = "auto",
    stop: Stop = never,
    told: Callable[[int, Step], object] = lambda k, step: None,
    short: bool = False,
) -> Iterator[Checked]:
    """Claim after claim; the rounds of each step's experiment are trained and measured as a window would in time.
    ``short``: rounds that were prepared are taken as they are, and what the claims name is measured anew.
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
        if short and (rounds := found(step)) is not None:
            frozen.lab.restore(experiment, unmeasured(experiment, rounds, step.claims))
        views = frozen.known(()).rounds
        for claim in step.claims:
            yield Checked(number, step, claim, claim.verdict(views))


def unmeasured(experiment: Experiment, rounds: tuple[Kept, ...], claims: tuple[Claim, ...]) -> tuple[Kept, ...]:
    """The rounds without the figures that these claims are about, at the rungs and of the rounds that they name."""
    names = {node.lineage: node.name for node in experiment.nodes()}
    last = [name for name in names.values() if "." not in name][-1]
    terms = [(term, claim.relation in TRENDS) for claim in claims for term in (claim.one, claim.other) if term.name]

    def less(held: Kept, figures: Figures) -> Figures:
        here = [term for term, everywhere in terms if everywhere or (term.round or last) == names.get(held.lineage)]
        named = lambda kind, rung: any(term.name == kind and term.rung in (None, rung) for term in here)  # noqa: E731
        return figures.only(lambda kind, rung: not named(kind, rung))

    return tuple(replace(held, figures=less(held, held.figures), beside=less(held, held.beside)) for held in rounds)
