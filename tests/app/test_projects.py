"""Documents and their files: the name, the mark, the questions, the picture that comes back; autosave, and a crash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QFileDialog

from app import autosave, keeping, presets, saving, settings
from app.application import assemble, begin
from app.autosave import Locked, abandoned
from app.crash_offer import CrashOffer
from app.forms.controls import Button
from app.plain_text import Label
from app.window import Window
from engine import codec
from engine.headless import run
from engine.lab import Lab
from engine.parts import Wrong
from engine.projects.project import Project, Steps
from engine.projects.reader import read
from engine.projects.writer import write
from engine.spec import Experiment
from tests.app.scripted import rest
from tests.app.test_window import ROOT, settled, small

KEPT = ROOT / "tests" / "projects" / "format-1.rewire"


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Autosaves of this test alone."""
    monkeypatch.setattr(autosave, "folder", lambda: tmp_path / "autosave")
    settings.forget_recent()
    return tmp_path / "autosave"


@pytest.fixture
def make(qtbot) -> Iterator[Callable[..., Window]]:
    made: list[Window] = []

    def open_window(experiment: Experiment | None = None, started: bool = True) -> Window:
        window = assemble(experiment or small(), device="cpu")
        made.append(window)
        window.heard = []
        window.projects.said.connect(lambda sentence, fault: window.heard.append(sentence))
        if started:
            begin(window)
            window.resize(1000, 700)
            window.document.see(theme="dark", text_scale=1.0)
        return window

    yield open_window
    for window in made:
        window.close()
        assert window.controller.engine.close(60.0)
        window.deleteLater()
    QApplication.processEvents()


def until(there: Callable[[], object], seconds: float = 40.0) -> None:
    end = time.monotonic() + seconds
    while not there():
        rest(0.01)
        assert time.monotonic() < end, "it does not come"


def answered(window: Window, words: str) -> None:
    until(lambda: window.projects.question is not None)
    next(button for button in window.projects.question.buttons() if button.text() == words).click()


def saved(window: Window, path: Path) -> None:
    window.heard.clear()
    window.projects._save(path, None)
    until(lambda: window.heard)
    assert window.heard[0].startswith(f"Saved {path.name}."), window.heard


def pictures(window: Window) -> list[tuple]:
    """What there is of each round, by which a picture is made."""
    return [
        (view.name, view.finished, view.losses.tobytes(), view.figures, view.beside, view.velocity)
        for view in window.controller.snapshot.rounds
    ]


def test_a_project_opens_at_the_same_picture(qtbot, make, tmp_path) -> None:
    """Rounds, branches, figures, view, camera, layers, selection, theme and undo steps."""
    window, path = make(small(rounds=1)), tmp_path / "two modes.rewire"
    until(settled(window))
    window.document.patch("another round", rounds=2)
    until(lambda: settled(window)() and len(window.controller.snapshot.rounds) == 3)
    camera = window.document.look.camera.turned(20.0, 5.0)
    window.document.see(
        view="field", t=0.35, round=1, theme="light", hidden=frozenset({"clouds"}), camera=camera, selected=(2, 5)
    )
    until(settled(window))
    saved(window, path)
    assert window.windowTitle() == "two modes.rewire[*] - Rewire" and not window.isWindowModified()
    before, look, thumbnail = pictures(window), window.document.look, read(path).thumbnail
    assert thumbnail.startswith(b"\x89PNG") and len(thumbnail) > 1000
    window.projects.new()
    assert window.windowTitle() == "Untitled[*] - Rewire" and window.document.experiment == presets.first()
    other = make(small(steps=20))
    other.opening.open(str(path))
    until(lambda: other.projects.name == path.name and settled(other)())
    assert other.document.look == look and pictures(other) == before
    assert other.tabs.tabText(other.tabs.currentIndex()) == "Field" and not other.made["layer_clouds"].isChecked()
    assert other.document.stack.undoText() == "another round" and not other.isWindowModified()
    rest(0.3)
    assert not other.isWindowModified(), "nothing has changed"
    other.document.undo()
    assert other.document.experiment.rounds == 1 and other.isWindowModified()
    other.document.redo()
    until(settled(other))
    assert not other.isWindowModified() and pictures(other) == before


def test_training_goes_on_from_a_project_as_if_it_had_never_stopped(qtbot, make, tmp_path) -> None:
    asked, path = small(steps=600), tmp_path / "a.rewire"
    whole = make(asked)
    until(settled(whole), 60)
    lab = Lab("cpu")
    lab.adopt(asked)
    while not lab.kept() or lab.kept()[0].step < 200:
        lab.advance(0.005)
    kept = lab.kept()
    assert not kept[0].finished and 200 <= kept[0].step < 600
    write(Project(asked, kept, running=True), path)
    other = make(small(steps=20))
    other.opening.open(str(path))
    until(lambda: other.projects.name == path.name and settled(other)(), 60)
    assert pictures(other) == pictures(whole)
    assert other.isWindowModified(), "what was trained since then no file has"


def test_a_project_is_saved_in_mid_training(qtbot, make, tmp_path) -> None:
    window, path = make(small(steps=10_000_000)), tmp_path / "a.rewire"
    until(lambda: window.controller.snapshot is not None and window.controller.snapshot.step > 20)
    saved(window, path)
    kept = read(path)
    assert not kept.rounds[0].finished and kept.rounds[0].step > 20 and kept.running


@pytest.mark.parametrize("since", ["another round", "the end of one"])
def test_what_was_trained_since_they_left_the_engine_is_not_saved(qtbot, make, tmp_path, own_folder, since) -> None:
    window, left = make(small(steps=40)), []
    until(settled(window))
    saved(window, tmp_path / "a.rewire")
    own = window.projects.autosave
    own._timer.stop()
    window.projects._keeping.ask(lambda *words: left.append(words))
    until(lambda: left)
    if since == "another round":
        window.made["next_round"].trigger()
        until(lambda: settled(window)() and len(window.controller.snapshot.rounds) == 3)
    else:
        made, rounds = left[0]
        rounds = tuple(replace(held, finished=False) for held in rounds)
        left[0] = lambda: replace(made(), rounds=rounds), rounds
        window.projects._rounds = None
    own._keeping = SimpleNamespace(ask=lambda then, spare=False: then(*left[0]))
    own._due = own._soon = 0.0
    own.tick()
    until(lambda: own_folder.exists() and not own._saving.busy and not own._waits)
    assert own._saved != window.projects._unsaved(), "the autosave has more to write"
    window.projects._keeping.ask = own._keeping.ask
    saved(window, tmp_path / "a.rewire")
    assert window.isWindowModified()


@pytest.mark.parametrize("what", ["new", "open", "quit"])
def test_changes_are_asked_about(qtbot, make, tmp_path, what) -> None:
    window, path = make(started=False), tmp_path / "mine.rewire"
    codec.write(presets.first(), tmp_path / "other.toml")
    does = {
        "new": window.projects.new,
        "open": lambda: window.opening.open(str(tmp_path / "other.toml")),
        "quit": window.quit,
    }[what]
    window.show()
    window.document.patch("seed", seed=11)
    assert window.isWindowModified()
    does()
    answered(window, "Cancel")
    assert window.document.experiment.seed == 11 and window.isVisible()
    does()
    window.projects.path = path
    answered(window, "Save")
    until(lambda: path.exists() and (window.projects.name != "mine.rewire" or not window.isVisible()))
    assert read(path).experiment.seed == 11
    if what != "quit":
        assert window.document.experiment == presets.first() and not window.isWindowModified()
        assert window.projects.name == ("Untitled" if what == "new" else "other") and window.projects.path is None
        window.document.patch("seed", seed=12)
        does()
        answered(window, "Don't save")
        assert window.document.experiment == presets.first() and window.document.stack.count() == 0


def test_what_trains_by_itself_at_the_start_is_not_asked_about(qtbot, make) -> None:
    window = make()
    until(settled(window))
    assert not window.projects.changed and not window.isWindowModified()
    window.projects.new()
    assert window.projects.question is None


def test_save_as_save_a_copy_and_the_last_folder(qtbot, make, tmp_path, monkeypatch) -> None:
    window = make(started=False)
    asked = []
    monkeypatch.setattr(QFileDialog, "open", lambda dialog: asked.append(dialog))

    def choose(name: str) -> QFileDialog:
        dialog = asked.pop()
        assert not asked
        (tmp_path / "deep").mkdir(exist_ok=True)
        dialog.fileSelected.emit(str(tmp_path / "deep" / name))
        until(lambda: (tmp_path / "deep" / name).exists() and not window.projects._saving.busy)
        return dialog

    window.document.patch("seed", seed=4)
    window.made["save"].trigger()
    dialog = choose("first.rewire")
    assert dialog.nameFilters() == ["Projects (*.rewire)"] and dialog.defaultSuffix() == "rewire"
    assert window.projects.name == "first.rewire" and not window.isWindowModified()
    window.document.patch("seed", seed=5)
    window.made["save"].trigger()
    until(lambda: not window.isWindowModified())
    assert not asked, "it has a name"
    window.document.patch("seed", seed=6)
    window.made["save_copy"].trigger()
    assert asked[0].directory().absolutePath() == str(tmp_path / "deep"), "the last folder"
    choose("copy.rewire")
    window.made["save_copy"].trigger()
    choose("spec.toml")
    assert window.projects.name == "first.rewire" and window.isWindowModified()
    window.made["save_as"].trigger()
    choose("second.rewire")
    assert window.projects.name == "second.rewire" and not window.isWindowModified()
    seeds = [read(tmp_path / "deep" / f"{n}").experiment.seed for n in ("first.rewire", "copy.rewire", "spec.toml")]
    assert seeds == [5, 6, 6]
    recent = [Path(path).name for path in settings.recent()]
    assert recent == ["second.rewire", "first.rewire"]
    window.recent.fill()
    texts = [action.text() for action in window.recent.actions()]
    assert texts[:2] == recent and texts[-1] == "Clear this list"
    window.recent.actions()[-1].trigger()
    window.recent.fill()
    assert [action.text() for action in window.recent.actions()] == ["Nothing was opened yet"]


def test_a_file_that_another_program_has_written_is_not_written_over_unasked(qtbot, make, tmp_path) -> None:
    window, path = make(started=False), tmp_path / "a.rewire"
    window.document.patch("seed", seed=4)
    saved(window, path)
    write(Project(small(steps=7)), path)
    window.document.patch("seed", seed=5)
    window.projects.save()
    until(lambda: window.projects.doubt is not None)
    assert "Another program" in window.projects.doubt.informativeText()
    next(button for button in window.projects.doubt.buttons() if button.text() == "Write over it").click()
    until(lambda: not window.isWindowModified())
    assert read(path).experiment.seed == 5 and read(tmp_path / "a.rewire.bak").experiment.training.steps == 7


@pytest.mark.parametrize("why", ["full", "gone"])
def test_a_disk_that_refuses_is_one_sentence_and_nothing_is_lost(qtbot, make, tmp_path, monkeypatch, why) -> None:
    window, path = make(started=False), tmp_path / "deep" / "a.rewire"
    path.parent.mkdir()
    window.document.patch("seed", seed=4)
    saved(window, path)
    window.document.patch("seed", seed=5)
    if why == "gone":
        shutil.rmtree(path.parent)
        words = "a.rewire: cannot be written (No such file or directory)."
    else:
        monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        words = "a.rewire: cannot be written (No space left on device)."
    window.heard.clear()
    window.projects._save(path, lambda: pytest.fail("it is not there"))
    until(lambda: window.heard)
    assert window.heard == [words] and window.isWindowModified()
    if why == "full":
        assert read(path).experiment.seed == 4 and os.listdir(path.parent) == ["a.rewire"]


def test_a_damaged_project_says_what_is_lost_and_can_be_saved(qtbot, make, tmp_path) -> None:
    content = bytearray(KEPT.read_bytes())
    at = content.index(b"rounds/2/net.safetensors", 3000) + 200
    content[at] ^= 1
    (tmp_path / "bad.rewire").write_bytes(bytes(content))
    window = make()
    window.opening.open(str(tmp_path / "bad.rewire"))
    until(lambda: window.heard)
    assert window.heard == [
        "bad.rewire is damaged. Lost: the weights of 2-rectified. The rest is here, and can be saved."
    ]
    assert window.isWindowModified() and len(read(tmp_path / "bad.rewire").rounds) == 3
    until(lambda: window.controller.current and window.controller.snapshot.phase in ("measuring", "done"), 60)
    saved(window, tmp_path / "good.rewire")
    assert not read(tmp_path / "good.rewire").lost and all(
        held.finished for held in read(tmp_path / "good.rewire").rounds
    )


def test_a_file_that_cannot_be_opened_changes_nothing(qtbot, make, tmp_path) -> None:
    window = make(started=False)
    (tmp_path / "a.rewire").write_bytes(b"no project")
    before = window.document.experiment
    with qtbot.waitSignal(window.opening.failed, timeout=30_000) as caught:
        window.opening.open(str(tmp_path / "a.rewire"))
    assert caught.args == ["", "a.rewire: is no project, or nothing of it can be read."]
    assert window.document.experiment is before


@pytest.mark.parametrize("how", ["folder", "backup"])
def test_runs_and_backups_open_too(qtbot, make, tmp_path, how) -> None:
    """As copies: neither is written over."""
    experiment = small(steps=30)
    if how == "folder":
        run(experiment, tmp_path / "out", "cpu")
        path = tmp_path / "out"
    else:
        shutil.copy(KEPT, tmp_path / "a.rewire.bak")
        path = tmp_path / "a.rewire.bak"
    window = make(small(steps=10))
    window.opening.open(str(path))
    until(lambda: window.projects.name in ("out", "a") and settled(window)(), 60)
    assert window.projects.path is None
    assert all(view.finished for view in window.controller.snapshot.rounds)
    if how == "folder":
        assert window.controller.snapshot.rounds[1].losses[-1, 0] == 30 and not window.isWindowModified()


def test_saving_holds_nobody_up_and_ends_before_the_window(qtbot, make, tmp_path, monkeypatch) -> None:
    window, slow = make(started=False), threading.Event()
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (slow.wait(1.5), real(handle)))
    window.document.patch("seed", seed=4)
    begun = time.monotonic()
    window.projects._save(tmp_path / "a.rewire", None)
    assert time.monotonic() - begun < 1.4
    until(lambda: window.projects._saving.busy)
    window.close()
    assert read(tmp_path / "a.rewire").experiment.seed == 4


@pytest.mark.parametrize("moment", ["the engine is asked", "the disk writes"])
@pytest.mark.parametrize("how", ["save", "copy"])
def test_another_document_that_comes_meanwhile_is_neither_written_nor_taken_for_it(
    qtbot, make, tmp_path, monkeypatch, moment, how
) -> None:
    window, path, go = make(started=False), tmp_path / "a.rewire", threading.Event()
    window.document.patch("seed", seed=4)
    saved(window, path)
    monkeypatch.setattr(os, "fsync", lambda handle, real=os.fsync: (go.wait(20), real(handle)))
    window.document.patch("seed", seed=5)
    window.heard.clear()
    with monkeypatch.context() as patched:
        if moment == "the engine is asked":
            patched.setattr(type(window.controller.engine), "alive", True)
        if how == "save":
            window.projects._save(path, lambda: pytest.fail("it is about another document"))
        else:
            window.projects._copy(str(path))
        assert window.projects._saving.busy == (moment == "the disk writes")
        window.projects._become(presets.first())
    go.set()
    until(lambda: window.heard)
    assert window.projects.path is None and window.projects.name == "Untitled"
    if moment == "the disk writes":
        assert window.heard[0].startswith("Saved a.rewire.") and read(path).experiment.seed == 5
    else:
        assert window.heard == ["a.rewire was not written: another document was opened meanwhile."]
        assert read(path).experiment.seed == 4
    window.document.patch("seed", seed=6)
    assert window.isWindowModified()


def test_what_waits_to_be_saved_is_saved_before_the_window_ends(qtbot, make, tmp_path, monkeypatch) -> None:
    window = make()
    until(settled(window))
    monkeypatch.setattr(os, "fsync", lambda handle, real=os.fsync: (time.sleep(0.2), real(handle)))
    window.document.patch("seed", seed=4)
    window.projects._save(tmp_path / "a.rewire", lambda: pytest.fail("the window has ended"))
    window.projects._copy(str(tmp_path / "b.rewire"))
    assert not window.projects._saving.busy, "the engine is asked"
    window.close()
    assert [read(tmp_path / name).experiment.seed for name in ("a.rewire", "b.rewire")] == [4, 4]
    assert len(window.heard) == 2


def test_an_engine_or_a_disk_that_never_ends_lets_the_window_end(qtbot, make, tmp_path, monkeypatch) -> None:
    window, go = make(), threading.Event()
    until(settled(window))
    monkeypatch.setattr(keeping, "PATIENCE", 0.3)
    monkeypatch.setattr(saving, "PATIENCE", 0.3)
    monkeypatch.setattr(type(window.controller), "keep", lambda controller: setattr(controller, "kept", None))
    monkeypatch.setattr(os, "fsync", lambda handle, real=os.fsync: (go.wait(20), real(handle)))
    window.document.patch("seed", seed=4)
    window.projects._save(tmp_path / "a.rewire", None)
    begun = time.monotonic()
    window.close()
    assert 0.5 < time.monotonic() - begun < 15.0
    go.set()
    window.projects._saving._job.join()
    assert read(tmp_path / "a.rewire").experiment.seed == 4, "what has begun is written to its end"


def test_the_engine_that_is_busy_is_not_waited_for_without_end(qtbot, make, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(keeping, "PATIENCE", 0.2)
    window = make()
    until(settled(window))
    saved(window, tmp_path / "a.rewire")
    window.projects._rounds = ()  # as if trained since
    window.projects.autosave._timer.stop()
    autosaved = Locked.new(autosave.folder())
    write(Project(small()), autosaved.path)
    window.projects.autosave.adopt(autosaved)
    window.heard.clear()
    with monkeypatch.context() as patched:
        patched.setattr(type(window.controller), "keep", lambda controller: setattr(controller, "kept", None))
        window.projects._save(tmp_path / "b.rewire", lambda: pytest.fail("the rounds of now are in no file"))
        until(lambda: window.heard)
    assert (
        window.heard[0].startswith("Saved b.rewire. The engine is busy:")
        and len(read(tmp_path / "b.rewire").rounds) == 1
    )
    assert window.isWindowModified() and autosaved.path.exists()
    monkeypatch.setattr(keeping, "PATIENCE", 20.0)
    window.heard.clear()
    window.projects.save()
    until(lambda: window.heard)
    assert "The engine is busy" not in window.heard[0]
    assert not window.isWindowModified() and not autosaved.path.exists()


# autosave


def test_work_is_saved_by_itself_and_a_finished_round_at_once(qtbot, make, own_folder) -> None:
    window = make(small(steps=40))
    until(settled(window))
    rest(0.7)
    assert not own_folder.exists(), "nothing would be lost"
    window.made["next_round"].trigger()
    until(lambda: settled(window)() and len(window.controller.snapshot.rounds) == 3)
    files = lambda: list(own_folder.glob("*.rewire"))  # noqa: E731
    until(lambda: files() and [held.finished for held in read(files()[0]).rounds] == [True, True], 10)
    kept = read(files()[0])
    assert kept.document == ""
    assert kept.thumbnail.startswith(b"\x89PNG")
    assert own_folder.stat().st_mode & 0o077 == 0 and not abandoned(own_folder), "it is held"
    written = next(own_folder.glob("*.rewire")).stat().st_mtime_ns
    rest(1.2)
    assert next(own_folder.glob("*.rewire")).stat().st_mtime_ns == written, "nothing has changed"


def test_an_edit_is_saved_within_half_a_minute(qtbot, make, own_folder, monkeypatch) -> None:
    assert autosave.EVERY + 2 * autosave.TICK / 1000 < 30
    monkeypatch.setattr(autosave, "EVERY", 0.6)
    window = make(started=False)
    window.projects.autosave._due = time.monotonic() + 0.6
    window.projects.autosave.start()
    for seed in (3, 4):
        window.document.patch("seed", seed=seed)
        until(lambda seed=seed: [p for p in own_folder.glob("*.rewire") if read(p).experiment.seed == seed], 5)
    saved(window, own_folder.parent / "a.rewire")
    assert list(own_folder.iterdir()) == [], "a saved document needs none"
    window.document.patch("seed", seed=5)
    until(lambda: list(own_folder.glob("*.rewire")), 5)
    assert read(next(own_folder.glob("*.rewire"))).document == str(own_folder.parent / "a.rewire")
    window.projects.abandon()
    window.close()
    assert list(own_folder.iterdir()) == [], "and one that is not wanted none either"


def test_a_save_under_way_leaves_no_file_behind(qtbot, make, own_folder, monkeypatch) -> None:
    """The document is saved by hand while its autosave is being written: that would be offered as a crash's."""
    window, slow, entered = make(started=False), threading.Event(), threading.Event()
    real = autosave.write

    def slowly(*given: object, **words: object) -> str:
        entered.set()
        slow.wait(10)
        return real(*given, **words)

    monkeypatch.setattr(autosave, "write", slowly)
    window.document.patch("seed", seed=3)
    window.projects.autosave._due = 0.0
    window.projects.autosave.tick()
    until(entered.is_set)
    saved(window, own_folder.parent / "a.rewire")
    slow.set()
    until(lambda: not window.projects.autosave._saving.busy)
    assert list(own_folder.iterdir()) == [] and len(window.heard) == 1


def test_a_window_that_is_ended_from_outside_leaves_it(qtbot, make, own_folder, monkeypatch) -> None:
    monkeypatch.setattr(autosave, "EVERY", 0.0)
    window = make(started=False)
    window.document.patch("seed", seed=3)
    window.projects.autosave._due = 0.0
    window.projects.autosave.tick()
    until(lambda: list(own_folder.glob("*.rewire")), 5)
    window.close()
    held = abandoned(own_folder)
    assert [read(one.path).experiment.seed for one in held] == [3]
    for one in held:
        one.remove()


def test_two_windows_have_two_files_and_a_crash_is_nobody_elses(tmp_path) -> None:
    place = tmp_path / "autosave"
    one, two = Locked.new(place), Locked.new(place)
    assert one.path != two.path and Locked.held(one.path) is None
    for held in (one, two):
        write(Project(small()), held.path)
    dead = place / "1-00000000.rewire"
    write(Project(small(steps=9)), dead)
    (place / ".1-00000000.rewire.0123456789abcdef.part").touch()
    (place / f".{one.path.name}.0123456789abcdef.part").touch()
    (place / "2-00000000.lock").touch()
    held = abandoned(place)
    assert [other.path for other in held] == [dead] and abandoned(place) == []
    left = sorted(path.name for path in place.iterdir() if path.suffix != ".rewire")
    assert left == sorted(
        [f".{one.path.name}.0123456789abcdef.part", "1-00000000.lock", one.path.stem + ".lock", two.path.stem + ".lock"]
    )
    held[0].release()
    assert len(abandoned(place)) == 1
    one.remove()
    two.remove()


def test_a_full_disk_is_said_once(qtbot, make, own_folder, monkeypatch) -> None:
    monkeypatch.setattr(autosave, "EVERY", 0.0)
    monkeypatch.setattr(
        autosave, "write", lambda *rest, **words: (_ for _ in ()).throw(Wrong("a", "cannot be written"))
    )
    window = make(started=False)
    for seed in (3, 4):
        window.document.patch("seed", seed=seed)
        window.projects.autosave._due = 0.0
        window.projects.autosave.tick()
        until(lambda: not window.projects.autosave._saving.busy and not window.projects.autosave._waits)
    assert window.heard == ["Unsaved work cannot be kept by itself: a: cannot be written."]


class Waiting:
    """The Keeping of these tests."""

    def ask(self, then: Callable, **_: object) -> None:
        self.then = then


class Alone:
    """An autosave whose document is ``state``; its disk waits for ``go``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.keeping, self.state = Waiting(), ((), None, 1)
        self.begun, self.go = threading.Event(), threading.Event()
        self.autosave = autosave.Autosave(self.keeping, lambda kept=None: self.state)
        monkeypatch.setattr(autosave, "write", self._write)

    def _write(self, project: Project, path: Path, backup: bool) -> str:
        self.begun.set()
        self.go.wait(20)
        return write(project, path, backup=backup)

    def begin(self, whole: bool = True) -> None:
        self.begun.clear()
        self.autosave._due = 0.0
        self.autosave.tick()
        self.keeping.then(lambda: Project(small()), () if whole else None)

    def end(self) -> None:
        self.go.set()
        until(lambda: not self.autosave._saving.busy)


@pytest.fixture
def alone(qtbot, own_folder, monkeypatch) -> Iterator[Alone]:
    made = Alone(monkeypatch)
    yield made
    made.go.set()
    made.autosave.close(False)


@pytest.mark.parametrize("before", ["nothing", "an older version"])
def test_what_is_forgotten_while_it_is_written_takes_nothing_with_it(alone, own_folder, before) -> None:
    if before != "nothing":
        alone.begin()
        alone.end()
        alone.go.clear()
        alone.state = ((), None, 2)
    alone.begin()
    assert alone.begun.wait(10)
    files = set(own_folder.glob("*.rewire"))
    alone.autosave.forget()
    assert set(own_folder.glob("*.rewire")) == files, "it is being written"
    older = Locked.new(own_folder)
    write(Project(small(steps=9)), older.path)
    alone.autosave.adopt(older)
    alone.state = ((), None, 3)
    alone.end()
    left = sorted(path.name for path in own_folder.iterdir())
    assert left == sorted([older.path.name, older.path.with_suffix(".lock").name]), "the recovered work, no orphan"
    alone.begin()
    alone.end()
    assert not older.path.exists() and len(list(own_folder.glob("*.rewire"))) == 1


def test_an_autosave_that_was_asked_for_of_another_document_is_not_written(alone, own_folder) -> None:
    alone.autosave._due = 0.0
    alone.autosave.tick()
    alone.autosave.forget()
    alone.keeping.then(lambda: Project(small()), ())
    assert not alone.autosave._saving.busy and not alone.autosave._waits and not own_folder.exists()


@pytest.mark.parametrize("takes", [0.0, 3.0])
def test_the_next_autosave_waits_for_the_disk_and_not_for_the_engine(alone, monkeypatch, takes) -> None:
    now = [1000.0]
    monkeypatch.setattr(autosave, "time", SimpleNamespace(monotonic=lambda: now[0]))
    alone.autosave._due = 0.0
    alone.autosave.tick()
    now[0] += 12.0  # the engine is busy
    alone.keeping.then(lambda: Project(small()), ())
    assert alone.begun.wait(10)
    now[0] += takes
    alone.end()
    assert alone.autosave._due - 1000.0 == (autosave.EVERY if not takes else 30.0)


def test_a_disk_that_refuses_a_finished_round_is_left_alone_for_a_while(alone, monkeypatch) -> None:
    alone.state = (("1",), None, 1)
    monkeypatch.setattr(autosave, "write", lambda *rest, **words: (_ for _ in ()).throw(Wrong("a", "is full")))
    alone.begin()
    alone.end()
    now = time.monotonic()
    for later, begins in ((3.0, False), (29.0, False), (31.0, True)):
        monkeypatch.setattr(autosave, "time", SimpleNamespace(monotonic=lambda later=later: now + later))
        alone.autosave.tick()
        assert alone.autosave._waits == begins


def test_a_picture_that_cannot_be_made_stops_neither_a_save_for_ever_nor_the_autosave(
    qtbot, make, tmp_path, monkeypatch
) -> None:
    window, heard = make(started=False), []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: heard.append(str(error)))
    window.document.patch("seed", seed=3)
    with monkeypatch.context() as patched:
        patched.setattr(window.projects._keeping, "_picture", lambda: 1 // 0)
        window.projects.autosave._due = 0.0
        window.projects.autosave.tick()
        window.projects._save(tmp_path / "a.rewire", lambda: pytest.fail("it is not there"))
        until(lambda: len(window.heard) == 2)
    assert len(heard) == 2 and not window.projects.autosave._waits and window.isWindowModified()
    saved(window, tmp_path / "a.rewire")


# after a crash


@pytest.fixture
def crashed(own_folder: Path) -> Path:
    """Two files of processes that are no more."""
    own_folder.mkdir()
    kept = read(KEPT)
    for k, document in ((1, ""), (2, str(own_folder.parent / "mine.rewire"))):
        experiment = msgspec.structs.replace(kept.experiment, seed=k)
        write(
            replace(kept, experiment=experiment, steps=Steps(), document=document),
            own_folder / f"{k}-00000000.rewire",
            backup=False,
        )
        os.utime(own_folder / f"{k}-00000000.rewire", (1e9 + k, 1e9 + k))
    return own_folder


def offered(window: Window) -> CrashOffer:
    made = CrashOffer(window.projects, window)
    made.start()
    until(lambda: not made._timer.isActive())
    return made


def test_what_a_crash_left_is_offered_with_time_and_picture(qtbot, make, crashed) -> None:
    window = make(started=False)
    window.show()
    dialog = offered(window).dialog
    texts = [label.text() for label in dialog.findChildren(Label) if label.text()]
    assert "mine.rewire" in texts and "Untitled" in texts and any("September 2001 at" in text for text in texts)
    assert any("with 3 rounds" in text for text in texts)
    assert sum(not label.pixmap().isNull() for label in dialog.findChildren(Label)) == 2
    buttons = [button for button in dialog.findChildren(Button) if button.text() == "Open"]
    buttons[0].click()  # the newest is first
    until(lambda: window.projects.name == "mine.rewire")
    assert window.document.experiment.seed == 2 and window.isWindowModified()
    assert (crashed / "2-00000000.rewire").exists(), "until it is saved"
    assert len(abandoned(crashed)) == 1, "the other one is offered again"
    assert window.notice.text.text().startswith("This is the work as it was saved last by itself")
    saved(window, crashed.parent / "mine.rewire")
    until(lambda: not (crashed / "2-00000000.rewire").exists())
    assert len(read(crashed.parent / "mine.rewire").rounds) == 3


@pytest.mark.parametrize("newer", [True, False])
def test_a_file_that_is_newer_than_what_a_crash_left_is_not_written_over_unasked(
    qtbot, make, crashed, tmp_path, newer
) -> None:
    path = tmp_path / "mine.rewire"
    write(Project(small(steps=7)), path)
    os.utime(path, (1e9 + (9 if newer else -9),) * 2)
    window = make(started=False)
    window.show()
    dialog = offered(window).dialog
    texts = [label.text() for label in dialog.findChildren(Label) if label.text().startswith("Saved by itself")]
    assert ["Its file is newer." in text for text in texts] == [newer, False]
    next(button for button in dialog.findChildren(Button) if button.text() == "Open").click()
    until(lambda: window.projects.path == path)
    window.projects.save()
    if newer:
        assert read(path).experiment.training.steps == 7
        assert window.projects.doubt.informativeText().startswith("It is newer than this work")
        next(button for button in window.projects.doubt.buttons() if button.text() == "Write over it").click()
    assert newer or window.projects.doubt is None
    until(lambda: read(path).experiment.seed == 2)
    assert read(tmp_path / "mine.rewire.bak").experiment.training.steps == 7
    until(lambda: not window.projects._saving.busy)


def test_damaged_work_of_a_crash_says_what_is_lost_and_stays_until_a_save(qtbot, make, crashed, tmp_path) -> None:
    damaged = crashed / "2-00000000.rewire"
    content = bytearray(damaged.read_bytes())
    content[content.index(b"rounds/2/net.safetensors", 3000) + 200] ^= 1
    damaged.write_bytes(bytes(content))
    os.utime(damaged, (2e9, 2e9))
    window = make(started=False)
    window.show()
    dialog = offered(window).dialog
    next(button for button in dialog.findChildren(Button) if button.text() == "Open").click()
    until(lambda: window.heard)
    assert window.heard[-1].startswith("mine.rewire is damaged. Lost: the weights of 2-rectified.")
    window.projects.autosave._due = 0.0
    window.projects.autosave.tick()
    until(lambda: window.projects.autosave._saved)
    assert damaged.exists(), "nothing else has what it has"
    saved(window, tmp_path / "mine.rewire")
    until(lambda: not damaged.exists())


def test_rounds_of_a_while_ago_do_not_take_the_place_of_what_was_recovered(alone, own_folder) -> None:
    older = Locked.new(own_folder)
    older.path.touch()
    alone.autosave.adopt(older)
    alone.begin(whole=False)
    alone.end()
    assert older.path.exists()


def test_what_is_discarded_is_gone_and_what_waits_stays(qtbot, make, crashed) -> None:
    window = make(started=False)
    window.show()
    dialog = offered(window).dialog
    next(b for b in dialog.findChildren(Button) if b.text() == "Discard").click()
    assert dialog.isVisible() and [p.name for p in crashed.glob("*.rewire")] == ["1-00000000.rewire"]
    next(b for b in dialog.findChildren(Button) if b.text() == "Later").click()
    assert not dialog.isVisible() and not window.isWindowModified()
    again = offered(window).dialog
    next(b for b in again.findChildren(Button) if b.text() == "Discard").click()
    assert not again.isVisible() and not list(crashed.glob("*"))
    assert offered(window).dialog is None, "nothing is left to ask about"


KILLED = """
import sys, time
from pathlib import Path
from app import application, autosave
from app.application import assemble, begin
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from tests.app.test_window import small
autosave.EVERY, autosave.SHARE, autosave.TICK = 0.2, 1, 50
app = QApplication([])
window = assemble(small(steps=400), device="cpu")
begin(window)
path, seed = Path(sys.argv[1]), 0
def edit():
    global seed
    seed += 1
    window.document.patch("seed", seed=seed)
    print("edit", seed, time.time(), flush=True)
    if seed % 4 == 0:
        window.projects._save(path, None)
window.projects.said.connect(lambda sentence, fault: print(sentence.split()[0], seed, flush=True))
timer = QTimer()
timer.timeout.connect(edit)
timer.start(150)
app.exec()
"""
KILLS = int(os.environ.get("REWIRE_KILLS", "1"))


@pytest.mark.timeout(145 if KILLS < 10 else 30 * KILLS)
def test_kill_at_any_moment_loses_moments_and_never_a_saved_file(tmp_path) -> None:
    """The window itself, while it trains, saves and is edited; the clock of the autosave is a hundred times as fast."""
    (tmp_path / "killed.py").write_text(textwrap.dedent(KILLED))
    rng, recovered = np.random.default_rng(), 0
    for k in range(KILLS):
        state, path = tmp_path / f"state{k}", tmp_path / f"{k}.rewire"
        env = os.environ | {"XDG_STATE_HOME": str(state), "PYTHONPATH": str(ROOT)}
        with (tmp_path / "told").open("wb") as out:
            command = [sys.executable, str(tmp_path / "killed.py"), str(path)]
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=env, cwd=ROOT)
        place = state / "rewire" / "autosave"
        try:
            end = time.monotonic() + 60
            while not (place.is_dir() and list(place.glob("*.rewire"))) and time.monotonic() < end:
                assert process.poll() is None, (tmp_path / "told").read_text()
                time.sleep(0.01)
            time.sleep(float(rng.uniform(0.0, 3.0)))
        finally:
            process.kill()
            process.wait()
        now = time.time()
        said = [line.split() for line in (tmp_path / "told").read_text().splitlines()]
        edits = {int(words[1]): float(words[2]) for words in said if words[0] == "edit" and len(words) == 3}
        done = [int(words[1]) for words in said if words[0] == "Saved" and len(words) == 2]
        held = abandoned(place)
        seeds = [read(one.path).experiment.seed for one in held]
        if path.exists():
            seeds.append(read(path).experiment.seed)
            assert not read(path).lost
        assert seeds and (not done or path.exists())
        lost = [when for seed, when in edits.items() if seed > max(seeds)]
        assert not lost or now - min(lost) < 15.0, f"{len(lost)} edits, the first {now - min(lost):.1f} s ago"
        recovered += len(held)
        for one in held:
            assert not read(one.path).lost
            one.remove()
    print(f"{KILLS} kills, {recovered} offered afterwards")
