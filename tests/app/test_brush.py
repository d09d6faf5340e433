"""Strokes: what they draw, and that each is one undo step."""

from __future__ import annotations

import numpy as np
import pytest

from app.document import Document
from app.tools import brush as module
from app.tools.brush import Brush, points
from app.tools.brush_bar import BrushBar
from engine.codec import build
from engine.registry import kinds
from engine.spec import Experiment


@pytest.fixture(params=[1, 2])
def document(qapp, request) -> Document:
    gaussian = kinds("distributions")["gaussian"]
    return Document(Experiment(dim=request.param, source=gaussian(), target=gaussian(mean=3.0)))


def stroke(brush, *path) -> None:
    brush.press(*path[0])
    for spot in path[1:]:
        brush.move(*spot)
    brush.release()


def test_a_stroke_is_one_edit(document) -> None:
    brush = Brush(document)
    before = document.experiment
    brush.start("target")
    stroke(brush, (0, 0), (1, 1), (2, 0))
    assert document.experiment.target.kind == "drawn"
    assert document.experiment.source == before.source
    assert document.stack.count() == 1 and document.stack.undoText() == "draw target"
    drawn = points(document.experiment.target, document.experiment.dim)
    assert len(drawn) == brush.count > 50
    stroke(brush, (3, 3), (4, 4))
    assert document.stack.count() == 2 and brush.count > len(drawn)
    document.stack.undo()
    assert brush.count == len(drawn)
    document.stack.undo()
    assert document.experiment == before
    assert brush.count == 0  # a preset is no drawing: the canvas is empty


def test_the_preview_runs_ahead_of_the_document(document) -> None:
    brush, heard = Brush(document), []
    brush.changed = lambda: heard.append(brush.preview().shape)
    brush.start("source")
    brush.press(0.5, 1.0)
    brush.move(0.5, 2.0)
    assert document.stack.count() == 0
    assert heard[-1][0] > 0 and heard[-1][1] == 2
    brush.stop()  # keeps it
    assert document.stack.count() == 1


def test_points_lie_in_the_disc(document) -> None:
    brush = Brush(document)
    brush.start("source")
    brush.width, brush.density = 0.8, 1000
    stroke(brush, (0.3, -1.0))
    spread = brush.preview() - ((0.0, -1.0) if document.experiment.dim == 1 else (0.3, -1.0))
    distance = np.linalg.norm(spread, axis=1)
    assert 0.3 < distance.max() <= 0.4 + 1e-4
    assert abs(spread.mean()) < 0.05


def test_the_same_strokes_draw_the_same_points(document) -> None:
    clouds = []
    for _ in range(2):
        brush = Brush(document, seed=3)
        brush.start("source")
        brush.width = 0.5
        brush.clear()
        stroke(brush, (0, 0), (1, 1))
        clouds.append(brush.preview())
        brush.stop()
    assert np.array_equal(*clouds)


def test_erasing(document) -> None:
    brush, said = Brush(document), []
    brush.refused = said.append
    brush.start("source")
    stroke(brush, (0, 0))
    stroke(brush, (0, 5))
    whole = brush.count
    brush.erasing = True
    brush.width = 2.5
    stroke(brush, (0, 5))
    assert 0 < brush.count < whole
    assert (brush.preview()[:, 1] < 2).all()
    assert document.stack.undoText() == "erase source"
    count = document.stack.count()
    stroke(brush, (0, 0))
    assert brush.count == 0 and document.stack.count() == count
    assert len(said) == 1 and said[0].endswith(".")


def test_a_drawing_is_gone_on_with_and_holding_still_sprays(document) -> None:
    brush = Brush(document)
    brush.start("source")
    stroke(brush, (0, 0))
    first = brush.count
    brush.stop()
    brush.start("source")
    assert brush.count == first
    brush.press(1, 1)
    for _ in range(10):
        brush.tick()
    brush.release()
    assert brush.count > first + 50


def test_the_cap_is_one_sentence(document, monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST", 100)
    brush, said = Brush(document), []
    brush.refused = said.append
    brush.start("source")
    brush.width = 0.5
    stroke(brush, (0, 0), (5, 5), (9, 9))
    assert brush.count == 100
    assert said == ["A drawing has 100 points at most: erase some to go on."]


def test_nothing_is_drawn_before_start_or_after_stop(document) -> None:
    brush = Brush(document)
    stroke(brush, (0, 0))
    brush.start("source")
    brush.stop()
    stroke(brush, (0, 0))
    assert document.stack.count() == 0 and brush.hover(0, 0) is None


def test_the_bar_sets_the_brush(qtbot, document) -> None:
    brush = Brush(document)
    bar = BrushBar(brush)
    qtbot.addWidget(bar)
    brush.start("source")
    bar.modes.button(1).click()
    bar.ends.button(1).click()
    assert brush.erasing and brush.end == "target"
    assert brush.hover(0, 0) == (brush.width / 2, "warning")
    width = brush.width
    bar.resize_brush(2.0)
    assert brush.width == 2 * width
    bar.density.setSliderPosition(0)
    bar.density.triggerAction(bar.density.SliderAction.SliderMove)
    assert brush.density == module.DENSITIES[0]


def test_the_width_suits_the_picture_until_it_is_chosen(document) -> None:
    brush = Brush(document)
    brush.start("source")
    small = brush.width
    gaussian = kinds("distributions")["gaussian"]
    document.patch("far", target=gaussian(mean=50.0))
    brush.start("source")
    assert brush.width > 2 * small
    brush.scale(0.5)
    chosen = brush.width
    brush.start("target")
    assert brush.width == chosen


def test_clear_is_an_undo_step_of_its_own(qapp) -> None:
    document = Document(build({"source": {"kind": "gaussian"}, "target": {"kind": "gaussian"}}))
    brush = Brush(document)
    brush.start("source")
    brush.press(0.0, 0.0)
    brush.release()
    drawn, count = document.experiment.source, brush.count
    assert count
    brush.clear()
    assert brush.count == 0 and document.experiment.source == drawn
    document.stack.undo()
    assert brush.count == count and document.experiment.source == drawn
    document.stack.redo()
    assert brush.count == 0
