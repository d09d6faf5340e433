"""What is under the cursor is said at once, beside it, and nothing is painted anew for it."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.canvas import glass as glass_module
from app.canvas import readout as readout_module
from app.canvas.arrangement import arrange
from app.canvas.plane import Plane
from app.canvas.view import View
from app.scene.marks import Curve, Lines, Panel, Points, Raster
from app.stage import Panes
from app.theme import apply, load

THEME = load()
XY = np.array([[1.0, 1.0], [3.5, 2.5]])
DATA = np.arange(12.0).reshape(3, 4)
HEAT = Raster(DATA / 11, (0.0, 4.0, 0.0, 3.0), "flow", data=DATA, quantity="|v|", unit="length/time")
DOTS = Points(XY, "particle", who=np.array([5, 17]), moving=True)
IN_SPACE = Points(np.array([[-0.3, 0.1, 0.2], [0.2, 0.1, -0.3]]), "particle", who=np.array([5, 17]))
PANELS = {
    "plane": Panel("Plane", "plane", (HEAT, DOTS), (0.0, 4.0, 0.0, 3.0), "a caption"),
    "chart": Panel("Chart", "chart", (Curve(XY, "flow", "a", dots=True),), (0.0, 4.0, 0.0, 3.0), hint="what it shows"),
    "space": Panel("Space", "space", (IN_SPACE,), None, "a caption", box=(-1.0, 1.0, -1.0, 1.0, -1.0, 1.0)),
}


@pytest.fixture
def panes(qtbot):
    made = Panes()
    qtbot.addWidget(made)
    made.resize(900, 420)
    made.draw(tuple(PANELS.values()), THEME)
    made.show()
    QApplication.processEvents()
    return made


def place(canvas) -> QPoint:
    """Of particle 17, or of the second value, px of the canvas."""
    if canvas.panel.space == "space":
        return canvas.to_window(IN_SPACE.xy[1]).toPoint()
    if canvas.panel.space == "plane":
        return canvas.to_window(*XY[1]).toPoint()
    return QPointF(*View.of(canvas.panel, plot_of(canvas)).px(XY)[1]).toPoint()


def plot_of(canvas) -> QRectF:
    return arrange(canvas.panel, QRectF(canvas.rect()), canvas.theme).plot


def line(panes, canvas):
    return canvas.readout if hasattr(canvas, "readout") else panes._readouts[canvas]


def move(widget, at: QPoint) -> None:
    none = Qt.MouseButton.NoButton
    where = QPointF(at), QPointF(widget.mapToGlobal(at))
    QApplication.sendEvent(
        widget, QMouseEvent(QEvent.Type.MouseMove, *where, none, none, Qt.KeyboardModifier.NoModifier)
    )


def under(canvas):
    return canvas._glass.viewport() if hasattr(canvas, "_glass") else canvas


@pytest.mark.parametrize("space", PANELS)
def test_the_reading_follows_at_once_and_stands_beside_the_cursor(panes, space: str) -> None:
    canvas = panes.shown[list(PANELS).index(space)]
    said = line(panes, canvas)
    move(under(canvas), place(canvas))
    assert said.isVisible(), "no delay"
    assert said.text().replace("\n", readout_module.BETWEEN) == canvas.reading(QPointF(place(canvas))).replace(
        "\n", readout_module.BETWEEN
    )
    wanted = {"plane": ("x1 = 3.5", "|v| = 11.0 length/time", "particle 17"), "chart": ("at 3.5: 2.50",)}
    for words in wanted.get(space, ("x1 = ", "particle 17")):
        assert words in said.text()
    plot = plot_of(canvas)
    for x in np.linspace(plot.left() + 1, plot.right() - 1, 9):
        for y in np.linspace(plot.top() + 1, plot.bottom() - 1, 25):
            move(under(canvas), QPoint(int(x), int(y)))
            assert not (said.isVisible() and said.geometry().contains(QPoint(int(x), int(y))))
            assert canvas.rect().contains(said.geometry())
    move(under(canvas), place(canvas))
    QTest.mousePress(under(canvas), Qt.MouseButton.LeftButton, pos=place(canvas))
    assert not said.isVisible(), "a button is down"
    QTest.mouseRelease(under(canvas), Qt.MouseButton.LeftButton, pos=place(canvas))
    move(under(canvas), place(canvas) + QPoint(1, 0))
    QApplication.sendEvent(under(canvas), QEvent(QEvent.Type.Leave))
    assert not said.isVisible()


def test_nothing_is_painted_for_it(panes, monkeypatch) -> None:
    apply(QApplication.instance(), load())  # a style sheet has its own way with labels
    canvas, painted = panes.shown[0], []
    paint = glass_module.paint_panel
    monkeypatch.setattr(glass_module, "paint_panel", lambda *a, **k: (painted.append(a), paint(*a, **k)))
    middle = plot_of(canvas).center().toPoint()
    move(under(canvas), middle)
    QApplication.processEvents()
    painted.clear()
    for k in range(-20, 20):
        move(under(canvas), middle + QPoint(k, k // 2))
        QApplication.processEvents()
    assert canvas.readout.isVisible() and len(painted) < 4, "of 40 moves; a screen may ask for one by itself"
    QApplication.sendEvent(under(canvas), QEvent(QEvent.Type.Leave))


def test_no_tool_that_draws_is_talked_over(panes) -> None:
    canvas = panes.shown[0]
    tool = SimpleNamespace(exclusive=True, move=lambda x, y: None, leave=lambda: None, press=lambda x, y: True)
    canvas.tool = tool
    move(under(canvas), place(canvas))
    assert not canvas.readout.isVisible()
    tool.exclusive = False
    move(under(canvas), place(canvas) + QPoint(1, 1))
    assert canvas.readout.isVisible()
    canvas.tool = None


def test_it_follows_what_moves_below_a_cursor_that_rests(panes, monkeypatch) -> None:
    monkeypatch.setattr(readout_module, "AGAIN", 0.0)
    canvas, panels = panes.shown[0], list(PANELS.values())
    move(under(canvas), place(canvas))
    assert "particle 17" in canvas.readout.text()
    gone = Panel("Plane", "plane", (HEAT,), (0.0, 4.0, 0.0, 3.0), "a caption")
    panes.draw((gone, *panels[1:]), THEME)
    assert canvas.readout.isVisible() and "particle" not in canvas.readout.text()
    panes.draw(tuple(panels), THEME)
    QApplication.sendEvent(under(canvas), QEvent(QEvent.Type.Leave))


def test_tooltips_say_what_it_does_not(panes) -> None:
    """The hint of a chart, and words that are cut short; not the same once more."""
    for k, swallowed in enumerate((True, False, True)):
        canvas = panes.shown[k]
        move(under(canvas), place(canvas))
        ask = QHelpEvent(QEvent.Type.ToolTip, place(canvas), under(canvas).mapToGlobal(place(canvas)))
        assert line(panes, canvas).eventFilter(under(canvas), ask) is swallowed
        QApplication.sendEvent(under(canvas), QEvent(QEvent.Type.Leave))
        assert line(panes, canvas).eventFilter(under(canvas), ask) is False


def test_a_reading_of_five_thousand_particles_is_quick(qtbot) -> None:
    rng, canvas = np.random.default_rng(0), Plane()
    qtbot.addWidget(canvas)
    canvas.resize(600, 500)
    who = np.arange(5000)
    dots = Points(rng.normal(size=(5000, 2)).astype(np.float32), "particle", who=who)
    lines = Lines(rng.normal(size=(300, 65, 2)).astype(np.float32), "flow", who=who[:300])
    canvas.draw(Panel("", "plane", (dots, lines), (-3.0, 3.0, -3.0, 3.0)), THEME)
    canvas.reading(QPointF(300, 300))
    took = []
    for k in range(20):
        begun = time.perf_counter()
        canvas.reading(QPointF(200 + 9 * k, 300))
        took.append(time.perf_counter() - begun)
    assert np.median(took) < 0.015
