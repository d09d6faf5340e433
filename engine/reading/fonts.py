"""The fonts that a machine has, and the ink of a line of text in any of them."""

from __future__ import annotations

import os
import sys
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.gate import opened
from engine.parts import Wrong
from engine.reading import apart
from engine.reading.faces import named, parted
from engine.reading.limits import checked, fault

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
COLLECTIONS = (".ttc", ".otc")
FACES = 64  # of a collection
MOST = 4000  # files that are looked at
MOST_BYTES = 128 * 2**20  # of a font; the largest in use have 20 to 60 MiB
CAP = 128  # pixels of font size
STRIKES = (CAP, 109, 136, 160, 96, 72, 64, 48, 40, 32, 24, 20, 16, 12)  # px that a font of pictures may have
WIDE = 16_384  # pixels of a line of text
INVISIBLE = "\ufe0e\ufe0f"  # "as text", "as a picture": they choose how the letter before looks
JOINER = "\u200d"  # makes one picture of several
TINTS = tuple(map(chr, range(0x1F3FB, 0x1F400)))  # of skin
PLAIN = ("regular", "book", "roman", "normal", "")


def folders() -> tuple[Path, ...]:
    """Where this platform keeps its fonts, the person's own last."""
    home = Path.home()
    if sys.platform == "win32":
        own = Path(os.environ.get("LOCALAPPDATA", home)) / "Microsoft/Windows/Fonts"
        return Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts", own
    if sys.platform == "darwin":
        return Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    own = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    return *(Path(place) / "fonts" for place in shared.split(":") if place), own / "fonts", home / ".fonts"


@cache
def installed() -> tuple[tuple[str, str], ...]:
    """(name, file) of the fonts that are there, by name, of a collection each face. What cannot be read is none."""
    from PIL import ImageFont

    found: dict[str, str] = {}
    for path in _files():
        for face in range(FACES if path.lower().endswith(COLLECTIONS) else 1):
            try:
                family, style = ImageFont.truetype(path, STRIKES[0], face).getname()
            except OSError:
                if face:
                    break  # it has no more
                family, style = _of_pictures(path)
            if family and not family.startswith("."):  # macOS hides its own so
                found[family if (style or "").lower() in PLAIN else f"{family} {style}"] = named(path, face)
    return tuple(sorted(found.items(), key=lambda pair: pair[0].lower()))


def faces(font: str) -> tuple[str, ...]:
    """All faces of the collection that this font is one of, as its head counts them; of any other file itself."""
    path, _ = parted(font)
    if not path.lower().endswith(COLLECTIONS):
        return (font,)
    try:
        with opened(path) as file:
            head = file.read(12)
    except (OSError, ValueError):
        return (font,)
    many = int.from_bytes(head[8:12], "big") if head.startswith(b"ttcf") else 1
    return tuple(named(path, face) for face in range(min(max(1, many), FACES)))


def _files() -> list[str]:
    found: list[str] = []
    for folder in folders():
        for place, _, names in os.walk(folder):
            found += [os.path.join(place, name) for name in sorted(names) if name.lower().endswith(SUFFIXES)]
            if len(found) >= MOST:
                return found[:MOST]
    return found


def _of_pictures(path: str) -> tuple[str, str]:
    """A font of pictures has them in one size."""
    from PIL import ImageFont

    for size in STRIKES[1:]:
        try:
            family, style = ImageFont.truetype(path, size).getname()
            return family or "", style or ""
        except OSError:
            continue
    return "", ""


def _is_installed(path: str) -> bool:
    """What the machine has is trusted: every program reads it. No way out of its folders counts as within."""
    place = Path(path).resolve()
    return any(place.is_relative_to(folder.resolve()) for folder in folders())


@lru_cache(maxsize=8)
def _read(path: str, state: tuple[int, int], text: str, face: int) -> tuple[np.ndarray, np.ndarray, float] | Wrong:
    try:
        read = written(path, text, face) if _is_installed(path) else apart.read(written, path, text, face)
        _, (ink, starts, cap) = read
    except apart.Late:
        raise
    except Wrong as wrong:
        return wrong
    return ink, starts, float(cap[0])


def lettering(path: str, text: str) -> tuple[np.ndarray, np.ndarray, float]:
    """The ink (rows from the top, columns) of a line of text in the font of this file, 0 to 1; where each letter but
    the first begins, in columns; height of a capital letter in pixels. Raises Wrong, at ``font`` or ``text``."""
    path, face = parted(path)
    if not path.lower().endswith(SUFFIXES):
        raise Wrong("font", f"is no font: its name ends in none of {', '.join(SUFFIXES)}")
    try:
        state = checked(path)
        if state[1] > MOST_BYTES:
            raise fault(path, f"has {state[1] / 2**20:,.0f} MiB; a font has {MOST_BYTES // 2**20} MiB at most")
        found = _read(path, state, text, face)
    except apart.Late as late:
        raise apart.Late("font", late.message) from None
    except Wrong as wrong:
        found = wrong
    if isinstance(found, Wrong):
        raise Wrong("text" if found.where == "text" else "font", found.message)
    return found


def written(path: str, text: str, face: int = 0) -> tuple[str, list[np.ndarray]]:
    """What ``lettering`` gives, found in the process that may be ended."""
    from PIL import Image, ImageDraw, ImageFont

    with opened(path) as file:
        font = None
        for size in STRIKES:
            file.seek(0)
            try:
                font = ImageFont.truetype(file, size, face)
                break
            except OSError:
                continue
        if font is None and face and _opens(file):
            raise fault(path, f"has no face {face}; give a smaller number behind the #, from 0")
        if font is None:
            raise fault(path, "is no font that can be read; choose another one")
        text = "".join(letter for letter in text if letter not in INVISIBLE)
        _check(font, text)
        pieces = clusters(text)
        left, top, right, bottom = font.getbbox(text)
        if right - left > WIDE:
            raise Wrong("text", "is too wide to be set; give fewer letters")
        sheet = Image.new("RGBA", (max(1, round(right - left)), max(1, round(bottom - top))), (0, 0, 0, 0))
        ImageDraw.Draw(sheet).text((-left, -top), text, font=font, fill=(0, 0, 0, 255), embedded_color=True)
        capital = font.getbbox("H")
        high = capital[3] - capital[1] if not _missing(font, "H") else bottom - top  # emoji have no H
        starts = [font.getlength(text[:k]) - left for k in pieces if text[k] != " " and text[:k].strip()]
    pixels = np.asarray(sheet, np.float32) / 255
    ink = pixels[..., 3] * (1 - pixels[..., :3] @ np.array((0.299, 0.587, 0.114), np.float32))
    return "", [np.clip(ink, 0, 1), np.array(starts, float), np.array([max(1.0, high)])]


def _opens(file: Any) -> bool:
    """Whether it has a first face."""
    from PIL import ImageFont

    file.seek(0)
    try:
        ImageFont.truetype(file, CAP)
    except OSError:
        return False
    return True


def _check(font: FreeTypeFont, text: str) -> None:
    joined = font.layout_engine == _raqm()
    for k, letter in enumerate(text):
        if letter == JOINER and joined and 0 < k < len(text) - 1 and _joins(font, text, k):
            continue
        if not letter.isprintable() or (letter != " " and _missing(font, letter)):
            raise Wrong("text", f"has {letter!r}, which {font.getname()[0] or 'the font'} lacks; choose another font")


def clusters(text: str) -> list[int]:
    """Where what looks like one letter begins: what is joined to the one before, or colours it, is part of it."""
    goes_on = lambda k: k and (text[k] == JOINER or text[k - 1] == JOINER or text[k] in TINTS)  # noqa: E731
    return [k for k in range(len(text)) if not goes_on(k)]


def _raqm() -> int:
    """The layout that joins letters, where Pillow has it; -1: it has not."""
    from PIL import ImageFont, features

    return int(ImageFont.Layout.RAQM) if features.check("raqm") else -1


def _joins(font: FreeTypeFont, text: str, k: int) -> bool:
    """Whether the font has a picture of its own for what is joined here: it is narrower than its parts."""
    starts = clusters(text)
    first = max(at for at in starts if at <= k)
    last = min((at for at in starts if at > k), default=len(text))
    parts = text[first:last].split(JOINER)
    return font.getlength(text[first:last]) < 0.99 * sum(font.getlength(part) for part in parts)


def _missing(font: FreeTypeFont, letter: str) -> bool:
    return bytes(font.getmask(letter)) == bytes(font.getmask("\U0010ffff"))
