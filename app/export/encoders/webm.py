"""WebM, VP9: for pages, and for films that lie over something else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from app.export import video
from app.export.encoder import Encoder, Footage
from engine.parts import knob
from engine.registry import part


@part
class Webm(Encoder, frozen=True, tag="webm"):
    """libvpx-vp9; yuva420p where it lets through what is behind it."""

    title = "WebM"
    hint = "VP9: browsers; can be transparent."
    rank = 10
    suffixes = (".webm",)
    even = shines = True
    library = ("av", "av")

    crf: Annotated[int, knob("loss", 0, 63, tip="0 loses least, 10 nothing that is seen, 40 is small.")] = 10

    def write(self, path: Path, footage: Footage) -> None:
        # "good" takes six times as long, and gives files that are a fifteenth smaller.
        options = {"crf": str(self.crf), "b": "0", "deadline": "realtime", "cpu-used": "6", "row-mt": "1"}
        if footage.shines:
            options["auto-alt-ref"] = "0"  # libvpx has no such frames beside an alpha plane
        video.write(path, footage, "webm", "libvpx-vp9", "yuva420p" if footage.shines else "yuv420p", **options)
