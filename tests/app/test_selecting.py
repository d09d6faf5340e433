"""Particles that are picked out: which is meant, how they stand out everywhere, their numbers, and the hand in the
window."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from app.canvas.plane import Plane
from app.canvas.space import Space
from app.scene import compose, strip
from app.scene.camera import HOME
from app.scene.known import FLOW, PAIRS
from app.scene.look import Look
from app.scene.marks import Arrows, Lines, Mark, Panel, Points
from app.scene.picking import inside, nearest, within
from app.scene.selection import BOLD, FADE, columns, copied, numbers, stands_out, table
from app.views.averaging import asked
from engine.codec import build
from engine.fields.closed import reference
from engine.preview import coupled, draw_pairs, preview
from engine.probe import Subject, answered
from engine.registry import kinds
from engine.snapshot import Snapshot
from tests.app.snapshots import answering
from tests.app.snapshots import snapshot as scene
from tests.app.test_one_file import make  # noqa: F401

VIEWS = tuple(kinds("views"))


def flat(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A page of which a unit is a px."""
    return np.asarray(places, float), np.zeros(np.shape(places)[:-1])


def deep(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Seen from above: the third coordinate is how near it is."""
    return np.asarray(places, float)[..., :2], np.asarray(places, float)[..., 2]


def known(panel: Panel) -> list[Mark]:
    return [mark for mark in panel.marks if getattr(mark, "who", None) is not None]


# which one is meant


def test_the_nearest_dot_line_or_arrow_is_meant() -> None:
    dots = Points(np.array([[10.0, 10.0], [50.0, 10.0]]), "flow", who=np.array([3, 7]))
    lines = Lines(np.array([[[0.0, 40.0], [100.0, 40.0]]]), "flow", who=np.array([5]))
    arrows = Arrows(np.array([[0.0, 80.0]]), np.array([[100.0, 0.0]]), "flow", who=np.array([9]))
    panel = Panel("", "plane", (lines, dots, arrows, Points(np.array([[30.0, 10.0]]), "source")))
    for at, who in (((12, 11), 3), ((47, 9), 7), ((63, 44), 5), ((20, 76), 9), ((30, 10), -1), ((30, 60), -1)):
        assert nearest(panel, flat, at) == who


def test_a_dot_is_meant_rather_than_the_lines_through_it() -> None:
    lines = Lines(np.array([[[0.0, 0.0], [100.0, 100.0]]]), "flow", who=np.array([1]))
    dots = Points(np.array([[51.0, 49.0]]), "flow", who=np.array([2]))
    assert nearest(Panel("", "plane", (lines, dots)), flat, (50, 50)) == 2
    assert nearest(Panel("", "plane", (lines, dots)), flat, (20, 20)) == 1


def test_of_what_lies_over_each_other_the_front_one_is_meant() -> None:
    for order in (slice(None), slice(None, None, -1)):
        xyz = np.array([[10.0, 10.0, -0.5], [10.5, 10.0, 0.5], [40.0, 10.0, 0.9]])[order]
        dots = Points(xyz, "flow", who=np.array([4, 8, 6])[order])
        assert nearest(Panel("", "space", (dots,)), deep, (10, 10)) == 8


def test_a_lasso_catches_what_runs_through_it() -> None:
    lines = Lines(np.array([[[0.0, 0.0], [100.0, 0.0]], [[0.0, 90.0], [100.0, 90.0]]]), "flow", who=np.array([1, 2]))
    dots = Points(np.array([[50.0, 10.0], [90.0, 10.0]]), "flow", who=np.array([5, 6]))
    corners = np.array([[40.0, -20.0], [60.0, -20.0], [60.0, 20.0], [40.0, 20.0]])
    assert inside(Panel("", "plane", (lines, dots)), flat, corners) == (1, 5)


def test_inside_is_the_even_odd_rule() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(-2, 2, (500, 2))
    ring = np.array([[np.cos(a), np.sin(a)] for a in np.linspace(0, 2 * np.pi, 400, endpoint=False)])
    away = np.linalg.norm(points, axis=1)
    sure = np.abs(away - 1) > 1e-3
    assert np.array_equal(within(points, ring)[sure], (away < 1)[sure])


# how they stand out


def answered_scene(dim: int, look: Look) -> Snapshot:
    """A closed form with all that this look asks."""
    ends = {"source": {"kind": "gaussian"}, "target": {"kind": "gaussian", "mean": 3.0}}
    spec = build({"dim": dim, "rounds": 1, **ends, "coupling": {"kind": "independent", "pairs": 200}})
    first = coupled(spec, *draw_pairs(spec), 1)
    truth = reference(first)
    subject = Subject(first, spec.solver, truth, truth, False, 0)
    snapshot = preview(spec)
    view = snapshot.rounds[1]
    for probe in compose.needs(look):
        view = answering(view, probe, answered(probe, subject))
    return replace(snapshot, rounds=(snapshot.rounds[0], view))


def test_the_selected_are_in_front_and_the_others_fade() -> None:
    dots = Points(np.arange(8.0).reshape(4, 2), "flow", size=4.0, alpha=0.5, who=np.arange(4), shade=np.arange(4) / 4)
    cloud = Points(np.zeros((1, 2)), "source")
    made = stands_out(Panel("", "plane", (dots, cloud)), (1, 3))
    rest, still, front = made.marks
    assert still is cloud and rest.alpha == FADE * 0.5 and front.alpha == 1.0 and front.size == BOLD * 4.0
    assert np.array_equal(front.xy, dots.xy[[1, 3]]) and np.array_equal(rest.xy, dots.xy[[0, 2]])
    assert np.array_equal(front.who, [1, 3]) and np.array_equal(front.shade, [0.25, 0.75])
    panel = Panel("", "plane", (dots,))
    assert stands_out(panel, ()) is panel


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("view", ["crossings", "space-time", "compare", "plan", "steps", "averaging"])
def test_every_view_that_draws_particles_shows_who_is_selected(dim: int, view: str) -> None:
    """The same particle in all panels: its line starts at its x0."""
    look = Look(view=view, round=1, selected=(2, 5))
    snapshot, chosen = answered_scene(dim, look) if view in ("steps", "averaging") else scene(dim), (2, 5)
    if view == "averaging":  # two of the lines through the place
        chosen = tuple(sorted(snapshot.rounds[1].found(asked(look)).who[:2].tolist()))
        look = Look(view=view, round=1, selected=chosen)
    panels = compose.stage(snapshot, look)
    with_them = [panel for panel in panels if known(panel)]
    assert with_them
    for panel in with_them:
        front = [mark for mark in known(panel) if mark.alpha == 1.0]
        assert front and all(set(mark.who) <= set(chosen) for mark in front)
        assert all(not set(chosen) & set(mark.who) for mark in known(panel) if mark.alpha < 1.0)
    if view == "crossings":
        plain = compose.stage(snapshot, Look(view=view, round=1))
        for one, other in zip(panels, plain, strict=True):
            line = next(mark for mark in known(one) if isinstance(mark, Lines) and mark.alpha == 1.0)
            before = next(mark for mark in known(other) if isinstance(mark, Lines))
            assert np.array_equal(line.xy, before.xy[[2, 5]])


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_the_little_pictures_show_them_too(dim: int) -> None:
    cards = strip.thumbnails(scene(dim), Look(selected=(4,)))
    for panel, *_ in cards:
        assert any(mark.alpha == 1.0 and list(mark.who) == [4] for mark in known(panel))


def test_a_selection_is_a_new_still_picture_and_the_same_one_is_not() -> None:
    snapshot = scene(2)
    keys = [compose.stage(snapshot, Look(round=1, selected=s))[0].key for s in ((), (3,), (3,), (4,))]
    assert keys[1] == keys[2] and keys[0] != keys[1] and keys[1] != keys[3]


# their numbers


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_numbers_are_those_of_the_snapshot(dim: int) -> None:
    snapshot, look = scene(dim), Look(round=1, selected=(0, 7))
    view = snapshot.rounds[1]
    ends, traced = view.found(PAIRS), view.found(FLOW)
    for row in numbers(snapshot, look):
        i = row[0]
        told = dict(zip(columns(dim), row, strict=True))
        assert np.allclose(row[1 : 1 + dim], ends.x0[i]) and np.allclose(row[1 + dim : 1 + 2 * dim], ends.x1[i])
        assert np.allclose(row[1 + 2 * dim : 1 + 3 * dim], traced.z[-1, i])
        assert told["|x1-x0|^2"] == pytest.approx(float(((ends.x1[i] - ends.x0[i]) ** 2).sum()), rel=1e-5)
        long = np.linalg.norm(np.diff(traced.z[:, i].astype(float), axis=0), axis=1).sum()
        assert told["length of Z"] == pytest.approx(long) and told["length/|z1-z0|"] >= 1 - 1e-6
    lines = copied(snapshot, look).splitlines()
    assert lines[0].split("\t") == list(columns(dim)) and len(lines) == 3
    back = [float(cell) for cell in lines[2].split("\t")]
    assert back == [float(x) for x in numbers(snapshot, look)[1]]  # every digit
    head, *rows = table(snapshot, look, 1)
    assert len(rows) == 1 and len(rows[0]) == len(head) and rows[0][0] == "0"


def test_what_is_not_known_is_empty() -> None:
    snapshot = scene(2)
    (row,) = numbers(snapshot, Look(round=0, selected=(100_000,)))
    assert row == (100_000, *[None] * (len(columns(2)) - 1))
    assert copied(snapshot, Look(round=0, selected=(100_000,))).splitlines()[1] == "100000" + "\t" * (
        len(columns(2)) - 1
    )


# the window


@pytest.fixture
def window(qtbot, make):  # noqa: F811
    made = make()
    made.resize(1100, 800)
    made.document.see(after_edit="wait")  # a flow in training moves away from under the cursor
    qtbot.waitUntil(lambda: bool(known(made.stage.panes.shown[0].panel)), timeout=30_000)
    return made


def mouse(canvas: Plane | Space):
    return canvas if isinstance(canvas, Space) else canvas._glass.viewport()


def lonely(canvas: Plane | Space) -> tuple[int, QPoint]:
    """A particle's dot that no other is near, and where it is."""
    dots = next(mark for mark in reversed(known(canvas.panel)) if isinstance(mark, Points) and len(mark.xy) > 3)
    px, _ = canvas.on_screen(np.asarray(dots.xy))
    away = np.linalg.norm(px[:, None] - px[None], axis=-1) + 1e9 * np.eye(len(px))
    away[~(np.abs(px - px.mean(0)) < 150).all(1)] = 0
    k = int(away.min(1).argmax())
    return int(dots.who[k]), QPoint(*(round(c) for c in px[k].tolist()))


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_clicks_and_lassos_in_the_window(qtbot, window, dim: int) -> None:
    if dim != window.document.experiment.dim:
        from app.dimension import resize

        window.document.edit(resize(window.document.experiment, dim), "dimension")
        space = "space" if dim == 3 else "plane"
        qtbot.waitUntil(
            lambda: (
                window.stage.panes.shown[0].panel.space == space
                and window.controller.current
                and not window.stage.panes.shown[0].panel.stale
                and bool(known(window.stage.panes.shown[0].panel))
            ),
            timeout=20_000,
        )
    canvas, see, control = window.stage.panes.shown[0], window.document, window.controller
    rests = "paused", "measuring", "done"  # what is drawn first, of few pairs, gives way to what is kept
    qtbot.waitUntil(lambda: control.current and control.snapshot.phase in rests, timeout=30_000)
    qtbot.wait(300)
    who, at = lonely(canvas)
    QTest.mouseClick(mouse(canvas), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    (chosen,) = see.look.selected
    qtbot.waitUntil(lambda: any(m.alpha == 1.0 and chosen in m.who for m in known(canvas.panel)), timeout=30_000)
    qtbot.waitUntil(window.selection.isVisible, timeout=30_000)
    # with Shift another one joins it, and the same one leaves
    shift = Qt.KeyboardModifier.ShiftModifier
    QTest.mouseClick(mouse(canvas), Qt.MouseButton.LeftButton, shift, at)
    assert see.look.selected == ()
    QTest.mousePress(mouse(canvas), Qt.MouseButton.LeftButton, shift, at - QPoint(40, 40))
    for corner in (QPoint(40, -40), QPoint(40, 40), QPoint(-40, 40)):
        canvas.lasso.follow(QPointF(at + corner))
    assert canvas.lasso.isVisible()
    QTest.mouseRelease(mouse(canvas), Qt.MouseButton.LeftButton, shift, at + QPoint(-40, 40))
    assert who in see.look.selected and not canvas.lasso.isVisible()
    window.made["copy_picture"].trigger()
    board = QGuiApplication.clipboard().mimeData()
    assert board.hasImage() and board.text() == copied(window.controller.snapshot, see.look)
    window.notice.dismiss()
    window.leave()
    assert see.look.selected == ()
    qtbot.waitUntil(window.selection.isHidden, timeout=30_000)


def test_a_drag_pans_and_selects_nothing(qtbot, window) -> None:
    canvas = window.stage.panes.shown[0]
    _, at = lonely(canvas)
    before = canvas.view_range
    QTest.mousePress(mouse(canvas), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    for k in range(1, 6):
        QTest.mouseMove(mouse(canvas), at + QPoint(10 * k, 0))
        qtbot.wait(20)
    QTest.mouseRelease(mouse(canvas), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at + QPoint(60, 0))
    assert window.document.look.selected == () and canvas.view_range != before


@pytest.mark.parametrize("view", VIEWS)
def test_a_double_click_gives_a_panel_the_stage_and_takes_it_again(qtbot, window, view: str) -> None:
    window.made[f"view_{view}"].trigger()
    panes = window.stage.panes
    wanted = lambda: [p.space for p in compose.stage(window.controller.snapshot, window.document.look)]  # noqa: E731
    qtbot.waitUntil(lambda: [canvas.panel.space for canvas in panes.shown] == wanted(), timeout=30_000)
    count = len(panes.shown)
    for k in range(count):
        canvas = panes.shown[k]
        window.document.see(selected=(1,))
        QTest.mouseDClick(mouse(canvas) if not hasattr(canvas, "_ground") else canvas, Qt.MouseButton.LeftButton)
        assert window.document.look.alone == k
        qtbot.waitUntil(lambda: len(panes.shown) == 1, timeout=30_000)
        assert panes.shown == [canvas] and panes.numbers == [k] and canvas.size() == panes.size()
        (still,) = window.stage.panes.shown
        assert still.isVisible() and sum(c.isVisible() for kept in panes.kept.values() for c in kept) == 1
        assert window.stage.picture().width() >= 2 * panes.width()
        window.made["enlarge"].trigger()
        qtbot.waitUntil(lambda: len(panes.shown) == count, timeout=30_000)
        assert panes.numbers == list(range(count))
    window.document.see(alone=0)
    window.made["view_field"].trigger()
    assert window.document.look.alone == -1  # another view shows all it has


def test_space_is_zoomed_about_the_cursor() -> None:
    camera, at = HOME, (0.4, -0.3)
    grown = camera.zoomed(1.5)
    moved = grown.moved(-at[0] * 0.5, -at[1] * 0.5)
    axes = camera.axes
    place = at[0] * axes[0] + at[1] * axes[1]  # of the page through the middle of the box
    assert np.allclose(camera.seen(place)[0], at) and np.allclose(moved.seen(place)[0], at, atol=1e-9)


def test_the_table_floats_and_is_never_wider_than_the_stage(qtbot, window) -> None:
    panes = window.stage.panes
    for width in (1100, 760):
        window.resize(width, 700)
        window.document.see(selected=tuple(range(9)))
        qtbot.waitUntil(
            lambda: window.selection.isVisible() and "4 more" in window.selection.foot.text(), timeout=30_000
        )
        qtbot.waitUntil(lambda: window.selection.width() <= panes.width(), timeout=30_000)
        assert panes.rect().contains(window.selection.geometry())
        shown = [cell for (i, k), cell in window.selection.cells.items() if cell.isVisible()]
        assert all(cell.width() >= cell.sizeHint().width() for cell in shown)
