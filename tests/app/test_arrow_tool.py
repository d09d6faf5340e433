"""Arrows: what a drag draws, moves and chooses, that each is one undo step, and the way there and back."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.application import assemble, begin
from app.document import Document
from app.scene import compose
from app.scene.look import Look
from app.scene.marks import Arrows
from app.tools import arrow_tool as module
from app.tools.arrow_bar import ArrowBar
from app.tools.arrow_tool import ArrowTool, arrows
from engine.codec import build
from engine.picture import draw_pairs, preview
from engine.registry import kinds
from engine.spec import Experiment

ENDS = {"source": {"kind": "gaussian"}, "target": {"kind": "gaussian", "mean": 3.0}}


def experiment(dim: int, **fields: object) -> Experiment:
    return build({"dim": dim, "rounds": 0, **ENDS, "coupling": {"kind": "independent", "pairs": 300}} | fields)


@pytest.fixture(params=[1, 2, 3])
def document(qapp, request) -> Document:
    return Document(experiment(request.param))


@pytest.fixture
def arrow_tool(document) -> ArrowTool:
    made = ArrowTool(document)
    made.said = []
    made.refused = made.said.append
    made.start()
    return made


def drag(arrow_tool, *path) -> None:
    arrow_tool.press(*path[0])
    for spot in path[1:]:
        arrow_tool.move(*spot)
    arrow_tool.release()


def page(document, start, end) -> np.ndarray:
    """What an arrow from start to end is in this dimension, (2, d)."""
    dim = document.experiment.dim
    if dim == 1:
        return np.array([[start[1]], [end[1]]])
    return np.array([[*start, *[0.0] * (dim - 2)], [*end, *[0.0] * (dim - 2)]])


def test_a_drag_is_an_arrow_and_one_edit(document, arrow_tool) -> None:
    before = document.experiment
    drag(arrow_tool, (0.0, 1.0), (0.5, 1.5), (1.0, 3.0))
    coupling = document.experiment.coupling
    assert coupling.kind == "drawn" and coupling.pairs == 300  # what it was stays
    assert np.array_equal(arrows(coupling, document.experiment.dim), [page(document, (0.0, 1.0), (1.0, 3.0))])
    drag(arrow_tool, (0.0, -1.0), (1.0, -3.0))
    assert document.stack.count() == 2 and document.stack.undoText() == "draw an arrow"
    assert arrow_tool.count == 2 and arrow_tool.chosen == 1
    document.stack.undo()
    assert arrow_tool.count == 1
    document.stack.undo()
    assert document.experiment == before and arrow_tool.count == 0
    document.stack.redo()
    assert arrow_tool.count == 1 and not arrow_tool.said


def test_the_pairs_follow_the_arrows(document, arrow_tool) -> None:
    """Two arrows that cross: the lower half goes up and the upper half down."""
    drag(arrow_tool, (0.0, -1.0), (1.0, 5.0))
    drag(arrow_tool, (0.0, 1.0), (1.0, 1.0))
    x0, x1 = draw_pairs(document.experiment)
    axis = 0 if document.experiment.dim == 1 else 1
    low = x0[:, axis] < 0
    assert x1[low, axis].mean() > x1[~low, axis].mean() + 1.0


def test_the_preview_lies_on_the_page(document, arrow_tool) -> None:
    heard = []
    arrow_tool.changed = lambda: heard.append(arrow_tool.preview())
    arrow_tool.press(0.25, 1.0)
    arrow_tool.move(0.75, 2.0)
    assert document.stack.count() == 0  # runs ahead of it
    t0, t1 = (0.0, 1.0) if document.experiment.dim == 1 else (0.25, 0.75)
    assert np.array_equal(heard[-1], [[[t0, 1.0], [t1, 2.0]]])
    arrow_tool.stop()  # keeps it
    assert document.stack.count() == 1


def test_a_click_chooses_and_delete_takes_away(document, arrow_tool) -> None:
    drag(arrow_tool, (0.0, 1.0), (1.0, 2.0))
    drag(arrow_tool, (0.0, -1.0), (1.0, -2.0))
    drag(arrow_tool, (0.0, 3.0), (0.0, 3.05))  # within a click: no arrow
    assert arrow_tool.count == 2 and arrow_tool.chosen == -1
    drag(arrow_tool, (0.5, 1.5))
    assert arrow_tool.chosen == 0 and document.stack.count() == 2
    arrow_tool.delete()
    assert arrow_tool.count == 1 and document.stack.undoText() == "delete an arrow" and arrow_tool.chosen == -1
    assert (arrow_tool.preview()[..., 1] < 0).all()
    arrow_tool.delete()  # none is chosen
    assert arrow_tool.count == 1
    drag(arrow_tool, (0.5, -1.5))
    arrow_tool.delete()
    assert arrow_tool.count == 0 and len(document.experiment.coupling.arrows) == 1
    assert arrow_tool.said == ["No arrow is left: the experiment keeps the last one until you draw again."]
    document.stack.undo()
    assert arrow_tool.count == 1


def test_dragging_an_end_moves_it(document, arrow_tool) -> None:
    drag(arrow_tool, (0.0, 1.0), (1.0, 2.0))
    assert arrow_tool.hover(1.0, 2.0) is not None and arrow_tool.hover(0.5, 1.5) is None
    drag(arrow_tool, (1.0, 2.05), (1.0, 4.05))  # held where it was taken
    assert document.stack.undoText() == "move an arrow"
    drag(arrow_tool, (0.0, 1.0), (0.0, 0.0))
    found = arrows(document.experiment.coupling, document.experiment.dim)
    assert np.allclose(found, [page(document, (0.0, 0.0), (1.0, 4.0))])
    drag(arrow_tool, (0.5, 2.0), (0.5, 5.0))  # from a shaft: a new one
    assert arrow_tool.count == 2


def test_clear_is_an_undo_step(document, arrow_tool) -> None:
    drag(arrow_tool, (0.0, 1.0), (1.0, 2.0))
    kept = document.experiment
    arrow_tool.clear()
    assert arrow_tool.count == 0 and document.experiment == kept
    document.stack.undo()
    assert arrow_tool.count == 1
    document.stack.redo()
    drag(arrow_tool, (0.0, 0.0), (1.0, 5.0))
    assert len(document.experiment.coupling.arrows) == 1


def test_arrows_of_another_dimension_are_taken_over(qapp) -> None:
    """The third coordinate of an old arrow stays while its ends are moved on the page."""
    part = {"kind": "drawn", "arrows": [[0, 0, 5, 1, 1, 7]]}
    document = Document(experiment(3, coupling=part))
    arrow_tool = ArrowTool(document)
    arrow_tool.start()
    drag(arrow_tool, (1.0, 1.0), (2.0, 2.0))
    assert document.experiment.coupling.arrows == ((0.0, 0.0, 5.0, 2.0, 2.0, 7.0),)


def test_limits_are_one_sentence(document, arrow_tool, monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST", 1)
    drag(arrow_tool, (0.0, 1.0), (1.0, 2.0))
    drag(arrow_tool, (0.0, -1.0), (1.0, -2.0))
    assert arrow_tool.count == 1 and arrow_tool.said == ["A drawing has 1 arrows at most: delete some to go on."]
    drag(arrow_tool, (1.0, 2.0), (1.0, 2e6))
    assert len(arrow_tool.said) == 2 and arrow_tool.said[1].startswith("This arrow is not possible: ")
    assert arrow_tool.count == 1 and document.stack.count() == 1


def test_nothing_is_drawn_before_start_or_after_stop(document) -> None:
    arrow_tool = ArrowTool(document)
    drag(arrow_tool, (0.0, 1.0), (1.0, 2.0))
    arrow_tool.start()
    arrow_tool.stop()
    drag(arrow_tool, (0.0, 1.0), (1.0, 2.0))
    arrow_tool.delete()
    assert document.stack.count() == 0 and arrow_tool.hover(0, 0) is None


def test_the_bar(qtbot, document, arrow_tool) -> None:
    bar = ArrowBar(arrow_tool)
    qtbot.addWidget(bar)
    arrow_tool.changed = bar.refresh
    drag(arrow_tool, (0.0, 1.0), (1.0, 2.0))
    assert bar.said.text() == "1 arrow" and bar.delete.isEnabled()
    bar.clear.click()
    assert bar.said.text() == "0 arrows" and not bar.delete.isEnabled() and not bar.clear.isEnabled()


def test_the_picture_while_drawing(document, arrow_tool) -> None:
    drag(arrow_tool, (0.0, 1.0), (1.0, 2.0))
    drag(arrow_tool, (0.0, -1.0), (1.0, -2.0))
    panel = compose.arrows(
        preview(experiment(document.experiment.dim)), Look(), arrow_tool.preview(), arrow_tool.chosen
    )
    drawn = [mark for mark in panel.marks if isinstance(mark, Arrows)]
    assert [len(mark.xy) for mark in drawn] == [1, 1] and drawn[1].ink == "warning"  # the chosen one apart
    assert all(mark.moving for mark in drawn)  # the still picture holds while a button is held
    assert ("x3 = 0" in panel.caption) == (document.experiment.dim == 3)


@pytest.mark.parametrize("dim", [1, 2])
def test_from_the_card_to_the_pairs(qtbot, dim) -> None:
    """The button of the card, the mouse on the stage, Delete, Esc."""
    window = assemble(experiment(dim, coupling={"kind": "drawn", "pairs": 200}), device="cpu")
    begin(window)
    try:
        window.resize(1280, 800)
        qtbot.waitUntil(
            lambda: window.controller.current and window.controller.snapshot.phase in ("done", "paused"), timeout=60000
        )
        row = window.dock.cards["coupling"].form.rows["arrows"]
        assert row.isVisible() and row.field.label.text() == "2"  # on a folded card
        row.field.button.click()
        assert window.arrow_tool.active and window.arrow_bar.isVisible() and window.arrow_tool.count == 2
        window.arrow_tool.clear()
        plane = window.stage.interpolation
        qtbot.waitUntil(lambda: "arrows" in plane.panel.title, timeout=5000)
        glass = plane._glass.viewport()
        a, b = (glass.mapFrom(plane, plane.to_window(*spot).toPoint()) for spot in ((0.0, 0.0), (1.0, 3.0)))
        QTest.mousePress(glass, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, a)
        for k in (1, 2, 3):
            QTest.mouseMove(glass, a + k * (b - a) / 3)
        QTest.mouseRelease(glass, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, b)
        found = arrows(window.document.experiment.coupling, dim)
        assert found.shape == (1, 2, dim) and np.allclose(found[0, :, -1], [0.0, 3.0], atol=0.1)
        assert row.field.label.text() == "1"
        window.draw("source")  # the other tool takes over
        assert window.brush.active and not window.arrow_tool.active and window.arrow_bar.isHidden()
        window.draw("arrows")
        assert window.arrow_tool.active and not window.brush.active and window.brush_bar.isHidden()
        window.leave()
        assert not window.arrow_tool.active and plane.tool is None
    finally:
        window.close()
        window.deleteLater()


def test_another_kind_while_drawing_empties_the_canvas(document, arrow_tool) -> None:
    drag(arrow_tool, (0.0, 1.0), (1.0, 2.0))
    document.patch("other", coupling=kinds("couplings")["independent"]())
    assert arrow_tool.count == 0
    drag(arrow_tool, (0.0, 1.0), (1.0, 2.0))
    assert document.experiment.coupling.kind == "drawn"


def test_clouds_stay_while_pairs_are_matched(qtbot) -> None:
    """Each arrow asks for a matching that takes seconds: the picture that one draws on must not go away."""
    from dataclasses import replace

    window = assemble(experiment(2, coupling={"kind": "drawn", "pairs": 50}), device="cpu")
    try:
        whole = replace(preview(experiment(2)), spec=window.document.experiment)
        window.controller.snapshot = whole
        window.draw("arrows")
        window.redraw.stage()
        window.controller.snapshot = replace(
            whole, rounds=(), source=whole.source[:0], target=whole.target[:0], phase="sampling"
        )
        assert window.redraw._with_clouds() is whole
        other = experiment(2, seed=5)
        window.controller.snapshot = replace(window.controller.snapshot, spec=other)
        assert window.redraw._with_clouds().spec is other
        assert (
            "Matching the points… 25 %"
            in compose.stages(replace(window.controller.snapshot, spec=whole.spec, done=0.25), Look())[0].empty
        )
    finally:
        window.close()
        window.deleteLater()
