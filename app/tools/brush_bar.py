"""The tool bar of the brush, above the stage while drawing."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel

from app.forms.controls import Button, Press, Slide
from app.forms.form import polish
from app.forms.typed_values import write_number
from app.tools.brush import DENSITIES, WIDTHS, Brush

STOPS = 200


class BrushBar(QFrame):
    """Which end, spray or eraser, how wide and how dense; Clear and Done. ``[`` and ``]`` change the width."""

    done = Signal()
    end_chosen = Signal(str)

    def __init__(self, brush: Brush, parent=None) -> None:
        super().__init__(parent)
        polish(self, "panel")
        self.brush = brush
        line = QHBoxLayout(self)
        line.setContentsMargins(10, 4, 10, 4)
        line.setSpacing(4)
        self.ends = self._choice(line, ("source", "target"), "draw the {}")
        line.addSpacing(10)
        self.modes = self._choice(line, ("spray", "eraser"), "{}")
        line.addSpacing(10)
        self.width, self.width_said = self._slider(line, "width", "diameter of the brush in data units  ( [ and ] )")
        self.density, self.density_said = self._slider(
            line, "density", "points per brush width moved, and per quarter second held still"
        )
        line.addStretch(1)
        self.said = polish(QLabel(self), "muted")
        line.addWidget(self.said)
        self.clear = Press("Clear", "an empty canvas", self)
        self.leave = Button("Done", self)
        self.leave.setToolTip("back to the picture (Esc)")
        line.addWidget(self.clear)
        line.addWidget(self.leave)
        self.ends.idClicked.connect(lambda k: self._turn(("source", "target")[k]))
        self.modes.idClicked.connect(self._mode)
        self.width.actionTriggered.connect(self._take)
        self.density.actionTriggered.connect(self._take)
        self.clear.clicked.connect(brush.clear)
        self.leave.clicked.connect(self.done)
        for key, factor in (("[", 1 / 1.25), ("]", 1.25)):  # only while the bar is visible
            QShortcut(QKeySequence(key), self).activated.connect(lambda factor=factor: self.resize_brush(factor))
        self.refresh()

    def refresh(self) -> None:
        """Show the brush as it is; call it when the drawing changed, too."""
        self.ends.button(0 if self.brush.end == "source" else 1).setChecked(True)
        self.modes.button(int(self.brush.erasing)).setChecked(True)
        for slider, value, (low, high) in (
            (self.width, self.brush.width, WIDTHS),
            (self.density, self.brush.density, DENSITIES),
        ):
            if not slider.isSliderDown():
                slider.setValue(round(STOPS * math.log(value / low) / math.log(high / low)))
        self.width_said.setText(f"{self.brush.width:.2g}")
        self.density_said.setText(f"{self.brush.density:.0f}")
        self.said.setText(f"{write_number(self.brush.count)} point{'' if self.brush.count == 1 else 's'}")

    def resize_brush(self, factor: float) -> None:
        """Make the brush wider or narrower."""
        self.brush.scale(factor)
        self.refresh()

    def _choice(self, line: QHBoxLayout, words: tuple[str, str], tip: str) -> QButtonGroup:
        group = QButtonGroup(self)
        for k, word in enumerate(words):
            button = Press(word, tip.format(word), self)
            button.setCheckable(True)
            group.addButton(button, k)
            line.addWidget(button)
        return group

    def _slider(self, line: QHBoxLayout, name: str, tip: str) -> tuple[Slide, QLabel]:
        label, slider, said = polish(QLabel(name, self), "muted"), Slide(self), QLabel(self)
        slider.setRange(0, STOPS)
        slider.setMinimumWidth(44)
        slider.setMaximumWidth(90)
        slider.setAccessibleName(f"brush {name}")
        said.setMinimumWidth(said.fontMetrics().horizontalAdvance("0.000"))
        for widget in (label, slider, said):
            widget.setToolTip(tip)
            line.addWidget(widget)
        return slider, said

    def _turn(self, end: str) -> None:
        self.brush.start(end)
        self.end_chosen.emit(end)
        self.refresh()

    def _mode(self, k: int) -> None:
        self.brush.erasing = bool(k)
        self.refresh()

    def _take(self) -> None:
        for slider, name, (low, high) in ((self.width, "width", WIDTHS), (self.density, "density", DENSITIES)):
            value = low * (high / low) ** (slider.sliderPosition() / STOPS)
            if slider is self.sender():
                setattr(self.brush, name, value)
                self.brush.tuned |= slider is self.width
        self.refresh()
