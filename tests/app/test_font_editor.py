"""The choice of a font: names of the machine's, found beside the window, each standing for its file."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.forms.font_editor import BUILT_IN, FILE, SOUGHT, FontEditor
from app.forms.pickers import field
from engine.distributions.text import Text
from engine.registry import knobs


@pytest.fixture
def editor(qtbot) -> FontEditor:
    (knob,) = [knob for knob in knobs(Text) if knob.name == "font"]
    made = field(knob)
    qtbot.addWidget(made)
    made.resize(200, 30)
    made.show()
    return made


def words(editor: FontEditor) -> list[str]:
    return [editor.combo.itemText(k) for k in range(editor.combo.count())]


def test_the_fonts_are_found_when_they_are_wanted(editor: FontEditor, qtbot, monkeypatch) -> None:
    monkeypatch.setattr("engine.reading.fonts.installed", lambda: (("One", "/one.ttf"), ("Two", "/two.ttf")))
    editor.set_value("")
    assert words(editor) == [BUILT_IN, FILE] and editor.combo.currentText() == BUILT_IN
    said = []
    editor.changed.connect(said.append)
    editor.combo.showPopup()
    assert words(editor) == [BUILT_IN, SOUGHT]
    qtbot.waitUntil(lambda: "Two" in words(editor), timeout=30_000)
    assert editor.combo.view().isVisible()
    editor.combo.hidePopup()
    editor.combo.activated.emit(words(editor).index("Two"))
    assert said == ["/two.ttf"]
    editor.set_value("/two.ttf")
    assert editor.combo.currentText() == "Two"
    editor.set_value("/elsewhere/Mine.otf")  # of a project from another machine
    assert editor.combo.currentText() == "Mine" and words(editor)[1] == "Mine"
    editor.combo.activated.emit(0)
    assert said[-1] == ""


def test_a_file_is_asked_for(editor: FontEditor, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr("app.file_dialog.ask", lambda *given, **_: asked.append(given[-1]))
    editor.set_value("")
    said = []
    editor.changed.connect(said.append)
    editor.combo.activated.emit(words(editor).index(FILE))
    assert editor.combo.currentText() == BUILT_IN and not said
    asked.pop()("/a.ttf")
    assert said == ["/a.ttf"]
    editor.combo.setFocus()
    QTest.keyClick(editor.combo, Qt.Key.Key_Home)


def test_a_collection_offers_its_faces(editor: FontEditor, tmp_path) -> None:
    path = tmp_path / "two.ttc"
    path.write_bytes(b"ttcf\0\1\0\0" + (2).to_bytes(4, "big") + bytes(40))
    editor.set_value(str(path))
    assert words(editor)[1:3] == ["two, face 1", "two, face 2"] and editor.combo.currentText() == "two, face 1"
    given = []
    editor.changed.connect(given.append)
    editor._pick(2)
    assert given == [f"{path}#1"]
    editor.set_value(f"{path}#1")
    assert editor.combo.currentText() == "two, face 2"
