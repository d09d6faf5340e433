"""Sections that come from files: nothing changes until a good one was read, and what is wrong is said at the card."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog

from app.application import assemble
from app.window import Window
from engine.codec import build

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
    dialog.fileSelected.emit(rows(tmp_path, "bad.csv", columns(section) + 1))
    qtbot.waitUntil(lambda: not window.opening.reading, timeout=5000)
    said = card.complaint.text()
    assert said.startswith("bad.csv: has ") and said.endswith(".") and "\n" not in said
    assert window.document.experiment == before and window.document.stack.count() == 0
    path = rows(tmp_path, "good.csv", columns(section))
    dialog.fileSelected.emit(path)
    qtbot.waitUntil(lambda: not window.opening.reading, timeout=5000)
    part = getattr(window.document.experiment, section)
    assert (part.kind, part.path) == ("file", path) and card.complaint.text() == ""
    assert section != "coupling" or part.pairs == 77
    assert card.kind.currentText() == "file" and window.document.stack.count() == 1
    assert card.form.rows["path"].field.line.text() == "good.csv"
    card.form.rows["path"].field.changed.emit(rows(tmp_path, "worse.csv", columns(section) + 1))  # as its dialog does
    qtbot.waitUntil(lambda: not window.opening.reading, timeout=5000)
    assert card.complaint.text().startswith("worse.csv: has ")
    assert getattr(window.document.experiment, section).path == path
    window.document.stack.undo()
    assert window.document.experiment == before
    dialog.reject()


@pytest.mark.parametrize("section", SECTIONS)
def test_a_file_dropped_on_the_card(qtbot, window, tmp_path, section) -> None:
    card = window.dock.cards[section]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(rows(tmp_path, "dropped.csv", columns(section)))])
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, button, none)
    card.dragEnterEvent(enter)
    assert enter.isAccepted() and card.complaint.text() == "Drop the file to use it here."
    card.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, button, none))
    qtbot.waitUntil(lambda: not window.opening.reading, timeout=5000)
    assert getattr(window.document.experiment, section).kind == "file"
    assert card.complaint.text() == ""


def test_a_picture_is_no_coupling(window, tmp_path) -> None:
    (tmp_path / "moon.png").write_bytes(b"\x89PNG")
    window.opening.open(str(tmp_path / "moon.png"), "coupling")
    said = window.dock.cards["coupling"].complaint.text()
    assert said == "moon.png is a picture, but pairs are rows of numbers: give CSV, TSV, NPY or NPZ."


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
