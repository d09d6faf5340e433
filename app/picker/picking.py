"""Choosing a preset, or the law of an end, by its picture: for the window that it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow

from app import presets
from app.picker.entries import of_laws, of_presets
from engine.distributions.placed import Placed

if TYPE_CHECKING:
    from app.picker.dialog import Picker


class Picking(QObject):
    """One dialog for both, made when it is first asked for."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.dialog: Picker | None = None
        self._end = ""  # whose law is chosen; empty: a preset is

    def presets(self) -> None:
        self._end = ""
        self._open("Presets", of_presets(presets.offered()), "Open")

    def laws(self, end: str) -> None:
        """For the source or the target."""
        self._end, experiment = end, self._window.document.experiment
        held = getattr(experiment, end)
        now = held.law if isinstance(held, Placed) else held
        self._open(f"The {end}'s law in {experiment.dim}-D", of_laws(experiment.dim), "Choose", now.kind)

    def dress(self) -> None:
        """In the window's theme."""
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.dress(self._window.theme)

    def close(self) -> None:
        """With the window."""
        if self.dialog is not None:
            self.dialog.close()

    def _open(self, title: str, entries: tuple, verb: str, at: str = "") -> None:
        if self.dialog is None:
            from app.picker.dialog import Picker  # with the first one: it costs a start

            self.dialog = Picker(self._window)
            self.dialog.picked.connect(self._picked)
        self.dialog.offer(title, entries, verb, self._window.theme, at)

    def _picked(self, name: str) -> None:
        if self._end:
            self._window.dock.ends[self._end].choose(name)
            return
        preset = next((preset for preset in presets.offered() if preset.name == name), None)
        if preset is not None:
            self._window.load_preset(preset)
