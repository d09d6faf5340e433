"""Drawing in the document and in the window: steps of the one undo stack, edits from outside, the bar, a new tool."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Literal

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from app import presets
from app.actions import table
from app.application import assemble, begin
from app.dimension import resize
from app.document import Document
from app.forms.controls import Press
from app.hand import Hand
from app.key_sheet import KeySheet
from app.scene import compose
from app.scene.look import Look
from app.scene.marks import Panel, Points
from app.scene.ring import Ring
from app.tool_bar import ToolBar
from app.tools.arrows import arrows
from app.tools.brush import MOST, Brush
from app.tools.tool import Canvas, Entry, Nudge, Tool, Verb, entries
from app.window import Window
from engine import registry
from engine.codec import build
from engine.parts import Wrong, knob
from engine.preview import preview
from engine.registry import kinds
from engine.snapshot import Snapshot
from engine.spec import Experiment

UNIT = (0.02, 0.02)
NAMES = "source", "target", "arrows"  # the others share their canvas: test_sketch.py
ENDS = {"source": {"kind": "gaussian"}, "target": {"kind": "gaussian", "mean": 3.0}}


def experiment(dim: int, **fields: object) -> Experiment:
    return build({"dim": dim, "rounds": 0, **ENDS, "coupling": {"kind": "independent", "pairs": 300}} | fields)


@pytest.fixture(params=[1, 2, 3])
def document(qapp, request) -> Document:
    return Document(experiment(request.param))


@pytest.fixture
def flat(qapp) -> Document:
    return Document(experiment(2))


def take(document: Document, name: str) -> None:
    kind, entry = entries()[name]
    document.begin(kind, dict(entry.knobs))


def press(document: Document, x: float, y: float) -> None:
    document.draw(document.drawing.tool.press(document.drawing.canvas, (x, y), UNIT))


def move(document: Document, x: float, y: float) -> None:
    document.draw(document.drawing.tool.move(document.drawing.canvas, (x, y), UNIT))


def stroke(document: Document, *path: tuple[float, float]) -> None:
    press(document, *path[0])
    for at in path[1:]:
        move(document, *at)
    document.finish()


def do(document: Document, text: str) -> None:
    drawing = document.drawing
    verb = next(verb for verb in drawing.tool.verbs if verb.text == text)
    document.draw(verb.does(drawing.tool, drawing.canvas))


def count(document: Document) -> int:
    return document.drawing.canvas.count


STROKE = (0.0, 0.0), (0.5, 0.8), (1.0, 2.0)


# steps


@pytest.mark.parametrize("name", NAMES)
def test_a_stroke_is_one_undo_step(document, name) -> None:
    before, heard = document.experiment, []
    document.experiment_changed.connect(lambda: heard.append(document.experiment))
    take(document, name)
    stroke(document, *STROKE)
    first = count(document)
    section = document.drawing.tool.section
    assert document.stack.count() == 1 and len(heard) == 1
    assert getattr(document.experiment, section).kind == "drawn"
    stroke(document, (0.0, 5.0), (1.0, 6.0))
    assert document.stack.count() == 2 and count(document) > first
    document.undo()
    assert count(document) == first
    document.undo()
    assert document.experiment == before and count(document) == 0
    document.redo()
    assert count(document) == first and document.experiment == heard[0]


@pytest.mark.parametrize("name", NAMES)
def test_the_canvas_runs_ahead_and_leaving_keeps_the_stroke(document, name) -> None:
    take(document, name)
    press(document, 0.5, 1.0)
    move(document, 0.5, 2.0)
    assert document.stack.count() == 0 and count(document) > 0
    document.leave()
    assert document.stack.count() == 1 and document.drawing is None
    document.leave()
    document.finish()
    assert document.stack.count() == 1


@pytest.mark.parametrize("name", NAMES)
def test_clear_is_an_undo_step_wherever_one_is(document, name) -> None:
    """Each step changes something that can be seen: with the tool put away, it is taken in hand again."""
    take(document, name)
    stroke(document, *STROKE)
    kept, n = document.experiment, count(document)
    do(document, "Clear")
    assert count(document) == 0 and document.experiment is kept and document.stack.count() == 2
    assert document.stack.undoText().startswith("clear")
    document.undo()
    assert count(document) == n and document.experiment is kept
    document.redo()
    document.leave()
    document.undo()
    assert document.drawing.tool.subject == entries()[name][0](**dict(entries()[name][1].knobs)).subject
    assert count(document) == n
    take(document, "arrows" if name != "arrows" else "source")
    document.redo()
    assert count(document) == 0 and document.drawing.tool.section in (name, "coupling")
    stroke(document, (0.0, 5.0), (1.0, 6.0))
    document.leave()
    document.undo()
    assert document.experiment is kept and document.drawing is None
    take(document, name)
    assert count(document) == 0, "it was empty then"


def test_erasing_everything_is_undone(flat) -> None:
    take(flat, "source")
    stroke(flat, *STROKE)
    kept, n = flat.experiment, count(flat)
    flat.turn("mode", "eraser")
    flat.turn("width", 20.0)
    stroke(flat, (0.0, 0.0))
    assert count(flat) == 0 and flat.experiment is kept and flat.stack.undoText() == "erase source"
    flat.undo()
    assert count(flat) == n


@pytest.mark.parametrize("name", NAMES)
def test_what_changes_nothing_is_no_step(document, name) -> None:
    """A click that chooses, an eraser beside everything; also where the drawing has coordinates that are not shown."""
    tool = entries()[name][0]()
    rows = [[0.0, 1.0, 2.0]] if name != "arrows" else [[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]]
    field = "dots" if name != "arrows" else "arrows"
    section = name if name != "arrows" else "coupling"
    raw = {"dim": document.experiment.dim, **ENDS} | {section: {"kind": "drawn", field: rows}}
    document.edit(build(raw), "drawn")
    steps, before = document.stack.count(), document.experiment
    take(document, name)
    if isinstance(tool, Brush):
        document.turn("mode", "eraser")
    stroke(document, (50.0, 50.0))
    assert document.stack.count() == steps and document.experiment is before and count(document) == 1


def test_knobs_that_a_hand_turned_stay_and_others_suit_the_picture(flat) -> None:
    take(flat, "source")
    small = flat.drawing.tool.width
    flat.patch("far", target=kinds("distributions")["gaussian"](mean=50.0))
    take(flat, "source")
    assert flat.drawing.tool.width > 2 * small
    flat.turn("width", 0.25)
    flat.turn("mode", "eraser")
    flat.leave()
    take(flat, "target")
    assert (flat.drawing.tool.width, flat.drawing.tool.mode, flat.drawing.tool.end) == (0.25, "spray", "target")
    flat.turn("end", "source")
    take(flat, "target")
    assert flat.drawing.tool.end == "target", "the entry of the menu says what is drawn"
    with pytest.raises(Wrong):
        flat.turn("width", 21.0)
    assert flat.drawing.tool.width == 0.25 and flat.stack.count() == 1
    flat.leave()
    flat.turn("width", 1.0)  # a field that loses the focus because its bar goes away
    assert flat.drawing is None


def test_the_other_end_in_mid_stroke_keeps_the_stroke(flat) -> None:
    take(flat, "source")
    press(flat, 0.0, 0.0)
    flat.turn("width", 0.1)  # goes on
    assert flat.drawing.canvas.at is not None and flat.stack.count() == 0
    flat.turn("end", "target")
    assert flat.drawing.canvas.at is None and flat.stack.undoText() == "draw source" and count(flat) == 0
    take(flat, "arrows")
    assert flat.drawing.tool.kind == "arrows"


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_is_one_sentence_and_leaves_the_canvas(document, name) -> None:
    heard = []
    document.refused.connect(heard.append)
    take(document, name)
    stroke(document, (0.0, 2e6), (0.1, 2e6 + 0.2))
    assert len(heard) == 1 and heard[0].startswith("This cannot be drawn: ") and heard[0].endswith(".")
    assert count(document) == 0 and document.stack.count() == 0
    stroke(document, *STROKE)
    assert count(document) > 0


def test_a_full_canvas_is_said_once_a_stroke(flat) -> None:
    heard = []
    flat.refused.connect(heard.append)
    take(flat, "source")
    flat.draw(replace(flat.drawing.canvas, rows=np.zeros((MOST, 2)), did="fill"))
    for _ in range(2):
        stroke(flat, (0.0, 0.0), (1.0, 1.0), (2.0, 2.0))
    assert len(heard) == 2 and "20\N{NARROW NO-BREAK SPACE}000 points" in heard[0]
    assert flat.stack.count() == 1


# edits from outside while the button is held


OUTSIDE = {
    "undo": lambda document: document.undo(),
    "redo": lambda document: document.redo(),
    "undo of the stack": lambda document: document.stack.undo(),
    "redo of the stack": lambda document: document.stack.redo(),
    "preset": lambda document: document.edit(presets.presets()[-1].experiment(), "preset"),
    "dimension 1": lambda document: document.edit(resize(document.experiment, 1), "dimension"),
    "dimension 2": lambda document: document.edit(resize(document.experiment, 2), "dimension"),
    "dimension 3": lambda document: document.edit(resize(document.experiment, 3), "dimension"),
    "new seed": lambda document: document.patch("new seed", seed=document.experiment.seed + 1),
    "clear": lambda document: (document.finish(), do(document, "Clear")),
    "another tool": lambda document: take(document, "arrows" if document.drawing.tool.kind == "brush" else "target"),
    "leaving": lambda document: document.leave(),
}


@pytest.mark.parametrize("other", [1, 2, 3])
@pytest.mark.parametrize("what", OUTSIDE)
@pytest.mark.parametrize("name", NAMES)
def test_an_edit_from_outside_ends_the_stroke(document, name, what, other) -> None:
    """Whatever it is, and though the next step back or forth is one of another dimension."""
    document.edit(resize(document.experiment, other), "another dimension")
    document.patch("seed", seed=7)
    document.edit(resize(document.experiment, document.experiment.dim % 3 + 1), "a third one")
    document.stack.undo()
    take(document, name)
    first = count(document)
    press(document, 0.0, 0.0)
    move(document, 0.5, 0.7)
    assert count(document) > first
    OUTSIDE[what](document)
    drawing, steps, after = document.drawing, document.stack.count(), document.experiment
    assert drawing is None or (drawing.canvas.at is None and drawing.canvas.dim == after.dim)
    if drawing is None:
        return
    move(document, 1.0, 1.5)  # the button is still held
    document.draw(drawing.tool.tick(document.drawing.canvas))
    document.finish()
    assert document.drawing.canvas is drawing.canvas and document.stack.count() == steps
    assert document.experiment is after
    n = count(document)
    stroke(document, (0.0, 5.0), (1.0, 6.0))
    assert count(document) > n and document.experiment is not after
    while document.stack.canUndo():
        document.undo()
    assert document.drawing.canvas.dim == document.experiment.dim


@pytest.mark.parametrize("name", NAMES)
def test_undo_in_mid_stroke_takes_that_stroke_back_alone(document, name) -> None:
    take(document, name)
    stroke(document, *STROKE)
    n, before = count(document), document.experiment
    press(document, 0.0, 5.0)
    move(document, 0.5, 6.0)
    document.undo()
    assert count(document) == n and document.experiment is before and document.stack.canUndo()


@pytest.mark.parametrize("name", NAMES)
def test_an_edit_in_mid_stroke_keeps_it(document, name) -> None:
    take(document, name)
    press(document, 0.0, 0.0)
    move(document, 0.5, 0.7)
    n = count(document)
    document.patch("seed", seed=5)
    assert [document.stack.text(k) for k in range(document.stack.count())][-1] == "seed" and document.stack.count() == 2
    assert count(document) == n and getattr(document.experiment, document.drawing.tool.section).kind == "drawn"


@pytest.mark.parametrize("name", NAMES)
def test_the_canvas_follows_what_it_draws_and_nothing_else(flat, name) -> None:
    take(flat, name)
    stroke(flat, *STROKE)
    do(flat, "Clear")
    flat.patch("seed", seed=9)
    assert count(flat) == 0, "another seed is no reason to fill it"
    section = flat.drawing.tool.section
    other = {"pairs": 9} if section == "coupling" else {"jitter": 0.5}
    flat.patch("other", **{section: msgspec.structs.replace(getattr(flat.experiment, section), **other)})
    assert count(flat) > 0, "what it draws is another one"
    flat.undo()
    assert count(flat) == 0
    flat.undo()
    flat.undo()
    assert count(flat) > 0


@pytest.mark.parametrize("name", NAMES)
def test_the_canvas_follows_the_dimension(document, name) -> None:
    """A drawing is the same part in every dimension; its canvas is not, whether in hand or put away."""
    take(document, name)
    stroke(document, *STROKE)
    for other in (document.experiment.dim % 3 + 1, (document.experiment.dim + 1) % 3 + 1):
        document.edit(resize(document.experiment, other), "dimension")
        assert document.drawing.canvas.dim == other
        n = count(document)
        stroke(document, (0.0, 5.0), (1.0, 6.0))
        assert count(document) > n
        document.leave()
        document.undo()
        take(document, name)
        assert document.drawing.canvas.dim == other and count(document) == n


def test_a_drawing_survives_dimensions(qapp) -> None:
    """2-D, a stroke in 1-D, 2-D again: the points keep their second coordinate."""
    document = Document(experiment(2, source={"kind": "drawn", "dots": [[0.0, 5.0], [1.0, 6.0]]}))
    document.edit(resize(document.experiment, 1), "1-D")
    take(document, "source")
    stroke(document, (0.0, -9.0))
    document.edit(resize(document.experiment, 2), "2-D")
    dots = np.array(document.experiment.source.dots)
    assert dots[:2].tolist() == [[0.0, 5.0], [1.0, 6.0]] and len(dots) > 5
    assert not dots[2:, 1].any()


# a tool of one file


class Stamp(Tool, frozen=True, tag="stamp it"):
    """Puts a Gaussian where one presses; a drag moves it."""

    entries = (Entry("stamp it", "Stamp the source", ("Shift+S",), "a Gaussian where you press"),)
    verbs = (Verb("Home", "back to 0", lambda tool, canvas: replace(canvas, rows=0 * canvas.rows, did="home"), ("0",)),)
    nudges = (Nudge("spread", ";", "'", 2.0),)
    title, hint = "Stamp", "press anywhere"

    spread: Annotated[float, knob("spread", 0.1, 10.0, log=True, tip="Its standard deviation.")] = 1.0
    where: Annotated[Literal["high", "low"], knob("where", editor="buttons")] = "high"

    @property
    def section(self) -> str:
        return "source"

    def begin(self, experiment: Experiment) -> Canvas:
        return Canvas(experiment.dim, np.zeros((1, experiment.dim)))

    def press(self, canvas: Canvas, at: tuple[float, float], unit: tuple[float, float]) -> Canvas:
        return self.move(replace(canvas, at=at), at, unit)

    def move(self, canvas: Canvas, at: tuple[float, float], unit: tuple[float, float]) -> Canvas:
        if canvas.at is None:
            return canvas
        spot = np.resize(at[-min(2, canvas.dim) :], canvas.dim)
        return replace(canvas, at=at, rows=spot[None], did="stamp")

    def release(self, canvas: Canvas) -> Canvas:
        return replace(canvas, at=None)

    def hover(self, canvas: Canvas, at: tuple[float, float], unit: tuple[float, float]) -> Ring:
        return Ring(at, (self.spread, self.spread), "source")

    def edit(self, canvas: Canvas, experiment: Experiment) -> Experiment:
        law = kinds("distributions")["gaussian"](mean=tuple(canvas.rows[0].tolist()), std=self.spread)
        return msgspec.structs.replace(experiment, source=law)

    def said(self, canvas: Canvas) -> str:
        return "1 stamp"

    def panel(self, snapshot: Snapshot, look: Look, canvas: Canvas) -> Panel:
        stamped = Points(canvas.rows[:, :2], "source", moving=True)
        return Panel("Stamp it", "plane", (stamped,), (-9.0, 9.0, -9.0, 9.0), self.hint)


@pytest.fixture
def stamp() -> Iterator[type[Tool]]:
    """A tool that is in the folder for as long as the test goes on."""
    kinds("tools")
    registry.part(Stamp)
    yield Stamp
    del registry._parts["tools"]["stamp it"]
    registry._sorted.pop("tools", None)


def test_the_folder_is_as_it_was() -> None:
    assert {*NAMES, "move"} < set(entries()) and "stamp it" not in entries()


@pytest.fixture
def make(qtbot) -> Iterator:
    made: list[Window] = []

    def open_window(asked: Experiment) -> Window:
        window = assemble(asked, device="cpu")
        made.append(window)
        begin(window)
        window.resize(1280, 800)
        qtbot.waitUntil(lambda: window.controller.snapshot is not None and window.controller.current, timeout=60_000)
        return window

    yield open_window
    for window in made:
        window.close()
        window.deleteLater()


def texts(widget: QWidget) -> str:
    return " · ".join(label.text() for label in widget.findChildren(QLabel))


def glass_of(window: Window) -> QWidget:
    return window.stage.interpolation._glass.viewport()


def spot(window: Window, x: float, y: float) -> QPoint:
    plane = window.stage.interpolation
    return glass_of(window).mapFrom(plane, plane.to_window(x, y).toPoint())


def drag(window: Window, a: tuple[float, float], b: tuple[float, float]) -> None:
    start, end, button = spot(window, *a), spot(window, *b), Qt.MouseButton.LeftButton
    QTest.mousePress(glass_of(window), button, pos=start)
    for k in (1, 2, 3):
        QTest.mouseMove(glass_of(window), start + k * (end - start) / 3)
    QTest.mouseRelease(glass_of(window), button, pos=end)


def test_a_new_tool_is_one_file(qtbot, stamp, make) -> None:
    """It is in the menu with its key, in the sheet of keys, has a bar with its knobs, draws, and is undone."""
    assert "draw_stamp it" in {action.id for action in table()}
    window = make(experiment(2))
    item = window.made["draw_stamp it"]
    edit = next(menu.menu() for menu in window.menuBar().actions() if menu.text() == "Edit")
    assert item in edit.actions() and item.shortcut().toString() == "Shift+S"
    sheet = KeySheet()
    qtbot.addWidget(sheet)
    assert all(
        words in texts(sheet) for words in ("Stamp the source", "Stamp it: spread down, up", "Stamp it: back to 0")
    )
    window.activateWindow()
    window.stage.setFocus()
    qtbot.waitUntil(window.isActiveWindow, timeout=30_000)
    QTest.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
    bar, face = window.tool_bar, window.tool_bar.face
    assert bar.isVisible() and "Stamp · " in texts(bar) and "press anywhere" in texts(bar) and "1 stamp" in texts(bar)
    qtbot.waitUntil(lambda: window.stage.interpolation.panel.title == "Stamp it", timeout=30_000)
    QTest.keyClick(window, Qt.Key.Key_Apostrophe)
    assert window.document.drawing.tool.spread == 2.0
    face.editors["where"].group.button(1).click()
    assert window.document.drawing.tool.where == "low"
    before = window.document.experiment
    drag(window, (0.0, 0.0), (3.0, 4.0))
    assert np.allclose(window.document.experiment.source.mean, (3.0, 4.0), atol=0.2)
    assert window.document.experiment.source.std == 2.0
    face.verbs["Home"][1].click()
    assert window.document.experiment.source.mean == (0.0, 0.0) and window.made["undo"].text() == "Undo home"
    window.made["undo"].trigger()
    window.made["undo"].trigger()
    assert window.document.experiment == before
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.document.drawing is None and bar.isHidden() and window.stage.interpolation.tool is None


# the bar


@pytest.fixture
def bar(qtbot, document) -> ToolBar:
    made = ToolBar(document)
    qtbot.addWidget(made)
    return made


def shown(bar: ToolBar) -> list[str]:
    return [button.text() for button in bar.findChildren(Press) if not button.isHidden()]


def test_the_bar_sets_the_brush(document, bar) -> None:
    assert not bar.isVisible()
    take(document, "source")
    assert bar.isVisible()
    end = bar.face.editors["end"].group
    next(button for _, entry, button in bar.face.pens if entry.name == "erase").click()
    end.button(1).click()
    tool = document.drawing.tool
    assert (tool.mode, tool.end) == ("eraser", "target") and end.button(1).isChecked()
    width = bar.face.editors["width"]
    bar.nudge(tool.nudges[0], 2.0)
    assert document.drawing.tool.width == 2 * tool.width == width.value
    for _ in range(20):
        bar.nudge(tool.nudges[0], 2.0)
    assert document.drawing.tool.width == 20.0
    width.slider.setSliderPosition(0)
    width.slider.triggerAction(width.slider.SliderAction.SliderMove)
    assert document.drawing.tool.width == 0.02
    heard = []
    bar.refused.connect(heard.append)
    width.changed.emit(1e9)
    width.line.setText("wide")
    width.line.setModified(True)
    width.line.editingFinished.emit()
    assert document.drawing.tool.width == width.value == 0.02 and len(heard) == 2, heard
    bar.face.leave.click()


def test_the_bar_counts_and_offers_what_can_be_done(document, bar) -> None:
    take(document, "arrows")
    stroke(document, (0.0, 1.0), (1.0, 2.0))
    buttons = {text: button for text, (_, button) in bar.face.verbs.items()}
    assert bar.face.said.text() == "1 arrow" and buttons["Delete"].isEnabled()
    assert buttons["Delete"].toolTip() == "take the chosen arrow away (Del)"
    stroke(document, (5.0, 5.0))
    assert not buttons["Delete"].isEnabled() and buttons["Clear"].isEnabled()
    buttons["Clear"].click()
    assert bar.face.said.text().startswith("0 arrows: ") and not buttons["Clear"].isEnabled()
    document.undo()
    press(document, 0.0, -3.0)
    move(document, 1.0, -4.0)
    buttons["Delete"].click()  # the stroke ends, and its arrow goes
    assert count(document) == 1 and document.drawing.canvas.at is None


def test_one_bar_shows_the_tool_in_hand(document, bar) -> None:
    take(document, "source")
    assert {"Spray", "Erase", "Line"} <= {button.accessibleName() for _, _, button in bar.face.pens}
    take(document, "arrows")
    assert "Arrows of the coupling" in texts(bar.face) and set(bar.face.verbs) == {"Delete", "Clear"}
    take(document, "target")
    assert bar.face.editors["end"].group.button(1).isChecked()
    document.leave()
    assert not bar.isVisible() and bar.face is None


# the window


@pytest.mark.parametrize("dim", [1, 2])
def test_from_the_card_to_the_pairs(qtbot, make, dim) -> None:
    """The button of the card, the mouse on the stage, Delete, Esc."""
    window = make(experiment(dim, coupling={"kind": "drawn", "pairs": 200}))
    qtbot.waitUntil(lambda: window.controller.snapshot.phase in ("done", "paused"), timeout=60_000)
    row = window.dock.cards["coupling"].form.rows["arrows"]
    assert row.isVisible() and row.field.label.text() == "2"  # on a folded card
    row.field.button.click()
    assert window.document.drawing.tool.kind == "arrows" and window.tool_bar.isVisible()
    assert count(window.document) == 2
    window.tool_bar.face.verbs["Clear"][1].click()
    qtbot.waitUntil(lambda: "arrows" in window.stage.interpolation.panel.title, timeout=30_000)
    drag(window, (0.0, 0.0), (1.0, 3.0))
    found = arrows(window.document.experiment.coupling, dim)
    # arrows of the preset are in 2-D and went with Clear; what is drawn in 1-D keeps room for a second coordinate
    assert found.shape == (1, 2, 2) and np.allclose(found[0, :, dim - 1], [0.0, 3.0], atol=0.1)
    assert row.field.label.text() == "1"
    window.made["draw_source"].trigger()  # the other tool takes over
    assert window.document.drawing.tool.section == "source"
    window.made["leave"].trigger()
    assert window.document.drawing is None and window.stage.interpolation.tool is None


def test_the_ends_are_drawn_from_their_cards(make) -> None:
    window = make(experiment(2))
    for end in ("source", "target"):
        window.dock.ends[end].draw.click()
        assert window.document.drawing.tool.section == end


def test_the_ring_follows_a_knob_and_a_held_brush_sprays(qtbot, make) -> None:
    window = make(experiment(2))
    window.made["draw_source"].trigger()
    picture = window.stage.interpolation._glass.picture
    QTest.mouseMove(glass_of(window), spot(window, 1.0, 1.0))
    ring = picture._ring
    assert ring is not None and ring.half[0] == window.document.drawing.tool.width / 2
    window.document.turn("width", 0.1)
    assert picture._ring.half == (0.05, 0.05) and picture._ring.at == ring.at
    QTest.mousePress(glass_of(window), Qt.MouseButton.LeftButton, pos=spot(window, 1.0, 1.0))
    n = count(window.document)
    qtbot.waitUntil(lambda: count(window.document) > n, timeout=30_000)
    assert isinstance(window.hand, Hand) and window.hand._timer.isActive()
    QTest.mouseRelease(glass_of(window), Qt.MouseButton.LeftButton, pos=spot(window, 1.0, 1.0))
    assert not window.hand._timer.isActive() and window.document.stack.count() == 1
    window.made["leave"].trigger()
    assert picture._ring is None


@pytest.mark.parametrize("name", NAMES)
def test_a_dimension_that_comes_back_in_mid_stroke(qtbot, make, name) -> None:
    """The mouse goes on drawing on a canvas of another dimension: no exception, and the next stroke is whole."""
    window = make(experiment(2))
    window.document.edit(resize(window.document.experiment, 1), "dimension 1")
    window.made["undo"].trigger()
    window.made[f"draw_{name}"].trigger()
    glass, button = glass_of(window), Qt.MouseButton.LeftButton
    centre = glass.rect().center()
    with qtbot.captureExceptions() as raised:
        QTest.mousePress(glass, button, pos=centre)
        QTest.mouseMove(glass, centre + QPoint(30, 30))
        window.made["redo"].trigger()
        qtbot.wait(150)
        QTest.mouseMove(glass, centre)
        QTest.mouseRelease(glass, button, pos=centre)
        assert window.document.experiment.dim == 1 and window.document.stack.count() == 1
        qtbot.waitUntil(lambda: window.controller.current and window.controller.snapshot.spec.dim == 1, timeout=60_000)
        qtbot.wait(100)
        QTest.mousePress(glass, button, pos=centre)
        QTest.mouseMove(glass, centre + QPoint(30, 30))
        QTest.mouseRelease(glass, button, pos=centre + QPoint(30, 30))
    assert not raised
    assert count(window.document) > 0 and window.document.stack.count() == 2
    window.redraw.stage()


def test_clouds_stay_while_pairs_are_matched(qtbot) -> None:
    """Each arrow asks for a matching that takes seconds: the picture that one draws on must not go away."""
    window = assemble(experiment(2, coupling={"kind": "drawn", "pairs": 50}), device="cpu")
    try:
        whole = replace(preview(experiment(2)), spec=window.document.experiment)
        window.controller.snapshot = whole
        window.draw("arrows")
        window.redraw.stage()
        window.controller.snapshot = replace(
            whole, rounds=(), source=whole.source[:0], target=whole.target[:0], phase="sampling"
        )
        assert window.redraw._with_clouds() is whole
        other = experiment(2, seed=5)
        window.controller.snapshot = replace(window.controller.snapshot, spec=other)
        assert window.redraw._with_clouds().spec is other
        assert (
            "Matching the points… 25 %"
            in compose.stage(replace(window.controller.snapshot, spec=whole.spec, done=0.25), Look())[0].empty
        )
    finally:
        window.close()
        window.deleteLater()
