"""One file adds one thing: a registered view, layer or chart is listed everywhere; one that fails says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.actions import table
from app.application import assemble, begin
from app.key_sheet import KeySheet
from app.scene import compose
from app.scene.chart import Chart
from app.scene.known import CROSSINGS, FLOOR
from app.scene.layer import Layer
from app.scene.look import Look
from app.scene.marks import Curve, Mark, Panel, Points
from app.scene.view import View
from app.window import Window
from engine import registry
from engine.parts import Part
from engine.probe import Probe
from engine.probes.velocity_gap import VelocityGap
from engine.registry import kinds, part
from engine.snapshot import Snapshot
from tests.app import snapshots
from tests.app.test_window import settled, small


@pytest.fixture
def registered() -> Iterator[Any]:
    """Registers parts, and takes them away again."""
    added: list[type[Part]] = []

    def add(cls: type[Part]) -> type[Part]:
        kinds(cls.family)
        added.append(part(cls))
        return cls

    yield add
    for cls in added:
        del registry._parts[cls.family][cls.__struct_config__.tag]
        registry._sorted.pop(cls.family, None)


def toys() -> tuple[type[Part], ...]:
    class Spots(Layer, frozen=True, tag="spots"):
        """Four points of the unit square."""

        title, rank, panels = "spots", 90, ("interpolation",)

        def marks(self, snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
            corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
            return (Points(corners[:, : snapshot.spec.dim], "good", size=9.0),)

    class Cubes(Chart, frozen=True, tag="cubes"):
        """x³ for as many numbers as there are rounds."""

        title, rank = "Cubes", 95

        def panel(self, snapshot: Snapshot, look: Look) -> Panel:
            k = np.arange(len(snapshot.rounds), dtype=float)
            return Panel(self.title, "chart", (Curve(np.column_stack([k, k**3]), "good"),), (0.0, 4.0, 0.0, 64.0))

    class Single(View, frozen=True, tag="single"):
        """One panel with one point."""

        title, hint, rank = "Single", "a single point", 195

        def needs(self, look: Look) -> tuple[Probe, ...]:
            return (VelocityGap(),)

        def panels(self, snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
            return (Panel("One point", "plane", (Points(np.zeros((1, 2)), "good"),), (-1.0, 1.0, -1.0, 1.0)),)

    return Spots, Cubes, Single


def test_toy_parts_are_listed_and_drawn(registered: Any) -> None:
    for cls in toys():
        registered(cls)
    plane = snapshots.snapshot(n=60)
    ids = {action.id: action for action in table()}
    assert ids["view_single"].tip == "a single point" and ids["layer_spots"].on(Look())
    assert "cubes" in [name for name, _ in compose.charts(plane, Look())[0].choices]
    (single,) = compose.stage(plane, Look(view="single"))
    assert single.title == "One point" and VelocityGap() in compose.needs(Look(view="single"))
    left, right = compose.stage(plane, Look(round=1))
    assert next(m for m in left.marks if getattr(m, "ink", "") == "good").xy.shape == (4, 2)
    assert not [m for m in right.marks if getattr(m, "ink", "") == "good"]
    hidden = compose.stage(plane, Look(round=1, hidden=frozenset({"spots"})))[0]
    assert not [m for m in hidden.marks if getattr(m, "ink", "") == "good"] and hidden.key != left.key
    (cubes,) = compose.charts(plane, Look(charts=("cubes",)))
    assert cubes.marks[0].xy[:, 1].tolist() == [0, 1, 8, 27]


@pytest.fixture
def make(qtbot) -> Iterator[Any]:
    windows: list[Window] = []

    def made() -> Window:
        window = assemble(small(steps=20), device="cpu")
        windows.append(window)
        begin(window)
        qtbot.waitUntil(settled(window), timeout=30_000)
        return window

    yield made
    for window in windows:
        window.close()
        window.deleteLater()


def test_toy_parts_in_the_window(qtbot, make, registered: Any) -> None:
    for cls in toys():
        registered(cls)
    window = make()
    tabs = window.tabs
    assert [tabs.tabText(k) for k in range(tabs.count())][-1] == "Single" and tabs.tabToolTip(tabs.count() - 1)
    QTest.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(tabs.count() - 1).center())
    qtbot.waitUntil(lambda: [c.panel.title for c in window.stage.panes.shown] == ["One point"], timeout=30_000)
    window.made["view_crossings"].trigger()
    qtbot.waitUntil(lambda: len(window.stage.panes.shown) == 2, timeout=30_000)
    assert tabs.tabText(tabs.currentIndex()) == "Crossings"
    assert window.made["layer_spots"].isChecked()
    window.made["layer_spots"].trigger()
    assert window.document.look.hidden == {"spots"} and not window.made["layer_spots"].isChecked()
    window.measures.chosen.emit(1, "cubes")
    qtbot.waitUntil(lambda: window.measures.charts[1].panel.title == "Cubes", timeout=30_000)
    sheet = KeySheet(window)
    qtbot.addWidget(sheet)


def test_views_come_and_go_by_key(qtbot, make) -> None:
    window = make()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=30_000)
    for k, kind in enumerate(list(kinds("views"))[:9], 1):
        QTest.keyClick(window, getattr(Qt.Key, f"Key_{k}"), Qt.KeyboardModifier.ControlModifier)
        assert window.document.look.view == kind
        wanted = len(compose.stage(window.controller.snapshot, window.document.look))
        qtbot.waitUntil(lambda n=wanted: len(window.stage.panes.shown) == n, timeout=30_000)


class _Raising:
    """Parts of every family of the scene that raise where they are asked."""

    error: ClassVar[Exception] = ZeroDivisionError("no picture")


def failing(where: str) -> tuple[type[Part], ...]:
    def no(self: Any, *rest: Any) -> Any:
        raise _Raising.error

    class BadView(View, frozen=True, tag="bad view"):
        title, rank = "Bad view", 99
        needs = no if where == "needs" else View.needs
        panels = no

    class BadLayer(Layer, frozen=True, tag="bad layer"):
        title, rank, panels = "bad layer", 99, ("interpolation", "flow")
        needs = no if where == "needs" else Layer.needs
        marks = no

    class BadChart(Chart, frozen=True, tag="bad chart"):
        title, rank = "Bad chart", 99
        needs = no if where == "needs" else Chart.needs
        panel = no

    return BadView, BadLayer, BadChart


@pytest.mark.parametrize("where", ["needs", "picture"])
def test_a_part_that_fails_says_so_in_its_place(where: str, registered: Any) -> None:
    for cls in failing(where):
        registered(cls)
    plane = snapshots.snapshot(n=60)
    (bad,) = compose.stage(plane, Look(view="bad view"))
    assert "ZeroDivisionError: no picture" in bad.empty and bad.title == "Bad view"
    left, right = compose.stage(plane, Look(round=1))
    for panel in (left, right):
        assert len(panel.marks) > 4 and any("bad layer: cannot be drawn" in getattr(m, "text", "") for m in panel.marks)
    charts = compose.charts(plane, Look(charts=("loss", "bad chart", "ledger")))
    assert [bool(panel.empty) for panel in charts] == [False, True, False]
    assert FLOOR in compose.needs(Look(view="bad view", charts=("bad chart", "loss")))
    assert CROSSINGS in compose.needs(Look())
