"""Maps with two inks, their scale in the legend, and the button of a panel that offers something else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import theme as themes
from app.canvas import still
from app.canvas.arrangement import arrange
from app.canvas.choice import Choice
from app.dimension import resize
from app.scene.camera import HOME
from app.scene.marks import Panel, Raster
from app.views.field import NUDGE, Field
from tests.app.test_one_file import make  # noqa: F401

SIZE = QSize(420, 320)
NEAR = 40  # of 255


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., 2::-1].astype(int)


def ink(theme: themes.Theme, name: str) -> np.ndarray:
    return np.array([int(theme.ink(name)[k : k + 2], 16) for k in (1, 3, 5)])


def near(pixel: np.ndarray, theme: themes.Theme, name: str) -> bool:
    return bool((np.abs(pixel - ink(theme, name)).max(-1) < NEAR).any())


def panel(low: str) -> Panel:
    values = np.repeat(np.array([[-1.0, -1.0, 0.0, 0.0, 1.0, 1.0]]), 4, 0)
    ends = ("−2.0", "3.0")
    mark = Raster(values, (0, 6, 0, 4), "warning", ink_low=low, name="div v, 1 / t", ends=ends)
    return Panel("Divergence", "plane", (mark,), (0, 6, 0, 4), "orange: apart")


@pytest.mark.parametrize("theme", themes.NAMES)
@pytest.mark.parametrize("low", ["source", ""])
def test_a_map_has_two_inks_and_a_scale_with_both(qapp, low: str, theme: str) -> None:
    worn, shown = themes.load(theme), panel(low)
    made = pixels(still.image([shown], SIZE, worn))
    places = arrange(shown, QRectF(0, 0, SIZE.width(), SIZE.height()), worn)
    plot, legend = places.plot, places.legend
    row = made[int(plot.center().y())]
    third = [row[int(plot.center().x() + by * plot.height() / 4 * 1.5)] for by in (-1.6, 0.0, 1.6)]
    assert near(third[2], worn, "warning") and near(third[1], worn, "window")
    assert near(third[0], worn, low or "window")
    assert legend.height() > 0
    band = made[int(legend.top()) : int(legend.bottom()), int(legend.left()) : int(legend.right())]
    assert near(band.reshape(-1, 3), worn, "warning")
    assert near(band.reshape(-1, 3), worn, "source") == bool(low)


def test_a_name_that_is_too_long_is_cut_and_the_scale_stays(qapp) -> None:
    from app.canvas.legend import entries

    worn = themes.load()
    shown = replace(
        panel("source"), marks=(replace(panel("").marks[0], name="a very long name of what is shown " * 3),)
    )
    (entry,) = entries(shown, worn, 200.0)
    assert entry.name.endswith("…") and len(entry.name) < 40


def test_the_button_offers_what_the_panel_does(qtbot) -> None:
    from PySide6.QtWidgets import QWidget

    parent, worn = QWidget(), themes.load()
    qtbot.addWidget(parent)
    parent.resize(400, 300)
    button, got = Choice("show something else here", parent), []
    button.chosen.connect(got.append)
    shown = replace(panel(""), choices=(("heat:gap", "|v − v*|"), ("heat:speed", "speed |v|")))
    button.offer(shown, QRectF(parent.rect()), worn)
    assert not button.isHidden() and arrange(shown, QRectF(parent.rect()), worn).title.right() < 400 - button.width()
    button._fill()
    assert [action.text() for action in button.menu().actions()] == ["|v − v*|", "speed |v|"]
    button.menu().actions()[1].trigger()
    assert got == ["heat:speed"]
    button.offer(panel(""), QRectF(parent.rect()), worn)
    assert button.isHidden()


@pytest.fixture
def window(qtbot, make: Any):  # noqa: F811
    made = make()
    made.resize(1100, 760)
    made.made["view_field"].trigger()
    qtbot.waitUntil(lambda: len(made.stage.panes.shown) == 4, timeout=30_000)
    qtbot.waitUntil(lambda: bool(made.stage.panes.shown[1].panel.marks), timeout=30_000)
    return made


def test_a_map_is_chosen_on_the_stage_and_space_is_sliced(qtbot, window) -> None:
    panes, see = window.stage.panes, window.document
    panes.chosen.emit("heat:speed")
    assert see.look.turned == (Field(heat="speed"),)
    qtbot.waitUntil(lambda: panes.shown[1].panel.title.startswith("Speed |v|"), timeout=30_000)
    assert not panes._choices[panes.shown[1]].isHidden()
    glass = panes.shown[0]
    x, y = (sum(side) / 2 for side in glass.view_range)
    glass.tool.press(x, y)
    glass.tool.release()
    assert see.look.lens == (x, y)
    window.document.edit(resize(window.document.experiment, 3), "dimension 3")
    assert see.look.lens == () and see.look.turned == (Field(heat="speed"),)
    qtbot.waitUntil(lambda: panes.shown[0].panel.space == "space" and bool(panes.shown[0].panel.marks), timeout=30_000)
    window.made["nudge_up"].trigger()
    assert see.look.turned[-1].at == pytest.approx(0.5 + NUDGE)
    space = panes.shown[0]
    middle, modifier = space.rect().center(), Qt.KeyboardModifier.ControlModifier
    camera = see.look.camera
    QTest.mousePress(space, Qt.MouseButton.LeftButton, modifier, middle)
    to, button = middle - QPoint(0, 60), Qt.MouseButton.LeftButton
    event = QMouseEvent(QEvent.Type.MouseMove, QPointF(to), space.mapToGlobal(QPointF(to)), button, button, modifier)
    QApplication.sendEvent(space, event)
    QTest.mouseRelease(space, button, modifier, to)
    assert see.look.turned[-1].at > 0.5 + NUDGE and see.look.camera == camera == HOME  # up, and nothing turned
    assert msgspec.structs.replace(see.look, turned=()).still == see.look.still
