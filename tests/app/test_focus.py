"""The focus stays where a person put it: what is typed next is typed there, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from app.application import assemble
from app.docks.card import SectionCard
from app.forms.editors import TypedEditor
from app.forms.form import Form
from app.forms.pickers import RowsEditor
from app.forms.typed_values import write
from app.window import Window
from engine.codec import build
from engine.registry import kinds, knobs
from tests.app.test_forms import FAMILIES, PARTS, another, made

ENDS = {"source": {"kind": "gaussian"}, "target": {"kind": "gaussian", "mean": 3.0}}


@pytest.fixture
def open_window(qtbot) -> Iterator[Callable[..., Window]]:
    """The window on show, its engine not started."""
    opened: list[Window] = []

    def window_with(**fields: object) -> Window:
        window = assemble(msgspec.structs.replace(build(ENDS), **fields), device="cpu")
        opened.append(window)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow, timeout=30_000)
        return window

    yield window_with
    for window in opened:
        window.close()
        window.deleteLater()
    QApplication.processEvents()


def commit(qtbot, form: Form, name: str, key: Qt.Key) -> QWidget:
    """Type another value into the field of a knob; returns the field."""
    row, part = form.rows[name], form.part
    field = row.field.focusProxy()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus, timeout=30_000)
    value = getattr(part, name)
    text = "grown" if isinstance(value, str) else write(another(row.knob, value))
    field.selectAll()
    field.insert(text) if isinstance(field, QLineEdit) else field.insertPlainText(text)
    QTest.keyClick(field, key)
    return field


@pytest.mark.parametrize("opened", [True, False], ids=["open", "folded"])
@pytest.mark.parametrize("section", [*FAMILIES, "training"])
def test_return_leaves_the_focus_in_its_field(qtbot, open_window, section, opened) -> None:
    """Every knob of every part."""
    window = open_window()
    card, seen = window.dock.cards[section], 0
    for cls in [case.values[1] for case in PARTS if case.values[0] == section]:
        if any(knob.editor == "path" for knob in knobs(cls)) or (section != "training" and made(cls) is None):
            continue  # needs a file, or is not in the plane
        window.document.patch("another", **{section: cls()})
        card.unfold(opened)
        for name, row in card.form.rows.items():
            if isinstance(row.field, TypedEditor | RowsEditor) and row.field.focusProxy().isVisible():
                field = commit(qtbot, card.form, name, Qt.Key.Key_Return)
                seen += 1
                assert QApplication.focusWidget() is field and field.isVisible(), f"{cls.__name__}.{name}"
    assert seen or not opened


def test_return_leaves_the_focus_in_every_other_field(qtbot, open_window) -> None:
    """Rounds, samples, the seed, the name of a branch and how many rounds it has: renaming hides its card."""
    branches = [{"name": "b", "after": 1, "operation": {"kind": "noise refresh"}}]
    window = open_window(branches=build(ENDS | {"branches": branches}).branches)
    window.document.see(branch="b", round=1)
    for card in window.dock.cards.values():
        if isinstance(card, SectionCard):
            card.unfold(True)
    dock = window.dock
    forms = [dock.cards["measure"].rounds, dock.cards["measure"].form, dock.cards["branches"].form]
    forms += [dock.cards["branches"].knobs, dock.cards["reference"].form, dock.head.seed]
    seen = 0
    for form in forms:
        for name in form.rows:
            if isinstance(form.rows[name].field, TypedEditor | RowsEditor):
                field = commit(qtbot, form, name, Qt.Key.Key_Return)
                seen += 1
                assert QApplication.focusWidget() is field, name
    assert seen >= 6 and window.document.experiment.branches[0].name == "grown"


@pytest.mark.parametrize("section", [*FAMILIES, "training"])
def test_a_field_that_goes_hands_its_focus_to_nobody(qtbot, open_window, section) -> None:
    """Undo brings another kind back, or takes a whole card away: what is typed next must not land in another field."""
    window = open_window()
    before = window.document.experiment
    if section == "training":
        window.document.patch("kernel", velocity=kinds("velocities")["kernel"]())
        window.document.patch("net", velocity=before.velocity)
    else:
        others = [cls for cls in kinds(FAMILIES[section]).values() if not isinstance(getattr(before, section), cls)]
        other = next(cls for cls in others if made(cls) is not None and any(numbers(cls)))
        window.document.patch("another", **{section: other()})
    card = window.dock.cards[section]
    card.unfold(True)
    field = next(row.field.focusProxy() for row in card.form.rows.values() if isinstance(row.field, TypedEditor))
    field.setFocus()
    qtbot.waitUntil(field.hasFocus, timeout=30_000)
    window.made["undo"].trigger()
    assert QApplication.focusWidget() in (None, field)
    assert field.isVisible() or QApplication.focusWidget() is None


def numbers(cls: type) -> list[bool]:
    return [isinstance(knob.default, int | float) and not isinstance(knob.default, bool) for knob in knobs(cls)]


def test_tab_goes_on_to_the_next_field_and_stays_there(qtbot, open_window) -> None:
    window = open_window()
    card = window.dock.cards["training"]
    card.unfold(True)
    fields = [row.field.focusProxy() for row in card.form.rows.values() if isinstance(row.field, TypedEditor)]
    for field in fields[:-1]:
        field.setFocus()
        name = next(name for name, row in card.form.rows.items() if row.field.focusProxy() is field)
        commit(qtbot, card.form, name, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        assert focus is not field and card.isAncestorOf(focus), name


def test_after_return_the_next_number_replaces_the_one_before(qtbot, open_window) -> None:
    window = open_window()
    card = window.dock.cards["training"]
    card.unfold(True)
    line = card.form.rows["steps"].field.line
    line.setFocus()
    line.selectAll()
    for steps in ("700", "3"):
        QTest.keyClicks(line, steps)
        QTest.keyClick(line, Qt.Key.Key_Return)
        assert window.document.experiment.training.steps == int(steps)
    assert window.document.experiment.rounds == 2
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert not line.hasFocus(), "Return again, with nothing typed: the keys are the window's"


def test_a_letter_goes_to_what_has_the_focus(qtbot, open_window) -> None:
    """Every field and menu that can have it: no letter or digit sets anything off meanwhile."""
    window = open_window()
    for card in window.dock.cards.values():
        if isinstance(card, SectionCard):
            card.unfold(True)
    done: list[str] = []
    for name, action in window.made.items():
        action.triggered.disconnect()
        action.triggered.connect(lambda _=False, name=name: done.append(name))
    seen = set()
    for field in window.dock.findChildren(QWidget):
        if isinstance(field, QLineEdit) or field.inherits("QComboBox") or field.inherits("QPlainTextEdit"):
            for way in (Qt.FocusPolicy.ClickFocus, Qt.FocusPolicy.TabFocus):
                if not (field.focusPolicy() & way and field.isVisible()):
                    continue
                field.setFocus()
                for key in (Qt.Key.Key_R, Qt.Key.Key_T, Qt.Key.Key_3, Qt.Key.Key_D):
                    QTest.keyClick(field, key)
                    seen.add(type(field).__name__)
                    assert not done, (type(field).__name__, done)
    assert {"Line", "Choice"} <= seen
