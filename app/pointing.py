"""The mouse on the planes of a view that is pointed at."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.canvas.plane import Plane
from app.controller import Controller
from app.scene import compose
from app.stage import Stage


class Pointing(QObject):
    """Gives each plane a tool while the view on show wants to be pointed at, and no drawing does."""

    def __init__(self, controller: Controller, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller, self._document, self._stage = controller, controller.document, stage
        self._document.look_changed.connect(self.follow)
        self._document.drawing_changed.connect(self.follow)
        stage.panes.rearranged.connect(self.follow)

    def follow(self) -> None:
        """Take the mouse, or give it back."""
        wanted = compose.view(self._document.look).points and self._document.drawing is None
        panes = self._stage.panes
        for k, canvas in zip(panes.numbers, panes.shown, strict=True):
            if not isinstance(canvas, Plane):
                continue
            mine = isinstance(canvas.tool, Pointer)
            if wanted and (canvas.tool is None or (mine and canvas.tool.panel != k)):
                canvas.tool = Pointer(self, k)
            elif not wanted and mine:
                canvas.tool = None

    def point(self, panel: int, at: tuple[float, float]) -> None:
        """The view says what a place of its panel means."""
        snapshot, look = self._controller.snapshot, self._document.look
        if snapshot is not None and (changes := compose.view(look).pointed(snapshot, look, panel, at)):
            self._document.see(**changes)


class Pointer:
    """The tool of one plane."""

    exclusive = False

    def __init__(self, pointing: Pointing, panel: int) -> None:
        self._pointing, self.panel, self._held = pointing, panel, False

    def press(self, x: float, y: float) -> None:
        self._held = True
        self.move(x, y)

    def move(self, x: float, y: float) -> None:
        if self._held:
            self._pointing.point(self.panel, (x, y))

    def release(self) -> None:
        self._held = False

    def leave(self) -> None:
        """A drag goes on where it comes back."""
