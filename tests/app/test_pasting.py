"""What a clipboard holds becomes a file that an experiment names, and that a project takes along."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.document import Document
from app.forms.controls import Line
from app.loading import pasted
from app.opening import Opening
from engine.parts import Wrong
from engine.projects.data_files import Embedding
from engine.registry import kinds
from engine.spec import Experiment
from tests.app.scripted import rest

CELLS = "height\tage\tsex\n1,5\t60\tm\n1,25\t70\tf\n1,75\t80\tm\n"  # as a German spreadsheet puts them there


@pytest.fixture
def opening(qapp, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    gaussian = kinds("distributions")["gaussian"]
    made = Opening(Document(Experiment(source=gaussian(), target=gaussian(mean=3.0))))
    made.heard = []
    for name in ("failed", "opened", "asked"):
        getattr(made, name).connect(lambda *words, name=name: made.heard.append((name, *words)))
    yield made
    made.close()


def held(text: str = "", image: QImage | None = None, *files: str) -> QMimeData:
    data = QMimeData()
    if text:
        data.setText(text)
    if image is not None:
        data.setImageData(image)
    if files:
        data.setUrls([QUrl.fromLocalFile(path) for path in files])
    return data


def picture() -> QImage:
    made = QImage(12, 8, QImage.Format.Format_ARGB32)
    made.fill(0)
    for x in range(6):
        made.setPixelColor(x, 3, QColor("black"))
    return made


def settle(opening: Opening) -> tuple:
    for _ in range(500):
        rest(0.01)
        if not opening.reading:
            return opening.heard[-1]
    raise TimeoutError


def test_cells_of_a_table(opening) -> None:
    opening.paste(held(CELLS), "target")
    assert settle(opening)[:2] == ("opened", "target")
    law = opening.document.experiment.target
    assert law.read(2).points.tolist() == [[1.5, 60], [1.25, 70], [1.75, 80]]
    path = Path(law.path)
    assert path.parent == pasted.place() and path.name.startswith("pasted-") and path.suffix == ".tsv"
    opening.paste(held(CELLS), "source")
    settle(opening)
    assert opening.document.experiment.source.path == law.path, "the same content is the same file"
    embedding = Embedding(path.parent)
    inside = embedding.inside(opening.document.experiment)
    assert inside.target.path == "data/1.tsv" and embedding.members["data/1.tsv"] == CELLS.encode()


def test_what_is_in_doubt_is_asked(opening) -> None:
    opening.paste(held("a\tb\tc\n1\t2\t3\n4\t5\t6\n"), "target")
    assert settle(opening)[0] == "asked"


def test_a_picture(opening) -> None:
    opening.paste(held(image=picture()), "target")
    assert settle(opening)[:2] == ("opened", "target")
    law = opening.document.experiment.target
    assert law.kind == "image" and law.path.endswith(".png")
    x = law.sample(200, 2, np.random.default_rng(0))
    assert x[:, 0].max() <= 0.01 and np.ptp(x[:, 1]) <= law.height / 8 + 1e-9, "on the six dark pixels alone"


def test_a_file(opening, tmp_path) -> None:
    (tmp_path / "a.csv").write_text("1,2\n3,4\n")
    opening.paste(held("", None, str(tmp_path / "a.csv")), "source")
    assert settle(opening) == ("opened", "source", str(tmp_path / "a.csv"))


@pytest.mark.parametrize(
    ("text", "image", "suffix"),
    [
        (CELLS, True, ".tsv"),  # a spreadsheet puts a picture of the cells beside them
        ("https://example.org/cat2.png", True, ".png"),  # a browser puts the address beside the picture
        ("1,2\n3,4\n", False, ".csv"),
    ],
)
def test_of_several_forms_the_one_that_is_meant(qapp, tmp_path, text, image, suffix) -> None:
    assert pasted.clipped(held(text, picture() if image else None), tmp_path)().endswith(suffix)


@pytest.mark.parametrize(("text", "words"), [("", "nothing that can be a cloud"), ("hello\nworld", "without a number")])
def test_nothing_to_use_is_one_sentence(opening, text, words) -> None:
    opening.paste(held(text), "source")
    assert opening.heard[-1][0] == "failed" and words in opening.heard[-1][2]
    with pytest.raises(Wrong, match=words):
        pasted.clipped(held(text))


def test_what_is_too_large_is_refused(qapp, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(pasted, "MOST", 20)
    monkeypatch.setattr(pasted, "MAX_PIXELS", 20)
    for data in (held(CELLS), held(image=picture())):
        with pytest.raises(Wrong):
            pasted.clipped(data, tmp_path)


def test_without_an_end_it_is_asked_for(opening) -> None:
    opening.paste(held(CELLS))
    for _ in range(300):
        rest(0.01)
        if not opening.reading:
            break
    words = [action.text() for action in opening._menu.actions()]
    assert [one.partition(" as ")[2] for one in words] == ["the source", "the target", "the pairs of the coupling"]
    opening._menu.close()


def test_a_field_that_is_typed_in_keeps_its_paste(qtbot) -> None:
    """Ctrl+V is the window's where nothing is typed."""
    line = Line()
    qtbot.addWidget(line)
    line.show()
    line.setFocus()
    QApplication.clipboard().setText("42")
    QTest.keyClick(line, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert line.text() == "42"


def test_a_long_text_that_is_dragged_holds_no_move_up() -> None:
    data = held("words and words\n" * 1_000_000)
    begun = time.thread_time()
    assert pasted.carries(data) == ""
    assert time.thread_time() - begun < 0.5
