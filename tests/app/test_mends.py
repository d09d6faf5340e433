"""Small faults of the window, each by its kind."""

from __future__ import annotations

import gc
import tomllib
from collections import Counter
from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QApplication, QDialog, QMenu

from app import presets
from app.actions import table
from app.application import assemble
from app.docks.measures import Chooser
from app.forms.editors import NumberEditor
from app.forms.form import Complaint
from app.scene.figure_rows import rows_of
from app.window import Window
from engine.codec import build
from engine.evidence.estimate import Estimate
from engine.evidence.figures import Figures
from engine.paths.straight import Straight
from engine.registry import kinds, knobs
from engine.snapshot import RoundView

ENDS = {"source": {"kind": "two modes"}, "target": {"kind": "gaussian", "mean": 3.0}}
BRANCHES = [{"name": "b", "after": 1, "operation": {"kind": "noise refresh"}}]


@pytest.fixture
def window(qtbot) -> Iterator[Window]:
    """The window on show, its engine not started."""
    window = assemble(build(ENDS | {"branches": BRANCHES}), device="cpu")
    window.show()
    yield window
    window.close()
    window.deleteLater()
    QApplication.processEvents()


def test_what_a_card_complains_of_stays_while_the_look_changes(window) -> None:
    """t moves with every beat; a sentence that somebody is reading must not go with it."""
    window.document.see(branch="b", round=1)
    dock = window.dock
    for card in dock.cards.values():
        card.complaint.say("This is wrong.")
    dock.head.complaint.say("This is wrong.")
    branch = dock.cards["branches"]
    branch.form.edited.emit(msgspec.structs.replace(branch.branch, name="a.b"), "name")
    for look in ({"t": 0.5}, {"t": 0.6}, {"view": "marginals"}, {"theme": "light"}, {"playing": True}):
        window.document.see(**look)
        said = [label.text() for label in dock.findChildren(Complaint) if label.text() == "This is wrong."]
        assert len(said) == len(dock.cards) + 1, look
        assert "not a name" in branch.form.rows["name"].complaint.text(), look
    branch.form.edited.emit(msgspec.structs.replace(branch.branch, name="c"), "name")
    assert not branch.complaint.text() and not branch.form.rows["name"].complaint.text()


@pytest.mark.parametrize("section", ["source", "coupling", "velocity", "training", "solver", "measure"])
def test_a_slider_that_came_back_leaves_no_step(window, section) -> None:
    """Every slider of a section: dragged away and back, and away again in the same gesture."""
    stack, card = window.document.stack, window.dock.cards[section]
    before, seen = window.document.experiment, 0
    for knob in knobs(type(getattr(before, section))):
        field = card.form.rows[knob.name].field
        if not isinstance(field, NumberEditor) or not field.scale:
            continue
        seen += 1
        slider, rest = field.slider, field.slider.value()
        away = rest - 3 if rest > 5 else rest + 3
        for way in ((away, rest), (away, rest, away)):
            slider.setSliderDown(True)
            for stop in way:
                slider.setSliderPosition(stop)
                slider.triggerAction(slider.SliderAction.SliderMove)
            slider.setSliderDown(False)
            moved = way[-1] != rest
            assert (window.document.experiment != before) == moved, knob.name
            assert stack.count() == int(moved) and stack.canUndo() == moved, knob.name
            if moved:
                stack.undo()
            assert window.document.experiment == before
            stack.clear()
    assert seen


def test_a_merged_edit_that_came_back_leaves_the_steps_before_it(window) -> None:
    document = window.document
    document.patch("seed", seed=7)
    for seed in (8, 9, 7):
        document.patch("seed", "gesture", seed=seed)
    assert document.stack.count() == 1 and not document.stack.canRedo()
    document.patch("seed", "gesture", seed=10)
    assert document.stack.count() == 2
    document.undo()
    assert document.experiment.seed == 7
    document.undo()
    assert document.experiment.seed == 0 and document.stack.index() == 0


def test_a_dimension_there_and_back_keeps_a_file_and_says_what_is_seen_of_it(window, tmp_path) -> None:
    path = tmp_path / "cloud.csv"
    path.write_text("1,2\n3,4\n")
    file = kinds("distributions")["file"](path=str(path))
    window.document.patch("file", source=file)
    button = window.dock.head.group.button
    button(1).click()
    there = window.document.experiment.source
    assert there.law == file and np.ptp(there.sample(50, 1, np.random.default_rng(0))) == 2.0, "its first coordinate"
    said = window.notice.text.text()
    assert "the source is the first coordinate" in said and "2-D brings it back" in said
    button(2).click()
    assert window.document.experiment.source == file


@pytest.mark.parametrize("dim", [1, 3])
@pytest.mark.parametrize("end", ["source", "target"])
def test_a_stroke_in_another_dimension_keeps_the_drawing(window, end, dim) -> None:
    dots = ((0.0, 5.0), (1.0, -7.0), (2.0, 9.0))
    window.document.patch("drawing", **{end: kinds("distributions")["drawn"](dots=dots)})
    window.dock.head.group.button(dim).click()
    window.draw(end)
    window.hand.press(0.5, 50.0)
    window.hand.release()
    window.leave_drawing()
    window.dock.head.group.button(2).click()
    drawn = getattr(window.document.experiment, end)
    assert len(drawn.dots) > len(dots)
    assert tuple(dot[:2] for dot in drawn.dots[: len(dots)]) == dots


@pytest.mark.parametrize("kind", kinds("metrics"))
def test_a_tooltip_says_no_x_is_x(kind) -> None:
    """Every figure: what stands on both sides of = is not the same; the formula is there."""
    figures = Figures(single={kind: Estimate(1.0)})
    (row,) = rows_of(RoundView(1, Straight(), name="1", figures=figures))
    lines = row.tip.splitlines()
    assert any(kinds("metrics")[kind].formula in line for line in lines)
    for line in lines:
        left, sign, right = line.partition(" = ")
        assert not sign or not right.replace(" ", "").startswith(left.partition(" on ")[0].replace(" ", "")), line


@pytest.fixture(scope="module")
def resting(qapp):
    """A window that is neither started nor shown: no engine has to end a plan for each preset."""
    made = assemble(build(ENDS), device="cpu")
    yield made
    made.close()
    made.deleteLater()


@pytest.mark.parametrize("preset", presets.presets(), ids=lambda preset: preset.name)
def test_a_preset_leaves_the_solver_and_the_steps(resting, preset) -> None:
    window = resting
    now = build(ENDS | {"solver": {"kind": "heun", "steps": 3}, "training": {"steps": 77}, "measure": {"samples": 99}})
    window.document.edit(now, "mine")
    window.load_preset(preset)
    loaded = window.document.experiment
    scene, named = preset.experiment(), tomllib.loads(presets._text(preset.name))
    steps = scene.training.steps if "steps" in named.get("training", {}) else 77
    own = [getattr(scene if section in named else now, section) for section in ("solver", "measure")]
    assert [loaded.solver, loaded.measure, loaded.training.steps] == [*own, steps]
    for name in ("dim", "seed", "source", "target", "coupling", "path", "velocity", "branches"):
        assert getattr(loaded, name) == getattr(scene, name)
    assert (loaded.training.rate, loaded.training.schedule) == (scene.training.rate, scene.training.schedule)


def test_a_preset_that_names_a_solver_brings_it(monkeypatch) -> None:
    text = presets._text
    named = '[solver]\nkind = "rk4"\nsteps = 5\n[training]\nsteps = 6\n'
    monkeypatch.setattr(presets, "_text", lambda name: text(name).partition("[training]")[0] + named)
    loaded = presets.presets()[0].experiment(build(ENDS))
    assert (loaded.solver.kind, loaded.solver.steps, loaded.training.steps) == ("rk4", 5, 6)


def test_menus_and_sheets_leave_nothing_behind(qtbot, window) -> None:
    """Whatever opens something, and every menu, again and again: as many objects as before."""

    def everything() -> None:
        for action in table():
            if action.text.endswith("…") or action.menu == "Help":
                window.made[action.id].trigger()
                close_others(window)
        chooser = Chooser(window)
        chooser.button._choices = (("a", "A"), ("b", "B"))
        menus = [chooser.menu, window.strip.menu]
        for menu in (*menus, *menus):
            menu.popup(QPoint(5, 5))
            QApplication.processEvents()
            menu.close()
        chooser.deleteLater()

    everything()
    before = census(qtbot)
    for _ in range(3):
        everything()
    after = census(qtbot)
    assert after == before, after - before


def close_others(window: Window) -> None:
    for other in QApplication.topLevelWidgets():
        if other is not window and other.isVisible() and isinstance(other, QDialog | QMenu):
            other.close()


def census(qtbot) -> Counter[str]:
    """How many objects of each type Qt holds."""
    qtbot.wait(50)  # what is to be deleted later is deleted
    gc.collect()
    qtbot.wait(50)
    every = [x for top in QApplication.topLevelWidgets() for x in (top, *top.findChildren(QObject))]
    return Counter(type(x).__name__ for x in every)
