"""Animated PNG: every pixel as it is, transparent too."""

from __future__ import annotations

from pathlib import Path

from app.export import video
from app.export.encoder import Encoder, Footage
from engine.registry import part


@part
class Apng(Encoder, frozen=True, tag="apng"):
    """Without loss, and larger than a video."""

    title = "Animated PNG"
    hint = "Every pixel as it is; browsers and Keynote; can be transparent."
    rank = 40
    suffixes = (".apng",)
    shines = True
    library = ("av", "av")

    def write(self, path: Path, footage: Footage) -> None:
        plays = "0" if footage.repeats else "1"
        video.write(path, footage, "apng", "apng", "rgba" if footage.shines else "rgb24", plays=plays)
