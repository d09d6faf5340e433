"""How far it is from a file to a training: drops and clicks are counted, in the window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.application import assemble, begin
from engine.codec import build
from tests.app.scripted import rest

SPEC = {
    "source": {"kind": "gaussian"},
    "target": {"kind": "gaussian", "mean": 3.0},
    "coupling": {"kind": "independent", "pairs": 300},
    "training": {"steps": 100_000, "batch": 64},
    "measure": {"samples": 64, "points": 64, "ladder": [1, 2]},
    "rounds": 1,
}


@pytest.fixture
def window(qapp):
    made = assemble(build(SPEC), device="cpu")
    begin(made)
    made.resize(1100, 720)
    until(lambda: made.controller.snapshot is not None and made.controller.snapshot.rounds)
    yield made
    made.close()
    assert made.controller.engine.close(60.0)
    made.deleteLater()


def until(true, patience: float = 40.0) -> None:
    for _ in range(int(patience / 0.02)):
        if true():
            return
        rest(0.02)
    raise TimeoutError


def files(folder) -> dict[str, str]:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    for x in range(10, 30):
        image.setPixelColor(x, 15, QColor("black"))
    image.save(str(folder / "a.png"))
    x = np.random.default_rng(0).random((60, 3)).round(3)
    lines = [f"{k},{a},{b},{c}" for k, (a, b, c) in enumerate(x.tolist())]
    (folder / "plain.csv").write_text("x,y\n" + "".join(f"{a},{b}\n" for a, b, _ in x.tolist()))
    (folder / "doubt.csv").write_text("\n".join(["id,height,age,size", *lines, ""]))
    return {name: str(folder / name) for name in ("a.png", "plain.csv", "doubt.csv")}


def test_from_a_file_to_training(window, tmp_path) -> None:
    """A drop on the stage, and Train where that was paused; a file in doubt takes one press more."""
    made = files(tmp_path)
    assert {name: acts(window, path) for name, path in made.items()} == {"a.png": 2, "plain.csv": 2, "doubt.csv": 3}


def acts(window, path: str) -> int:
    """Drops and presses until it trains on the file."""
    acts = 0
    if window.controller.running:
        window.train()
    assert not window.controller.running
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path)])
    how = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    stage = window.stage
    at = stage.mapTo(window, QPoint(3 * stage.width() // 4, stage.height() // 2))
    QApplication.sendEvent(window, QDragEnterEvent(at, *how))
    assert window.drops.zone.isVisible() and window.drops.zone.here == "target"
    QApplication.sendEvent(window, QDropEvent(QPointF(at), *how))
    acts += 1
    until(lambda: not window.opening.reading)
    if window.asking.dialog is not None:
        QTest.mouseClick(window.asking.dialog.use, Qt.MouseButton.LeftButton)
        acts += 1
        until(lambda: not window.opening.reading)
    assert window.document.experiment.target.files() == (path,)
    if not window.controller.running:
        QTest.mouseClick(window.dock.run.train, Qt.MouseButton.LeftButton)
        acts += 1
    until(lambda: window.controller.current and window.controller.snapshot.phase == "training")
    return acts
