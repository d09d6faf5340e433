"""How the file is laid out and where its cloud is put: what was found, and what it can be changed to."""

from __future__ import annotations

from typing import get_args

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from app.forms.controls import Choice, Line
from app.forms.form import polish
from app.loading.draft import laid_out
from app.plain_text import Elided, explain
from engine.parts import MAX_POINTS
from engine.reading.choice import Choice as Reading
from engine.reading.choice import Normalise, Surface
from engine.reading.contents import Found
from engine.reading.plain_text import ENCODINGS

ACROSS = 4
ALIKE, GIVEN = "alike", "given"  # no rules, but how a cloud can be placed too
MARKS = {",": "comma", ".": "point", ";": "semicolon", "|": "bar", "'": "apostrophe"}
LAYOUT: dict[str, tuple[str, tuple[str, ...], str]] = {
    "array": ("array", (), "of several in the file, the one that holds the points"),
    "encoding": ("encoding", tuple(ENCODINGS), "of the text"),
    "separator": ("separator", (",", ";", "tab", "|", "space"), "what stands between columns"),
    "decimal": ("decimal", (".", ","), "1.5 or 1,5"),
    "thousands": ("thousands", (".", ",", "'", "space"), "1,000 or 1.000; none where the decimal mark is named"),
    "header": ("names", ("none", "1", "2", "3", "4"), "the line that the names of the columns stand in"),
    "surface": ("of the mesh", get_args(Surface), "its corners, or places on its faces by area"),
}
PLACE: dict[str, tuple[str, tuple[str, ...], str]] = {
    "normalise": (
        "normalise",
        get_args(Normalise),
        "as needed: as it stands, centred where its digits would be lost; fit to box: side 6",
    ),
    "duplicates": ("duplicates", ("keep", "drop"), "points that stand there before"),
}


class Knobs(QWidget):
    """A grid of choosers; ``changed``: the choice as the person wants it; ``asked_alike``: to be placed as the other
    end is."""

    changed = Signal(object)
    asked_alike = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice, self._doubt = Reading(), False
        self.boxes: dict[str, Choice] = {}
        self.labels: dict[str, Elided] = {}
        self.missing, self.samples = Line(self), Line(self)
        self.missing.setPlaceholderText("such as -200")
        self.missing.editingFinished.connect(self._missed)
        self.samples.editingFinished.connect(self._sampled)
        self._values: dict[str, list[str]] = {}
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setHorizontalSpacing(10)
        self.grid.setVerticalSpacing(4)
        for k in range(ACROSS):
            self.grid.setColumnStretch(k, 1)
        for name, (title, _, tip) in {**LAYOUT, **PLACE}.items():
            box = self.boxes[name] = Choice(self)
            box.activated.connect(lambda index, name=name: self._pick(name, index))
            self._label(name, title, tip, box)
        self._label("missing", "missing", "more cells that stand for no value, with commas between", self.missing)
        self._label("samples", "places", "how many on the faces of the mesh, 1 to 1,000,000", self.samples)

    def _label(self, name: str, title: str, tip: str, field: QWidget) -> None:
        label = self.labels[name] = polish(Elided(title, self), "muted")
        label.setBuddy(field)
        field.setAccessibleName(title)
        for widget in (label, field):
            explain(widget, tip)

    def show(
        self, found: Found | None = None, choice: Reading | None = None, cloud: bool = True, other: str = ""
    ) -> None:
        """``cloud``: where it is put, and what stands twice, can be chosen too; ``other``: the end that it may be
        placed alike. Without arguments QWidget's own."""
        if found is None or choice is None:
            super().show()
            return
        self.choice, self._doubt = choice, bool(found.doubts)
        told = {"array": found.array, "encoding": found.encoding, "separator": found.separator}
        told |= {
            "header": "in the file" if found.named else "none",
            "decimal": found.decimal,
            "thousands": found.thousands,
            "surface": "",
        }
        fits = {"array": bool(found.arrays), "surface": found.surface}
        fits |= dict.fromkeys(("encoding", "separator", "decimal", "thousands"), bool(found.encoding))
        fits |= {"header": found.lines, "missing": found.lines}
        fits["samples"] = found.surface and choice.layout.surface != "vertices"
        fits |= dict.fromkeys(PLACE, cloud)
        for name, (_, options, _) in LAYOUT.items():
            if name == "array":
                options = tuple(one.rpartition(" (")[0] or one for one in found.arrays)
            asked = getattr(choice.layout, name)
            self._offer(name, options, asked, told[name], found.arrays if name == "array" else ())
        for name, (_, options, _) in PLACE.items():
            self._offer(name, options, getattr(choice, name), "")
        self._offer_place(choice, other)
        for line, words in (
            (self.missing, ", ".join(choice.layout.missing)),
            (self.samples, str(choice.layout.samples)),
        ):
            if not line.isModified():
                line.put(words)
        self._arrange([name for name in (*LAYOUT, "samples", "missing", *PLACE) if fits[name]])

    def _offer_place(self, choice: Reading, other: str) -> None:
        """Beside the rules: as the other end, and the numbers that are given."""
        box, more = self.boxes["normalise"], [ALIKE] * bool(other)
        given = [GIVEN] if choice.origin or choice.unit else []
        self._values["normalise"] = [*PLACE["normalise"][1], *more, *given]
        words = [*PLACE["normalise"][1], *[f"as the {other}" for _ in more], *["given numbers" for _ in given]]
        if [box.itemText(k) for k in range(box.count())] != words:
            box.clear()
            box.addItems(words)
        box.setCurrentIndex(self._values["normalise"].index(GIVEN if given else choice.normalise))

    def _offer(self, name: str, options: tuple[str, ...], asked: str, found: str, words: tuple[str, ...] = ()) -> None:
        """The options, before them what was found; ``asked`` is on show."""
        box = self.boxes[name]
        values, shown = list(options), list(words or (mark(option) for option in options))
        if name in ("encoding", "separator", "decimal", "thousands", "header"):
            doubt = self._doubt and name in ("decimal", "thousands")
            if not asked and not doubt and found in values:  # to name it again would say no more
                shown.pop(values.index(found))
                values.remove(found)
            guess = f"{mark(found)}?" if doubt and found in values else mark(found) or "none"
            values, shown = ["", *values], ["as found" if asked else guess, *shown]
            self.labels[name].setText(LAYOUT[name][0] + ("" if asked else ", found"))
        elif name == "array":
            asked = asked or found
        self._values[name] = values
        if [box.itemText(k) for k in range(box.count())] != shown:
            box.clear()
            box.addItems(shown)
        box.setCurrentIndex(values.index(asked) if asked in values else 0)

    def _arrange(self, names: list[str]) -> None:
        fields = {**self.boxes, "missing": self.missing, "samples": self.samples}
        for name, field in fields.items():
            for widget in (self.labels[name], field):
                self.grid.removeWidget(widget)
                widget.setVisible(name in names)
        for k, name in enumerate(names):
            row, column = divmod(k, ACROSS)
            self.grid.addWidget(self.labels[name], 2 * row, column)
            self.grid.addWidget(fields[name], 2 * row + 1, column)

    def _pick(self, name: str, index: int) -> None:
        value = self._values[name][index]
        if value == ALIKE:
            self.asked_alike.emit()
        elif value == GIVEN:
            return
        elif name in LAYOUT:
            self._give(laid_out(self.choice, **{name: value}))
        else:
            rest = {"origin": (), "unit": ()} if name == "normalise" else {}
            self._give(self._with(**{name: value}, **rest))

    def _with(self, **given: object) -> Reading:
        return msgspec.structs.replace(self.choice, **given)

    def _missed(self) -> None:
        if self.missing.isModified():
            cells = tuple(piece.strip() for piece in self.missing.text().split(",") if piece.strip())
            self.missing.setModified(False)
            self._give(laid_out(self.choice, missing=cells))

    def _sampled(self) -> None:
        if self.samples.isModified():
            text = self.samples.text().replace(",", "").replace("\u2009", "").strip()
            self.samples.setModified(False)
            if text.isdecimal() and 1 <= int(text) <= MAX_POINTS:
                self._give(laid_out(self.choice, samples=int(text)))
            else:
                self.samples.put(str(self.choice.layout.samples))

    def _give(self, choice: Reading) -> None:
        if choice != self.choice:
            self.choice = choice
            self.changed.emit(choice)


def mark(value: str) -> str:
    """A mark by its word, a line by its number."""
    return f"line {value}" if value.isdecimal() else MARKS.get(value, value)
