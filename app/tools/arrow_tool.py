"""Arrows from source to target: draws the pairs of the coupling on the stage, one undo step an arrow."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
from PySide6.QtCore import QObject

from app.dimension import recast
from app.document import Document
from app.forms.typed_values import write_number
from app.tools.brush import Cleared
from engine.parts import Coupling, Wrong
from engine.registry import kinds, knobs

MOST = 1000  # arrows of a drawing
GRIP = 10.0  # px around an end, within which a press takes hold of it
NEAR = 6.0  # px from a shaft, within which a click chooses the arrow
CLICK = 4.0  # px that the cursor may move in a click


class ArrowTool(QObject):
    """A tool of the Plane, in data coordinates. A drag draws a new arrow, or moves the end that it starts on; a click
    chooses the arrow under it, or none.

    In a 1-D experiment the picture is (t, x): starts lie on t = 0, ends on t = 1, and of a press only x counts. In 3-D
    arrows lie on the page: a new one has third coordinates of 0, an old one keeps its own.
    """

    end = "arrows"  # what it draws

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.active = False
        self.chosen = -1  # row of the chosen arrow
        self.unit: Callable[[], tuple[float, float]] = lambda: (0.02, 0.02)  # data units per px of the picture
        self.changed: Callable[[], None] = lambda: None  # the preview is another one
        self.refused: Callable[[str], None] = lambda sentence: None
        self._rows = np.zeros((0, 2, self.document.experiment.dim))  # (n, 2, d): starts and ends
        self._before = self._rows
        self._hold: int | None = None  # the end of the chosen arrow that follows the cursor: 0, 1
        self._from: tuple[float, float] | None = None  # where the button was pressed
        self._new = self._own = False
        document.experiment_changed.connect(self._reload)

    @property
    def count(self) -> int:
        return len(self._rows)

    def start(self) -> None:
        """Draw arrows: on from those of the coupling where it is a drawn one, else from an empty canvas."""
        self._finish()
        self.active, self.chosen = True, -1
        self._reload()

    def stop(self) -> None:
        """Put the arrows away; one in progress is kept."""
        self._finish()
        self.active, self.chosen = False, -1
        self.changed()

    def preview(self) -> np.ndarray:
        """The arrows as they stand, that in progress included: (n, 2, 2), starts and ends on the page."""
        if self.document.experiment.dim > 1:
            return self._rows[..., :2]
        return np.stack([np.broadcast_to([0.0, 1.0], self._rows.shape[:2]), self._rows[..., 0]], -1)

    def clear(self) -> None:
        """An empty canvas, undoable. The experiment keeps its last arrows until there is one again."""
        if self.count:
            self.chosen = -1
            self.document.stack.push(Cleared(self, self._rows))

    def put(self, rows: np.ndarray) -> None:
        """Show these arrows (n, 2, d) on the canvas."""
        self._rows = rows
        self.chosen = min(self.chosen, len(rows) - 1)
        self.changed()

    def delete(self) -> None:
        """Take the chosen arrow away."""
        if not self.active or self._from is not None or not 0 <= self.chosen < self.count:
            return
        rest = np.delete(self._rows, self.chosen, axis=0)
        self.chosen = -1
        if len(rest):
            self._edit("delete an arrow", rest)
        else:
            self.clear()
            self.refused("No arrow is left: the experiment keeps the last one until you draw again.")

    # the mouse

    def press(self, x: float, y: float) -> None:
        if not self.active:
            return
        self._from, self._before, self._hold, self._new = (x, y), self._rows, None, False
        self.chosen, _ = self._under(x, y)
        self.changed()

    def move(self, x: float, y: float) -> None:
        if self._from is None or (self._hold is None and not self._take(x, y)):
            return
        rows = self._before.copy()
        by = self._spot(x, y) - self._spot(*self._from)
        rows[self.chosen, self._hold] = np.round(rows[self.chosen, self._hold] + by, 4)
        self._rows = rows
        self.changed()

    def release(self) -> None:
        self._finish()

    def hover(self, x: float, y: float) -> tuple[float, str] | None:
        """A ring where a press would take hold of an end."""
        if not self.active or self._from is not None:
            return None
        return (GRIP * self.unit()[0], "text") if self._under(x, y)[1] is not None else None

    def leave(self) -> None:
        """The cursor left the stage; a pressed button keeps the arrow going."""

    def _take(self, x: float, y: float) -> bool:
        """Take hold of an end, once the cursor is so far away that this is no click: an old one, or a new arrow's."""
        if np.hypot(*(np.array([x, y]) - self._from) / self.unit()) <= CLICK:
            return False
        self.chosen, self._hold = self._under(*self._from)
        if self._hold is None:
            if self.count >= MOST:
                self._from = None
                self.refused(f"A drawing has {write_number(MOST)} arrows at most: delete some to go on.")
                return False
            spot = self._spot(*self._from)
            self._before = np.concatenate([self._before, [[spot, spot]]])
            self.chosen, self._hold, self._new = len(self._before) - 1, 1, True
        return True

    def _spot(self, x: float, y: float) -> np.ndarray:
        """The point (d,) of the experiment that a place of the page means."""
        dim = self.document.experiment.dim
        return np.round([y] if dim == 1 else [x, y] + [0.0] * (dim - 2), 4)

    def _under(self, x: float, y: float) -> tuple[int, int | None]:
        """Which arrow is at this place (-1: none), and which of its ends, if it is one."""
        if not self.count:
            return -1, None
        px = (self.preview() - (x, y)) / self.unit()  # the cursor is at 0
        to_ends = np.linalg.norm(px, axis=-1)
        row, which = np.unravel_index(to_ends.argmin(), to_ends.shape)
        if to_ends[row, which] <= GRIP:
            return int(row), int(which)
        a, along = px[:, 0], px[:, 1] - px[:, 0]
        share = np.clip(-(a * along).sum(1) / np.maximum((along**2).sum(1), 1e-12), 0, 1)
        to_shaft = np.linalg.norm(a + share[:, None] * along, axis=1)
        row = int(to_shaft.argmin())
        return (row, None) if to_shaft[row] <= NEAR else (-1, None)

    def _finish(self) -> None:
        """End the gesture: one edit of the document, none after a mere click."""
        hold, self._hold, self._from = self._hold, None, None
        if hold is not None:
            self._edit("draw an arrow" if self._new else "move an arrow", self._rows)

    def _edit(self, text: str, rows: np.ndarray) -> None:
        self._own = True
        try:
            experiment = self.document.experiment
            self.document.patch(text, coupling=drawn(rows, experiment.coupling, experiment.dim))
            self._rows = rows
        except Wrong as wrong:
            self._rows, self.chosen = arrows(self.document.experiment.coupling, self.document.experiment.dim), -1
            self.refused(f"This arrow is not possible: {wrong.message.rstrip('.')}.")
        finally:
            self._own = False
        self.changed()

    def _reload(self) -> None:
        if self.active and not self._own and self._from is None:
            self.put(arrows(self.document.experiment.coupling, self.document.experiment.dim))


def drawn(rows: np.ndarray, old: Coupling, dim: int) -> Coupling:
    """The drawn coupling with these arrows (n, 2, d); its other knobs stay as far as ``old`` has them."""
    cls, name = _kind()
    part = old if isinstance(old, cls) else recast(old, cls, dim)
    return msgspec.structs.replace(part, **{name: tuple(map(tuple, rows.reshape(len(rows), -1).tolist()))})


def arrows(part: Coupling, dim: int) -> np.ndarray:
    """The arrows of a drawn coupling in ``dim`` dimensions, (n, 2, dim); none of any other coupling."""
    cls, name = _kind()
    rows = getattr(part, name) if isinstance(part, cls) else ()
    if not rows:
        return np.zeros((0, 2, dim))
    found = np.asarray(rows, float).reshape(len(rows), 2, -1)[..., :dim]
    return np.pad(found, ((0, 0), (0, 0), (0, dim - found.shape[-1])))


def _kind() -> tuple[type[Coupling], str]:
    cls = kinds("couplings")["drawn"]
    return cls, next(knob.name for knob in knobs(cls) if knob.editor == "arrows")
