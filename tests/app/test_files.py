"""Sections that come from files: nothing changes until a good one was read, and what is wrong is said at the card."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from app import file_dialog, settings
from app.application import assemble
from app.window import Window
from engine import gate
from engine.codec import build
from engine.matching.uninterruptible import READING
from engine.reading import clouds, image_density
from engine.reading.limits import formats

ROOT = Path(__file__).resolve().parents[2]
SECTIONS = ["source", "target", "coupling"]


@pytest.fixture
def window(qapp) -> Window:
    """Neither started nor shown: reading files needs no engine."""
    raw = {
        "source": {"kind": "gaussian"},
        "target": {"kind": "gaussian"},
        "coupling": {"kind": "independent", "pairs": 77},
    }
    made = assemble(build(raw), device="cpu")
    yield made
    for dialog in dialogs():
        dialog.reject()
    made.close()
    made.deleteLater()


def rows(folder: Path, name: str, columns: int) -> str:
    np.savetxt(folder / name, np.random.default_rng(0).standard_normal((20, columns)), delimiter=",")
    return str(folder / name)


def dialogs() -> list[QFileDialog]:
    return [
        widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QFileDialog) and widget.isVisible()
    ]


def pick(window: Window, section: str, kind: str) -> None:
    choice = window.dock.cards[section].kind
    index = choice.findText(kind)
    choice.setCurrentIndex(index)
    choice.activated.emit(index)


def columns(section: str) -> int:
    return 4 if section == "coupling" else 2


@pytest.mark.parametrize("section", SECTIONS)
def test_picking_the_kind_asks_and_keeps_what_was(qtbot, window, tmp_path, section) -> None:
    card, before = window.dock.cards[section], window.document.experiment
    pick(window, section, "file")
    (dialog,) = window.findChildren(QFileDialog)
    assert card.kind.currentText() == getattr(before, section).kind and window.document.experiment == before
    assert card.complaint.text() == ""
    dialog.fileSelected.emit(rows(tmp_path, "bad.csv", columns(section) - 1))
    qtbot.waitUntil(lambda: not window.opening.reading, timeout=30_000)
    said = card.complaint.text()
    assert said.startswith("bad.csv: has ") and said.endswith(".") and "\n" not in said
    assert window.document.experiment == before and window.document.stack.count() == 0
    path = rows(tmp_path, "good.csv", columns(section))
    dialog.fileSelected.emit(path)
    qtbot.waitUntil(lambda: not window.opening.reading, timeout=30_000)
    part = getattr(window.document.experiment, section)
    assert (part.kind, part.path) == ("file", path) and card.complaint.text() == ""
    assert section != "coupling" or part.pairs == 77
    assert card.kind.currentText() == "file" and window.document.stack.count() == 1
    assert card.form.rows["path"].field.line.text() == "good.csv"
    card.form.rows["path"].field.changed.emit(rows(tmp_path, "worse.csv", columns(section) - 1))  # as its dialog does
    qtbot.waitUntil(lambda: not window.opening.reading, timeout=30_000)
    assert card.complaint.text().startswith("worse.csv: has ")
    assert getattr(window.document.experiment, section).path == path
    window.document.stack.undo()
    assert window.document.experiment == before
    dialog.reject()


@pytest.mark.parametrize("section", SECTIONS)
def test_a_file_dropped_on_the_card(qtbot, window, tmp_path, section, monkeypatch) -> None:
    card = window.dock.cards[section]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(rows(tmp_path, "dropped.csv", columns(section)))])
    how = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    monkeypatch.setattr(window, "childAt", lambda spot: card.title)  # the window is not on show
    enter = QDragEnterEvent(QPoint(5, 5), *how)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted() and window.drops.outlines[section].state == "here"
    QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), *how))
    qtbot.waitUntil(lambda: not window.opening.reading, timeout=30_000)
    assert getattr(window.document.experiment, section).kind == "file"
    assert card.complaint.text() == ""


def test_a_picture_is_no_coupling(window, tmp_path) -> None:
    (tmp_path / "moon.png").write_bytes(b"\x89PNG")
    window.opening.open(str(tmp_path / "moon.png"), "coupling")
    said = window.dock.cards["coupling"].complaint.text()
    assert said == f"moon.png is a picture, but pairs are rows of numbers: give {formats()}."


def test_the_path_stands_on_the_folded_card(window, tmp_path) -> None:
    part = {"kind": "file", "path": rows(tmp_path, "pairs.csv", 4)}
    raw = {"source": {"kind": "gaussian"}, "target": {"kind": "gaussian"}, "coupling": part}
    window.document.edit(build(raw), "pairs")
    card = window.dock.cards["coupling"]
    assert not card.open and card.form.standing(card.shown) == 1 and not card.form.isHidden()


def test_the_card_says_how_exact_it_is(window) -> None:
    card = window.dock.cards["coupling"]
    assert card.said.isHidden()
    pick(window, "coupling", "optimal")
    assert card.said.text() == "exact, one plan for all 77" and not card.said.isHidden()
    window.document.patch("more", coupling=type(window.document.experiment.coupling)(pairs=9000))
    assert card.said.text() == "exact inside 5 blocks of 1,800"


@pytest.fixture
def readers(monkeypatch) -> list[str]:
    """The names of the threads that have read a file, as often as they have."""
    threads: list[str] = []

    def noted(function: Callable) -> Callable:
        return lambda *given: threads.append(threading.current_thread().name) or function(*given)

    monkeypatch.setattr(clouds, "_found", noted(clouds._found))
    monkeypatch.setattr(image_density, "darkness", noted(image_density.darkness))
    monkeypatch.setattr(gate, "read", noted(gate.read))
    return threads


def picture(folder: Path) -> str:
    made = QImage(40, 30, QImage.Format.Format_Grayscale8)
    made.fill(200)
    made.setPixel(3, 4, 0)
    made.save(str(folder / "photo.png"))
    return str(folder / "photo.png")


def test_nothing_is_read_by_the_thread_of_the_window(qtbot, window, tmp_path, readers) -> None:
    """Whichever way it comes: dialog, drop on a card or on the stage, a knob that reads it in another way, a spec that
    names it, a file without a name that tells; afterwards, undo, redo and edits beside it read nothing."""
    steps: list[str] = []

    def done(step: str) -> None:
        qtbot.waitUntil(lambda: not window.opening.reading, timeout=30_000)
        steps.append(step)
        assert set(readers) <= {READING}, f"{step}: {readers}"

    for section in SECTIONS:
        window.dock.dropped.emit(section, rows(tmp_path, f"{section}.csv", columns(section)))
        done(f"drop on {section}")
    bare = tmp_path / "bare"
    np.save(tmp_path / "bare.npy", np.zeros((3, 2)))
    (tmp_path / "bare.npy").rename(bare)
    window.opening.open(str(bare), "source")
    done("first bytes, then points")
    window.dock.dropped.emit("target", picture(tmp_path))
    done("picture")
    count, card = len(readers), window.dock.cards["target"]
    card.form.rows["invert"].field.changed.emit(True)
    done("invert")
    assert window.document.experiment.target.invert and len(readers) == count + 1
    assert window.document.stack.undoText() == "load photo.png"
    card.form.rows["gamma"].field.changed.emit(2.0)  # a number, which reads the picture in another way as well
    done("gamma")
    assert window.document.experiment.target.gamma == 2 and len(readers) == count + 2
    (tmp_path / "spec.toml").write_text(
        f'[source]\nkind = "file"\npath = "{rows(tmp_path, "named.csv", 2)}"\n[target]\nkind = "gaussian"\n'
    )
    window.opening.open(str(tmp_path / "spec.toml"))
    done("spec")
    next(button for button in window.projects.question.buttons() if button.text() == "Don't save").click()
    assert window.document.experiment.source.kind == "file"
    count = len(readers)
    window.new_seed()
    window.document.patch("jitter", source=msgspec.structs.replace(window.document.experiment.source, jitter=0.5))
    for back in (True, True, True, False, False):
        (window.document.undo if back else window.document.redo)()
    assert len(readers) == count and len(steps) == 8 and set(readers) == {READING}


def test_what_a_reader_leaves_out_is_said(window: Window, tmp_path, qtbot) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text("1,2\nnan,3\n4,5\n,6\n")
    with qtbot.waitSignal(window.opening.told, timeout=30_000) as caught:
        window.opening.open(str(path), "source")
    said, end = caught.args
    assert said == (
        "gaps.csv: 2 points, column 1, column 2; 2 rows without a finite value of every coordinate left out."
    )
    assert end == "source" and window.notice.text.text() == said and window.notice.button.text() == "Columns…"
    with qtbot.waitSignal(window.opening.asked, timeout=30_000):
        window.notice.button.click()
    assert window.asking.dialog.isVisible()
    window.asking.close()


def test_a_question_that_is_given_up_changes_nothing(window: Window, tmp_path, qtbot) -> None:
    """Another file takes the place of the question; what is accepted is one step, with the columns in it."""
    before = window.document.experiment
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text("a,b,c\n1,2,3\n4,5,6\n7,8,1\n")
        with qtbot.waitSignal(window.opening.asked, timeout=30_000):
            window.opening.open(str(tmp_path / name), "target")
    first = window.asking.dialog
    assert first.path.endswith("two.csv") and sum(type(x).__name__ == "LoadDialog" for x in window.children()) <= 2
    first.reject()
    assert window.asking.dialog is None and window.document.experiment is before
    with qtbot.waitSignal(window.opening.asked, timeout=30_000):
        window.opening.open(str(tmp_path / "one.csv"), "target")
    with qtbot.waitSignal(window.opening.opened, timeout=30_000):
        window.asking.dialog.use.click()
    assert window.asking.dialog is None and window.document.experiment.target.columns == ("a", "b")
    assert window.document.stack.count() == 1
    assert window.dock.cards["target"].columns.words.text() == "a, b"


def test_each_sort_of_file_has_its_last_folder(qapp, tmp_path, monkeypatch) -> None:
    """Data, specs and pictures are apart, and are remembered after the dialog and from one start to the next."""
    parent, chosen = QWidget(), []
    for what in ("data", "spec", "picture"):
        (tmp_path / what).mkdir()
        file_dialog.ask(parent, "Choose", what, "All files (*)", chosen.append, save="a.txt" if what != "data" else "")
        (dialog,) = parent.findChildren(QFileDialog)
        dialog.fileSelected.emit(str(tmp_path / what / "a.txt"))
        dialog.reject()
        dialog.setParent(None)
        dialog.deleteLater()
    assert [Path(path).parent.name for path in chosen] == ["data", "spec", "picture"]
    for what in ("data", "spec", "picture"):
        assert settings.folder(what) == str(tmp_path / what)
        file_dialog.ask(parent, "Choose", what, "All files (*)", chosen.append)
        (dialog,) = parent.findChildren(QFileDialog)
        assert Path(dialog.directory().absolutePath()) == tmp_path / what
        dialog.reject()
        dialog.setParent(None)
        dialog.deleteLater()
    settings._file().clear()
    parent.deleteLater()


CLOSED_WHILE_IT_ASKS = """
import sys
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox, QWidget
from app import file_dialog

app, parent, asked = QApplication([]), QWidget(), []
parent.show()
file_dialog.ask(parent, "Choose", "data", "All files (*)", print)
(dialog,) = parent.findChildren(QFileDialog)

def close():  # there is a box on the stack of the dialog now
    asked.extend(dialog.findChildren(QMessageBox))
    dialog.close()

gone = []
dialog.destroyed.connect(lambda: gone.append(True))
QTimer.singleShot(300, close)
QTimer.singleShot(3000, app.quit)
name = dialog.findChild(QLineEdit)
name.setText("not there at all")
QTest.keyClick(name, Qt.Key.Key_Return)
print(len(asked), flush=True)
while not gone:
    app.processEvents()
print("gone", flush=True)
"""


def test_a_file_dialog_that_is_closed_while_it_asks(tmp_path) -> None:
    """As by the window, or a signal: the box that says that no such file is there stands on the stack."""
    command = [sys.executable, "-c", CLOSED_WHILE_IT_ASKS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.split()) == (0, ["1", "gone"]), done.stderr
