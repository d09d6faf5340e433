"""The dialog before a file is taken: its columns, what becomes of them, what is left out, and the cloud it makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.forms.controls import Box, Button, Press
from app.forms.form import Complaint, polish
from app.guard import guarded
from app.loading.classes import Classes
from app.loading.cloud_view import CloudView
from app.loading.columns import ColumnsTable
from app.loading.draft import NOBODY, Assignment, accepted, axes, chosen, law_of, settled
from app.loading.job import Job, Jobs
from app.loading.knobs import Knobs
from app.loading.offers import Offers
from app.loading.picture import panel
from app.loading.question import placed_alike, previewed
from app.loading.words import doubts, lines, offered
from app.plain_text import Elided, Label, sentence
from app.scene.numbers import count
from app.theme import Theme
from engine.parts import Coupling, Part, Wrong
from engine.reading.choice import Choice
from engine.reading.preview import Preview
from engine.wording import short

SIZE = 68, 44  # text heights
PATIENCE = 300  # ms of reading that nothing is said about


class LoadDialog(QDialog):
    """Each change reads the file again beside the window; what is on show stays until that is there. ``taken``: the
    part with the choice, and the dimension."""

    taken = Signal(object, int)

    def __init__(
        self,
        end: str,
        part: Part,
        found: Preview,
        dim: int,
        worn: Callable[[], Theme],
        parent: QWidget,
        other: Part | None = None,
    ) -> None:
        """``other``: the law of the other end, where that comes from a file in this dimension."""
        super().__init__(parent)
        self.end, self.part, self.dim, self._worn = end, part, dim, worn
        self.other, self._home = other, dim
        (self.path,) = part.files()
        self.found, self.choice, self._shown = found, law_of(part).choice, dim
        self.roles = Assignment.of(found, part, dim)
        self._first, self._guess = self.found, self.roles  # a look alone changes nothing
        self.jobs = Jobs(self)
        self.jobs.over.connect(self._over)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(PATIENCE)
        self._late.timeout.connect(self._say_reading)
        self._fault = ""  # why the newest choice cannot be
        self._make()
        self.refresh()

    def _make(self) -> None:
        name = short(Path(self.path).name)
        what = "the pairs of the coupling" if self.end == "coupling" else f"the {self.end}"
        self.setWindowTitle(f"{name} as {what}")
        self.head = polish(Elided("", self), "heading")
        self.dims = QButtonGroup(self)
        for dim in (1, 2, 3):
            button = Press(
                f"{dim}-D", f"points with {dim} coordinate{'s' if dim > 1 else ''}, the experiment too", self
            )
            button.setCheckable(True)
            self.dims.addButton(button, dim)
        self.dims.button(self.dim).setChecked(True)
        self.dims.idClicked.connect(self._resize)
        self.doubt = Label(parent=self)
        self.doubt.setWordWrap(True)
        self.complaint = Complaint(self)
        self.table = ColumnsTable(self)
        self.table.chosen.connect(self._give)
        self.knobs = Knobs(self)
        self.knobs.changed.connect(self._lay_out)
        self.knobs.asked_alike.connect(lambda: self._read(self.choice, self.other))
        self.cloud = CloudView(self)
        self.classes = Classes(self)
        self.classes.chosen.connect(lambda only: self._read(msgspec.structs.replace(self.choice, only=only)))
        self.units = Box("figures in the units of the file", self)
        self.units.clicked.connect(self._draw)
        self.words = polish(Label(parent=self), "muted")
        self.words.setWordWrap(True)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.offers = Offers(self)
        self.offers.taken.connect(lambda offer: self._read(accepted(self.choice, offer)))
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(4)
        keep = self.progress.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(keep)
        self.progress.hide()
        self.state = polish(Elided("", self), "muted")
        self.use = polish(
            Button("Use the pairs" if self.end == "coupling" else f"Use as the {self.end}", self), "primary"
        )
        self.use.setDefault(True)
        self.use.clicked.connect(self._take)
        self.cancel = Button("Cancel", self)
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self.reject)
        self._lay()

    def _lay(self) -> None:
        left, right, foot = QVBoxLayout(), QVBoxLayout(), QHBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.table, 1)
        left.addWidget(self.complaint)
        left.addWidget(self.knobs)
        right.setSpacing(6)
        right.addWidget(self.cloud, 1)
        right.addWidget(self.units)
        right.addWidget(self.classes)
        right.addWidget(self.words)
        right.addWidget(self.offers)
        sides = QHBoxLayout()
        sides.setSpacing(14)
        sides.addLayout(left, 7)
        sides.addLayout(right, 5)
        foot.setSpacing(8)
        foot.addWidget(self.state, 1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.use)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(14, 12, 14, 12)
        whole.setSpacing(8)
        top = QHBoxLayout()
        top.addWidget(self.head, 1)
        for button in self.dims.buttons():
            top.addWidget(button)
        whole.addLayout(top)
        whole.addWidget(self.doubt)
        whole.addLayout(sides, 1)
        whole.addWidget(self.progress)
        whole.addLayout(foot)
        room = self.parentWidget().screen().availableSize()
        wide, high = (round(side * self.fontMetrics().height()) for side in SIZE)
        self.resize(min(wide, room.width() - 40), min(high, room.height() - 80))
        self.table.setFocus()

    # what is on show

    def refresh(self) -> None:
        """Show what is known."""
        found, read = self.found, self.found.reading
        told = found.found
        self.head.setText(f"{found.name}   {told.format}, {count(told.rows)} rows, {count(len(found.columns))} columns")
        self.doubt.setText(doubts(found, self.choice, self.roles.names))
        self.doubt.setVisible(bool(self.doubt.text()))
        self.table.put(found.columns, self.roles)
        alike = {"source": "target", "target": "source"}.get(self.end, "") if self.other is not None else ""
        alike = alike if self.dim == self._home else ""
        self.knobs.show(told, self.choice, cloud=not isinstance(self.part, Coupling), other=alike)
        who = self.roles.classes
        column = found.columns[who] if 0 <= who < len(found.columns) else None
        classes = column.classes if column is not None and read is not None and read.labels is not None else ()
        self.classes.put(column.name if column else "", classes, read.classes if classes else (), self._worn())
        self.units.setVisible(read is not None and read.scaling.moves)
        self.words.setText("\n".join(lines(found, self.part)))
        self.offers.put(offered(found, self.part))
        self._complain()
        self._draw()

    def _complain(self) -> None:
        missing = self.roles.missing
        words, begun = self._fault or self.found.complaint, len(missing) < len(self.roles.names)
        if missing and not self._fault and (begun or not words):
            words = f"choose a column for {' and '.join(missing)}"
        self.complaint.say(sentence(Wrong("", words)) if words else "")
        self.use.setEnabled(not (words or self.jobs.job))

    def _draw(self) -> None:
        read = self.found.reading
        if read is None or self.roles.missing:
            self.cloud.draw(None, self._worn(), "no cloud yet")
            return
        ink = "pair" if self.end == "coupling" else self.end
        units = self.units.isChecked() and read.scaling.moves
        self.cloud.draw(panel(read, ink, units, self.cloud.camera), self._worn())

    # what is changed

    def _give(self, column: int, role: str) -> None:
        """A role for a column."""
        self.roles = self.roles.given(column, role)
        if self.roles.missing:
            self.jobs.cancel()
            self._still()
            self.refresh()
        else:
            self._read(self.roles.into(self.choice, self.found.columns))

    def _resize(self, dim: int) -> None:
        """Another dimension: which columns are meant is guessed anew."""
        if dim != self.dim:
            self.dim, self.roles = dim, Assignment((NOBODY,) * dim, axes(self.part, dim))
            self._read(msgspec.structs.replace(self.choice, columns=(), origin=(), unit=()))

    def _lay_out(self, choice: Choice) -> None:
        """Another layout; where the columns stay, so does what they are used as."""
        guessed = not choice.columns and bool(self.choice.columns)
        if not guessed and not self.roles.missing and self.roles.coordinates and choice.columns:
            choice = self.roles.into(choice, self.found.columns)
        self._read(choice)

    def _read(self, choice: Choice, alike: Part | None = None) -> None:
        """Read the file so, ``alike``: placed as this law's cloud is; the newest wish is the one that counts."""
        self.choice, self._fault = choice, ""
        wanted = len(axes(self.part, self.dim))
        read = lambda: previewed(self.path, wanted, choice if alike is None else placed_alike(choice, alike, wanted))  # noqa: E731
        self.jobs.start(Job(self.end, self.path, read, self._found))
        self._late.start()
        self.table.put(self.found.columns, self.roles)
        self._complain()

    def _found(self, found: Preview) -> None:
        self.found, self._shown, self.choice = found, self.dim, found.choice
        if found.reading is not None or not self.roles.coordinates or max(self.roles.coordinates) >= len(found.columns):
            self.roles = Assignment.of(found, self.part, self.dim)

    def _over(self, job: Job) -> None:
        self._still()
        if job.problem is not None:
            self._fault = job.problem.message
            self._complain()
            return
        job.then(job.result)
        self.refresh()

    def _say_reading(self) -> None:
        self.progress.show()
        self.state.setText("Reading… Esc cancels")

    def _still(self) -> None:
        self._late.stop()
        self.progress.hide()
        self.state.setText("")

    def _take(self) -> None:
        choice = self.roles.into(settled(self.found, self.choice), self.found.columns)
        as_it_was = self.found is self._first and self.roles == self._guess and not self.doubt.text()
        self.taken.emit(self.part if as_it_was else chosen(self.part, choice), self.dim)
        self.accept()

    @guarded
    def reject(self) -> None:
        """Esc: what is being read first, then the dialog."""
        if self.jobs.cancel():
            self.choice, self._fault, self.dim = self.found.choice, "", self._shown
            self.dims.button(self.dim).setChecked(True)
            self.roles = Assignment.of(self.found, self.part, self.dim)
            self._still()
            self.refresh()
        else:
            super().reject()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return in a field takes what was typed there, and is not the button's."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(self.focusWidget(), QLineEdit):
            event.accept()
        else:
            super().keyPressEvent(event)

    @guarded
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.jobs.cancel()  # what still reads is not waited for
        self._late.stop()
