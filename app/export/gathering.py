"""What an export shows and nobody has asked yet is asked of the engine first; then its turn comes."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer

from app.controller import Controller
from app.export.job import Job
from app.export.queue import Entry, Queue
from app.export.source import Source
from app.export.work import Work
from app.scene.numbers import count
from engine.probe import Probe
from engine.snapshot import Snapshot
from engine.spec import identity

EVERY = 100  # ms
WHO = "films"  # asks


class Gathering(QObject):
    """Between the dialog and the queue."""

    def __init__(self, controller: Controller, queue: Queue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller, self.queue = controller, queue
        self._open: dict[Entry, tuple[tuple[Probe, ...], tuple[str, ...]]] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self._look)
        queue.ended.connect(lambda entry: controller.said.emit(f"{entry.words}."))

    @classmethod
    def of(cls, source: Source) -> Gathering:
        """The one of this window: its exports have one queue."""
        found = source.findChild(cls)
        return found or cls(source.controller, Queue(source), source)

    def begin(self, job: Job) -> Entry:
        """Into the queue, from where it starts once all that it shows is known."""
        entry = self.queue.add(job, ready=False)
        self.queue.asks(entry, "a look at its frames")
        work, found = Work(self), []
        work.done.connect(lambda: self._found(entry, *found))
        work.failed.connect(lambda words: self.queue.cancel(entry, f"{job.path.name}: {words}"))
        work.done.connect(work.deleteLater)
        work.failed.connect(work.deleteLater)
        work.begin(lambda: found.extend(job.needs(lambda: entry.ended)))
        return entry

    def _found(self, entry: Entry, probes: tuple[Probe, ...], names: tuple[str, ...]) -> None:
        """This is what it needs."""
        if entry.ended:
            return
        if known(entry.job.snapshot, probes, names):
            self.queue.go(entry, entry.job)
            return
        self.queue.asks(entry, f"{count(len(probes))} answers")
        self._open[entry] = probes, names
        self._ask()

    def close_down(self) -> None:
        self._timer.stop()
        self._open.clear()
        self.queue.close_down()
        for work in self.findChildren(Work):
            work.finish()

    def _ask(self) -> None:
        probes = tuple(dict.fromkeys(probe for asked, _ in self._open.values() for probe in asked))
        names = tuple(dict.fromkeys(name for _, named in self._open.values() for name in named))
        self._controller.ask(probes, names, WHO)
        self._timer.start() if self._open else self._timer.stop()

    def _look(self) -> None:
        snapshot, before = self._controller.snapshot, len(self._open)
        for entry, (probes, names) in list(self._open.items()):
            if entry.ended:
                del self._open[entry]
            elif snapshot is None or identity(snapshot.spec) != identity(entry.job.snapshot.spec):
                del self._open[entry]
                told = "the experiment was changed before all that it shows was known"
                self.queue.cancel(entry, f"{entry.job.path.name}: {told}")
            elif set(probes) <= set(snapshot.asked) and set(names) <= set(snapshot.shown):  # else it is an older one
                if not snapshot.unanswered:
                    del self._open[entry]
                    self.queue.go(entry, replace(entry.job, snapshot=snapshot))
                else:
                    self.queue.asks(entry, f"{count(snapshot.unanswered)} answers")
        if len(self._open) != before:
            self._ask()


def known(snapshot: Snapshot, probes: tuple[Probe, ...], names: tuple[str, ...]) -> bool:
    """Whether the rounds of these names have an answer to everything."""
    views = [view for view in snapshot.rounds if view.name in names]
    return all(set(probes) <= {answer.probe for answer in view.answers} for view in views)
