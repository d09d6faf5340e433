"""The little pictures of a picker: sampled in a thread, painted one at a time, kept while the program runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from PySide6.QtCore import QObject, QSize, QTimer, Signal
from PySide6.QtGui import QPixmap

from app.canvas.still import thumbnail
from app.picker.entries import Entry
from app.scene.gallery import panel
from app.scene.marks import Panel
from app.theme import Theme
from engine.parts import Wrong, reason

PATIENCE = 0.04  # seconds that the thread is waited for
BEAT = 8  # ms between two looks at what has been sampled: each paints one picture, in some 5 ms

_known: dict[tuple, Panel | str] = {}  # by entry: its panel, or why there is none


class Thumbnails(QObject):
    """``ask`` for some entries; ``ready`` names each whose picture can be had by ``picture``."""

    ready = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool: ThreadPoolExecutor | None = None
        self._asked: dict[Future, Entry] = {}
        self._due: deque[Entry] = deque()
        self._painted: dict[tuple, QPixmap] = {}
        self._worn: tuple = ()
        self._timer = QTimer(self)
        self._timer.setInterval(BEAT)
        self._timer.timeout.connect(self._beat)

    @property
    def waiting(self) -> bool:
        """Whether there is a picture that has yet to come."""
        return bool(self._asked or self._due)

    def ask(self, entries: Iterable[Entry], theme: Theme, size: QSize, ratio: float) -> None:
        """These, in this order; what was asked for before and has not begun is dropped."""
        self._drop()
        worn = theme, size.width(), size.height(), ratio
        if worn != self._worn:
            self._worn, self._painted = worn, {}
        for entry in entries:
            if _key(entry) in self._painted:
                continue
            if _key(entry) in _known:
                self._due.append(entry)
            elif not entry.problem:
                self._pool = self._pool or ThreadPoolExecutor(1, "thumbnails")
                self._asked[self._pool.submit(_sampled, entry)] = entry
        if self.waiting:
            self._timer.start()

    def picture(self, entry: Entry) -> QPixmap | None:
        return self._painted.get(_key(entry))

    def words(self, entry: Entry) -> str:
        """Why an entry has no picture, in a few words; empty while it may come."""
        held = _known.get(_key(entry))
        return entry.problem or (held if isinstance(held, str) else "")

    def rest(self) -> None:
        """Nobody looks: no timer runs, and no thread is left."""
        under_way = [future for future in self._asked if future.running()]
        self._drop()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
            wait(
                under_way, PATIENCE
            )  # some hundredths of a second; a stranger's law may take longer, and ends by itself

    def _drop(self) -> None:
        self._timer.stop()
        for future in self._asked:
            future.cancel()
        self._asked.clear()
        self._due.clear()

    def _beat(self) -> None:
        for future in [future for future in self._asked if future.done()]:
            entry = self._asked.pop(future)
            _known[_key(entry)] = future.result()
            self._due.append(entry)
        if self._due:
            entry = self._due.popleft()
            held = _known[_key(entry)]
            if isinstance(held, Panel):
                theme, wide, high, ratio = self._worn
                self._painted[_key(entry)] = thumbnail(held, theme, wide, high, ratio)
            self.ready.emit(entry.name)
        if not self.waiting:
            self._timer.stop()


def _key(entry: Entry) -> tuple:
    return entry.name, entry.dim, entry.one, entry.stamp


def _sampled(entry: Entry) -> Panel | str:
    """In the thread: no Qt here."""
    try:
        return panel(entry.seen(), entry.one)
    except Wrong as wrong:
        return wrong.message
    except Exception as error:
        return reason(error)
