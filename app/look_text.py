"""A Look as plain values, for files and on the command line, and back: what cannot be is as if it were not there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from app.scene.camera import FAR, FARTHEST, NEAR, Camera
from app.scene.look import Look
from app.scene.view import View
from app.theme import NAMES
from engine.parts import Part, Wrong
from engine.registry import check_ranges, kinds, knobs, nearest, numbers, union
from engine.wording import clean

RUNS = ("playing", "scrubbing")  # no file begins to move by itself
MOST = 5000  # items of a list


def plain(look: Look) -> dict[str, Any]:
    """What differs from the Look of a first start."""
    first = msgspec.to_builtins(Look(), builtin_types=(), order="sorted")
    now = msgspec.to_builtins(look, builtin_types=(), order="sorted")
    return {name: value for name, value in now.items() if name not in RUNS and value != first[name]}


def read(raw: object, dim: int, names: Iterable[str] = ()) -> Look:
    """The Look of such values for an experiment of that dimension, with rounds of these ``names``."""
    look = Look()
    for name, value in raw.items() if isinstance(raw, Mapping) else ():
        if name in Look.__struct_fields__ and name not in RUNS:
            try:
                look = _with(look, name, value)
            except Wrong:
                continue
    if look.branch and f"{look.branch}.{look.round}" not in set(names):
        look = msgspec.structs.replace(look, branch="", round=-1)
    return msgspec.structs.replace(look, lens=look.lens if len(look.lens) == dim else ())


def checked(raw: Mapping[str, Any], dim: int) -> Look:
    """The same, where all must be right. Raises Wrong."""
    look = Look()
    for name, value in raw.items():
        look = _with(look, _known(name), value)
    if look.lens and len(look.lens) != dim:
        raise Wrong("lens", f"has not {dim} coordinates")
    return look


def default(name: str) -> Any:
    """What a field is as plain values at a first start."""
    return msgspec.to_builtins(getattr(Look(), name), builtin_types=(), order="sorted")


def turned(look: Look, settings: Iterable[str]) -> Look:
    """With knobs as somebody types them, ``lines=300``. Raises Wrong."""
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise Wrong("look", f"{clean(setting, 60)!r} is not of the form lines=300")
        _known(name, "camera", "turned")
        try:
            value = msgspec.json.decode(text.encode())
        except msgspec.DecodeError:
            value = text
        look = _with(look, name, value)
    return look


def _known(name: str, *but: str) -> str:
    """The name of a field that a text may set. Raises Wrong."""
    known = [field for field in Look.__struct_fields__ if field not in (*RUNS, *but)]
    if name not in known:
        near = nearest(name, known)
        hint = f"did you mean {near!r}?" if near else f"known are {', '.join(known)}"
        raise Wrong("look", f"{clean(name, 60)!r} is not known; {hint}")
    return name


def _with(look: Look, name: str, value: object) -> Look:
    """With one field, checked. Raises Wrong."""
    if isinstance(value, list | tuple) and len(value) > MOST:
        raise Wrong(name, f"has more than {MOST:,} items")
    hint = tuple[union(View.family), ...] if name == "turned" else get_type_hints(Look)[name]
    if get_origin(hint) is Literal and value not in get_args(hint):
        raise Wrong(name, f"{clean(str(value), 60)!r} is not known; known are {', '.join(get_args(hint))}")
    try:
        found = msgspec.convert(value, hint)
    except (msgspec.ValidationError, RecursionError) as error:
        raise Wrong(name, clean(str(error)[:1].lower() + str(error)[1:], 120)) from None
    made = msgspec.structs.replace(look, **{name: found})
    check_ranges(made)
    for part in (*made.turned, made.camera):
        _finite(part)
    _possible(made)
    return made


def _finite(part: Part | Camera) -> None:
    if isinstance(part, Part):
        check_ranges(part)
    for knob in knobs(type(part)):
        if not all(math.isfinite(x) for x in numbers(getattr(part, knob.name))):
            raise Wrong(knob.name, "is not finite")


def _possible(look: Look) -> None:
    """Raise Wrong for what no window could have come to."""
    if look.view not in kinds(View.family):
        raise Wrong("view", f"{clean(look.view, 60)!r} is not known")
    if look.theme not in NAMES:
        raise Wrong("theme", f"{clean(look.theme, 60)!r} is not known")
    if not 0 <= look.t <= 1:
        raise Wrong("t", f"{look.t} is not between 0 and 1")
    if not 0.5 <= look.text_scale <= 3:
        raise Wrong("text_scale", f"{look.text_scale} is outside 0.5 to 3")
    if list(look.selected) != sorted({k for k in look.selected if k >= 0}):
        raise Wrong("selected", "is not a rising list of particles")
    if not 1 <= len(look.charts) <= 12:
        raise Wrong("charts", "is not a list of 1 to 12 names")
    camera = look.camera
    if not FAR <= camera.zoom <= NEAR or max(map(abs, camera.centre)) > FARTHEST:
        raise Wrong("camera", "is too far away")
