"""The left column: edits arrive with readable names, the button says what it will do, nothing scrolls sideways."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFrame, QWidget

from app.docks.experiment import ExperimentDock
from app.docks.notice import Notice
from app.docks.run_buttons import duration
from app.document import Document
from engine.distributions.placed import Placed
from engine.distributions.ring import Ring
from engine.distributions.two_moons import TwoMoons
from engine.evidence.estimate import Estimate
from engine.evidence.figures import Figures
from engine.paths.straight import Straight
from engine.registry import kinds, knobs
from engine.snapshot import RoundView, Snapshot
from engine.spec import Experiment

DISTRIBUTIONS = {name: cls for name, cls in kinds("distributions").items() if cls.offered}


@pytest.fixture
def dock(qtbot):
    gaussian = DISTRIBUTIONS["gaussian"]
    made = ExperimentDock(Document(Experiment(source=gaussian(), target=gaussian(mean=3.0))))
    qtbot.addWidget(made)
    made.resize(245, 760)
    return made


def snapshot(dock, phase="training", **fields):
    return Snapshot(spec=dock.document.experiment, request=1, phase=phase, made=0.0, **fields)


def pick(card, kind) -> None:
    card.kind.activated.emit(card.kind.findText(kind))


@pytest.mark.parametrize("kind", DISTRIBUTIONS)
def test_every_kind_fits_the_column(qtbot, dock, kind) -> None:
    asked = []
    dock.load_requested.connect(asked.append)
    pick(dock.ends["target"], kind)
    dock.ends["target"].unfold(True)
    dock.show()
    qtbot.waitExposed(dock)
    assert dock.scroll.widget().minimumSizeHint().width() <= dock.scroll.viewport().width()
    if any(knob.editor == "path" for knob in knobs(DISTRIBUTIONS[kind])):
        assert asked == ["target"]
        assert dock.ends["target"].kind.currentText() == "gaussian"
    else:
        assert dock.document.experiment.target.kind == kind == dock.ends["target"].kind.currentText()
        assert dock.document.stack.undoText() in ("", f"target {kind}")


def test_a_placed_law_is_shown_as_itself_with_its_place_below(qtbot, dock) -> None:
    card, document = dock.ends["target"], dock.document
    dock.show()
    qtbot.waitExposed(dock)
    assert card.placement.isHidden() and card.kind.findText("placed") < 0
    document.patch("move", target=Placed(TwoMoons(), (1.0, 2.0), 2.0, 30.0))
    assert card.kind.currentText() == "two moons" and card.placement.isVisible()
    assert list(card.placement.rows) == ["shift", "scale", "angle", "stretch"]
    line = card.form.rows["noise"].field.line
    line.selectAll()
    line.insert("0.5")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert document.experiment.target == Placed(TwoMoons(noise=0.5), (1.0, 2.0), 2.0, 30.0)
    pick(card, "ring")
    assert document.experiment.target == Placed(Ring(radius=2.0, noise=0.5), (1.0, 2.0), 2.0, 30.0)
    for name, text in (("shift", "0"), ("scale", "1"), ("angle", "0")):
        line = card.placement.rows[name].field.line
        line.selectAll()
        line.insert(text)
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert document.experiment.target == Ring(radius=2.0, noise=0.5) and card.placement.isHidden()
    assert dock.scroll.widget().minimumSizeHint().width() <= dock.scroll.viewport().width()


def test_an_edit_has_a_readable_name_and_undo_shows(dock) -> None:
    pick(dock.ends["target"], "two moons")
    row = dock.ends["target"].form.rows["noise"]
    row.field.line.insert("")
    row.field.line.selectAll()
    row.field.line.insert("0.5")
    QTest.keyClick(row.field.line, Qt.Key.Key_Return)
    assert dock.document.experiment.target.noise == 0.5
    assert dock.document.stack.undoText() == "target noise"
    dock.document.stack.undo()
    assert row.field.line.text() == "0.1"
    dock.document.stack.undo()
    assert dock.ends["target"].kind.currentText() == "gaussian"


def test_what_the_document_refuses_stands_under_the_field(dock) -> None:
    row = dock.ends["source"].form.rows["mean"]
    row.field.line.selectAll()
    row.field.line.insert("1, 2, 3")
    QTest.keyClick(row.field.line, Qt.Key.Key_Return)
    assert "dimension is 2" in row.complaint.text() and row.complaint.text().endswith(".")
    assert row.field.line.text() == "1, 2, 3"
    assert dock.document.stack.count() == 0


def test_dimension_goes_there_and_back(dock) -> None:
    before = dock.document.experiment
    dock.head.group.button(1).click()
    assert dock.document.experiment.dim == 1 and dock.document.stack.undoText() == "dimension 1"
    dock.head.group.button(2).click()
    assert dock.document.experiment == before
    assert not dock.head.group.button(3).isHidden()
    dock.document.patch("space", dim=3)
    assert not dock.head.group.button(3).isHidden() and dock.head.group.checkedId() == 3


def test_an_open_card_can_be_folded_again(dock) -> None:
    card = dock.cards["training"]
    card.unfold(True)
    assert card.more.isVisibleTo(dock) and card.form.isVisibleTo(dock)
    card.more.click()
    assert not card.form.isVisibleTo(dock) and card.summary.isVisibleTo(dock)


def test_the_seed_is_plain_digits_and_typed(dock) -> None:
    line = dock.head.seed.rows["seed"].field.line
    dock.document.patch("seed", seed=1234567)
    assert line.text() == "1234567"
    line.selectAll()
    line.insert("99")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert dock.document.experiment.seed == 99 and dock.document.stack.undoText() == "seed 99"


def test_restart_marks_stand_where_rounds_are_lost(dock) -> None:
    for section, lost in {"source": True, "velocity": True, "training": False, "solver": False}.items():
        tips = {
            row.field.toolTip().endswith("starts the rounds anew") for row in dock.cards[section].form.rows.values()
        }
        assert tips <= {lost}


@pytest.mark.parametrize(
    ("phase", "running", "step", "text"),
    [
        ("starting", False, 0, "Train"),
        ("training", True, 10, "Pause"),
        ("paused", False, 10, "Resume"),
        ("measuring", True, 10, "Pause"),
        ("done", True, 10, "Trained: 2 rounds"),
        ("stopped", False, 0, "Train"),
        ("paused", False, 0, "Train"),
    ],
)
def test_the_button_says_what_it_will_do(dock, phase, running, step, text) -> None:
    dock.show(snapshot(dock, phase, step=step, steps=100), running)
    assert dock.run.train.text().startswith(text)
    assert dock.run.train.isEnabled() == (phase != "done")


def test_progress_and_figures(dock) -> None:
    rounds = (
        RoundView(0, Straight(), figures=Figures({"pair_cost": Estimate(22.1)})),
        RoundView(1, Straight(), name="1", figures=Figures(ladders={"euler_error": {32: Estimate(0.31)}})),
    )
    dock.show(snapshot(dock, step=1250, steps=5000, seconds_left=12.2, rate=500, device="cpu", rounds=rounds), True)
    assert dock.run.said.text() == "step 1250 of 5000 · 12 s left"
    assert dock.run.device.text() == "cpu · 500 steps/s"
    assert "22.1" in dock.cards["coupling"].summary.text()
    assert dock.error.value.text() == "0.310" and not dock.error.isHidden()
    tiny = replace(rounds[0], figures=Figures({"pair_cost": Estimate(5.72e-5)}))
    dock.show(snapshot(dock, step=1250, steps=5000, rounds=(tiny, rounds[1])), True)
    assert "5.7·10⁻⁵" in dock.cards["coupling"].summary.text(), "as in the table"
    assert [duration(s) for s in (None, 0.2, 100, 7200)] == ["", "1 s left", "2 min left", "2.0 h left"]


def test_signals(dock) -> None:
    heard = []
    dock.train_toggled.connect(lambda: heard.append("train"))
    dock.next_round.connect(lambda: heard.append("next"))
    dock.restart.connect(lambda: heard.append("restart"))
    dock.new_seed.connect(lambda: heard.append("seed"))
    dock.draw_requested.connect(lambda end: heard.append(f"draw {end}"))
    dock.run.train.click()
    dock.run.reflow.click()
    dock.run.again.click()
    dock.head.dice.click()
    dock.ends["target"].draw.click()
    assert heard == ["train", "next", "restart", "seed", "draw target"]


def test_clouds_have_a_place(dock) -> None:
    first, second = QFrame(), QFrame()
    dock.set_cloud("source", first)
    dock.set_cloud("source", second)
    assert second.parent() is dock.ends["source"].slot and first.parent() is None


def test_notice(qtbot) -> None:
    stage, heard = QWidget(), []
    qtbot.addWidget(stage)
    notice = Notice(stage, lambda: None)
    notice.say("Something happened.", error=True, button="Again", action=lambda: heard.append("again"))
    assert not notice.isHidden()
    notice.button.click()
    assert heard == ["again"] and notice.isHidden()
    notice.say("Something happened.")
    assert notice.isHidden()  # it was closed, and the engine says it again in every snapshot
    notice.say("")
    notice.say("Something happened.")
    assert not notice.isHidden() and notice.dismiss() and not notice.dismiss()
