"""The right column: the charts, and the figures of the round on show with what they rest on."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.canvas.beside import LARGER, grown
from app.canvas.chart import Chart
from app.canvas.choice import Choice
from app.docks.figures import Figures
from app.guard import guarded
from app.scene.frame import shown
from app.scene.look import Look
from app.scene.marks import Panel
from app.theme import Theme
from engine.snapshot import Snapshot


class Measures(QScrollArea):
    """Charts stacked, figures below. ``chosen``: another chart for one of the places, counted from the top."""

    chosen = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.charts: list[Chart] = []
        self.figures = Figures()
        self._only_one = False
        column = QWidget()
        self._layout = QVBoxLayout(column)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.figures)
        self.setWidget(column)

    def draw(self, panels: tuple[Panel, ...], snapshot: Snapshot, look: Look, theme: Theme) -> None:
        """Show ``compose.charts(snapshot, look)`` and the figures of the round on show."""
        if self._only_one:
            panels = tuple(replace(panel, choices=()) for panel in panels[:1])
            theme = replace(theme, text_px=round(LARGER * grown(self.window().height()) * theme.text_px))
        while len(self.charts) > len(panels):
            self.charts.pop().deleteLater()
        while len(self.charts) < len(panels):
            chart, at = Chooser(), len(self.charts)
            chart.chosen.connect(lambda name, at=at: self.chosen.emit(at, name))
            self._layout.insertWidget(len(self.charts), chart, 1)
            self.charts.append(chart)
        for chart, panel in zip(self.charts, panels, strict=True):
            chart.draw(panel, theme)
        self.figures.draw(shown(snapshot, look), theme)

    def only_one(self, on: bool) -> None:
        """The first chart alone, larger, with nothing to be chosen; at the next drawing."""
        self._only_one = on
        self.figures.setHidden(on)


class Chooser(Chart):
    """A chart whose title is a menu where its panel offers other ones."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = Choice("show another figure here", self)
        self.button.chosen.connect(self.chosen)
        self.menu = self.button.menu()

    def draw(self, panel: Panel, theme: Theme) -> None:
        super().draw(panel, theme)
        self.button.offer(panel, QRectF(self.rect()), theme)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.button.offer(self.panel, QRectF(self.rect()), self.theme)

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.panel.choices and event.position().y() < self.button.geometry().bottom():
            self.menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))
        else:
            super().mousePressEvent(event)
