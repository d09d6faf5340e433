"""What can be pressed, told on a first visit: one sentence at a time, each once, where nothing else is said.

The sentence floats (``app/docks/notice.py``) and goes by itself; whoever has found something out is not told of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

from app import settings

FIRST, PAUSE = 6_000, 25_000  # ms before the first one, and between two
When = Callable[[QMainWindow], bool]


@dataclass(frozen=True)
class Hint:
    """``due``: whether there is what it is about; ``found``: whether it was found without."""

    name: str
    sentence: str
    due: When
    found: When


def _done(window: QMainWindow) -> bool:
    """All rounds are there, and there is a flow."""
    controller = window.controller
    snapshot = controller.snapshot
    return controller.current and snapshot.phase == "done" and any(v.number and v.finished for v in snapshot.rounds)


HINTS = (
    Hint(
        "lesson",
        "Page Down is the next step of the lesson, F5 shows the stage and the words alone.",
        lambda w: w.player.lesson is not None,
        lambda w: w.presenting.on or w.player.at > 0,
    ),
    Hint(
        "play",
        "Space lets t run; the arrow keys move it.",
        lambda w: w.controller.snapshot is not None and bool(w.controller.snapshot.rounds),
        lambda w: w.document.look.playing,
    ),
    Hint(
        "reflow",
        "R trains one more round, on the pairs that the flow has made.",
        lambda w: _done(w) and w.player.lesson is None,
        lambda w: len(w.document.experiment.nodes()) > 1,
    ),
    Hint(
        "draw",
        "A double click on a cloud in the left column draws that end by hand; all is trained again at once.",
        lambda w: _done(w) and w.player.lesson is None and w.dock.isVisible(),
        lambda w: w.document.drawing is not None,
    ),
    Hint(
        "views",
        "The tabs above the stage show the same rounds in other ways; a double click gives a panel the whole stage.",
        lambda w: _done(w) and w.tabs.isVisible(),
        lambda w: w.document.look.view != "crossings",
    ),
    Hint(
        "keys",
        "F1 lists all keys; Ctrl+K finds every action, scene and lesson by its name.",
        _done,
        lambda w: False,
    ),
)


class Hints(QObject):
    """For the program's window; a window of a test has none."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._timer = QTimer(self)
        self._timer.setInterval(FIRST)
        self._timer.timeout.connect(self.tell)

    def start(self) -> None:
        if self._left():
            self._timer.start()

    def tell(self) -> None:
        """The next one, unless somebody is busy with something else."""
        window = self._window
        for hint in self._left():
            if hint.found(window):
                settings.keep_hinted(hint.name)
        if not (left := self._left()):
            self._timer.stop()
            return
        if self._busy():
            return
        if hint := next((hint for hint in left if hint.due(window)), None):
            settings.keep_hinted(hint.name)
            window.notice.say(hint.sentence)
            self._timer.setInterval(PAUSE)

    def _busy(self) -> bool:
        """A sentence is there, a dialog or a menu is open, something is drawn or dragged, or somebody presents."""
        window, app = self._window, QApplication
        said = not window.notice.isHidden() or window.presenting.on or window.document.drawing is not None
        other = app.activeModalWidget() is not None or app.activePopupWidget() is not None
        return said or other or app.mouseButtons() != Qt.MouseButton.NoButton or not window.isActiveWindow()

    @staticmethod
    def _left() -> list[Hint]:
        known = settings.hinted()
        return [hint for hint in HINTS if hint.name not in known]
