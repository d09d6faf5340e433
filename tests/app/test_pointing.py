"""The lens under the mouse, in the window."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app import pointing
from app.dimension import resize
from app.pointing import Pointer
from app.scene.known import FLOW
from app.views.averaging import Averaging
from tests.app.test_one_file import make  # noqa: F401


@pytest.fixture
def window(qtbot, make: Any):  # noqa: F811
    made = make()
    made.resize(1000, 700)
    made.made["view_averaging"].trigger()
    qtbot.waitUntil(lambda: len(made.stage.panes.shown) == 3, timeout=30_000)
    qtbot.waitUntil(lambda: bool(made.stage.panes.shown[0].panel.marks), timeout=30_000)
    return made


def test_a_press_looks_there_and_a_drag_takes_it_along(qtbot, window) -> None:
    plane = window.stage.panes.shown[0]
    assert isinstance(plane.tool, Pointer)
    x, y = (sum(side) / 2 for side in plane.view_range)
    glass = plane._glass.viewport()
    spot = glass.mapFrom(plane, plane.to_window(x, y).toPoint())
    QTest.mousePress(glass, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    first = window.document.look.lens
    assert first == pytest.approx((x, y), abs=3 * max(plane.unit))
    window.stage.panes.shown[0].tool.move(x + 0.5, y)
    assert window.document.look.lens == pytest.approx((x + 0.5, y))
    QTest.mouseRelease(glass, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    plane.tool.move(x + 1.0, y)
    assert window.document.look.lens == pytest.approx((x + 0.5, y))  # no button is held
    qtbot.waitUntil(lambda: f"{x + 0.5:.2f}"[:3] in window.stage.panes.shown[0].panel.caption, timeout=30_000)


def test_with_shift_the_lens_goes_with_the_cursor(window, monkeypatch) -> None:
    tool = window.stage.panes.shown[0].tool
    tool.press(1.0, 2.0)
    tool.release()
    tool.move(3.0, 1.0)
    assert window.document.look.lens == (1.0, 2.0)
    monkeypatch.setattr(pointing.QGuiApplication, "keyboardModifiers", lambda: Qt.KeyboardModifier.ShiftModifier)
    tool.move(3.0, 1.0)
    assert window.document.look.lens == (3.0, 1.0)


def test_a_lens_on_a_trajectory_rides_while_t_plays(qtbot, window) -> None:
    see, plane = window.document, window.stage.panes.shown[1]
    traced = window.controller.snapshot.rounds[1].found(FLOW)
    plane.tool.press(*traced.z[16, 3].tolist())
    plane.tool.release()
    i = see.look.follow
    assert i >= 0 and see.look.t == pytest.approx(float(traced.times[16]), abs=0.04)
    see.see(t=0.9)
    traced = window.controller.snapshot.rounds[1].found(FLOW)
    assert see.look.lens == pytest.approx(traced.at(0.9)[i].tolist(), abs=1e-4)


def test_a_view_that_fails_to_be_pointed_at_moves_nothing(window, monkeypatch) -> None:
    def broken(*_: object) -> dict:
        raise RuntimeError("a test")

    before = window.document.look
    monkeypatch.setattr(Averaging, "pointed", broken)
    window.stage.panes.shown[0].tool.press(1.0, 2.0)
    assert window.document.look == before


def test_a_drawing_takes_the_mouse_and_gives_it_back(qtbot, window) -> None:
    plane = window.stage.panes.planes[0]
    window.draw("source")
    assert not isinstance(plane.tool, Pointer) and plane.tool is not None
    window.leave_drawing()
    assert isinstance(plane.tool, Pointer)
    window.made["view_crossings"].trigger()
    qtbot.waitUntil(lambda: len(window.stage.panes.shown) == 2, timeout=30_000)
    assert all(canvas.tool is None for canvas in window.stage.panes.planes)


def test_another_dimension_forgets_the_place(qtbot, window) -> None:
    window.document.see(lens=(0.5, 0.5))
    window.document.edit(resize(window.document.experiment, 1), "dimension 1")
    assert window.document.look.lens == ()
