"""Every drawing tool as a value, without a window: what its methods make of a canvas, in every dimension."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from app.actions import table
from app.scene import compose
from app.scene.look import Look
from app.scene.marks import Arrows, Panel, Points
from app.scene.projection import Ball
from app.tools import arrows as arrows_file
from app.tools import brush as brush_file
from app.tools.arrows import ArrowTool, arrows
from app.tools.brush import Brush, points
from app.tools.tool import Canvas, Tool, entries, tools
from engine.codec import build
from engine.preview import draw_pairs, preview
from engine.registry import check_ranges, kinds, knobs
from engine.spec import Experiment

ROOT = Path(__file__).resolve().parents[2]
UNIT = (0.02, 0.02)  # data units per px
DIMS = (1, 2, 3)
ENDS = {"source": {"kind": "gaussian"}, "target": {"kind": "gaussian", "mean": 3.0}}
NEED = {"erase", "select"}  # something that is drawn already: test_sketch.py
WAYS = {name: way for name, way in entries().items() if not way[0].live and name not in NEED}  # those that draw
POINTS = [name for name in WAYS if WAYS[name][0] in (Brush, ArrowTool)]  # whose rows are what is drawn


def experiment(dim: int, **fields: object) -> Experiment:
    return build({"dim": dim, "rounds": 0, **ENDS, "coupling": {"kind": "independent", "pairs": 300}} | fields)


def tool_of(name: str) -> Tool:
    kind, entry = WAYS[name]
    return msgspec.structs.replace(kind(), **dict(entry.knobs))


def stroke(tool: Tool, canvas: Canvas, *path: tuple[float, float]) -> Canvas:
    canvas = tool.press(canvas, path[0], UNIT)
    for at in path[1:]:
        canvas = tool.move(canvas, at, UNIT)
    return tool.release(canvas)


# the whole family


def test_the_folder_is_the_family_and_knows_no_qt() -> None:
    code = (
        "import sys; from app.tools.tool import tools; found = tools();"
        "print(len(found), *{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100)
    count, *loaded = done.stdout.split()
    assert int(count) == len(list((ROOT / "app/tools").glob("*.py"))) - 2, done.stderr  # but __init__ and tool
    assert not {"PySide6", "pyqtgraph", "torch"} & set(loaded)


def test_what_asks_for_drawing_finds_a_tool() -> None:
    """The cards of both ends, and the editors of knobs that have a button for it."""
    assert {"source", "target", "arrows"} <= set(WAYS)
    assert {f"draw_{name}" for name in WAYS} <= {action.id for action in table()}


@pytest.mark.parametrize("kind", tools())
def test_every_tool_says_what_it_is(kind) -> None:
    assert kind.entries and kind.hint and kind.about
    for entry in kind.entries:
        assert entry.name and entry.text and entry.keys and entry.tip
        check_ranges(msgspec.structs.replace(kind(), **dict(entry.knobs)))
    assert {nudge.knob for nudge in kind.nudges} <= {knob.name for knob in knobs(kind)}
    keys = [key for verb in kind.verbs for key in verb.keys] + [k for n in kind.nudges for k in (n.down, n.up)]
    assert len(keys) == len(set(keys)) and not set(keys) & {key for action in table() for key in action.keys}


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("name", WAYS)
def test_a_stroke_is_an_edit_and_values_stay_what_they_were(name, dim) -> None:
    tool, before = tool_of(name), experiment(dim)
    empty = tool.begin(before)
    rows = empty.rows.copy()
    assert empty.at is None and tool.edit(empty, before) is None
    path = (0.0, 0.0), (0.4, 0.8), (0.9, 1.5)
    begun = tool.press(empty, path[0], UNIT)
    assert begun.at is not None
    drawn = stroke(tool, empty, *path)
    assert drawn.at is None and drawn.did and not drawn.same(empty)
    assert np.array_equal(empty.rows, rows) and empty.at is None
    made = tool.edit(drawn, before).check()
    assert {f for f in made.__struct_fields__ if getattr(made, f) != getattr(before, f)} == {tool.section}
    assert tool.begin(made).same(drawn), "what is begun with is what was drawn"
    assert stroke(tool, empty, *path).same(drawn), "the same strokes draw the same"
    assert tool.said(drawn) != tool.said(empty)


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("name", WAYS)
def test_without_a_pressed_button_nothing_is_drawn(name, dim) -> None:
    tool = tool_of(name)
    canvas = tool.begin(experiment(dim))
    assert tool.move(canvas, (0.0, 1.0), UNIT) is canvas and tool.tick(canvas) is canvas
    for verb in (verb for verb in tool.verbs if not verb.aside):
        assert verb.does(tool, canvas) is canvas, "an empty canvas has nothing to clear or delete"


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("name", POINTS)
def test_a_stroke_keeps_the_coordinates_that_are_not_shown(name, dim) -> None:
    """A drawing in 3-D, gone on with in fewer dimensions: what was there is not flattened, not even by a mere click."""
    tool = tool_of(name)
    first = stroke(tool, tool.begin(experiment(3)), (0.0, 0.0), (0.4, 0.8), (0.9, 1.5))
    rows = first.rows + 0.0
    rows[..., 2] = 7.0
    before = msgspec.structs.replace(tool.edit(replace(first, rows=rows), experiment(3)), dim=dim).check()
    canvas = tool.begin(before)
    assert canvas.same(replace(first, rows=rows))
    far = stroke(tool, canvas, (0.5, -50.0), (0.6, -55.0))
    assert len(far.rows) > len(rows) and np.array_equal(far.rows[: len(rows)], rows)
    assert not far.rows[len(rows) :, ..., dim:].any()
    after = tool.edit(far, before).check()
    assert tool.begin(after).same(far)
    panel = tool.panel(preview(experiment(dim)), Look(), far)
    assert all(mark.xy.shape[-1] in (2, dim) for mark in panel.marks if mark.moving)


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("name", WAYS)
def test_the_picture_while_drawing(name, dim) -> None:
    """What is drawn moves over a still picture, in every theme."""
    tool, before = tool_of(name), experiment(dim)
    canvas = stroke(tool, tool.begin(before), (0.0, 0.0), (0.4, 0.8), (0.9, 1.5))
    for theme in ("dark", "projector"):
        panel, empty = (tool.panel(preview(before), Look(theme=theme), now) for now in (canvas, tool.begin(before)))
        assert any(mark.moving for mark in panel.marks)
        assert panel.key == empty.key and panel.title and panel.caption
    ring = tool.hover(canvas, (0.2, 0.3), (0.01, 0.5))
    assert ring is None or (min(ring.half) > 0 and ring.at == (0.2, 0.3))


# the brush


@pytest.mark.parametrize("shown", DIMS)
@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("kind", tools())
def test_the_panel_under_the_hand_may_be_of_another_dimension(kind, dim, shown) -> None:
    """After a change of dimension the picture of before stays for a moment, and the cursor may move over it."""
    tool, spec = kind().suited(experiment(dim)), experiment(shown)
    before = tool.panel(preview(spec, compose.needs(Look())), Look(), tool.begin(spec))
    canvas = tool.aimed(tool.begin(experiment(dim)), before)
    tool.hover(canvas, (0.1, 0.2), (0.01, 0.01))
    for step in (tool.press, tool.move):
        canvas = step(canvas, (0.1, 0.2), (0.01, 0.01))
    (panel,) = compose.on_page([tool.panel(preview(experiment(dim), compose.needs(Look())), Look(), canvas)])
    assert panel.marks and tool.release(canvas).dim == dim


@pytest.mark.parametrize("dim", DIMS)
def test_points_lie_in_the_disc(dim) -> None:
    brush = Brush(width=0.8, density=1000)
    canvas = stroke(brush, brush.begin(experiment(dim)), (0.3, -1.0))
    spread = canvas.page(0.0) - ((0.0, -1.0) if dim == 1 else (0.3, -1.0))
    distance = np.linalg.norm(spread, axis=1)
    assert 0.3 < distance.max() <= 0.4 + 1e-4
    assert abs(spread.mean()) < 0.05


def test_puffs_follow_from_the_seed_and_differ() -> None:
    brush = Brush()
    one = brush.begin(experiment(2))
    two = stroke(brush, stroke(brush, one, (0, 0)), (0, 0))
    assert len(np.unique(two.rows, axis=0)) == len(two.rows) > 20
    other = stroke(brush, brush.begin(experiment(2, seed=1)), (0, 0))
    assert not np.array_equal(other.rows, two.rows[: len(other.rows)])


@pytest.mark.parametrize("dim", DIMS)
def test_erasing(dim) -> None:
    brush, before = Brush(), experiment(dim)
    whole = stroke(brush, stroke(brush, brush.begin(before), (0, 0)), (0, 5))
    eraser = Brush(mode="eraser", width=2.5)
    some = stroke(eraser, whole, (0, 5))
    assert 0 < len(some.rows) < len(whole.rows) and some.did == "erase source"
    assert (some.page(0.0)[:, 1] < 2).all()
    assert stroke(eraser, some, (0, 9)).same(some)
    none = stroke(eraser, some, (0, 0))
    assert not len(none.rows) and eraser.edit(none, before) is None and "stays as it is" in eraser.said(none)


@pytest.mark.parametrize("dim", DIMS)
def test_holding_still_sprays_and_a_width_moved_gives_the_density(dim) -> None:
    brush = Brush(width=0.5, density=100)
    canvas = brush.press(brush.begin(experiment(dim)), (1, 1), UNIT)
    assert len(canvas.rows) == 25
    for _ in range(25):  # a second
        canvas = brush.tick(canvas)
    assert len(canvas.rows) == 425
    canvas = brush.move(canvas, (1, 2), UNIT)
    assert len(canvas.rows) == 625
    eraser = Brush(mode="eraser")
    held = eraser.press(canvas, (9, 9), UNIT)
    assert eraser.tick(held) is held


def test_the_cap_of_points_is_one_sentence(monkeypatch) -> None:
    monkeypatch.setattr(brush_file, "MOST", 100)
    brush = Brush()
    canvas = brush.move(brush.press(brush.begin(experiment(2)), (0, 0), UNIT), (9, 9), UNIT)
    assert len(canvas.rows) == 100
    assert canvas.refused == "A drawing has 100 points at most: erase some to go on."
    assert brush.press(canvas, (0, 0), UNIT).refused, "and again when it is tried again"
    assert not Brush(mode="eraser").press(canvas, (0, 0), UNIT).refused


def test_the_width_suits_the_picture() -> None:
    near, far = experiment(2), experiment(2, target={"kind": "gaussian", "mean": 50.0})
    assert Brush().suited(far).width > 2 * Brush().suited(near).width


def test_the_cursor_of_the_brush_means_what_it_hits() -> None:
    brush, unit = Brush(width=3.0, end="target"), (0.002, 0.05)  # of space-time: t spans 1, x spans 30
    disc = brush.hover(brush.begin(experiment(2)), (1.0, 2.0), unit)
    assert (disc.half, disc.ink, disc.bar) == ((1.5, 1.5), "target", False)
    bar = brush.hover(brush.begin(experiment(1)), (1.0, 2.0), unit)
    assert bar.bar and bar.half[1] == 1.5 and bar.half[0] < 0.05, "only x counts: no disc over the whole of t"
    assert Brush(mode="eraser").hover(brush.begin(experiment(2)), (0, 0), unit).ink == "warning"


@pytest.mark.parametrize("dim", DIMS)
def test_what_is_known_of_a_drawing_stays(dim) -> None:
    """The jitter; and coordinates that are missing are filled up with zeros."""
    old = experiment(dim, source={"kind": "drawn", "dots": [[1.0], [2.0]], "jitter": 0.3})
    brush = Brush()
    canvas = brush.begin(old)
    assert canvas.rows.shape == (2, dim) and not canvas.rows[:, 1:].any()
    made = brush.edit(stroke(brush, canvas, (0, 0)), old).source
    assert made.jitter == 0.3 and len(made.dots[0]) == dim
    assert np.array_equal(points(made, dim)[:2], canvas.rows)


# arrows


def page(dim: int, start: tuple[float, float], end: tuple[float, float]) -> np.ndarray:
    """What an arrow from start to end is in this dimension, (2, d)."""
    if dim == 1:
        return np.array([[start[1]], [end[1]]])
    return np.array([[*start, *[0.0] * (dim - 2)], [*end, *[0.0] * (dim - 2)]])


def aimed(dim: int, *drags) -> tuple[ArrowTool, arrows_file.Aimed]:
    tool = ArrowTool()
    canvas = tool.begin(experiment(dim))
    for path in drags:
        canvas = stroke(tool, canvas, *path)
    return tool, canvas


@pytest.mark.parametrize("dim", DIMS)
def test_a_drag_is_an_arrow(dim) -> None:
    tool, canvas = aimed(dim, ((0.0, 1.0), (0.5, 1.5), (1.0, 3.0)))
    coupling = tool.edit(canvas, experiment(dim)).coupling
    assert coupling.kind == "drawn" and coupling.pairs == 300  # what it was stays
    assert np.array_equal(arrows(coupling, dim), [page(dim, (0.0, 1.0), (1.0, 3.0))])
    canvas = stroke(tool, canvas, (0.0, -1.0), (1.0, -3.0))
    assert len(canvas.rows) == 2 and canvas.chosen == 1 and canvas.did == "draw an arrow"


@pytest.mark.parametrize("dim", DIMS)
def test_the_pairs_follow_the_arrows(dim) -> None:
    """Two arrows that cross: the lower half goes up and the upper half down."""
    tool, canvas = aimed(dim, ((0.0, -1.0), (1.0, 5.0)), ((0.0, 1.0), (1.0, 1.0)))
    x0, x1 = draw_pairs(tool.edit(canvas, experiment(dim)))
    axis = 0 if dim == 1 else 1
    low = x0[:, axis] < 0
    assert x1[low, axis].mean() > x1[~low, axis].mean() + 1.0


@pytest.mark.parametrize("dim", DIMS)
def test_the_arrow_in_progress_lies_on_the_page(dim) -> None:
    tool, canvas = aimed(dim)
    canvas = tool.move(tool.press(canvas, (0.25, 1.0), UNIT), (0.75, 2.0), UNIT)
    t0, t1 = (0.0, 1.0) if dim == 1 else (0.25, 0.75)
    assert np.array_equal(canvas.page(), [[[t0, 1.0], [t1, 2.0]]])


@pytest.mark.parametrize("dim", DIMS)
def test_a_click_chooses_and_delete_takes_away(dim) -> None:
    delete, clear = (verb.does for verb in ArrowTool.verbs)
    tool, canvas = aimed(dim, ((0.0, 1.0), (1.0, 2.0)), ((0.0, -1.0), (1.0, -2.0)))
    near = stroke(tool, canvas, (0.0, 3.0), (0.0, 3.05))  # within a click: no arrow
    assert near.same(canvas) and near.chosen == -1 and delete(tool, near) is near
    chosen = stroke(tool, canvas, (0.5, 1.5))
    assert chosen.chosen == 0 and chosen.same(canvas)
    rest = delete(tool, chosen)
    assert len(rest.rows) == 1 and rest.did == "delete an arrow" and rest.chosen == -1
    assert (rest.page()[..., 1] < 0).all()
    none = delete(tool, stroke(tool, rest, (0.5, -1.5)))
    assert not len(none.rows) and tool.said(none) == "0 arrows: the coupling stays as it is"
    assert not len(clear(tool, canvas).rows) and clear(tool, none) is none


@pytest.mark.parametrize("dim", DIMS)
def test_dragging_an_end_moves_it(dim) -> None:
    tool, canvas = aimed(dim, ((0.0, 1.0), (1.0, 2.0)))
    assert tool.hover(canvas, (1.0, 2.0), UNIT) and not tool.hover(canvas, (0.5, 1.5), UNIT)
    canvas = stroke(tool, canvas, (1.0, 2.05), (1.0, 4.05))  # held where it was taken
    assert canvas.did == "move an arrow"
    canvas = stroke(tool, canvas, (0.0, 1.0), (0.0, 0.0))
    assert np.allclose(canvas.rows, [page(dim, (0.0, 0.0), (1.0, 4.0))])
    assert len(stroke(tool, canvas, (0.5, 2.0), (0.5, 5.0)).rows) == 2  # from a shaft: a new one


def test_the_grip_is_round_on_the_screen() -> None:
    tool, canvas = aimed(1, ((0.0, 1.0), (1.0, 2.0)))
    unit = (0.002, 0.05)
    ring = tool.hover(canvas, (1.0, 2.0), unit)
    assert ring.half[0] / unit[0] == ring.half[1] / unit[1] == arrows_file.GRIP


def test_the_third_coordinate_of_an_old_arrow_stays() -> None:
    old = experiment(3, coupling={"kind": "drawn", "arrows": [[0, 0, 5, 1, 1, 7]]})
    tool = ArrowTool()
    canvas = stroke(tool, tool.begin(old), (1.0, 1.0), (2.0, 2.0))
    assert tool.edit(canvas, old).coupling.arrows == ((0.0, 0.0, 5.0, 2.0, 2.0, 7.0),)
    assert "as deep as" in tool.panel(preview(old), Look(), canvas).caption


def test_the_cap_of_arrows_is_one_sentence(monkeypatch) -> None:
    monkeypatch.setattr(arrows_file, "MOST", 1)
    _, canvas = aimed(2, ((0.0, 1.0), (1.0, 2.0)), ((0.0, -1.0), (1.0, -2.0)))
    assert len(canvas.rows) == 1 and canvas.refused == "A drawing has 1 arrows at most: delete some to go on."


@pytest.mark.parametrize("dim", DIMS)
def test_the_chosen_arrow_is_drawn_apart(dim) -> None:
    tool, canvas = aimed(dim, ((0.0, 1.0), (1.0, 2.0)), ((0.0, -1.0), (1.0, -2.0)))
    panel = tool.panel(preview(experiment(dim)), Look(), canvas)
    shown = [mark for mark in panel.marks if isinstance(mark, Arrows)]
    assert [len(mark.xy) for mark in shown] == [1, 1] and shown[1].ink == "warning"
    assert ("as deep as" in panel.caption) == (dim == 3) == (panel.space == "space")


def test_an_arrow_of_space_goes_from_cloud_to_cloud() -> None:
    """Both ends are as deep as the points under the cursor; one that is moved through nothing keeps its depth."""
    tool, box = ArrowTool(), (-4.0, 4.0) * 3
    ball = Ball.about(box, False)
    clouds = {"source": np.array([[-2.0, 3.0, 1.0]]), "target": np.array([[2.0, -3.0, -1.0]])}
    marks = tuple(Points(ball.inside(x), end) for end, x in clouds.items())
    canvas = tool.aimed(tool.begin(experiment(3)), Panel("", "space", marks, box=box))
    unit = (0.004, 0.004)
    start, end = (tuple(canvas.camera.seen(ball.inside(x[0]))[0].tolist()) for x in clouds.values())
    canvas = tool.press(canvas, start, unit)
    for at in ((0.0, 0.0), end):
        canvas = tool.move(canvas, at, unit)
    canvas = tool.release(canvas)
    assert np.allclose(canvas.rows, [[clouds["source"][0], clouds["target"][0]]], atol=1e-3)
    spec = tool.edit(canvas, experiment(3)).check()
    assert arrows(spec.coupling, 3).shape == (1, 2, 3)
    depth = canvas.camera.seen(ball.inside(canvas.rows[0, 1]))[1]
    away = (end[0] + 0.3, end[1])
    for step, at in ((tool.press, end), (tool.move, away)):
        canvas = step(canvas, at, unit)
    page, near = canvas.camera.seen(ball.inside(canvas.rows[0, 1]))
    assert np.allclose(page, away, atol=1e-3) and near == pytest.approx(depth, abs=1e-3)


def test_the_end_that_is_drawn_shows_its_points_alone() -> None:
    brush = Brush(end="target")
    canvas = stroke(brush, brush.begin(experiment(2)), (0, 0))
    panel = brush.panel(preview(experiment(2)), Look(), canvas)
    assert [len(mark.xy) for mark in panel.marks if isinstance(mark, Points) and mark.ink == "target"] == [
        len(canvas.rows)
    ]


def test_a_drawing_of_another_kind_is_no_drawing() -> None:
    assert points(kinds("distributions")["gaussian"](), 2).shape == (0, 2)
    assert arrows(kinds("couplings")["independent"](), 3).shape == (0, 2, 3)
