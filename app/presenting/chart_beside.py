"""The one chart that may stand beside the stage in the show: ``Step.chart``."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow

from app.lessons.lesson import Step


class ChartBeside:
    """In the right column's place. C shows it, or hides it, until the next step."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self.on = False

    def follow(self, step: Step | None) -> None:
        """As this step has it."""
        self._put(step is not None and bool(step.chart))

    def toggle(self) -> None:
        self._put(not self.on)

    def end(self) -> None:
        """The column is that of the window again."""
        self._window.measures.only_one(False)

    def _put(self, on: bool) -> None:
        window, self.on = self._window, on
        window.measures.only_one(on)
        window.columns.bare(True, beside=on)
        window.heartbeat.ask("charts", "stage")
