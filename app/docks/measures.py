"""The right column: the charts, and the figures of the round on show with what they rest on."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.canvas.arrangement import title_end
from app.canvas.chart import Chart
from app.guard import guarded
from app.plain_text import Elided, Label, entry, explain
from app.scene.frame import shown
from app.scene.known import floor
from app.scene.look import Look
from app.scene.marks import Panel
from app.scene.numbers import basis, figure
from app.theme import Theme, font
from engine.evidence.estimate import Estimate
from engine.evidence.metric import Metric
from engine.registry import kinds
from engine.snapshot import RoundView, Snapshot
from engine.tree import title

INDENT = "\u2003"
GROUPS = ("crossing", "straightness", "cost", "fit", "generalisation")


class FigureRow(NamedTuple):
    """A row of the table, or a group's name without a value. ``rests``: what the value rests on."""

    name: str
    value: str
    rests: str
    tip: str
    group: str = ""
    brief: bool = True


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
        column = QWidget()
        self._layout = QVBoxLayout(column)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.figures)
        self.setWidget(column)

    def draw(self, panels: tuple[Panel, ...], snapshot: Snapshot, look: Look, theme: Theme) -> None:
        """Show ``compose.charts(snapshot, look)`` and the figures of the round on show."""
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


class Chooser(Chart):
    """A chart whose title is a menu where its panel offers other ones."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices: tuple[tuple[str, str], ...] = ()
        self._dress: tuple[object, ...] = ()
        self.button = QToolButton(self)
        self.button.setText("▾")
        self.button.setAutoRaise(True)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.setAccessibleName("another chart")
        explain(self.button, "show another figure here")
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._fill)
        self.button.setMenu(self.menu)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.hide()

    def draw(self, panel: Panel, theme: Theme) -> None:
        super().draw(panel, theme)
        self._choices = panel.choices
        dress = panel.title, theme, bool(panel.choices)
        if dress != self._dress:  # each of these lays the column out anew
            self._dress = dress
            self.button.setVisible(bool(panel.choices))
            self.button.setFont(font(theme))
            self._beside_title()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._beside_title()

    def _beside_title(self) -> None:
        px, box = self.theme.text_px, QRectF(self.rect())
        end = title_end(self.panel, box, self.theme)
        self.button.setGeometry(round(end + 0.3 * px), round(0.45 * px), round(1.6 * px), round(1.4 * px))

    def _fill(self) -> None:
        self.menu.clear()
        for value, words in self._choices:
            self.menu.addAction(entry(words), lambda value=value: self.chosen.emit(value))

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._choices and event.position().y() < self.button.geometry().bottom():
            self.menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))
        else:
            super().mousePressEvent(event)


class Figures(QFrame):
    """The table: name, value with standard error, sample size. A few rows; all of them, by group, when unfolded."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._grid = QGridLayout(self)
        self._grid.setColumnStretch(0, 1)
        self._cells: list[tuple[Label, Label, Label]] = []
        self._shown: tuple[object, ...] = ()
        self._last: tuple[RoundView | None, Theme] | None = None
        self.open = False
        self.fold = QPushButton(self)
        self.fold.setFlat(True)
        self.fold.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.fold.setCursor(Qt.CursorShape.PointingHandCursor)
        self.fold.clicked.connect(self.unfold)
        self.fold.hide()

    def unfold(self) -> None:
        """All figures, or the few."""
        self.open = not self.open
        if self._last is not None:
            self.draw(*self._last)

    def draw(self, view: RoundView | None, theme: Theme) -> None:
        self._last = view, theme
        rows = rows_of(view) if view is not None else []
        state = (rows, theme, view.number if view is not None else None, self.open)
        if state == self._shown:
            return
        self._shown = state
        px = theme.text_px
        self._grid.setContentsMargins(round(0.6 * px), 0, round(1.2 * px), round(0.6 * px))
        self._grid.setHorizontalSpacing(round(0.6 * px))
        self._grid.setVerticalSpacing(round(0.18 * px))
        few = [row for row in rows if row.brief]
        lines = _lines(view, grouped(rows) if self.open else few) if rows else []
        self._resize(len(lines))
        for k, (cells, words) in enumerate(zip(self._cells, lines, strict=True)):
            head = k == 0 or not words.value
            for cell, text, ink in zip(cells, words[:3], ("muted", "text", "muted"), strict=True):
                cell.setText(text)
                cell.setFont(font(theme, 0.95 if k == 0 else 0.8))
                cell.setStyleSheet(f"color: {theme.ink('text' if head else ink)}")
                explain(cell, words.tip)
        count = len(rows)
        self.fold.setVisible(count > len(few))
        self.fold.setText("fewer figures ▴" if self.open else f"all {count} figures ▾")
        self.fold.setFont(font(theme, 0.8))
        self.fold.setStyleSheet(
            f"color: {theme.ink('muted')}; text-align: left; padding: 0; border: none; background: transparent"
        )
        self._grid.addWidget(self.fold, len(lines), 0, 1, 3, Qt.AlignmentFlag.AlignLeft)

    def _resize(self, n: int) -> None:
        while len(self._cells) > n:
            for cell in self._cells.pop():
                self._grid.removeWidget(cell)
                cell.deleteLater()
        while len(self._cells) < n:
            cells = Elided(), Label(), Label()
            cells[0].mode = Qt.TextElideMode.ElideMiddle  # names often differ at their end: before, after
            for column, cell in enumerate(cells):
                if column:
                    cell.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self._grid.addWidget(cell, len(self._cells), column)
            self._cells.append(cells)


def _lines(view: RoundView, rows: list[FigureRow]) -> list[FigureRow]:
    """A heading, then the rows; a sample size that all share stands in the heading alone."""
    rests = {row.rests for row in rows if row.value}
    common = rests.pop() if len(rests) == 1 else ""
    heading = FigureRow(
        f"Round {view.number}" if "." not in view.name else title(view.name),
        common,
        "" if common else "n",
        view.velocity,
    )
    return [heading, *(row._replace(rests="" if common else row.rests.removeprefix("n = ")) for row in rows)]


def grouped(rows: list[FigureRow]) -> list[FigureRow]:
    """All rows by group, each under its name."""
    groups: dict[str, list[FigureRow]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    order = sorted(groups, key=lambda name: GROUPS.index(name) if name in GROUPS else len(GROUPS))
    return [line for name in order for line in (FigureRow(name or "other", "", "", ""), *groups[name])]


def rows_of(view: RoundView) -> list[FigureRow]:
    """The figures of one round in the order of the registered metrics; unknown keys last."""
    known = kinds("metrics")
    own = view.figures.single
    order = [*(key for key in known if key in own), *(key for key in own if key not in known)]
    rows = []
    for key in order:
        rows.append(_row(key, view.figures.single[key], known.get(key)))
        if key in view.beside.single:
            of_truth = view.beside.single[key]
            beside = view.reference or "closed form v*"
            tip = f"{rows[-1].tip}\n\nThe same figure of the {beside}: {figure(of_truth)}"
            words = f"{INDENT}{beside.removesuffix(' v*')}", figure(of_truth), basis(of_truth), tip
            rows.append(FigureRow(*words, *rows[-1][4:]))
    for key, sentence in view.figures.failed.items():
        metric = known.get(key) or known.get(key.rpartition(" ")[0])
        rows.append(FigureRow(metric.label if metric else key, "failed", "", sentence, metric.group if metric else ""))
    V, crossing = floor(view), view.figures.single.get("crossing")
    if V and crossing is None:
        at = next((k for k, row in enumerate(rows) if row.name.startswith("V  ")), len(rows) - 1) + 1
        tip = "The floor of the training loss: V = ∫ E|dX − E[dX|X_t]|² dt"
        rows.insert(at, _row("floor V", V, None, tip)._replace(group="crossing"))
    return rows


def _row(key: str, estimate: Estimate, metric: type[Metric] | None, tip: str = "") -> FigureRow:
    words = ("label", "symbol", "unit", "formula", "group")
    label, symbol, unit, formula, group = (getattr(metric, word, "") for word in words)
    label = label or key.replace("_", " ")
    # Short symbols come first, where eliding cannot take them.
    name = f"{symbol}  {label}" if 0 < len(symbol) <= 2 else label
    error = "" if estimate.error is None else "± standard error"
    if symbol and formula and not formula.startswith(symbol.partition(" on ")[0]):  # no x = x
        formula = f"{symbol} = {formula}"
    meant = metric().said(estimate) if metric else ""
    name = f"{name}: {meant}" if meant else name
    lines = (label, formula, f"unit: {unit}" if unit else "", f"{figure(estimate)}   {error}", meant, basis(estimate))
    tip = tip or "\n".join(line for line in lines if line)
    return FigureRow(name, figure(estimate), basis(estimate), tip, group, metric is None or metric.brief)
