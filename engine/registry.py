"""All parts by family and kind: ``@part`` on a class in one of the family folders is all it takes."""

from __future__ import annotations

import math
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from engine.parts import Part, Wrong

#: The folder of each family; ``main parts`` lists them in this order.
FAMILIES: dict[str, str] = {
    name: f"engine.{name}"
    for name in ("distributions", "couplings", "paths", "velocities", "solvers", "operations", "metrics", "probes")
}
_parts: dict[str, dict[str, type[Part]]] = {}
P = TypeVar("P", bound=type[Part])


def part(cls: P) -> P:
    """Register a part under its family. Raises TypeError for a kind that is taken or missing."""
    family, kind = cls.family, cls.__struct_config__.tag
    if family not in FAMILIES or not isinstance(kind, str):
        raise TypeError(f"{cls.__name__} needs a family and a tag")
    known = _parts.setdefault(family, {})
    if kind in known:
        raise TypeError(f"{family} has a part named {kind!r} already")
    known[kind] = cls
    return cls


@cache
def kinds(family: str) -> dict[str, type[Part]]:
    """Kind -> class of every part of the family, sorted by its ``rank`` (then name); walks the folder once."""
    package = import_module(FAMILIES[family])
    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
    return dict(sorted(_parts.get(family, {}).items(), key=lambda item: (getattr(item[1], "rank", 50), item[0])))


def union(family: str) -> Any:
    """The type 'any part of this family', for msgspec."""
    return Union[tuple(kinds(family).values())]  # noqa: UP007 - built at run time


def nearest(name: str, known: list[str]) -> str:
    """The known name most like ``name``, or an empty string."""
    match = get_close_matches(name.lower(), [k.lower() for k in known], n=1, cutoff=0.5)
    return next((k for k in known if match and k.lower() == match[0]), "")


class Knob(msgspec.Struct, frozen=True):
    """One knob as forms and listings see it."""

    name: str
    title: str
    type: Any
    default: Any
    low: float | None = None
    high: float | None = None
    open_low: bool = False
    unit: str = ""
    tip: str = ""
    log: bool = False
    step: float | None = None
    editor: str = ""


@cache
def knobs(cls: type[msgspec.Struct]) -> tuple[Knob, ...]:
    """The knobs of a part (or of any section of an Experiment), in order of declaration."""
    hints = get_type_hints(cls, include_extras=True)
    found = []
    for field in msgspec.structs.fields(cls):
        hint, meta = hints[field.name], msgspec.Meta()
        if get_origin(hint) is Annotated:
            hint, *notes = get_args(hint)
            meta = next((note for note in notes if isinstance(note, msgspec.Meta)), meta)
        extra = meta.extra or {}
        default = field.default if field.default is not msgspec.NODEFAULT else None
        if field.default_factory is not msgspec.NODEFAULT:
            default = field.default_factory()
        found.append(
            Knob(field.name, meta.title or field.name, hint, default, tip=meta.description or "", **extra),
        )
    return tuple(found)


def numbers(value: Any) -> list[float]:
    """All numbers inside a knob's value, however deep its lists."""
    if isinstance(value, tuple | list):
        return [x for item in value for x in numbers(item)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


def check_ranges(section: msgspec.Struct) -> None:
    """Raise Wrong for the first knob of this section that holds a number outside its range, or not finite."""
    for knob in knobs(type(section)):
        for x in numbers(getattr(section, knob.name)):
            if isinstance(x, int):
                x = float(x) if abs(x) < 1e300 else math.inf  # an integer may be too large for a float
            if not math.isfinite(x):
                raise Wrong(knob.name, f"{x} is not a finite number")
            if knob.high is not None and x > knob.high:
                raise Wrong(knob.name, f"{x:g} is above {knob.high:g}")
            if knob.low is not None and (x < knob.low or (knob.open_low and x == knob.low)):
                raise Wrong(knob.name, f"{x:g} is {'not above' if knob.open_low else 'below'} {knob.low:g}")
