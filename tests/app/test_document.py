"""Edits, undo, merging."""

from __future__ import annotations

import gc
import weakref

import msgspec
import pytest

from app.document import Document
from app.tools.brush import Brush
from engine.parts import Wrong
from engine.registry import kinds
from engine.spec import Experiment, Training


@pytest.fixture
def document(qapp) -> Document:
    gaussian = kinds("distributions")["gaussian"]
    return Document(Experiment(source=gaussian(), target=gaussian(mean=3.0)))


def test_edit_undo_redo(document) -> None:
    heard = []
    document.experiment_changed.connect(lambda: heard.append(document.experiment.seed))
    document.patch("seed 1", seed=1)
    document.patch("seed 2", seed=2)
    document.stack.undo()
    document.stack.undo()
    document.stack.redo()
    assert heard == [1, 2, 1, 0, 1]
    assert document.stack.undoText() == "seed 1"


def test_an_equal_experiment_is_no_edit(document) -> None:
    document.patch("seed", seed=document.experiment.seed)
    assert document.stack.count() == 0


def test_what_cannot_be_changes_nothing(document) -> None:
    before = document.experiment
    with pytest.raises(Wrong) as caught:
        document.patch("batch", training=Training(batch=0))
    assert caught.value.where == "training.batch"
    assert document.experiment is before
    assert document.stack.count() == 0


def test_edits_of_one_gesture_merge_and_others_do_not(document) -> None:
    for seed in range(1, 6):
        document.patch("seed", "drag 1", seed=seed)
    document.patch("seed", "drag 2", seed=9)
    document.patch("seed", seed=10)
    document.patch("seed", seed=11)
    assert document.stack.count() == 4
    for seed in (10, 9, 5, 0):
        document.stack.undo()
        assert document.experiment.seed == seed


def test_the_look_is_not_undone(document) -> None:
    heard = []
    document.look_changed.connect(lambda: heard.append(document.look.t))
    document.see(t=0.25)
    document.see(t=0.25)
    assert heard == [0.25]
    assert document.stack.count() == 0


def test_a_document_goes_without_the_collector(qapp) -> None:
    """Its steps do not hold it: the collector crashes in a circle of Python's that Qt owns a part of."""
    gaussian = kinds("distributions")["gaussian"]
    made = Document(Experiment(source=gaussian(), target=gaussian()))
    made.patch("seed 1", seed=1)
    made.stack.undo()
    made.patch("seed 2", seed=2)
    gone = weakref.ref(made)
    gc.disable()
    try:
        del made
        assert gone() is None
    finally:
        gc.enable()


def test_it_becomes_another_document_with_its_steps(document) -> None:
    """Undo leads through the steps that come along, and not back to what was open before."""
    document.edit(msgspec.structs.replace(document.experiment, seed=1), "one")
    document.edit(msgspec.structs.replace(document.experiment, seed=2), "two")
    document.stack.undo()
    steps, look = document.steps(), msgspec.structs.replace(document.look, t=0.1, view="field")
    assert [e.seed for e in steps.experiments] == [0, 1, 2] and steps.texts == ("one", "two") and steps.at == 1
    heard = []
    document.experiment_changed.connect(lambda: heard.append(document.experiment.seed))
    other = Document(msgspec.structs.replace(document.experiment, seed=9))
    other.edit(msgspec.structs.replace(other.experiment, seed=10), "gone")
    other.experiment_changed.connect(lambda: heard.append(other.experiment.seed))
    other.replace(steps.experiments[1], look, steps)
    assert heard == [1] and other.look == look and other.stack.isClean() and other.steps() == steps
    assert other.stack.undoText() == "one" and other.stack.redoText() == "two"
    other.undo()
    assert (other.experiment.seed, other.stack.isClean()) == (0, False)
    other.redo()
    other.redo()
    assert other.experiment.seed == 2 and not other.stack.canRedo()
    other.replace(document.experiment, look)
    assert other.stack.count() == 0 and other.steps().experiments == (document.experiment,)


def test_steps_of_a_canvas_alone_are_not_among_them(document) -> None:
    document.begin(Brush, {})
    document.draw(document.drawing.tool.press(document.drawing.canvas, (0.0, 0.0), (0.01, 0.01)))
    document.finish()
    strokes = document.stack.count()
    document.edit(msgspec.structs.replace(document.experiment, seed=5), "seed")
    steps = document.steps()
    assert strokes and steps.experiments[steps.at] is document.experiment
    assert all(one is not two for one, two in zip(steps.experiments, steps.experiments[1:], strict=False))


def test_what_cannot_be_is_no_document(document) -> None:
    before = document.experiment
    with pytest.raises(Wrong):
        document.replace(msgspec.structs.replace(before, rounds=-1), document.look)
    assert document.experiment is before
