"""Opens the dialog where a file leaves something to ask, and says what was taken where it leaves nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.loading.draft import reads_columns
from app.opening import Opening
from engine.parts import Part
from engine.reading.preview import Preview
from engine.wording import short

if TYPE_CHECKING:
    from app.loading.dialog import LoadDialog


class Asking(QObject):
    """``say``: the window's way to say a sentence, with a button. There is one dialog at a time."""

    def __init__(self, opening: Opening, window: QWidget, say: Callable[..., None]) -> None:
        super().__init__(window)
        self.dialog: LoadDialog | None = None
        self._opening, self._window, self._say = opening, window, say
        opening.asked.connect(self.ask)
        opening.told.connect(self._tell)
        opening.unsuited.connect(self._offer)

    def ask(self, end: str, part: Part, found: Preview) -> None:
        """The dialog, over the window."""
        self.close()
        experiment = self._opening.document.experiment
        other = {"source": experiment.target, "target": experiment.source}.get(end)
        other = other if other is not None and reads_columns(other) else None
        worn = lambda: self._window.theme  # noqa: E731
        from app.loading.dialog import LoadDialog

        made = self.dialog = LoadDialog(end, part, found, experiment.dim, worn, self._window, other)
        made.taken.connect(lambda part, dim: self._opening.read(end, part, dim=dim))
        made.finished.connect(lambda _: self._forget(made))
        made.open()

    def close(self) -> None:
        """With the window, or for another file."""
        if self.dialog is not None:
            self.dialog.done(0)

    def _forget(self, made: LoadDialog) -> None:
        if self.dialog is made:
            self.dialog = None
        made.deleteLater()

    def _tell(self, sentence: str, end: str) -> None:
        if end:
            self._say(sentence, button="Columns…", action=lambda: self._opening.look(end), passes=True)
        else:
            self._say(sentence)

    def _offer(self, end: str, part: Part) -> None:
        """The card says what is wrong; here is what can be done."""
        name = short(Path(part.files()[0]).name)
        action = lambda: self._opening.look(end, part)  # noqa: E731
        self._say(
            f"{name} is not used; another dimension or layout may suit it.",
            button="Columns…",
            action=action,
            passes=True,
        )
