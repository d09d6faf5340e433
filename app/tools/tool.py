"""What a drawing tool is: a frozen value with knobs whose methods take a canvas and return the next one.

A file in this folder is the whole tool: from its declaration follow the entries in the menu, their keys, the sheet of
keys and the bar above the stage. It knows no Qt. Places are on the page, in data units: (t, x) in 1-D, else the first
two coordinates; ``unit`` is data units per px, along both axes of the page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from app.scene.look import Look
from app.scene.marks import Panel
from app.scene.ring import Ring
from engine.parts import Part
from engine.registry import FAMILIES, kinds
from engine.snapshot import Snapshot
from engine.spec import Experiment

FAMILIES["tools"] = "app.tools"

Place = tuple[float, float]


@dataclass(frozen=True)
class Entry:
    """A line of the Edit menu. Cards and editors ask for it by ``name``; ``knobs`` are what the tool begins with."""

    name: str
    text: str
    keys: tuple[str, ...]
    tip: str
    knobs: tuple[tuple[str, object], ...] = ()
    icon: str = ""  # in the palette of its tool: polylines "x,y x,y ..." in a square of 16, parted by semicolons


@dataclass(frozen=True)
class Verb:
    """A button of the bar. ``does(tool, canvas)`` is the next canvas; the same one where there is nothing to do."""

    text: str
    tip: str
    does: Callable[[Tool, Canvas], Canvas]
    keys: tuple[str, ...] = ()
    button: bool = True  # else only a key
    aside: bool = False  # behind the bar's button, and nothing that one undoes
    dims: tuple[int, ...] = (1, 2, 3)


@dataclass(frozen=True)
class Nudge:
    """Two keys that turn a number down and up by a factor."""

    knob: str
    down: str
    up: str
    factor: float = 1.25


@dataclass(frozen=True, eq=False)
class Canvas:
    """What is on the canvas, a stroke in progress included."""

    dim: int
    rows: np.ndarray  # (n, ...) what was drawn, a row each, never changed in place
    at: Place | None = None  # where the stroke in progress goes on from; None: there is none
    did: str = ""  # what the last stroke or verb did, as words of its undo step
    refused: str = ""  # what it could not do, in one sentence
    pressure: float = 1.0  # of the pen, 1 in the middle of its range

    @property
    def count(self) -> int:
        """How much was drawn."""
        return len(self.rows)

    def same(self, other: Canvas) -> bool:
        """Whether the same is drawn on both."""
        return np.array_equal(self.rows, other.rows)


class Tool(Part):
    """A drawing tool. Every method is a pure function: randomness follows from what the canvas holds."""

    family = "tools"

    entries: ClassVar[tuple[Entry, ...]] = ()
    verbs: ClassVar[tuple[Verb, ...]] = ()
    nudges: ClassVar[tuple[Nudge, ...]] = ()
    palette: ClassVar[str] = ""  # tools of one palette draw on one canvas, share their knobs, and stand side by side
    aside: ClassVar[tuple[str, ...]] = ()  # knobs that stand behind a button of the bar
    idle: ClassVar[tuple[str, ...]] = ()  # knobs that mean nothing to it
    solid: ClassVar[tuple[str, ...]] = ()  # those that mean something in space alone
    dims: ClassVar[tuple[int, ...]] = (1, 2, 3)  # where the palette offers it
    title: ClassVar[str] = ""  # at the head of the bar
    hint: ClassVar[str] = ""  # what the hand has to do
    pulse: ClassVar[float] = 0.0  # s between two ticks while the button is held; 0: none
    live: ClassVar[bool] = False  # the experiment follows at every move; a stroke is one undo step all the same
    spatial: ClassVar[bool] = False  # in space it is used on the camera's page; places are on that, then

    @property
    def section(self) -> str:
        """The section of the Experiment that it draws."""
        raise NotImplementedError

    @property
    def subject(self) -> tuple[str, ...]:
        """Which canvas is its own: its kind, and the sections that it is void without."""
        return self.kind, self.section

    def suited(self, experiment: Experiment) -> Tool:
        """Itself with knobs that suit what is on show, for those that nobody has turned."""
        return self

    def begin(self, experiment: Experiment) -> Canvas:
        """What is there to draw on."""
        raise NotImplementedError

    def aimed(self, canvas: Canvas, panel: Panel) -> Canvas:
        """The canvas as it is seen on this panel, before a stroke begins there."""
        return canvas

    def seen(self, canvas: Canvas, look: Look) -> Canvas:
        """The canvas before a verb: it may need to know where one looks from."""
        return canvas

    def press(self, canvas: Canvas, at: Place, unit: Place) -> Canvas:
        """A stroke begins; the same canvas, or one without a stroke, where nothing is to be had."""
        raise NotImplementedError

    def move(self, canvas: Canvas, at: Place, unit: Place) -> Canvas:
        """It goes on; the same canvas where no stroke is in progress."""
        raise NotImplementedError

    def tick(self, canvas: Canvas) -> Canvas:
        """Time has passed since the last ``pulse``; the same canvas where no stroke is in progress."""
        return canvas

    def release(self, canvas: Canvas) -> Canvas:
        """It ends: ``at`` is None again."""
        raise NotImplementedError

    def value(self, canvas: Canvas, name: str) -> object:
        """What the editor of a knob shows: what is chosen on the canvas may know better."""
        return getattr(self, name)

    def taken(self, canvas: Canvas, name: str) -> Canvas:
        """The canvas once a hand has turned this knob: what is chosen there may follow it."""
        return canvas

    def hover(self, canvas: Canvas, at: Place, unit: Place) -> Ring | None:
        """The cursor at this place, besides the cross."""
        return None

    def edit(self, canvas: Canvas, experiment: Experiment) -> Experiment | None:
        """The experiment with what is on the canvas; None where that is nothing yet. Raises Wrong."""
        raise NotImplementedError

    def said(self, canvas: Canvas) -> str:
        """How much there is on the canvas, for the bar."""
        return ""

    def panel(self, snapshot: Snapshot, look: Look, canvas: Canvas) -> Panel:
        """The left panel of the stage while it draws."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Drawing:
    """A tool and its canvas."""

    tool: Tool
    canvas: Canvas


def tools() -> tuple[type[Tool], ...]:
    """Every tool, in the order of the menu."""
    return tuple(kinds("tools").values())


def entries() -> dict[str, tuple[type[Tool], Entry]]:
    """Every way to begin drawing, by its name."""
    return {entry.name: (cls, entry) for cls in tools() for entry in cls.entries}


def palette(name: str, dim: int) -> tuple[tuple[type[Tool], Entry], ...]:
    """What stands side by side while one of these tools is in hand: the entries with an icon."""
    mine = (way for way in entries().values() if name and way[0].palette == name and dim in way[0].dims)
    return tuple((cls, entry) for cls, entry in mine if entry.icon)
