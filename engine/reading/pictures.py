"""Pictures of strangers as pixels: the decoder by the first bytes, and what is large refused before it is decoded."""

from __future__ import annotations

import io
import os
import re
from typing import Any

import numpy as np

from engine.gate import opened
from engine.parts import Wrong
from engine.reading import compressed
from engine.reading.limits import fault

MAX_PIXELS = 16_000_000
MAX_ASPECT = 100
SVG_SIDE = 1500  # pixels along the longer side of what has no pixels
DPI = 96.0
PNG, JPEG = b"\x89PNG", b"\xff\xd8\xff"
#: First bytes -> Pillow's module and class. The readers themselves and not Image.open, which warns of large images
#: before their size is known.
READERS: dict[bytes, tuple[str, str]] = {
    PNG: ("PngImagePlugin", "PngImageFile"),
    JPEG: ("JpegImagePlugin", "JpegImageFile"),
    b"GIF8": ("GifImagePlugin", "GifImageFile"),
    b"BM": ("BmpImagePlugin", "BmpImageFile"),
    b"II*\0": ("TiffImagePlugin", "TiffImageFile"),
    b"MM\0*": ("TiffImagePlugin", "TiffImageFile"),
    b"RIFF": ("WebPImagePlugin", "WebPImageFile"),
}
MAGIC = (PNG, JPEG, b"GIF8", b"II*\0", b"MM\0*")  # those that nothing else begins with
NAMES = ("PNG", "JPEG", "WebP", "GIF", "BMP", "TIFF", "SVG")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".svg", ".svgz")
VECTORS = (".svg", ".svgz")
APART = (".tif", ".tiff", *VECTORS)  # their decoders take what a file makes them take
FORMATS = f"{', '.join(NAMES[:-1])} or {NAMES[-1]}"
DAMAGED = f"is damaged; give another {FORMATS}"
_ROOT = re.compile(r"<(?:\w+:)?svg\b[^>]{0,20000}", re.I)
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_LENGTH = re.compile(rf"\s(width|height)\s*=\s*[\"']\s*({_NUMBER})")
_BOX = re.compile(rf"viewBox\s*=\s*[\"']\s*{_NUMBER}[\s,]+{_NUMBER}[\s,]+({_NUMBER})[\s,]+({_NUMBER})")
_SHAPE = re.compile(rb"<(?:\w+:)?(?:path|rect|circle|ellipse|polygon|polyline|line)\b")
_UNFILLED = re.compile(rb"fill\s*[:=]\s*[\"']?\s*none")
_REFERENCE = re.compile(r"<\s*(?:\w+:)?(?:image|feImage|use)\b[^>]*?href\s*=\s*[\"'](?!#|data:)", re.I | re.S)


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


def pixels(path: str) -> np.ndarray:
    """The picture upright, (height, width, 4) float32 from 0 to 1: red, green, blue and opacity.

    Raises Wrong, and nothing else.
    """
    try:
        return _svg(path) if os.path.splitext(path)[1].lower() in VECTORS else _decoded(path)
    except Wrong:
        raise
    except OSError as error:
        raise fault(path, f"cannot be read: {error.strerror}" if error.strerror else DAMAGED) from None
    except MemoryError:
        raise fault(path, "needs more memory to read than there is; give a smaller picture") from None
    except Exception:  # the decoders raise nearly anything at damaged bytes, in words about their own insides
        raise fault(path, DAMAGED) from None


def _check_size(path: str, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise fault(path, f"has {width:,} x {height:,} pixels; {MAX_PIXELS // 10**6} megapixels at most")
    if max(width, height) > MAX_ASPECT * min(width, height):
        most = f"one side may be {MAX_ASPECT} times the other at most"
        raise fault(path, f"has {width:,} x {height:,} pixels; {most}")


def _decoded(path: str) -> np.ndarray:
    from importlib import import_module

    from PIL import ImageOps

    with opened(path) as file:
        start = file.read(12)
        file.seek(0)
        found = next((READERS[magic] for magic in READERS if start.startswith(magic)), None)
        if found is None or (start.startswith(b"RIFF") and start[8:] != b"WEBP"):
            raise fault(path, f"is not an image that can be read; give {FORMATS}")
        module, name = found
        image = getattr(import_module(f"PIL.{module}"), name)(file)
        _check_size(path, *image.size)
        image.load()
        image = ImageOps.exif_transpose(image)
    return _floats(image)


def _floats(image: Any) -> np.ndarray:
    if image.mode.startswith("I") or image.mode == "F":  # more than 8 bits of grey, which convert() would clip
        grey = np.nan_to_num(np.asarray(image, np.float32), posinf=0, neginf=0)
        high = float(grey.max(initial=0))
        grey = grey / (65535 if image.mode != "F" and high <= 65535 else 1 if 0 < high <= 1 else high or 1)
        grey = grey.clip(0, 1)
        return np.stack([grey, grey, grey, np.ones_like(grey)], axis=-1)
    return np.asarray(image.convert("RGBA"), np.float32) / 255


def _svg(path: str) -> np.ndarray:
    """Rendered with its longer side at ``SVG_SIDE``: shapes and outlines as they are filled and stroked there."""
    import resvg_py
    from PIL import Image

    text = compressed.content(path).decode("utf-8-sig", errors="replace")
    if "<svg" not in text:
        raise fault(path, "is no SVG: it has no element svg")
    if _REFERENCE.search(text):
        raise fault(path, "refers to another file; embed its pictures")
    _check_root(path, text)
    try:
        width, height = _size(resvg_py.svg_to_bytes(svg_string=text, width=100, dpi=DPI, skip_system_fonts=True))
        if max(width, height) > MAX_ASPECT * min(width, height):
            raise fault(path, f"is {MAX_ASPECT} times as long as wide, or more; crop it")
        side = {"width": SVG_SIDE} if width >= height else {"height": SVG_SIDE}
        content = resvg_py.svg_to_bytes(svg_string=text, dpi=DPI, skip_system_fonts="<text" not in text, **side)
    except ValueError as error:
        told = re.sub(r"[^\x20-\x7e]", " ", str(error))[:80]
        raise fault(path, f"is no SVG that can be drawn: {told}") from None
    _check_size(path, *_size(content))
    return _floats(Image.open(io.BytesIO(content), formats=["PNG"]))


def _check_root(path: str, text: str) -> None:
    """Raise Wrong for a sheet that is far longer than wide, or the other way: it would take room without end."""
    root = (_ROOT.search(text) or [""])[0]
    sides = [float(dict(_LENGTH.findall(root)).get(side, "nan")) for side in ("width", "height")]
    box = [float(number) for found in _BOX.findall(root)[:1] for number in found] or [1.0, 1.0]
    for width, height in (sides, box):
        if width > MAX_ASPECT * height or height > MAX_ASPECT * width:
            raise fault(path, f"is {MAX_ASPECT} times as long as wide, or more; crop it")


def lines_alone(path: str) -> bool:
    """Whether it is a drawing in which nothing is filled."""
    if os.path.splitext(path)[1].lower() not in VECTORS:
        return False
    text = compressed.content(path)
    shapes = len(_SHAPE.findall(text))
    return 0 < shapes <= len(_UNFILLED.findall(text)) and b"<text" not in text


def _size(png: bytes) -> tuple[int, int]:
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
