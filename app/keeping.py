"""Makes a Project of what there is: the document as it stands, and the rounds, which the engine is asked for."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, QTimer

from app.controller import Controller
from app.look_text import plain
from engine.projects.project import Project
from engine.rounds.kept import Kept
from engine.spec import identity

POLL = 10  # ms
PATIENCE = 15.0  # seconds for an engine that is busy with what cannot be interrupted
TRIES = 20  # while the document is edited under way

#: Gets what makes the project, in whichever thread, and its rounds; None where they are not those of now.
Then = Callable[[Callable[[], Project], tuple[Kept, ...] | None], object]


class Keeping(QObject):
    """``picture`` gives what paints a PNG of what is on the stage: that may take a few frames' time."""

    def __init__(
        self, controller: Controller, picture: Callable[[], Callable[[], bytes]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._controller, self._picture = controller, picture
        self._waiting: list[Then] = []
        self._spare: list[Then] = []  # those of them that nobody has asked for by hand
        self._until, self._tries = 0.0, 0
        self._last: tuple[tuple, tuple[Kept, ...]] = ((), ())  # the rounds that were had last, and of which identity
        self._timer = QTimer(self)
        self._timer.setInterval(POLL)
        self._timer.timeout.connect(self._look)

    def ask(self, then: Then, spare: bool = False) -> None:
        """``then`` is called within moments; a ``spare`` one is left out at the end."""
        self._waiting.append(then)
        self._spare += [then] if spare else []
        if len(self._waiting) == 1:
            self._until, self._tries = time.monotonic() + PATIENCE, TRIES
            self._controller.keep()
            self._timer.start()
            self._look()

    def know(self, rounds: tuple[Kept, ...]) -> None:
        """These are the rounds of the document, which has just been opened."""
        self._last = identity(self._controller.document.experiment), rounds

    def close(self) -> None:
        """What was asked for by hand is done first."""
        self._timer.stop()
        self._waiting = [then for then in self._waiting if then not in self._spare]
        while self._waiting:  # _look waits for PATIENCE at most
            self._controller.pull()
            self._look()
            time.sleep(POLL / 1000)

    def _look(self) -> None:
        controller = self._controller
        kept, now = controller.kept, identity(controller.document.experiment)
        late = time.monotonic() > self._until or not controller.engine.alive
        if kept is None and not late:
            return
        if kept is not None and identity(kept.experiment) != now:
            if self._tries and not late:
                self._tries -= 1
                controller.keep()
                return
            kept = None
        self._timer.stop()
        if kept is not None:
            self._last = now, kept.rounds
        rounds = self._last[1] if self._last[0] == now else ()
        waiting, self._waiting, self._spare = self._waiting, [], []
        try:
            made = self._project(rounds)
        except Exception as error:  # whoever waits is told in the way of a disk that refuses, and may ask again
            made = partial(_refuse, error)
            sys.excepthook(type(error), error, error.__traceback__)
        for then in waiting:
            then(made, rounds if kept is not None else None)

    def _project(self, rounds: tuple[Kept, ...]) -> Callable[[], Project]:
        document, painted = self._controller.document, self._picture()
        known = Project(
            document.experiment, rounds, plain(document.look), document.steps(), running=self._controller.running
        )
        return lambda: replace(known, thumbnail=painted())


def _refuse(error: Exception) -> Project:
    raise error
