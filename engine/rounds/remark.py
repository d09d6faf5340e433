"""What a round's figures say against its picture, in one or two sentences."""

from __future__ import annotations

import math

from engine.evidence.estimate import Estimate
from engine.rounds.round import Round

WARM = "Its training went on from the weights before the edit: a run from the file starts anew."
AFTER_WARM = "It follows a round that went on from the weights before an edit: a run from the file starts anew."
ROUNDING = 1e-9  # of the cost: an S below that is none


def remark(held: Round, before: Round | None, inherited: bool = False) -> str:
    """Whether S has fallen since the round before and, if not, whether the net's fit is why; and costs that rose.
    ``inherited``: a round that it came from began warm.

    First what the pairs themselves do not allow, whether there are too few, and what the net does not look at.
    """
    said = [
        held.pairs_said,
        held.learning.few,
        held.learning.unmixed,
        held.overlooked,
        _straightness(held, before),
        _costs(held),
    ]
    if held.learning.early:
        said.append(f"Ended early: {held.learning.early}.")
    if held.learning.warm:
        said.append(WARM)
    elif inherited:
        said.append(AFTER_WARM)
    said.append(held.own.sharp)
    return " ".join(sentence for sentence in said if sentence)


def _straightness(held: Round, before: Round | None) -> str:
    S, gap, cost = (held.own.figures.single.get(kind) for kind in ("straightness", "fit_gap", "transport_cost"))
    earlier = before.own.figures.single.get("straightness") if before is not None else None
    if S is None or gap is None or cost is None or earlier is None or not held.problem.lineage[-1].reflows:
        return ""  # reflow alone is said to straighten: noise that is put in, or a new start, may well not
    if S.value < earlier.value or S.value < ROUNDING * cost.value:
        return ""
    figures = f"S {S.value:.3g}, before {earlier.value:.3g}"
    if gap.value > S.value:
        return f"S has not fallen ({figures}): the fit gap {gap.value:.3g} exceeds it, so v's error is what is left."
    return f"S has not fallen ({figures})."


def _costs(held: Round) -> str:
    ladders = held.own.figures.ladders
    before, after = ladders.get("pair_cost_p", {}), ladders.get("cost_p", {})
    risen = [f"{p:g}" for p in after if p in before and _risen(before[p], after[p])]
    if not risen:
        return ""
    return f"The cost E|Z1 - Z0|^p rose for p = {', '.join(risen)}: v is not v* here."


def _risen(before: Estimate, after: Estimate) -> bool:
    """By more than three standard errors."""
    noise = math.hypot(before.error or 0.0, after.error or 0.0)
    return after.value - before.value > 3 * noise + ROUNDING * abs(before.value)
