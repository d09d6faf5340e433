"""From the start to training on a drawing, in one window: clicks are counted. A pen's pressure, double clicks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.application import assemble, begin
from app.window import Window
from engine.codec import build
from tests.app.scripted import rest

ASKED = {
    "source": {"kind": "gaussian"},
    "target": {"kind": "two modes"},
    "coupling": {"kind": "independent", "pairs": 2000},
    "velocity": {"kind": "mlp", "width": 16, "depth": 2},
    "training": {"steps": 200_000, "batch": 64},
    "rounds": 1,
}
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qapp) -> Iterator[Window]:
    made = assemble(build(ASKED), device="cpu")
    begin(made)
    made.resize(1280, 800)
    until(lambda: made.controller.snapshot is not None and made.controller.current)
    yield made
    made.close()
    assert made.controller.engine.close(60.0)
    made.deleteLater()
    QApplication.processEvents()


def until(what) -> None:
    for _ in range(3000):
        if what():
            return
        rest(0.01)
    raise TimeoutError


def glass(window: Window):
    return window.stage.interpolation._glass.viewport()


def spot(window: Window, x: float, y: float):
    plane = window.stage.interpolation
    return glass(window).mapFrom(plane, plane.to_window(x, y).toPoint())


def drag(window: Window, *path: tuple[float, float]) -> None:
    QTest.mousePress(glass(window), LEFT, pos=spot(window, *path[0]))
    for at in path[1:]:
        QTest.mouseMove(glass(window), spot(window, *at))
    QTest.mouseRelease(glass(window), LEFT, pos=spot(window, *path[-1]))


def step(window: Window) -> int:
    return window.controller.snapshot.step if window.controller.snapshot.phase == "training" else 0


def four_clicks_and_a_stroke_at_most_and_training_goes_on(window) -> None:
    """Draw on the target's card, a stroke, Run: two clicks. A second stroke is learned without another."""
    clicks = []

    def click(button) -> None:
        clicks.append(button.text())
        QTest.mouseClick(button, LEFT)

    click(window.dock.ends["target"].draw)
    until(lambda: window.stage.interpolation.panel.title == "Draw the target")
    drag(window, (2.0, 2.0), (3.0, 2.5), (4.0, 2.0))
    assert window.document.experiment.target.kind == "drawn"
    if not window.controller.running:
        click(window.dock.run.train)
    until(lambda: window.controller.current and step(window) > 20)
    assert len(clicks) <= 4 and window.controller.snapshot.spec.target.kind == "drawn"
    before = window.controller.snapshot
    QTest.mousePress(glass(window), LEFT, pos=spot(window, 3.0, -2.0))
    until(lambda: window.controller.snapshot.step > before.step and step(window))  # while the button is held
    QTest.mouseMove(glass(window), spot(window, 4.0, -2.0))
    QTest.mouseRelease(glass(window), LEFT, pos=spot(window, 4.0, -2.0))
    until(lambda: window.controller.current and step(window) > 20)
    assert len(window.controller.snapshot.spec.target.dots) > len(before.spec.target.dots)
    window.leave()


def a_double_click_on_the_card_or_on_a_drawing_opens_it(window) -> None:
    QTest.mouseDClick(window.redraw._clouds["source"], LEFT)
    assert window.document.drawing.tool.end == "source"
    window.leave()
    until(lambda: window.stage.interpolation.tool is None)
    dot = window.document.experiment.target.dots[0]
    until(lambda: window.controller.current and window.stage.interpolation.panel.title != "Draw the source")
    for how in (QTest.mouseClick, QTest.mouseDClick):
        how(glass(window), LEFT, pos=spot(window, *dot))
    assert window.document.drawing is not None and window.document.drawing.tool.end == "target"
    assert window.document.look.alone < 0
    window.leave()


def a_pen_tells_its_pressure(window) -> None:
    window.draw("curve")
    until(lambda: window.stage.interpolation.tool is window.hand)
    device = QPointingDevice(
        "pen", 1, QInputDevice.DeviceType.Stylus, QPointingDevice.PointerType.Pen,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure, 1, 1,
    )  # fmt: skip

    def pen(kind: QEvent.Type, x: float, pressure: float) -> None:
        at = QPointF(spot(window, x, 0.0))
        there = QPointF(glass(window).mapToGlobal(at))
        held = LEFT if kind != QEvent.Type.TabletRelease else Qt.MouseButton.NoButton
        event = QTabletEvent(
            kind, device, at, there, pressure, 0, 0, 0, 0, 0, Qt.KeyboardModifier.NoModifier, LEFT, held
        )
        QApplication.sendEvent(glass(window), event)
        assert not event.isAccepted(), "it comes again as one of the mouse"

    pen(QEvent.Type.TabletPress, 0.0, 0.1)
    QTest.mousePress(glass(window), LEFT, pos=spot(window, 0.0, 0.0))
    for x, pressure in ((1.0, 0.1), (2.0, 0.9), (3.0, 0.9)):
        pen(QEvent.Type.TabletMove, x, pressure)
        QTest.mouseMove(glass(window), spot(window, x, 0.1 * x * x))
    pen(QEvent.Type.TabletRelease, 3.0, 0.0)
    QTest.mouseRelease(glass(window), LEFT, pos=spot(window, 3.0, 0.9))
    made = window.document.experiment.target.strokes[-1]
    assert made.along[0] == pytest.approx(0.2) and max(made.along) == pytest.approx(1.8) and window.hand.pressure == 1.0
    assert np.ptp(np.array(made.points)[:, 0]) == pytest.approx(3.0, abs=0.2)
    window.leave()


def test_a_first_drawing(window) -> None:
    four_clicks_and_a_stroke_at_most_and_training_goes_on(window)
    a_double_click_on_the_card_or_on_a_drawing_opens_it(window)
    a_pen_tells_its_pressure(window)
