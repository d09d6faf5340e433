"""A lesson written from the window: the state on show as one more step, found by difference to the step before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import tomli_w

from app import look_text, presets
from app.lessons.claim import claim
from app.lessons.cue import cue
from app.lessons.lesson import Lesson, Step
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
    cue: str = ""  # several with commas between
    claims: tuple[str, ...] = ()

    def cues(self) -> list[str]:
        return [one.strip() for one in self.cue.split(",") if one.strip()]

    def check(self) -> None:
        """Raises Wrong for a cue or a claim that cannot be read."""
        for one in self.cues():
            cue(one)
        for one in self.claims:
            claim(one)


def words_of(step: Step) -> Words:
    """Those of a step that is there."""
    cues, claims = ", ".join(map(str, step.cues)), tuple(claim.text for claim in step.claims)
    return Words(step.heading, step.text, step.notes, cues, claims)


def with_step(text: str, before: Lesson | None, experiment: Experiment, look: Look, words: Words) -> str:
    """The lesson's text with one more step at its end. ``before`` is what the text is read as; None: no step yet."""
    last = before.steps[-1] if before is not None and before.steps else None
    was = Scene(last.experiment, last.look) if last is not None else None
    return f"{text.rstrip()}\n\n{block(words, patch_between(was, shown(experiment, look)))}"


@dataclass(frozen=True)
class Scene:
    """What a step shows, whole, as plain values."""

    experiment: Mapping[str, Any]
    look: Mapping[str, Any]


def shown(experiment: Experiment, look: Look) -> Scene:
    """What is on show, as a step has it."""
    seen = {name: value for name, value in look_text.plain(look).items() if name not in NOT_OF_A_LESSON}
    return Scene(codec.plain(experiment), seen)


def patch_between(was: Scene | None, now: Scene) -> dict[str, Any]:
    """What makes the one the other."""
    old = was.experiment if was is not None else codec.plain(presets.first())
    before = dict(was.look) if was is not None else {}
    patch: dict[str, Any] = {}
    if changed := _differing(_sorted(old), _sorted(now.experiment)):
        patch["experiment"] = changed
    gone = {name: look_text.default(name) for name in before if name not in now.look and name not in NOT_OF_A_LESSON}
    if look := {name: value for name, value in {**gone, **now.look}.items() if before.get(name) != value}:
        patch["look"] = look
    return patch


def block(words: Words, patch: Mapping[str, Any]) -> str:
    """A step as it stands in a file."""
    cues, claims = words.cues(), list(words.claims)
    told = {"cue": cues[0] if len(cues) == 1 else cues} if cues else {}
    told |= {"claims": claims} if claims else {}
    rest = {name: value for name, value in patch.items() if name not in ("cue", "claims")}
    toml = f"\n```toml\n{tomli_w.dumps({**told, **rest})}```\n" if told or rest else ""
    said = "".join(f"> {line}\n" for line in words.notes.strip().splitlines())
    body = "\n".join(line.lstrip("#>`") for line in words.text.strip().splitlines())
    return (
        f"# {_line(words.heading) or 'A step'}\n"
        + (f"\n{body}\n" if body else "")
        + toml
        + (f"\n{said}" if said else "")
    )


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
