"""What an audience may make of a step, and whether its claims can still be measured then."""

from __future__ import annotations

from engine.spec import Experiment


def without_closed_form(now: Experiment, was: Experiment) -> bool:
    """Whether the velocity is the step's exact one still, and no closed form leads to what was drawn."""
    if now.velocity != was.velocity or now.velocity.kind != "exact":
        return False
    start, end = now.source, now.target
    return start.mixture(now.dim) is None or (end.mixture(now.dim) is None and end.points(now.dim) is None)
