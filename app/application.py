"""The composition root: makes everything, joins it, closes it in order."""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import QCoreApplication, QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from app import logbook, presets
from app.controller import Controller
from app.crash_offer import CrashOffer
from app.document import Document
from app.hints import Hints
from app.interrupts import Interrupts
from app.qt_words import QtWords
from app.warming import Warming
from app.window import Window
from engine.matching.uninterruptible import leave
from engine.registry import complaints
from engine.spec import Experiment
from engine.worker import Engine

SETTLED = 500  # ms: the first picture has been seen
SEEN = 0.1  # seconds that a screen gets to show the window


def assemble(experiment: Experiment | None = None, device: str = "auto") -> Window:
    """The window with its engine, neither shown nor started."""
    document = Document(experiment or presets.first())
    return Window(Controller(document, Engine(device)))


def begin(window: Window) -> None:
    """Show the window, then start what moves: the picture comes first, torch after it."""
    window.restore()
    window.show()
    window.stage.setFocus()
    window.heartbeat.start()
    window.heartbeat.ask()
    window.controller.start()
    _wait_until_seen(window)
    window.projects.autosave.start()
    if refused := complaints():  # a plug-in that cannot be used takes nothing else with it
        window.notice.say(" ".join(f"{sentence}." for sentence in refused), error=True, lasts=True)


def _wait_until_seen(window: Window) -> None:
    """Some hundredths of a second, in which the engine makes its first picture, before it imports torch and the
    heartbeat pyqtgraph."""
    end = time.monotonic() + SEEN
    while not window.windowHandle().isExposed() and time.monotonic() < end:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, 5)


def start(path: str = "") -> int:
    """Run the program; the exit status."""
    book = logbook.begin()
    words = QtWords()
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)  # or a 3-D view is blank when docked
    app = QApplication.instance() or QApplication(sys.argv[:1])
    app.setApplicationName("Rewire")
    app.setOrganizationName("rewire")
    words.go_on()
    window = assemble()
    interrupts = Interrupts(window.close, window)
    sys.excepthook = lambda kind, error, trace: _say(window, kind, error, trace)
    begin(window)
    QTimer.singleShot(SETTLED, lambda: logbook.introduce(book))
    if path:
        window.open_path(path)
    else:
        QTimer.singleShot(SETTLED, window.presenting.offer)
    Hints(window).start()
    CrashOffer(window.projects, window).start()
    Warming(window.controller, window)
    status = app.exec()
    words.stop()
    return leave(128 + interrupts.got if interrupts.got else status, at_once=True)


def _say(window: Window, kind: type[BaseException], error: BaseException, trace: object) -> None:
    """An error that nobody expected is logged whole, and said in the window: nothing stops silently."""
    logbook.wrong(kind, error, trace)
    sentence = f"Something went wrong ({kind.__name__}: {error}). The experiment is unchanged."
    window.notice.say(sentence, error=True, lasts=True)
