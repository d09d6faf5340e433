"""A user's own parts in the window: in the picker, in a form, undone, trained; and a plug-in that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.application import assemble, begin
from engine import plugins
from engine.codec import build
from engine.registry import plug_in

LAW = """
from typing import Annotated
from engine.parts import Distribution, knob
from engine.registry import part


@part
class Laplace(Distribution, frozen=True, tag="laplace"):
    about = "Independent coordinates with density exp(-|x|/b) / 2b."
    scale: Annotated[float, knob("scale b", above=0.0, high=100.0)] = 1.0

    def sample(self, n, dim, rng):
        return rng.laplace(0.0, self.scale, (n, dim))
"""
SMALL = {
    "rounds": 1,
    "source": {"kind": "gaussian"},
    "target": {"kind": "ring"},
    "coupling": {"kind": "independent", "pairs": 100},
    "velocity": {"kind": "mlp", "width": 4, "depth": 1},
    "training": {"steps": 20, "batch": 8},
    "measure": {"samples": 64},
}


@pytest.fixture
def window(qtbot, parts_as_they_were):
    made = assemble(build(SMALL), device="cpu")
    yield made
    made.close()
    made.deleteLater()
    QApplication.processEvents()


def written(folder: Path, text: str) -> Path:
    file = folder / "my_laws.py"
    file.write_text(text)
    file.chmod(0o644)
    return file


def test_a_plug_in_that_comes_while_the_window_is_there(qtbot, window, tmp_path) -> None:
    """In the picker, with a form, by undo and redo, and through the engine to a finished round."""
    card = window.dock.ends["source"]
    assert card.kind.findText("laplace") < 0
    plug_in(written(tmp_path, LAW))
    begin(window)
    card.refresh()
    names = [card.kind.itemText(k) for k in range(card.kind.count())]
    assert names.count("laplace") == 1 and card.kind.currentText() == "gaussian"
    card.kind.activated.emit(names.index("laplace"))
    document = window.document
    assert document.experiment.source.kind == card.kind.currentText() == "laplace"
    assert "scale" in card.form.rows and document.stack.undoText() == "source laplace"
    document.stack.undo()
    assert document.experiment.source.kind == card.kind.currentText() == "gaussian"
    document.stack.redo()  # and training goes on
    controller = window.controller
    qtbot.waitUntil(lambda: controller.current and controller.snapshot.phase == "done", timeout=60_000)
    assert controller.snapshot.rounds[1].finished and controller.snapshot.spec.source.kind == "laplace"


def test_a_plug_in_that_cannot_be_used_is_told(qtbot, window, monkeypatch) -> None:
    sentence = "plug-in my_laws (/home/my_laws.py) cannot be loaded: ZeroDivisionError: division by zero"
    monkeypatch.setattr(plugins, "_complaints", [sentence])
    begin(window)
    assert window.notice.text.text() == f"{sentence}." and window.notice.isVisible()
