"""What to do with work that an earlier session could not save: shown with its time and picture, and offered."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.autosave import Locked, abandoned
from app.forms.controls import Button
from app.forms.form import polish
from app.loading.job import Job
from app.plain_text import Elided, Label, explain
from app.project_files import UNTITLED, ProjectFiles
from app.stamp import newer
from engine.parts import Wrong
from engine.projects.project import Project
from engine.projects.reader import read_project
from engine.wording import short

MOST = 12  # of them; older ones come when these are gone
POLL = 30  # ms
WIDE = 240  # px of a picture
Found = tuple[Locked, Project, str]  # what is told of it


class CrashOffer(QObject):
    """Looks for such work in the background; a dialog comes only where there is some."""

    def __init__(self, files: ProjectFiles, window: QWidget) -> None:
        super().__init__(window)
        self._files, self._window = files, window
        self.dialog: Dialog | None = None
        self._job = Job("", "", _read, self._offer)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL)
        self._timer.timeout.connect(self._pull)

    def start(self) -> None:
        self._job.start()
        self._timer.start()

    def _pull(self) -> None:
        if not self._job.is_alive():
            self._timer.stop()
            self._job.then(self._job.result or [])

    def _offer(self, found: list[Found]) -> None:
        if found and self._window.isVisible():
            self.dialog = Dialog(found, self._files, self._window)
            self.dialog.open()
        else:
            for held, *_ in found:
                held.release()


class Dialog(QDialog):
    """A row for each. What is neither opened nor discarded is offered again next time."""

    def __init__(self, found: list[Found], files: ProjectFiles, window: QWidget) -> None:
        super().__init__(window)
        self.setWindowTitle("Unsaved work")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._files, self._left = files, {held: project for held, project, _ in found}
        one = len(found) == 1
        head = Label("Rewire ended without saving this." if one else "Rewire ended without saving these.")
        polish(head, "title")
        inside = QWidget()
        self._rows = QVBoxLayout(inside)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(12)
        for row in found:
            self._rows.addWidget(self._row(*row))
        self._rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(inside)
        later = Button("Later")
        later.setAutoDefault(False)
        later.clicked.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(12)
        column.addWidget(head)
        column.addWidget(scroll, 1)
        column.addWidget(later, 0, Qt.AlignmentFlag.AlignRight)
        self.finished.connect(self._let_go)
        em = self.fontMetrics().height()
        room = window.size()
        self.resize(
            min(WIDE + 26 * em, room.width() - 2 * em), min(inside.sizeHint().height() + 9 * em, room.height() - 4 * em)
        )

    def _row(self, held: Locked, project: Project, words: str) -> QWidget:
        row, picture = QWidget(), Label()
        made = QPixmap()
        if made.loadFromData(project.thumbnail, "PNG"):
            smooth = Qt.TransformationMode.SmoothTransformation
            picture.setPixmap(made.scaledToWidth(WIDE, smooth))
        picture.setFixedWidth(WIDE)
        picture.setAccessibleName("its picture")
        name = Elided(short(project.document.replace("\\", "/").rpartition("/")[2] or UNTITLED))
        explain(name, project.document or "it was never saved")
        polish(name, "heading")
        about = Label(words)
        about.setWordWrap(True)
        take, drop = Button("Open"), Button("Discard")
        take.clicked.connect(partial(self._open, held))
        drop.clicked.connect(partial(self._discard, held, row))
        take.setDefault(len(self._left) == 1)
        buttons = QHBoxLayout()
        buttons.addWidget(take)
        buttons.addWidget(drop)
        buttons.addStretch(1)
        texts = QVBoxLayout()
        for item in (name, about):
            texts.addWidget(item)
        texts.addStretch(1)
        texts.addLayout(buttons)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(14)
        line.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(texts, 1)
        return row

    def _open(self, held: Locked) -> None:
        project = self._left.pop(held)
        self.close()
        self._files.ask_before(lambda: self._files.recover(project, held))

    def _discard(self, held: Locked, row: QWidget) -> None:
        self._left.pop(held)
        held.remove()
        row.hide()
        if not self._left:
            self.close()

    def _let_go(self) -> None:
        for held in self._left:
            held.release()
        self._left = {}


def told(held: Locked, project: Project) -> str:
    """When it was saved, what is in it, and whether its file has changed since; not for the window's thread."""
    try:
        at = datetime.fromtimestamp(held.path.stat().st_mtime)
    except (OSError, ValueError, OverflowError):
        return "Saved by itself."
    day = "today" if at.date() == datetime.now().date() else f"on {at.day} {at:%B %Y}"
    count = len(project.rounds)
    rounds = f", with {count} round{'' if count == 1 else 's'}" if count else ""
    later = " Its file is newer." if project.document and newer(Path(project.document), held.path) else ""
    return f"Saved by itself {day} at {at:%H:%M}{rounds}.{later}"


def _read() -> list[Found]:
    """In the background; what cannot be read is left where it is."""
    found, held = [], abandoned()
    for one in held[:MOST]:
        try:
            project = read_project(one.path)
            found.append((one, project, told(one, project)))
        except Wrong:
            one.release()
    for one in held[MOST:]:
        one.release()
    return found
