"""Presets and laws by their pictures: what is found, how it is chosen, and that nobody waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QApplication

from app import presets
from app.application import assemble
from app.picker.dialog import Picker
from app.picker.entries import Entry, found, of_laws, of_presets
from app.picker.thumbnails import Thumbnails, _known
from app.theme import load
from engine.codec import build
from engine.registry import kinds
from tests.app.scripted import rest

PRESETS = of_presets(presets.presets())
ENDS = {"source": {"kind": "gaussian"}, "target": {"kind": "gaussian"}}
BAD = {"not.toml": b"[source\nkind", "pipe.toml": b"", "zero.toml": b"\0" * 100, "huge.toml": b"#" * (6 * 2**20)}


@pytest.fixture(scope="module")
def window(qapp) -> Iterator:
    """Never started: nothing trains, no thread runs."""
    made = assemble(build(ENDS), device="cpu")
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def picker(qtbot) -> Picker:
    made = Picker()
    qtbot.addWidget(made)
    made.resize(820, 560)
    made.offer("Presets", PRESETS, "Open", load())
    yield made
    made.close()


def press(widget, key: Qt.Key, text: str = "") -> None:
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(widget, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text))


def wait(pictures: Thumbnails) -> None:
    end = time.monotonic() + 20
    while pictures.waiting:
        rest(0.01)
        assert time.monotonic() < end


# --- what is found ---


def test_every_preset_and_every_law_has_a_card() -> None:
    assert [entry.name for entry in PRESETS] == [preset.name for preset in presets.presets()]
    offered = {name for name, cls in kinds("distributions").items() if cls.offered}
    for dim in (1, 2, 3):
        assert {entry.name for entry in of_laws(dim)} == offered
    assert all(entry.title and entry.hint and entry.dim in (1, 2, 3) for entry in (*PRESETS, *of_laws(2)))


@pytest.mark.parametrize("entry", PRESETS, ids=lambda entry: entry.name)
def test_a_card_is_found_by_its_title_and_by_its_laws(entry: Entry) -> None:
    scene = next(preset for preset in presets.presets() if preset.name == entry.name).experiment()
    assert entry.dim == scene.dim
    for text in (entry.title, entry.title.upper(), f"{entry.dim}-d", scene.source.kind, f"{scene.target.kind}  "):
        assert entry in found(PRESETS, text)
    assert entry in found(PRESETS, "", scene.dim) and entry not in found(PRESETS, "", scene.dim % 3 + 1)
    assert entry not in found(PRESETS, f"{entry.title} nowhere")
    assert (entry.group == "published") == (entry in found(PRESETS, "published arxiv"))


def test_words_are_found_in_any_order() -> None:
    assert [entry.name for entry in found(PRESETS, "torus gaussian")] == ["gaussian-to-torus"]
    assert found(PRESETS, "") == PRESETS and found(PRESETS, "x" * 10_000) == ()
    assert {"ring", "rings"} <= {entry.name for entry in found(of_laws(2), "circle")}


# --- pictures ---


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_every_law_has_a_picture_of_its_own_or_a_word(qapp, dim: int) -> None:
    pictures, entries, seen = Thumbnails(), of_laws(dim), {}
    pictures.ask(entries, load(), QSize(120, 80), 1.0)
    wait(pictures)
    pictures.rest()
    for entry in entries:
        made = pictures.picture(entry)
        if made is None:
            assert entry.name in ("file", "image") and "no file is chosen" in pictures.words(entry)
            continue
        image = made.toImage().convertToFormat(QImage.Format.Format_RGB32)
        pixels = np.frombuffer(image.constBits(), np.uint32)
        assert (pixels != pixels[0]).sum() > 3, entry.name  # one point is a dot
        seen[entry.name] = pixels.tobytes()
    alike = 4 if dim == 1 else 1  # curves of space have a shadow in common on the line
    assert len(set(seen.values())) >= len(seen) - alike


def test_every_preset_has_a_picture(picker: Picker) -> None:
    wait(picker.pictures)
    for entry in PRESETS:
        assert picker.pictures.picture(entry) is not None, (entry.name, picker.pictures.words(entry))


def test_no_beat_is_long_and_nothing_runs_on(picker: Picker) -> None:
    """Sampled anew, in another thread; the window's own thread paints one picture at a time."""
    picker.pictures.rest()
    _known.clear()
    beats, beat = [], picker.pictures._beat

    def timed() -> None:
        begun = time.thread_time()  # its own work: the machine is others' too
        beat()
        beats.append(time.thread_time() - begun)

    picker.pictures._timer.timeout.disconnect()
    picker.pictures._timer.timeout.connect(timed)
    picker.pictures._painted.clear()
    picker._ask()
    wait(picker.pictures)
    assert len(beats) >= len(PRESETS) and max(beats) < 0.05
    picker.close()
    assert not picker.pictures.waiting and picker.pictures._pool is None and not picker.pictures._timer.isActive()


def test_what_raises_is_a_word_on_its_card(qapp) -> None:
    def breaks() -> None:
        raise ZeroDivisionError("by chance")

    pictures = Thumbnails()
    entry = Entry("broken", "Broken", "no", 2, "", "", breaks)
    pictures.ask([entry], load(), QSize(80, 60), 1.0)
    wait(pictures)
    pictures.rest()
    assert pictures.picture(entry) is None and "by chance" in pictures.words(entry)
    _known.pop(("broken", 2, False, 0))


def test_a_law_that_takes_long_holds_nobody_up(qapp) -> None:
    """Closed at once; the thread ends when the law has."""
    let = threading.Event()

    def slow() -> None:
        assert let.wait(20)

    pictures = Thumbnails()
    pictures.ask([Entry(f"slow {k}", "Slow", "no", 2, "", "", slow) for k in range(5)], load(), QSize(80, 60), 1.0)
    rest(0.05)
    begun = time.monotonic()
    pictures.rest()
    assert time.monotonic() - begun < 5.0 and not pictures.waiting
    let.set()
    end = time.monotonic() + 10
    while any(thread.name.startswith("thumbnails") for thread in threading.enumerate()):
        time.sleep(0.01)
        assert time.monotonic() < end


# --- the dialog ---


def test_typing_searches_and_return_picks(picker: Picker) -> None:
    picked: list[str] = []
    picker.picked.connect(picked.append)
    picker.grid.setFocus()
    for letter in "torus":
        press(picker.grid if letter == "t" else picker.search, getattr(Qt.Key, f"Key_{letter.upper()}"), letter)
    assert picker.search.text() == "torus" and list(picker.grid.entries) == ["gaussian-to-torus"]
    assert picker.count.text() == f"1 of {len(PRESETS)}"
    press(picker.search, Qt.Key.Key_Return)
    assert picked == ["gaussian-to-torus"] and not picker.isVisible()


def test_arrows_go_from_card_to_card(picker: Picker) -> None:
    first = picker.grid.name
    assert first == PRESETS[0].name
    press(picker.search, Qt.Key.Key_Right)
    assert picker.grid.name == PRESETS[1].name
    press(picker.search, Qt.Key.Key_Down)
    across = picker.grid.viewport().width() // picker.grid.gridSize().width()
    assert picker.grid.name == PRESETS[1 + across].name and across > 1
    press(picker.grid, Qt.Key.Key_Up)
    press(picker.grid, Qt.Key.Key_Left)
    assert picker.grid.name == first
    assert picker.about.text() == PRESETS[0].said


def test_a_dimension_and_a_word_narrow_and_escape_widens(picker: Picker) -> None:
    picker.dims.button(3).click()
    assert {entry.dim for entry in picker.grid.entries.values()} == {3}
    picker.search.setText("no such thing")
    assert picker.stack.currentIndex() == 1 and picker.nothing.text() == "Nothing matches “no such thing” in 3-D."
    assert not picker.opener.isEnabled() and picker.grid.name == ""
    press(picker.search, Qt.Key.Key_Return)
    assert picker.isVisible()
    press(picker.search, Qt.Key.Key_Escape)
    assert picker.isVisible() and len(picker.grid.entries) == len(PRESETS) and picker.opener.isEnabled()
    press(picker.search, Qt.Key.Key_Escape)
    assert not picker.isVisible()


# --- the window ---


def test_a_preset_is_an_edit_that_undo_takes_back(window) -> None:
    before = window.document.experiment
    window.title.presets.click()
    dialog = window.picking.dialog
    assert dialog.isVisible() and len(dialog.entries) == len(presets.presets())
    dialog.search.setText("Two modes")
    press(dialog.search, Qt.Key.Key_Return)
    assert window.document.experiment.target.kind == "two modes" and not dialog.isVisible()
    window.document.undo()
    assert window.document.experiment == before


@pytest.mark.parametrize("end", ["source", "target"])
def test_a_law_is_chosen_for_an_end_by_its_picture(window, end: str) -> None:
    window.dock.ends[end].browse.click()
    dialog = window.picking.dialog
    assert end in dialog.windowTitle() and dialog.grid.name == getattr(window.document.experiment, end).kind
    assert dialog.row.isHidden()  # of one dimension: that of the experiment
    dialog.search.setText("dinosaur")
    press(dialog.search, Qt.Key.Key_Return)
    assert getattr(window.document.experiment, end).kind == "dinosaur"
    window.document.undo()


def test_a_folder_of_ones_own(window, tmp_path, monkeypatch) -> None:
    """Its specs come first; a broken one says why and opens nothing; data beside a spec is found."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    mine = tmp_path / "rewire" / "presets"
    assert presets.own() == ()
    mine.mkdir(parents=True)
    np.save(mine / "cloud.npy", np.random.default_rng(0).standard_normal((40, 2)))
    spec = '# Mine: my own cloud.\ndim = 2\n[source]\nkind = "gaussian"\n[target]\nkind = "file"\npath = "cloud.npy"\n'
    (mine / "mine.toml").write_text(spec, encoding="utf-8")
    (mine / "untitled.toml").write_text(spec.partition("\n")[2], encoding="utf-8")
    for name, content in BAD.items():
        (mine / name).write_bytes(content)
    entries = of_presets(presets.own())
    told = {entry.name: entry for entry in entries}
    assert (told["yours/mine"].title, told["yours/mine"].hint) == ("Mine", "my own cloud.")
    assert told["yours/untitled"].title == "untitled" and told["yours/mine"].group == "yours"
    broken = {name for name, entry in told.items() if entry.problem}
    assert broken >= {"yours/not", "yours/zero", "yours/huge"} and "\n" not in "".join(e.problem for e in entries)
    assert told["yours/mine"].seen().target.shape == (500, 2) and told["yours/mine"].stamp > 0
    assert "huge.toml: it is too large" in told["yours/huge"].problem
    window.picking.presets()
    dialog = window.picking.dialog
    dialog.search.setText("not.toml")
    dialog.grid.go(0)
    assert not dialog.opener.isEnabled() or not dialog.grid.entries
    dialog.search.setText("my own")
    press(dialog.search, Qt.Key.Key_Return)
    assert window.document.experiment.target.path.endswith("cloud.npy")
    window.document.undo()
