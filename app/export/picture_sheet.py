"""The page of the export dialog that makes pictures: what for, in which theme, with which parts, as which file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QMenu, QScrollArea, QVBoxLayout, QWidget

from app import file_dialog
from app.export import clipboard
from app.export.format import known, save
from app.export.page import Page
from app.export.painting import image
from app.export.preview import Preview
from app.export.sheet import Sheet
from app.export.sizes import Paper, Screen, Slide
from app.export.work import Work
from app.forms.controls import Press
from app.forms.form import Form, polish
from app.guard import guarded
from app.plain_text import Label, entry, explain, sentence
from app.scene.look import Look
from app.scene.numbers import count
from app.view_tabs import views
from engine.parts import Wrong, knob
from engine.probe import Probe

WIDE = 25  # text heights of the column of knobs
#: What each is for: its name, its size, and the fields that go with it.
FOR: dict[str, tuple[str, Slide | Paper | Screen, dict[str, Any]]] = {
    "slide": ("Slide", Slide(), {"theme": "light", "caption": True, "t": True}),
    "paper": ("Paper column", Paper(), {"theme": "print", "caption": False, "t": False}),
    "screen": ("As on screen", Screen(), {"caption": True, "t": True}),
}
FORMATS = tuple(one.title for one in known())
Kept = msgspec.defstruct(
    "Kept",
    [
        ("format", Annotated[Literal[FORMATS], knob("file", editor="buttons")], FORMATS[0]),
        ("t", Annotated[float, knob("t", 0.0, 1.0, tip="The moment that is shown.")], 0.5),
    ],
    frozen=True,
)


class PictureSheet(Sheet):
    """A live preview beside its knobs."""

    title, rank, copies = "Picture", 0, True

    def __init__(self, source, parent: QWidget | None = None) -> None:
        self._area: QScrollArea | None = None  # before Qt's first change event
        super().__init__(source, parent)
        self.purpose = "slide"
        self.sizes = {name: size for name, (_, size, _) in FOR.items()}
        self._page = Page(**FOR["slide"][2])
        self.kept = Kept()
        self._of: object = None  # the look that t was taken from
        self.work = Work(self)
        self.work.done.connect(lambda: self._then())
        self.work.failed.connect(lambda words: self._tell(words, True))
        self._then: Callable[[], None] = lambda: None  # once it is done
        self._told = False  # the line of words says what was done: it stays until something else is asked
        self.preview = Preview(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.preview, 1)
        self._area = self._column()
        self._area.setFixedWidth(WIDE * self.fontMetrics().height())
        row.addWidget(self._area)
        self._show()

    # what is asked for

    @property
    def page(self) -> Page:
        """As the knobs say."""
        if self.purpose == "screen":
            fields = self.source.screen | {"theme": self._page.theme, "views": self._page.views}
            if self._page.views or self._page.across:
                fields |= {"across": self._page.across, "seen": ()}
            return msgspec.structs.replace(self._page, **fields).scaled(self.sizes["screen"].scale)
        return msgspec.structs.replace(self._page, **self.sizes[self.purpose].fields())

    @property
    def look(self) -> Look:
        return msgspec.structs.replace(self.source.look, t=self.kept.t)

    def needs(self) -> Iterable[Probe]:
        return self.page.needs(self.look) if self.source.snapshot is not None else ()

    def choose(self, purpose: str) -> None:
        """Another purpose, with the theme and the words that it usually has."""
        self.purpose = purpose
        fields = {"theme": self.source.screen.get("theme", "light")} | FOR[purpose][2]
        self._page = msgspec.structs.replace(self._page, **fields)
        self._asked_for()

    def turn(self, name: str, value: Any) -> None:
        """One field of the page."""
        self._page = msgspec.structs.replace(self._page, **{name: value})
        self._asked_for()

    # showing

    def refresh(self) -> None:
        if self.source.look is not self._of:
            self._of = self.source.look
            self.kept = msgspec.structs.replace(self.kept, t=self.source.look.t)
            self._show()
        self._redraw()

    def _asked_for(self) -> None:
        """By hand."""
        self._told = False
        self._show()
        self._redraw()

    def _tell(self, words: str, bad: bool) -> None:
        self._told = True
        self.said.emit(words, bad)

    def _redraw(self) -> None:
        if self.source.snapshot is None:
            self.preview.say("There is nothing to show yet.")
            return
        self.source.page, self.source.moment = self.page, self.look
        self.asked.emit()
        try:
            page = self.page.check()
        except Wrong as wrong:
            self.preview.say(sentence(Wrong("", str(wrong))))
            return
        snapshot, look = self.source.snapshot, self.look
        make = lambda scale: image(snapshot, look, page.scaled(scale))  # noqa: E731
        self.preview.show_picture(page.width, page.height, make, page.theme == "dark")
        if not self.work.busy and not self._told:
            self.said.emit(self._words(page), False)

    def _words(self, page: Page) -> str:
        size = f"{count(page.width)} × {count(page.height)} px"
        if self.purpose == "paper":
            wide, high = page.millimetres
            size = f"{wide:.0f} × {high:.0f} mm, {size}"
        return f"{size}, {self.source.pairs()}" if self.source.pairs() else size

    def _show(self) -> None:
        """The knobs as they are."""
        for name, form in self.size_forms.items():
            form.show(self.sizes[name])
            form.setVisible(name == self.purpose)
        self.purposes[self.purpose].setChecked(True)
        for form in self.forms:
            form.show(self._page)
        self.keeping.show(self.kept)
        chosen = [views()[kind].title for kind in self._page.views] or ["the one on the stage"]
        self.views.setText(entry(f"{', '.join(chosen)} ▾"))
        for kind, action in self.view_actions.items():
            action.setChecked(kind in self._page.views)

    # building

    def _column(self) -> QScrollArea:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(5)
        column.addLayout(self._purposes())
        self.size_forms = {name: self._sized(name, inner) for name in FOR}
        for form in self.size_forms.values():
            column.addWidget(form)
        self.keeping = Form(parent=inner)
        self.keeping.edited.connect(self._keep)
        column.addWidget(self.keeping)
        self.forms: list[Form] = []
        for heading, names in (
            ("Looks", ("theme", "transparent")),
            ("Shows", ("stage", "charts", "strip", "figures", "across")),
            ("Words", ("heading", "title", "caption", "legend", "axes", "t")),
        ):
            column.addSpacing(6)
            column.addWidget(polish(Label(heading, inner), "heading"))
            if heading == "Shows":
                column.addLayout(self._views(inner))
            form = Form(names=names, parent=inner)
            form.edited.connect(lambda page, name: self.turn(name, getattr(page, name)))
            self.forms.append(form)
            column.addWidget(form)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return area

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        """Another theme has other letters."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and self._area is not None:
            self._area.setFixedWidth(WIDE * self.fontMetrics().height())

    def _purposes(self) -> QHBoxLayout:
        row, group = QHBoxLayout(), QButtonGroup(self)
        row.setSpacing(4)
        self.purposes = {}
        for name, (words, _, _) in FOR.items():
            button = self.purposes[name] = Press(words, "", self)
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, name=name: self.choose(name))
            group.addButton(button)
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _sized(self, name: str, parent: QWidget) -> Form:
        form = Form(parent=parent)
        form.edited.connect(lambda size, knob: self._resize(name, size, knob))
        return form

    def _resize(self, name: str, size: Slide | Paper | Screen, knob: str) -> None:
        if isinstance(size, Slide) and knob == "shape":
            size = self.sizes[name].turned("shape", size.shape)
        self.sizes[name] = size
        self._asked_for()

    def _views(self, parent: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(polish(Label("views", parent), "muted"))
        self.views = Press("", "one or several, beside each other", parent)
        self.menu = QMenu(self.views)
        self.view_actions = {}
        for kind, view in views().items():
            action = self.view_actions[kind] = self.menu.addAction(entry(view.title))
            action.setCheckable(True)
            explain(action, view.hint)
            action.triggered.connect(lambda on=False, kind=kind: self._view_pressed(kind, on))
        self.views.setMenu(self.menu)
        self.views.setPopupMode(Press.ToolButtonPopupMode.InstantPopup)
        row.addStretch(1)
        row.addWidget(self.views)
        return row

    def _view_pressed(self, kind: str, on: bool) -> None:
        now = self._page.views or ()
        chosen = {*now, kind} if on else set(now) - {kind}
        self.turn("views", tuple(kind for kind in views() if kind in chosen))

    def _keep(self, kept: Any, name: str) -> None:
        self.kept = kept
        self._show()
        if name == "t":
            self._redraw()

    # leaving the window

    def copy(self) -> None:
        """On the clipboard."""
        if self.source.snapshot is None or self.work.busy:
            return
        snapshot, look = self.source.snapshot, self.look
        try:
            page = self.page.check()
        except Wrong as wrong:
            self._tell(sentence(wrong), True)
            return
        made: list[QImage] = []

        def put() -> None:
            clipboard.put(made[0], snapshot, look)
            self._tell(f"The picture is on the clipboard, {self._words(page)}.", False)

        self._then = put
        self.work.begin(lambda: made.append(image(snapshot, look, page)))

    def save(self) -> None:
        if self.source.snapshot is None or self.work.busy:
            return
        one = next(one for one in known() if one.title == self.kept.format)
        names = f"{one.title} (*{one.suffix})"
        name = f"{self._page.views[0] if self._page.views else self.source.look.view}{one.suffix}"
        file_dialog.ask(self.window(), "Save the picture", "picture", names, self._write, save=name)

    def _write(self, path: str) -> None:
        snapshot, look, page, name = self.source.snapshot, self.look, self.page, Path(path).name
        self._then = lambda: self._tell(f"Saved {name}.", False)
        self._tell(f"Saving {name}…", False)
        self.work.begin(lambda: save(path, snapshot, look, page))

    def close_down(self) -> None:
        self.work.finish()
