"""An experiment in another dimension, and a part as another kind: what can be kept is kept."""

from __future__ import annotations

from typing import Any, get_args, get_origin

import msgspec

from engine.parts import Part, Wrong
from engine.registry import kinds, knobs
from engine.spec import Experiment


def resize(experiment: Experiment, dim: int) -> Experiment:
    """The same experiment in ``dim`` dimensions: vectors and points are cut, or filled up with zeros."""
    sections = {name: getattr(experiment, name) for name in experiment.__struct_fields__}
    fitted = {name: fit(part, dim) for name, part in sections.items() if isinstance(part, Part)}
    return msgspec.structs.replace(experiment, dim=dim, **fitted)


def fit(part: Part, dim: int) -> Part:
    """The part in ``dim`` dimensions: itself, with its vectors converted, of its default knobs, or of its family's
    first kind that exists there, whichever comes first."""
    if _works(part, dim):
        return part
    converted = _converted(part, dim)
    if _works(converted, dim):
        return converted
    family = next(name for name in ("distributions", "couplings", "paths", "velocities", "solvers") if _of(part, name))
    for cls in (type(part), *kinds(family).values()):
        try:
            default = cls()
        except TypeError:  # a knob without a default, such as a file's path
            continue
        for candidate in (default, _converted(default, dim)):
            if _works(candidate, dim):
                return candidate
    return converted


def recast(part: Part, kind: type[Part], dim: int) -> Part:
    """A part of another kind; knobs that both have keep their values (steps N of a solver, pairs of a coupling)."""
    old = {knob.name: (knob.type, knob.low, knob.high) for knob in knobs(type(part))}
    shared = {
        knob.name: getattr(part, knob.name)
        for knob in knobs(kind)
        if old.get(knob.name) == (knob.type, knob.low, knob.high)
    }
    new = fit(kind(), dim)
    carried = msgspec.structs.replace(new, **shared) if isinstance(new, kind) else new
    return carried if _works(carried, dim) else new


def _of(part: Part, family: str) -> bool:
    return type(part) in kinds(family).values()


def _works(part: Part, dim: int) -> bool:
    try:
        part.check(dim)
    except Wrong:
        return False
    return True


def _converted(part: Part, dim: int) -> Part:
    """Only the knobs that its own check names, one after the other: a list of weights is no vector and stays."""
    part = part.resized(dim)  # numbers that are no coordinates
    for _ in knobs(type(part)):
        try:
            part.check(dim)
        except Wrong as wrong:
            name = wrong.where.split(".")[0].split("[")[0]
            todo = [knob for knob in knobs(type(part)) if knob.name == name] or knobs(type(part))
            new = {knob.name: _fitted(getattr(part, knob.name), knob.type, dim) for knob in todo}
            changed = msgspec.structs.replace(part, **new)
            if changed == part:
                return part
            part = changed
    return part


def _fitted(value: Any, kind: Any, dim: int) -> Any:
    """A vector, or a list of vectors, with ``dim`` coordinates; anything else as it is."""
    if not isinstance(value, tuple) or not value:
        return value
    if isinstance(value[0], tuple):
        return tuple(_fitted(row, None, dim) for row in value)
    if kind is not None and not _vector(kind):
        return value
    return value[:dim] + (0.0,) * (dim - len(value))


def _vector(kind: Any) -> bool:
    lists = [k for k in (kind, *get_args(kind)) if get_origin(k) is tuple]
    return any(inner is float for k in lists for inner in get_args(k))
