"""Canvases, stage, strip and measures: what reaches the screen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app import theme as themes
from app.canvas import grid
from app.canvas.chart import Chart
from app.canvas.plane import Plane
from app.canvas.still import thumbnail
from app.canvas.ticks import ticks
from app.docks.measures import Measures
from app.docks.round_strip import RoundStrip
from app.plain_text import plain
from app.scene import compose
from app.scene.figure_rows import GROUPS, rows_of
from app.scene.look import Look
from app.scene.marks import Arrows, Bars, Curve, Label, Lines, Panel, Points, Raster
from app.scene.ring import Ring
from app.stage import LEAST, LOWEST, Panes, Stage
from engine.evidence.estimate import Estimate
from engine.evidence.figures import Figures
from engine.paths.straight import Straight
from engine.snapshot import RoundView, Snapshot
from tests.app import snapshots

BOX = (0.0, 10.0, 0.0, 10.0)


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return snapshots.snapshot(n=200)


@pytest.fixture
def plane(qtbot) -> Plane:
    made = Plane()
    qtbot.addWidget(made)
    made.resize(320, 360)
    with qtbot.waitExposed(made):
        made.show()
    return made


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.array(image.constBits()).reshape(image.height(), image.bytesPerLine())[:, : 4 * image.width()]


def painted(image: QImage, ground: str) -> int:
    """How many pixels are not the ground's colour."""
    found = pixels(image).reshape(image.height(), image.width(), 4)[..., 2::-1]
    return int((found != QColor(ground).getRgb()[:3]).any(-1).sum())


def of_ink(image: QImage, ink: str, tolerance: int = 24) -> int:
    """How many pixels are within ``tolerance`` of an ink."""
    found = pixels(image).reshape(image.height(), image.width(), 4)[..., 2::-1].astype(int)
    return int((np.abs(found - QColor(ink).getRgb()[:3]).max(-1) <= tolerance).sum())


@pytest.mark.parametrize("name", themes.NAMES)
def test_every_theme_draws_every_panel(qtbot, plane: Plane, snapshot: Snapshot, name: str) -> None:
    theme = themes.load(name)
    look = Look(t=0.62, round=1, theme=name)
    for panel in compose.stage(snapshot, look):
        plane.draw(replace(panel, title="", caption=""), theme)
        picture = plane.picture()
        assert painted(picture, theme.ink("window")) > 2000
        assert any(of_ink(picture, ink) > 50 for ink in theme.shades("classes"))
    for panel in compose.charts(snapshot, look):
        chart = Chart()
        qtbot.addWidget(chart)
        chart.resize(260, 170)
        chart.draw(panel, theme)
        full = painted(chart.picture(), theme.ink("panel"))
        chart.draw(replace(panel, marks=(), key=None), theme)
        assert full > painted(chart.picture(), theme.ink("panel")) + 100, panel.title
    for panel, *_ in compose.thumbnails(snapshot, look):
        assert painted(thumbnail(panel, theme, 140, 90).toImage(), theme.ink("window")) > 300


def test_what_is_asked_before_the_first_picture_makes_none(qtbot) -> None:
    """pyqtgraph, which takes long to import, comes with it."""
    made = Plane()
    qtbot.addWidget(made)
    made.show_ring(None)
    made.tool = None
    made.resize(300, 200)
    assert made.seen == (0.0, 1.0, 0.0, 1.0) and "_glass" not in vars(made)
    assert all(0 < unit < 1 for unit in made.unit), "whoever needs it gets it laid out"


def test_only_the_particles_are_painted_while_t_plays(plane: Plane, snapshot: Snapshot) -> None:
    pictures, before = [], plane._glass.picture.still_paints
    for t in (0.2, 0.4, 0.6):
        plane.draw(compose.stage(snapshot, Look(t=t, round=1))[1], themes.load())
        pictures.append(plane.picture())
    assert plane._glass.picture.still_paints == before + 1
    assert pictures[0] != pictures[1]
    plane.draw(compose.stage(snapshot, Look(t=0.6, round=2))[1], themes.load())
    plane.picture()
    assert plane._glass.picture.still_paints == before + 2
    said = plane.picture()
    plane.draw(compose.on_page((replace(plane.panel, caption="other words"),))[0], themes.load())
    assert plane.picture() != said
    assert plane._glass.picture.still_paints == before + 2, "words alone are painted over it"


def test_in_space_time_a_line_stands_at_t(plane: Plane) -> None:
    theme, one = themes.load(), snapshots.snapshot(dim=1, n=20, rounds=1)
    for t in (0.25, 0.62):
        panel = compose.stage(
            one, Look(t=t, hidden=frozenset({"interpolation lines", "interpolated particles", "page crossings"}))
        )[0]
        plane.draw(panel, theme)
        picture, low, high = plane.picture(), *plane.view_range[1]
        column = [plane.to_window(t, y).toPoint() for y in np.linspace(low, high, 40)[1:-1]]
        ground = np.array(QColor(theme.ink("window")).getRgb()[:3])
        beside = [[(spot.x() + by, spot.y()) for by in (-1, 0, 1)] for spot in column]
        found = [max(np.abs(ground - picture.pixelColor(*at).getRgb()[:3]).max() for at in row) > 40 for row in beside]
        assert np.mean(found) > 0.9


def test_all_marks_of_the_plane_leave_ink(plane: Plane) -> None:
    theme = themes.load()
    spots = np.array([[2.0, 2.0], [5.0, 8.0], [8.0, 3.0]])
    marks = [
        Points(spots, "source", size=12.0),
        Points(spots, "target", size=12.0, shape="ring"),
        Points(spots, "warning", size=12.0, shape="x"),
        Lines(np.stack([spots, spots + 1], 1), "good", width=3.0),
        Lines(np.stack([spots, spots + 1], 1), "source", "target", width=3.0),
        Arrows(spots, np.ones_like(spots), "warning", width=2.0),
        Raster(np.eye(4), BOX, "good"),
        Label((5.0, 5.0), "label", "text"),
    ]
    for mark in marks:
        for moving in (False, True):
            plane.draw(Panel("", "plane", (replace(mark, moving=moving),), BOX), theme)
            picture = plane.picture()
            assert painted(picture, theme.ink("window")) > 30, mark
            if not getattr(mark, "ink_end", ""):
                assert of_ink(picture, theme.ink(mark.ink), 60) > 5, mark


def test_what_is_not_finite_or_absurd_is_not_drawn(plane: Plane) -> None:
    theme = themes.load()
    bad = np.array([[np.nan, 1.0], [np.inf, 2.0], [1e300, 3.0], [-1e30, 1e30]])
    line = np.array([[[1.0, 1.0], [3.0, 3.0], [np.nan, 5.0], [6.0, 6.0], [9.0, 9.0], [1e200, 0.0]]])
    marks = (
        Points(bad, "source", size=10.0),
        Points(bad, "source", size=10.0, shape="ring", moving=True),
        Arrows(bad, bad, "source"),
        Raster(np.full((3, 3), np.nan), BOX, "source"),
        Label((np.nan, 0.0), "no"),
    )
    plane.draw(Panel("", "plane", marks, BOX), theme)
    assert of_ink(plane.picture(), theme.ink("source")) == 0
    plane.draw(Panel("", "plane", (Lines(line, "source", width=3.0), Lines(line, "source", "target")), BOX), theme)
    assert of_ink(plane.picture(), theme.ink("source")) > 50


@pytest.mark.parametrize("values", [[np.nan] * 3, [1.0, np.inf, 2.0], [0.0, 0.0, 0.0], [-1.0, 1e300, 5.0]])
@pytest.mark.parametrize("log", [False, True])
def test_charts_take_any_number(qtbot, values: list[float], log: bool) -> None:
    chart = Chart()
    qtbot.addWidget(chart)
    xy = np.stack([np.arange(3.0), values], -1)
    marks = (
        Curve(xy, "source", "a", dots=True, error=np.array([0.1, np.nan, np.inf])),
        Bars(np.arange(3.0), (("b", "good", np.array(values)),)),
    )
    for bounds in ((0.0, 2.0, 0.1, 3.0), (0.0, 0.0, 0.0, 0.0), (0.0, 1.0, np.nan, 1.0)):
        chart.draw(Panel("t", "chart", marks, bounds, log_x=log, log_y=log), themes.load())
        assert painted(chart.picture(), themes.load().ink("panel")) > 20


def test_empty_panels_say_so(qtbot, plane: Plane) -> None:
    theme = themes.load()
    plane.draw(Panel("", "plane", empty="Press Train"), theme)
    assert of_ink(plane.picture(), theme.ink("muted")) > 20
    over = (Points(np.array([[5.0, 5.0]]), "source"),)
    plane.draw(Panel("", "plane", over, BOX, empty="Press Train"), theme)
    assert of_ink(plane.picture(), theme.ink("text")) > 20
    for panel in compose.charts(snapshots.empty(), Look()):
        chart = Chart()
        qtbot.addWidget(chart)
        chart.draw(panel, theme)
        assert painted(chart.picture(), theme.ink("panel")) > 50


def test_wheel_zooms_about_the_cursor_and_reset_brings_all_back(qtbot, plane: Plane) -> None:
    plane.draw(Panel("", "plane", (), BOX), themes.load())
    plane.picture()
    home = plane.view_range
    spot = plane.to_window(2.0, 3.0)
    glass = plane._glass.viewport()
    local = QPointF(glass.mapFrom(plane, spot.toPoint()))
    with qtbot.waitSignal(plane.view_changed):
        wheel = QWheelEvent(
            local,
            QPointF(glass.mapToGlobal(local.toPoint())),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(glass, wheel)
    (x0, x1), _ = plane.view_range
    assert x1 - x0 < home[0][1] - home[0][0]
    moved = plane.to_window(2.0, 3.0) - spot
    assert abs(moved.x()) <= 2 and abs(moved.y()) <= 2
    with qtbot.waitSignal(plane.enlarged):
        QTest.mouseDClick(glass, Qt.MouseButton.LeftButton)
    plane.reset()
    np.testing.assert_allclose(plane.view_range, home)


def test_a_view_of_ones_own_survives_new_pictures_but_not_new_bounds(plane: Plane) -> None:
    theme = themes.load()
    plane.draw(Panel("", "plane", (), BOX), theme)
    plane.set_view(((4.0, 6.0), (4.0, 6.0)))
    mine = plane.view_range
    plane.draw(Panel("", "plane", (Points(np.ones((1, 2)), "source"),), BOX), theme)
    assert plane.view_range == mine
    plane.draw(Panel("", "plane", (), (0.0, 100.0, 0.0, 100.0)), theme)
    assert plane.view_range[0][1] - plane.view_range[0][0] >= 99


class Recorder:
    """A tool that writes down what it is told."""

    exclusive = True

    def __init__(self) -> None:
        self.told: list[tuple] = []

    def press(self, x: float, y: float) -> None:
        self.told.append(("press", x, y))

    def move(self, x: float, y: float) -> None:
        self.told.append(("move", x, y))

    def release(self) -> None:
        self.told.append(("release",))

    def leave(self) -> None:
        self.told.append(("leave",))


def test_a_tool_gets_left_drags_in_data_coordinates(plane: Plane) -> None:
    theme = themes.load()
    plane.draw(Panel("", "plane", (), BOX), theme)
    plane.picture()
    home, tool, glass = plane.view_range, Recorder(), plane._glass.viewport()
    plane.tool = tool

    def at(x: float, y: float) -> QPoint:
        return glass.mapFrom(plane, plane.to_window(x, y).toPoint())

    QTest.mousePress(glass, Qt.MouseButton.LeftButton, pos=at(2, 3))
    QTest.mouseMove(glass, at(6, 7))
    QTest.mouseRelease(glass, Qt.MouseButton.LeftButton, pos=at(6, 7))
    assert [told[0] for told in tool.told] == ["press", "move", "release"]
    np.testing.assert_allclose(tool.told[0][1:], (2, 3), atol=0.1)
    np.testing.assert_allclose(tool.told[1][1:], (6, 7), atol=0.1)
    assert plane.view_range == home
    plane.show_ring(Ring((6.0, 7.0), (1.5, 1.5), "warning"))
    assert of_ink(plane.picture(), theme.ink("warning")) > 30
    plane.tool = None
    QTest.mouseMove(glass, at(2, 3))
    assert len(tool.told) == 3
    plane.show_ring(None)
    assert of_ink(plane.picture(), theme.ink("warning")) == 0


def test_the_stage_links_views_and_speaks_for_the_user_only(qtbot, snapshot: Snapshot) -> None:
    stage = Stage()
    qtbot.addWidget(stage)
    stage.resize(800, 500)
    with qtbot.waitExposed(stage):
        stage.show()
    heard: list[object] = []
    stage.turned.connect(lambda *told: heard.append(told))
    stage.play_toggled.connect(lambda *told: heard.append(told))
    look = Look(t=0.62, round=1)
    stage.show(compose.stage(snapshot, look), look, themes.load())
    assert heard == []
    assert stage.timeline.figure.text() == "t = 0.62"
    stage.timeline.slider.setValue(250)
    stage.timeline.play.click()
    assert heard == [("t", 0.25), ("t", True)]
    stage.timeline.own.slider.setValue(400)
    stage.timeline.own.play.click()
    assert heard[2:] == [("morph", 0.4), ("morph", True)]
    stage.interpolation.set_view(((5.0, 9.0), (-2.0, 2.0)))
    stage.interpolation.view_changed.emit()
    np.testing.assert_allclose(stage.flow.view_range, stage.interpolation.view_range, atol=1e-6)
    stage.reset_view()
    np.testing.assert_allclose(stage.flow.view_range, stage.interpolation.view_range, atol=1e-6)


def test_the_strip_is_picked_by_mouse_and_keyboard(qtbot, snapshot: Snapshot) -> None:
    strip = RoundStrip()
    qtbot.addWidget(strip)
    strip.resize(900, 180)
    with qtbot.waitExposed(strip):
        strip.show()
    cards = compose.thumbnails(snapshot, Look())
    strip.draw(cards, 1, themes.load(), compose.progress(snapshot))
    assert [card.number for card in strip._cards] == [0, 1, 2, 3]
    with qtbot.waitSignal(strip.picked) as picked:
        QTest.mouseClick(strip._cards[2], Qt.MouseButton.LeftButton)
    assert picked.args == [2]
    strip._cards[2].setFocus()
    QTest.keyClick(strip._cards[2], Qt.Key.Key_Right)
    with qtbot.waitSignal(strip.picked) as picked:
        QTest.keyClick(strip._cards[3], Qt.Key.Key_Return)
    assert picked.args == [3]
    strip.grab()
    before = [card.pictures for card in strip._cards]
    strip.draw(compose.thumbnails(replace(snapshot, step=2500), Look()), 2, themes.load(), (3, 0.5))
    strip.grab()
    assert [card.pictures for card in strip._cards] == before
    strip.draw(cards[:2], 1, themes.load())
    assert len(strip._cards) == 2


@pytest.mark.parametrize(("value", "words"), [(0.1, "memorised"), (1.05, "as fresh samples"), (3.0, "off the data")])
def test_a_figure_that_is_right_at_1_says_on_which_side_it_is(value: float, words: str) -> None:
    view = RoundView(1, Straight(), figures=Figures({"memorisation": Estimate(value, 0.05, 64)}))
    (row,) = rows_of(view)
    assert row.name == f"distance to data: {words}" and words in row.tip


def test_measures_show_value_error_and_size(qtbot, snapshot: Snapshot) -> None:
    measures = Measures()
    qtbot.addWidget(measures)
    measures.resize(260, 760)
    look = Look(round=1)
    measures.draw(compose.charts(snapshot, look), snapshot, look, themes.load())
    assert len(measures.charts) == 4
    texts = [cell for row in measures.figures.table.rows for cell in row[:3]]
    assert "n = 4\u2009096" in texts and "13.7 ± 0.1" in texts
    early = replace(snapshot.rounds[1], figures=Figures({"loss": Estimate(14.1, 0.12, 4096)}))
    assert [row[:2] for row in rows_of(early)] == [("loss", "14.1 ± 0.1"), ("floor V", "13.7 ± 0.1")]
    failed = replace(early, figures=Figures(failed={"straightness": "no room", "euler_error 4": "none left"}))
    told = [row[:4] for row in rows_of(failed)]
    assert told[:2] == [("straightness", "failed", "", "no room"), ("Euler error by N", "failed", "", "none left")]
    measures.draw(compose.charts(snapshots.empty(), look), snapshots.empty(), look, themes.load("light"))
    assert measures.figures.table.rows == []


def test_figures_unfold_by_group(qtbot, snapshot: Snapshot) -> None:
    measures = Measures()
    qtbot.addWidget(measures)
    look, figures = Look(round=1), measures.figures
    measures.draw(compose.charts(snapshot, look), snapshot, look, themes.load())

    def names() -> list[str]:
        return [row.name for row in figures.table.rows]

    assert "M  curvature" not in names() and "V  crossing" in names()
    assert figures.fold.text() == f"all {len(rows_of(snapshot.rounds[1]))} figures ▾"
    figures.fold.click()
    assert figures.fold.text() == "fewer figures ▴"
    groups = [name for name in names() if name in GROUPS]
    assert groups == ["crossing", "straightness", "cost", "fit"]
    assert names().index("straightness") < names().index("M  curvature") < names().index("cost")
    figures.fold.click()
    assert "M  curvature" not in names()


@pytest.mark.parametrize("name", ["dark", "projector"])
def test_figures_are_one_widget_and_each_row_explains_itself(qtbot, snapshot: Snapshot, name: str) -> None:
    """As many widgets unfolded as folded, so that nothing is laid out anew; no row is cut; each has its own tooltip."""
    measures, theme = Measures(), themes.load(name)
    qtbot.addWidget(measures)
    measures.resize(22 * theme.text_px, 900)
    look, figures = Look(round=1), measures.figures
    measures.draw(compose.charts(snapshot, look), snapshot, look, theme)
    measures.show()
    widgets = len(measures.findChildren(QWidget))
    figures.unfold()
    QApplication.processEvents()
    assert len(measures.findChildren(QWidget)) == widgets
    table = figures.table
    assert table.height() == table.sizeHint().height() > 15 * theme.text_px
    assert table.width() <= measures.viewport().width()
    high = table.height() / len(table.rows)
    for k, row in enumerate(table.rows):
        assert table.row_at(round((k + 0.5) * high)) in table.rows[max(0, k - 1) : k + 2]
        assert row.tip or not row.value
    assert [table.row_at(y) for y in (-1, table.height() + 1)] == [None, None]
    assert table.row_at(1) is table.rows[0] and table.row_at(table.height() - 1) is table.rows[-1]
    for y in (1, table.height() // 2, table.height() - 1):
        spot = QPoint(4, y)
        QApplication.sendEvent(table, QHelpEvent(QEvent.Type.ToolTip, spot, table.mapToGlobal(spot)))
        assert table.toolTip() == plain(table.row_at(y).tip)
    for tip in QApplication.topLevelWidgets():
        if tip.inherits("QTipLabel"):
            tip.close()
    for row in table.rows:
        assert row.name in table.accessibleName() and row.value in table.accessibleName()
    picture = table.grab().toImage()
    ground = picture.pixelColor(0, 0)
    inked = [
        y for y in range(picture.height()) if any(picture.pixelColor(x, y) != ground for x in range(picture.width()))
    ]
    assert len(inked) > 0.4 * picture.height()


def test_a_chart_offers_others(qtbot, snapshot: Snapshot) -> None:
    measures = Measures()
    qtbot.addWidget(measures)
    panels = list(compose.charts(snapshot, Look(round=1)))
    panels[2] = replace(panels[2], choices=(("euler_error", "Euler error"), ("cost_p", "cost by p")))
    measures.draw(tuple(panels), snapshot, Look(round=1), themes.load())
    assert [not chart.button.isHidden() for chart in measures.charts] == [True] * 4
    menu = measures.charts[2].menu
    for _ in range(3):  # it is filled anew each time, and does not grow
        menu.aboutToShow.emit()
        assert [action.text() for action in menu.actions()] == ["Euler error", "cost by p"]
    with qtbot.waitSignal(measures.chosen) as said:
        menu.actions()[1].trigger()
    assert said.args == [2, "cost_p"]


def test_a_raster_lies_in_its_chart(qtbot) -> None:
    values = np.zeros((2, 2), np.float32)
    values[1, 0] = 1.0  # top left
    chart = Chart()
    qtbot.addWidget(chart)
    chart.resize(300, 200)
    chart.draw(Panel("map", "chart", (Raster(values, (0, 1, 0, 1), "warning"),), (0, 1, 0, 1)), themes.load())
    picture, ink = chart.picture(), QColor(themes.load().ink("warning"))
    near = [
        (x, y)
        for x in range(0, picture.width(), 4)
        for y in range(0, picture.height(), 4)
        if max(abs(a - b) for a, b in zip(picture.pixelColor(x, y).getRgb(), ink.getRgb(), strict=True)) < 30
    ]
    assert len(near) > 50
    assert (
        np.mean([x for x, _ in near]) < 0.5 * picture.width() and np.mean([y for _, y in near]) < 0.5 * picture.height()
    )


@pytest.mark.parametrize(
    ("axis", "labels"),
    [
        ((0.0, 5000.0, False, 4), ["0", "2k", "4k"]),
        ((0.0, 1.0, False, 5), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ((-2.2, 2.1, True, 9), ["0.01", "0.1", "1", "10", "100"]),
        ((0.1, 0.9, True, 5), ["2", "5"]),
        ((0.0, 0.17, False, 2), ["0.0", "0.1"]),  # a single tick gives no scale
        ((-1.1, 1.2, True, 2), ["0.1", "10"]),
        ((-7.1, -3.9, True, 9), ["10⁻⁷", "10⁻⁶", "10⁻⁵", "10⁻⁴"]),
        ((5.6e6, 5.6e6 + 17, False, 4), [f"5\u2009600\u2009{k:03}" for k in (0, 5, 10, 15)]),  # map coordinates
        ((0.0, 6e6, False, 3), ["0", "2M", "4M", "6M"]),
    ],
)
def test_ticks_are_round_numbers(axis: tuple, labels: list[str]) -> None:
    assert [label for _, label in ticks(*axis)] == labels


@pytest.mark.parametrize(
    ("n", "size", "across"),
    [
        *(
            (2, (740, 520), 2),
            (3, (740, 520), 3),
            (4, (740, 520), 2),
            (4, (510, 490), 2),
            (5, (740, 520), 3),
            (3, (470, 420), 3),
        ),
        *((4, (1900, 500), 4), (3, (400, 1000), 1), (2, (400, 900), 1), (4, (300, 1200), 1), (1, (9, 9), 1)),
        (3, (470, 420), 3),
    ],
)
def test_panels_stand_where_their_plots_are_largest(n: int, size: tuple[int, int], across: int) -> None:
    """As people know them, unless another grid is clearly better."""
    assert grid.roomiest(n, QRectF(0, 0, *size), 80.0, (240.0, 104.0)) == across
    assert grid.roomiest(0, QRectF(), 80.0, (240.0, 104.0)) == 1


def test_the_stage_follows_its_shape_and_keeps_its_least_size(qtbot, snapshot) -> None:
    panes, theme = Panes(), themes.load()
    qtbot.addWidget(panes)
    panels = (compose.stage(snapshot, Look())[0],) * 4
    panes.draw(panels, theme)
    panes.show()
    for size, across in (((1900, 520), 4), ((740, 520), 2), ((380, 1400), 1)):
        panes.resize(*size)
        QApplication.processEvents()
        assert panes.across == across and len({canvas.x() for canvas in panes.shown}) == across
        assert (panes.minimumWidth(), panes.minimumHeight()) == (2 * LEAST, 2 * LOWEST)
