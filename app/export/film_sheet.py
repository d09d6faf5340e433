"""The page of the export dialog that makes films: which one, how large and long, in which theme, as which file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app import file_dialog
from app.export.clip_list import ClipList
from app.export.encoder import Encoder
from app.export.film import Film
from app.export.films.timeline import Timeline
from app.export.footage_knobs import Footing, encoders, films
from app.export.gathering import Gathering
from app.export.job import FilmJob
from app.export.knob_column import KnobColumn
from app.export.order import Order
from app.export.page import Page
from app.export.preview import Preview
from app.export.queue_list import QueueList
from app.export.reel import Reel
from app.export.scrub import Scrub
from app.export.sheet import Sheet
from app.export.whole import check_place
from app.plain_text import sentence
from app.scene.numbers import count
from engine.parts import Wrong, knob
from engine.probe import Probe

FILMS, FORMATS = tuple(films()), tuple(encoders())
Which = msgspec.defstruct("Which", [("film", Annotated[Literal[FILMS], knob("film")], FILMS[0])], frozen=True)
File = msgspec.defstruct("File", [("format", Annotated[Literal[FORMATS], knob("file")], FORMATS[0])], frozen=True)


class FilmSheet(Sheet):
    """A preview that scrubs beside its knobs, and below both what is being made."""

    title, rank = "Film", 10

    def __init__(self, source: Any, parent: QWidget | None = None) -> None:
        super().__init__(source, parent)
        self.film: Film = next(iter(films().values()))()
        self.encoder: Encoder = next(iter(encoders().values()))()
        self.footing = Footing(seconds=self.film.seconds)
        self._page = Page()
        self._reel: Reel | None = None
        self._reel_of: object = None
        self.gathering = Gathering.of(source)
        self.preview, self.scrub = Preview(self), Scrub(self)
        self.list = QueueList(self.gathering.queue, self)
        self.scrub.moved.connect(lambda _: self._redraw())
        left = QVBoxLayout()
        left.addWidget(self.preview, 1)
        left.addWidget(self.scrub)
        left.addWidget(self.list)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addLayout(left, 1)
        row.addWidget(self._column())
        self._show()

    # what is asked for

    @property
    def page(self) -> Page:
        return msgspec.structs.replace(self._page, **self.footing.fields())

    @property
    def order(self) -> Order:
        """As the knobs say. Raises Wrong."""
        rate = int(self.footing.rate)
        return Order(self.film, self.source.look, self.page, rate, self.footing.seconds).check()

    def needs(self) -> Iterable[Probe]:
        """Of the frame on show; those of all frames are asked when the film is made."""
        try:
            order, snapshot = self.order, self.source.snapshot
        except Wrong:
            return ()
        if snapshot is None or order.film.unfit(snapshot, order.look):
            return ()
        shot = order.shot(snapshot, min(self.scrub.frame, order.n - 1))
        return tuple(probe for look in shot.looks for probe in order.page_of(look).needs(look))

    # showing

    def refresh(self) -> None:
        self._redraw()

    def leave(self) -> None:
        self.scrub.stop()

    def close_down(self) -> None:
        self.scrub.stop()
        self.gathering.close_down()

    def _redraw(self) -> None:
        snapshot = self.source.snapshot
        if snapshot is None:
            self.preview.say("There is nothing to show yet.")
            return
        try:
            order = self.order
        except Wrong as wrong:
            self.preview.say(sentence(Wrong("", str(wrong))))
            return
        if why := order.film.unfit(snapshot, order.look):
            self.preview.say(why)
            return
        self.scrub.show_film(order.n, order.rate)
        self.asked.emit()
        frame = min(self.scrub.frame, order.n - 1)
        page = order.page
        self.preview.show_picture(page.width, page.height, lambda scale: self._picture(order, scale, frame))
        self.said.emit(self._words(order), False)

    def _picture(self, order: Order, scale: float, frame: int) -> QImage:
        """The frame at the size of the preview; what stands still is kept from one to the next."""
        of = (id(self.source.snapshot), order, scale)
        if of != self._reel_of:
            small = msgspec.structs.replace(order, page=order.page.scaled(scale))
            self._reel, self._reel_of = Reel(self.source.snapshot, small), of
        return self._reel.image(frame)

    def _words(self, order: Order) -> str:
        size = f"{count(order.page.width)} × {count(order.page.height)} px"
        return f"{size}, {count(order.n)} frames, {order.n / order.rate:.2f} s"

    def _show(self) -> None:
        """The knobs as they are."""
        self.which.show(Which(self.film.title))
        self.hint.setText(self.film.hint)
        timeline = isinstance(self.film, Timeline)
        self.knobs.setVisible(not timeline)
        self.clips.setVisible(timeline)
        self.clips.show_clips(self.film.clips) if timeline else self.knobs.show(self.film)
        for form in self.feet:
            form.show(self.footing)
        for form in self.forms:
            form.show(self._page)
        self.file.show(File(self.encoder.title))
        self.told.setText(self.encoder.hint)

    # turning

    def choose(self, title: str) -> None:
        """Another film, as long as it is by itself."""
        self.film = films()[title]()
        self.footing = msgspec.structs.replace(self.footing, seconds=self.film.seconds)
        self._changed()

    def _turn_film(self, film: Film) -> None:
        natural = self.footing.seconds == self.film.seconds
        self.film = film
        if natural:
            self.footing = msgspec.structs.replace(self.footing, seconds=film.seconds)
        self._changed()

    def _turn_footing(self, name: str, value: object) -> None:
        self.footing = self.footing.turned(name, value)
        self._changed()

    def _turn_page(self, name: str, value: object) -> None:
        self._page = msgspec.structs.replace(self._page, **{name: value})
        self._changed()

    def pick_format(self, title: str) -> None:
        """Another kind of file, at a rate that it has."""
        self.encoder = encoders()[title]()
        rate = int(self.footing.rate)
        if self.encoder.exact and rate not in self.encoder.rates:
            near = min(self.encoder.rates, key=lambda known: abs(known - rate))
            self.footing = msgspec.structs.replace(self.footing, rate=str(near))
        self._changed()

    def _changed(self) -> None:
        self._show()
        self._redraw()

    def _column(self) -> KnobColumn:
        column = KnobColumn(self)
        footed = lambda footing, name: self._turn_footing(name, getattr(footing, name))  # noqa: E731
        paged = lambda page, name: self._turn_page(name, getattr(page, name))  # noqa: E731
        self.which = column.form(lambda part, name: self.choose(part.film), "Film")
        self.hint = column.muted()
        self.knobs = column.form(lambda film, name: self._turn_film(film))
        self.clips = ClipList(column.inner)
        self.clips.edited.connect(lambda clips: self._turn_film(Timeline(clips)))
        column.rows.addWidget(self.clips)
        self.feet = [column.form(footed, "Size and length", ("shape", "lines", "width", "height", "seconds"))]
        column.lengths(lambda seconds: self._turn_footing("seconds", seconds or self.film.seconds))
        self.feet.append(column.form(footed, "", ("rate",)))
        self.forms = [column.form(paged, "Looks", ("theme", "transparent"))]
        self.forms.append(column.form(paged, "Words", ("heading", "title", "caption", "legend", "t")))
        self.file = column.form(lambda part, name: self.pick_format(part.format), "File")
        self.told = column.muted()
        column.finish()
        return column

    # leaving the window

    def save(self) -> None:
        if self.source.snapshot is None:
            return
        try:
            order = self.order
            self.encoder.fits(order.page.width, order.page.height, order.n, order.rate, order.page.transparent)
            if why := order.film.unfit(self.source.snapshot, order.look):
                raise Wrong("", why)
        except Wrong as wrong:
            self.said.emit(sentence(Wrong("", str(wrong))), True)
            return
        suffix = self.encoder.suffixes[0] if not self.encoder.folder else ""
        names = f"{self.encoder.title} (*{suffix})" if suffix else ""
        name = f"{self.film.kind}{suffix}"
        then = lambda path: self._write(Path(path), order)  # noqa: E731
        file_dialog.ask(self.window(), "Save the film", "film", names, then, save=name)

    def _write(self, path: Path, order: Order) -> None:
        suffixes = self.encoder.suffixes
        if path.suffix.lower() not in suffixes:
            path = path.with_name(path.name + suffixes[0]) if not self.encoder.folder else path
        try:
            check_place(path.resolve())
        except Wrong as wrong:
            self.said.emit(sentence(Wrong("", str(wrong))), True)
            return
        self.gathering.begin(FilmJob(path, self.source.snapshot, order, self.encoder))
