"""What a chart is: one Panel of the right column."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from app.scene.look import Look
from app.scene.marks import Panel
from app.scene.numbers import basis
from engine.evidence.estimate import Estimate
from engine.parts import Part
from engine.probe import Probe
from engine.registry import FAMILIES
from engine.snapshot import Snapshot

FAMILIES["charts"] = "app.scene.charts"
FAINT = 0.5  # of figures of the net in training, which those that are measured afterwards replace


class Chart(Part):
    """A chart has a ``name`` that a Look holds: its kind, unless it is one of many (``named``)."""

    family = "charts"

    title: ClassVar[str] = ""
    formula: ClassVar[str] = ""
    moving: ClassVar[bool] = False  # it follows t
    rank: ClassVar[int] = 50

    @classmethod
    def named(cls, name: str) -> Chart | None:
        """The chart of this name; None where it is not one of this class."""
        return cls() if name == cls.__struct_config__.tag else None

    @classmethod
    def offered(cls, snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
        """(name, words) of those that can be chosen now."""
        return ((cls.__struct_config__.tag, cls.title),)

    def hint(self) -> str:
        """What it shows, in a sentence for people."""
        return self.about or " ".join((type(self).__doc__ or "").split())

    def typed_formula(self) -> str:
        """What it shows, as ``typeset`` reads it."""
        return self.formula

    def needs(self, look: Look) -> tuple[Probe, ...]:
        """What has to be asked of the round on show."""
        return ()

    def panel(self, snapshot: Snapshot, look: Look) -> Panel:
        raise NotImplementedError


def later(title: str, snapshot: Snapshot) -> Panel:
    """A chart of figures that there are none of yet, and when there will be."""
    when = "appears while training" if snapshot.spec.velocity.learns else "appears after round 1"
    return Panel(title, "chart", empty=when, waits=True)


def training(found: Iterable[Estimate]) -> str:
    """What figures of the net in training are called, with what they rest on."""
    rests = {basis(estimate) for estimate in found}
    return f"in training, {rests.pop()}" if len(rests) == 1 else "in training"
