"""A lesson leaves the window as slides, handout, page or film: made by a process of its own, while all goes on."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QTimer
from PySide6.QtWidgets import QMainWindow

from app import file_dialog
from app.presenting.aside import begun, forget
from engine.wording import clean, short

NAMES = "Slides, handout, page, film (*.pptx *.pdf *.html *.mp4)"
NICE = 5
PATIENCE = 3000  # ms that one that is not wanted has to put its things away


class Exporting(QObject):
    """One at a time."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._process: QProcess | None = None
        self._path = ""
        self._ending: list[QProcess] = []  # cancelled, and putting their things away

    def choose(self) -> None:
        """Ask where to, by a name whose end says what."""
        lesson = self._window.player.lesson
        if lesson is None:
            self._say("Open a lesson first.")
        elif self._process is not None:
            self._say(f"{short(Path(self._path).name)} is still being made.")
        else:
            file_dialog.ask(self._window, "Export the lesson", "lesson", NAMES, self.begin, save=f"{lesson.name}.pptx")

    def begin(self, path: str) -> None:
        lesson = self._window.player.lesson
        if lesson is None or self._process is not None:
            return
        source = str(self._window.authoring.path or lesson.name)
        self._path = path
        words = ["lessons", "export", source, "--out", path, "--device", "cpu"]
        self._process = begun(self, NICE, words, self._ended)
        name = short(Path(path).name)
        self._window.notice.say(f"Making {name}: each step is trained and measured.", False, "Cancel", self.cancel)

    def cancel(self) -> None:
        """Nothing will be left of it; it is not waited for."""
        if self._process is not None:
            process, self._process = self._process, None
            forget(process)
            process.finished.connect(lambda *_: self._gone(process))
            self._ending.append(process)
            process.terminate()
            QTimer.singleShot(PATIENCE, process, process.kill)

    def _gone(self, process: QProcess) -> None:
        self._ending.remove(process)
        process.deleteLater()

    def unfinished(self) -> str:
        """What would end with the window, in a sentence."""
        return "" if self._process is None else f"Nothing is written of {short(Path(self._path).name)}, in work."

    def close(self) -> None:
        """With the window."""
        self.cancel()
        for process in self._ending:
            forget(process)
            if not process.waitForFinished(PATIENCE):
                process.kill()
                process.waitForFinished(PATIENCE)
        self._ending = []

    def _ended(self, status: int) -> None:
        process, self._process = self._process, None
        told = bytes(process.readAllStandardError().data()).decode(errors="replace").strip().splitlines()
        process.deleteLater()
        name = short(Path(self._path).name)
        if status == 0:
            self._say(f"Saved {name}.")
        else:
            self._say(clean(told[-1], 300) if told else f"{name} could not be made.", error=True)

    def _say(self, sentence: str, error: bool = False) -> None:
        self._window.notice.say(sentence, error=error)
