"""MP4, H.264: what slides, browsers and mail play."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from app.export import video
from app.export.encoder import Encoder, Footage
from engine.parts import knob
from engine.registry import part


@part
class Mp4(Encoder, frozen=True, tag="mp4"):
    """libx264, yuv420p, BT.709; what a player needs stands first in the file."""

    title = "MP4"
    hint = "H.264: PowerPoint, Keynote, browsers, mail."
    rank = 10
    suffixes = (".mp4", ".m4v", ".mov")
    even = True
    library = ("av", "av")

    crf: Annotated[int, knob("loss", 0, 51, tip="0 loses nothing, 14 nothing that is seen, 28 is small.")] = 14

    def write(self, path: Path, footage: Footage) -> None:
        # A slow preset makes flat pictures no smaller; a key frame each second lets a talk jump about.
        # Inks of thin lines and small dots are colour on white: chroma is kept better than a photograph needs it.
        how = {
            "x264-params": "chroma-qp-offset=-12",
            "preset": "veryfast",
            "crf": str(self.crf),
            "g": str(footage.rate),
            "movflags": "+faststart",
        }
        video.write(path, footage, "mp4", "libx264", "yuv420p", **how)
