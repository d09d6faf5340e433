"""What a view is: everything on the stage, from the snapshot and the look."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from app.scene.layer import Layer
from app.scene.look import Look
from app.scene.marks import Panel
from engine.parts import Part
from engine.probe import Probe
from engine.registry import FAMILIES, Knob, kinds, knobs
from engine.snapshot import Snapshot

FAMILIES["views"] = "app.views"


PLAYING = ("speed", "turn")


@dataclass(frozen=True)
class Switch:
    """Something of a view that is on or off. ``then``: the fields of the Look once it is pressed."""

    text: str
    on: bool
    then: dict[str, Any] = field(default_factory=dict)
    hint: str = ""
    group: str = ""


class View(Part):
    """Any number of Panels, of any space, side by side. What can be chosen about it is declared, and all of it lies in
    the Look: the popover, the second slider and the keys follow from ``layers``, ``knobs``, ``scrub``, ``switches``."""

    family = "views"

    title: ClassVar[str] = ""  # on its tab, and in the menu
    hint: ClassVar[str] = ""  # what is to be seen, in a sentence
    rank: ClassVar[int] = 50  # of its tab

    layers: ClassVar[tuple[str, ...]] = ()  # the stacks of layers that it draws: "interpolation", "flow"
    knobs: ClassVar[tuple[str, ...]] = PLAYING  # fields of the Look
    scrub: ClassVar[str] = ""  # the field that a slider of its own turns, beside that of t
    measured: ClassVar[bool] = False  # it shows figures: a picture without a window waits for them
    points: ClassVar[bool] = False  # a press or a drag on its planes is ``pointed``, and does not pan
    pulls: ClassVar[bool] = False  # in space a drag with Ctrl is ``pulled``, and does not move the camera
    knobs_in: ClassVar[dict[str, dict[str, str]]] = {}  # knob -> value -> words: what the titles of panels offer

    def pointing(self, look: Look) -> bool:
        """Whether presses are ``pointed`` now."""
        return self.points

    def slider(self, look: Look, dim: int) -> str:
        """What the second slider turns now, from 0 to 1: a field of the Look, or a knob of the view's own; empty where
        there is none."""
        return self.scrub

    def knob_of(self, name: str) -> Knob:
        """That of a slider."""
        return next(knob for knob in (*knobs(Look), *knobs(type(self))) if knob.name == name)

    def slid(self, look: Look, name: str) -> float:
        """Where a slider stands."""
        return getattr(look if name in Look.__struct_fields__ else self, name)

    def slide(self, look: Look, name: str, value: float) -> dict[str, Any]:
        """The fields of the Look once a slider stands there."""
        return {name: value} if name in Look.__struct_fields__ else look.knobs_of(self.turned(name, value))

    def switches(self, snapshot: Snapshot, look: Look) -> tuple[Switch, ...]:
        """What can be switched: here the layers that it draws."""
        return tuple(
            Switch(cls.title, kind not in look.hidden, {"hidden": look.hidden ^ {kind}}, cls.about, "Layers")
            for kind, cls in kinds(Layer.family).items()
            if cls.optional and cls.there(snapshot.spec.dim) and set(cls.panels) & set(self.layers)
        )

    def needs(self, look: Look) -> tuple[Probe, ...]:
        """What has to be asked of the rounds on show."""
        return ()

    def others(self, snapshot: Snapshot, look: Look) -> tuple[str, ...]:
        """The names of rounds, besides the one on show, of which all that it needs has to be asked too."""
        return ()

    def pointed(self, snapshot: Snapshot, look: Look, panel: int, at: tuple[float, float]) -> dict[str, Any]:
        """The fields of the Look that a press at this place of a panel's page changes."""
        return {}

    def dragged(self, snapshot: Snapshot, look: Look, panel: int, at: tuple[float, float]) -> dict[str, Any]:
        """The same while the button stays down."""
        return self.pointed(snapshot, look, panel, at)

    def pulled(
        self, snapshot: Snapshot, look: Look, panel: int, at: tuple[float, float], by: tuple[float, float]
    ) -> dict[str, Any]:
        """The same in space, with Ctrl held: ``at`` on the page of the camera, moved ``by`` since the last time."""
        return {}

    def carried(self, snapshot: Snapshot, look: Look) -> dict[str, Any]:
        """The fields of the Look that go with its t."""
        return {}

    def nudged(self, snapshot: Snapshot, look: Look, by: int) -> dict[str, Any]:
        """The fields of the Look that the keys Ctrl+[ and Ctrl+] change, one step down or up."""
        return {}

    def offered(self, *names: str) -> tuple[tuple[str, str], ...]:
        """The choices of a panel: all values of these knobs, in words."""
        return tuple((f"{name}:{value}", words) for name in names for value, words in self.knobs_in[name].items())

    def chosen(self, snapshot: Snapshot, look: Look, value: str) -> dict[str, Any]:
        """The fields of the Look once one of ``offered`` is chosen."""
        name, _, value = value.partition(":")
        return look.knobs_of(self.turned(name, value))

    def panels(self, snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
        """At least one, in data coordinates."""
        raise NotImplementedError
