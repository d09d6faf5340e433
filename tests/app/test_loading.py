"""The dialog before a file is taken: who is what, what it comes to, and that the spec then says the same."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app import theme
from app.document import Document
from app.loading import dialog as module
from app.loading.cloud_view import CloudView
from app.loading.dialog import LoadDialog
from app.loading.draft import CLASS, NOBODY, NOTHING, WEIGHT, Assignment, axes, chosen, laid_out, reads_columns
from app.loading.picture import panel
from app.loading.question import answer, looked_at
from app.opening import Opening
from app.scene.marks import Bars, Lines, Points
from engine import codec
from engine.distributions.placed import Placed
from engine.parts import Wrong
from engine.reading.choice import Choice, Layout
from engine.registry import kinds
from engine.spec import Experiment
from tests.app.scripted import rest

LAW, PAIRS = kinds("distributions")["file"], kinds("couplings")["file"]
GALTON = "".join(
    [',"family","father","mother","childHeight","sex"\n']
    + [f'"{k}","{k // 3:03}",{60 + k % 7},{58 + k % 5}.5,{62 + k % 9},{"mf"[k % 2]}\n' for k in range(1, 41)]
)


@pytest.fixture
def opened(qtbot, tmp_path):
    """Makes a dialog over a plain widget, without a window."""
    parent, made = QWidget(), []
    qtbot.addWidget(parent)
    parent.show()

    def open_(text: str, dim: int = 2, cls: type = LAW, name: str = "a.csv", **knobs: object) -> LoadDialog:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        part = cls(path=str(path), **knobs)
        end = "coupling" if cls is PAIRS else "target"
        made.append(LoadDialog(end, part, looked_at(part, dim), dim, theme.load, parent))
        made[-1].got = []
        made[-1].taken.connect(lambda part, dim: made[-1].got.append(part))
        made[-1].show()
        return made[-1]

    yield open_
    for dialog in made:
        dialog.done(0)
        dialog.deleteLater()


def settle(dialog: LoadDialog) -> None:
    for _ in range(400):
        rest(0.01)
        if dialog.jobs.job is None:
            return
    raise TimeoutError


def row(dialog: LoadDialog, name: str) -> int:
    return next(k for k, column in enumerate(dialog.found.columns) if column.name == name)


def pick(dialog: LoadDialog, knob: str, words: str) -> None:
    box = dialog.knobs.boxes[knob]
    at = box.findText(words)
    assert at >= 0, [box.itemText(k) for k in range(box.count())]
    box.setCurrentIndex(at)
    box.activated.emit(at)
    settle(dialog)


# who is what, as values


def test_a_role_is_taken_from_whom_has_it() -> None:
    roles = Assignment((2, 3), ("x", "y"), classes=5)
    assert roles.given(3, "x").coordinates == (3, 2), "they change places"
    assert roles.given(4, "x").coordinates == (4, 3)
    assert roles.given(2, NOTHING).coordinates == (NOBODY, 3) and roles.given(2, NOTHING).missing == ("x",)
    assert roles.given(5, "y") == Assignment((2, 5), ("x", "y"))
    assert roles.given(1, CLASS).classes == 1 and roles.given(1, WEIGHT).weights == 1
    both = roles.given(2, CLASS)
    assert both.classes == 2 and both.missing == ("x",)
    assert [roles.role(k) for k in range(6)] == ["", "", "x", "y", "", CLASS]


def test_other_columns_are_guessed_anew() -> None:
    choice = Choice(columns=("a", "b"), classes="c", only=("m",), normalise="centre")
    assert laid_out(choice, decimal=",").columns == ("a", "b")
    for knob in ("separator", "array", "encoding", "header"):
        anew = laid_out(choice, **{knob: "x"})
        assert (anew.columns, anew.classes, anew.only, anew.normalise) == ((), "", (), "centre")


@pytest.mark.parametrize("family", ["distributions", "couplings"])
def test_every_part_that_reads_columns_takes_a_choice(tmp_path, family) -> None:
    """Also where it is placed: what is chosen is written into it, and read from it again."""
    path = tmp_path / "a.csv"
    path.write_text("a,b,c,d\n1,2,3,4\n5,6,7,9\n")
    found = [cls for cls in kinds(family).values() if any(k == "path" for k in cls.__struct_fields__)]
    able = [part for cls in found if reads_columns(part := cls(path=str(path)))]
    assert able
    for part in able:
        names = ("d", "b") if family == "distributions" else ("d", "b", "a", "c")
        assert len(names) == len(axes(part, 2))
        made = chosen(part, Choice(Layout(decimal="."), names))
        assert (made.columns, made.decimal) == (names, ".") and made.choice.columns == names
        made.check(2)
    if family == "distributions":
        placed = chosen(Placed(law=able[0], shift=(1.0, 1.0)), Choice(columns=("a", "b")))
        assert placed.law.columns == ("a", "b") and placed.shift == (1.0, 1.0)


def test_what_is_clear_is_not_asked(tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y,kind\n1,2,a\n3,,b\n5,6,a\n7,8,b\n")
    found = answer(LAW(path=str(path)), 2)
    assert found.asked is None and found.columns
    left = "1 row without a finite value of every coordinate left out"
    assert found.told == f"3 points, x, y; {left}; classes can be told by kind"
    path.write_text("a,b,c\n1,2,3\n3,4,5\n")
    assert answer(LAW(path=str(path)), 2).asked.doubts and answer(LAW(path=str(path)), 3).asked is None
    assert answer(PAIRS(path=str(path)), 1).asked.doubts
    lost = answer(LAW(path=str(path), columns=("a", "q")), 2).asked
    assert lost.reading is None and "'q'" in lost.complaint
    assert answer(LAW(path=str(path), columns=("a", "q")), 2, LAW(path=str(path))).part.columns == ()
    path.write_text("a\n1\n2\n")
    with pytest.raises(Wrong, match="dimension"):
        answer(LAW(path=str(path)), 2)


# the dialog


def test_columns_are_chosen_and_the_spec_says_so(opened, tmp_path) -> None:
    """And a headless run reads the same points."""
    dialog = opened(GALTON)
    assert dialog.found.columns[0].role == "index" and dialog.doubt.isVisible()
    model = dialog.table.model_
    words = [[model.data(model.index(k, c)) for c in range(5)] for k in range(model.rowCount())]
    assert words[0][:4] == ["index", "column 1", "integers", "1 to 40"]
    assert words[5][:4] == ["left out", "sex", "text", "2 different"]
    dialog.table.chosen.emit(row(dialog, "childHeight"), "x")
    settle(dialog)
    dialog.table.chosen.emit(row(dialog, "sex"), CLASS)
    settle(dialog)
    assert not dialog.doubt.isVisible() and not dialog.complaint.text() and dialog.classes.isVisible()
    assert dialog.found.reading.classes == ("f", "m") and dialog.use.isEnabled()
    dialog.classes.list.item(1).setCheckState(Qt.CheckState.Unchecked)
    settle(dialog)
    assert dialog.found.reading.classes == ("f",) and len(dialog.found.reading.points) == 20
    dialog.use.click()
    (part,) = dialog.got
    assert (part.columns, part.classes, part.only) == (("childHeight", "mother"), "sex", ("f",))
    codec.write(Experiment(source=LAW(path=part.path, columns=("father", "mother")), target=part), tmp_path / "s.toml")
    again = codec.read(tmp_path / "s.toml").target.read(2)
    np.testing.assert_array_equal(again.points, dialog.found.reading.points)


def test_a_coordinate_that_is_missing_is_asked_for(opened) -> None:
    dialog = opened(GALTON)
    dialog.table.chosen.emit(row(dialog, "father"), NOTHING)
    assert dialog.complaint.text() == "Choose a column for x." and not dialog.use.isEnabled()
    dialog.table.chosen.emit(row(dialog, "mother"), CLASS)
    assert dialog.complaint.text() == "Choose a column for x and y."
    dialog.table.chosen.emit(row(dialog, "childHeight"), "x")
    dialog.table.chosen.emit(row(dialog, "mother"), "y")
    settle(dialog)
    assert dialog.use.isEnabled() and dialog.found.reading.axes == ("childHeight", "mother")


def test_columns_without_names_are_chosen_by_number(opened) -> None:
    """Also where a number is the name of another column."""
    dialog = opened(",0,1\n0,0.5,1.5\n1,2.5,3.5\n2,4.5,6.5\n")
    dialog.table.chosen.emit(0, "x")
    settle(dialog)
    assert dialog.found.reading.points[:, 0].tolist() == [0, 1, 2] and dialog.use.isEnabled(), dialog.complaint.text()
    assert dialog.roles.coordinates == (0, 2)


def test_marks_are_found_and_can_be_changed(opened) -> None:
    dialog = opened("a;b\n1,500;2,000\n3,250;4,750\n")
    boxes = dialog.knobs.boxes
    assert boxes["separator"].currentText() == "semicolon" and dialog.doubt.isVisible()
    assert dialog.found.reading.points.tolist() == [[1.5, 2], [3.25, 4.75]]
    pick(dialog, "thousands", "comma")
    assert dialog.found.reading.points.tolist() == [[1500, 2000], [3250, 4750]] and not dialog.doubt.isVisible()
    pick(dialog, "thousands", "as found")
    pick(dialog, "decimal", "comma")
    assert dialog.found.reading.points.tolist() == [[1.5, 2], [3.25, 4.75]] and not dialog.doubt.isVisible()
    dialog.use.click()
    (part,) = dialog.got
    assert part.decimal == "," and part.read(2).points[0].tolist() == [1.5, 2]


def test_the_line_of_the_names_can_be_named(opened) -> None:
    """Several header rows; numbers for names that are data."""
    dialog = opened("survey 2024;;\nlength;width\ncm;mm\n1.5;2\n3;4\n5;7\n")
    assert [column.name for column in dialog.found.columns] == ["length", "width"]
    pick(dialog, "header", "line 3")
    assert [column.name for column in dialog.found.columns] == ["cm", "mm"] and len(dialog.found.reading.points) == 3
    pick(dialog, "header", "line 2")
    dialog.use.click()
    (part,) = dialog.got
    assert part.header == "2" and part.read(2).points.tolist() == [[1.5, 2], [3, 4], [5, 7]]
    years = opened(",0,1\n0,0.5,1.5\n1,2.5,3.5\n2,4.5,6.5\n", name="b.csv")
    assert len(years.found.reading.points) == 3
    pick(years, "header", "none")
    assert len(years.found.columns[1].key) == 1 and years.found.columns[1].low == 0


def test_a_doubt_that_is_accepted_is_written_down(opened) -> None:
    dialog = opened("a;b\n1,500;2,000\n3,250;4,750\n")
    dialog.use.click()
    (part,) = dialog.got
    assert part.decimal == "," and answer(part, 2).asked is None


def test_a_look_alone_changes_nothing(opened) -> None:
    dialog = opened("x,y\n1,2\n3,4\n")
    dialog.use.click()
    assert dialog.got == [dialog.part]


def test_several_arrays(opened, tmp_path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "b.npz", X=rng.random((50, 2)), y=np.arange(50) % 3, X_test=rng.random((7, 2)))
    dialog = opened((tmp_path / "b.npz").read_bytes(), name="c.npz")
    box = dialog.knobs.boxes["array"]
    assert dialog.doubt.text() == "2 of what the file holds could be the points; X is on show."
    assert answer(dialog.part, 2).asked and answer(chosen(dialog.part, Choice(Layout(array="X"))), 2).asked is None
    assert [box.itemText(k) for k in range(box.count())] == ["X (50, 2)", "y (50,)", "X_test (7, 2)"]
    dialog.table.chosen.emit(row(dialog, "y"), CLASS)
    settle(dialog)
    assert dialog.found.reading.classes == ("0", "1", "2")
    pick(dialog, "array", "X_test (7, 2)")
    assert len(dialog.found.reading.points) == 7 and dialog.choice.classes == ""
    dialog.use.click()
    assert dialog.got[0].array == "X_test"


def test_what_cannot_be_is_said_where_it_is_chosen(opened) -> None:
    """The picture of before stays; Esc gives the dialog up, and nothing is taken."""
    dialog = opened("a,b\n1,2\n3,4\nä,5\n".encode("latin-1"))
    before = dialog.found
    pick(dialog, "encoding", "utf-8")
    assert "UTF-8" in dialog.complaint.text() and dialog.complaint.text().endswith(".")
    assert dialog.found is before and not dialog.use.isEnabled()
    pick(dialog, "encoding", "latin-1")
    assert dialog.complaint.text().startswith("A.csv: row 4") and not dialog.use.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible() and dialog.got == []


def test_what_is_offered_is_a_press_away(opened) -> None:
    rows = "".join(f"{k * 1e-4},{-200 if k % 9 == 3 else 3 * k % 17},{'uv'[k % 2]}\n" for k in range(60))
    dialog = opened(f"x,y,kind\n{rows}")
    assert [button.text() for button in dialog.offers.buttons] == [
        "make the axes alike",
        "leave -200 out",
        "classes by kind",
    ]
    dialog.table.chosen.emit(1, "x")  # columns that were chosen stay so
    settle(dialog)
    dialog.offers.buttons[1].click()
    settle(dialog)
    assert dialog.choice.layout.missing == ("-200",) and len(dialog.found.reading.points) == 53
    assert [button.text() for button in dialog.offers.buttons] == ["make the axes alike", "classes by kind"]
    while dialog.offers.buttons:
        dialog.offers.buttons[0].click()
        settle(dialog)
    assert dialog.choice.normalise == "unit std each" and dialog.found.reading.classes == ("u", "v")
    assert dialog.offers.isHidden()
    dialog.use.click()
    (part,) = dialog.got
    assert (part.missing, part.classes, part.normalise) == (("-200",), "kind", "unit std each")
    assert part.columns == ("y", "x")


@pytest.mark.parametrize(
    ("middle", "spread", "offered"), [(0, 1, False), (3, 1, False), (70, 2, True), (0, 300, True), (0, 0.001, True)]
)
def test_raw_figures_can_be_brought_near(opened, middle, spread, offered) -> None:
    x = np.random.default_rng(0).standard_normal((50, 2)) * spread + middle
    dialog = opened("x,y\n" + "".join(f"{a!r},{b!r}\n" for a, b in x.tolist()))
    assert [button.text() for button in dialog.offers.buttons] == ["centre, unit spread"] * offered
    if offered:
        dialog.offers.buttons[0].click()
        settle(dialog)
        assert dialog.found.reading.points.std() == pytest.approx(1) and dialog.offers.isHidden()


def test_both_ends_can_be_placed_alike(opened, tmp_path) -> None:
    """By the origin and the unit of the other's cloud, as numbers in the spec."""
    dialog = opened("x,y\n10,20\n30,40\n50,70\n")
    box = dialog.knobs.boxes["normalise"]
    assert box.findText("as the source") < 0
    (tmp_path / "other.csv").write_text("x,y\n0,0\n2,4\n4,8\n")
    dialog.other = LAW(path=str(tmp_path / "other.csv"), normalise="unit std each")
    dialog.refresh()
    pick(dialog, "normalise", "as the source")
    there = dialog.other.read(2).scaling
    assert dialog.choice.origin == (2.0, 4.0) and dialog.choice.unit == tuple(there.unit.tolist())
    np.testing.assert_allclose(dialog.found.reading.points[0], there.at(np.array([10.0, 20.0])))
    assert box.currentText() == "given numbers"
    pick(dialog, "normalise", "none")
    assert dialog.choice.origin == () and dialog.found.reading.points[0].tolist() == [10, 20]


def test_places_on_a_mesh(opened) -> None:
    dialog = opened("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", dim=3, name="a.obj")
    assert dialog.knobs.samples.isVisible() and not dialog.knobs.missing.isVisible()
    dialog.knobs.samples.setText("500")
    dialog.knobs.samples.setModified(True)
    QTest.keyClick(dialog.knobs.samples, Qt.Key.Key_Return)
    settle(dialog)
    assert len(dialog.found.reading.points) == 500 and dialog.got == [], "Return is the field's, not the button's"
    pick(dialog, "surface", "vertices")
    assert len(dialog.found.reading.points) == 3 and not dialog.knobs.samples.isVisible()


@pytest.mark.parametrize(
    "text",
    [
        "a,a,,b\n1,2,3,4\n5,6,7,8\n",
        "<b>x</b>,y&z,\u202ename\n1,2,3\n4,5,6\n",
        "a,b\n1e300,-1e300\n-1e300,1e300\n",
        "a,b,c\n1,1,nan\n1,1,nan\n1,1,nan\n",
        ",".join(f"c{k}" for k in range(300))
        + "\n"
        + "\n".join(",".join(str(k * i) for k in range(300)) for i in range(5)),
        "x,y,w\n" + "".join(f"{k},{k * k},word{k % 60} {'<i>' * 30}\n" for k in range(200)),
    ],
    ids=["names twice", "names like HTML", "far out", "constant", "many", "long words"],
)
def test_odd_columns_are_shown_all_the_same(opened, text) -> None:
    """Whatever stands there, the dialog says something, and no warning is logged."""
    dialog = opened(text)
    dialog.grab()
    model = dialog.table.model_
    for k in range(len(dialog.found.columns)):
        assert all(isinstance(model.data(model.index(k, c)), str) for c in range(5))
        assert isinstance(model.data(model.index(k, 0), Qt.ItemDataRole.ToolTipRole), str)
    if "w" in [column.name for column in dialog.found.columns]:
        dialog.table.chosen.emit(row(dialog, "w"), CLASS)
        settle(dialog)
        assert max(len(dialog.classes.list.item(k).text()) for k in range(dialog.classes.list.count())) < 60
    assert dialog.complaint.text() or dialog.found.reading is not None


def test_the_newest_wish_counts_and_esc_ends_it(opened, monkeypatch) -> None:
    """Reading holds nothing up; above 0.3 s it is said."""
    dialog, gate, real = opened(GALTON), threading.Event(), module.previewed
    before, asked = dialog.choice, []

    def slow(path, dim, choice):
        asked.append(choice.normalise)
        if choice.normalise == "centre":
            gate.wait(5)
        return real(path, dim, choice)

    monkeypatch.setattr(module, "previewed", slow)
    box = dialog.knobs.boxes["normalise"]
    for words in ("centre", "fit to box"):
        at = box.findText(words)
        box.setCurrentIndex(at)
        box.activated.emit(at)
    settle(dialog)
    assert asked == ["centre", "fit to box"] and dialog.found.choice.normalise == "fit to box"
    assert dialog.units.isVisible()
    shown = dialog.found
    at = box.findText("centre")
    box.setCurrentIndex(at)
    box.activated.emit(at)
    assert not dialog.progress.isVisible() and not dialog.use.isEnabled()
    rest(0.4)
    assert dialog.progress.isVisible() and "Esc" in dialog.state.text()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible() and dialog.found is shown and box.currentText() == "fit to box" and dialog.use.isEnabled()
    gate.set()
    rest(0.05)
    assert dialog.found is shown and before.normalise == "as needed"


def test_the_keyboard_does_it_all(opened) -> None:
    dialog = opened(GALTON)
    dialog.table.setCurrentIndex(dialog.table.model_.index(row(dialog, "childHeight"), 0))
    QTest.keyClick(dialog.table, Qt.Key.Key_Y)
    settle(dialog)
    assert dialog.found.reading.axes == ("father", "childHeight")
    QTest.keyClick(dialog.table, Qt.Key.Key_Delete)
    assert dialog.roles.missing == ("y",)
    QTest.keyClick(dialog.table, Qt.Key.Key_Space)
    words = [action.text() for action in dialog.table._menu.actions()]
    assert words == ["x", "y", "class", "weight", "left out"]
    dialog.table._menu.actions()[1].trigger()
    dialog.table._menu.close()
    settle(dialog)
    assert dialog.use.isEnabled()


def test_a_click_on_a_role_opens_its_menu(opened) -> None:
    dialog = opened(GALTON)
    place = dialog.table.visualRect(dialog.table.model_.index(2, 0)).center()
    QTest.mouseClick(dialog.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert [a.text() for a in dialog.table._menu.actions() if a.isChecked()] == ["x"]
    dialog.table._menu.close()


def test_another_dimension_is_a_press_away(opened, qapp, tmp_path) -> None:
    """The experiment goes there with the file, in one step, and undo is back."""
    dialog, asked = opened("a,b,c\n1,2,3\n4,5,6\n7,8,9\n"), []
    dialog.taken.connect(lambda part, dim: asked.append((part, dim)))
    assert dialog.doubt.isVisible()
    dialog.dims.button(3).click()
    settle(dialog)
    assert not dialog.doubt.isVisible() and dialog.found.reading.axes == ("a", "b", "c")
    dialog.use.click()
    ((part, dim),) = asked
    gaussian = kinds("distributions")["gaussian"]
    document = Document(Experiment(source=gaussian(), target=gaussian(mean=3.0)))
    opening, resized = Opening(document), []
    opening.resized.connect(lambda: resized.append(document.experiment.dim))
    opening.read("target", part, dim=dim)
    for _ in range(300):
        rest(0.01)
        if not opening.reading:
            break
    assert document.experiment.dim == 3 and document.experiment.target == part and resized == [3]
    assert document.stack.count() == 1 and document.stack.undoText() == "load a.csv in 3-D"
    document.undo()
    assert document.experiment.dim == 2 and document.experiment.target == gaussian(mean=3.0)
    opening.close()


def test_pairs_have_two_ends(opened) -> None:
    dialog = opened("a,b,c\n1,2,3\n4,5,6\n", dim=1, cls=PAIRS)
    assert dialog.roles.names == ("x₀", "x₁") and dialog.doubt.isVisible()
    assert dialog.roles.offered(dialog.found.columns[0]) == ("x₀", "x₁", NOTHING)
    dialog.table.chosen.emit(2, "x₁")
    settle(dialog)
    dialog.use.click()
    assert dialog.got[0].columns == ("a", "c")


@pytest.mark.parametrize(("dim", "marks"), [(1, Bars), (2, Points), (3, Points)])
def test_the_cloud_as_it_will_be(qapp, tmp_path, dim, marks) -> None:
    """In the units of the file too: a cloud far away keeps its figures there."""
    x = np.random.default_rng(0).random((5000, dim)) * 17 + 5.6e6
    np.save(tmp_path / "a.npy", x)
    read = looked_at(LAW(path=str(tmp_path / "a.npy")), dim).reading
    near, far = panel(read, "target"), panel(read, "target", units=True)
    assert isinstance(near.marks[0], marks) and len(near.marks) == 1
    if dim == 2:
        assert abs(near.bounds[0]) < 20 and far.bounds[0] > 5.5e6 and len(far.marks[0].xy) <= 3000
        assert len(np.unique(np.asarray(far.marks[0].xy, float))) > 2000, "distinct values stay so"
    view = CloudView()
    view.resize(240, 200)
    view.draw(far, theme.load())
    first = view.grab().toImage()
    view.draw(None, theme.load(), "no cloud yet")
    assert view.grab().toImage() != first
    if dim == 3:
        view.draw(near, theme.load())
        before = view.camera
        for kind, at in ((QEvent.Type.MouseButtonPress, (20, 20)), (QEvent.Type.MouseMove, (60, 30))):
            if kind == QEvent.Type.MouseMove:
                QTest.mouseMove(view, QPoint(*at))
            else:
                QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(*at))
        assert view.camera != before
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton)


def test_colours_tell_classes_or_weights(qapp, tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y,w,kind\n" + "".join(f"{k},{k * k},{k + 1},{'pqr'[k % 3]}\n" for k in range(30)))
    for knobs, palette, values in (
        ({"classes": "kind"}, "classes", 3),
        ({"weights": "w"}, "ramp", 30),
        ({"classes": "kind", "weights": "w"}, "classes", 3),
    ):
        (mark,) = panel(looked_at(LAW(path=str(path), columns=("x", "y"), **knobs), 2).reading, "target").marks
        assert mark.palette == palette and len(np.unique(mark.shade)) == values and mark.shade.max() <= 1


def test_pairs_are_lines(qapp, tmp_path) -> None:
    np.save(tmp_path / "a.npy", np.random.default_rng(0).random((900, 4)))
    for dim in (1, 2):
        path = tmp_path / f"{dim}.npy"
        np.save(path, np.random.default_rng(0).random((900, 2 * dim)))
        (mark,) = panel(looked_at(PAIRS(path=str(path)), dim).reading, "pair").marks
        assert isinstance(mark, Lines) and mark.xy.shape[1:] == (2, 2) and len(mark.xy) <= 300


@pytest.mark.parametrize("columns", [1, 2, 3, 4])
@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("cls", [LAW, PAIRS])
def test_a_file_of_any_columns_is_looked_at_in_any_dimension(opened, tmp_path, cls, dim, columns) -> None:
    """Also one whose columns were chosen for another dimension: each coordinate has a column, or has none yet."""
    text = "\n".join(",".join(str(float(k + c * k % 7)) for c in range(columns)) for k in range(20))
    dialog = opened(text, dim, cls, columns=tuple(str(c + 1) for c in range(columns)))
    assert len(dialog.roles.coordinates) == len(dialog.roles.names)
    (tmp_path / "b.csv").write_text(text)
    for other in (1, 2, 3):  # what was found for one dimension, looked at in another
        found = looked_at(cls(path=str(tmp_path / "b.csv")), other)
        roles = Assignment.of(found, cls(path=str(tmp_path / "b.csv")), dim)
        assert len(roles.coordinates) == len(roles.names) and set(roles.missing) <= set(roles.names)
