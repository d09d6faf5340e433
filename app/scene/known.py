"""What the first views know of a round: the probes that they ask, and the answers by name."""

from __future__ import annotations

from typing import Any

from app.scene.look import Look
from engine.evidence.estimate import Estimate
from engine.evidence.figures import Figures
from engine.probe import Probe
from engine.probes.loss_floor import LossFloor
from engine.probes.meetings import Meetings, Met
from engine.probes.page_crossings import Crossed, PageCrossings
from engine.probes.pairs import Ends, Pairs
from engine.probes.provisional import Provisional
from engine.probes.trajectories import Traced, Trajectories
from engine.snapshot import RoundView

PAIRS, FLOW, CROSSINGS, FLOOR = Pairs(), Trajectories(), PageCrossings(), LossFloor()
PROVISIONAL = Provisional()
COUNTS = (PAIRS.count, 1000, 2000, 5000)  # a slider that is turned must not ask another question at every beat


def more_pairs(look: Look) -> tuple[Probe, ...]:
    """The pairs that this look shows."""
    return (PAIRS, *(Pairs(n) for n in _beyond(look)))


def more_flow(look: Look) -> tuple[Probe, ...]:
    """The trajectories that it shows."""
    return (FLOW, *(Trajectories(n) for n in _beyond(look)))


def _beyond(look: Look) -> tuple[int, ...]:
    wanted = max(look.lines, look.particles)
    return tuple(n for n in COUNTS[1:] if n >= wanted)[:1] if wanted > PAIRS.count else ()


def _last(view: RoundView | None, kind: type[Probe]) -> Any:
    """The answer to the question of this kind that was asked last; None before there is one."""
    found = [answer.value for answer in view.answers if type(answer.probe) is kind] if view is not None else []
    return next((value for value in reversed(found) if value is not None), None)


def pairs(view: RoundView | None) -> Ends | None:
    """The pairs on show; None before they are there."""
    return _last(view, Pairs)


def flow(view: RoundView | None) -> Traced | None:
    """The trajectories on show; None before they are there, and of the coupling alone."""
    return _last(view, Trajectories)


def crossed(view: RoundView | None) -> Crossed | None:
    """Where lines of the interpolation cross on the page; None where that is not counted."""
    return _last(view, PageCrossings)


def met(view: RoundView | None) -> Met | None:
    """Where its lines truly meet; None on the line, where each crossing is a meeting, and before it is counted."""
    return _last(view, Meetings)


def floor(view: RoundView) -> Estimate | None:
    """V as far as it is known: measured, or from the closed form before the round ends."""
    return view.figures.single.get("crossing") or view.found(FLOOR)


def provisional(view: RoundView) -> Figures:
    """What is known of the net in training, until the figures are measured; nothing of what they are."""
    found = view.found(PROVISIONAL) or Figures()
    return found.only(lambda kind, rung: not view.figures.has(kind, rung))
