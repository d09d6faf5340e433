"""The hand on a whole cloud: exact laws, one undo step a drag, and the picture that follows it."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.actions import table
from app.application import assemble
from app.canvas.plane import Plane
from app.canvas.space import Space
from app.document import Document
from app.scene import compose
from app.scene.camera import FACES, Camera
from app.scene.look import Look
from app.scene.marks import Panel, Points
from app.tools.mover import Held, Mover
from engine.codec import build
from engine.distributions.gaussian import Gaussian
from engine.distributions.placed import Placed
from engine.distributions.two_moons import TwoMoons
from engine.preview import preview
from engine.spec import Experiment

UNIT = (0.02, 0.02)
DIMS = (1, 2, 3)
TOOL, LOOK = Mover(), Look()


def experiment(dim: int, **fields: object) -> Experiment:
    ends = {"source": {"kind": "gaussian"}, "target": {"kind": "gaussian", "mean": 6.0}}
    return build({"dim": dim, "rounds": 0, **ends, "coupling": {"kind": "independent", "pairs": 300}} | fields)


def held(spec: Experiment, look: Look = LOOK) -> Held:
    """The clouds as the left panel shows them."""
    canvas = TOOL.begin(spec)
    panel = TOOL.panel(preview(spec, compose.needs(look)), look, canvas)
    return at_unit(TOOL.aimed(canvas, panel))


def at_unit(canvas: Held) -> Held:
    unit = canvas.unit if canvas.ball is not None else UNIT
    return replace(canvas, unit=unit)


def drag(canvas: Held, *path: tuple[float, float]) -> Held:
    canvas = TOOL.press(canvas, path[0], canvas.unit)
    for at in path[1:]:
        canvas = TOOL.move(canvas, at, canvas.unit)
    return TOOL.release(canvas)


def on(canvas: Held, end: int) -> tuple[float, float]:
    """A place on the page where a press takes hold of that end: its middle."""
    (at,) = canvas.page(canvas.middle(end)[None], end)
    return tuple(at.tolist())


def handle(canvas: Held, grip: str) -> tuple[float, float]:
    return next(place for kind, place in reversed(canvas.handles()) if kind == grip)


# the tool


def test_its_entry_has_a_key_of_its_own() -> None:
    assert [entry.keys for entry in Mover.entries] == [("G",)]
    keys = [key for verb in Mover.verbs for key in verb.keys] + ["G"]
    others = {key for action in table() if action.id != "draw_move" for key in action.keys}
    assert len(keys) == len(set(keys)) and not set(keys) & others


@pytest.mark.parametrize("end", [0, 1])
def test_a_drag_moves_the_mean_by_as_much(end: int) -> None:
    canvas = held(experiment(2))
    x, y = on(canvas, end)
    made = drag(canvas, (x, y), (x + 1.0, y - 0.5))
    laws = [Gaussian(), Gaussian(mean=6.0)]
    laws[end] = Gaussian(mean=(6.0 * end + 1.0, 6.0 * end - 0.5))
    assert list(made.laws) == laws and made.did == f"move {('source', 'target')[end]}"
    assert np.allclose(made.rows[end], canvas.rows[end] + (1.0, -0.5)) and np.array_equal(
        made.rows[1 - end], canvas.rows[1 - end]
    )
    spec = TOOL.edit(made, experiment(2)).check()
    assert (spec.source, spec.target) == made.laws


def test_on_the_line_only_x_counts() -> None:
    canvas = held(experiment(1))
    made = drag(canvas, (0.0, 0.0), (0.4, 2.0))
    assert made.laws == (Gaussian(mean=2.0), Gaussian(mean=6.0))
    target = drag(canvas, (1.0, 6.0), (0.2, 5.0))
    assert target.laws == (Gaussian(), Gaussian(mean=5.0))
    wider = drag(made, handle(made, "scale"), (0.0, handle(made, "scale")[1] * 2 - 2.0))
    assert wider.laws[0] == Gaussian(mean=2.0, std=2.0)
    assert "turn" not in {grip for grip, _ in made.handles()}


@pytest.mark.parametrize("face", FACES)
def test_in_space_a_drag_stays_in_the_cameras_page(face: str) -> None:
    """The cloud follows the cursor to the px, and keeps its distance from the eye."""
    look = Look(camera=Camera().along(face))
    canvas = held(experiment(3), look)
    assert canvas.ball is not None
    (x, y), step = on(canvas, 0), (0.3, -0.2)
    made = drag(canvas, (x, y), (x + step[0], y + step[1]))
    (moved,) = canvas.page(made.laws[0].middle(3)[None], 0)
    assert np.allclose(moved, (x + step[0], y + step[1]), atol=canvas.unit[0])
    way = made.laws[0].middle(3) - canvas.laws[0].middle(3)
    assert abs(way @ canvas.camera.axes[2]) < 1e-6 * np.linalg.norm(way) + 1e-3


def test_a_corner_scales_about_the_middle() -> None:
    canvas = held(experiment(2))
    corner = np.array(handle(canvas, "scale"))
    made = drag(canvas, tuple(corner), tuple(1.5 * corner))
    assert made.laws[0] == Gaussian(std=1.5)
    assert drag(made, tuple(1.5 * corner), tuple(1e-9 * corner)).laws[0].std > 0  # never to nothing


@pytest.mark.parametrize(("grip", "axis"), [("wide", 0), ("high", 1)])
def test_a_side_stretches_one_axis_alone(grip: str, axis: int) -> None:
    canvas = held(experiment(2, target={"kind": "two moons"}))
    side = np.array(handle(canvas, grip))
    to = side.copy()
    to[axis] *= 1.5
    to[1 - axis] += 9.0  # which tells nothing
    made = drag(canvas, tuple(side), tuple(to))
    std = [1.0, 1.0]
    std[axis] = 1.5
    assert made.laws[0] == Gaussian(std=tuple(std)) and made.did == "stretch source"
    assert np.allclose(made.rows[0], canvas.rows[0] * std)
    assert drag(made, handle(made, grip), (0.0, 0.0)).laws[0].std[axis] > 0  # never to nothing
    moons = replace(canvas, end=1)
    middle, side = np.array(on(moons, 1)), np.array(handle(moons, grip))
    wide = drag(moons, tuple(side), tuple(middle + (side - middle) * 2.0))
    assert isinstance(wide.laws[1], Placed) and wide.laws[1].law == TwoMoons()
    assert wide.laws[1].stretch == tuple(2.0 * (k == axis) + (k != axis) for k in range(2))
    assert TOOL.edit(wide, experiment(2)).check()
    turned = drag(wide, handle(wide, "turn"), (middle[0] + 3.0, middle[1]))
    assert turned.laws[1].angle and grip not in {kind for kind, _ in turned.handles()}, "or it would be sheared"
    assert turned.laws[1].stretch == wide.laws[1].stretch


def test_the_knob_turns_about_the_middle() -> None:
    spec = experiment(2, source={"kind": "two moons"})
    canvas = held(spec)
    knob = np.array(handle(canvas, "turn"))
    made = drag(canvas, tuple(knob), (-knob[1], knob[0]))
    assert isinstance(made.laws[0], Placed) and made.laws[0].law == TwoMoons()
    assert made.laws[0].angle == 90.0 and made.laws[0].shift == (0.0, 0.0)
    assert np.allclose(made.rows[0], canvas.rows[0] @ np.array([[0, 1], [-1, 0]]))
    knob = np.array(handle(made, "turn"))
    back = drag(made, tuple(knob), (knob[1], -knob[0]))
    assert back.laws[0] == TwoMoons()


def test_numbers_are_no_finer_than_a_hand() -> None:
    canvas = held(experiment(2, source={"kind": "two moons"}))
    made = drag(canvas, (0.0, 0.0), (1.23456789, 0.98765432))
    assert made.laws[0].shift == (1.23, 0.99)
    turned = Mover.verbs[2].does(TOOL, made)
    assert all(len(repr(number)) < 12 for number in (*turned.laws[0].shift, turned.laws[0].angle))


def test_a_press_beside_the_clouds_takes_nothing() -> None:
    canvas = held(experiment(2))
    assert TOOL.press(canvas, (3.0, -4.0), UNIT).at is None
    assert TOOL.move(canvas, (3.0, 3.0), UNIT) is canvas


def test_an_end_that_comes_with_the_pairs_stays(tmp_path) -> None:
    np.save(tmp_path / "pairs.npy", np.random.default_rng(0).standard_normal((50, 4)))
    spec = experiment(2, coupling={"kind": "file", "path": str(tmp_path / "pairs.npy")})
    canvas = held(spec)
    pressed = TOOL.press(canvas, on(canvas, 0), UNIT)
    assert pressed.at is None and pressed.refused == "The pairs come with their own source, which does not move."


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("verb", Mover.verbs, ids=lambda verb: verb.text)
def test_keys_do_what_handles_do(dim: int, verb) -> None:
    canvas = held(experiment(dim, source={"kind": "uniform box", "centre": 1.0}))
    made = verb.does(TOOL, canvas)
    if (dim == 1 and verb.text in "↺↻") or verb.text == "Other end":
        assert made.laws == canvas.laws
        return
    middle, size = made.laws[0].middle(dim), np.ptp(made.rows[0], 0)
    if dim == 1 and verb.text in ("left", "right"):
        assert np.allclose(middle, 1.0)
    elif verb.text in ("left", "right", "up", "down"):
        before, after = canvas.page(np.ones((1, dim)), 0)[0], canvas.page(middle[None], 0)[0]
        sign = {"left": (-1, 0), "right": (1, 0), "up": (0, 1), "down": (0, -1)}[verb.text]
        assert np.allclose(after - before, 10 * np.array(sign) * canvas.unit, atol=canvas.unit[0])
    else:
        assert np.allclose(middle, 1.0, atol=0.01)
    if verb.text in "−+":
        assert np.allclose(size / np.ptp(canvas.rows[0], 0), 1.1 if verb.text == "+" else 1 / 1.1, rtol=1e-3)
    TOOL.edit(made, experiment(dim)).check()


@pytest.mark.parametrize("dim", DIMS)
def test_the_picture_holds_both_clouds_where_the_hand_has_them(dim: int) -> None:
    spec, look = experiment(dim), Look()
    snapshot = preview(spec, compose.needs(look))
    canvas = TOOL.begin(spec)
    panel = TOOL.panel(snapshot, look, canvas)
    assert panel.space == ("space" if dim == 3 else "plane")
    pressed = TOOL.press(TOOL.aimed(canvas, panel), on(TOOL.aimed(canvas, panel), 0), UNIT)
    made = TOOL.move(pressed, tuple(np.add(pressed.at, (0.0, 0.2))), UNIT)
    during = TOOL.panel(snapshot, look, made)
    clouds = {mark.ink: mark for mark in during.marks if isinstance(mark, Points) and mark.ink in ("source", "target")}
    assert np.allclose(clouds["source"].xy, made.rows[0], atol=1e-5)
    assert np.allclose(clouds["target"].xy, canvas.rows[1], atol=1e-5)
    assert during.title == "Move the source" and (during.bounds, during.box) == (panel.bounds, panel.box)


# the document


def document(dim: int = 2) -> Document:
    made = Document(experiment(dim))
    made.begin(Mover, {})
    made.draw(at_unit(TOOL.aimed(made.drawing.canvas, Panel("", "plane", bounds=(-3, 9, -3, 9)))))
    return made


def press(made: Document, at: tuple[float, float]) -> None:
    made.draw(made.drawing.tool.press(made.drawing.canvas, at, UNIT))


def move(made: Document, at: tuple[float, float]) -> None:
    made.draw(made.drawing.tool.move(made.drawing.canvas, at, UNIT))


def test_the_experiment_follows_and_a_drag_is_one_step(qapp) -> None:
    made, seen = document(), []
    made.experiment_changed.connect(lambda: seen.append(made.experiment.source.mean))
    press(made, (0.0, 0.0))
    for x in (0.5, 1.0, 1.5):
        move(made, (x, 0.0))
        assert made.experiment.source.mean == (x, 0.0) and made.drawing.canvas.at is not None
    made.finish()
    assert seen == [(0.5, 0.0), (1.0, 0.0), (1.5, 0.0)] and made.stack.count() == 1
    press(made, (1.5, 0.0))
    move(made, (2.0, 1.0))
    made.finish()
    assert made.stack.count() == 2 and made.stack.undoText() == "move source"
    made.undo()
    assert made.experiment.source.mean == (1.5, 0.0)
    assert made.drawing.canvas.laws[0].mean == (1.5, 0.0)
    made.undo()
    assert made.experiment.source == Gaussian()
    made.redo()
    made.redo()
    assert made.experiment.source.mean == (2.0, 1.0)


def test_a_key_after_a_drag_is_a_step_of_its_own(qapp) -> None:
    made = document()
    press(made, (0.0, 0.0))
    move(made, (1.0, 0.0))
    made.finish()
    for _ in range(2):
        made.draw(Mover.verbs[1].does(made.drawing.tool, made.drawing.canvas))
    assert made.stack.count() == 3 and made.experiment.source.std == pytest.approx(1.21)


def test_undo_in_mid_drag_takes_that_drag_back_alone(qapp) -> None:
    made = document()
    press(made, (0.0, 0.0))
    move(made, (1.0, 0.0))
    made.finish()
    press(made, (1.0, 0.0))
    made.undo()  # nothing has moved yet: the stroke is dropped, and no step with it
    assert made.experiment.source.mean == (1.0, 0.0) and made.drawing.canvas.at is None
    press(made, (1.0, 0.0))
    move(made, (3.0, 0.0))
    made.undo()
    assert made.experiment.source.mean == (1.0, 0.0) and made.drawing.canvas.at is None


def test_a_law_that_cannot_be_is_a_sentence(qapp) -> None:
    made, said = Document(experiment(2, source={"kind": "gaussian", "std": 900.0})), []
    made.refused.connect(said.append)
    made.begin(Mover, {})
    for _ in range(3):
        made.draw(Mover.verbs[1].does(made.drawing.tool, made.drawing.canvas))
    assert said == ["This cannot be drawn: 1,089 is above 1,000."] or (said and "above" in said[0])
    assert made.experiment.source.std <= 1000.0


def test_an_edit_from_outside_brings_new_clouds(qapp) -> None:
    made = document()
    made.patch("seed", target=Gaussian(mean=(0.0, 9.0)))
    assert made.drawing.canvas.laws[1] == Gaussian(mean=(0.0, 9.0))


# the window


@pytest.fixture
def window(qtbot, request):
    made = assemble(experiment(request.param))
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    made.controller.start()
    made.heartbeat.start()
    qtbot.waitUntil(
        lambda: made.controller.snapshot is not None and bool(made.controller.snapshot.rounds), timeout=60_000
    )
    yield made
    made.close()


@pytest.mark.parametrize("window", DIMS, indirect=True)
def test_dragging_in_the_window(qtbot, window) -> None:
    dim = window.document.experiment.dim
    window.made["draw_move"].trigger()
    qtbot.waitUntil(lambda: window.stage.panes.shown[0].panel.title.startswith("Move"), timeout=30_000)
    canvas = window.stage.panes.shown[0]
    assert isinstance(canvas, Space if dim == 3 else Plane) and canvas.tool is window.hand
    mouse = canvas if dim == 3 else canvas._glass.viewport()
    target = next(m for m in canvas.panel.marks if isinstance(m, Points) and m.ink == "target")
    middle = np.median(np.asarray(target.xy), axis=0)
    px, _ = canvas.on_screen(middle[None])
    at = QPoint(*(round(c) for c in px[0].tolist()))
    QTest.mousePress(mouse, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert window.document.drawing.canvas.at is not None
    to = at + QPoint(-30 if dim > 1 else 0, -40)
    QTest.mouseMove(mouse, to)
    took = wait_for_picture(canvas, "target", to)
    assert took < 5.0  # bench/drag.py says how long
    QTest.mouseRelease(mouse, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, to)
    assert window.document.stack.count() == 1 and window.document.stack.undoText() == "move target"
    assert window.document.experiment.target != Gaussian(mean=6.0)
    wanted = window.document.experiment
    qtbot.waitUntil(lambda: window.controller.snapshot.spec == wanted and bool(window.controller.snapshot.rounds))
    window.leave()
    assert window.document.drawing is None


def wait_for_picture(canvas: Plane | Space, ink: str, at: QPoint) -> float:
    """Seconds until the cloud is drawn under the cursor."""
    begun = time.monotonic()
    while time.monotonic() - begun < 2:
        QApplication.processEvents()
        mark = next(m for m in canvas.panel.marks if isinstance(m, Points) and m.ink == ink)
        px, _ = canvas.on_screen(np.median(np.asarray(mark.xy), axis=0)[None])
        if np.hypot(px[0, 0] - at.x(), px[0, 1] - at.y()) < 6:
            return time.monotonic() - begun
    return 9.0
