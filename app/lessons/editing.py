"""Steps of a lesson in another order, with other words, or gone: every other step keeps its scene, and its letters
where its patch need not change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.lessons import reader
from app.lessons.lesson import Lesson, Step
from app.lessons.writing import Scene, Words, block, patch_between, shown, words_of
from app.scene.look import Look
from engine import codec
from engine.parts import Wrong
from engine.spec import Experiment


@dataclass(frozen=True)
class _Piece:
    """``number`` is its place in the file; None: it has another scene than there. Without ``text`` it is
    written anew."""

    number: int | None
    words: Words
    scene: Scene
    text: str = ""
    patch: Mapping[str, Any] = field(default_factory=dict)

    def follows(self, before: _Piece | None) -> bool:
        """Whether its patch still leads to its scene."""
        if self.number is None:
            return False
        return "preset" in self.patch or (before.number if before is not None else -1) == self.number - 1


def moved(lesson: Lesson, at: int, to: int) -> str:
    """The lesson's text with this step, from 0, at that place. Raises Wrong."""
    pieces = _pieces(lesson)
    pieces.insert(to, pieces.pop(at))
    return _text(lesson, pieces)


def without(lesson: Lesson, at: int) -> str:
    """Raises Wrong."""
    if len(lesson.steps) == 1:
        raise Wrong("lesson", "has this step alone; a lesson has one at least")
    pieces = _pieces(lesson)
    del pieces[at]
    return _text(lesson, pieces)


def rewritten(lesson: Lesson, at: int, words: Words, now: tuple[Experiment, Look] | None = None) -> str:
    """With these words; ``now``: and what is on show as its scene. Raises Wrong."""
    pieces = _pieces(lesson)
    words.check()
    pieces[at] = replace(pieces[at], words=words, text="")
    if now is not None:
        kept = {name: value for name, value in pieces[at].patch.items() if name == "ask"}
        pieces[at] = replace(pieces[at], number=None, scene=shown(*now), patch=kept)
    return _text(lesson, pieces)


def _pieces(lesson: Lesson) -> list[_Piece]:
    lines = lesson.text.splitlines()
    ends = [*(step.line - 1 for step in lesson.steps[1:]), len(lines)]
    return [
        _Piece(k, words_of(step), _whole(step), "\n".join(lines[step.line - 1 : end]).strip() + "\n", step.patch)
        for k, (step, end) in enumerate(zip(lesson.steps, ends, strict=True))
    ]


def _whole(step: Step) -> Scene:
    return Scene(codec.plain(codec.build(step.experiment)), step.look)


def _text(lesson: Lesson, pieces: list[_Piece]) -> str:
    """The file with these steps, and nothing else changed. Raises Wrong where one would not show its scene."""
    found = ["\n".join(lesson.text.splitlines()[: lesson.steps[0].line - 1]).rstrip() + "\n"]
    before: _Piece | None = None
    for piece in pieces:
        follows = piece.follows(before)
        if follows and piece.text:
            found.append(piece.text)
        else:
            others = {
                name: value for name, value in piece.patch.items() if name not in ("preset", "experiment", "look")
            }
            patch = piece.patch if follows else {**others, **patch_between(before and before.scene, piece.scene)}
            found.append(block(piece.words, patch))
        before = piece
    text = "\n".join(found)
    for k, (piece, step) in enumerate(zip(pieces, reader.parse(text, lesson.name).steps, strict=True), 1):
        if codec.build(step.experiment) != codec.build(piece.scene.experiment):
            raise Wrong("lesson", f"would show another scene in step {k}; edit its file")
    return text
