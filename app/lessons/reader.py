"""A lesson's file, Markdown, read: every complaint names the line.

---
title: Rewiring
about: Lines cross, trajectories do not.
---

# Lines cross                      a step

At a crossing $X_t$ does not know where to go.

```toml
preset = "rewiring"                a scene to begin with; without one the step before goes on
cue = ["train", "loop"]            see cue.py
claims = ["crossings_1d == 0"]     see claim.py
[experiment]                       a patch, as a spec file would have it
dim = 1
[look]
view = "crossings"
```

> What the presenter says.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from app import look_text, presets
from app.lessons.claim import claim
from app.lessons.cue import cue
from app.lessons.lesson import Ask, Lesson, Step
from app.scene.look import Look
from engine import codec, gate
from engine.parts import Wrong
from engine.registry import nearest
from engine.spec import Experiment
from engine.wording import clean

MOST_BYTES = 200_000
MOST_STEPS = 100
MOST_TEXT, MOST_FORMULAS = 4000, 60  # letters and formulas of a step: more is no slide, and takes long to set
HEAD = ("title", "about", "course")
FIELDS = ("preset", "experiment", "look", "cue", "claims", "ask")
ASK = ("question", "choices", "right", "figure")


def read(path: Path) -> Lesson:
    """Data files are relative to it. Raises Wrong."""
    return parse(text_of(path), path.stem, path.parent.absolute())


def text_of(path: Path) -> str:
    """What stands in the file. Raises Wrong."""
    try:
        return gate.content(path, MOST_BYTES).decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise Wrong(path.name, f"cannot be read ({error})") from None


@dataclass(frozen=True)
class Head:
    """What a list of lessons says."""

    name: str
    title: str
    about: str
    course: bool
    steps: tuple[str, ...]  # headings


@cache
def heads() -> tuple[Head, ...]:
    """Of those that come with the program, in their order."""
    found = []
    for name, text in _shipped().items():
        lines = text.splitlines()
        at, head = _head(lines, name)
        steps = tuple(raw.heading for raw in _raw_steps(lines, at, name))
        found.append(Head(name, head["title"], head.get("about", ""), head.get("course", "yes") == "yes", steps))
    return tuple(found)


def neighbour(name: str, way: int) -> Head | None:
    """The lesson after (``way`` 1) or before (-1) this one of those that come with the program."""
    all_of_them = heads()
    at = next((k for k, head in enumerate(all_of_them) if head.name == name), None)
    there = at is not None and 0 <= at + way < len(all_of_them)
    return all_of_them[at + way] if there else None


@cache
def shipped(name: str) -> Lesson:
    """One that comes with the program. Raises Wrong."""
    if name not in _shipped():
        raise Wrong("lesson", f"{clean(name, 60)!r} is not there")
    return parse(_shipped()[name], name)


@cache
def _shipped() -> dict[str, str]:
    folder = files("resources").joinpath("lessons")
    found = sorted((item for item in folder.iterdir() if item.name.endswith(".md")), key=lambda item: item.name)
    return {item.name.removesuffix(".md"): item.read_text(encoding="utf-8") for item in found}


def parse(text: str, name: str, folder: Path | None = None) -> Lesson:
    """Raises Wrong, with the line."""
    lines = text.splitlines()
    at, head = _head(lines, name)
    steps: list[Step] = []
    for raw in _raw_steps(lines, at, name):
        steps.append(_step(raw, steps[-1] if steps else None, name, folder))
        if len(steps) > MOST_STEPS:
            raise _wrong(name, raw.line, f"is step {len(steps)}; {MOST_STEPS} are the most")
    if not steps:
        raise Wrong(name, "has no step; each begins with a line such as '# Lines cross'")
    return Lesson(name, head["title"], head.get("about", ""), tuple(steps), head.get("course", "yes") == "yes", text)


def scene(step: Step, finished: bool = False) -> tuple[Experiment, Look]:
    """What a step shows; ``finished``: with the rounds that its cues ask for. Raises Wrong."""
    raw = dict(step.experiment)
    for done in step.cues:
        if done.verb == "train to gap":
            raw = merged(raw, {"training": {"stop_gap": done.at}})
    experiment = codec.build(raw)
    if finished and step.more_rounds:
        experiment = codec.build({**raw, "rounds": experiment.rounds + step.more_rounds})
    names = [node.name for node in experiment.nodes()]
    return experiment, look_text.read(step.look, experiment.dim, names)


@dataclass
class _Raw:
    heading: str
    line: int
    text: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    toml: list[str] = field(default_factory=list)
    toml_line: int = 0


def _head(lines: list[str], name: str) -> tuple[int, dict[str, str]]:
    """Where the steps begin, and the front matter."""
    if not lines or lines[0].strip() != "---":
        raise _wrong(name, 1, "is not '---': a lesson begins with its title between two such lines")
    found: dict[str, str] = {}
    for at, line in enumerate(lines[1:], 1):
        if line.strip() == "---":
            if "title" not in found:
                raise _wrong(name, at + 1, "ends the head, in which no title stands; write one, 'title: Rewiring'")
            return at + 1, found
        key, colon, value = line.partition(":")
        if line.strip() and (not colon or key.strip() not in HEAD):
            raise _wrong(name, at + 1, f"{clean(line, 60)!r} is not one of {', '.join(HEAD)}, a colon and words")
        if line.strip():
            found[key.strip()] = value.strip()
    raise _wrong(name, len(lines), "ends in the middle of the head; close it by a line '---'")


def _raw_steps(lines: list[str], at: int, name: str) -> Iterator[_Raw]:
    now: _Raw | None = None
    fence = 0
    for number, line in enumerate(lines[at:], at + 1):
        if fence:
            if line.strip() == "```":
                fence = 0
            else:
                now.toml.append(line)
        elif re.match(r"#\s", line):
            if now is not None:
                yield now
            now = _Raw(line[1:].strip(), number)
        elif now is None:
            if line.strip():
                raise _wrong(name, number, "stands before the first step; each begins with a line '# Heading'")
        elif line.strip() == "```toml":
            if now.toml_line:
                raise _wrong(name, number, f"begins a second block of TOML in the step of line {now.line}; join them")
            fence = now.toml_line = number
        elif line.startswith(">"):
            now.notes.append(line[1:].strip())
        else:
            now.text.append(line)
    if fence:
        raise _wrong(name, fence, "begins a block of TOML that does not end; close it by a line of three backquotes")
    if now is not None:
        yield now


def _step(raw: _Raw, before: Step | None, name: str, folder: Path | None) -> Step:
    words = "\n".join(raw.text).strip()
    if len(words) > MOST_TEXT or words.count("$") > 2 * MOST_FORMULAS:
        told = f"begins a step of more than {MOST_TEXT:,} letters or {MOST_FORMULAS} formulas; make two of it"
        raise _wrong(name, raw.line, told)
    try:
        patch = gate.parse("\n".join(raw.toml), "toml", "")
    except Wrong as wrong:
        match = re.search(r"\(at line (\d+)", wrong.message)
        line = raw.toml_line + (int(match[1]) if match else 1)
        words = re.sub(r"is not valid TOML \((.*?)(?: \(at [^)]*\))?\)$", r"is not TOML: \1", wrong.message)
        raise _wrong(name, line, f"{wrong.where} {words}".strip()) from None
    try:
        _known(patch, FIELDS, "")
        experiment, look = _scene(patch, before, folder)
        cues = patch.get("cue", [])
        cues = [cues] if isinstance(cues, str) else cues
        step = Step(
            raw.heading,
            words,
            "\n".join(raw.notes).strip(),
            experiment,
            look,
            patch,
            tuple(cue(text) for text in _texts(cues, "cue")),
            tuple(claim(text) for text in _texts(patch.get("claims", []), "claims")),
            _ask(patch.get("ask")),
            raw.line,
        )
        made, _ = scene(step, finished=True)
        look_text.checked(look, made.dim)
        for one in step.claims:
            one.check([node.name for node in made.nodes()])
        return step
    except Wrong as wrong:
        line = _line_of(wrong.where, raw)
        where = "" if wrong.where in ("cue", "claim", "") else f"{wrong.where} "
        raise _wrong(name, line, f"{where}{wrong.message}") from None


def _scene(
    patch: Mapping[str, Any], before: Step | None, folder: Path | None
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    base = before.experiment if before is not None else codec.plain(presets.first())
    if "preset" in patch:
        names = [preset.name for preset in presets.presets()]
        if patch["preset"] not in names:
            near = nearest(str(patch["preset"]), names)
            hint = f"did you mean {near!r}?" if near else f"known are {', '.join(names)}"
            raise Wrong("preset", f"{clean(str(patch['preset']), 60)!r} is not there; {hint}")
        base = codec.plain(next(one for one in presets.presets() if one.name == patch["preset"]).experiment())
    for table in ("experiment", "look"):
        if not isinstance(patch.get(table, {}), dict):
            raise Wrong(table, f"is not a table; write [{table}] and its fields below")
    old = before.look if before is not None and "preset" not in patch else {}
    asked = patch.get("experiment", {})
    if folder is not None:
        asked = {name: _from(folder, value) if name in codec.ENDS else value for name, value in asked.items()}
    return merged(base, asked), {**old, **patch.get("look", {})}


def _from(folder: Path, part: Any) -> Any:
    """A part with its data files, relative ones beside the lesson."""
    if not isinstance(part, Mapping):
        return part
    return {
        name: os.path.normpath(folder / value) if name == "path" and isinstance(value, str) else _from(folder, value)
        for name, value in part.items()
    }


def merged(old: Any, new: Any) -> Any:
    """Tables field by field; of another kind, and all else, the new one."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)) or new.get("kind", old.get("kind")) != old.get(
        "kind"
    ):
        return new
    return {**old, **{name: merged(old.get(name), value) for name, value in new.items()}}


def _ask(raw: Any) -> Ask | None:
    if raw is None:
        return None
    if not isinstance(raw, dict) or "question" not in raw:
        raise Wrong("ask", 'is not a table with a question; write ask = {question = "How many?", figure = "meetings"}')
    _known(raw, ASK, "ask.")
    found = Ask(str(raw["question"]), tuple(_texts(raw.get("choices", []), "ask.choices")), raw.get("right", 0),
                str(raw.get("figure", "")))  # fmt: skip
    if found.choices and not (isinstance(found.right, int) and 1 <= found.right <= len(found.choices)):
        raise Wrong("ask.right", f"is not the number of one of {len(found.choices)} choices")
    if not found.choices:
        claim(f"{found.figure} > 0")  # it is a figure
    return found


def _texts(raw: Any, where: str) -> list[str]:
    if not isinstance(raw, list) or not all(isinstance(text, str) for text in raw):
        raise Wrong(where, "is not a list of texts")
    return raw


def _known(raw: Mapping[str, Any], fields: tuple[str, ...], where: str) -> None:
    for name in raw:
        if name not in fields:
            near = nearest(name, fields)
            hint = f"did you mean {near!r}?" if near else f"known are {', '.join(fields)}"
            raise Wrong(f"{where}{name}", f"is not a known field; {hint}")


def _line_of(where: str, raw: _Raw) -> int:
    """The line of the block in which this field stands, as far as can be told."""
    names = [word for word in re.findall(r"\w+", {"claim": "claims"}.get(where, where)) if not word.isdigit()]
    for name in [word for word in reversed(names) if word != "kind"]:
        for k, line in enumerate(raw.toml):
            if re.search(rf"(^|[\s{{\[.,]){re.escape(name)}\s*[\].=]", line):
                return raw.toml_line + 1 + k
    return raw.toml_line or raw.line


def _wrong(name: str, line: int, message: str) -> Wrong:
    return Wrong(f"{name}, line {line}", message)
