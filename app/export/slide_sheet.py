"""The page of the export dialog that makes slides: a film on each, for a view or for a round."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app import file_dialog
from app.export import slides
from app.export.film import Film
from app.export.footage_knobs import Footing, films
from app.export.gathering import Gathering
from app.export.job import SlidesJob
from app.export.knob_column import KnobColumn
from app.export.page import Page
from app.export.preview import Preview
from app.export.queue_list import QueueList
from app.export.reel import Reel
from app.export.sheet import Sheet
from app.export.slides import Slide
from app.export.view_menu import ViewMenu
from app.export.whole import check_place
from app.forms.controls import Press
from app.plain_text import Label, sentence
from engine.parts import Wrong, knob
from engine.probe import Probe

FILMS = tuple(title for title, cls in films().items() if cls.__struct_config__.tag not in ("rounds", "timeline"))
Deck = msgspec.defstruct(
    "Deck",
    [
        (
            "per",
            Annotated[Literal["view", "round"], knob("a slide per", tip="View, or round of reflow.", editor="buttons")],
            "view",
        ),
        ("film", Annotated[Literal[FILMS], knob("film", tip="On each slide.")], FILMS[0]),
    ],
    frozen=True,
)


class SlideSheet(Sheet):
    """A preview of each slide's film beside the knobs."""

    title, rank = "Slides", 20

    def __init__(self, source: Any, parent: QWidget | None = None) -> None:
        super().__init__(source, parent)
        self.film: Film = films()[FILMS[0]]()
        self.deck = Deck()
        self.footing = Footing(seconds=self.film.seconds)
        self._page = Page()
        self.at = 0  # the slide on show
        self.gathering = Gathering.of(source)
        self.preview, self.words = Preview(self), Label("", self)
        self.list = QueueList(self.gathering.queue, self)
        self.back, self.forth = Press("‹", "the slide before", self), Press("›", "the next slide", self)
        self.back.clicked.connect(lambda: self.step(-1))
        self.forth.clicked.connect(lambda: self.step(1))
        steps = QHBoxLayout()
        for widget in (self.back, self.words, self.forth):
            steps.addWidget(widget)
        steps.insertStretch(0, 1)
        steps.addStretch(1)
        left = QVBoxLayout()
        left.addWidget(self.preview, 1)
        left.addLayout(steps)
        left.addWidget(self.list)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addLayout(left, 1)
        row.addWidget(self._column())
        self._show()

    # what is asked for

    def slides(self) -> tuple[Slide, ...]:
        """As the knobs say. Raises Wrong."""
        page = msgspec.structs.replace(self._page, **self.footing.fields())
        rate, seconds = int(self.footing.rate), self.footing.seconds
        return slides.planned(self.source.snapshot, self.source.look, page, self.film, rate, seconds, self.deck.per)

    def needs(self) -> Iterable[Probe]:
        """Of the slide on show; the others' are asked when the slides are made."""
        try:
            order = self.slides()[self.at].order if self.source.snapshot is not None else None
        except (Wrong, IndexError):
            order = None
        if order is None:
            return ()
        shot = order.shot(self.source.snapshot, order.n // 2)
        return tuple(probe for look in shot.looks for probe in order.page_of(look).needs(look))

    # showing

    def refresh(self) -> None:
        self._redraw()

    def step(self, by: int) -> None:
        """To another slide."""
        self.at += by
        self._redraw()

    def close_down(self) -> None:
        self.gathering.close_down()

    def _redraw(self) -> None:
        if self.source.snapshot is None:
            self.preview.say("There is nothing to show yet.")
            return
        try:
            made = self.slides()
        except Wrong as wrong:
            self.preview.say(sentence(Wrong("", str(wrong))))
            return
        self.at = max(0, min(self.at, len(made) - 1))
        self.back.setEnabled(self.at > 0)
        self.forth.setEnabled(self.at < len(made) - 1)
        slide = made[self.at]
        self.words.setText(f"{self.at + 1} of {len(made)}: {slide.title}")
        self.asked.emit()
        page = slide.order.page
        self.preview.show_picture(page.width, page.height, lambda scale: self._picture(slide, scale))
        many = f"{len(made)} slide{'s' * (len(made) > 1)}"
        self.said.emit(
            f"{many} of {slide.order.n / slide.order.rate:.2f} s each, with poster, notes and alt text", False
        )

    def _picture(self, slide: Slide, scale: float) -> QImage:
        """Its poster."""
        order = msgspec.structs.replace(slide.order, page=slide.order.page.scaled(scale))
        return Reel(self.source.snapshot, order).image(order.n // 2)

    def _show(self) -> None:
        self.which.show(self.deck)
        self.hint.setText(self.film.hint)
        self.knobs.show(self.film)
        self.views.show_views(self._page.views)
        for form in self.feet:
            form.show(self.footing)
        for form in self.forms:
            form.show(self._page)

    # turning

    def _turn_deck(self, deck: Any, name: str) -> None:
        self.deck = deck
        if name == "film":
            self.film = films()[deck.film]()
            self.footing = msgspec.structs.replace(self.footing, seconds=self.film.seconds)
        self._changed()

    def _turn_film(self, film: Film) -> None:
        self.film = film
        self._changed()

    def _turn_footing(self, name: str, value: object) -> None:
        self.footing = self.footing.turned(name, value)
        self._changed()

    def turn(self, name: str, value: object) -> None:
        """One field of the page."""
        self._page = msgspec.structs.replace(self._page, **{name: value})
        self._changed()

    def _changed(self) -> None:
        self._show()
        self._redraw()

    def _column(self) -> KnobColumn:
        column = KnobColumn(self)
        footed = lambda footing, name: self._turn_footing(name, getattr(footing, name))  # noqa: E731
        paged = lambda page, name: self.turn(name, getattr(page, name))  # noqa: E731
        self.which = column.form(self._turn_deck, "Slides")
        self.views = ViewMenu(column.inner)
        self.views.chosen.connect(lambda kinds: self.turn("views", kinds))
        column.rows.addWidget(self.views)
        self.hint = column.muted()
        self.knobs = column.form(lambda film, name: self._turn_film(film))
        self.feet = [column.form(footed, "Size and length", ("shape", "lines", "seconds"))]
        column.lengths(lambda seconds: self._turn_footing("seconds", seconds or self.film.seconds))
        self.feet.append(column.form(footed, "", ("rate",)))
        self.forms = [column.form(paged, "Looks", ("theme",))]
        self.forms.append(column.form(paged, "Words", ("title", "caption", "legend", "t")))
        column.finish()
        return column

    # leaving the window

    def save(self) -> None:
        if self.source.snapshot is None:
            return
        try:
            slides.check(Path(f"a{slides.SUFFIX}"))
            made = self.slides()
        except Wrong as wrong:
            self.said.emit(sentence(Wrong("", str(wrong))), True)
            return
        names, name = f"PowerPoint (*{slides.SUFFIX})", f"slides{slides.SUFFIX}"
        then = lambda path: self._write(Path(path), made)  # noqa: E731
        file_dialog.ask(self.window(), "Save the slides", "slides", names, then, save=name)

    def _write(self, path: Path, made: tuple[Slide, ...]) -> None:
        if path.suffix.lower() != slides.SUFFIX:
            path = path.with_name(path.name + slides.SUFFIX)
        try:
            check_place(path.resolve())
        except Wrong as wrong:
            self.said.emit(sentence(Wrong("", str(wrong))), True)
            return
        self.gathering.begin(SlidesJob(path, self.source.snapshot, made))
