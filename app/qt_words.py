"""What Qt says by itself: into the log; and where it would end the process in its own way, that is done in ours."""

from __future__ import annotations

import logging
import os
import re
import sys

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

log = logging.getLogger("Qt")
#: Qt then calls exit(), which waits for ever for threads that go on: the engine would train on without a window.
LOST = re.compile(r"The (X11|Wayland) connection (broke|experienced a fatal error)")
WITHOUT = "without a window, use: python main.py run SPEC.toml --out DIR"


class QtWords:
    """Listens from the moment it is made. Until ``go_on``, what is fatal means that no window can be opened."""

    def __init__(self) -> None:
        self._started = False
        self._said: list[str] = []
        qInstallMessageHandler(self.hear)

    def hear(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        words = text if context.category in (None, "", "default") else f"{context.category}: {text}"
        if self._started:
            log.warning("%s", words)
        else:
            self._said.append(words)  # no sentence of Qt's on the terminal; a start that fails has one of ours
        if LOST.search(text):
            _end(1)
        if kind == QtMsgType.QtFatalMsg and not self._started:
            for line in self._said:
                _log_alone(line)
            print(refusal("\n".join(self._said)), file=sys.stderr)
            _end(2)

    def go_on(self) -> None:
        """The window can be opened: what was held back is said."""
        self._started = True
        for words in self._said:
            log.warning("%s", words)
        self._said.clear()

    @staticmethod
    def stop() -> None:
        """Before the interpreter ends: threads of Qt's may speak after it."""
        qInstallMessageHandler(None)


def refusal(said: str) -> str:
    """Why no window can be opened, in one sentence, from Qt's own words."""
    display, wayland = os.environ.get("DISPLAY", ""), os.environ.get("WAYLAND_DISPLAY", "")
    named = os.environ.get("QT_QPA_PLATFORM", "")
    if named and "Could not find the Qt platform plugin" in said:
        return f"QT_QPA_PLATFORM is {named!r}, which Qt does not have; unset it, or {WITHOUT}"
    if "could not connect to display" in said or wayland:
        places = [f"DISPLAY {display!r}"] if display else []
        places += [f"WAYLAND_DISPLAY {wayland!r}"] if wayland else []
        if places:
            return f"No screen answers at {' or '.join(places)}; give one that does, or {WITHOUT}"
    return f"Qt cannot open a window here (its words are in the log); {WITHOUT}"


def _log_alone(line: str) -> None:
    """To the file, not to the terminal."""
    record = log.makeRecord("Qt", logging.WARNING, "", 0, line, (), None)
    for handler in logging.getLogger().handlers:
        if not isinstance(handler, logging.StreamHandler):
            handler.handle(record)


def _end(status: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
