"""A Look as plain data, for files, and back: what a file gets wrong is as it comes, and the rest as it was."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from app.scene.look import Look
from engine.parts import Wrong
from engine.registry import check_ranges, kinds, numbers, union

_OPEN = ("playing", "scrubbing")  # nothing moves when it is opened
_LONGEST = 100  # letters of a name
_MOST = 5000  # items of a list
_CHARTS = 8  # below each other


def plain(look: Look) -> dict[str, Any]:
    """What JSON, TOML and PNG can hold."""
    found = msgspec.to_builtins(look)
    found["hidden"] = sorted(look.hidden)
    return {name: value for name, value in found.items() if name not in _OPEN}


def look_of(raw: Mapping[str, Any], base: Look | None = None) -> Look:
    """The Look of such data, which may be anybody's; ``base`` has what it does not say, or says wrongly."""
    look = base or Look()
    hints = {field.name: field.type for field in msgspec.structs.fields(Look)}
    for name, value in raw.items():
        if name not in hints or name in _OPEN:
            continue
        try:
            value = _turned(value) if name == "turned" else msgspec.convert(value, hints[name], strict=True)
            made = msgspec.structs.replace(look, **{name: value})
            check_ranges(made)
            if _good(name, value):
                look = made
        except (msgspec.ValidationError, Wrong, TypeError, ValueError, RecursionError):
            continue
    return look


def _turned(value: Any) -> tuple[Any, ...]:
    """Views with their knobs; those that there are not here are left out."""
    found = {}
    for item in value if isinstance(value, list) else ():
        try:
            view = msgspec.convert(item, union("views"))
            check_ranges(view)
            found[view.kind] = view
        except (msgspec.ValidationError, Wrong):
            continue
    return tuple(found.values())


def _good(name: str, value: Any) -> bool:
    """Whether a value of the right type can be."""
    texts = [value] if isinstance(value, str) else [x for x in value if isinstance(x, str)] if _many(value) else []
    if any(len(text) > _LONGEST or not text.isprintable() for text in texts):
        return False
    if _many(value) and len(value) > _MOST:
        return False
    if not all(math.isfinite(x) for x in numbers(value if not isinstance(value, frozenset) else [])):
        return False
    if name == "view":
        return value in kinds("views")
    if name == "t":
        return 0.0 <= value <= 1.0
    if name == "camera":
        return all(map(math.isfinite, (value.azimuth, value.elevation, value.zoom, *value.centre))) and value.zoom > 0
    if name == "charts":
        return 0 < len(value) <= _CHARTS and all(any(cls.named(x) for cls in kinds("charts").values()) for x in value)
    if name == "text_scale":
        return 0.5 <= value <= 2.0
    if name == "lens":
        return len(value) <= 3
    if name == "selected":
        return list(value) == sorted(set(value)) and all(x >= 0 for x in value)
    return True


def _many(value: Any) -> bool:
    return isinstance(value, tuple | frozenset)
