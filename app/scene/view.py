"""What a view is: everything on the stage, from the snapshot and the look."""

from __future__ import annotations

from typing import ClassVar

from app.scene.look import Look
from app.scene.marks import Panel
from engine.parts import Part
from engine.probe import Probe
from engine.registry import FAMILIES
from engine.snapshot import Snapshot

FAMILIES["views"] = "app.views"


class View(Part):
    """Any number of Panels, of any space, side by side."""

    family = "views"

    title: ClassVar[str] = ""  # on its tab, and in the menu
    hint: ClassVar[str] = ""  # what is to be seen, in a sentence
    rank: ClassVar[int] = 50  # of its tab

    def needs(self, look: Look) -> tuple[Probe, ...]:
        """What has to be asked of the rounds on show."""
        return ()

    def panels(self, snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
        """At least one, in data coordinates."""
        raise NotImplementedError
