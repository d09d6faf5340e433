"""Files, chosen or dropped: what opens, what is refused, and that a refusal changes nothing."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from app import opening as module
from app.docks.end_card import EndCard
from app.document import Document
from app.opening import Drops, Opening, sort_of
from engine import codec
from engine.parts import Reader
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
    yield made
    made.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "reading"]


def wait(qtbot, opening) -> tuple:
    qtbot.waitUntil(lambda: not opening.reading, timeout=5000)
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
def test_a_spec_becomes_the_experiment(qtbot, document, opening, tmp_path, suffix) -> None:
    path = tmp_path / f"spec.{suffix}"
    wanted = Experiment(seed=5, source=document.experiment.target, target=document.experiment.source)
    codec.write(wanted, path)
    opening.open(str(path))
    assert wait(qtbot, opening)[0] == "opened"
    assert document.experiment == wanted
    document.stack.undo()
    assert document.experiment != wanted


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("three.csv", "1,2,3\n4,5,6\n"),
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


def test_a_missing_file_is_one_sentence(qtbot, document, opening, tmp_path) -> None:
    opening.open(str(tmp_path / "none.csv"), "source")
    assert wait(qtbot, opening)[0] == "failed"


def test_cancel_forgets_the_file(qtbot, document, opening, tmp_path, monkeypatch) -> None:
    gate = threading.Event()

    def slow(part, dim):
        gate.wait(5)
        return part

    monkeypatch.setattr(module, "checked", slow)
    path = tmp_path / "cloud.csv"
    path.write_text("1,2\n3,4\n")
    opening.open(str(path), "source")
    opening.cancel()
    assert opening.heard[-1] == ("busy", "source", "")
    gate.set()
    qtbot.wait(60)
    assert document.stack.count() == 0 and not opening.reading


def test_by_content_where_the_suffix_says_nothing(tmp_path) -> None:
    for content, sort in ((b"\x89PNG\r\n", "picture"), (b"\x93NUMPY", "points"), (b"hello", "")):
        path = tmp_path / "file"
        path.write_bytes(content)
        assert sort_of(str(path)) == sort


@pytest.mark.parametrize(("x", "end"), [(20, "source"), (180, "target")])
def test_the_half_of_the_stage_names_the_end(qtbot, document, opening, tmp_path, x, end, monkeypatch) -> None:
    stage, asked = QWidget(), []
    qtbot.addWidget(stage)
    stage.resize(200, 100)
    monkeypatch.setattr(opening, "open", lambda path, end: asked.append((path, end)))
    Drops(stage, opening)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "cloud.csv"))])
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(x, 50), *how)
    QApplication.sendEvent(stage, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(stage, QDropEvent(QPointF(x, 50), *how))
    assert asked == [(str(tmp_path / "cloud.csv"), end)]


def test_a_new_format_is_one_class(qtbot, document, opening, tmp_path, monkeypatch, parts_as_they_were) -> None:
    """In the dialogs, by drop, by its first bytes, and in the sentences that say what can be opened."""

    @part
    class Toy(Reader, frozen=True, tag="toy"):
        names, suffixes, magic = ("Toy",), (".toy",), (b"toy!",)

        def read(self, path: str, dim: int | None) -> np.ndarray:
            return np.ones((5, 2))

    filters = []
    monkeypatch.setattr(QFileDialog, "open", lambda dialog: filters.append(dialog.nameFilters()))
    stage = QWidget()
    qtbot.addWidget(stage)
    Drops(stage, opening)
    for end in ("source", "coupling", ""):
        opening.choose(end, stage)
    known = "*.csv *.tsv *.txt *.npy *.npz *.toy"
    assert filters[0] == [f"Points and pictures ({known} *.png *.jpg *.jpeg)"]
    assert filters[1] == [f"Pairs ({known})"] and "toy" not in filters[2][0]
    for name, content in (("cloud.toy", b""), ("cloud", b"toy!")):
        path = tmp_path / name
        path.write_bytes(content)
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(stage, QDragEnterEvent(QPoint(1, 1), *how))
        QApplication.sendEvent(stage, QDropEvent(QPointF(1, 1), *how))
        assert wait(qtbot, opening) == ("opened", "source", str(path))
        assert document.experiment.source.points(2).tolist() == [[1, 1]] * 5
    opening.open(str(tmp_path / "none"), "source")
    assert opening.heard[-1][2].endswith("toml, json, csv, tsv, txt, npy, npz, toy, png, jpg, jpeg.")
    opening.open(str(tmp_path / "moon.png"), "coupling")
    assert opening.heard[-1][2].endswith("but pairs are rows of numbers: give CSV, TSV, NPY, NPZ or Toy.")
    assert "NPZ or Toy, or a picture" in EndCard(document, "source", "Source").load.toolTip()
