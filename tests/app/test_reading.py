"""What a chart says under the cursor: every dot, level and bar, on every chart, at its own place and nowhere else."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF
from PySide6.QtGui import QHelpEvent, QTextDocumentFragment
from PySide6.QtWidgets import QApplication

from app import theme as themes
from app.canvas.arrangement import arrange
from app.canvas.chart import Chart
from app.canvas.reading import reading, reading_of_plane, reading_of_space
from app.canvas.view import View
from app.scene import compose
from app.scene.look import Look
from app.scene.marks import Bars, Curve, Lines, Panel, Points, Raster
from app.scene.numbers import figure, number
from app.scene.projection import Ball, projected
from app.scene.typeset import typeset
from engine.evidence.estimate import Estimate
from engine.registry import kinds
from tests.app import snapshots
from tests.app.test_selecting import answered_scene

BOX = QRectF(0, 0, 420, 300)
THEME = themes.load()


@pytest.fixture(scope="module")
def panels(qapp) -> dict[str, Panel]:
    now = snapshots.snapshot(n=60)
    names = [name for cls in kinds("charts").values() for name, _ in cls.offered(now)]
    return {name: compose.charts(now, Look(round=2, charts=(name,)))[0] for name in names}


def test_every_chart_explains_itself(panels) -> None:
    assert len(panels) >= 4
    for name, panel in panels.items():
        assert len(panel.hint) > 10 and panel.hint != panel.title, name


def test_every_value_is_read_where_it_stands(panels) -> None:
    read = 0
    for name, panel in panels.items():
        view = View.of(panel, arrange(panel, BOX, THEME).plot)
        for mark in panel.marks:
            if not (isinstance(mark, Curve) and mark.dots):
                continue
            for k, at in enumerate(view.px(mark.xy)):
                error = float(mark.error[k]) if mark.error is not None and mark.error[k] > 0 else None
                told = reading(panel, BOX, THEME, QPointF(*at))
                assert figure(Estimate(float(mark.xy[k, 1]), error)) in told, name
                read += 1
    assert read > 10


def test_a_stack_says_all_its_parts(panels) -> None:
    panel = panels["ledger"]
    view, (before, after) = View.of(panel, arrange(panel, BOX, THEME).plot), panel.marks
    middle = arrange(panel, BOX, THEME).plot.center().y()
    told = reading(panel, BOX, THEME, QPointF(view.sx * after.x[0] + view.ox, middle))
    assert told.splitlines()[1:] == [f"{name} {figure(Estimate(high[0]))}" for name, _, high in reversed(after.parts)]
    assert told.splitlines()[0] == "round 1"
    told = reading(panel, BOX, THEME, QPointF(view.sx * before.x[1] + view.ox, middle))
    assert told.splitlines() == ["round 2", f"before {figure(Estimate(before.parts[0][2][1]))}"]


def test_a_level_is_read_all_along(qapp) -> None:
    level = Curve(np.array([[0.0, 5.0], [10.0, 5.0]]), "warning", "floor V = 5.0", dash=True)
    panel = Panel("Loss", "chart", (level,), (0.0, 10.0, 0.0, 10.0))
    view = View.of(panel, arrange(panel, BOX, THEME).plot)
    for x in (0.5, 3.0, 9.5):
        assert reading(panel, BOX, THEME, QPointF(*view.px(np.array([x, 5.0])))) == "floor V = 5.0"
        assert reading(panel, BOX, THEME, QPointF(*view.px(np.array([x, 9.0])))) == ""


@pytest.mark.parametrize("values", [[np.nan] * 2, [np.inf, 1.0], [0.0, -1.0], []])
@pytest.mark.parametrize("log", [False, True])
def test_no_value_breaks_it(qapp, values, log) -> None:
    xy = np.column_stack([np.arange(len(values)), values]) if values else np.zeros((0, 2))
    marks = Curve(xy, "flow", dots=True), Bars(xy[:, 0], (("a", "flow", xy[:, 1]),)), Curve(xy, "flow")
    for panel in (
        Panel("", "chart", marks, (0.0, 1.0, 0.1, 1.0), log_y=log),
        Panel("", "chart", marks, None),
        Panel("", "chart", marks, (0.0, 1.0, 0.1, 1.0), empty="nothing yet"),
    ):
        for at in (QPointF(0, 0), QPointF(200, 150), QPointF(-5, 1e6)):
            assert isinstance(reading(panel, BOX, THEME, at), str)


def test_the_tooltip_is_the_value_and_what_the_chart_shows(qtbot, panels) -> None:
    chart, panel = Chart(), panels["straightness"]
    qtbot.addWidget(chart)
    chart.resize(420, 300)
    chart.draw(replace(panel, key=None), THEME)
    view = View.of(panel, arrange(panel, BOX, THEME).plot)
    mark = next(mark for mark in panel.marks if isinstance(mark, Curve) and mark.dots)
    on = QPointF(*view.px(mark.xy)[0]).toPoint()
    for spot, words in (
        (on, f"at 1: {figure(Estimate(float(mark.xy[0, 1]), float(mark.error[0])))}"),
        (QPoint(2, 2), ""),
    ):
        QApplication.sendEvent(chart, QHelpEvent(QEvent.Type.ToolTip, spot, chart.mapToGlobal(spot)))
        tip = QTextDocumentFragment.fromHtml(chart.toolTip()).toPlainText()
        assert words in tip and panel.hint in tip and tip.index(panel.hint) >= tip.index(words)
        assert panel.formula and chart.toolTip().endswith(f"{typeset(panel.formula)}</p>")
    for tip in QApplication.topLevelWidgets():
        if tip.inherits("QTipLabel"):
            tip.close()


# the plane and space


def plane_at(panel: Panel, x: float, y: float) -> str:
    view = View.of(panel, arrange(panel, BOX, THEME).plot)
    return reading_of_plane(panel, view, THEME, QPointF(view.sx * x + view.ox, view.sy * y + view.oy))


def test_the_plane_says_where_whose_and_how_much(qapp) -> None:
    data = np.arange(12.0).reshape(3, 4)
    heat = Raster(data / 11, (0.0, 4.0, 0.0, 3.0), "flow", data=data, quantity="|v|", unit="length/time")
    dots = Points(np.array([[3.5, 2.5]]), "particle", who=np.array([17]))
    panel = Panel("", "plane", (heat, dots), (0.0, 4.0, 0.0, 3.0))
    for row in range(3):
        for column in range(4):
            words = plane_at(panel, column + 0.4, row + 0.4)
            assert f"|v| = {number(float(data[row, column]))} length/time" in words
    assert plane_at(panel, 3.5, 2.5).endswith("particle 17") and "particle" not in plane_at(panel, 0.5, 0.5)
    assert plane_at(panel, 0.5, 1.5).startswith("x1 = 0.50, x2 = 1.50")
    line = replace(panel, equal=False)
    assert plane_at(line, 0.5, 1.5).startswith("t = 0.500, x = 1.50")
    named = replace(panel, x_label="start", y_label="end", axes=True)
    assert plane_at(named, 0.5, 1.5).startswith("start = 0.50, end = 1.50")
    unknown = replace(heat, data=np.full((3, 4), np.nan))
    assert plane_at(replace(panel, marks=(unknown,)), 0.5, 0.5) == "x1 = 0.50, x2 = 0.50"
    assert plane_at(replace(panel, bounds=None), 0.5, 0.5) == ""


def test_space_says_where_the_line_under_the_cursor_is(qapp) -> None:
    line = Lines(np.array([[[-1.0, 0.0, 2.0], [3.0, 0.0, 2.0]]]), "flow", who=np.array([5]))
    panel = projected(Panel("", "space", (line,), box=(-1.0, 3.0, -2.0, 2.0, 0.0, 4.0)))

    def on_screen(places):
        page, near = panel.camera.seen(places)
        return 200 * page + 300, near

    ball = Ball.about(panel.box, False)
    for x in (-0.75, 0.0, 2.5):
        (spot,), _ = on_screen(ball.inside(np.array([[x, 0.0, 2.0]])))
        where, whose = reading_of_space(panel, on_screen, THEME, QPointF(*spot)).split("\n")
        assert whose == "particle 5"
        values = [float(part.split(" = ")[1].replace("−", "-")) for part in where.split(", ")]
        assert values == pytest.approx([x, 0.0, 2.0], abs=0.05) and where.startswith("x1 = ")
    assert reading_of_space(panel, on_screen, THEME, QPointF(0, 0)) == ""


@pytest.mark.parametrize("view", ["field", "marginals"])
def test_every_heat_map_says_what_it_is_of(view: str) -> None:
    """What is coloured by a number tells that number, with its unit."""
    look = Look(view=view, round=1, t=0.5)
    maps = [p for p in compose.stage(answered_scene(2, look), look) if any(isinstance(m, Raster) for m in p.marks)]
    assert len(maps) >= 2
    for panel in maps:
        (told,) = [m for m in panel.marks if isinstance(m, Raster) and m.data is not None]
        rows, columns = np.argwhere(np.isfinite(told.data))[len(told.data)]
        x0, x1, y0, y1 = told.bounds
        x = x0 + (columns + 0.5) / told.data.shape[1] * (x1 - x0)
        y = y0 + (rows + 0.5) / told.data.shape[0] * (y1 - y0)
        line = f"{told.quantity} = {number(float(told.data[rows, columns]))} {told.unit}"
        assert told.quantity and told.unit and line in plane_at(panel, x, y)


# formulas


@pytest.mark.parametrize(
    ("formula", "html"),
    [
        ("Z_t", "<i>Z</i><sub><i>t</i></sub>"),
        ("X1 - X0", "<i>X</i><sub>1</sub> − <i>X</i><sub>0</sub>"),
        ("E|Z1-Z0|^p", "E|<i>Z</i><sub>1</sub>−<i>Z</i><sub>0</sub>|^<i>p</i>"),
        ("v*(x, t) dt", "<i>v</i><sup>*</sup>(<i>x</i>, <i>t</i>) d<i>t</i>"),
        ("sup_t |Z''_t|", "sup<sub><i>t</i></sub> |<i>Z</i>″<sub><i>t</i></sub>|"),
        ("dX = x^2", "d<i>X</i> = <i>x</i><sup>2</sup>"),
        ("over pairs of the round", "over pairs of the round"),
        ("<img src=x> & y", "&lt;img src=<i>x</i>&gt; &amp; <i>y</i>"),
    ],
)
def test_formulas_are_set(formula: str, html: str) -> None:
    assert typeset(formula) == html


@pytest.mark.parametrize("chart", kinds("charts").values())
def test_every_chart_has_a_formula_that_says_the_same_when_set(qapp, chart) -> None:
    made = chart()
    formula = made.typed_formula()
    assert made.hint().endswith(".") and formula
    plain = QTextDocumentFragment.fromHtml(typeset(formula)).toPlainText()
    strip = lambda text: re.sub(r"[\s_^{}*]", "", text).replace("-", "−").replace("''", "″")  # noqa: E731
    assert strip(plain) == strip(formula)
    assert not re.search(r"\b[A-MO-Z]\b|[=∫|²]", made.title), "a title in words; the formula is in the tooltip"


@pytest.mark.parametrize("metric", [m for m in kinds("metrics").values() if m.formula], ids=lambda m: m.label)
def test_every_metrics_formula_can_be_set(qapp, metric) -> None:
    html = typeset(metric.formula)
    assert QTextDocumentFragment.fromHtml(html).toPlainText() and "__" not in html
    assert set(re.findall(r"</?(\w+)", html)) <= {"i", "sub", "sup"}
