"""The whole window with its engine: what a user does, from the first picture to the last click."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QGraphicsView,
    QLabel,
)

from app import presets
from app.application import assemble, begin
from app.scene.known import FLOW
from app.window import Window
from engine.codec import build
from engine.spec import Experiment

ROOT = Path(__file__).resolve().parents[2]


def small(rounds: int = 1, steps: int = 60, dim: int = 2, **fields: object) -> Experiment:
    """Two modes to two modes, trained within a second."""
    raw = {
        "dim": dim,
        "rounds": rounds,
        "source": {"kind": "two modes"},
        "target": {"kind": "two modes", "at": 15.0},
        "coupling": {"kind": "independent", "pairs": 500},
        "velocity": {"kind": "mlp", "width": 16, "depth": 2},
        "training": {"steps": steps, "batch": 64},
        "measure": {"samples": 64},
    }
    return build(raw | fields)


@pytest.fixture
def make(qtbot) -> Iterator[Callable[[Experiment], Window]]:
    made: list[Window] = []

    def open_window(experiment: Experiment) -> Window:
        window = assemble(experiment, device="cpu")
        made.append(window)
        begin(window)
        window.resize(1280, 800)
        return window

    yield open_window
    for window in made:
        window.close()
        assert window.controller.engine.close(60.0)  # it may be importing torch
        window.deleteLater()
    QApplication.processEvents()


def settled(window: Window, phase: str = "done") -> Callable[[], bool]:
    return lambda: (
        window.controller.current
        and window.controller.snapshot is not None
        and window.controller.snapshot.phase == phase
    )


def test_the_first_run_trains_by_itself_and_next_round_goes_on(qtbot, make) -> None:
    window = make(small())
    qtbot.waitUntil(settled(window), timeout=30_000)
    assert [view.number for view in window.controller.snapshot.rounds] == [0, 1]
    first = window.controller.snapshot.rounds[1]
    assert first.finished and "straightness" in first.figures.single
    window.made["next_round"].trigger()
    qtbot.waitUntil(lambda: settled(window)() and len(window.controller.snapshot.rounds) == 3, timeout=30_000)
    assert np.array_equal(window.controller.snapshot.rounds[1].found(FLOW).z, first.found(FLOW).z), (
        "a finished round is immutable"
    )
    assert window.document.look.shown(window.controller.snapshot) == 2, "the newest round is on show"


def test_a_round_is_continued_by_other_operations(qtbot, make) -> None:
    """Branches grow from the round on show, are renamed, made longer, taken away and undone; the trunk stays."""
    window = make(small(steps=30))
    names = lambda: [view.name for view in window.controller.snapshot.rounds]  # noqa: E731
    shown = lambda: window.controller.snapshot.rounds[window.document.look.shown(window.controller.snapshot)].name  # noqa: E731
    qtbot.waitUntil(settled(window), timeout=30_000)
    first = window.controller.snapshot.rounds[1]
    window.pick(0)
    window.branch_off("distil")
    assert not window.document.experiment.branches and window.notice.isVisible(), "the coupling is no round"
    window.pick(1)
    window.strip.asked.emit("noise refresh")
    qtbot.waitUntil(lambda: settled(window)() and names() == ["", "1", "refreshed.1"], timeout=30_000)
    assert shown() == "refreshed.1" and np.array_equal(
        window.controller.snapshot.rounds[1].found(FLOW).z, first.found(FLOW).z
    )
    window.made["next_round"].trigger()
    qtbot.waitUntil(lambda: settled(window)() and names()[-1] == "refreshed.2", timeout=30_000)
    assert shown() == "refreshed.2" and window.document.experiment.rounds == 1
    card = window.dock.cards["branches"]
    card.form.edited.emit(msgspec.structs.replace(card.branch, name="soft"), "name")
    qtbot.waitUntil(lambda: settled(window)() and names()[-1] == "soft.2", timeout=30_000)
    assert shown() == "soft.2"
    card.form.edited.emit(msgspec.structs.replace(card.branch, name="a.b"), "name")
    assert names()[-1] == "soft.2" and "not a name" in card.form.rows["name"].complaint.text()
    window.pick(2)
    window.branch_off("distil")
    qtbot.waitUntil(lambda: settled(window)() and names()[-1] == "distilled.1", timeout=30_000)
    window.pick(1)
    window.made["next_round"].trigger()
    qtbot.waitUntil(lambda: settled(window)() and "2" in names(), timeout=30_000)
    assert names() == ["", "1", "2", "soft.1", "soft.2", "distilled.1"] and shown() == "2"
    window.pick(3)
    assert shown() == "soft.1" and card.isVisibleTo(window)
    card.remove.click()
    assert not window.document.experiment.branches, "what grew from it goes, too"
    assert (window.document.look.branch, window.document.look.round) == ("", 1), "the round that it continued"
    window.made["undo"].trigger()
    qtbot.waitUntil(lambda: settled(window)() and names()[-1] == "distilled.1", timeout=30_000)


def test_the_picture_of_the_closed_form_comes_before_torch(tmp_path) -> None:
    """In a process of its own: when the window is first painted with a flow, torch must not have been imported."""
    program = textwrap.dedent(
        """
        import sys
        from PySide6.QtWidgets import QApplication
        from app.application import assemble, begin
        import engine.worker as worker
        app = QApplication([])
        window = assemble(device="cpu")
        serve, seen = worker.Engine._serve, []
        def waiting(self, request):  # the engine goes no further until the picture has been seen
            import time
            while not seen and not self._closing.is_set():
                time.sleep(0.01)
            serve(self, request)
        worker.Engine._serve = waiting
        draw = window.redraw.stage
        def drawn():
            draw()
            snapshot = window.controller.snapshot
            if snapshot is not None and not seen:
                seen.append((window.isVisible(), "torch" in sys.modules, snapshot.rounds[1].velocity))
                app.quit()
        window.heartbeat._parts["stage"] = drawn
        begin(window)
        app.exec()
        window.close()
        print(seen[0])
        """
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip().splitlines()[-1:] == ["(True, False, 'closed form v*')"], done.stderr


def test_an_edit_waits_for_train_and_undo_brings_the_finished_rounds_back(qtbot, make) -> None:
    window = make(small())
    window.document.see(after_edit="wait")
    qtbot.waitUntil(settled(window), timeout=30_000)
    before = window.controller.snapshot.rounds[1].found(FLOW).z
    window.document.patch(
        "another target", target=build({"source": {"kind": "ring"}, "target": {"kind": "ring"}}).target
    )
    qtbot.waitUntil(settled(window, "paused"), timeout=30_000)
    assert not window.controller.running
    assert not window.controller.snapshot.rounds[-1].finished
    window.made["undo"].trigger()
    qtbot.waitUntil(settled(window), timeout=30_000)
    assert np.array_equal(window.controller.snapshot.rounds[1].found(FLOW).z, before)


def test_pause_holds_the_step_and_resume_goes_on(qtbot, make) -> None:
    window = make(small(steps=100_000))
    qtbot.waitUntil(
        lambda: window.controller.snapshot is not None and window.controller.snapshot.step > 20, timeout=30_000
    )
    window.train()
    qtbot.waitUntil(settled(window, "paused"), timeout=30_000)
    held = window.controller.snapshot.step
    qtbot.wait(200)
    assert window.controller.snapshot.step == held
    window.train()
    qtbot.waitUntil(lambda: window.controller.snapshot.step > held, timeout=30_000)


def test_a_stroke_of_the_brush_is_one_undo_step(qtbot, make) -> None:
    window = make(small())
    qtbot.waitUntil(lambda: window.controller.snapshot is not None, timeout=30_000)
    old = window.document.experiment.source
    window.made["draw_source"].trigger()
    plane = window.stage.interpolation
    view = plane.findChild(QGraphicsView).viewport()
    at = lambda x, y: view.mapFrom(plane, plane.to_window(x, y).toPoint())  # noqa: E731
    qtbot.wait(100)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=at(0, -5))
    for k in range(10):
        QTest.mouseMove(view, at(0, -5 + k))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=at(0, 5))
    drawn = window.document.experiment.source
    assert drawn.kind == "drawn"
    points = np.array(drawn.dots)
    assert len(points) > 20 and abs(points[:, 0]).max() < 2.5
    window.made["leave"].trigger()
    assert window.stage.interpolation.tool is None
    window.document.stack.undo()
    assert window.document.experiment.source == old


def test_a_diverging_rate_is_said_and_nothing_is_lost(qtbot, make) -> None:
    window = make(small(training={"steps": 400, "batch": 64, "rate": 10.0}))
    qtbot.waitUntil(settled(window, "stopped"), timeout=30_000)
    assert "diverged" in window.controller.snapshot.message
    qtbot.waitUntil(lambda: not window.notice.isHidden(), timeout=30_000)
    assert np.isfinite(window.controller.snapshot.rounds[1].found(FLOW).z).all()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("text.csv", b"1,2\n3,apple\n", "apple"),
        ("column.csv", b"1\n2\n3\n", "1 column"),
        ("nan.csv", b"nan,2\nnan,3\n", "without a finite value"),
        ("empty.csv", b"", "empty"),
        ("binary.csv", bytes(range(256)) * 8, "not a text file"),
        ("spec.toml", b'[source]\nkind = "gausian"\n[target]\nkind = "gaussian"\n', "did you mean 'gaussian'"),
        (
            "spec.json",
            b'{"source": {"kind": "gaussian"}, "target": {"kind": "gaussian"}, "training": {"rate": 1e6}}',
            "1e+06",
        ),
        ("picture.png", b"no picture at all", "picture.png"),
    ],
)
def test_a_bad_file_is_one_sentence_at_its_place_and_changes_nothing(
    qtbot, make, tmp_path, name, content, words
) -> None:
    window = make(small())
    qtbot.waitUntil(lambda: window.controller.snapshot is not None, timeout=30_000)
    before = window.document.experiment
    path = tmp_path / name
    path.write_bytes(content)
    end = "" if name.startswith("spec") else "source"
    with qtbot.waitSignal(window.opening.failed, timeout=30_000) as caught:
        window.opening.open(str(path), end)
    where, sentence = caught.args
    assert where == end and words in sentence and sentence.count(". ") == 0
    assert window.document.experiment == before
    place = window.dock.ends[end] if end else window.notice
    texts = [label.text() for label in place.findChildren(QLabel) if label.isVisible()]
    assert any(sentence in text for text in texts), texts


def test_presets_open_and_wait(qtbot, make) -> None:
    window = make(small())
    window.document.see(after_edit="wait")
    for preset in presets.presets():
        window.load_preset(preset)
        qtbot.waitUntil(
            lambda: window.controller.current and window.controller.snapshot.phase in ("paused", "done"), timeout=30_000
        )
        assert window.controller.snapshot.spec == preset.experiment(window.document.experiment)
        assert window.controller.snapshot.message == ""


def test_presets_say_that_undo_brings_the_rounds_back(qtbot, make) -> None:
    window = make(small())
    qtbot.waitUntil(settled(window), timeout=30_000)
    before = window.controller.snapshot.rounds[1].found(FLOW).z
    window.load_preset(presets.presets()[3])
    assert "Undo brings 1 trained round" in window.notice.text.text()
    qtbot.waitUntil(lambda: window.controller.current and not window.controller.behind, timeout=30_000)
    window.notice.button.click()
    qtbot.waitUntil(settled(window), timeout=30_000)
    assert np.array_equal(window.controller.snapshot.rounds[1].found(FLOW).z, before)


@pytest.mark.parametrize("way", ["quit", "by hand"])
def test_quitting_asks_while_something_would_be_lost(qtbot, make, way) -> None:
    window = make(small(steps=40))
    by_hand = window.made["quit"].trigger if way == "quit" else window.windowHandle().close
    qtbot.waitUntil(settled(window), timeout=30_000)
    window.made["next_round"].trigger()
    qtbot.waitUntil(lambda: settled(window)() and len(window.controller.snapshot.rounds) == 3, timeout=30_000)
    for answer, visible in (("Cancel", True), ("Don't save", False)):
        by_hand()
        box = window.projects.question
        assert window.isVisible() and box.isVisible() and "2 trained rounds" in box.informativeText()
        next(button for button in box.buttons() if button.text().replace("&", "") == answer).click()
        qtbot.waitUntil(lambda visible=visible: window.isVisible() == visible, timeout=30_000)
    assert not window.controller.engine.alive


@pytest.mark.parametrize("way", ["quit", "by hand"])
def test_quitting_asks_nothing_where_nothing_is_lost(qtbot, make, way) -> None:
    """What trains by itself at the start does so again."""
    window = make(small())
    qtbot.waitUntil(settled(window), timeout=30_000)
    (window.made["quit"].trigger if way == "quit" else window.windowHandle().close)()
    assert not window.isVisible() and window.projects.question is None and not window.controller.engine.alive


def test_spaces_play_and_never_press_a_button(qtbot, make) -> None:
    window = make(small())
    qtbot.waitUntil(lambda: window.controller.snapshot is not None, timeout=30_000)
    for widget in window.dock.findChildren(QAbstractButton):
        if not widget.isVisible() or not widget.isEnabled():
            continue
        widget.setFocus()
        before = window.document.experiment, window.controller.running
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Space)
        assert (window.document.experiment, window.controller.running) == before, widget


def test_stop_then_at_once_another_round_then_at_once_a_picture(qtbot, make, tmp_path, monkeypatch) -> None:
    """Each is accepted at the first click, whatever the engine is at (DeepLabCut 2447, nerfshop 10)."""
    asked = []
    monkeypatch.setattr("app.file_dialog.ask", lambda window, title, what, kinds, take, save: asked.append(take))
    window = make(small(steps=100_000))
    engine = window.controller.engine
    qtbot.waitUntil(lambda: (now := window.controller.snapshot) is not None and now.step > 50, timeout=30_000)
    window.made["train"].trigger()
    for action in ("next_round", "export_still"):
        window.made[action].trigger()
    sheet = window.stills.dialog.sheet
    sheet.save()
    asked.pop()(str(tmp_path / "at once.png"))
    qtbot.waitUntil(lambda: not sheet.work.busy, timeout=30_000)
    window.stills.dialog.close()
    assert window.document.experiment.rounds == 2 and window.controller.running and engine.alive
    assert (tmp_path / "at once.png").stat().st_size > 1000 and not asked
    window.made["train"].trigger()
    begun, spent = time.monotonic(), time.process_time()
    qtbot.waitUntil(settled(window, "paused"), timeout=30_000)
    assert min(time.monotonic() - begun, time.process_time() - spent) < 2.0


@pytest.mark.parametrize("delay", [0.0, 0.3, 1.2, 2.5])
def test_closing_at_any_moment_takes_about_a_second(qtbot, make, delay) -> None:
    window = make(small(steps=100_000, rounds=3))
    qtbot.wait(round(1000 * delay))
    begun = time.monotonic()
    window.close()
    assert not window.controller.engine.alive or "aside" in {thread.name for thread in threading.enumerate()}
    assert time.monotonic() - begun < 4.0  # generous: this is no benchmark, it catches a thread that does not listen


def test_an_edit_of_training_says_what_it_does_not_do(qtbot, make) -> None:
    window = make(small())
    qtbot.waitUntil(settled(window), timeout=30_000)
    training = window.document.experiment.training
    window.document.patch("steps", training=type(training)(steps=70, batch=64))
    assert "Restart trains them with the new numbers" in window.notice.text.text()
    assert len(window.controller.snapshot.rounds[1].losses), "the finished round stays"
