"""The table of actions: no key twice, no handler missing, and Space stays where it belongs."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QMainWindow, QPushButton, QVBoxLayout, QWidget

from app.actions import build, calls, follow, table
from app.document import Document
from app.forms.controls import Choice, Line, Press, Slide
from app.key_sheet import KeySheet
from engine.registry import kinds
from engine.spec import Experiment


@pytest.fixture
def window(qtbot):
    made = QMainWindow()
    qtbot.addWidget(made)
    made.done = []
    made.actions_by_id = build(made, {name: lambda *args, n=name: made.done.append((n, *args)) for name in calls()})
    inside = QWidget()
    column = QVBoxLayout(inside)
    made.controls = [QPushButton("button"), QCheckBox("box"), QComboBox(), Choice(), Slide(), Press("press"), Line()]
    made.controls[0].clicked.connect(lambda: made.done.append("pressed"))
    made.controls[5].clicked.connect(lambda: made.done.append("pressed"))
    for control in made.controls:
        column.addWidget(control)
    made.setCentralWidget(inside)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    return made


def test_no_two_actions_share_a_key_or_an_id() -> None:
    keys = Counter(QKeySequence(key).toString() for action in table() for key in action.keys)
    assert [key for key, n in keys.items() if n > 1 or not key] == []
    assert len({action.id for action in table()}) == len(table())


def test_every_action_says_what_it_does() -> None:
    for action in table():
        assert action.text and action.tip and action.call
        assert action.listed or action.keys


def test_missing_handlers_are_named(qtbot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    with pytest.raises(KeyError, match="play"):
        build(window, dict.fromkeys(calls() - {"play"}, print))


def test_every_action_calls_its_handler(window) -> None:
    for action in table():
        window.done.clear()
        window.actions_by_id[action.id].trigger()
        assert window.done == [(action.call, *action.args)]


def focus(qtbot, widget) -> None:
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus, timeout=30_000)


def test_space_plays_wherever_the_focus_is_but_types_into_text(qtbot, window) -> None:
    for control in window.controls[:-1]:
        focus(qtbot, control)
        window.done.clear()
        QTest.keyClick(control, Qt.Key.Key_Space)
        assert window.done == [("play",)], type(control).__name__
    line = window.controls[-1]
    focus(qtbot, line)
    window.done.clear()
    QTest.keyClicks(line, "a 1R")
    assert line.text() == "a 1R" and window.done == []


def test_arrows_belong_to_a_focused_slider(qtbot, window) -> None:
    slider = window.controls[4]
    focus(qtbot, slider)
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert slider.value() == 1 and window.done == []
    focus(qtbot, window.controls[0])
    QTest.keyClick(window.controls[0], Qt.Key.Key_Right)
    assert window.done == [("step_t", 0.01)]


def test_typed_text_counts_before_an_action_runs(qtbot, window) -> None:
    line = window.controls[-1]
    line.editingFinished.connect(lambda: window.done.append("committed"))
    focus(qtbot, line)
    QTest.keyClicks(line, "3")
    window.actions_by_id["train"].trigger()
    assert window.done == ["committed", ("train",)]


def test_a_click_elsewhere_leaves_the_text_field(qtbot, window) -> None:
    line, press = window.controls[-1], window.controls[5]
    line.editingFinished.connect(lambda: window.done.append("committed"))
    focus(qtbot, line)
    QTest.keyClicks(line, "3")
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    assert line.hasFocus()
    QTest.mouseClick(press, Qt.MouseButton.LeftButton)
    assert not line.hasFocus() and window.done == ["committed", "pressed"]
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert window.done[-1] == ("play",)


def test_undo_goes_to_the_document_unless_text_is_being_typed(qtbot, window) -> None:
    line = window.controls[-1]
    focus(qtbot, line)
    QTest.keyClick(line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.done == [("undo",)]
    QTest.keyClicks(line, "3")
    QTest.keyClick(line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.done == [("undo",)] and line.text() == ""


def test_undo_says_what_it_undoes(window) -> None:
    gaussian = kinds("distributions")["gaussian"]
    document = Document(Experiment(source=gaussian(), target=gaussian()))
    undo, redo = window.actions_by_id["undo"], window.actions_by_id["redo"]
    follow(document.stack, window.actions_by_id)
    assert not undo.isEnabled() and not redo.isEnabled()
    document.patch("seed 4", seed=4)
    assert undo.isEnabled() and undo.text() == "Undo seed 4"
    document.stack.undo()
    assert redo.text() == "Redo seed 4" and undo.text() == "Undo"


def test_the_sheet_holds_every_key(qtbot) -> None:
    sheet = KeySheet()
    qtbot.addWidget(sheet)
    from PySide6.QtWidgets import QLabel

    text = " ".join(label.text() for label in sheet.findChildren(QLabel))
    for action in table():
        if action.call != "go_round" and action.keys:
            assert action.text.removeprefix("|").rstrip("…") in text
