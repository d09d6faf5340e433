"""Experiments as TOML and JSON: strict both ways, and every complaint names the path of the field.

Untrusted text: sizes are bounded before parsing, nothing is evaluated. Needs neither torch nor Qt.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import msgspec
import tomli_w

from engine import gate
from engine.parts import Part, Wrong
from engine.registry import Knob, knobs, lacking, nearest, origin, tables, union
from engine.spec import Experiment
from engine.wording import clean
from engine.writing import write_atomically

ENDS = ("source", "target", "coupling")  # sections that may name data files
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text in quotes",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}


def read(path: str | os.PathLike[str]) -> Experiment:
    """The checked Experiment in a ``.toml`` or ``.json`` file; its data files are relative to it. Raises Wrong."""
    path = Path(path)
    return build(gate.read(path, "spec"), path.parent.resolve())


def parse(text: str, form: str = "toml", folder: Path | None = None, name: str = "the spec") -> Experiment:
    """The checked Experiment in a text. Raises Wrong."""
    return build(gate.parse(text, form, name), folder)


def build(raw: Any, folder: Path | None = None, move: Callable[[str], str] | None = None) -> Experiment:
    """The checked Experiment of a plain nested dictionary; relative data files start at ``folder``, or are where
    ``move`` says. Raises Wrong."""
    if folder is not None:
        move = lambda path: os.path.normpath(folder / path)  # noqa: E731
    return unchecked(raw, move).check()


def unchecked(raw: Any, move: Callable[[str], str] | None = None) -> Experiment:
    """The same before its parts are compared with each other; a part may stand in the dictionary as it is. Raises
    Wrong."""
    raw = _plugged(raw)
    experiment = _with_parts(_converted(raw, Experiment, raw), raw)
    return moved(experiment, move) if move is not None else experiment


def plain(experiment: Experiment, folder: Path | None = None) -> dict[str, Any]:
    """The complete nested dictionary, every default written out; data files relative to ``folder`` where possible.

    It names the plug-ins that its parts come from: whoever reads it is told what to install, and nothing is loaded.
    """
    if folder is not None:
        experiment = moved(experiment, lambda path: _relative(path, folder.resolve()))
    named = {plugin.name for _, part in experiment.parts() if (plugin := origin(type(part)))}
    return ({"plugins": sorted(named)} if named else {}) | msgspec.to_builtins(experiment)


def to_toml(experiment: Experiment, folder: Path | None = None) -> str:
    return tomli_w.dumps(plain(experiment, folder))


def to_json(experiment: Experiment, folder: Path | None = None) -> str:
    return msgspec.json.format(msgspec.json.encode(plain(experiment, folder)), indent=2).decode() + "\n"


def write(experiment: Experiment, path: str | os.PathLike[str]) -> None:
    """Write a spec atomically, as JSON or TOML by its suffix. Raises Wrong when the disk refuses."""
    path = Path(path)
    text = (to_json if path.suffix.lower() == ".json" else to_toml)(experiment, path.parent)
    write_atomically(path, text.encode())


def _plugged(raw: Any) -> Any:
    """The dictionary without the names of its plug-ins, all of which are there. Raises Wrong."""
    if not isinstance(raw, dict) or "plugins" not in raw:
        return raw
    names = raw["plugins"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Wrong("plugins", "is not a list of names")
    for name in names:
        if why := lacking(clean(name, 60)):
            raise Wrong("plugins", f"{_shown(name)} {why}")
    return {key: value for key, value in raw.items() if key != "plugins"}


def _converted(value: Any, wanted: Any, raw: Any, where: str = "") -> Any:
    """What stands at ``where`` in ``raw`` as the type that is wanted there. Raises Wrong."""
    try:
        return msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        raise _explained(str(error), raw, where) from None


def _with_parts(section: msgspec.Struct, raw: Any, where: str = "") -> Any:
    """The section with parts in the place of the tables that msgspec has left there. Raises Wrong."""
    found: dict[str, Any] = {}
    for knob in knobs(type(section)):
        value, at = getattr(section, knob.name), _join(where, knob.name)
        if knob.family:
            made = value if isinstance(value, Part) else _converted(value, union(knob.family), raw, at)
            found[knob.name] = _with_parts(made, raw, at)
        elif isinstance(value, tuple) and tables(knob):
            found[knob.name] = tuple(_with_parts(item, raw, f"{at}[{k}]") for k, item in enumerate(value))
    return msgspec.structs.replace(section, **found)


def moved(experiment: Experiment, move: Callable[[str], str]) -> Experiment:
    """With other paths of its data files."""
    ends = {}
    for end in ENDS:
        part = getattr(experiment, end)
        if part.files():
            ends[end] = part.elsewhere(move)
    return msgspec.structs.replace(experiment, **ends) if ends else experiment


def _relative(path: str, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive on Windows
        return path


def _explained(text: str, raw: Any, inside: str = "") -> Wrong:
    """msgspec's complaint in our words: path, the value that stands there, what would be right."""
    complaint, _, path = text.partition(" - at `$")
    where = f"{inside}{path.rstrip('`')}".lstrip(".").replace("[...]", "")
    value = _at(raw, where)
    known = _known(where, raw)
    if match := re.match(r"Object contains unknown field `(.*)`", complaint, re.DOTALL):
        field = match[1]
        near = nearest(field, known)
        hint = f"did you mean {near}?" if near else f"known fields are {', '.join(known)}"
        return Wrong(_join(where, clean(field, 60)), f"is not a known field; {hint}")
    if match := re.match(r"Object missing required field `(.*)`", complaint):
        wanted = _tables(_section(where, raw), match[1]) if match[1] != "kind" else []
        what = (
            "name one of its kinds" if match[1] == "kind" else "give it" + (" as a table with a kind" if wanted else "")
        )
        return Wrong(_join(where, match[1]), f"is missing; {what}")
    if where.endswith("kind") and (complaint.startswith("Invalid value") or complaint.startswith("Expected `str`")):
        return Wrong(where, _unknown(value, _kinds(where, raw)))
    if complaint.startswith("Invalid enum value"):
        return Wrong(where, _unknown(value, _choices(where, raw)))
    if match := re.match(r"Expected `([^`]*)`, got `([^`]*)`", complaint):
        wanted = " or ".join(_WORDS.get(word.strip(), word.strip()) for word in match[1].split("|"))
        shown = _shown(value) if isinstance(value, str | int | float | bool) else _WORDS.get(match[2], match[2])
        return Wrong(where or "the spec", f"{shown} is not {wanted}")
    return Wrong(where or "the spec", clean(complaint[:1].lower() + complaint[1:], 200))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(clean(value, 60)) if isinstance(value, str) else clean(f"{value}", 60)


def _unknown(value: Any, known: list[str]) -> str:
    near = nearest(str(value), known)
    return f"{_shown(value)} is not known; " + (f"did you mean {near!r}?" if near else f"known are {', '.join(known)}")


def _join(where: str, field: str) -> str:
    return f"{where}.{field}" if where else field


def _at(raw: Any, where: str) -> Any:
    for step in re.findall(r"[^.\[\]]+", where):
        if isinstance(raw, dict):
            raw = raw.get(step)
        elif isinstance(raw, list) and step.isdigit():
            raw = raw[int(step)] if int(step) < len(raw) else None
    return raw


def _section(where: str, raw: Any) -> type[msgspec.Struct] | None:
    """The class of the innermost table on the way to ``where``; None where its kind is not known."""
    found, at = Experiment, ""
    for step in re.findall(r"[^.\[\]]+|\[\d+\]", where):
        at = f"{at}{step}" if step.startswith("[") else _join(at, step)
        if not step.startswith("["):
            options = _tables(found, step)
        if not options:
            return found
        value = _at(raw, at)
        if isinstance(value, list):
            continue
        if issubclass(options[0], Part):
            options = [c for c in options if isinstance(value, dict) and c.__struct_config__.tag == value.get("kind")]
        if not options:
            return None
        found = options[0]
    return found


def _knob(section: type[msgspec.Struct] | None, name: str) -> Knob | None:
    return next((knob for knob in knobs(section) if knob.name == name), None) if section else None


def _tables(section: type[msgspec.Struct] | None, name: str) -> list[type[msgspec.Struct]]:
    """The tables that a field may hold."""
    knob = _knob(section, name)
    return tables(knob) if knob else []


def _kinds(where: str, raw: Any) -> list[str]:
    """The kinds of the part whose ``kind`` stands at ``where``."""
    parent, _, field = where.removesuffix(".kind").rpartition(".")
    return [c.__struct_config__.tag for c in _tables(_section(parent, raw), field)]


def _known(where: str, raw: Any) -> list[str]:
    section = _section(where, raw)
    if section is None:
        return []
    return (["kind"] if issubclass(section, Part) else []) + list(section.__struct_fields__)


def _choices(where: str, raw: Any) -> list[str]:
    knob = _knob(_section(where, raw), where.split(".")[-1])
    return [str(choice) for choice in get_args(knob.type)] if knob else []
