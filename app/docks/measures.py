"""The right column: the charts, and the figures of the round on show with what they rest on."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.canvas.chart import Chart
from app.canvas.elided import Elided
from app.scene.figures import basis, figure
from app.scene.frame import shown
from app.scene.look import Look
from app.scene.marks import Panel
from app.theme import Theme, font
from engine.parts import Estimate
from engine.registry import kinds
from engine.snapshot import RoundView, Snapshot

INDENT = "\u2003"
Row = tuple[str, str, str, str]  # name, value, what it rests on, tooltip


class Measures(QScrollArea):
    """Charts stacked, figures below."""

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
            chart = Chart()
            self._layout.insertWidget(len(self.charts), chart, 1)
            self.charts.append(chart)
        for chart, panel in zip(self.charts, panels, strict=True):
            chart.draw(panel, theme)
        self.figures.draw(shown(snapshot, look), theme)
        self.setMinimumWidth(19 * theme.text_px)


class Figures(QFrame):
    """The table: name, value with standard error, sample size."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._grid = QGridLayout(self)
        self._grid.setColumnStretch(0, 1)
        self._cells: list[tuple[QLabel, QLabel, QLabel]] = []
        self._shown: tuple[object, ...] = ()

    def draw(self, view: RoundView | None, theme: Theme) -> None:
        rows = rows_of(view) if view is not None else []
        state = (rows, theme, view.number if view is not None else None)
        if state == self._shown:
            return
        self._shown = state
        px = theme.text_px
        self._grid.setContentsMargins(round(0.6 * px), 0, round(1.2 * px), round(0.6 * px))
        self._grid.setHorizontalSpacing(round(0.6 * px))
        self._grid.setVerticalSpacing(round(0.18 * px))
        lines = _lines(view, rows) if rows else []
        self._resize(len(lines))
        for k, (cells, words) in enumerate(zip(self._cells, lines, strict=True)):
            for cell, text, ink in zip(cells, words, ("muted", "text", "muted"), strict=False):
                cell.setText(text)
                cell.setFont(font(theme, 0.95 if k == 0 else 0.8))
                cell.setStyleSheet(f"color: {theme.ink('text' if k == 0 else ink)}")
                cell.setToolTip(words[3])

    def _resize(self, n: int) -> None:
        while len(self._cells) > n:
            for cell in self._cells.pop():
                self._grid.removeWidget(cell)
                cell.deleteLater()
        while len(self._cells) < n:
            cells = Elided(), QLabel(), QLabel()
            for column, cell in enumerate(cells):
                cell.setTextFormat(Qt.TextFormat.PlainText)
                if column:
                    cell.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self._grid.addWidget(cell, len(self._cells), column)
            self._cells.append(cells)


def _lines(view: RoundView, rows: list[Row]) -> list[Row]:
    """A heading, then the rows; a sample size that all share stands in the heading alone."""
    rests = {row[2] for row in rows}
    common = rests.pop() if len(rests) == 1 else ""
    heading = (f"Round {view.number}", common, "" if common else "n", view.velocity)
    short = [(*row[:2], "" if common else row[2].removeprefix("n = "), row[3]) for row in rows]
    return [heading, *short]


@cache
def _described() -> dict[str, tuple[str, str, str, str]]:
    """Key -> (label, symbol, unit, formula) of every registered metric."""
    words = ("label", "symbol", "unit", "formula")
    return {key: tuple(getattr(cls, word, "") for word in words) for key, cls in kinds("metrics").items()}


def rows_of(view: RoundView) -> list[Row]:
    """The figures of one round in the order of the registered metrics; unknown keys last."""
    known = _described()
    order = [*(key for key in known if key in view.metrics), *(key for key in view.metrics if key not in known)]
    rows = []
    for key in order:
        rows.append(_row(key, view.metrics[key], known.get(key)))
        if key in view.truth:
            of_truth = view.truth[key]
            tip = f"{rows[-1][3]}\n\nThe same figure of the closed form v*: {figure(of_truth)}"
            rows.append((f"{INDENT}closed form", figure(of_truth), basis(of_truth), tip))
    floor, crossing = view.floor, view.metrics.get("crossing")
    if floor and (crossing is None or (floor.exact and not crossing.exact)):
        at = next((k for k, row in enumerate(rows) if row[0].startswith("V  ")), len(rows) - 1) + 1
        rows.insert(at, _row("floor V", floor, None, "The floor of the training loss: V = ∫ E|dX − E[dX|X_t]|² dt"))
    return rows


def _row(key: str, estimate: Estimate, words: tuple[str, str, str, str] | None, tip: str = "") -> Row:
    label, symbol, unit, formula = words or ("", "", "", "")
    label = label or key.replace("_", " ")
    # Short symbols come first, where eliding cannot take them.
    name = f"{symbol}  {label}" if 0 < len(symbol) <= 2 else label
    error = "" if estimate.error is None else "± standard error"
    formula = f"{symbol} = {formula}" if symbol and formula else formula
    lines = (label, formula, f"unit: {unit}" if unit else "", f"{figure(estimate)}   {error}", basis(estimate))
    tip = tip or "\n".join(line for line in lines if line)
    return name, figure(estimate), basis(estimate), tip
