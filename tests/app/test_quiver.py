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
from app.tools import quiver as module
from app.tools.quiver import Quiver, arrows
from app.tools.quiver_bar import QuiverBar
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
def quiver(document) -> Quiver:
    made = Quiver(document)
    made.said = []
    made.refused = made.said.append
    made.start()
    return made


def drag(quiver, *path) -> None:
    quiver.press(*path[0])
    for spot in path[1:]:
        quiver.move(*spot)
    quiver.release()


def page(document, start, end) -> np.ndarray:
    """What an arrow from start to end is in this dimension, (2, d)."""
    dim = document.experiment.dim
    if dim == 1:
        return np.array([[start[1]], [end[1]]])
    return np.array([[*start, *[0.0] * (dim - 2)], [*end, *[0.0] * (dim - 2)]])


def test_a_drag_is_an_arrow_and_one_edit(document, quiver) -> None:
    before = document.experiment
    drag(quiver, (0.0, 1.0), (0.5, 1.5), (1.0, 3.0))
    coupling = document.experiment.coupling
    assert coupling.kind == "drawn" and coupling.pairs == 300  # what it was stays
    assert np.array_equal(arrows(coupling, document.experiment.dim), [page(document, (0.0, 1.0), (1.0, 3.0))])
    drag(quiver, (0.0, -1.0), (1.0, -3.0))
    assert document.stack.count() == 2 and document.stack.undoText() == "draw an arrow"
    assert quiver.count == 2 and quiver.chosen == 1
    document.stack.undo()
    assert quiver.count == 1
    document.stack.undo()
    assert document.experiment == before and quiver.count == 0
    document.stack.redo()
    assert quiver.count == 1 and not quiver.said


def test_the_pairs_follow_the_arrows(document, quiver) -> None:
    """Two arrows that cross: the lower half goes up and the upper half down."""
    drag(quiver, (0.0, -1.0), (1.0, 5.0))
    drag(quiver, (0.0, 1.0), (1.0, 1.0))
    x0, x1 = draw_pairs(document.experiment)
    axis = 0 if document.experiment.dim == 1 else 1
    low = x0[:, axis] < 0
    assert x1[low, axis].mean() > x1[~low, axis].mean() + 1.0


def test_the_preview_lies_on_the_page(document, quiver) -> None:
    heard = []
    quiver.changed = lambda: heard.append(quiver.preview())
    quiver.press(0.25, 1.0)
    quiver.move(0.75, 2.0)
    assert document.stack.count() == 0  # runs ahead of it
    t0, t1 = (0.0, 1.0) if document.experiment.dim == 1 else (0.25, 0.75)
    assert np.array_equal(heard[-1], [[[t0, 1.0], [t1, 2.0]]])
    quiver.stop()  # keeps it
    assert document.stack.count() == 1


def test_a_click_chooses_and_delete_takes_away(document, quiver) -> None:
    drag(quiver, (0.0, 1.0), (1.0, 2.0))
    drag(quiver, (0.0, -1.0), (1.0, -2.0))
    drag(quiver, (0.0, 3.0), (0.0, 3.05))  # within a click: no arrow
    assert quiver.count == 2 and quiver.chosen == -1
    drag(quiver, (0.5, 1.5))
    assert quiver.chosen == 0 and document.stack.count() == 2
    quiver.delete()
    assert quiver.count == 1 and document.stack.undoText() == "delete an arrow" and quiver.chosen == -1
    assert (quiver.preview()[..., 1] < 0).all()
    quiver.delete()  # none is chosen
    assert quiver.count == 1
    drag(quiver, (0.5, -1.5))
    quiver.delete()
    assert quiver.count == 0 and len(document.experiment.coupling.arrows) == 1
    assert quiver.said == ["No arrow is left: the experiment keeps the last one until you draw again."]
    document.stack.undo()
    assert quiver.count == 1


def test_dragging_an_end_moves_it(document, quiver) -> None:
    drag(quiver, (0.0, 1.0), (1.0, 2.0))
    assert quiver.hover(1.0, 2.0) is not None and quiver.hover(0.5, 1.5) is None
    drag(quiver, (1.0, 2.05), (1.0, 4.05))  # held where it was taken
    assert document.stack.undoText() == "move an arrow"
    drag(quiver, (0.0, 1.0), (0.0, 0.0))
    found = arrows(document.experiment.coupling, document.experiment.dim)
    assert np.allclose(found, [page(document, (0.0, 0.0), (1.0, 4.0))])
    drag(quiver, (0.5, 2.0), (0.5, 5.0))  # from a shaft: a new one
    assert quiver.count == 2


def test_clear_is_an_undo_step(document, quiver) -> None:
    drag(quiver, (0.0, 1.0), (1.0, 2.0))
    kept = document.experiment
    quiver.clear()
    assert quiver.count == 0 and document.experiment == kept
    document.stack.undo()
    assert quiver.count == 1
    document.stack.redo()
    drag(quiver, (0.0, 0.0), (1.0, 5.0))
    assert len(document.experiment.coupling.arrows) == 1


def test_arrows_of_another_dimension_are_taken_over(qapp) -> None:
    """The third coordinate of an old arrow stays while its ends are moved on the page."""
    part = {"kind": "drawn", "arrows": [[0, 0, 5, 1, 1, 7]]}
    document = Document(experiment(3, coupling=part))
    quiver = Quiver(document)
    quiver.start()
    drag(quiver, (1.0, 1.0), (2.0, 2.0))
    assert document.experiment.coupling.arrows == ((0.0, 0.0, 5.0, 2.0, 2.0, 7.0),)


def test_limits_are_one_sentence(document, quiver, monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST", 1)
    drag(quiver, (0.0, 1.0), (1.0, 2.0))
    drag(quiver, (0.0, -1.0), (1.0, -2.0))
    assert quiver.count == 1 and quiver.said == ["A drawing has 1 arrows at most: delete some to go on."]
    drag(quiver, (1.0, 2.0), (1.0, 2e6))
    assert len(quiver.said) == 2 and quiver.said[1].startswith("This arrow is not possible: ")
    assert quiver.count == 1 and document.stack.count() == 1


def test_nothing_is_drawn_before_start_or_after_stop(document) -> None:
    quiver = Quiver(document)
    drag(quiver, (0.0, 1.0), (1.0, 2.0))
    quiver.start()
    quiver.stop()
    drag(quiver, (0.0, 1.0), (1.0, 2.0))
    quiver.delete()
    assert document.stack.count() == 0 and quiver.hover(0, 0) is None


def test_the_bar(qtbot, document, quiver) -> None:
    bar = QuiverBar(quiver)
    qtbot.addWidget(bar)
    quiver.changed = bar.refresh
    drag(quiver, (0.0, 1.0), (1.0, 2.0))
    assert bar.said.text() == "1 arrow" and bar.delete.isEnabled()
    bar.clear.click()
    assert bar.said.text() == "0 arrows" and not bar.delete.isEnabled() and not bar.clear.isEnabled()


def test_the_picture_while_drawing(document, quiver) -> None:
    drag(quiver, (0.0, 1.0), (1.0, 2.0))
    drag(quiver, (0.0, -1.0), (1.0, -2.0))
    panel = compose.arrows(preview(experiment(document.experiment.dim)), Look(), quiver.preview(), quiver.chosen)
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
        qtbot.waitUntil(lambda: window.helm.current and window.helm.snapshot.phase in ("done", "paused"), timeout=60000)
        row = window.dock.cards["coupling"].form.rows["arrows"]
        assert row.isVisible() and row.field.label.text() == "2"  # on a folded card
        row.field.button.click()
        assert window.quiver.active and window.quiver_bar.isVisible() and window.quiver.count == 2
        window.quiver.clear()
        plane = window.stage.interpolation
        qtbot.waitUntil(lambda: "arrows" in plane._title.text(), timeout=5000)
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
        assert window.brush.active and not window.quiver.active and window.quiver_bar.isHidden()
        window.draw("arrows")
        assert window.quiver.active and not window.brush.active and window.brush_bar.isHidden()
        window.leave()
        assert not window.quiver.active and plane.tool is None
    finally:
        window.close()
        window.deleteLater()


def test_another_kind_while_drawing_empties_the_canvas(document, quiver) -> None:
    drag(quiver, (0.0, 1.0), (1.0, 2.0))
    document.patch("other", coupling=kinds("couplings")["independent"]())
    assert quiver.count == 0
    drag(quiver, (0.0, 1.0), (1.0, 2.0))
    assert document.experiment.coupling.kind == "drawn"


def test_clouds_stay_while_pairs_are_matched(qtbot) -> None:
    """Each arrow asks for a matching that takes seconds: the picture that one draws on must not go away."""
    from dataclasses import replace

    window = assemble(experiment(2, coupling={"kind": "drawn", "pairs": 50}), device="cpu")
    try:
        whole = replace(preview(experiment(2)), spec=window.document.experiment)
        window.helm.snapshot = whole
        window.draw("arrows")
        window.easel.stage()
        window.helm.snapshot = replace(
            whole, rounds=(), source=whole.source[:0], target=whole.target[:0], phase="sampling"
        )
        assert window.easel._with_clouds() is whole
        other = experiment(2, seed=5)
        window.helm.snapshot = replace(window.helm.snapshot, spec=other)
        assert window.easel._with_clouds().spec is other
        assert (
            "Matching the points… 25 %"
            in compose.stages(replace(window.helm.snapshot, spec=whole.spec, done=0.25), Look())[0].empty
        )
    finally:
        window.close()
        window.deleteLater()
