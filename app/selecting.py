"""Particles that a person picks out on the stage: a click, a click with Shift, a lasso."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QPointF

from app.canvas.plane import Plane
from app.canvas.space import Space
from app.controller import Controller
from app.scene.marks import Points
from app.scene.picking import inside, nearest
from app.stage import Stage

NEAR = 8.0  # px from a drawing's point


class Selecting(QObject):
    """Writes ``Look.selected``: a click chooses one particle or none, with Shift it adds one or takes it away; a lasso
    adds all whose dot or line it catches."""

    def __init__(self, controller: Controller, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._before = controller.document, ()
        self._last: tuple[Plane | Space, QPointF] | None = None  # where the last click was
        stage.panes.picked.connect(self.pick)
        stage.panes.lassoed.connect(self.catch)

    def pick(self, canvas: Plane | Space, at: QPointF, shift: bool) -> None:
        who, old = nearest(canvas.panel, canvas.on_screen, (at.x(), at.y())), self._document.look.selected
        self._before, self._last = old, (canvas, at)
        if shift:
            self._choose(set(old) ^ {who} if who >= 0 else set(old))
        else:
            self._choose({who} - {-1})

    def catch(self, canvas: Plane | Space, corners: list[QPointF]) -> None:
        found = inside(canvas.panel, canvas.on_screen, np.array([(p.x(), p.y()) for p in corners]))
        self._choose({*self._document.look.selected, *found})

    def take_back(self) -> None:
        """The click that a double click begins with chose nothing."""
        self._choose(set(self._before))

    def drawing(self) -> str:
        """The end whose drawing the last click was on; empty where it was on none."""
        if self._last is None:
            return ""
        canvas, at = self._last
        for mark in canvas.panel.marks:
            if not (isinstance(mark, Points) and mark.ink in ("source", "target") and len(mark.xy)):
                continue
            px, _ = canvas.on_screen(np.asarray(mark.xy))
            away = np.nan_to_num(np.linalg.norm(px - (at.x(), at.y()), axis=-1), nan=np.inf)
            if getattr(self._document.experiment, mark.ink).kind == "drawn" and away.min() <= NEAR:
                return mark.ink
        return ""

    def clear(self) -> bool:
        """True if there was something to clear."""
        had = bool(self._document.look.selected)
        self._choose(set())
        return had

    def _choose(self, chosen: set[int]) -> None:
        self._document.see(selected=tuple(sorted(chosen)))
