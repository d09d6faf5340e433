"""A lesson in the window: steps, cues, takeover; the show, its keys, what stands over the picture; the palette."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import commands, presets, settings
from app import theme as themes
from app.application import assemble, begin
from app.canvas.beside import LARGER, grown
from app.lessons import preparing, reader
from app.presenting import aside, formulas
from app.presenting.player import AHEAD, LIVE, MEASURED
from app.presenting.prepared import Prepared
from app.presenting.step_dialog import StepDialog
from app.presenting.step_panel import LARGE
from app.scene import compose
from app.scene.look import Look
from app.tools.tool import entries
from app.window import Window
from engine.registry import kinds
from tests.app.scripted import rest
from tests.app.test_drawing import stroke
from tests.app.test_lessons import NAMES, SMALL
from tests.app.test_window import small


@pytest.fixture(scope="module")
def one(qapp) -> Iterator[Window]:
    """One window for all of them."""
    made = assemble(small(steps=40), device="cpu")
    begin(made)
    made.resize(1000, 700)
    yield made
    made.close()
    assert made.controller.engine.close(60.0)
    made.deleteLater()


@pytest.fixture
def window(one) -> Iterator[Window]:
    one.show()
    one.activateWindow()
    assert QTest.qWaitForWindowActive(one, 10_000)
    yield one
    one.hide()


@pytest.fixture
def open_lesson(window, monkeypatch, tmp_path) -> Iterator:
    monkeypatch.setattr(preparing, "place", lambda: tmp_path)
    monkeypatch.setattr(Prepared, "train", lambda prepared, name: None)  # a process for each would take the machine
    monkeypatch.setattr(
        reader, "shipped", lambda name: reader.parse(SMALL if name == "small" else reader._shipped()[name], name)
    )

    def opened(name: str = "small", at: int = 0) -> None:
        if window.projects.changed:  # by the test before: nobody is to be asked
            window.projects.script(window.document.experiment, window.document.look, "test")
        window.presenting.open(name, at)
        until(lambda: window.player.lesson is not None)

    yield opened
    if window.presenting.on:
        window.presenting.overlay.point(False)
        window.presenting.overlay.cover = ""
        window.presenting.leave()
    window.player.close()
    window.document.see(**{name: getattr(Look(), name) for name in ("playing", "scrubbing", "turn")})


def until(there, seconds: float = 40.0) -> None:
    end = time.monotonic() + seconds
    while not there():
        rest(0.01)
        assert time.monotonic() < end, "it does not come"


def measured(window: Window) -> bool:
    return all(verdict.state != "missing" for _, verdict in window.player.verdicts)


def test_a_step_is_shown_whole_and_its_claims_come_true(window, open_lesson) -> None:
    open_lesson()
    experiment, look = reader.scene(window.player.step)
    assert window.document.experiment == experiment and window.document.look.view == look.view == "plan"
    assert window.step_panel.isVisible() and not window.isWindowModified()
    assert [verdict.state for _, verdict in window.player.verdicts] == ["missing"] * 2, "nothing is asserted before"
    until(lambda: measured(window))
    assert [verdict.state for _, verdict in window.player.verdicts] == ["holds"] * 2
    assert settings.lesson() == ("small", 0)


def test_a_question_holds_the_cues_back(window, open_lesson) -> None:
    open_lesson(at=1)
    until(lambda: window.controller.current and window.controller.snapshot.phase == "done")
    rest(0.3)
    assert window.player.asks and window.document.experiment.rounds == 1
    window.player.answer(1)
    until(lambda: window.document.experiment.rounds == 2 and window.document.look.playing)
    assert window.player.told == "It is two." and not window.player.taken_over
    until(lambda: measured(window))
    assert not window.isWindowModified(), "what a cue does is no change of anybody's"
    window.player.back()
    assert window.document.experiment.rounds == 1 and not window.document.look.playing


def test_the_audience_takes_over_and_the_script_is_resumed(window, open_lesson) -> None:
    open_lesson()
    until(lambda: measured(window))
    window.document.patch("wider", target=type(window.document.experiment.target)(separation=9.0))
    assert window.player.taken_over
    until(lambda: window.controller.current and measured(window))
    QTest.keyClick(window, Qt.Key.Key_Backspace)
    assert not window.player.taken_over and window.document.experiment == reader.scene(window.player.step)[0]
    window.document.undo()
    assert window.document.experiment.target.separation == 9.0, "what they made is an undo away"


def test_what_was_prepared_needs_no_training(window, open_lesson, monkeypatch) -> None:
    text = SMALL.replace(
        'velocity = {kind = "exact"}', 'velocity = {kind = "mlp", width = 8, depth = 1}\ntraining = {steps = 50}'
    )
    lesson = reader.parse(text, "small")
    list(preparing.prepare(lesson, "cpu"))
    window.player.open(lesson)
    until(lambda: window.player.prepared.ready(0) and window.player.prepared.ready(1))
    window.player.go(0)
    trained = []
    monkeypatch.setattr(window.controller, "restart", lambda: trained.append(1))
    until(lambda: window.controller.current and window.controller.snapshot.phase == "done", 5.0)
    kept = preparing.found(lesson.steps[0])
    assert window.controller.snapshot.rounds[1].losses.tobytes() == kept[0].losses.points.astype("f8").tobytes()
    window.player.anew()
    assert trained == [1]


def test_the_show_has_the_stage_and_the_words_alone(window, open_lesson) -> None:
    open_lesson()
    before = [part.isVisible() for part in (window.menuBar(), window.top, window.strip, window.dock)]
    QTest.keyClick(window, Qt.Key.Key_F5)
    assert window.presenting.on and window.isFullScreen()
    assert not any(part.isVisible() for part in (window.menuBar(), window.top, window.strip, window.dock))
    assert window.stage.isVisible() and window.step_panel.isVisible() and not window.step_panel._buttons.isVisible()
    for key, at in ((Qt.Key.Key_PageDown, 1), (Qt.Key.Key_PageUp, 0), (Qt.Key.Key_Space, 1), (Qt.Key.Key_Left, 0),
                    (Qt.Key.Key_2, 1), (Qt.Key.Key_1, 0), (Qt.Key.Key_Right, 1), (Qt.Key.Key_Right, 1)):  # fmt: skip
        QTest.keyClick(window, key)
        assert window.player.at == at
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.presenting.on and not window.isFullScreen()
    assert [part.isVisible() for part in (window.menuBar(), window.top, window.strip, window.dock)] == before
    assert window.player.lesson is not None, "the lesson is open still"


def test_what_an_audience_draws_is_measured_of_few_pairs(window, open_lesson, monkeypatch) -> None:
    """No closed form leads to a drawing; of 20,000 pairs a regression takes a minute."""
    text = SMALL.replace("pairs = 200", "pairs = 9000").replace("samples = 64", "samples = 3000")
    monkeypatch.setattr(reader, "shipped", lambda name: reader.parse(text, name))
    open_lesson()
    window.document.patch("drawn", target=kinds("distributions")["checkerboard"]())
    until(lambda: window.document.experiment.velocity.kind == "kernel")
    drawn = window.document.experiment
    assert drawn.coupling.pairs == LIVE < 9000 and drawn.measure.samples == MEASURED < 3000 and window.player.taken_over
    window.player.resume()
    script = window.document.experiment
    assert (script.coupling.pairs, script.measure.samples) == (9000, 3000) and not window.player.taken_over


def test_the_next_steps_answers_are_there_before_it_is(window, open_lesson, monkeypatch) -> None:
    """Where it shows other things of the same rounds."""
    later = "# Later\n```toml\n[look]\nview = 'marginals'\n```\n# Another\n```toml\n[experiment]\nseed = 3\n```\n"
    text = SMALL.partition("# Second")[0] + later
    monkeypatch.setattr(reader, "shipped", lambda name: reader.parse(text, name))
    open_lesson()
    wanted = compose.needs(reader.scene(window.player.lesson.steps[1])[1])

    def there() -> bool:
        answers = window.controller.snapshot.rounds[1].answers if len(window.controller.snapshot.rounds) > 1 else ()
        return all(any(a.probe == probe and a.fresh for a in answers) for probe in wanted if not probe.pause)

    until(there)
    assert window.document.look.view == "plan" and window.player.at == 0
    window.player.forward()
    until(lambda: window.controller.current and window.controller.snapshot.phase == "done")
    assert window.controller._also[AHEAD][0] == (), "the next one has other rounds"


def test_one_chart_may_stand_beside_the_stage(window, open_lesson, monkeypatch) -> None:
    charted = SMALL.replace("t = 0.25", 't = 0.25\ncharts = ["straightness", "loss"]')
    monkeypatch.setattr(reader, "shipped", lambda name: reader.parse(charted, name))
    open_lesson()
    QTest.keyClick(window, Qt.Key.Key_F5)
    side, measures = window.columns.side, window.measures
    until(lambda: side.isVisible() and len(measures.charts) == 1)
    assert measures.charts[0].panel.title == "How bent the paths are" and not measures.figures.isVisible()
    grew = grown(window.height())
    assert (grown(600), grown(720), grown(1080)) == (1.0, 1.0, 1.5)
    until(lambda: measures.charts[0].theme.text_px == round(LARGER * grew * window.theme.text_px))
    assert window.step_panel.words._scale == pytest.approx(LARGE * grew), "for the last row"
    assert not measures.charts[0].button.isVisible(), "nothing is to be chosen"
    assert window.stage.width() > 1.6 * side.width() > 0.5 * window.width(), "the stage is still the larger one"
    QTest.keyClick(window, Qt.Key.Key_PageDown)
    assert window.player.at == 1 and not side.isVisible(), "the next step names none"
    QTest.keyClick(window, Qt.Key.Key_C)
    assert side.isVisible()
    QTest.keyClick(window, Qt.Key.Key_C)
    assert not side.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    until(lambda: len(measures.charts) == len(window.document.look.charts))
    assert window.dock.isVisible() and measures.figures.isVisible()


def test_a_clicker_alone_goes_through_the_course(window, open_lesson) -> None:
    """Two presses lead beyond an end; a step that asks is answered first."""
    steps = len(reader.shipped(NAMES[0]).steps)
    open_lesson(NAMES[0], steps - 1)
    QTest.keyClick(window, Qt.Key.Key_F5)
    for key, told, to in ((Qt.Key.Key_PageDown, "last", (NAMES[1], 0)), (Qt.Key.Key_PageUp, "first", (NAMES[0], 3))):
        was = window.player.lesson.name, window.player.at
        QTest.keyClick(window, key)
        assert (window.player.lesson.name, window.player.at) == was, "not by chance"
        assert f"the {told} step" in window.notice.text.text() and "Once more" in window.notice.text.text()
        QTest.keyClick(window, key)
        until(lambda to=to: (window.player.lesson.name, window.player.at) == to)
    open_lesson("small", 1)
    assert window.player.asks
    said = lambda: window.step_panel.words._key[0]  # noqa: E731
    until(lambda: said().heading == "Second" and not said().verdicts)  # a figure would tell what is asked
    QTest.keyClick(window, Qt.Key.Key_PageDown)
    assert window.player.at == 1 and not window.player.asks and window.player.told == "It is two."
    until(lambda: len(said().verdicts) == 1)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.step_panel._choices.isVisible(), "it holds the buttons to the right"


def test_no_dialog_stands_between_two_lessons(window, open_lesson) -> None:
    """What the audience has drawn is an undo away in the next one, as in the next step."""
    open_lesson()
    wider(window, 7.0)
    drawn = window.document.experiment
    window.player.resume()
    assert window.projects.changed, "what was drawn is nowhere else"
    window.presenting.open(NAMES[0])
    assert window.player.lesson.name == NAMES[0] and QApplication.activeModalWidget() is None
    assert window.projects.title() == (window.player.lesson.title, True)
    while window.document.experiment != drawn:
        assert window.document.stack.canUndo()
        window.document.stack.undo()


def test_black_white_laser_and_pen(window, open_lesson) -> None:
    def seen(at: QPoint) -> str:
        return window.centralWidget().grab().toImage().pixelColor(at * window.devicePixelRatioF()).name()

    open_lesson()
    QTest.keyClick(window, Qt.Key.Key_F5)
    overlay = window.presenting.overlay
    for key, colour in ((Qt.Key.Key_B, "black"), (Qt.Key.Key_Period, "black"), (Qt.Key.Key_W, "white")):
        QTest.keyClick(window, key)
        rest(0.05)
        shown = window.grab().toImage()
        assert {shown.pixelColor(x, 60).name() for x in range(0, shown.width(), 97)} == {QColor(colour).name()}
        QTest.keyClick(window, key)
        assert not overlay.isVisible()
    QTest.keyClick(window, Qt.Key.Key_L)
    at = QPoint(overlay.width() // 3, overlay.height() // 3)
    QTest.mouseMove(overlay, at)
    rest(0.05)
    overlay.repaint()
    assert seen(at) == "#ff2d2d", "it is where the mouse is"
    QTest.mousePress(overlay, Qt.MouseButton.LeftButton, pos=at)
    for k in range(1, 20):
        QTest.mouseMove(overlay, at + QPoint(5 * k, 0))
    QTest.mouseRelease(overlay, Qt.MouseButton.LeftButton, pos=at + QPoint(95, 0))
    QTest.keyClick(window, Qt.Key.Key_L)
    middle = at + QPoint(45, 0)
    assert seen(middle) == "#ff2d2d", "what is drawn stays"
    QTest.keyClick(window, Qt.Key.Key_E)
    assert not overlay.busy
    QTest.keyClick(window, Qt.Key.Key_B)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.presenting.on and not overlay.cover, "the innermost thing first"


def test_the_presenters_window(window, open_lesson) -> None:
    open_lesson()
    QTest.keyClick(window, Qt.Key.Key_F5)
    QTest.keyClick(window, Qt.Key.Key_P)
    presenter = window.presenting.presenter
    until(lambda: presenter.mirror._picture is not None and not presenter.steps.item(0).icon().isNull())
    assert presenter.notes.text() == "What is said." and presenter.next.text().startswith("Second")
    until(lambda: "✓" in presenter.claims.text())
    presenter.pause.click()
    text = presenter.elapsed.text()
    rest(1.2)
    assert presenter.elapsed.text() == text, "the clock alone stops"
    item = presenter.steps.visualItemRect(presenter.steps.item(1)).center()
    QTest.mouseClick(presenter.steps.viewport(), Qt.MouseButton.LeftButton, pos=item)
    assert window.player.at == 1
    presenter.activateWindow()
    assert QTest.qWaitForWindowActive(presenter, 5000)
    QTest.keyClick(presenter, Qt.Key.Key_PageUp)
    assert window.player.at == 0, "a clicker works in either window"
    presenter.close()
    assert window.presenting.presenter is None and window.presenting.on


def test_a_lesson_of_ones_own_is_followed_and_written(window, open_lesson, tmp_path) -> None:
    path = tmp_path / "mine.md"
    path.write_text(SMALL)
    if window.projects.changed:
        window.projects.script(window.document.experiment, window.document.look, "test")
    window.open_path(str(path))
    until(lambda: window.player.lesson is not None)
    assert window.player.lesson.title == "Small" and window.authoring.path == path
    path.write_text(SMALL.replace("# First", "# The first"))
    until(lambda: window.player.step.heading == "The first")
    path.write_text(SMALL.replace("cue =", "cu ="))
    until(lambda: "did you mean" in window.notice.text.text())
    assert f"line {SMALL[: SMALL.index('cue =')].count(chr(10)) + 1}" in window.notice.text.text()
    assert window.player.step.heading == "The first", "what is open stays"
    window.document.patch("closer", target=type(window.document.experiment.target)(separation=1.5))
    window.document.see(view="crossings", t=0.75)
    window.made["add_step"].trigger()
    window.authoring.dialog._add()
    assert path.read_text() == SMALL.replace("cue =", "cu ="), "what somebody is writing is not written over"
    path.write_text(SMALL)
    until(lambda: window.player.lesson.text == SMALL)
    window.document.patch("closer", target=type(window.document.experiment.target)(separation=1.5))
    window.document.see(view="crossings", t=0.75)
    window.made["add_step"].trigger()
    dialog = window.authoring.dialog
    QTest.keyClicks(dialog.heading, "Closer")
    dialog.text.setPlainText("Two modes at $1.5$.")
    dialog.cue.setCurrentText("loop")
    dialog._add()
    until(lambda: window.player.step is not None and window.player.step.heading == "Closer")
    assert window.player.at == 2 and len(reader.read(path).steps) == 3
    experiment, look = reader.scene(window.player.step)
    assert experiment.target.separation == 1.5 and (look.view, look.t) == ("crossings", 0.75)


def test_a_lesson_leaves_the_window(window, open_lesson, tmp_path) -> None:
    path = tmp_path / "mine.md"
    path.write_text(SMALL)
    window.projects.script(window.document.experiment, window.document.look, "test")
    window.authoring.open(str(path))
    until(lambda: window.player.lesson is not None)
    window.exporting.begin(str(tmp_path / "a.docx"))
    until(lambda: ".pptx" in window.notice.text.text() and window.exporting._process is None)
    window.exporting.begin(str(tmp_path / "a.pdf"))
    until(lambda: window.exporting._process is None)
    assert window.notice.text.text() == "Saved a.pdf."
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    window.exporting.begin(str(tmp_path / "b.pdf"))
    rest(0.5)
    assert window.exporting.unfinished() == "Nothing is written of b.pdf, in work."
    begun = time.monotonic()
    window.notice.button.click()
    assert window.exporting._process is None and not window.exporting.unfinished()
    assert time.monotonic() - begun < 2.0, "the window does not wait for it"
    until(lambda: not window.exporting._ending)
    assert {x.name for x in tmp_path.iterdir()} == {"mine.md", "a.pdf"}


def test_after_a_restart_the_same_step_is_offered(window, open_lesson) -> None:
    name = NAMES[0]
    settings.keep_lesson(name, 2)
    if window.projects.changed:
        window.projects.script(window.document.experiment, window.document.look, "test")
    window.presenting.offer()
    assert window.notice.button.text() == "Go on" and "step 3" in window.notice.text.text()
    window.notice.button.click()
    until(lambda: window.player.lesson is not None)
    assert (window.player.lesson.name, window.player.at) == (name, 2)


def test_the_tour_is_offered_once(window, open_lesson) -> None:
    settings.keep_lesson("", 0)
    settings._file().remove("toured")
    window.notice.say("A fault.", error=True)
    window.presenting.offer()
    assert window.notice.text.text() == "A fault.", "what is said stays"
    window.notice.say("")
    window.presenting.offer()
    assert window.notice.button.text() == "Start"
    window.notice.dismiss()
    window.notice.say("")
    window.presenting.offer()
    assert window.notice.isHidden()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        *(("quit", "Quit"), ("field", "Field"), ("eight gau", "Eight Gaussians"), ("deadline", "Deadline pressure")),
        *(("one point", "One point"), ("xyzzy", "")),
    ],
)
def test_the_palette_finds_everything(window, open_lesson, typed, found) -> None:
    window.made["palette"].trigger()
    palette = next(x for x in QApplication.topLevelWidgets() if type(x).__name__ == "Palette" and x.isVisible())
    QTest.keyClicks(palette.field, typed)
    rows = [palette.list.item(k).text() for k in range(palette.list.count())]
    assert rows[0].startswith(found) if found else not rows and palette.none.isVisible(), rows[:5]
    palette.close()


def test_the_palette_does_what_was_chosen(window, open_lesson) -> None:
    window.document.see(view="crossings")
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = next(x for x in QApplication.topLevelWidgets() if type(x).__name__ == "Palette" and x.isVisible())
    QTest.keyClicks(palette.field, "marginals")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.document.look.view == "marginals"


@pytest.mark.parametrize("name", NAMES)
def test_every_formula_that_ships_is_set(qapp, name) -> None:
    for step in reader.shipped(name).steps:
        for text in (step.text, step.ask.question if step.ask else ""):
            for match in formulas.FORMULA.finditer(text):
                picture = formulas.formula(match[1], 20, "#000000")
                assert 4 < picture.width() < 2400 and 20 < picture.height() < 300, match[1]
                assert any(
                    picture.pixelColor(x, y).alpha() > 200
                    for x in range(0, picture.width())
                    for y in range(0, picture.height(), 2)
                )


def wider(window: Window, separation: float) -> None:
    window.document.patch("wider", target=type(window.document.experiment.target)(separation=separation))


def test_what_somebody_made_is_an_undo_away_for_as_long_as_the_lesson_lasts(window, open_lesson) -> None:
    open_lesson()
    wider(window, 9.0)
    for key in (Qt.Key.Key_Backspace, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
        QTest.keyClick(window, key)
    assert not window.player.taken_over
    while window.document.stack.canUndo() and window.document.experiment.target.separation != 9.0:
        window.document.undo()
    assert window.document.experiment.target.separation == 9.0
    window.document.stack.setClean()


def test_a_document_that_was_opened_meanwhile_is_asked_about(window, open_lesson, monkeypatch) -> None:
    nothing_to_train = reader.scene(reader.parse(SMALL, "small").steps[0])[0]
    monkeypatch.setattr(presets, "first", lambda: nothing_to_train)
    open_lesson()
    window.projects.new()
    window.document.patch("another seed", seed=77)
    QTest.keyClick(window, Qt.Key.Key_PageDown)
    assert window.projects.question is not None and window.document.experiment.seed == 77
    window.projects.question.reject()
    rest(0.01)
    assert window.document.experiment.seed == 77 and window.projects.changed
    window.document.stack.setClean()


def test_a_lesson_that_was_not_wanted_is_not_followed(window, open_lesson, tmp_path) -> None:
    path = tmp_path / "mine.md"
    path.write_text(SMALL)
    window.document.patch("another seed", seed=78)
    window.authoring.open(str(path))
    assert window.projects.question is not None
    window.projects.question.reject()
    rest(0.01)
    path.write_text(SMALL.replace("# First", "# The first"))
    window.authoring._changed(str(path))
    assert window.player.lesson is None and window.document.experiment.seed == 78 and window.authoring.path is None


def test_the_file_of_a_lesson_may_go_and_come_back(window, open_lesson, tmp_path) -> None:
    path = tmp_path / "mine.md"
    path.write_text(SMALL)
    window.authoring.open(str(path), asks=False)
    path.unlink()
    rest(0.1)
    path.write_text(SMALL.replace("# First", "# The first"))
    until(lambda: window.player.step.heading == "The first", 5.0)
    path.unlink()
    path.mkdir()
    window.authoring._changed(str(path))
    assert "cannot be read" in window.notice.text.text() and window.player.step.heading == "The first"


def test_tab_goes_through_a_steps_dialog_from_top_to_bottom(window) -> None:
    made = StepDialog("", lambda title, words: None, window, window.theme)
    made.show()
    until(lambda: made.isVisible())
    fields = [made.title, made.heading, made.text, made.cue, made.claims, made.notes]
    assert [field.y() for field in fields] == sorted(field.y() for field in fields)
    order, at = [], made.title
    while at not in order:
        order.append(at)
        at = at.nextInFocusChain()
    assert sorted(fields, key=order.index) == fields
    made.close()
    made.deleteLater()


def test_the_show_begins_with_its_lesson(window, open_lesson) -> None:
    settings.keep_lesson("a file of my own", 3)
    window.document.patch("another seed", seed=79)
    QTest.keyClick(window, Qt.Key.Key_F5)
    assert window.projects.question is not None and not window.presenting.on
    window.projects.question.reject()
    rest(0.01)
    assert not window.presenting.on
    window.document.stack.setClean()
    QTest.keyClick(window, Qt.Key.Key_F5)
    assert window.presenting.on and window.player.lesson.name == reader.heads()[0].name and window.player.at == 0
    window.draw("source")
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.presenting.on and window.document.drawing is None, "the innermost thing first"


@pytest.mark.parametrize(
    "latex",
    ["a^{" * 60 + "x" + "}" * 60, r"\left(" * 20 + "x" + r"\right)" * 20, r"\hspace{9999999em}x", r"\hspace{99999em}x"],
    ids=["deep", "brackets", "wide", "long"],
)
def test_a_strangers_formula_takes_no_time_and_no_room(qapp, latex) -> None:
    begun = time.perf_counter()
    assert (
        formulas.document(f"See ${latex}$.", themes.font(themes.load(), 1.0), "#fff", 400)
        .toPlainText()
        .startswith("See")
    )
    assert time.perf_counter() - begun < 2.0
    with pytest.raises(ValueError):
        formulas.formula(latex, 16, "#fff")


@pytest.mark.skipif(os.name == "nt", reason="a signal's status is told otherwise there")
def test_a_process_of_the_windows_ends_with_it() -> None:
    """Also where it is killed: then the process's input ends."""
    idle = aside.START.partition("import main")[0] + "import time\ntime.sleep(60)\n"
    process = subprocess.Popen([sys.executable, "-c", idle, aside.ROOT, "1"], stdin=subprocess.PIPE)
    process.stdin.close()
    assert process.wait(20) == -signal.SIGTERM


def test_a_process_that_cannot_be_started_is_told(window, open_lesson, tmp_path, monkeypatch) -> None:
    open_lesson()
    monkeypatch.setattr(aside.sys, "executable", str(tmp_path / "no python"))
    window.exporting.begin(str(tmp_path / "a.pdf"))
    until(lambda: window.exporting._process is None)
    assert window.notice.text.text() == "a.pdf could not be made."


def test_a_tool_keeps_its_keys_in_the_show(window, open_lesson) -> None:
    open_lesson()
    QTest.keyClick(window, Qt.Key.Key_F5)
    QTest.keyClick(window, Qt.Key.Key_H)
    assert not window.dock.isVisible(), "the show has the stage alone"
    window.draw("target")
    for key in (Qt.Key.Key_B, Qt.Key.Key_Return, Qt.Key.Key_Right):
        QTest.keyClick(window, key)
    assert window.player.at == 0 and not window.presenting.overlay.cover
    QTest.keyClick(window, Qt.Key.Key_PageDown)
    assert window.player.at == 1, "a clicker goes on"


def test_the_palette_opens_at_once(window) -> None:
    """No lesson is read for the headings of its steps."""
    reader.shipped.cache_clear()
    assert any(entry.words == "Deadline pressure" for entry in commands.entries(window))
    assert reader.shipped.cache_info().currsize == 0


@pytest.mark.parametrize("look", [("dark", 1.0), ("dark", 1.5), ("projector", 1.5)], ids=str)
def test_a_lesson_has_room_on_a_small_screen(window, open_lesson, look) -> None:
    """With two rows of panels, and the strip of rounds: 1024 x 768 without the bars of a desktop."""
    open_lesson("02_transport")
    try:
        window.document.see(theme=look[0], text_scale=look[1])
        for _ in range(3):  # the size of the text follows the window
            window.resize(1024, 743)
            rest(0.4)
        assert window.size().toTuple() == (1024, 743)
        assert window.step_panel.geometry().bottom() <= window.centralWidget().height()
    finally:
        window.document.see(theme=Look().theme, text_scale=1.0)
        window.resize(1000, 700)


def test_three_steps_are_written_moved_changed_and_deleted_from_the_window(window, open_lesson, tmp_path) -> None:
    path = tmp_path / "mine.md"
    if window.projects.changed:
        window.projects.script(window.document.experiment, window.document.look, "test")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.file_dialog.ask", lambda window, title, what, names, then, save=None: then(str(path)))
        for k, separation in enumerate((1.0, 2.0, 3.0)):
            window.document.patch("other", source=kinds("distributions")["gaussian"](), dim=1)
            window.document.patch("other", target=kinds("distributions")["two modes"](separation=separation))
            window.made["add_step"].trigger()
            dialog = window.authoring.dialog
            dialog.title.setText("Mine")
            dialog.heading.setText(f"Step {k}")
            dialog.claims.setPlainText("straightnes > 0")
            dialog._add()
            assert "did you mean 'straightness'" in dialog.wrong.text() and dialog.isVisible(), "nothing typed is lost"
            dialog.claims.setPlainText("straightness > 0")
            dialog._add()
            until(lambda k=k: window.player.lesson is not None and window.player.at == k)

    def stands() -> list[tuple[str, float]]:
        steps = reader.read(path).steps
        return [(step.heading, reader.scene(step)[0].target.separation) for step in steps]

    whole = [("Step 0", 1.0), ("Step 1", 2.0), ("Step 2", 3.0)]
    assert stands() == whole
    window.made["step_earlier"].trigger()
    assert stands() == [whole[0], whole[2], whole[1]] and window.player.at == 1
    assert window.document.experiment.target.separation == 3.0
    window.made["delete_step"].trigger()
    assert stands() == whole[:2] and window.notice.button.text() == "Undo"
    window.notice.button.click()
    assert stands() == [whole[0], whole[2], whole[1]] and window.player.step.heading == "Step 2"
    window.document.patch("other", target=kinds("distributions")["two modes"](separation=5.0))
    window.made["rewrite_step"].trigger()
    dialog = window.authoring.dialog
    assert dialog.heading.text() == "Step 2" and dialog.claims.toPlainText() == "straightness > 0"
    dialog.heading.setText("Wide")
    dialog.scene.setChecked(True)
    dialog._add()
    assert stands() == [whole[0], ("Wide", 5.0), whole[1]] and not window.player.taken_over
    for _ in range(2):
        window.made["undo_lesson"].trigger()
    assert stands() == whole


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("name", "at"), [("03_straight_is_fast", 1), ("05_rewiring", 1), ("06_one_point", 1)])
def test_a_drawing_of_the_audience_takes_the_middle_of_a_lesson_over(window, open_lesson, name, at) -> None:
    """Drawn on the stage in the show; the step's claims are measured on it; one key, and the script goes on."""
    text = re.sub(r"samples = \d+", "samples = 64", reader._shipped()[name].replace("pairs = 20000", "pairs = 400"))
    if window.projects.changed:
        window.projects.script(window.document.experiment, window.document.look, "test")
    window.presenting.begin(reader.parse(text, name), at)
    QTest.keyClick(window, Qt.Key.Key_F5)
    until(lambda: window.controller.current and measured(window), 60.0)
    script, before = window.document.experiment, [verdict.words for _, verdict in window.player.verdicts]
    kind, entry = entries()["target"]
    window.document.begin(kind, dict(entry.knobs))
    stroke(window.document, (0.5, -1.5), (1.5, 0.5), (2.5, 1.5), (3.0, 0.0))
    assert window.player.taken_over and window.document.experiment.target != script.target
    assert window.player.at == at and window.presenting.on
    until(lambda: window.controller.current and measured(window), 90.0)
    after = [verdict.words for _, verdict in window.player.verdicts]
    assert all(after) and all(a != b for a, b in zip(after, before, strict=True)), (before, after)
    QTest.keyClick(window, Qt.Key.Key_Backspace)
    assert window.document.experiment == script and not window.player.taken_over and window.document.drawing is None
    QTest.keyClick(window, Qt.Key.Key_PageDown)
    assert window.player.at == at + 1 and window.presenting.on
