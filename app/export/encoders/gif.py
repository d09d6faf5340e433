"""GIF: plays everywhere, in 256 colours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from app.export.encoder import Encoder, Footage
from engine.registry import part

COLOURS, NEAR = 256, 8  # levels between two colours of a palette


@part
class Gif(Encoder, frozen=True, tag="gif"):
    """One palette for all frames, no dither: what rests does not flicker. Equal frames become one that lasts longer."""

    title = "GIF"
    hint = "Plays everywhere; 256 colours; 20, 25 or 50 frames a second."
    rank = 30
    suffixes = (".gif",)
    rates = (20, 25, 50)  # a frame lasts a whole number of hundredths of a second, and players take 10 ms for 100
    exact = True
    samples = 8
    most = 1_500_000_000

    def write(self, path: Path, footage: Footage) -> None:
        palette = shared(footage.samples, footage.inks)
        frames = (picture(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in footage.frames)
        told = {"loop": 0} if footage.repeats else {}
        first = next(frames)
        lasts = 1000 // footage.rate
        first.save(path, "GIF", save_all=True, append_images=frames, duration=lasts, disposal=1, optimize=False, **told)


def picture(frame: np.ndarray) -> Image.Image:
    """Of (h, w, 4) blue, green, red and nothing."""
    height, width, _ = frame.shape
    return Image.frombuffer("RGB", (width, height), frame, "raw", "BGRX", 0, 1)


def shared(samples: Sequence[np.ndarray], inks: tuple[str, ...]) -> Image.Image:
    """A palette for all frames: the inks as they are, and what comes nearest to the rest of the samples."""
    exact = np.array(list(dict.fromkeys(tuple(bytes.fromhex(ink[1:7])) for ink in inks))[: COLOURS // 2], int)
    whole = picture(np.ascontiguousarray(np.concatenate([sample[::2, ::2] for sample in samples])))
    rest = COLOURS - len(exact)
    mixed = whole.quantize(rest, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).getpalette()[: 3 * rest]
    mixed = np.array(mixed, int).reshape(-1, 3)
    if len(exact):  # one beside an ink would be taken in its place
        mixed = mixed[np.abs(mixed[:, None] - exact).max(-1).min(-1) > NEAR]
    made = Image.new("P", (1, 1))
    made.putpalette(np.concatenate([exact.reshape(-1, 3), mixed]).astype(np.uint8).tobytes())
    return made
