"""What a picture is for decides its size: a slide, a paper's column, or the screen as it is."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from app.export.page import INCH, MOST, Page
from engine.parts import knob

SHORTER, LETTERS = 1080, 26.0  # px of a slide's shorter side, and of its text: read from the last row
SHAPES = {"16:9": (16, 9), "4:3": (4, 3), "square": (1, 1), "9:16": (9, 16)}


class Slide(msgspec.Struct, frozen=True):
    """Any size in pixels; ``shaped`` gives those of a projector."""

    shape: Annotated[Literal["16:9", "4:3", "square", "9:16"], knob("shape", editor="buttons")] = "16:9"
    width: Annotated[int, knob("width", 16, MOST, log=True, unit="px")] = 1920
    height: Annotated[int, knob("height", 16, MOST, log=True, unit="px")] = 1080
    text: Annotated[float, knob("text", 4, 400, log=True, unit="px", tip="Lines and points go with it.")] = LETTERS
    scale: Annotated[float, knob("scale", 0.25, 8, log=True, unit="×", tip="So many times as many pixels.")] = 1.0

    def turned(self, name: str, value: object) -> Slide:
        """With one knob turned: another shape has its own size."""
        made = msgspec.structs.replace(self, **{name: value})
        if name != "shape":
            return made
        wide, high = SHAPES[made.shape]
        unit = min(self.width, self.height) / min(wide, high)
        return msgspec.structs.replace(made, width=round(wide * unit), height=round(high * unit))

    def fields(self) -> dict[str, object]:
        """Of a Page of this size."""
        sides = {"width": round(self.width * self.scale), "height": round(self.height * self.scale)}
        return sides | {"text": self.text * self.scale, "dpi": 96.0 * self.scale, "text_scale": 1.0}


class Paper(msgspec.Struct, frozen=True):
    """A column of a paper: its figure has this width and these letters without being scaled again."""

    width: Annotated[float, knob("width", 10, 1000, log=True, unit="mm", tip="A column has about 85 mm.")] = 85.0
    height: Annotated[float, knob("height", 10, 1000, log=True, unit="mm")] = 55.0
    font: Annotated[float, knob("text", 3, 40, log=True, unit="pt", tip="As printed.")] = 8.0
    dpi: Annotated[float, knob("resolution", 72, 1200, log=True, unit="dpi", tip="Of a PNG; vectors have none.")] = (
        300.0
    )

    def fields(self) -> dict[str, object]:
        """Of a Page of this size."""
        sides = {name: round(side / INCH * self.dpi) for name, side in (("width", self.width), ("height", self.height))}
        return sides | {"text": self.font / 72 * self.dpi, "dpi": self.dpi, "text_scale": 1.0}


class Screen(msgspec.Struct, frozen=True):
    """As large as on the screen, ``scale`` times as fine; the window says how large that is."""

    scale: Annotated[float, knob("scale", 0.5, 8, log=True, unit="×", tip="Pixels for each of the window's.")] = 2.0


Size = Slide | Paper | Screen


def slide(**fields: object) -> Page:
    """For a slide, 16:9."""
    return Page(**Slide().fields() | {"theme": "light"} | fields)


def paper(width: float = 85.0, height: float = 55.0, font: float = 8.0, dpi: float = 300.0, **fields: object) -> Page:
    """For a column of a paper, which has a caption of its own: mm, and points of its text."""
    size = Paper(width, height, font, dpi).fields()
    return Page(**size | {"theme": "print", "caption": False, "t": False} | fields)
