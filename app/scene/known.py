"""What the first views know of a round: the probes that they ask, and the answers by name."""

from __future__ import annotations

from engine.evidence.estimate import Estimate
from engine.evidence.figures import Figures
from engine.probes.loss_floor import LossFloor
from engine.probes.page_crossings import Crossed, PageCrossings
from engine.probes.pairs import Ends, Pairs
from engine.probes.provisional import Provisional
from engine.probes.trajectories import Traced, Trajectories
from engine.snapshot import RoundView

PAIRS, FLOW, CROSSINGS, FLOOR = Pairs(), Trajectories(), PageCrossings(), LossFloor()
PROVISIONAL = Provisional()


def pairs(view: RoundView | None) -> Ends | None:
    """The pairs on show; None before they are there."""
    return view.found(PAIRS) if view is not None else None


def flow(view: RoundView | None) -> Traced | None:
    """The trajectories on show; None before they are there, and of the coupling alone."""
    return view.found(FLOW) if view is not None else None


def crossed(view: RoundView | None) -> Crossed | None:
    """Where lines of the interpolation cross on the page; None where that is not counted."""
    return view.found(CROSSINGS) if view is not None else None


def floor(view: RoundView) -> Estimate | None:
    """V as far as it is known: measured, or from the closed form before the round ends."""
    return view.figures.single.get("crossing") or view.found(FLOOR)


def provisional(view: RoundView) -> Figures:
    """What is known of the net in training, until the figures are measured; nothing of what they are."""
    found = view.found(PROVISIONAL) or Figures()
    return found.only(lambda kind, rung: not view.figures.has(kind, rung))
