"""Files, chosen or dropped: what opens, what is refused, and that a refusal changes nothing."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from app import opening as module
from app.docks.end_card import EndCard
from app.document import Document
from app.loading.drops import Drops
from app.loading.sorts import sort_by_content, sort_by_name
from app.opening import Opening
from engine import codec
from engine.matching import uninterruptible
from engine.parts import Reader
from engine.reading import apart
from engine.reading.limits import formats, suffixes
from engine.reading.pictures import SUFFIXES
from engine.registry import kinds, part
from engine.spec import Experiment


@pytest.fixture
def document(qapp) -> Document:
    gaussian = kinds("distributions")["gaussian"]
    return Document(Experiment(source=gaussian(), target=gaussian(mean=3.0)))


@pytest.fixture
def opening(document):
    made = Opening(document)
    made.heard = []
    made.failed.connect(lambda *words: made.heard.append(("failed", *words)))
    made.opened.connect(lambda *words: made.heard.append(("opened", *words)))
    made.busy.connect(lambda *words: made.heard.append(("busy", *words)))
    made.found.connect(lambda path, project: made.heard.append(("found", path, project)))
    made.asked.connect(lambda *what: made.heard.append(("asked", *what)))
    yield made
    made.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "reading"]


def wait(qtbot, opening) -> tuple:
    qtbot.waitUntil(lambda: not opening.reading, timeout=30_000)
    return opening.heard[-1]


@pytest.mark.parametrize("name", ["cloud.csv", "cloud.tsv", "cloud.txt", "cloud.npy"])
def test_points_become_the_end(qtbot, document, opening, tmp_path, name) -> None:
    path = tmp_path / name
    xy = np.arange(20.0).reshape(10, 2)
    if name.endswith(".npy"):
        np.save(path, xy)
    else:
        np.savetxt(path, xy, delimiter="," if name.endswith("csv") else "\t")
    opening.open(str(path), "target")
    assert opening.heard == [("busy", "target", f"Reading {name}…")]
    assert wait(qtbot, opening) == ("opened", "target", str(path))
    assert document.experiment.target.kind == "file"
    assert document.stack.undoText() == f"load {name}"


def test_a_picture_becomes_the_end(qtbot, document, opening, tmp_path) -> None:
    path = str(tmp_path / "moon.png")
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(0x000000)
    image.save(path)
    opening.open(path, "source")
    assert wait(qtbot, opening)[0] == "opened"
    assert document.experiment.source.kind == "image"


@pytest.mark.parametrize("suffix", ["toml", "json"])
def test_a_spec_is_a_project_without_rounds(qtbot, document, opening, tmp_path, suffix) -> None:
    path = tmp_path / f"spec.{suffix}"
    wanted = Experiment(seed=5, source=document.experiment.target, target=document.experiment.source)
    codec.write(wanted, path)
    opening.open(str(path))
    how, place, project = wait(qtbot, opening)
    assert (how, place) == ("found", str(path)) and project.experiment == wanted and project.rounds == ()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("one.csv", "1\n2\n3\n"),
        ("words.csv", "a,b\nc,d\n"),
        ("empty.csv", ""),
        ("broken.png", "not a picture"),
        ("spec.toml", "seed = "),
        ("spec.json", '{"seed": -1}'),
        ("notes.pdf", "%PDF"),
        ("broken.npz", "PK no"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(qtbot, document, opening, tmp_path, name, content) -> None:
    path = tmp_path / name
    path.write_text(content)
    before = document.experiment
    opening.open(str(path), "source")
    how, _, text = wait(qtbot, opening)
    assert how == "failed" and text.endswith(".") and not text.endswith("..")
    assert document.experiment is before and document.stack.count() == 0
    if name == "one.csv":
        assert "dimension" in text and "1" in text


def test_a_doubt_is_asked_about(qtbot, document, opening, tmp_path) -> None:
    """And nothing has changed until it is answered."""
    path, before = tmp_path / "three.csv", document.experiment
    path.write_text("1,2,3\n4,5,6\n")
    opening.open(str(path), "source")
    how, end, part, found = wait(qtbot, opening)
    assert (how, end, part.path) == ("asked", "source", str(path)) and len(found.columns) == 3 and not found.sure
    assert document.experiment is before and document.stack.count() == 0


def test_columns_that_come_to_nothing_can_be_looked_at(qtbot, document, opening, tmp_path) -> None:
    """One sentence, and a way to the columns; a file that is none has no such way."""
    unsuited = []
    opening.unsuited.connect(lambda *what: unsuited.append(what))
    (tmp_path / "a.csv").write_text("1,2\n3,apple\n")
    opening.open(str(tmp_path / "a.csv"), "source")
    assert wait(qtbot, opening)[0] == "failed" and len(unsuited) == 1
    opening.look(*unsuited[0])
    assert wait(qtbot, opening)[3].complaint.startswith("a.csv: row 2")
    (tmp_path / "b.csv").write_text("")
    opening.open(str(tmp_path / "b.csv"), "source")
    assert wait(qtbot, opening)[0] == "failed" and len(unsuited) == 1


def test_another_file_is_read_by_the_same_choice_where_that_fits(qtbot, document, opening, tmp_path) -> None:
    """A series of files is chosen once; a file of another kind is looked at afresh."""
    law = kinds("distributions")["file"]
    for name, text in (("one", "a,b,c\n1,2,3\n4,5,6\n"), ("two", "a,b,c\n7,8,9\n1,1,1\n"), ("else", "p,q\n1,2\n3,4\n")):
        (tmp_path / f"{name}.csv").write_text(text)
    document.patch("chosen", source=law(path=str(tmp_path / "one.csv"), columns=("c", "a"), jitter=0.5))
    for name, columns in (("two", ("c", "a")), ("else", ())):
        opening.open(str(tmp_path / f"{name}.csv"), "source")
        assert wait(qtbot, opening)[0] == "opened"
        assert document.experiment.source.columns == columns and document.experiment.source.jitter == 0.5


def test_a_missing_file_is_one_sentence(qtbot, document, opening, tmp_path) -> None:
    opening.open(str(tmp_path / "none.csv"), "source")
    assert wait(qtbot, opening)[0] == "failed"


def test_cancel_forgets_the_file(qtbot, document, opening, tmp_path, monkeypatch) -> None:
    gate = threading.Event()

    def slow(part, dim, instead):
        gate.wait(5)
        return part

    monkeypatch.setattr(module, "answer", slow)
    path = tmp_path / "cloud.csv"
    path.write_text("1,2\n3,4\n")
    opening.open(str(path), "source")
    opening.cancel()
    assert opening.heard[-1] == ("busy", "source", "")
    gate.set()
    qtbot.wait(60)
    assert document.stack.count() == 0 and not opening.reading


@pytest.mark.parametrize(
    ("content", "sort"), [(b"\x89PNG\r\n", "picture"), (b"\x93NUMPY", "points"), (b"hello", ""), (b"", "")]
)
def test_by_content_where_the_suffix_says_nothing(tmp_path, content, sort) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert sort_by_name(str(path)) == "" and sort_by_content(str(path)) == sort


def test_points_without_a_suffix_are_asked_about(qtbot, document, opening, tmp_path) -> None:
    np.save(tmp_path / "a.npy", np.ones((3, 2)))
    path = (tmp_path / "a.npy").rename(tmp_path / "a")
    opening.open(str(path), at=QPoint(1, 1))
    qtbot.waitUntil(lambda: not opening.reading, timeout=30_000)
    words = [action.text() for action in opening._menu.actions()]
    assert words == ["Use a as the source", "Use a as the target", "Use a as the pairs of the coupling"]
    opening._menu.actions()[1].trigger()
    assert wait(qtbot, opening) == ("opened", "target", str(path))
    opening._menu.close()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("name", ["pipe", "pipe.toml", "pipe.json", "pipe.csv", "pipe.npy", "pipe.npz", "pipe.png"])
def test_a_pipe_holds_nobody(qtbot, document, opening, tmp_path, name) -> None:
    """Whoever opens one waits for a writer: its name tells nothing, and finding out was the window's work."""
    os.mkfifo(tmp_path / name)
    start = time.perf_counter()
    opening.open(str(tmp_path / name), "source")
    assert time.perf_counter() - start < 1
    how, _, text = wait(qtbot, opening)
    assert how == "failed" and text.startswith("pipe")


@pytest.fixture
def endless(tmp_path, monkeypatch) -> Iterator[Path]:
    """A file that is read in another process, which never comes back; all such processes end with the test."""
    started = []
    begin = apart._started
    monkeypatch.setattr(apart, "QUICK", 0)
    monkeypatch.setattr(apart, "START", "import time; time.sleep(60)")
    monkeypatch.setattr(apart, "_started", lambda *given: started.append(begin(*given)) or started[-1])
    path = tmp_path / "cloud.csv"
    path.write_text("1,2\n3,4\n")
    yield path
    assert started and all(process.returncode is not None for process in started)


@pytest.mark.parametrize("after", [0.0, 0.3])
@pytest.mark.parametrize("how", ["close", "cancel", "open"])
def test_what_reads_ends_at_once(qtbot, document, opening, endless, how, after) -> None:
    """With the window, when nobody wants it any more, and when another file is opened."""
    opening.open(str(endless), "source")
    qtbot.wait(int(1000 * after))
    start = time.perf_counter()
    if how == "open":
        other = endless.with_name("spec.toml")
        codec.write(document.experiment, other)
        opening.open(str(other))
        assert wait(qtbot, opening)[0] == "found"
    getattr(opening, "cancel" if how == "cancel" else "close")()
    assert time.perf_counter() - start < 1.0
    qtbot.waitUntil(lambda: not any(thread.name == "reading" for thread in threading.enumerate()), timeout=30_000)
    assert document.experiment.source.kind == "gaussian"


def test_what_takes_too_long_is_one_sentence(qtbot, document, opening, endless, monkeypatch) -> None:
    monkeypatch.setattr(apart, "BUDGET", 0.5)
    for _ in range(2):  # it is tried anew: another time it may not take so long
        opening.open(str(endless), "source")
        said = "cloud.csv: takes more than 0.5 seconds to read; give a simpler file."
        assert wait(qtbot, opening) == ("failed", "source", said)


def test_a_disk_that_does_not_answer_is_not_waited_for(qtbot, document, opening, tmp_path, monkeypatch) -> None:
    """Nothing can end a thread that waits for one; the process ends without it (``uninterruptible.leave``)."""
    gate = threading.Event()
    monkeypatch.setattr(module, "answer", lambda part, dim, instead: gate.wait(10) and part)
    (tmp_path / "cloud.csv").write_text("1,2\n")
    opening.open(str(tmp_path / "cloud.csv"), "source")
    start = time.perf_counter()
    opening.close()
    assert time.perf_counter() - start < 1.0
    assert [thread.name for thread in uninterruptible.running()] == ["reading"]
    gate.set()
    qtbot.waitUntil(lambda: not uninterruptible.running(), timeout=30_000)
    assert document.experiment.source.kind == "gaussian"


def dragged(*paths: str) -> tuple:
    """What the events of a drag of these files are made of, after the place."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def place(qtbot, opening) -> Drops:
    """A window of a card, 100 px wide, a stage of 200, and a strip below."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(300, 140)
    card, stage = QWidget(window), QWidget(window)
    card.setGeometry(0, 0, 100, 100)
    inside = QWidget(card)
    inside.setGeometry(10, 10, 50, 50)
    stage.setGeometry(100, 0, 200, 100)
    window.show()
    opening.said = []
    return Drops(window, opening, stage, {"coupling": card}, opening.said.append)


def over(drops: Drops, x: int, y: int, *paths: str) -> QDragEnterEvent:
    enter = QDragEnterEvent(QPoint(x, y), *(how := dragged(*paths)))
    enter.held = how  # Qt holds no reference to the data
    QApplication.sendEvent(drops.parent(), enter)
    return enter


@pytest.mark.parametrize(
    ("x", "y", "end"),
    [(120, 50, "source"), (280, 50, "target"), (20, 20, "coupling"), (90, 90, "coupling"), (9, 120, "")],
)
def test_each_place_says_what_it_would_make_of_a_file(place, opening, tmp_path, x, y, end, monkeypatch) -> None:
    asked, path = [], str(tmp_path / "cloud.csv")
    monkeypatch.setattr(opening, "open", lambda path, end, at: asked.append((path, end)))
    assert over(place, x, y, path).isAccepted()
    assert place.zone.isVisible() and place.zone.here == end and place.zone.note == ""
    assert [one.words for one in place.zone.places] == ["cloud.csv becomes the source", "cloud.csv becomes the target"]
    assert place.outlines["coupling"].state == ("here" if end == "coupling" else "able")
    QApplication.sendEvent(place.parent(), QDropEvent(QPointF(x, y), *(how := dragged(path))))
    assert asked == [(path, end)] and not place.zone.isVisible() and place.outlines["coupling"].isHidden() and how


def test_a_drag_that_leaves_leaves_nothing(place, opening, tmp_path, monkeypatch) -> None:
    over(place, 120, 50, str(tmp_path / "a.csv"))
    first = place.zone.grab().toImage()
    over(place, 280, 50, str(tmp_path / "a.csv"))
    assert place.zone.here == "target" and place.zone.grab().toImage() != first
    QApplication.sendEvent(place.parent(), QDragLeaveEvent())
    assert not place.zone.isVisible() and place.outlines["coupling"].isHidden()


def test_what_a_file_is_tells_what_can_be_made_of_it(place, opening, tmp_path, monkeypatch) -> None:
    """A project takes the place of everything, a picture is no coupling, an unknown name is said to be one."""
    over(place, 120, 50, str(tmp_path / "a.rewire"))
    assert [(one.title, one.words) for one in place.zone.places] == [("Open", "a.rewire, in place of what is here")]
    assert place.zone.here == "project" and place.outlines["coupling"].state == ""
    over(place, 20, 20, str(tmp_path / "moon.png"))
    assert place.outlines["coupling"].state == "" and len(place.zone.places) == 2
    over(place, 120, 50, str(tmp_path / "notes.pdf"))
    assert "none of the files that can be opened" in place.zone.note
    asked = []
    monkeypatch.setattr(opening, "open", lambda path, end, at: asked.append(path))
    two = str(tmp_path / "a.csv"), str(tmp_path / "b.csv")
    over(place, 120, 50, *two)
    assert place.zone.note == "2 files: the first of them is taken."
    QApplication.sendEvent(place.parent(), QDropEvent(QPointF(120, 50), *(how := dragged(*two))))
    assert asked == [two[0]] and opening.said == ["2 files were dropped: a.csv is taken."] and how


def test_a_picture_and_cells_that_are_no_file(qtbot, document, place, opening, tmp_path, monkeypatch) -> None:
    """Dragged out of a browser or a spreadsheet; a word, or an address, is none of our business."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(0x000000)
    for x, kind in ((120, "image"), (280, "file")):
        data = QMimeData()
        data.setImageData(image) if kind == "image" else data.setText("1\t2\n3\t4\n")
        how = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(place.parent(), QDragEnterEvent(QPoint(x, 50), *how))
        assert place.zone.places[0].words == f"the {'picture' if kind == 'image' else 'table'} becomes the source"
        QApplication.sendEvent(place.parent(), QDropEvent(QPointF(x, 50), *how))
        assert wait(qtbot, opening)[0] == "opened"
        assert getattr(document.experiment, "source" if x == 120 else "target").kind == kind
    for words in ("hello", "https://example.org/2"):
        data = QMimeData()
        data.setText(words)
        how = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(QPoint(120, 50), *how)
        enter.ignore()
        QApplication.sendEvent(place.parent(), enter)
        assert not enter.isAccepted() and not place.zone.isVisible()


@pytest.mark.parametrize("x", [120, 280, 20])
def test_a_project_dropped_anywhere_opens(qtbot, document, place, opening, tmp_path, x) -> None:
    path = tmp_path / "spec.toml"
    codec.write(document.experiment, path)
    over(place, x, 50, str(path))
    QApplication.sendEvent(place.parent(), QDropEvent(QPointF(x, 50), *(how := dragged(str(path)))))
    assert wait(qtbot, opening)[0] == "found" and how


def test_a_new_format_is_one_class(qtbot, document, opening, place, tmp_path, monkeypatch, parts_as_they_were) -> None:
    """In the dialogs, by drop, by its first bytes, and in the sentences that say what can be opened."""

    @part
    class Toy(Reader, frozen=True, tag="toy"):
        names, suffixes, magic = ("Toy",), (".toy",), (b"toy!",)

        def read(self, path: str, dim: int | None) -> np.ndarray:
            return np.ones((5, 2))

    filters = []
    monkeypatch.setattr(QFileDialog, "open", lambda dialog: filters.append(dialog.nameFilters()))
    stage = place.parent()
    for end in ("source", "coupling", ""):
        opening.choose(end, stage)
    known = " ".join(f"*{suffix}" for suffix in suffixes())
    drawn = " ".join(f"*{suffix}" for suffix in SUFFIXES)
    assert known.startswith("*.csv *.tsv ") and known.endswith("*.toy")
    assert filters[0] == [f"Points and pictures ({known} {drawn})"]
    assert filters[1] == [f"Pairs ({known})"] and "toy" not in filters[2][0]
    for name, content in (("cloud.toy", b""), ("cloud", b"toy!")):
        path = tmp_path / name
        path.write_bytes(content)
        over(place, 120, 50, str(path))
        QApplication.sendEvent(stage, QDropEvent(QPointF(120, 50), *(how := dragged(str(path)))))
        assert how
        assert wait(qtbot, opening) == ("opened", "source", str(path))
        assert document.experiment.source.points(2).tolist() == [[1, 1]] * 5
    opening.open(str(tmp_path / "none"), "source")
    listed = ", ".join(suffix[1:] for suffix in (*suffixes(), *SUFFIXES))
    assert wait(qtbot, opening)[2].endswith(f"toml, json, {listed}.")
    opening.open(str(tmp_path / "moon.png"), "coupling")
    assert opening.heard[-1][2].endswith(f"but pairs are rows of numbers: give {formats()}.")
    assert "or Toy, or a picture" in EndCard(document, "source", "Source").load.toolTip()
