"""A lesson written from the window: the state on show as one more step, found by difference to the step before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import tomli_w

from app import look_text, presets
from app.lessons.lesson import Lesson
from app.scene.look import Look
from engine import codec
from engine.spec import Experiment

HEAD = "---\ntitle: {title}\nabout: {about}\n---\n"
NOT_OF_A_LESSON = ("theme", "text_scale", "after_edit", "selected")


def begun(title: str, about: str = "") -> str:
    """The text of a lesson without steps."""
    return HEAD.format(title=_line(title) or "A lesson", about=_line(about) or "Written in the window.")


@dataclass(frozen=True)
class Words:
    """What a person writes about a step."""

    heading: str
    text: str = ""
    notes: str = ""
    cue: str = ""


def with_step(text: str, before: Lesson | None, experiment: Experiment, look: Look, words: Words) -> str:
    """The lesson's text with one more step at its end. ``before`` is what the text is read as; None: no step yet."""
    last = before.steps[-1] if before is not None and before.steps else None
    old = last.experiment if last is not None else codec.plain(presets.first())
    patch: dict[str, Any] = {"cue": words.cue} if words.cue else {}
    if changed := _differing(_sorted(old), _sorted(codec.plain(experiment))):
        patch["experiment"] = changed
    seen = {name: value for name, value in look_text.plain(look).items() if name not in NOT_OF_A_LESSON}
    shown = dict(last.look) if last is not None else {}
    gone = {name: look_text.default(name) for name in shown if name not in seen and name not in NOT_OF_A_LESSON}
    if lookup := {name: value for name, value in {**gone, **seen}.items() if shown.get(name) != value}:
        patch["look"] = lookup
    block = f"\n```toml\n{tomli_w.dumps(patch)}```\n" if patch else ""
    said = "".join(f"> {line}\n" for line in words.notes.strip().splitlines())
    body = "\n".join(line.lstrip("#>`") for line in words.text.strip().splitlines())
    return f"{text.rstrip()}\n\n# {_line(words.heading) or 'A step'}\n" + (f"\n{body}\n" if body else "") + block + (
        f"\n{said}" if said else ""
    )  # fmt: skip


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What makes the one the other, as ``reader.merged`` puts it together."""
    found: dict[str, Any] = {}
    for name, value in new.items():
        was = old.get(name)
        if value == was:
            continue
        same = isinstance(value, Mapping) and isinstance(was, Mapping) and value.get("kind") == was.get("kind")
        if same and set(was) <= set(value):
            found[name] = _differing(was, value)
            if "kind" in value:
                found[name] = {"kind": value["kind"], **found[name]}
        else:
            found[name] = value
    return found


def _sorted(plain: Mapping[str, Any]) -> Mapping[str, Any]:
    """Lists, as TOML has them, and not tuples."""
    if isinstance(plain, Mapping):
        return {name: _sorted(value) for name, value in plain.items()}
    return [_sorted(value) for value in plain] if isinstance(plain, list | tuple) else plain


def _line(text: str) -> str:
    return " ".join(text.split())
