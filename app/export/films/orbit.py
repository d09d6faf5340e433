"""The camera goes around what lies in space."""

from __future__ import annotations

from typing import Annotated

from app.export.film import Film, Shot, Take, seen
from app.scene import compose
from app.scene.look import Look
from app.scene.memo import once
from app.scene.projection import seen as in_space
from engine.parts import knob
from engine.registry import part
from engine.snapshot import Snapshot


@part
class Orbit(Film, frozen=True, tag="orbit"):
    """Around the view on show where it lies in space, else around space-time."""

    title = "Orbit"
    hint = "The camera goes around: in space, or around t, x and y."
    rank = 60

    degrees: Annotated[float, knob("turns by", -3600.0, 3600.0, unit="°", tip="360: once around, and it loops.")] = (
        360.0
    )
    rises: Annotated[float, knob("rises by", -90.0, 90.0, unit="°", tip="Up and down again on its way.")] = 0.0
    sweeps: Annotated[bool, knob("t runs", tip="t goes from 0 to 1 on the way.")] = False

    @property
    def seconds(self) -> float:
        return 8.0

    @property
    def repeats(self) -> bool:
        return self._around

    @property
    def _around(self) -> bool:
        return not self.degrees % 360.0

    def unfit(self, snapshot: Snapshot, look: Look) -> str:
        return (
            "" if snapshot.spec.dim > 1 else "On a line there is nothing that a camera goes around: t and x are a page."
        )

    def shot(self, snapshot: Snapshot, look: Look, take: Take) -> Shot:
        # A way that ends where it began does not show that place twice.
        share = take.k / (take.n if self._around and not self.sweeps else max(1, take.n - 1))
        up = self.rises * (1 - abs(2 * share - 1))
        fields = {"camera": look.camera.turned(self.degrees * share, up), "view": spatial(snapshot, look.still)}
        if self.sweeps:
            fields["t"] = share
        return Shot((seen(look, snapshot, **fields),))


@once
def spatial(snapshot: Snapshot, look: Look) -> str:
    """The kind of the view on show, where it has panels in space, else of the one that always has."""
    return look.view if any(map(in_space, compose.stage(snapshot, look))) else "space-time"
