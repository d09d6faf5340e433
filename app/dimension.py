"""An experiment in another dimension, and a part as another kind: what can be kept is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args, get_origin

import msgspec

from engine.parts import Distribution, Part, Wrong
from engine.registry import kinds, knobs
from engine.spec import Experiment

CUT = {1: "the first coordinate", 2: "the first two coordinates"}


class Dimensions:
    """Takes experiments to other dimensions, and remembers what a section was in each: back is what was there."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}  # by section

    def resize(self, experiment: Experiment, dim: int) -> Experiment:
        """The same experiment in ``dim`` dimensions: vectors and points are cut, or filled up with zeros."""
        sections = {name: getattr(experiment, name) for name in experiment.__struct_fields__}
        fitted = {
            name: self._fitted(name, part, experiment.dim, dim)
            for name, part in sections.items()
            if isinstance(part, Part)
        }
        return msgspec.structs.replace(experiment, dim=dim, **fitted)

    def stands_in(self, experiment: Experiment) -> str:
        """Which parts are no longer what was chosen, why, and where that is again; empty where all are."""
        told = []
        for section, known in self._known.items():
            dim, now = experiment.dim, getattr(experiment, section)
            law = _law(known.chosen)
            carried = isinstance(law, Distribution) and (law.keeps or getattr(now, "of", 0) == known.dim)
            if carried and now is known.forms.get(dim) and dim != known.dim:
                one = f"the one of {known.dim}-D ({law.kind})"
                seen = f"{one} with 0 for the rest" if dim > known.dim else f"{CUT[dim]} of {one}"
                told.append(f"In {dim}-D the {section} is {seen}; {known.dim}-D brings it back.")
                continue
            if now is known.forms.get(dim) and type(now) is not type(known.chosen):
                back = f"; {known.dim}-D brings the {known.chosen.kind} back" if dim != known.dim else ""
                told.append(f"In {dim}-D the {section} is {now.kind} ({_why(known.chosen, dim)}){back}.")
        return " ".join(told)

    def _fitted(self, section: str, part: Part, old: int, dim: int) -> Part:
        known = self._known.get(section)
        if known is None or known.forms.get(old) != part:  # edited since, or another one
            known = self._known[section] = Known(old, part, {old: part})
        if dim not in known.forms or not _works(known.forms[dim], dim):
            known.forms[dim] = _embedded(known.chosen, known.dim, fit(known.chosen, dim), dim)
        return known.forms[dim]


def _law(part: Part) -> Part:
    """Without where it is placed."""
    return getattr(part, "law", part) if part.kind == "placed" else part


def _embedded(chosen: Part, old: int, fitted: Part, dim: int) -> Part:
    """What was fitted, unless another law had to stand in: then the very law that was chosen, embedded or projected."""
    if not isinstance(chosen, Distribution) or type(_law(fitted)) is type(_law(chosen)):
        return fitted
    made = kinds("distributions")["placed"](_law(chosen), of=getattr(chosen, "of", 0) or old)
    if chosen.kind == "placed":
        angle = chosen.angle if not isinstance(chosen.angle, tuple) or dim == 3 else chosen.angle[-1]
        shift = _fitted(chosen.shift, None, dim)
        fields = {"shift": shift, "scale": chosen.scale, "angle": angle if dim > 1 else 0.0}
        moved = msgspec.structs.replace(made, **fields, stretch=chosen.resized(dim).stretch)
        made = moved if _works(moved, dim) else made
    return made if _works(made, dim) else fitted


@dataclass(frozen=True)
class Known:
    """A part, the dimension that it was chosen in, and what it was in each since."""

    dim: int
    chosen: Part
    forms: dict[int, Part]


def _why(part: Part, dim: int) -> str:
    """Why it cannot be in this dimension."""
    try:
        part.check(dim)
    except Wrong as wrong:
        return wrong.message.partition(";")[0].rstrip(".")
    return f"{part.kind} is not possible in {dim}-D"


def resize(experiment: Experiment, dim: int) -> Experiment:
    """The same experiment in ``dim`` dimensions, with nothing remembered."""
    return Dimensions().resize(experiment, dim)


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
    """A vector, a list of vectors, or a part, with ``dim`` coordinates; anything else as it is."""
    if isinstance(value, Part):
        return fit(value, dim)
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
