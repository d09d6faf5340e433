"""Opening files, chosen or dropped: projects, specs, runs, points, pictures; none in the window's thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from PySide6.QtCore import QEvent, QObject, QPoint, QTimer, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QGraphicsView, QMenu, QWidget

from app import file_dialog
from app.document import Document
from app.export import carried
from app.guard import guarded
from app.plain_text import entry
from app.scene.numbers import count
from engine.gate import opened
from engine.matching.uninterruptible import READING
from engine.parts import Coupling, Distribution, Part, Wrong
from engine.projects.project import SUFFIX, Project
from engine.projects.reader import read
from engine.reading import pictures
from engine.reading.apart import Ended, endable
from engine.reading.clouds import reader_of
from engine.reading.limits import brief, formats, suffixes
from engine.registry import kinds, knobs
from engine.wording import short

PATIENCE = 0.5  # seconds that closing waits for what was told to end
T = TypeVar("T")
SPECS = (".toml", ".json")
PROJECTS = (SUFFIX, ".bak")  # of a project, the version before
PICTURES = pictures.SUFFIXES


def sort_by_name(path: str) -> str:
    """``project`` (a spec, too), ``points`` or ``picture``; empty where the suffix does not tell."""
    suffix = Path(path).suffix.lower()
    known = {"project": (*SPECS, *PROJECTS), "points": suffixes(), "picture": PICTURES}
    return next((sort for sort in known if suffix in known[sort]), "")


def sort_by_content(path: str) -> str:
    """``project`` for a folder, ``points`` or ``picture`` by the first bytes of a file; empty for anything else.

    Not for the window's thread: a disk may be far away.
    """
    if Path(path).is_dir():
        return "project"
    if reader_of(path) is not None:
        return "points"
    try:
        with opened(path) as file:
            return "picture" if file.read(8).startswith(pictures.MAGIC) else ""
    except (OSError, ValueError):
        return ""


class Opening(QObject):
    """Reads one file at a time in a thread of its own; a timer of this thread takes the result."""

    busy = Signal(str, str)  # end ("" for a spec), "reading cloud.csv…"; an empty sentence when it is over
    failed = Signal(str, str)  # end, what is wrong in one sentence
    opened = Signal(str, str)  # end, path: the document holds it now
    told = Signal(str)  # what was left out, or done to it, in a sentence
    found = Signal(str, object)  # path, the Project that is there

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._job: Job | None = None
        self._old: list[Job] = []  # cancelled, but still reading
        self._timer = QTimer(self)
        self._timer.setInterval(15)
        self._timer.timeout.connect(self._pull)

    @property
    def reading(self) -> bool:
        return self._job is not None

    def open(self, path: str, end: str = "", at: QPoint | None = None) -> None:
        """Open any file. Points and pictures need an end; without one a small menu asks for it."""
        if sort := sort_by_name(path):
            self._open(path, end, sort, at)
        else:
            self._start(Job(end, path, lambda: sort_by_content(path), lambda sort: self._open(path, end, sort, at)))

    def _open(self, path: str, end: str, sort: str, at: QPoint | None) -> None:
        name = short(Path(path).name)
        if sort == "project":
            self._start(Job("", path, lambda: read(Path(path)), lambda found: self.found.emit(path, found)))
        elif not sort:
            known = ", ".join(s[1:] for s in (SUFFIX, *SPECS, *suffixes(), *PICTURES))
            raise Wrong("", f"{name} is none of the files that can be opened: {known}")
        elif (
            sort == "picture" and end != "coupling" and Path(path).suffix.lower() == ".png"
        ):  # one of ours may carry more than its pixels
            then = lambda held: self._ask(path, sort, at, held) if held else self._use(path, end, sort, at)  # noqa: E731
            self._start(Job(end, path, lambda: carried.found(path), then))
        else:
            self._use(path, end, sort, at)

    def _use(self, path: str, end: str, sort: str, at: QPoint | None) -> None:
        """Points, or a picture."""
        name = short(Path(path).name)
        if not end:
            self._ask(path, sort, at)
        elif end == "coupling" and sort == "picture":
            self.failed.emit(end, f"{name} is a picture, but pairs are rows of numbers: give {formats()}.")
        else:
            old = getattr(self.document.experiment, end)
            self.read(end, pairs(path, old) if end == "coupling" else distribution(sort, path, old))

    def read(self, end: str, part: Part, merge: str = "") -> None:
        """Read the file of a part, and put the part into the document if that is a good one; ``merge`` is the gesture
        that it belongs to."""
        (path, *_), dim = part.files(), self.document.experiment.dim
        self._start(Job(end, path, lambda: checked(part, dim), lambda found: self._take(end, path, *found, merge)))

    def choose(self, end: str, parent: QWidget) -> None:
        """A file dialog; ``end`` is source, target or coupling, empty for a project or a spec."""
        title, what, known = f"Load the {end}", "Points and pictures", (*suffixes(), *PICTURES)
        if not end:
            title, what, known = "Open", "Projects and specs", (SUFFIX, *SPECS)
        elif end == "coupling":
            title, what, known = "Load the pairs of the coupling", "Pairs", suffixes()
        names = f"{what} ({' '.join('*' + s for s in known)})"
        file_dialog.ask(parent, title, "data" if end else "project", names, lambda path: self.open(path, end))

    def choose_run(self, parent: QWidget) -> None:
        """A dialog for the folder of a run."""
        file_dialog.ask(parent, "Open the folder of a run", "run", "", self.open, folders=True)

    def cancel(self) -> None:
        """Forget the file that is being read, and end what reads it; nothing changes."""
        if self._job:
            job, self._job = self._job, None
            job.given_up.set()
            self._old = [old for old in (*self._old, job) if old.is_alive()]
            self._timer.stop()
            self.busy.emit(job.end, "")

    def close(self) -> None:
        """End what is being read. What cannot be ended, a disk that does not answer say, is not waited for."""
        self.cancel()
        until = time.monotonic() + PATIENCE
        for job in self._old:
            job.join(max(0.0, until - time.monotonic()))
        self._old = []

    def _ask(self, path: str, sort: str, at: QPoint | None, held: Project | None = None) -> None:
        """What it is to be: an end, or what it carries."""
        menu = QMenu()
        if held is not None:
            words = f"Open the experiment of {short(Path(path).name)}, seen as there"
            menu.addAction(entry(words)).triggered.connect(lambda _=False: self.found.emit(path, held))
        for end in ("source", "target", "coupling") if sort == "points" else ("source", "target"):
            words = "as the pairs of the coupling" if end == "coupling" else f"as the {end}"
            menu.addAction(entry(f"Use {short(Path(path).name)} {words}")).triggered.connect(
                lambda _=False, end=end: self._use(path, end, sort, None)
            )
        self._menu = menu  # until the next one: popup returns at once
        menu.popup(at or QCursor.pos())

    def _start(self, job: Job) -> None:
        self.cancel()
        self._job = job
        job.start()
        self._timer.start()
        self.busy.emit(job.end, f"Reading {short(Path(job.path).name)}…")

    def _pull(self) -> None:
        job = self._job
        if job is None or job.is_alive():
            return
        self._timer.stop()
        self._job = None
        self.busy.emit(job.end, "")
        try:
            if job.problem:
                raise job.problem
            job.then(job.result)
        except Wrong as wrong:
            text = f"{wrong.where}: {wrong.message}" if wrong.where and not job.end else wrong.message
            self.failed.emit(job.end, text if text.endswith("?") else f"{text.rstrip('.')}.")

    def _take(self, end: str, path: str, found: Part, told: str, merge: str = "") -> None:
        """Into the document. Raises Wrong."""
        self.document.patch(f"load {short(Path(path).name)}", merge, **{end: found})
        self.opened.emit(end, path)
        if told:
            self.told.emit(f"{short(Path(path).name)}: {told}.")


class Job(threading.Thread):
    """Reads one file; afterwards it holds a result, which is for ``then``, or a problem."""

    def __init__(self, end: str, path: str, read: Callable[[], T], then: Callable[[T], None]) -> None:
        super().__init__(name=READING, daemon=True)
        self.end, self.path, self.then, self._read = end, path, then, read
        self.given_up = threading.Event()
        self.result: T | None = None
        self.problem: Wrong | None = None

    def run(self) -> None:
        try:
            with endable(self.given_up):
                self.result = self._read()
        except Ended:
            return  # and nobody asks for a result
        except Wrong as wrong:
            self.problem = wrong
        except Exception as error:  # whatever a file may hold, the window goes on
            self.problem = Wrong("", f"{short(Path(self.path).name)} cannot be read ({brief(error)})")


def distribution(sort: str, path: str, old: Distribution) -> Distribution:
    """The distribution of a file; its other knobs stay if ``old`` is of the same kind."""
    cls = kinds("distributions")["file" if sort == "points" else "image"]
    path = str(Path(path).absolute())
    return msgspec.structs.replace(old, path=path) if isinstance(old, cls) else cls(path=path)


def pairs(path: str, old: Coupling) -> Coupling:
    """The coupling of a file; what ``old`` has in common with it stays."""
    shared = {knob.name: getattr(old, knob.name) for knob in knobs(type(old)) if knob.name in ("pairs",)}
    return kinds("couplings")["file"](**shared, path=str(Path(path).absolute()))


def checked(part: Part, dim: int) -> tuple[Part, str]:
    """The part, if it can be used in ``dim`` dimensions, and what its reader has to say; reading the file here leaves
    it in the engine's memory, so that the document's own check costs nothing. Raises Wrong."""
    part.check(dim)
    if not isinstance(part, kinds("distributions")["file"]):
        return part, ""
    cloud = part.read(dim)
    gone = [f"{count(one.count)} row{'' if one.count == 1 else 's'} {one.why} left out" for one in cloud.dropped]
    return part, "; ".join((*gone, *cloud.notes, *cloud.doubts))


class Drops(QObject):
    """Lets files be dropped on a widget: its left half means the source, its right half the target."""

    def __init__(self, widget: QWidget, opening: Opening) -> None:
        super().__init__(widget)
        self._widget, self._opening = widget, opening
        widget.setAcceptDrops(True)
        for view in widget.findChildren(QGraphicsView):  # they would take the drag and do nothing with it
            view.setAcceptDrops(False)
            view.viewport().setAcceptDrops(False)
        widget.installEventFilter(self)

    @guarded
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.DragEnter, QEvent.Type.Drop):
            path = path_of(event)
            if not path:
                return False
            event.acceptProposedAction()
            if event.type() == QEvent.Type.Drop:
                left = event.position().x() < self._widget.width() / 2
                self._opening.open(path, "source" if left else "target")
            return True
        return False


def path_of(event: QEvent) -> str:
    """The first local file of a drag or drop, or an empty string."""
    urls = event.mimeData().urls() if event.mimeData().hasUrls() else []
    return next((url.toLocalFile() for url in urls if url.isLocalFile()), "")
