"""MP4, H.264: what slides, browsers and mail play."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from app.export import video
from app.export.encoder import Encoder, Footage
from engine.parts import knob
from engine.registry import part

#: Inks of thin lines and small dots are colour on white: chroma is kept better than a photograph needs it. Dots on a
#: picture that stands still are not found sooner by a careful search: half the work, files a quarter larger.
PARAMETERS = (
    "chroma-qp-offset=-12:me=dia:subme=0:ref=1:weightp=0:trellis=0:mixed-refs=0"
    ":bframes=2:b-adapt=0:partitions=none:8x8dct=0:cabac=0"
)


@part
class Mp4(Encoder, frozen=True, tag="mp4"):
    """libx264, yuv420p, BT.709; what a player needs stands first in the file."""

    title = "MP4"
    hint = "H.264: PowerPoint, Keynote, browsers, mail."
    rank = 10
    suffixes = (".mp4", ".m4v")
    even = True
    library = ("av", "av")

    crf: Annotated[int, knob("loss", 0, 51, tip="0 loses nothing, 14 nothing that is seen, 28 is small.")] = 14

    def write(self, path: Path, footage: Footage) -> None:
        how = {"preset": "veryfast", "crf": str(self.crf), "g": str(footage.rate), "movflags": "+faststart"}
        video.write(path, footage, "mp4", "libx264", "yuv420p", **{"x264-params": PARAMETERS}, **how)
