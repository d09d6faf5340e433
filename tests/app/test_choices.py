"""The popover of layers and knobs, and what plays by the clock."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import theme
from app.document import Document
from app.forms.controls import Box
from app.playing import PERIOD, REST, Playing
from app.scene import compose
from app.timeline import Timeline
from app.view_choices import ViewChoices
from engine.distributions.gaussian import Gaussian
from engine.registry import kinds
from engine.spec import Experiment
from tests.app import snapshots


def document(**look: object) -> Document:
    made = Document(Experiment(dim=2, source=Gaussian(), target=Gaussian()))
    made.see(**look)
    return made


@pytest.fixture
def choices(qtbot) -> ViewChoices:
    of = document(view="crossings")
    made = ViewChoices(of, lambda: snapshots.snapshot(dim=2, n=40))
    made.document = of
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("kind", kinds("views"))
def test_the_popover_holds_what_the_view_declares(qtbot, kind: str, dim: int) -> None:
    of, whole = document(view=kind), snapshots.snapshot(dim=dim, n=40)
    made = ViewChoices(of, lambda: whole)
    qtbot.addWidget(made)
    made.popover.fill()
    view = compose.view(of.look)
    assert [text for _, text in made.popover.boxes] == [switch.text for switch in view.switches(whole, of.look)]
    rows = made.popover.form.rows if made.popover.form is not None else {}
    assert set(rows) == set(view.knobs)


def test_a_layer_is_switched_by_mouse_and_by_keyboard(qtbot, choices: ViewChoices) -> None:
    choices.click()
    popover, of = choices.popover, choices.document
    qtbot.waitUntil(popover.isVisible, timeout=30_000)
    first = popover.boxes["Layers", "lines X_t"]
    qtbot.waitUntil(first.hasFocus, timeout=30_000)
    QTest.keyClick(first, Qt.Key.Key_Return)
    assert of.look.hidden == {"interpolation lines"} and not first.isChecked()
    QTest.keyClick(first, Qt.Key.Key_Tab)
    assert isinstance(QApplication.focusWidget(), Box) and QApplication.focusWidget() is not first
    first.click()
    assert not of.look.hidden and first.isChecked()
    popover.form.rows["lines"].field.changed.emit(40)
    assert of.look.lines == 40
    of.see(lines=60)
    assert popover.form.part.lines == 60, "it follows the look"
    QTest.keyClick(popover, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not popover.isVisible(), timeout=30_000)


def test_another_view_makes_another_popover(qtbot, choices: ViewChoices) -> None:
    popover, of = choices.popover, choices.document
    popover.fill()
    of.see(view="compare")
    popover.fill()
    groups = list(dict.fromkeys(group for group, _ in popover.boxes))
    assert groups == ["Rounds, two to four", "Side by side", "Layers"]
    popover.boxes["Side by side", "wipe between two"].click()
    assert of.look.wiping
    popover.boxes["Rounds, two to four", "2-rectified"].click()
    assert of.look.compared == ("1", "3")
    assert not popover.boxes["Rounds, two to four", "2-rectified"].isChecked()


# playing


def run(playing: Playing, seconds: float, dt: float = 0.01) -> None:
    for _ in range(round(seconds / dt)):
        playing.step(dt)


@pytest.mark.parametrize("speed", [0.5, 1.0, 4.0])
def test_t_takes_its_period(speed: float) -> None:
    of = document(t=0.0, playing=True, speed=speed)
    run(Playing(of), PERIOD / speed / 2)
    assert of.look.t == pytest.approx(0.5, abs=0.02)


def test_it_loops_or_turns_or_stops() -> None:
    of = document(t=0.9, playing=True)
    playing = Playing(of)
    run(playing, 0.1 * PERIOD + REST + 0.1 * PERIOD)
    assert of.look.t == pytest.approx(0.1, abs=0.02) and of.look.playing, "a loop begins anew"
    of.see(t=0.9, turn="there and back")
    run(playing, 0.1 * PERIOD + REST + 0.1 * PERIOD)
    assert of.look.t == pytest.approx(0.9, abs=0.02), "it comes back"
    run(playing, 0.9 * PERIOD + REST + 0.2 * PERIOD)
    assert of.look.t == pytest.approx(0.2, abs=0.02), "and goes again"
    of.see(t=0.9, turn="once")
    run(playing, PERIOD)
    assert of.look.t == 1.0 and not of.look.playing
    playing.begin("t", "playing", True)
    assert of.look.t == 0.0 and of.look.playing


def test_the_views_own_slider_plays_beside_t() -> None:
    of = document(view="crossings", t=0.0, playing=True, scrubbing=True, speed=2.0)
    playing = Playing(of)
    run(playing, PERIOD / 4)
    assert of.look.morph == pytest.approx(0.5, abs=0.02) and of.look.t == pytest.approx(0.5, abs=0.02)
    of.see(playing=False, view="marginals")
    assert not playing.step(0.1), "a view without a slider has nothing to play"
    of.see(view="compare", scrubbing=True, wiping=True, wipe=0.0)
    run(playing, PERIOD / 4)
    assert of.look.wipe == pytest.approx(0.5, abs=0.02)


def test_the_slice_of_the_field_has_the_slider_in_space_alone(qtbot) -> None:
    line, of = Timeline(), document(view="field", scrubbing=True, turn="once")
    qtbot.addWidget(line)
    for dim in (1, 2, 3):
        line.set_look(of.look, theme.load(), dim)
        assert line.own.isHidden() == (dim < 3)
    assert line.own.knob.title == "slice at" and line.own.slider.value() == 500
    playing, view = Playing(of), lambda: compose.view(of.look)
    assert not playing.step(0.1), "nothing to play in the plane"
    of.patch("in space", dim=3)
    run(playing, PERIOD / 4)
    assert view().at == pytest.approx(0.75, abs=0.02) and view().asked(0.5).at == view().at
    run(playing, PERIOD / 2)
    assert view().at == 1.0 and not of.look.scrubbing
    playing.begin("at", "scrubbing", True)
    assert view().at == 0.0
