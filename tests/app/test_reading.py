"""What a chart says under the cursor: every dot, level and bar, on every chart, at its own place and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication

from app import theme as themes
from app.canvas.arrangement import arrange
from app.canvas.chart import Chart
from app.canvas.reading import reading
from app.canvas.view import View
from app.scene import compose
from app.scene.look import Look
from app.scene.marks import Bars, Curve, Panel
from app.scene.numbers import figure
from engine.evidence.estimate import Estimate
from engine.registry import kinds
from tests.app import snapshots

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
        assert words in chart.toolTip() and chart.toolTip().endswith(panel.hint)
        assert bool(words) == ("\n\n" in chart.toolTip())
    for tip in QApplication.topLevelWidgets():
        if tip.inherits("QTipLabel"):
            tip.close()
