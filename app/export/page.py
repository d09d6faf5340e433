"""What a picture shows and how: one frozen value, the same for a still, a film's frame and a slide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Literal

import msgspec

from app.scene import compose
from app.scene.look import Look
from app.scene.marks import WORDED, Bounds, Panel
from app.scene.view import View
from app.theme import PICTURES, load
from engine.parts import Wrong, knob
from engine.probe import Probe
from engine.registry import kinds, nearest

MOST = 32_767  # px along a side: Qt's rasteriser knows no larger place
MOST_PIXELS = 2**28  # in all: a GiB
LEAST = 16
DPI = (10.0, 10_000.0)
FONT = (2.0, 2000.0)  # px of its text
INCH = 25.4  # mm
THEMES = (*PICTURES, "transparent")  # the last: light inks without a ground
Axes = Literal["as shown", "all", "none"]
Dress = Literal["dark", "light", "projector", "print"]  # PICTURES


class Page(msgspec.Struct, frozen=True):
    """A picture of ``width`` x ``height`` px whose words are ``text`` px high; ``dpi`` of them are an inch of paper.

    ``views``: kinds, each with the same Look; none: the Look's own. ``across``: how many stand in a row; 0 as large as
    can be. ``seen``: the part of the plane that each panel shows, else its bounds.
    """

    views: tuple[str, ...] = ()
    across: Annotated[
        int, knob("in a row", 0, 12, tip="How many views, or panels of one, stand in a row; 0: as large as can be.")
    ] = 0
    stage: Annotated[bool, knob("the stage", tip="The views themselves.")] = True
    charts: Annotated[bool, knob("charts", tip="Those of the right column.")] = False
    strip: Annotated[bool, knob("rounds", tip="Their cards, in a row below.")] = False
    figures: Annotated[bool, knob("figures", tip="The table of the round on show.")] = False
    width: int = 1920
    height: int = 1080
    text: float = 24.0
    dpi: float = 96.0
    theme: Annotated[Dress, knob("theme", tip="Of the picture; the window keeps its own.")] = "light"
    transparent: Annotated[bool, knob("no ground", tip="Transparent, to lie on a slide; inks as of the theme.")] = False
    heading: Annotated[str, knob("heading", tip="Words of your own above the picture.")] = ""
    title: Annotated[bool, knob("titles", tip="What each panel is called.")] = True
    caption: Annotated[bool, knob("captions", tip="What each panel says of itself.")] = True
    legend: Annotated[bool, knob("legends", tip="What the marks stand for.")] = True
    axes: Annotated[
        Axes, knob("axes", tip="Around every panel, around those that have them on the stage, or none.")
    ] = "as shown"
    t: Annotated[bool, knob("t", tip="The time, below the stage.")] = True
    show: bool = False  # the charts as large as in a show: ``app/canvas/beside.py``
    text_scale: float = 1.0  # of text beside lines and points
    seen: tuple[Bounds | None, ...] = ()

    def check(self) -> Page:
        """The same, with "transparent" as a theme spelled out. Raises Wrong, in one sentence."""
        for name, known in (("theme", THEMES), *(("view", tuple(kinds(View.family))) for _ in self.views[:1])):
            for given in (self.theme,) if name == "theme" else self.views:
                if given not in known:
                    near = nearest(given, list(known))
                    hint = f"did you mean {near!r}?" if near else f"known are {', '.join(known)}"
                    raise Wrong(name, f"{given!r} is not known; {hint}")
        if not (LEAST <= self.width <= MOST and LEAST <= self.height <= MOST):
            told = f"{self.width:,} x {self.height:,} pixels; each side can have {LEAST} to {MOST:,}"
            raise Wrong("size", f"the picture would be {told}")
        if self.width * self.height > MOST_PIXELS:
            raise Wrong("size", f"{self.width:,} x {self.height:,} pixels are more than fit into a GiB of memory")
        if not FONT[0] <= self.text <= FONT[1]:
            raise Wrong("text", f"{self.text:.1f} px high is outside {FONT[0]:.0f} to {FONT[1]:,.0f} px")
        if not DPI[0] <= self.dpi <= DPI[1]:
            raise Wrong("dpi", f"{self.dpi:.0f} is outside {DPI[0]:.0f} to {DPI[1]:,.0f}")
        if not (self.stage or self.charts or self.strip or self.figures):
            raise Wrong("parts", "nothing is chosen; take the stage, the charts, the strip or the figures")
        if self.theme == "transparent":
            return msgspec.structs.replace(self, theme="light", transparent=True)
        return self

    @property
    def zoom(self) -> float:
        """Px of the picture for each px of the window."""
        return self.text / load(self.theme, self.text_scale).text_px

    @property
    def millimetres(self) -> tuple[float, float]:
        return self.width / self.dpi * INCH, self.height / self.dpi * INCH

    @property
    def points(self) -> float:
        """Height of the text in points of paper."""
        return self.text / self.dpi * 72

    def scaled(self, by: float) -> Page:
        """The same picture in ``by`` times as many pixels along each side, as small as a page can be at the least."""
        sides = {"width": max(LEAST, round(self.width * by)), "height": max(LEAST, round(self.height * by))}
        return msgspec.structs.replace(self, **sides, text=max(FONT[0], self.text * by), dpi=max(DPI[0], self.dpi * by))

    def looks(self, look: Look) -> tuple[Look, ...]:
        """The look of each view."""
        if not self.views:
            return (look,)
        return tuple(msgspec.structs.replace(look, view=kind, alone=-1) for kind in self.views)

    def needs(self, look: Look) -> tuple[Probe, ...]:
        """The probes that the picture needs, each once."""
        return tuple(dict.fromkeys(probe for one in self.looks(look) for probe in compose.needs(one)))

    def measured(self, look: Look) -> bool:
        """Whether it shows figures."""
        beside = self.charts or self.strip or self.figures
        return beside or (self.stage and any(compose.view(one).measured for one in self.looks(look)))

    def worded(self, panels: Iterable[Panel]) -> tuple[Panel, ...]:
        """The panels with the words and axes that this page has."""
        shown = {"title": self.title, "caption": self.caption, "legend": self.legend, "axes": self.axes != "none"}
        kept = WORDED & {name for name, wanted in shown.items() if wanted}
        all_axes = {"axes": True} if self.axes == "all" else {}
        return tuple(replace(panel, worded=kept, choices=(), **all_axes) for panel in panels)
