"""All parts by family and kind: ``@part`` on a class in one of the family folders, or in a plug-in, is all it takes."""

from __future__ import annotations

import math
import os
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from engine import plugins
from engine.parts import Part, Wrong

#: The folder of each family; ``main parts`` lists them in this order.
FAMILIES: dict[str, str] = {
    name: f"engine.{name}"
    for name in ("distributions", "couplings", "paths", "velocities", "solvers", "operations", "metrics", "probes")
} | {"readers": "engine.reading"}
_parts: dict[str, dict[str, type[Part]]] = {}
_sorted: dict[str, dict[str, type[Part]]] = {}
P = TypeVar("P", bound=type[Part])


def part(cls: P) -> P:
    """Register a part under its family. Raises TypeError for a kind that is taken or missing.

    A class that is defined once more, as when a notebook's cell runs again, takes the place of the old one.
    """
    family, kind = cls.family, cls.__struct_config__.tag
    if family not in FAMILIES or not isinstance(kind, str):
        raise TypeError(f"{cls.__name__} needs a family and a tag")
    if not _of_the_house(cls):
        _walk(family)  # first come the program's own: nobody takes the name of one
        _check(cls)
    old = _parts.setdefault(family, {}).get(kind)
    if old is not None and (old.__module__, old.__qualname__) != (cls.__module__, cls.__qualname__):
        raise TypeError(f"{family} has a part named {kind!r} already; give {cls.__name__} another tag")
    _parts[family][kind] = cls
    _sorted.pop(family, None)
    return cls


def kinds(family: str) -> dict[str, type[Part]]:
    """Kind -> class of every part of the family, sorted by its ``rank`` (then name), those of plug-ins among them."""
    found = _sorted.get(family)
    if found is None:
        _walk(family)
        plugins.load(_forget)
        ranked = sorted(_parts.get(family, {}).items(), key=lambda item: (getattr(item[1], "rank", 50), item[0]))
        found = _sorted[family] = dict(ranked)
    return found


def plug_in(path: str | os.PathLike[str]) -> None:
    """Load the plug-in in this file, or those in this folder, now and in processes to come. Raises Wrong."""
    plugins.add(path, _forget)


def complaints() -> tuple[str, ...]:
    """A sentence for each plug-in that was found and is not there."""
    plugins.load(_forget)
    return plugins.complaints()


def lacking(name: str) -> str:
    """Why parts of the plug-in of this name cannot be had, in words that follow the name; empty where they can."""
    plugins.load(_forget)
    return plugins.missing(name)


def origin(cls: type) -> plugins.Plugin | None:
    """The plug-in that brings a part; None for the program's own, and for one that no file brings (a notebook's)."""
    return None if _of_the_house(cls) else plugins.owner(cls.__module__)


def homeless(cls: type[Part]) -> bool:
    """Whether no other process can have this part: it was defined in a notebook, or a script."""
    return not _of_the_house(cls) and plugins.owner(cls.__module__) is None


def _of_the_house(cls: type[Part]) -> bool:
    return cls.__module__.startswith(f"{FAMILIES[cls.family]}.")


@cache
def _walk(family: str) -> None:
    package = import_module(FAMILIES[family])
    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")


def _forget(plugin: plugins.Plugin) -> None:
    for family, known in _parts.items():
        for kind in [kind for kind, cls in known.items() if origin(cls) is plugin]:
            del known[kind]
            _sorted.pop(family, None)


def _check(cls: type[Part]) -> None:
    """Raise TypeError for a part that forms or files could not use; it would spoil the others of its family."""
    if not cls.__struct_config__.frozen or cls.__struct_config__.tag_field != "kind":
        raise TypeError(f"{cls.__name__} must be declared as frozen=True, with a tag and no other tag_field")
    try:
        knobs(cls)
        msgspec.json.decode(msgspec.json.encode(cls()), type=cls)
    except (TypeError, NameError, ValueError) as error:
        raise TypeError(
            f"{cls.__name__} has a knob without a default, or of a type that no file holds ({error})"
        ) from None


def union(family: str) -> Any:
    """The type 'any part of this family', for msgspec."""
    return Union[tuple(kinds(family).values())]  # noqa: UP007 - built at run time


def tables(knob: Knob) -> list[type[msgspec.Struct]]:
    """The tables that a field may hold: the parts of its family, or a section, or the sections of a list."""
    return list(kinds(knob.family).values()) if knob.family else _sections(knob.type)


def _sections(hint: Any) -> list[type[msgspec.Struct]]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return [hint]
    return [section for option in get_args(hint) for section in _sections(option)]


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
    family: str = ""  # of the part that it holds


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
