"""Lessons of one's own: opened from a file, which is followed while it is edited elsewhere; written step by step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMainWindow

from app import file_dialog
from app.lessons import editing, reader, writing
from app.lessons.lesson import Lesson
from app.lessons.writing import Words
from app.presenting.step_dialog import StepDialog
from engine.parts import Wrong
from engine.wording import short
from engine.writing import write_atomically

NAMES = "Lessons (*.md)"


class Authoring(QObject):
    """``path`` is the file of the lesson that is open; None: it came with the program, or none is open."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.path: Path | None = None
        self.dialog: StepDialog | None = None
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self._changed)
        self._watcher.directoryChanged.connect(lambda _: self._back_again())
        window.player.changed.connect(self._follow)
        self._lesson: Lesson | None = None  # that of the file
        self._past: list[tuple[str, int]] = []  # its texts before each change from the window, and the step on show

    def open(self, path: str, at: int = 0, asks: bool = True) -> None:
        """The lesson in a file; one that cannot be read says so with its line, and what is open stays. ``asks``: about
        what is not saved."""
        lesson = self._read(Path(path))
        if lesson is None:
            return

        def begin() -> None:  # until then it is not this file that is followed and written
            self._watch(Path(path))
            self._lesson = lesson
            self._window.presenting.begin(lesson, at)

        self._window.projects.ask_before(begin) if asks else begin()

    def choose(self) -> None:
        file_dialog.ask(self._window, "Open a lesson", "lesson", NAMES, self.open)

    def add(self) -> None:
        """Ask for the words of the state on show as a step of the lesson that is open, if that is one's own."""
        title, window = self._lesson.title if self.path else "", self._window
        self._ask(StepDialog(title, self._added, window, window.theme))

    def rewrite(self) -> None:
        """Ask for other words of the step on show, and whether it takes the scene on show."""
        if lesson := self._own():
            words, window = writing.words_of(lesson.steps[self._at]), self._window
            self._ask(StepDialog(lesson.title, self._rewritten, window, window.theme, words))

    def move(self, by: int) -> None:
        """The step on show so many places further on, or back."""
        lesson, at = self._own(), self._at
        if lesson is not None and 0 <= at + by < len(lesson.steps):
            self._change(lambda now: editing.moved(now, at, at + by), at + by, "The step was moved.")
        elif lesson is not None:
            self._say("It is the last step." if by > 0 else "It is the first step.")

    def delete(self) -> None:
        """The step on show; the next one comes in its place."""
        if self._own() is not None:
            at = self._at
            told = f"“{short(self._window.player.step.heading)}” was deleted."
            self._change(lambda now: editing.without(now, at), at, told)

    def undo(self) -> None:
        """The lesson's file as it was before the last change from the window."""
        if self._own() is None:
            return
        if not self._past:
            self._say("Nothing was changed from the window.")
            return
        text, at = self._past.pop()
        self._write(text, at)

    def _ask(self, dialog: StepDialog) -> None:
        self.dialog = dialog
        self.dialog.finished.connect(self.dialog.deleteLater)
        self.dialog.open()

    def edit(self) -> None:
        """In whatever program edits text here; the window follows it."""
        if self.path is None:
            self._say("This lesson came with the program. Add a step to begin one of your own.")
        else:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.path)))

    @property
    def _at(self) -> int:
        return self._window.player.at

    def _own(self) -> Lesson | None:
        """The lesson that is open, if its file is a person's own; else it is said."""
        if self.path is None:
            self._say("This is no lesson of your own. Add a step to begin one.")
        return self._lesson if self.path is not None else None

    def _rewritten(self, title: str, words: Words) -> None:
        document, at = self._window.document, self._at
        now = (document.experiment, document.look) if self.dialog.scene.isChecked() else None
        self._change(lambda lesson: editing.rewritten(lesson, at, words, now), at, "The step was changed.")

    def _change(self, change: Callable[[Lesson], str], at: int, told: str) -> None:
        """The file as it is now, changed so; it can be taken back."""
        now = self._read(self.path)
        if now is None:  # an editor's work is not written over
            return
        try:
            text = change(now)
        except Wrong as wrong:
            self._say(f"{str(wrong).rstrip('.')}.", error=True)
            return
        self._past.append((now.text, self._at))
        if self._write(text, at):
            self._window.notice.say(told, False, "Undo", self.undo)

    def _write(self, text: str, at: int) -> bool:
        try:
            lesson = reader.parse(text, self.path.stem, self.path.parent)
            write_atomically(self.path, text.encode())
        except Wrong as wrong:
            self._say(f"{str(wrong).rstrip('.')}.", error=True)
            return False
        self._lesson = lesson
        self._window.presenting.begin(lesson, at, again=True)
        return True

    def _added(self, title: str, words: Words) -> None:
        if self.path is not None:
            if now := self._read(self.path):  # as it is on the disk: an editor's work is not written over
                self._past.append((now.text, self._at))
                self._put(self.path, now.text, now, words)
            return
        name = f"{(title.strip() or 'lesson').replace('/', '-')}.md"
        then = lambda path: self._put(Path(path), writing.begun(title), None, words)  # noqa: E731
        file_dialog.ask(self._window, "Save the lesson", "lesson", NAMES, then, save=name)

    def _put(self, path: Path, text: str, before: Lesson | None, words: Words) -> None:
        document = self._window.document
        whole = writing.with_step(text, before, document.experiment, document.look, words)
        try:
            steps = len(reader.parse(whole, path.stem, path.parent).steps)
            write_atomically(path, whole.encode())
        except Wrong as wrong:
            self._say(f"{str(wrong).rstrip('.')}.", error=True)
            return
        self.open(str(path), steps - 1, asks=False)

    def _read(self, path: Path) -> Lesson | None:
        try:
            return reader.read(path)
        except Wrong as wrong:
            self._say(f"{str(wrong).rstrip('.')}.", error=True)
            return None

    def _watch(self, path: Path) -> None:
        self._unwatch()
        self.path = path.absolute()
        self._watcher.addPaths([str(self.path), str(self.path.parent)])

    def _unwatch(self) -> None:
        if watched := [*self._watcher.files(), *self._watcher.directories()]:
            self._watcher.removePaths(watched)

    def _back_again(self) -> None:
        """An editor that takes the file away before it puts another in its place ends Qt's watch over it."""
        if self.path is not None and str(self.path) not in self._watcher.files():
            self._changed(str(self.path))

    def _changed(self, name: str) -> None:
        """Somebody has saved it elsewhere: the step on show again, as it is now."""
        path = Path(name)
        if self.path is None or not path.exists():
            return
        if name not in self._watcher.files():  # an editor has put another file in its place
            self._watcher.addPath(name)
        with suppress(Wrong):  # _read says what is wrong
            if self._lesson is None or reader.text_of(path) == self._lesson.text:
                return
        lesson = self._read(path)
        if lesson is not None:
            self._lesson = lesson
            self._window.presenting.begin(lesson, self._window.player.at, again=True)
            self._say(f"{short(path.name)} was read again.")

    def _follow(self) -> None:
        if self._window.player.lesson is not self._lesson and self.path is not None:
            self.path, self._lesson = None, None
            self._past.clear()
            self._unwatch()

    def _say(self, sentence: str, error: bool = False) -> None:
        self._window.notice.say(sentence, error=error)
