"""Opening files, chosen or dropped: projects, specs, runs, points, pictures; none in the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QMimeData, QObject, QPoint, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QMenu, QWidget

from app import file_dialog
from app.dimension import resize
from app.document import Document
from app.export import carried
from app.loading import pasted
from app.loading.draft import blank, chosen, law_of, reads_columns
from app.loading.job import Job, Jobs
from app.loading.question import Answer, Unsuited, answer, looked_at
from app.loading.sorts import PICTURES, SPECS, known, sort_by_content, sort_by_name
from app.plain_text import entry, sentence
from engine.distributions.gaussian import Gaussian
from engine.parts import Coupling, Distribution, Part, Wrong
from engine.projects.project import SUFFIX, Project
from engine.projects.reader import read
from engine.reading.limits import formats, suffixes
from engine.registry import kinds, knobs
from engine.wording import short


class Opening(QObject):
    """Reads one file at a time beside the window, and puts what it finds into the document."""

    busy = Signal(str, str)  # end ("" for a spec), "reading cloud.csv…"; an empty sentence when it is over
    failed = Signal(str, str)  # end, what is wrong in one sentence
    opened = Signal(str, str)  # end, path: the document holds it now
    told = Signal(str, str)  # what was taken or left out, in a sentence; the end whose columns can be looked at, or ""
    asked = Signal(str, object, object)  # end, part, the Preview of a file that only a person can decide about
    unsuited = Signal(str, object)  # end, a part whose columns come to no cloud, after it has failed
    taught = Signal(str)  # path of a lesson
    found = Signal(str, object)  # path, the Project that is there
    resized = Signal()  # what was opened came with another dimension

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document, self.resize = document, resize
        self.jobs = Jobs(self)
        self.jobs.over.connect(self._over)

    @property
    def reading(self) -> bool:
        return self.jobs.job is not None

    def open(self, path: str, end: str = "", at: QPoint | None = None) -> None:
        """Open any file. Points and pictures need an end; without one a small menu asks for it."""
        if sort := sort_by_name(path):
            self._open(path, end, sort, at)
        else:
            self._start(Job(end, path, lambda: sort_by_content(path), lambda sort: self._open(path, end, sort, at)))

    def paste(self, data: QMimeData, end: str = "", at: QPoint | None = None) -> None:
        """Open what a clipboard holds."""
        try:
            write = pasted.clipped(data)
        except Wrong as wrong:
            self.failed.emit(end, sentence(wrong))
            return
        self._start(Job(end, pasted.NAME, write, lambda path: self.open(path, end, at)))

    def _open(self, path: str, end: str, sort: str, at: QPoint | None) -> None:
        name = short(Path(path).name)
        if sort == "lesson":
            self.taught.emit(path)
        elif sort == "project":
            self._start(Job("", path, lambda: read(Path(path)), lambda found: self.found.emit(path, found)))
        elif not sort:
            raise Wrong("", f"{name} is none of the files that can be opened: {known()}")
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
            part = pairs(path, old) if end == "coupling" else distribution(sort, path, old)
            afresh = chosen(part, blank(law_of(part).choice)) if reads_columns(part) else None
            self.read(end, part, instead=afresh)

    def read(self, end: str, part: Part, merge: str = "", instead: Part | None = None, dim: int = 0) -> None:
        """Read the file of a part, and put the part into the document if that is a good one; ``merge`` is the gesture
        that it belongs to; ``instead``: the part to take where this one is in doubt; ``dim``: where it is not that of
        the experiment."""
        (path, *_), dim = part.files(), dim or self.document.experiment.dim
        then = lambda found: self._take(end, path, found, merge, dim)  # noqa: E731
        self._start(Job(end, path, lambda: answer(part, dim, instead), then))

    def look(self, end: str, part: Part | None = None) -> None:
        """Ask about the columns of a part's file, those of the document where none is given, whatever is in doubt."""
        part = part or getattr(self.document.experiment, end)
        (path, *_), dim = part.files(), self.document.experiment.dim
        then = lambda found: self.asked.emit(end, part, found)  # noqa: E731
        self._start(Job(end, path, lambda: looked_at(part, dim), then))

    def consider(self, path: str, then: Callable[[], None]) -> None:
        """Read a file that is to be no end, but part of a drawing; ``then`` once it is a cloud as it stands."""
        dim, name = self.document.experiment.dim, short(Path(path).name)

        def read() -> None:
            sort = sort_by_name(path) or sort_by_content(path)
            if sort not in ("points", "picture"):
                raise Wrong("", f"{name} is no cloud and no picture; give {formats()}, or a picture")
            if answer(distribution(sort, path, Gaussian()), dim).asked is not None:
                raise Wrong("", f"{name} leaves open which columns are meant; load it as an end, and choose them there")

        self._start(Job("", path, read, lambda _: then()))

    def choose(self, end: str, parent: QWidget) -> None:
        """A file dialog; ``end`` is source, target or coupling, empty for a project or a spec."""
        title, what, names = f"Load the {end}", "Points and pictures", (*suffixes(), *PICTURES)
        if not end:
            title, what, names = "Open", "Projects and specs", (SUFFIX, *SPECS)
        elif end == "coupling":
            title, what, names = "Load the pairs of the coupling", "Pairs", suffixes()
        filters = f"{what} ({' '.join('*' + s for s in names)})"
        file_dialog.ask(parent, title, "data" if end else "project", filters, lambda path: self.open(path, end))

    def choose_run(self, parent: QWidget) -> None:
        """A dialog for the folder of a run."""
        file_dialog.ask(parent, "Open the folder of a run", "run", "", self.open, folders=True)

    def cancel(self) -> None:
        """Forget the file that is being read, and end what reads it; nothing changes."""
        if job := self.jobs.cancel():
            self.busy.emit(job.end, "")

    def close(self) -> None:
        """End what is being read."""
        self.cancel()
        self.jobs.close()

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
        self.jobs.start(job)
        self.busy.emit(job.end, f"Reading {short(Path(job.path).name)}…")

    def _over(self, job: Job) -> None:
        self.busy.emit(job.end, "")
        try:
            if job.problem:
                raise job.problem
            job.then(job.result)
        except Wrong as wrong:
            text = f"{wrong.where}: {wrong.message}" if wrong.where and not job.end else wrong.message
            self.failed.emit(job.end, text if text.endswith("?") else f"{text.rstrip('.')}.")
            if isinstance(wrong, Unsuited):
                self.unsuited.emit(job.end, wrong.part)

    def _take(self, end: str, path: str, found: Answer, merge: str, dim: int) -> None:
        """Into the document, or to a person. Raises Wrong."""
        if found.asked is not None:
            self.asked.emit(end, found.part, found.asked)
            return
        before, words = self.document.experiment, f"load {short(Path(path).name)}"
        if dim != before.dim:
            words = f"{words} in {dim}-D"
        fitted = self.resize(before, dim) if dim != before.dim else before
        self.document.edit(msgspec.structs.replace(fitted, **{end: found.part}), words, merge)
        self.opened.emit(end, path)
        if found.told:
            self.told.emit(f"{short(Path(path).name)}: {found.told}.", end if found.columns else "")
        if dim != before.dim:
            self.resized.emit()


def distribution(sort: str, path: str, old: Distribution) -> Distribution:
    """The distribution of a file; its other knobs stay if ``old`` is of the same kind."""
    cls = kinds("distributions")["file" if sort == "points" else "image"]
    path = str(Path(path).absolute())
    return msgspec.structs.replace(old, path=path) if isinstance(old, cls) else cls(path=path)


def pairs(path: str, old: Coupling) -> Coupling:
    """The coupling of a file; what ``old`` has in common with it stays."""
    shared = {knob.name: getattr(old, knob.name) for knob in knobs(type(old)) if knob.name in ("pairs",)}
    return kinds("couplings")["file"](**shared, path=str(Path(path).absolute()))
