"""The mouse on the planes of a view that is pointed at."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication

from app.canvas.plane import Plane
from app.canvas.space import Space
from app.controller import Controller
from app.scene import compose
from app.stage import Stage

log = logging.getLogger("rewire")


class Pointing(QObject):
    """Gives each plane a tool while the view on show wants to be pointed at, and no drawing does."""

    def __init__(self, controller: Controller, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller, self._document, self._stage = controller, controller.document, stage
        self._document.look_changed.connect(self.follow)
        self._document.drawing_changed.connect(self.follow)
        stage.panes.rearranged.connect(self.follow)
        stage.panes.chosen.connect(lambda value: self._ask("chosen", value))
        stage.panes.pulled.connect(lambda k, at, by: self._ask("pulled", k, at.toTuple(), by.toTuple()))

    def follow(self) -> None:
        """Take the mouse, or give it back."""
        look, draws = self._document.look, self._document.drawing is not None
        view = compose.view(look)
        wanted = view.pointing(look) and not draws
        panes = self._stage.panes
        for k, canvas in zip(panes.numbers, panes.shown, strict=True):
            if isinstance(canvas, Space):
                canvas.pulls = view.pulls and not draws
            if not isinstance(canvas, Plane):
                continue
            mine = isinstance(canvas.tool, Pointer)
            if wanted and (canvas.tool is None or (mine and canvas.tool.panel != k)):
                canvas.tool = Pointer(self, k)
            elif not wanted and mine:
                canvas.tool = None
        self._ask("carried")

    def point(self, panel: int, at: tuple[float, float], dragged: bool = False) -> None:
        """The view says what a place of its panel means."""
        self._ask("dragged" if dragged else "pointed", panel, at)

    def nudge(self, by: int) -> None:
        """The keys for what a view has to move."""
        self._ask("nudged", by)

    def _ask(self, what: str, *where: object) -> None:
        """See what the view on show makes of it."""
        snapshot, look = self._controller.snapshot, self._document.look
        if snapshot is None:
            return
        try:
            changes = getattr(compose.view(look), what)(snapshot, look, *where)
        except Exception:
            log.exception("the view %s cannot be %s", look.view, what)
            return
        if changes:
            self._document.see(**changes)


class Pointer:
    """The tool of one plane."""

    exclusive = False
    pressure = 1.0

    def __init__(self, pointing: Pointing, panel: int) -> None:
        self._pointing, self.panel, self._held = pointing, panel, False

    def press(self, x: float, y: float) -> None:
        self._held = True
        self._pointing.point(self.panel, (x, y))

    def move(self, x: float, y: float) -> None:
        """With Shift the place follows the cursor, without a button."""
        hovers = QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier
        if self._held or hovers:
            self._pointing.point(self.panel, (x, y), self._held)

    def release(self) -> None:
        self._held = False

    def leave(self) -> None:
        """A drag goes on where it comes back."""
