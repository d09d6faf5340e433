"""What the undo stack leads from and to: the Experiment, and what is on the canvases of the drawing tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.tools.tool import Canvas, Drawing
from engine.spec import Experiment


@dataclass(frozen=True, eq=False)
class State:
    """``canvases`` by subject: those that were drawn on, for as long as the experiment has what they were drawn for.

    They belong to it because an empty canvas is not in any experiment: no source is without points.
    """

    experiment: Experiment
    canvases: Mapping[tuple[str, ...], Canvas] = field(default_factory=dict)

    def same(self, other: State) -> bool:
        """Whether nothing tells the two apart."""
        return self.experiment == other.experiment and self.canvases == other.canvases

    def edited(self, experiment: Experiment) -> State:
        """With another experiment: canvases of what has changed are void."""
        old = self.experiment
        same = {name for name in old.__struct_fields__ if getattr(old, name) == getattr(experiment, name)}
        kept = {subject: canvas for subject, canvas in self.canvases.items() if {"dim", *subject[1:]} <= same}
        return State(experiment, kept)

    def showing(self, drawing: Drawing) -> State:
        """With the canvas of this drawing."""
        return replace(self, canvases={**self.canvases, drawing.tool.subject: drawing.canvas})
