"""Pictures as densities: image files become weighted pixels to scatter points in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np

from engine.gate import opened
from engine.parts import Wrong
from engine.reading import apart, pictures
from engine.reading.filling import filled
from engine.reading.limits import checked, fault

QUICK_SCANS = 16  # of a JPEG; progressive ones have about ten
MAX_SCANS = 100  # of a small file, whose time they are
SIDE = 2048  # pixels along an image's longer side that are kept: finer than any cloud shows


@dataclass(frozen=True)
class Ink:
    """What is dense in a picture: dark where it is opaque, unless said otherwise."""

    by: Literal["luminance", "opacity", "red", "green", "blue"] = "luminance"
    invert: bool = False  # bright is dense; of opacity, what is transparent
    gamma: float = 1.0  # density = ink^gamma
    threshold: float = 0.0  # above 0: 1 from there on, 0 below
    shapes: Literal["as found", "as drawn", "filled", "outlined"] = "as found"  # as found: lines alone are filled
    colours: int = 0  # classes by colour, at most so many


@dataclass(frozen=True, eq=False)
class ImageDensity:
    """Pixels with ink: their number (m,), row after row from the top, and cumulative weights (m,); a pixel is a square
    of side ``pixel``, and the picture (rows, columns) is centred at 0. ``labels`` (m,) are classes by colour."""

    which: np.ndarray
    cumulated: np.ndarray
    shape: tuple[int, int]
    pixel: float
    labels: np.ndarray | None = None
    colours: tuple[str, ...] = ()  # of the labels, as #rrggbb

    def _corners(self, which: np.ndarray) -> np.ndarray:
        (height, width), rows, columns = self.shape, which // self.shape[1], which % self.shape[1]
        return np.column_stack([columns - width / 2, height / 2 - rows - 1]) * self.pixel

    @property
    def corners(self) -> np.ndarray:
        """Lower left corners (m, 2)."""
        return self._corners(self.which)

    def scatter(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """``n`` points (n, 2): a pixel in proportion to its weight, a uniform point inside."""
        return self.scattered(n, rng)[0]

    def scattered(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray | None]:
        """The same with the class of each by its colour, where there are classes."""
        found = np.searchsorted(self.cumulated, self.cumulated[-1] * rng.random(n), side="right")
        found = np.minimum(found, len(self.which) - 1)
        points = self._corners(self.which[found]) + self.pixel * rng.random((n, 2))
        return points, self.labels[found] if self.labels is not None else None


def inked(weights: np.ndarray, unit: float) -> ImageDensity | None:
    """The pixels (rows from the top, columns) with weight, centred at 0, ``unit`` pixels to a length of 1."""
    which = np.flatnonzero(weights)
    if len(which) == 0:
        return None
    return ImageDensity(which, np.cumsum(weights.ravel()[which], dtype=float), weights.shape, 1 / unit)


def density_of(path: str, ink: Ink = Ink()) -> ImageDensity:
    """The ink of a picture, 1 high; transparent pixels are empty. Raises Wrong, at ``path``."""
    found = _remembered(path, checked(path), ink)
    if isinstance(found, Wrong):
        raise Wrong(found.where, found.message)
    return found


@lru_cache(maxsize=4)
def _remembered(path: str, state: tuple[int, int], ink: Ink) -> ImageDensity | Wrong:
    """The ink or the complaint: a bad file is read once, too."""
    try:
        scans = _scans(path) if state[1] <= apart.QUICK else 0
        if scans > MAX_SCANS:
            raise fault(path, f"goes over its pixels {scans} times; {MAX_SCANS} at most, so save it as a plain picture")
        here = state[1] <= apart.QUICK and scans <= QUICK_SCANS and not path.lower().endswith(pictures.APART)
        given = (ink.by, ink.invert, ink.gamma, ink.threshold, ink.shapes, ink.colours)
        told, (weights, labels) = darkness(path, *given) if here else apart.read(darkness, path, *given)
        found = inked(weights, len(weights))
    except apart.Late:
        raise
    except Wrong as wrong:
        return wrong
    if found is None:
        return fault(path, f"is empty: {_empty(ink)} or choose another image")
    if labels.size:
        found = replace(found, labels=labels.ravel()[found.which].astype(int), colours=tuple(told.split()))
    return found


def _empty(ink: Ink) -> str:
    """Why a picture may leave nothing, and what would be right."""
    if ink.threshold > 0:
        return "no pixel has as much ink as the threshold; lower it"
    if ink.by == "opacity":
        seen = "opaque; switch invert off" if ink.invert else "transparent; switch invert on"
        return f"every pixel is {seen}"
    seen = "black or transparent; switch invert off" if ink.invert else "white or transparent; switch invert on"
    return f"every pixel is {seen}"


def _scans(path: str) -> int:
    """How often a decoder goes over all pixels of a small JPEG, at most; 0 for what is none."""
    try:
        with opened(path) as file:
            content = file.read(apart.QUICK)
    except OSError as error:
        raise fault(path, f"cannot be read: {error.strerror}") from None
    return content.count(b"\xff\xda") if content.startswith(pictures.JPEG) else 0


def darkness(
    path: str, by: str, invert: bool, gamma: float, threshold: float, shapes: str, colours: int
) -> tuple[str, list[np.ndarray]]:
    """Colours in a line, and arrays: the ink (height, width) of the pixels, 0 to 1, ``SIDE`` of them at most on
    the longer side; the colour's number of each, or nothing. Raises Wrong, and nothing else."""
    try:
        image = pictures.pixels(path)
        if shapes == "as found":
            shapes = "filled" if pictures.lines_alone(path) else "as drawn"
        weights = _weights(image, Ink(by, invert, gamma, threshold, shapes))
        step = max(1, -(-max(weights.shape) // SIDE))
        told, labels = _by_colour(image[::step, ::step], colours) if colours else ("", np.zeros(0, np.uint8))
    except MemoryError:
        raise fault(path, "needs more memory to read than there is; give a smaller picture") from None
    return told, [_reduced(weights, step), labels]


def _weights(image: np.ndarray, ink: Ink) -> np.ndarray:
    """The ink of every pixel of (height, width, 4)."""
    opacity = image[..., 3]
    if ink.by == "opacity":
        weights = 1 - opacity if ink.invert else opacity
    else:
        shares = {"luminance": (0.299, 0.587, 0.114), "red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1)}[ink.by]
        bright = image[..., :3] @ np.array(shares, np.float32)
        weights = (bright if ink.invert else 1 - bright) * opacity
    weights = np.where(weights < 0.5 / 255, 0, weights)  # white is white, whatever the rounding
    if ink.threshold > 0:
        weights = (weights >= ink.threshold).astype(np.float32)
    if ink.gamma != 1:
        weights = weights**ink.gamma
    if ink.shapes == "filled":
        weights = filled(weights)
    elif ink.shapes == "outlined":
        weights = _edges(weights)
    return weights.astype(np.float32)


def _edges(weights: np.ndarray) -> np.ndarray:
    """How steep the ink is, the picture's border included."""
    around = np.pad(weights, 1)
    return np.hypot(*np.gradient(around))[1:-1, 1:-1]


def _reduced(weights: np.ndarray, step: int) -> np.ndarray:
    """Means of squares of pixels."""
    if step == 1:
        return weights
    height, width = weights.shape
    padded = np.pad(weights, ((0, -height % step), (0, -width % step)))
    return padded.reshape(padded.shape[0] // step, step, -1, step).mean(axis=(1, 3))


def _by_colour(image: np.ndarray, most: int) -> tuple[str, np.ndarray]:
    """The main colours, #rrggbb each, and which is nearest to each pixel. What is transparent has no say."""
    from PIL import Image

    seen = image[..., 3] > 0.5 / 255
    labels = np.zeros(seen.shape, np.uint8)
    if not seen.any():
        return "#000000", labels
    row = (255 * image[seen][None, :, :3]).round().astype(np.uint8)
    found = Image.fromarray(row).quantize(most, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    known, codes = np.unique(np.asarray(found)[0], return_inverse=True)
    palette = np.array(found.getpalette()).reshape(-1, 3)
    labels[seen] = codes
    return " ".join("#" + "".join(f"{c:02x}" for c in palette[k]) for k in known), labels
