"""Pictures as densities: letters and image files become weighted pixels to scatter points in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from engine.gate import opened
from engine.parts import Wrong
from engine.reading import apart
from engine.reading.limits import checked, fault

SUFFIXES = (".png", ".jpg", ".jpeg")
PNG, JPEG = MAGIC = (b"\x89PNG", b"\xff\xd8\xff")  # first bytes
MAX_LETTERS = 40
MAX_PIXELS = 16_000_000
MAX_ASPECT = 100
QUICK_SCANS = 16  # of a JPEG; progressive ones have about ten
MAX_SCANS = 100  # of a small file, whose time they are
SIDE = 1024  # pixels along an image's longer side that are kept: finer than any cloud shows
DAMAGED = "is damaged; give another PNG or JPEG"
CAP = 128  # pixels of font size for letters


@dataclass(frozen=True, eq=False)
class ImageDensity:
    """Pixels with ink: lower left corners (m, 2) and cumulative weights (m,); a pixel is a square of side ``pixel``."""

    corners: np.ndarray
    cumulated: np.ndarray
    pixel: float

    def scatter(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """``n`` points (n, 2): a pixel in proportion to its weight, a uniform point inside."""
        which = np.searchsorted(self.cumulated, self.cumulated[-1] * rng.random(n), side="right")
        return self.corners[np.minimum(which, len(self.corners) - 1)] + self.pixel * rng.random((n, 2))


def _ink(weights: np.ndarray, unit: float) -> ImageDensity | None:
    """The pixels (rows from the top, columns) with weight, centred at 0, ``unit`` pixels to a length of 1."""
    rows, columns = np.nonzero(weights)
    if len(rows) == 0:
        return None
    height, width = weights.shape
    corners = np.column_stack([columns - width / 2, height / 2 - rows - 1]) / unit
    return ImageDensity(corners, np.cumsum(weights[rows, columns], dtype=float), 1 / unit)


@lru_cache(maxsize=8)
def letters(text: str) -> ImageDensity:
    """The ink of one line of text, a capital letter 1 high. Raises Wrong, at ``text``."""
    from PIL import ImageFont  # its built-in font is there on every machine

    if len(text) > MAX_LETTERS:
        raise Wrong("text", f"has {len(text):,} letters; give at most {MAX_LETTERS}")
    font = ImageFont.load_default(size=CAP)
    unknown = bytes(font.getmask("\U0010ffff"))
    for letter in text:
        if not letter.isprintable() or bytes(font.getmask(letter)) == unknown:
            raise Wrong("text", f"has {letter!r}, which the font lacks; use ASCII letters, digits and marks")
    mask = font.getmask(text, mode="L")
    coverage = np.frombuffer(bytes(mask), np.uint8).reshape(mask.size[::-1])
    top, bottom = font.getbbox("H")[1::2]
    ink = _ink(_cropped(coverage >= 128), bottom - top)
    if ink is None:
        raise Wrong("text", "leaves no ink; write at least one letter")
    return ink


@lru_cache(maxsize=8)
def edges(text: str) -> np.ndarray:
    """First coordinates (k - 1,), in the units of ``letters``, where one of the text's k letters gives way to the next.

    Spaces belong to the letter on their right. Raises Wrong, at ``text``.
    """
    from PIL import ImageFont

    ink = letters(text)
    font = ImageFont.load_default(size=CAP)
    starts = [font.getlength(text[:k]) for k, letter in enumerate(text) if letter != " " and text[:k].strip()]
    # The ink is centred: its first column lies where the first letter's ink begins.
    return (np.array(starts) - font.getbbox(text)[0]) * ink.pixel + ink.corners[:, 0].min()


def _cropped(mask: np.ndarray) -> np.ndarray:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else mask


def is_picture(path: str) -> bool:
    """By its name, or where that tells nothing by its first bytes."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix in SUFFIXES:
        return True
    try:
        with opened(path) as file:
            return not suffix and file.read(8).startswith(MAGIC)
    except (OSError, ValueError):
        return False


def density_of(path: str, invert: bool = False) -> ImageDensity:
    """The darkness (with ``invert`` the brightness) of a PNG or JPEG, 1 high; transparent pixels are empty.

    Raises Wrong, at ``path``.
    """
    found = _remembered(path, checked(path), invert)
    if isinstance(found, Wrong):
        raise Wrong(found.where, found.message)
    return found


@lru_cache(maxsize=4)
def _remembered(path: str, state: tuple[int, int], invert: bool) -> ImageDensity | Wrong:
    """The ink or the complaint: a bad file is read once, too."""
    try:
        scans = _scans(path) if state[1] <= apart.QUICK else 0
        if scans > MAX_SCANS:
            raise fault(path, f"goes over its pixels {scans} times; {MAX_SCANS} at most, so save it as a plain picture")
        here = state[1] <= apart.QUICK and scans <= QUICK_SCANS
        pixels = darkness(path, invert) if here else apart.read(darkness, path, invert)
        ink = _ink(pixels, len(pixels))
    except apart.Late:
        raise
    except Wrong as wrong:
        return wrong
    if ink is None:
        empty = "black or transparent; switch invert off" if invert else "white or transparent; switch invert on"
        return fault(path, f"is empty: every pixel is {empty} or choose another image")
    return ink


def _scans(path: str) -> int:
    """How often a decoder goes over all pixels of a small JPEG, at most; 0 for what is none."""
    try:
        with opened(path) as file:
            content = file.read(apart.QUICK)
    except OSError as error:
        raise fault(path, f"cannot be read: {error.strerror}") from None
    return content.count(b"\xff\xda") if content.startswith(JPEG) else 0


def darkness(path: str, invert: bool) -> np.ndarray:
    """Darkness (height, width) of the pixels, 0 to 255, ``SIDE`` of them at most on the longer side.

    Raises Wrong, and nothing else.
    """
    try:
        return _darkness(path, invert)
    except Wrong:
        raise
    except OSError as error:
        raise fault(path, f"cannot be read: {error.strerror}" if error.strerror else DAMAGED) from None
    except MemoryError:
        raise fault(path, "needs more memory to read than there is; give a smaller picture") from None
    except Exception:  # the decoders raise nearly anything at damaged bytes, in words about their own insides
        raise fault(path, DAMAGED) from None


def _darkness(path: str, invert: bool) -> np.ndarray:
    from PIL import Image, ImageOps
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile

    with opened(path) as file:
        magic = file.read(8)
        file.seek(0)
        # The two readers themselves and not Image.open, which warns of large images before their size is known.
        if magic.startswith(PNG):
            image = PngImageFile(file)
        elif magic.startswith(JPEG):
            image = JpegImageFile(file)
        else:
            raise fault(path, "is not an image that can be read; give a PNG or a JPEG")
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise fault(path, f"has {width:,} x {height:,} pixels; {MAX_PIXELS // 10**6} megapixels at most")
        if max(width, height) > MAX_ASPECT * min(width, height):
            most = f"one side may be {MAX_ASPECT} times the other at most"
            raise fault(path, f"has {width:,} x {height:,} pixels; {most}")
        image.load()
        if image.mode.startswith("I"):  # 16 bits of grey, which convert() would clip
            image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
        image = ImageOps.exif_transpose(image).convert("RGBA")
    sheet = Image.new("RGBA", image.size, "black" if invert else "white")
    grey = Image.alpha_composite(sheet, image).convert("L")
    grey = grey.reduce(max(1, -(-max(grey.size) // SIDE)))
    return np.asarray(grey) if invert else 255 - np.asarray(grey)
