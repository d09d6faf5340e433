"""What pictures and films have in common on the command line. Loads neither Qt nor torch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from tyro.conf import UseAppendAction, arg

from app.scene.numbers import short
from engine.parts import Wrong
from engine.wording import clean

if TYPE_CHECKING:
    from app.export.page import Page
    from app.scene.look import Look
    from engine.spec import Experiment

NAMED = {
    "slide": (1920, 1080),
    "4:3": (1440, 1080),
    "square": (1080, 1080),
    "9:16": (1080, 1920),
    "720p": (1280, 720),
    "1080p": (1920, 1080),
    "4k": (3840, 2160),
}
TEXT = 26 / 1080  # of the shorter side: readable from the last row
MM = 25.4
Switch = Literal["auto", "on", "off"]


@dataclass(frozen=True)
class Options:
    """Which views, of what size, dressed how."""

    view: Annotated[
        tuple[str, ...], UseAppendAction, arg(help="A view; given several times, several; else the one on show.")
    ] = ()
    round: Annotated[str, arg(help="0 is the coupling, 2 the second round, refreshed.1 of a branch; the newest.")] = ""
    size: Annotated[str, arg(help="1920x1080 in px, 85x55mm for a paper, or slide, 4:3, square, 9:16, 720p, 4k.")] = (
        "slide"
    )
    scale: Annotated[float, arg(help="So many times as many pixels.")] = 1.0
    theme: Annotated[str, arg(help="dark, light, projector, print or transparent.")] = ""
    transparent: Annotated[bool, arg(help="No ground, in any theme.")] = False
    font: Annotated[float, arg(help="Size of the text: px, points where the size is in mm; 0: one that fits.")] = 0.0
    dpi: Annotated[float, arg(help="Pixels to an inch, where the size is in mm.")] = 300.0
    across: Annotated[int, arg(help="Views, or the panels of one, in a row; 0: as large as can be.")] = 0
    heading: Annotated[str, arg(help="Words of your own above the picture.")] = ""
    stage: Annotated[bool, arg(help="The views themselves.")] = True
    charts: Annotated[bool, arg(help="The charts beside them.")] = False
    strip: Annotated[bool, arg(help="The rounds below them.")] = False
    figures: Annotated[bool, arg(help="The table of figures.")] = False
    title: bool = True
    caption: Annotated[Switch, arg(help="What the picture says of itself; auto: not for papers.")] = "auto"
    legend: bool = True
    axes: Literal["as shown", "all", "none"] = "as shown"
    timeline: Annotated[Switch, arg(help="t below the picture; auto: not for papers.")] = "auto"
    look: Annotated[
        tuple[str, ...],
        UseAppendAction,
        arg(help='Anything else of the window, each time: lines=300, colour=class, charts=["loss"].'),
    ] = ()

    def page(self) -> Page:
        """The checked page. Raises Wrong."""

        from app.export.page import Page

        width, height, paper = measured(self.size)
        dpi = self.dpi if paper else 96.0
        if not 0.01 <= self.scale <= 100:
            raise Wrong("scale", f"{short(self.scale)} is outside 0.01 to 100")
        if not 10 <= dpi <= 10_000:
            raise Wrong("dpi", f"{short(dpi)} is outside 10 to 10,000")
        if paper:
            width, height = (round(side / MM * dpi) for side in (width, height))
            text = (self.font or 8.0) / 72 * dpi
        else:
            text = self.font or max(9.0, TEXT * min(width, height))
        shared = set(Page.__struct_fields__) & set(self.__dataclass_fields__)
        fields = {name: getattr(self, name) for name in shared}
        fields |= {"width": int(width), "height": int(height), "text": text, "dpi": dpi, "views": self.view}
        fields["theme"] = self.theme or ("print" if paper else "light")
        for name, asked in (("t", self.timeline), ("caption", self.caption)):
            fields[name] = asked == "on" or (asked == "auto" and not paper)
        page = Page(**fields)
        return (page if self.scale == 1.0 else page.scaled(self.scale)).check()

    def looked(self, look: Look, experiment: Experiment, t: float | None = None) -> Look:
        """The Look with what is asked of it. Raises Wrong."""
        import msgspec

        from app import look_text

        look = look_text.turned(look, self.look)
        if t is not None:
            if not 0 <= t <= 1:
                raise Wrong("t", f"{short(t)} is not between 0 and 1")
            look = msgspec.structs.replace(look, t=t)
        if len(self.view) == 1:
            look = look_text.turned(look, (f"view={self.view[0]}",))
        if self.round:
            names = ("0", *(node.name for node in experiment.nodes()))
            if self.round not in names:
                raise Wrong("round", f"{clean(self.round, 60)!r} is not there; known are {', '.join(names)}")
            branch, _, k = self.round.rpartition(".")
            look = msgspec.structs.replace(look, branch=branch, round=int(k))
        return look


def measured(size: str) -> tuple[float, float, bool]:
    """Width, height, and whether they are millimetres. Raises Wrong."""
    if size in NAMED:
        return (*NAMED[size], False)
    match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)\s*[x×*]\s*(\d{1,6}(?:\.\d{1,3})?)\s*(mm|px)?", size.strip().lower())
    if match is None:
        known = ", ".join(NAMED)
        raise Wrong("size", f"{clean(size, 60)!r} is no size; give 1920x1080, 85x55mm, or one of {known}")
    width, height, paper = float(match[1]), float(match[2]), match[3] == "mm"
    if not paper and not (width.is_integer() and height.is_integer()):
        raise Wrong("size", f"{clean(size, 60)!r} is not in whole pixels")
    if paper and not (5 <= width <= 2000 and 5 <= height <= 2000):
        raise Wrong("size", f"{clean(size, 60)!r} is outside 5 to 2,000 mm")
    return width, height, paper
