"""How large a film is, how long, and of what kind: the knobs that its page of the dialog shows."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from app.export.encoder import Encoder
from app.export.film import Film
from app.export.order import SECONDS
from app.export.page import MOST
from app.export.sizes import LETTERS, SHAPES, SHORTER
from engine.parts import knob
from engine.registry import kinds

LINES = {"720p": 720, "1080p": 1080, "1440p": 1440, "4K": 2160}  # px of the shorter side
LENGTHS = (4.0, 6.0, 10.0, 20.0)  # seconds that are offered

Shape = Literal["16:9", "4:3", "square", "9:16"]
Lines = Literal["720p", "1080p", "1440p", "4K"]
Rate = Literal["20", "24", "25", "30", "50", "60"]


class Footing(msgspec.Struct, frozen=True):
    """Width and height follow shape and lines, until they are typed."""

    shape: Annotated[Shape, knob("shape", tip="Width to height.", editor="buttons")] = "16:9"
    lines: Annotated[Lines, knob("size", tip="Pixels of the shorter side.", editor="buttons")] = "1080p"
    width: Annotated[int, knob("width", 16, MOST, log=True, unit="px")] = 1920
    height: Annotated[int, knob("height", 16, MOST, log=True, unit="px")] = 1080
    seconds: Annotated[float, knob("lasts", *SECONDS, log=True, unit="s", tip="The whole film.")] = 6.0
    rate: Annotated[Rate, knob("frames/s", tip="Frames a second; a GIF has 20, 25 or 50.", editor="buttons")] = "30"

    def turned(self, name: str, value: object) -> Footing:
        """With one knob turned, and those that go with it."""
        made = msgspec.structs.replace(self, **{name: value})
        if name not in ("shape", "lines"):
            return made
        wide, high = SHAPES[made.shape]
        unit = LINES[made.lines] / min(wide, high)
        return msgspec.structs.replace(made, width=round(wide * unit), height=round(high * unit))

    def fields(self) -> dict[str, object]:
        """Of a Page of this size, whose text is read from the last row."""
        text = max(6.0, LETTERS / SHORTER * min(self.width, self.height))
        return {"width": self.width, "height": self.height, "text": text, "dpi": 96.0, "text_scale": 1.0}


def films() -> dict[str, type[Film]]:
    """By title, as a menu has them."""
    return {cls.title: cls for cls in kinds(Film.family).values()}


def encoders() -> dict[str, type[Encoder]]:
    return {cls.title: cls for cls in kinds(Encoder.family).values()}
