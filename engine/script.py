"""An experiment as a short Python script, through the library."""

from __future__ import annotations

import pprint
from typing import Any

import msgspec

from engine.codec import plain
from engine.registry import knobs, tables
from engine.spec import Experiment

HEAD = '''"""{title}"""

import engine

asked = engine.experiment(
{arguments})

if __name__ == "__main__":
    result = engine.run(asked, progress=print)
    for name, done in result.rounds.items():
        print(name, {{kind: found.value for kind, found in done.figures.items() if hasattr(found, "value")}})
    first = result.rounds["1"]
    times, z = first.trajectories(first.x0[:200])  # (m,) and (m, 200, d)
'''


def as_python(experiment: Experiment) -> str:
    """What differs from the defaults is written out; the script makes the very same Experiment."""
    raw = plain(experiment)
    plugins = "".join(f"# It needs the plug-in {name}.\n" for name in raw.pop("plugins", ()))
    asked = _short(raw, type(experiment))
    for end in ("source", "target"):  # which must be given
        asked.setdefault(end, {"kind": raw[end]["kind"]})
    order = ("source", "target", *(name for name in asked if name not in ("source", "target")))
    arguments = "".join(f"    {name}={_written(asked[name])},\n" for name in order)
    ends = f"{raw['source']['kind']} to {raw['target']['kind']}"
    return plugins + HEAD.format(title=f"From {ends} in {raw['dim']}-D.", arguments=arguments)


def _short(raw: dict[str, Any], section: type) -> dict[str, Any]:
    """Without what the codec would put there by itself; a part keeps its kind."""
    made = {}
    for knob in knobs(section):
        value = raw.get(knob.name)
        if value == msgspec.to_builtins(knob.default):
            continue
        inner = {cls.__struct_config__.tag: cls for cls in tables(knob)}
        if isinstance(value, dict) and value.get("kind") in inner:
            kind = {"kind": value["kind"]} if "kind" in value else {}
            made[knob.name] = kind | _short(value, inner[value.get("kind")])
        else:
            made[knob.name] = value
    return made


def _written(value: Any) -> str:
    """As a person would type it: dictionaries on one line where they fit."""
    text = pprint.pformat(value, width=110, compact=True, sort_dicts=False)
    return text.replace("\n", "\n    ")
