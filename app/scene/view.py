"""What a view is: everything on the stage, from the snapshot and the look."""

from __future__ import annotations

from typing import Any, ClassVar

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

    points: ClassVar[bool] = False  # a press or a drag on its planes is ``pointed``, and does not pan

    def needs(self, look: Look) -> tuple[Probe, ...]:
        """What has to be asked of the rounds on show."""
        return ()

    def pointed(self, snapshot: Snapshot, look: Look, panel: int, at: tuple[float, float]) -> dict[str, Any]:
        """The fields of the Look that a press at this place of a panel's page changes."""
        return {}

    def panels(self, snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
        """At least one, in data coordinates."""
        raise NotImplementedError
