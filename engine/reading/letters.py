"""Letters as densities, in the font that comes with Pillow, or in one of the machine's."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from engine.parts import Wrong
from engine.reading import fonts
from engine.reading.fonts import CAP
from engine.reading.image_density import ImageDensity, inked

MAX_LETTERS = 40


def letters(text: str, font: str = "") -> ImageDensity:
    """The ink of one line of text, a capital letter 1 high; of a font of pictures as dense as it is dark. ``font``: a
    file, else the one that comes along. Raises Wrong, at ``text`` or ``font``."""
    return _set(text, font)[0]


def edges(text: str, font: str = "") -> np.ndarray:
    """First coordinates, in the units of ``letters``, where one of the text's letters gives way to the next.

    Spaces belong to the letter on their right. Raises Wrong, at ``text`` or ``font``.
    """
    return _set(text, font)[1]


def _set(text: str, font: str) -> tuple[ImageDensity, np.ndarray]:
    if len(text) > MAX_LETTERS:
        raise Wrong("text", f"has {len(text):,} letters; give at most {MAX_LETTERS}")
    if not text.strip():
        raise Wrong("text", "leaves no ink; write at least one letter")
    if not font:
        return _plain(text)
    weights, starts, cap = fonts.lettering(font, text)
    return _of_pixels(weights, cap, starts)


@lru_cache(maxsize=8)
def _plain(text: str) -> tuple[ImageDensity, np.ndarray]:
    from PIL import ImageFont

    font = ImageFont.load_default(size=CAP)
    unknown = bytes(font.getmask("\U0010ffff"))
    for letter in text:
        if not letter.isprintable() or bytes(font.getmask(letter)) == unknown:
            raise Wrong("text", f"has {letter!r}, which the font lacks; use ASCII letters, or choose another font")
    mask = font.getmask(text, mode="L")
    coverage = np.frombuffer(bytes(mask), np.uint8).reshape(mask.size[::-1])
    top, bottom = font.getbbox("H")[1::2]
    left = font.getbbox(text)[0]
    starts = [font.getlength(text[:k]) - left for k, letter in enumerate(text) if letter != " " and text[:k].strip()]
    return _of_pixels((coverage >= 128).astype(float), bottom - top, np.array(starts))


def _of_pixels(weights: np.ndarray, cap: float, starts: np.ndarray) -> tuple[ImageDensity, np.ndarray]:
    """Without what is empty around the ink."""
    ink = inked(_cropped(weights), cap)
    if ink is None:
        raise Wrong("text", "leaves no ink; write at least one letter")
    # The ink is centred: its first column lies where the first letter's ink begins.
    return ink, starts * ink.pixel + ink.corners[:, 0].min()


def _cropped(weights: np.ndarray) -> np.ndarray:
    rows, columns = np.flatnonzero(weights.any(axis=1)), np.flatnonzero(weights.any(axis=0))
    return weights[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else weights
