"""Steps of a lesson moved, deleted and rewritten: every other step keeps its scene."""

from __future__ import annotations

import pytest

from app.lessons import editing, reader, writing
from app.lessons.lesson import Lesson
from engine import codec
from engine.parts import Wrong
from tests.app.test_lessons import NAMES


def scenes(lesson: Lesson) -> list:
    return [(codec.build(step.experiment), reader.scene(step)[1]) for step in lesson.steps]


def told(lesson: Lesson) -> list:
    return [(s.heading, s.text, s.notes, s.cues, s.claims, s.ask) for s in lesson.steps]


@pytest.mark.parametrize("name", NAMES)
def test_a_step_that_is_moved_takes_its_scene_along(name) -> None:
    lesson = reader.shipped(name)
    last = len(lesson.steps) - 1
    for at, to in ((0, last), (last, 0), (1, 0)):
        made = reader.parse(editing.moved(lesson, at, to), name)
        order = list(range(last + 1))
        order.insert(to, order.pop(at))
        assert scenes(made) == [scenes(lesson)[k] for k in order]
        assert told(made) == [told(lesson)[k] for k in order]


@pytest.mark.parametrize("name", NAMES)
def test_a_step_that_goes_leaves_the_others_as_they_were(name) -> None:
    lesson = reader.shipped(name)
    for at in range(len(lesson.steps)):
        made = reader.parse(editing.without(lesson, at), name)
        rest = [k for k in range(len(lesson.steps)) if k != at]
        assert scenes(made) == [scenes(lesson)[k] for k in rest] and told(made) == [told(lesson)[k] for k in rest]


def test_what_need_not_change_keeps_its_letters() -> None:
    lesson = reader.shipped("03_straight_is_fast")
    last = lesson.text[lesson.text.index("# Straight: one step") :]
    words = writing.words_of(lesson.steps[0])
    made = editing.rewritten(lesson, 0, words)
    assert last in made and told(reader.parse(made, lesson.name)) == told(lesson)


def test_other_words_and_another_scene() -> None:
    lesson = reader.shipped("03_straight_is_fast")
    words = writing.Words("Other", "Text $x$.", "Said.", "play to 0.5, loop", ("straightness > 1",))
    other = (reader.scene(lesson.steps[2])[0], reader.scene(lesson.steps[1])[1])
    made = reader.parse(editing.rewritten(lesson, 0, words, other), lesson.name)
    step = made.steps[0]
    assert (step.heading, [str(cue) for cue in step.cues]) == ("Other", ["play to 0.5", "loop"])
    assert [claim.text for claim in step.claims] == ["straightness > 1"] and step.ask == lesson.steps[0].ask
    assert scenes(made) == [other, *scenes(lesson)[1:]]
    for bad in (writing.Words("A", cue="plaay"), writing.Words("A", claims=("straightnes > 1",))):
        with pytest.raises(Wrong, match="did you mean"):
            editing.rewritten(lesson, 0, bad)


def test_the_only_step_stays() -> None:
    lesson = reader.shipped("03_straight_is_fast")
    for _ in range(2):
        lesson = reader.parse(editing.without(lesson, 0), "a")
    with pytest.raises(Wrong, match="this step alone"):
        editing.without(lesson, 0)
