"""Animated WebP: smaller than GIF, in all colours."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from PIL import Image

from app.export.encoder import Encoder, Footage
from app.export.encoders.gif import picture
from engine.registry import part


@part
class Webp(Encoder, frozen=True, tag="webp"):
    """Without loss; transparent too."""

    title = "Animated WebP"
    hint = "Every pixel as it is; browsers; can be transparent."
    rank = 50
    suffixes = (".webp",)
    shines = True

    def write(self, path: Path, footage: Footage) -> None:
        height, width = footage.height, footage.width
        frames = (
            Image.frombuffer("RGBA", (width, height), frame, "raw", "BGRA", 0, 1) if footage.shines else picture(frame)
            for frame in footage.frames
        )
        ends = [round(1000 * k / footage.rate) for k in range(footage.n + 1)]
        lasts = [end - begin for begin, end in pairwise(ends)]
        first, loop = next(frames), 0 if footage.repeats else 1
        how = {"lossless": True, "quality": 20, "method": 0}
        first.save(path, "WEBP", save_all=True, append_images=frames, duration=lasts, loop=loop, **how)
