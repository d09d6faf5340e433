"""What a layer is: some marks of a stage panel, from the snapshot and the look."""

from __future__ import annotations

from typing import ClassVar

from app.scene.look import Look
from app.scene.marks import Mark
from engine.parts import Part
from engine.probe import Probe
from engine.registry import FAMILIES
from engine.snapshot import Snapshot

FAMILIES["layers"] = "app.scene.layers"


class Layer(Part):
    """Marks in data coordinates. Layers of one panel are drawn in the order of their ``rank``, the lowest first."""

    family = "layers"

    title: ClassVar[str] = ""
    panels: ClassVar[tuple[str, ...]] = ()  # of "interpolation" and "flow": where it is drawn
    optional: ClassVar[bool] = True  # it can be switched off
    moving: ClassVar[bool] = False  # it follows t
    of_page: ClassVar[bool] = False  # it has no place where there is depth
    rank: ClassVar[int] = 50

    @classmethod
    def there(cls, dim: int) -> bool:
        """Whether it has anything to show in so many dimensions."""
        return dim < 3 or not cls.of_page

    def needs(self, look: Look) -> tuple[Probe, ...]:
        """What has to be asked of the round on show."""
        return ()

    def marks(self, snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
        """The marks; none where there is nothing to draw."""
        raise NotImplementedError
