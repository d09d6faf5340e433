"""Every knob of every part: its editor shows it, changes it, and refuses what it cannot be."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.dimension import fit
from app.document import Document
from app.forms.editors import NumberEditor, TypedEditor, VectorEditor
from app.forms.font_editor import BUILT_IN, FontEditor
from app.forms.form import Form, tooltip
from app.forms.pickers import ChoiceEditor, PathEditor, PointsEditor, RowsEditor, SwitchEditor
from app.forms.slider_stops import SliderStops
from app.forms.typed_values import Unreadable, read_number, read_rows, read_vector, write
from app.plain_text import sentence
from engine.parts import Wrong
from engine.registry import kinds, knobs
from engine.spec import Experiment, Training

FAMILIES = {
    "source": "distributions",
    "coupling": "couplings",
    "path": "paths",
    "velocity": "velocities",
    "solver": "solvers",
}


def made(cls):
    """The part with its default knobs, or None where it needs a file."""
    part = cls()
    return part if any(k.editor == "path" for k in knobs(cls)) or isinstance(fit(part, 2), cls) else None


PARTS = [
    pytest.param(section, cls, id=f"{section}-{kind}")
    for section, family in FAMILIES.items()
    for kind, cls in kinds(family).items()
] + [pytest.param("training", Training, id="training")]


class Bench:
    """A form joined to a document, as the cards do it."""

    def __init__(self, section, part) -> None:
        first = next(iter(kinds("distributions").values()))()
        fields = {"source": first, "target": first, "dim": 2, section: part}
        self.section = section
        self.document = Document(Experiment(**fields))
        self.form = Form(True)
        self.form.edited.connect(self.take)
        self.document.experiment_changed.connect(self.refresh)
        self.refresh()

    @property
    def part(self):
        return getattr(self.document.experiment, self.section)

    def refresh(self) -> None:
        self.form.show(self.part)

    def take(self, part, name) -> None:
        try:
            self.document.patch(name, self.form.merge, **{self.section: part})
        except Wrong as wrong:
            self.form.fail(name, sentence(wrong))


def another(knob, value):
    """A different value of the knob, as a person would type it."""
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return (tuple(x + 0.25 for x in value[0]), *value[1:])
    if isinstance(value, tuple):
        return tuple(x + 0.25 for x in value)
    for candidate in (value + 1, value - 1, value / 2):
        inside = (knob.high is None or candidate <= knob.high) and (knob.low is None or candidate > knob.low)
        if inside:
            return type(value)(candidate)
    raise AssertionError(f"{knob.name} has no second value")


def type_into(field, text) -> None:
    if isinstance(field, RowsEditor):
        field.text.selectAll()
        field.text.insertPlainText(text)
        field.text.document().setModified(True)
        QTest.keyClick(field.text, Qt.Key.Key_Return)
    else:
        field.line.selectAll()
        field.line.insert(text)  # keyClicks aborts on letters beyond Latin-1
        QTest.keyClick(field.line, Qt.Key.Key_Return)


def shown(field):
    if isinstance(field, ChoiceEditor):
        return field.combo.currentText()
    if isinstance(field, SwitchEditor):
        return field.box.isChecked()
    return field.text.toPlainText() if isinstance(field, RowsEditor) else field.line.text()


def bench_knobs(cls):
    """Those that a form has rows for: a part within a part has a form of its own, what is drawn has the stage."""
    return [knob for knob in knobs(cls) if not knob.family and knob.editor != "hand"]


@pytest.mark.parametrize(("section", "cls"), PARTS)
def test_every_knob_is_edited_and_undone(qtbot, section, cls) -> None:
    part = made(cls) if section != "training" else cls()
    if part is None:
        pytest.skip("not in the plane")
    if any(k.editor == "path" for k in bench_knobs(cls)):
        form = Form()
        qtbot.addWidget(form)
        form.show(part)
        assert len(form.rows) == sum(knob.editor != "reading" for knob in knobs(cls))  # those have a dialog
        return
    bench = Bench(section, part)
    qtbot.addWidget(bench.form)
    assert list(bench.form.rows) == [knob.name for knob in bench_knobs(cls)]
    for knob in bench_knobs(cls):
        field, value = bench.form.rows[knob.name].field, getattr(part, knob.name)
        if isinstance(field, FontEditor):  # tests/app/test_font_editor.py
            assert field.combo.currentText() == BUILT_IN
            continue
        if isinstance(field, PointsEditor):
            assert str(len(value)) in field.label.text()
            continue
        if isinstance(field, ChoiceEditor):
            assert shown(field) == str(value)
            index = next(k for k, option in enumerate(field.options) if option != value)
            wanted = field.options[index]
            field.combo.activated.emit(index)
        elif isinstance(field, SwitchEditor):
            assert shown(field) is value
            wanted = not value
            QTest.mouseClick(field.box, Qt.MouseButton.LeftButton, pos=field.box.rect().center())
            if bench.part == part:  # the box's hit area depends on the style
                field.box.click()
        elif isinstance(value, str):
            assert shown(field) == value
            wanted = value[:1] or "A"
            wanted = "AB" if wanted == value else wanted
            type_into(field, wanted)
        else:
            assert (
                shown(field) == field.write(value) if isinstance(field, TypedEditor) else shown(field) == write(value)
            )
            wanted = another(knob, value)
            type_into(field, write(wanted))
        if getattr(bench.part, knob.name) == value:  # this knob must fit the others: then it says so
            assert bench.form.rows[knob.name].complaint.text().endswith(".")
            field.revert()
            continue
        assert getattr(bench.part, knob.name) == wanted
        assert bench.form.rows[knob.name].complaint.text() == ""
        bench.document.stack.undo()
        assert bench.part == part
        assert field.value == value
    assert (
        bench.document.experiment
        == Experiment(source=bench.document.experiment.source, target=bench.document.experiment.target, dim=2)
        or section != "source"
    )


@pytest.mark.parametrize(("section", "cls"), PARTS)
def test_out_of_range_is_one_sentence_and_changes_nothing(qtbot, section, cls) -> None:
    part = made(cls) if section != "training" else cls()
    if part is None or any(k.editor == "path" for k in knobs(cls)):
        pytest.skip("needs a file")
    bench = Bench(section, part)
    qtbot.addWidget(bench.form)
    for knob in bench_knobs(cls):
        row = bench.form.rows[knob.name]
        if knob.high is None or not isinstance(row.field, NumberEditor | VectorEditor):
            continue
        for text in (f"{knob.high * 10 + 1:.0f}", "seven", "1,,2", "nan"):
            type_into(row.field, text)
            said = row.complaint.text()
            assert said.endswith(".") and "\n" not in said, (knob.name, text)
            assert row.field.line.text() == text  # the text stays
            assert bench.part == part
            assert bench.document.stack.count() == 0
        QTest.keyClick(row.field.line, Qt.Key.Key_Escape)
        assert row.complaint.text() == ""
        assert row.field.line.text() == row.field.write(getattr(part, knob.name))


def test_a_dragged_slider_is_one_undo_step(qtbot) -> None:
    bench = Bench("training", Training())
    qtbot.addWidget(bench.form)
    slider = bench.form.rows["batch"].field.slider
    for round_trip in (1, 2):
        slider.setSliderDown(True)
        for stop in (40, 60, 80, 90 + round_trip):
            slider.setSliderPosition(stop)
            slider.triggerAction(slider.SliderAction.SliderMove)
        slider.setSliderDown(False)
        assert bench.document.stack.count() == round_trip
    bench.document.stack.undo()
    bench.document.stack.undo()
    assert bench.part == Training()


def test_undo_keeps_focus_cursor_and_text_in_other_fields(qtbot) -> None:
    bench = Bench("training", Training())
    qtbot.addWidget(bench.form)
    rows = bench.form.rows
    type_into(rows["steps"].field, "700")
    line = rows["batch"].field.line
    line.setText("12")
    line.setModified(True)
    line.setCursorPosition(1)
    bench.document.stack.undo()
    assert bench.form.rows["steps"] is rows["steps"]  # nothing was rebuilt
    assert rows["steps"].field.line.text() == "5000"
    assert line.text() == "12" and line.cursorPosition() == 1


def test_another_kind_rebuilds_the_form(qtbot) -> None:
    form = Form()
    qtbot.addWidget(form)
    for cls in list(kinds("distributions").values())[:4]:
        form.show(cls())
        assert [row.knob for row in form.rows.values()] == list(knobs(cls))


@pytest.mark.parametrize("cls", [c.values[1] for c in PARTS])
def test_sliders_reach_their_ends_and_the_value(cls) -> None:
    for knob in knobs(cls):
        if knob.low is None or knob.high is None or not isinstance(knob.default, int | float):
            continue
        scale = SliderStops(knob)
        assert scale.value(scale.stops, knob.default) == scale.high <= knob.high
        low = scale.value(0, None)
        assert low > knob.low if knob.open_low else low >= knob.low
        if not isinstance(knob.default, bool):
            assert scale.low <= knob.default <= scale.high
            assert abs(scale.stop(scale.value(scale.stops // 3, None)) - scale.stops // 3) <= max(2, scale.stops // 20)


def test_tooltips_tell_tip_range_and_restart() -> None:
    knob = next(k for k in knobs(Training) if k.name == "rate")
    text = tooltip(knob, True)
    assert knob.tip in text and "above 0 to 10" in text and "anew" in text


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1.0), ("1, 2", (1.0, 2.0)), ("(1,2)", (1.0, 2.0)), ("1 000", 1000.0), ("−2", -2.0)]
)
def test_vectors_are_read(text, value) -> None:
    assert read_vector(text) == value


@pytest.mark.parametrize("text", ["(1, 2); (3, 4)", "1 , 2; 3,4;", "(1,2),(3,4)", "(1, 2)\n(3, 4)", "(1, 2) (3, 4)"])
def test_rows_are_read(text) -> None:
    assert read_rows(text) == ((1.0, 2.0), (3.0, 4.0))


@pytest.mark.parametrize("text", ["", "(1, 2); 3", "a", "(1; 2"])
def test_rows_are_refused_in_one_sentence(text) -> None:
    with pytest.raises(Unreadable, match=r"\.$"):
        read_rows(text)


@pytest.mark.parametrize("x", [0, 1, 0.1, 1e-5, 12345, 50_000, 1 / 3, -2.5, 1e20, 123456789.25])
@pytest.mark.parametrize("times", [1, 1e-9, -5.7e-25, 1e30])
def test_written_numbers_read_back_exactly(x, times) -> None:
    assert read_number(write(x * times)) == x * times


def test_small_numbers_are_written_as_in_the_table_and_read_in_any_way() -> None:
    assert write(5.72e-5) == "5.72·10⁻⁵" and write(1e-5) == "1·10⁻⁵" and write(1e20) == "1·10²⁰"
    assert [read_number(text) for text in ("5.72·10⁻⁵", "5.72e-5", "0.0000572", " 5.72E-05 ")] == [5.72e-5] * 4
    for bad in ("·10⁻⁵", "5·10", "5·10⁻", "5·10⁻⁻⁵", "5·10⁻5"):
        with pytest.raises(Unreadable, match=r"not a number\.$"):
            read_number(bad)


def test_parts_are_values() -> None:
    assert msgspec.structs.replace(Training(), steps=1) != Training()
    assert PathEditor.wide is False


def test_arrows_stand_on_a_folded_card_and_open_the_stage(qtbot) -> None:
    form, asked = Form(), []
    form.asked.connect(asked.append)
    qtbot.addWidget(form)
    form.show(kinds("couplings")["drawn"]())
    form.limit(0)
    form.show()
    row = form.rows["arrows"]
    assert form.standing(0) == 1 and row.isVisible() and not row.field.text.isVisible()
    assert row.field.label.text() == "2" and "arrows" not in form.words()
    row.field.button.click()
    assert asked == ["arrows"]
    form.limit(None)
    assert row.field.text.isVisible() and form.standing(None) == len(form.rows)
