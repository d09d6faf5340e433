"""The pens that draw strokes, as values without a window: what a hand's trail means, in every dimension."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import get_args

import msgspec
import numpy as np
import pytest
from PIL import Image

from app.scene import compose
from app.scene.camera import HOME as HOME_VIEW
from app.scene.camera import Camera
from app.scene.look import Look
from app.scene.marks import Lines, Panel, Points
from app.sketch.pen import Pen
from app.sketch.profile import WIDE
from app.sketch.selection import handles
from app.sketch.simpler import simpler
from app.sketch.sketch import Sketch, sampled
from app.tools import stamp as stamp_module
from app.tools.brush import Brush
from app.tools.density import Density
from app.tools.letters import Letters
from app.tools.line import LinePen
from app.tools.polygon import Polygon
from app.tools.select import Select
from app.tools.shape import ShapePen
from app.tools.stamp import StampPen
from app.tools.tool import entries, palette, tools
from engine.parts import Wrong
from engine.preview import preview
from engine.registry import check_ranges
from tests.app.test_tools import UNIT, experiment, stroke

DIMS = (1, 2, 3)
PENS = [kind for kind in tools() if issubclass(kind, Pen)]
PATH = (0.0, 0.0), (0.4, 0.8), (0.9, 1.5)


def drawn(*pens: Pen, dim: int = 2, path=PATH) -> Sketch:
    canvas = pens[0].begin(experiment(dim))
    for pen in pens:
        canvas = stroke(pen, canvas, *path)
    return canvas


def verb(tool: Pen, text: str):
    return next(v.does for v in tool.verbs if v.text == text)


# all pens


def test_the_palette_offers_what_the_dimension_has() -> None:
    names = {dim: {entry.name for _, entry in palette("drawing", dim)} for dim in DIMS}
    assert {"spray", "erase", "line", "stamp", "select"} <= names[1] and "polygon" not in names[1]
    assert names[1] | {"polygon", "ellipse", "letters"} <= names[2] | names[1] and names[2] <= names[3]
    keys = [key for _, entry in entries().values() for key in entry.keys]
    assert len(keys) == len(set(keys)) and palette("", 2) == ()


@pytest.mark.parametrize("kind", PENS)
def test_pens_share_one_canvas_of_each_end(kind) -> None:
    assert kind().subject == Brush().subject != kind(end="target").subject
    assert kind(end="target").section == "target" and set(kind.aside) <= set(kind.__struct_fields__)


@pytest.mark.parametrize("dim", DIMS)
def test_a_drawing_of_all_pens_is_one_law(dim) -> None:
    pens = [kind() for kind in PENS if kind is not Select]
    canvas = drawn(*pens, dim=dim)
    made = pens[0].edit(canvas, experiment(dim)).check().source
    assert len(made.strokes) == len(canvas.strokes) >= 4 and len(made.dots) == len(canvas.rows) > 0
    again = pens[1].begin(pens[0].edit(canvas, experiment(dim)))
    assert again.same(canvas) and again.sprayed == len(canvas.rows)
    assert "strokes" in pens[0].said(canvas) and "points" in pens[0].said(canvas)
    for tool in pens:
        (panel,) = compose.on_page([tool.panel(preview(experiment(dim)), Look(), canvas)])
        assert all(mark.xy.shape[-1] == (3 if dim == 3 else 2) for mark in panel.marks if isinstance(mark, Points))
    assert not verb(pens[0], "Clear")(pens[0], canvas).count


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_symmetry_repeats_a_stroke_about_the_origin(n) -> None:
    canvas = drawn(LinePen(symmetry=n, width=0.0), path=((1.0, 0.0), (2.0, 0.5)))
    ends = np.array([s.points for s in canvas.strokes])
    assert ends.shape == (n, 2, 2) and np.allclose(np.linalg.norm(ends, axis=-1), (1.0, np.hypot(2, 0.5)))
    angles = np.sort(np.arctan2(ends[:, 0, 1], ends[:, 0, 0]) % (2 * np.pi))
    assert np.allclose(np.diff(angles), 2 * np.pi / n)
    dots = drawn(Brush(symmetry=n, width=0.4, density=1000), path=((2.0, 0.0), (2.0, 0.0))).rows
    parts = np.round(np.arctan2(dots[:, 1], dots[:, 0]) / (2 * np.pi / n)) % n
    assert np.bincount(parts.astype(int)).min() > 0.9 * len(dots) / n
    one = drawn(LinePen(symmetry=n), dim=1, path=((0.0, 1.0), (0.0, 2.0)))
    assert [s.points for s in one.strokes] == [((1.0,), (2.0,)), ((-1.0,), (-2.0,))][: min(n, 2)]


@pytest.mark.parametrize("dim", DIMS)
def test_corners_snap_to_the_grid(dim) -> None:
    canvas = drawn(LinePen(grid=0.5), dim=dim, path=((0.1, 0.2), (1.1, 1.4)))
    assert np.allclose(np.array(canvas.strokes[0].points) % 0.5, 0)


def test_class_and_weight_are_of_each_stroke() -> None:
    canvas = drawn(LinePen(label=2), LinePen(label=1, weight=3.0), Brush(label=4))
    assert [s.label for s in canvas.strokes] == [2, 1] and (canvas.labels == 4).all()
    assert canvas.strokes[1].weight == pytest.approx(3 * canvas.strokes[0].weight, rel=0.01)
    made = Brush().edit(canvas, experiment(2)).source
    assert made.partition(2) == ("class", 5)


def test_a_pen_that_is_pressed_harder_draws_denser() -> None:
    pen, canvas = LinePen(way="by hand", width=0.0), LinePen().begin(experiment(2))
    for k, (x, pressure) in enumerate([(0.0, 0.2), (1.0, 0.2), (2.0, 1.8), (3.0, 1.8)]):
        canvas = replace(canvas, pressure=pressure)
        canvas = (pen.move if k else pen.press)(canvas, (x, 0.1 * (k % 2)), UNIT)
    canvas = pen.release(canvas)
    x = pen.edit(canvas, experiment(2)).source.sample(4000, 2, np.random.default_rng(0))[:, 0]
    assert (x > 1.5).mean() > 0.75
    soft, hard = (
        len(Brush(density=400).press(replace(Brush().begin(experiment(2)), pressure=p), (0, 0), UNIT).rows)
        for p in (0.5, 2.0)
    )
    assert hard == 4 * soft


def test_too_many_strokes_and_letters_that_are_none_are_one_sentence(monkeypatch) -> None:
    monkeypatch.setattr("app.sketch.pen.MOST_STROKES", 1)
    pen = LinePen()
    canvas = stroke(pen, drawn(pen), (5.0, 5.0), (6.0, 6.0))
    assert len(canvas.strokes) == 1
    held = pen.press(canvas, (0.0, 0.0), UNIT)
    assert held.refused == "A drawing has 1 strokes at most: erase some to go on."
    text = Letters(text="\N{SNOWMAN}")
    held = text.press(text.begin(experiment(2)), (0.0, 0.0), UNIT)
    assert held.refused.startswith("This cannot be drawn: has '☃'") and not text.release(held).strokes


# one by one


def test_a_curve_keeps_the_hand_and_few_corners() -> None:
    pen, angle = LinePen(way="by hand", width=0.0), np.linspace(0, np.pi, 400)
    canvas = drawn(pen, path=tuple(zip(np.cos(angle), np.sin(angle), strict=True)))
    corners = canvas.strokes[0].corners
    assert len(corners) < 60 and np.allclose(np.linalg.norm(corners, axis=1), 1, atol=1e-6)
    assert len(drawn(LinePen(), path=tuple(zip(np.cos(angle), np.sin(angle), strict=True))).strokes[0].points) == 2
    far = np.random.default_rng(0).standard_normal((5000, 2)).cumsum(0)
    assert len(simpler(far, 1e-9, 500)) <= 500 and simpler(far, 0.1)[-1] == 4999


@pytest.mark.parametrize("fill", ["filled", "outline"])
def test_ellipse_circle_and_box(fill) -> None:
    shapes = {"ellipse": ShapePen(fill=fill), "circle": ShapePen(shape="circle", fill=fill)}
    shapes["box"] = ShapePen(shape="box", fill=fill)
    seen = {}
    for name, pen in shapes.items():
        law = pen.edit(drawn(pen, path=((0.0, 0.0), (4.0, 2.0))), experiment(2)).source
        seen[name] = law.sample(4000, 2, np.random.default_rng(0))
    for name in ("ellipse", "box"):
        assert seen[name].min() > -0.01 and np.allclose(seen[name].max(0), (4.0, 2.0), atol=0.05)
    far = np.linalg.norm(seen["circle"], axis=1)
    assert far.max() == pytest.approx(np.sqrt(20), rel=1e-3)
    assert far.min() > 4.4 if fill == "outline" else far.min() < 0.5


def test_a_polygon_by_clicks_is_closed_on_its_first_corner() -> None:
    pen = Polygon()
    canvas = pen.begin(experiment(2))
    for at in ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0)):
        canvas = stroke(pen, canvas, at)
    assert len(canvas.corners) == 3 and not canvas.strokes and canvas.did == "put a corner"
    assert [m for m in pen.guides(canvas) if isinstance(m, Lines)]
    assert len(verb(pen, "Back")(pen, canvas).corners) == 2
    closed = stroke(pen, canvas, (0.05, 0.05))
    assert closed.strokes[0].points == ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0)) and not closed.corners
    assert verb(pen, "Close")(pen, canvas).strokes == closed.strokes
    around = drawn(pen, path=((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)))
    assert around.strokes[0].shape == "area" and len(around.strokes[0].points) == 4
    assert verb(pen, "Close")(pen, around) is around and verb(pen, "Back")(pen, around) is around


def test_letters_and_stamps_are_as_large_as_the_drag() -> None:
    text = drawn(Letters(text="H"), path=((0.0, 0.0), (0.0, 1.0)))  # upwards: it stands on its side
    x = Brush().edit(text, experiment(2)).source.sample(4000, 2, np.random.default_rng(0))
    assert np.ptp(x[:, 0]) == pytest.approx(2.0, rel=0.03) and abs(x.mean(0)).max() < 0.1
    for law in ("ring", "moons", "checkerboard"):
        stamp = drawn(StampPen(law=law), path=((5.0, 5.0), (5.0, 7.0)))
        x = Brush().edit(stamp, experiment(2)).source.sample(4000, 2, np.random.default_rng(0)) - 5
        assert np.ptp(x, axis=0).max() == pytest.approx(4.0, rel=0.1) and abs(np.median(x, axis=0)).max() < 1.0
    assert drawn(StampPen(), path=((0.0, 0.0),)).strokes and drawn(Letters(), path=((0.0, 0.0),)).strokes


@pytest.mark.parametrize("law", get_args(stamp_module.Law))
@pytest.mark.parametrize("dim", DIMS)
def test_each_law_can_be_stamped_in_each_dimension(dim: int, law: str) -> None:
    made = drawn(StampPen(law=law), path=((1.0, 1.0), (1.0, 2.0)), dim=dim)
    assert made.strokes[0].law.kind == law and not made.refused and made.strokes[0].check() is None


def test_a_file_is_stamped(tmp_path) -> None:
    """Points as they stand in it, or the ink of a picture, as large as the drag; a law takes its place again."""
    Path(tmp_path / "corner.csv").write_text("0,0\n4,0\n0,4\n4,4\n")
    Image.new("L", (40, 40), 0).save(tmp_path / "dark.png")
    for name, kind in (("corner.csv", "file"), ("dark.png", "image")):
        pen = StampPen().turned("file", str(tmp_path / name))
        made = drawn(pen, path=((5.0, 5.0), (7.0, 5.0)))
        assert made.strokes[0].law.kind == kind and made.strokes[0].files() == (str(tmp_path / name),)
        x = pen.edit(made, experiment(2)).source.sample(2000, 2, np.random.default_rng(0))
        assert np.allclose(np.quantile(x, [0.0, 1.0], axis=0), [[3, 3], [7, 7]], atol=0.1)
    assert pen.turned("law", "star").stamped().kind == "star"
    pen = StampPen(file=str(tmp_path / "gone.csv"))
    gone = pen.move(pen.press(pen.begin(experiment(2)), (0.0, 0.0), UNIT), (1.0, 0.0), UNIT)
    assert not gone.strokes and "gone.csv" in gone.refused


def test_a_stamps_file_is_read_before_it_is_taken(qtbot, tmp_path) -> None:
    from app.document import Document
    from app.opening import Opening
    from app.tool_bar import ToolBar

    document = Document(experiment(2))
    bar, opening, said, failed = ToolBar(document), Opening(document), [], []
    qtbot.addWidget(bar)
    font = bar.font()
    font.setPixelSize(13)
    bar.setFont(font)
    bar.resize(1200, 40)
    bar.wanted.connect(lambda name, path: opening.consider(path, lambda: bar.turn(name, path)))
    opening.busy.connect(lambda end, words: said.append(words))
    opening.failed.connect(lambda end, words: failed.append(words))
    document.begin(StampPen, {})
    good, open_, bad = (tmp_path / name for name in ("good.csv", "three.csv", "bad.csv"))
    good.write_text("1,2\n3,4\n"), open_.write_text("1,2,3\n3,4,9\n4,5,5\n"), bad.write_text("1,apple\n")
    for path in (bad, open_, good):
        bar.face.editors["file"].changed.emit(str(path))
        assert document.drawing.tool.file == "", "not before it has been read"
        qtbot.waitUntil(lambda: not opening.reading, timeout=30_000)
    assert document.drawing.tool.file == str(good) and len(failed) == 2 and said[0].startswith("Reading")
    document.turn("law", "heart")
    document.begin(StampPen, {})
    assert (document.drawing.tool.file, document.drawing.tool.law) == ("", "heart")
    opening.close()


@pytest.mark.parametrize("dim", DIMS)
def test_the_eraser_takes_dots_and_parts_of_strokes(dim) -> None:
    line = LinePen(width=0.0)
    canvas = stroke(line, line.begin(experiment(dim)), (0.0, 0.0), (0.0, 4.0))
    eraser = Brush(mode="eraser", width=2.0)
    some = stroke(eraser, canvas, (0.0, 4.0))
    assert len(some.strokes) == 1 and some.strokes[0].holes and some.did == "erase source"
    x = eraser.edit(some, experiment(dim)).source.sample(500, dim, np.random.default_rng(0))
    assert x[:, min(dim, 2) - 1].max() <= 3.0 + 0.01
    assert stroke(eraser, some, (50.0, 50.0)).same(some), "beside everything nothing is cut"
    none = stroke(eraser, some, (0.0, -1.0), (0.0, 1.0), (0.0, 5.0))
    assert not none.strokes and eraser.edit(none, experiment(dim)) is None


# what is chosen


@pytest.mark.parametrize("dim", DIMS)
def test_a_click_chooses_and_a_drag_moves(dim) -> None:
    tool, canvas = Select(), drawn(LinePen(width=0.0), Brush(width=0.2), dim=dim)
    chosen = stroke(tool, canvas, (0.4, 0.8))
    assert chosen.chosen == {0} and chosen.same(canvas) and "weight" in tool.said(chosen)
    moved = stroke(tool, chosen, (0.4, 0.8), (1.4, 2.8))
    before, after = (sampled(c.strokes[0], dim, 100) for c in (canvas, moved))
    by = [2.0] if dim == 1 else [1.0, 2.0, 0.0][:dim]
    assert np.allclose(after - before, by, atol=1e-5) and moved.did == "move in the source"
    assert np.array_equal(moved.rows, canvas.rows)
    assert not stroke(tool, moved, (50.0, 50.0)).chosen, "beside everything: nothing"


@pytest.mark.parametrize("dim", DIMS)
def test_a_lasso_then_delete_scale_turn_mirror_copy(dim) -> None:
    tool, canvas = Select(), drawn(LinePen(width=0.0), Brush(width=0.2), dim=dim)
    ring = (-3.0, -3.0), (3.0, -3.0), (3.0, 3.0), (-3.0, 3.0)
    held = stroke(tool, canvas, *ring)
    assert held.chosen == {0} and len(held.picked) == len(canvas.rows) and held.same(canvas)
    assert not verb(tool, "Delete")(tool, held).count
    assert tool.edit(verb(tool, "Delete")(tool, held), experiment(dim)) is None
    larger = verb(tool, "larger")(tool, held)
    size = [np.ptp(np.array(c.strokes[0].points), axis=0).max() for c in (held, larger)]
    assert size[1] == pytest.approx(1.1 * size[0]) and np.ptp(larger.rows) > np.ptp(held.rows)
    mirrored = verb(tool, "↔")(tool, held)
    assert (
        not mirrored.same(held)
        and verb(tool, "↔")(tool, mirrored).strokes[0].coordinates == held.strokes[0].coordinates
    )
    assert np.allclose(verb(tool, "↔")(tool, mirrored).rows, held.rows, atol=1e-5)
    twice = verb(tool, "Copy")(tool, held)
    assert len(twice.strokes) == 2 and twice.chosen == {1} and twice.strokes[0] == held.strokes[0]
    assert verb(tool, "×2")(tool, held).strokes[0].weight == pytest.approx(2 * held.strokes[0].weight, rel=1e-3)
    labelled = verb(tool, "Class")(Select(label=7), held)
    assert labelled.strokes[0].label == 7 and (labelled.labels == 7).all()
    assert verb(tool, "all")(tool, canvas).chosen == {0}
    for v in tool.verbs:
        if v.text != "all" and not v.aside:
            assert v.does(tool, canvas) is canvas, "nothing is chosen"


def test_corners_scale_and_the_knob_turns() -> None:
    tool = Select()
    held = stroke(tool, drawn(LinePen(width=0.0), path=((0.0, 0.0), (2.0, 0.0))), (1.0, 0.0))
    spots = dict(handles(held))
    low, high = np.array([-0.12, -0.12]), np.array([2.12, 0.12])  # 6 px around it
    turned = stroke(tool, held, tuple(spots["turn"]), (9.0, 0.0))
    assert np.allclose(turned.strokes[0].points, [[1.0, 1.0], [1.0, -1.0]], atol=0.02) and turned.did.startswith("turn")
    larger = stroke(tool, held, tuple(high), tuple(1 + 2 * (high - 1) * (1, 0) + (0, 1) * (2 * high - 1)))
    assert np.ptp(np.array(larger.strokes[0].points)[:, 0]) == pytest.approx(4.0, rel=0.1)
    assert tool.hover(held, tuple(low), UNIT) and not tool.hover(held, (1.0, 0.0), UNIT)


def test_a_moved_erasure_goes_along() -> None:
    pen, eraser, tool = ShapePen(), Brush(mode="eraser", width=1.0), Select()
    canvas = stroke(eraser, drawn(pen, path=((-2.0, -2.0), (2.0, 2.0))), (0.0, 0.0))
    moved = stroke(tool, stroke(tool, canvas, (1.5, 0.0)), (1.5, 0.0), (11.5, 0.0))
    x = pen.edit(moved, experiment(2)).source.sample(3000, 2, np.random.default_rng(0))
    assert np.linalg.norm(x - (10.0, 0.0), axis=1).min() > 0.45


def test_knobs_go_from_pen_to_pen(qapp) -> None:
    from app.document import Document

    document = Document(experiment(2))
    document.begin(Brush, {"end": "target", "mode": "spray"})
    document.turn("symmetry", 4)
    document.begin(LinePen, {"way": "by hand"})
    tool = document.drawing.tool
    assert (tool.end, tool.symmetry, tool.way) == ("target", 4, "by hand")
    document.draw(stroke(tool, document.drawing.canvas, *PATH))
    assert document.stack.count() == 1 and len(document.experiment.target.strokes) == 4
    document.begin(Select, {})
    assert document.drawing.canvas.strokes == document.experiment.target.strokes
    document.undo()
    assert not document.drawing.canvas.count and document.experiment == experiment(2)
    assert msgspec.json.decode(msgspec.json.encode(document.drawing.tool), type=Select) == document.drawing.tool


def test_a_weight_is_typed(qapp) -> None:
    """That of what is chosen is shown, and what is chosen gets the one that is typed: one undo step."""
    from app.document import Document

    document = Document(experiment(2))
    document.begin(LinePen, {"way": "by hand"})
    for y in (0.0, 4.0):
        document.draw(stroke(document.drawing.tool, document.drawing.canvas, (-2.0, y), (2.0, y)))
    document.begin(Select, {})
    document.draw(stroke(document.drawing.tool, document.drawing.canvas, (0.0, 0.0)))
    tool, canvas = document.drawing.tool, document.drawing.canvas
    (k,), steps = canvas.chosen, document.stack.count()
    assert tool.value(canvas, "mass") == canvas.strokes[k].weight != tool.mass
    document.turn("mass", 321.0)
    strokes = document.experiment.source.strokes
    assert strokes[k].weight == 321.0 != strokes[1 - k].weight and document.stack.count() == steps + 1
    assert document.drawing.tool.value(document.drawing.canvas, "mass") == 321.0
    document.draw(verb(tool, "all")(tool, document.drawing.canvas))
    assert document.drawing.tool.value(document.drawing.canvas, "mass") == 321.0 == document.drawing.tool.mass
    document.undo()
    assert document.experiment.source.strokes[k].weight == canvas.strokes[k].weight
    before = document.stack.count()
    document.draw(stroke(document.drawing.tool, document.drawing.canvas, (50.0, 50.0)))
    document.turn("mass", 7.0)
    assert document.stack.count() == before, "nothing is chosen"


# a density on the line


def test_a_knob_that_a_pen_cannot_have_stays_with_the_others(qapp) -> None:
    """A line of no width, then a brush: it has a width of its own, and sprays."""
    from app.document import Document

    document = Document(experiment(2))
    for kind in tools():
        document.begin(kind, {})
        for name in kind.__struct_fields__:
            if name in ("width", "weight", "density"):
                with suppress(Wrong):
                    document.turn(name, type(getattr(document.drawing.tool, name))(0))
    for kind in tools():
        document.begin(kind, {})
        check_ranges(document.drawing.tool)
    document.begin(Brush, {})
    assert document.drawing.tool.width > 0
    stroke(document.drawing.tool, document.drawing.canvas, *PATH[:2])


def test_a_density_is_drawn_beside_the_axis_and_drawn_over() -> None:
    """A triangle from 0 over 1 to 2, by hand; then its right half pressed flat."""
    pen, before = Density(end="target"), experiment(1)
    canvas = stroke(pen, pen.begin(before), (1.0, 0.0), (1.0 - WIDE, 1.0), (1.0, 2.0))
    (one,) = canvas.strokes
    assert len(one.points) < 10 and max(one.along) == pytest.approx(1.0, abs=0.02)
    x = np.sort(pen.edit(canvas, before).target.sample(20_000, 1, np.random.default_rng(0))[:, 0])
    places = np.array([0.5, 1.0, 1.5])
    assert np.allclose(np.searchsorted(x, places) / len(x), [0.125, 0.5, 0.875], atol=0.02)
    flat = stroke(pen, canvas, (1.2, 1.0), (1.2, 3.0))
    x = pen.edit(flat, before).target.sample(5000, 1, np.random.default_rng(0))
    assert len(flat.strokes) == 1 and x.max() < 1.05 and x.min() > -0.1
    assert not stroke(pen, flat, (1.2, -1.0), (1.2, 3.0)).strokes, "nothing is left of it"
    both = stroke(Density(symmetry=2), pen.begin(before), (0.0, 1.0), (WIDE, 2.0), (0.0, 3.0))
    x = Density().edit(both, before).source.sample(5000, 1, np.random.default_rng(0))
    assert abs(x.mean()) < 0.1 and np.abs(x).min() > 0.9
    panel = pen.panel(preview(before), Look(), canvas)
    curves = [m for m in panel.marks if isinstance(m, Lines) and m.ink in ("source", "target", "text")]
    assert {m.ink for m in curves} >= {"source", "target", "text"}
    assert drawn(Density(), dim=2).strokes[0].coordinates == 2


# the work plane


def seen(tool: Pen, canvas: Sketch, camera: Camera = HOME_VIEW) -> Sketch:
    """The canvas as it is seen in a box of side 8 about the origin."""
    return tool.aimed(canvas, Panel("", "space", box=(-4.0, 4.0) * 3, camera=camera))


@pytest.mark.parametrize("face", ["⊥ x", "⊥ y", "⊥ z", "to the eye"])
def test_a_stroke_lands_on_the_work_plane_under_the_cursor(face) -> None:
    tool = LinePen(width=0.0)
    canvas = tool.seen(tool.begin(experiment(3)), Look())
    canvas = seen(tool, verb(tool, "nearer")(tool, verb(tool, face)(tool, canvas)))
    made = stroke(tool, canvas, (-0.2, 0.1), (0.25, 0.2))
    x = sampled(made.strokes[0], 3, 200)
    origin, _, _, up = canvas.axes
    assert np.linalg.norm(origin) == pytest.approx(canvas.span / 20) and np.allclose((x - origin) @ up, 0, atol=1e-5)
    page = canvas.camera.seen(canvas.ball.inside(x))[0]
    along = np.array([0.45, 0.1]) / np.hypot(0.45, 0.1)
    off = (page - (-0.2, 0.1)) @ [-along[1], along[0]]
    assert np.abs(off).max() < 1e-4, "it is seen where the hand was"
    spec = tool.edit(made, experiment(3)).check()
    assert tool.begin(spec).strokes == made.strokes
    flat = msgspec.structs.replace(spec, dim=2).check()
    assert tool.begin(flat).strokes == made.strokes and flat.source.sample(5, 2, np.random.default_rng(0)).shape == (
        5,
        2,
    )


def test_a_plane_that_is_seen_from_its_edge_takes_no_stroke() -> None:
    tool, edge = LinePen(), Camera(0.0, 0.0)
    canvas = seen(tool, tool.begin(experiment(3)), edge)
    held = tool.press(canvas, (0.0, 0.0), UNIT)
    assert held.at is None and held.refused.startswith("The work plane is not under the cursor")
    assert tool.press(seen(tool, verb(tool, "⊥ y")(tool, canvas), edge), (0.0, 0.0), UNIT).at is not None


def test_the_plane_is_tilted_and_comes_home_and_is_no_step(qapp) -> None:
    from app.document import Document

    document = Document(experiment(3))
    document.begin(LinePen, {})
    for text in ("tilt ↑", "tilt →", "nearer", "⊥ x"):
        tool, before = document.drawing.tool, document.drawing.canvas
        document.draw(verb(tool, text)(tool, before))
        axes = document.drawing.canvas.axes
        assert document.drawing.canvas.plane != before.plane
        assert np.allclose(axes[1:] @ axes[1:].T, np.eye(3), atol=1e-8)
    assert document.stack.count() == 0
    document.draw(verb(tool, "home")(tool, document.drawing.canvas))
    assert document.drawing.canvas.plane == (0, 0, 0, 1, 0, 0, 0, 1, 0)
    flat = LinePen().begin(experiment(2))
    assert all(v.does(LinePen(), flat) is flat for v in LinePen.verbs if v.aside)


def test_what_lies_behind_the_eye_is_not_under_the_cursor() -> None:
    """A camera that has flown past the drawing: no stroke and no dot is found there, and nothing is warned."""
    tool, inside = Select(), Camera(0.0, 0.0, zoom=8.0, centre=(0.0, 2.0, 0.0))
    drawing = drawn(LinePen(width=0.0), Brush(width=0.2), dim=3)
    held = tool.press(seen(tool, drawing, inside), (0.0, 0.0), UNIT)
    assert not held.chosen and not len(held.picked)


@pytest.mark.parametrize("body", ["flat", "thick", "extruded", "revolved", "round"])
@pytest.mark.parametrize("kind", [kind for kind in PENS if kind not in (Select, Density)])
def test_bodies_of_every_pen(kind, body) -> None:
    tool = kind(body=body, depth=2.0)
    canvas = stroke(tool, tool.begin(experiment(3)), (1.0, 1.0), (2.0, 2.0), (2.0, 1.0))
    x = tool.edit(canvas, experiment(3)).check().source.sample(2000, 3, np.random.default_rng(0))
    deep = np.ptp(x[:, 2])
    if kind is not StampPen:  # a law of space is what it is
        assert deep < 0.5 if body == "flat" else deep > 0.08
    assert body != "extruded" or kind is StampPen or x[:, 2].min() > -0.3


def test_a_drawing_of_the_plane_gets_a_body_in_space() -> None:
    """Drawn in 2-D, chosen in 3-D, extruded; in 2-D it is what it was."""
    pen = ShapePen(shape="box")
    flat = pen.edit(drawn(pen, path=((0.0, 0.0), (2.0, 1.0))), experiment(2))
    tool = Select(body="extruded", depth=3.0)
    space = msgspec.structs.replace(flat, dim=3, target=experiment(3).target).check()
    canvas = verb(tool, "Body")(tool, verb(tool, "all")(tool, tool.begin(space)))
    made = tool.edit(canvas, space).check()
    x = made.source.sample(5000, 3, np.random.default_rng(0))
    assert np.allclose(x.min(0), 0, atol=0.05) and np.allclose(x.max(0), (2, 1, 3), atol=0.05)
    back = msgspec.structs.replace(made, dim=2, target=flat.target).check()
    same = (law.sample(500, 2, np.random.default_rng(0)) for law in (back.source, flat.source))
    assert np.array_equal(*same)


@pytest.mark.parametrize(
    ("button", "held", "orbits"),
    [
        ("RightButton", "NoModifier", True),
        ("LeftButton", "ControlModifier", True),
        ("MiddleButton", "NoModifier", False),
    ],
)
def test_one_orbits_while_drawing(qtbot, button, held, orbits) -> None:
    """A right drag, or one with Ctrl, turns the camera; the left button alone is the pen's."""
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent

    from app.canvas.space import Space

    class Stub:
        exclusive, pressure = True, 1.0
        pressed = 0

        def press(self, x: float, y: float) -> bool:
            self.pressed += 1
            return True

        def move(self, x: float, y: float) -> None: ...
        def release(self) -> None: ...

    space = Space()
    qtbot.addWidget(space)
    space.resize(300, 300)
    space.panel, space.tool = Panel("", "space", box=(-1.0, 1.0) * 3), Stub()
    before, which = space.panel.camera, Qt.MouseButton[button]
    for kind, x, down in ((QEvent.Type.MouseButtonPress, 100, which), (QEvent.Type.MouseMove, 150, which)):
        at = QPointF(x, 120)
        pressed = which if kind == QEvent.Type.MouseButtonPress else Qt.MouseButton.NoButton
        event = QMouseEvent(kind, at, at, pressed, down, Qt.KeyboardModifier[held])
        (space.mousePressEvent if pressed == which else space.mouseMoveEvent)(event)
    after = space.panel.camera
    assert (after.azimuth != before.azimuth) == orbits and (after.centre != before.centre) != orbits
    assert space.tool.pressed == 0


@pytest.mark.parametrize("dim", DIMS)
def test_the_picture_never_shrinks_under_the_hand(dim) -> None:
    """A small drawing takes the place of a wide cloud: one goes on drawing where one did."""
    pen, before = Brush(end="target"), experiment(dim, target={"kind": "gaussian", "mean": 30.0})
    first = pen.panel(preview(before), Look(), pen.begin(before))
    (seen_first,) = compose.on_page([first])
    canvas = stroke(pen, pen.aimed(pen.begin(before), seen_first), (0.1, -0.2), (0.2, -0.3))
    after = pen.edit(canvas, before)
    then = pen.panel(preview(after), Look(), canvas)
    assert (then.bounds, then.box) == (first.bounds, first.box)
    assert pen.spot(pen.aimed(pen.begin(before), seen_first), (0.0, 1.4)) is None or dim < 3, "beyond the horizon"
    assert pen.panel(preview(after), Look(), pen.begin(after)).bounds != first.bounds or dim == 3
    if dim < 3:
        wide = pen.edit(stroke(pen, canvas, (0.0, 90.0)), before)
        assert pen.panel(preview(wide), Look(), canvas).bounds[3] > 60
