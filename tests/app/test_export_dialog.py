"""The export dialog as a hand uses it: three clicks to a picture, and what it asks, shows and says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest

from app.application import assemble, begin
from app.export import carried
from app.export.dialog import SHEETS, ExportDialog
from app.export.format import save
from app.export.page import Page
from app.export.painting import image
from app.export.picture_sheet import FOR, FORMATS, PictureSheet
from app.scene import compose
from app.scene.look import Look
from app.window import Window
from engine.codec import build
from engine.evidence.figures import Figures
from tests.app.scripted import QUICK, rest
from tests.app.test_painter import SHARE, differ

RIMS = 48  # levels by which lines of the clipboard's picture, thin ones side by side, may differ at their rims


@pytest.fixture
def window(qtbot) -> Window:
    made = assemble(build(QUICK), device="cpu")
    begin(made)
    made.resize(1000, 700)
    made.document.see(t=0.5, theme="dark")

    def drawn() -> bool:
        now, look = made.controller.snapshot, made.document.look
        return now is not None and len(now.rounds) > 1 and not any(p.waits for p in compose.stage(now, look))

    qtbot.waitUntil(drawn, timeout=30_000)
    yield made
    made.close()
    made.deleteLater()
    rest(0.05)


@pytest.fixture
def dialog(window: Window, qtbot) -> ExportDialog:
    window.made["export_still"].trigger()
    made = window.stills.dialog
    qtbot.waitUntil(lambda: made.sheet.preview.picture is not None, timeout=30_000)
    return made


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> list:
    """What was asked by a file dialog: the name that it begins with, and what goes on with the path."""
    asked = []
    ask = lambda window, title, what, kinds, then, save: asked.append((save, then))  # noqa: E731
    monkeypatch.setattr("app.file_dialog.ask", ask)
    return asked


def sheet_of(dialog: ExportDialog) -> PictureSheet:
    return dialog.sheets[0]


def test_three_clicks_to_a_slide(dialog: ExportDialog, chosen: list, tmp_path: Path, qtbot) -> None:
    """Ctrl+E, Save…, and the name: 1920 x 1080, light, whatever the window wears; the window stays as it was."""
    QTest.mouseClick(dialog.saver, Qt.MouseButton.LeftButton)
    name, then = chosen.pop()
    assert name == "crossings.png"
    then(str(tmp_path / name))
    qtbot.waitUntil(lambda: dialog.words.text() == "Saved crossings.png.", timeout=30_000)
    made = QImage(str(tmp_path / name))
    assert (made.width(), made.height()) == (1920, 1080)
    assert made.pixelColor(2, 2).name() == "#ffffff"
    held = carried.found(tmp_path / name)
    assert (held.experiment, held.look["t"]) == (dialog.source.snapshot.spec, 0.5)
    QTest.mouseClick(dialog.copier, Qt.MouseButton.LeftButton)  # two clicks, where the slide is open already
    qtbot.waitUntil(lambda: "on the clipboard" in dialog.words.text(), timeout=30_000)
    made = QGuiApplication.clipboard().image().convertToFormat(QImage.Format.Format_RGB32)
    assert made == image(dialog.source.snapshot, sheet_of(dialog).look, sheet_of(dialog).page.check())
    QGuiApplication.clipboard().clear()


def test_what_it_is_for(dialog: ExportDialog, window: Window, qtbot) -> None:
    sheet = sheet_of(dialog)
    qtbot.waitUntil(lambda: window.controller.snapshot.phase == "done", timeout=30_000)
    rest(0.3)
    dialog.anew.click()
    for purpose in FOR:
        sheet.purposes[purpose].click()
        page = sheet.page.check()
        if purpose == "slide":
            assert (page.width, page.height, page.theme, page.t) == (1920, 1080, "light", True)
        elif purpose == "paper":
            assert page.millimetres == pytest.approx((85, 55), rel=1e-3)
            assert (page.points, page.theme, page.caption) == (pytest.approx(8.0), "print", False)
        else:
            stage = dialog.parent().stage
            assert (page.width, page.height, page.theme) == (2 * stage.width(), 2 * stage.height(), "dark")
            made = image(dialog.source.snapshot, sheet.look, page)
            assert differ(made, stage.picture(), RIMS) <= 5 * SHARE
        shown = [form.isVisibleTo(dialog) for form in sheet.size_forms.values()]
        assert shown == [name == purpose for name in FOR]
    sheet.purposes["slide"].click()
    sheet.size_forms["slide"].rows["shape"].field.changed.emit("9:16")
    assert (sheet.page.width, sheet.page.height) == (1080, 1920)
    sheet.size_forms["slide"].rows["scale"].field.changed.emit(2.0)
    assert (sheet.page.width, sheet.page.height, sheet.page.text) == (2160, 3840, 52.0)


def test_every_knob_changes_the_picture(dialog: ExportDialog, qtbot) -> None:
    """By the fields themselves: what they say is what is shown."""
    sheet = sheet_of(dialog)
    other = {"theme": "dark", "heading": "Words", "axes": "all", "across": 1}
    for form in sheet.forms:
        for name, row in form.rows.items():
            before = sheet.preview.picture
            value = other.get(name, not getattr(sheet.page, name))
            row.field.changed.emit(value)
            assert getattr(sheet.page, name) == value
            qtbot.waitUntil(lambda before=before: sheet.preview.picture is not before, timeout=30_000)
            assert sheet.preview.picture != before or name == "legend", f"{name} changes nothing"
            if name in ("stage", "transparent"):
                row.field.changed.emit(getattr(msgspec.structs.replace(sheet.page), name) is False)
    sheet.keeping.rows["t"].field.changed.emit(0.9)
    assert sheet.look.t == 0.9


def test_views_that_are_not_on_the_stage_are_asked_for(dialog: ExportDialog, window: Window, qtbot) -> None:
    """Their answers come, and nothing waits any more; closed, the dialog asks for nothing."""
    sheet = sheet_of(dialog)
    sheet.view_actions["field"].trigger()
    sheet.view_actions["crossings"].trigger()
    assert sheet.page.views == ("crossings", "field")
    looks = sheet.page.looks(sheet.look)

    def there() -> bool:
        return not any(panel.waits for look in looks for panel in compose.stage(dialog.source.snapshot, look))

    assert not there()
    qtbot.waitUntil(there, timeout=30_000)
    dialog.close()
    assert not any(probes for probes, _ in window.controller._also.values())


def test_files(dialog: ExportDialog, chosen: list, tmp_path: Path, qtbot) -> None:
    """Every format; a folder that is not there, and a page that shows nothing, are one sentence each."""
    sheet = sheet_of(dialog)
    for kind in FORMATS:
        sheet.keeping.rows["format"].field.changed.emit(kind)
        sheet.save()
        name, then = chosen.pop()
        assert name == f"crossings.{kind.lower()}"
        then(str(tmp_path / name))
        qtbot.waitUntil(lambda: not sheet.work.busy, timeout=30_000)
        assert (tmp_path / name).stat().st_size > 1000
    sheet.save()
    chosen.pop()[1](str(tmp_path / "no" / "a.png"))
    qtbot.waitUntil(lambda: "cannot be written" in dialog.words.text(), timeout=30_000)
    sheet.turn("stage", False)
    qtbot.waitUntil(lambda: sheet.preview.picture is None, timeout=30_000)
    sheet.copy()
    assert "nothing is chosen" in dialog.words.text().lower()


def test_the_moment_stays_until_it_is_taken_anew(dialog: ExportDialog, window: Window) -> None:
    window.document.see(t=0.1, view="plan")
    assert (dialog.source.look.t, dialog.source.look.view) == (0.5, "crossings")
    dialog.anew.click()
    assert (sheet_of(dialog).look.t, sheet_of(dialog).look.view) == (0.1, "plan")


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.title)
def test_every_page_opens_and_leaves(window: Window, sheet: type, qtbot) -> None:
    """Before anything was drawn too; Esc closes; the window closes with the dialog open."""
    window.stills.export(sheet.title)
    dialog = window.stills.dialog
    assert isinstance(dialog.sheet, sheet)
    assert dialog.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    window.stills.export(sheet.title)
    rest(0.1)


def test_data(window: Window, chosen: list, tmp_path: Path, qtbot) -> None:
    """Every kind in every format: what the file will hold is seen before, and what is not there is told."""
    window.stills.export("Data")
    dialog = window.stills.dialog
    sheet = dialog.sheet
    for one in sheet.kinds:
        QTest.mouseClick(sheet.buttons[one.kind], Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
        assert sheet.chosen == one
        for suffix in one.suffixes:
            sheet.suffixes[suffix].click()
            if one.kind == "weights":  # a closed form
                qtbot.waitUntil(lambda: "has no net" in dialog.words.text(), timeout=30_000)
                continue
            qtbot.waitUntil(lambda: "bytes" in dialog.words.text(), timeout=30_000)
            assert sheet.text.toPlainText()
            sheet.suffixes[suffix].click()  # once more: what is known is told again
            qtbot.waitUntil(lambda: "bytes" in dialog.words.text(), timeout=30_000)
            sheet.save()
            name, then = chosen.pop()
            then(str(tmp_path / name))
            qtbot.waitUntil(lambda name=name: dialog.words.text() == f"Saved {name}.", timeout=30_000)
            assert (tmp_path / name).stat().st_size > 50
    window.made["copy_python"].trigger()
    names: dict = {"__name__": "experiment"}
    exec(QGuiApplication.clipboard().text(), names)
    assert names["asked"] == window.document.experiment
    sheet.buttons["figures"].click()
    sheet.suffixes[".tex"].click()
    QTest.mouseClick(dialog.copier, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text().startswith("\\begin{tabular}")
    QGuiApplication.clipboard().clear()


def test_figures_that_come_while_it_is_open(window: Window, qtbot) -> None:
    """Chosen before anything was measured: they appear when they are there, though nothing else is asked for."""
    qtbot.waitUntil(lambda: bool(window.controller.snapshot.rounds[-1].figures.single), timeout=30_000)
    window.stills.export("Data")
    dialog = window.stills.dialog
    dialog.sheet.buttons["figures"].click()
    measured = dialog.source.snapshot
    for early in (None, replace(measured, rounds=[replace(view, figures=Figures()) for view in measured.rounds])):
        dialog.source.snapshot = early
        dialog.source.changed.emit()
        rest(0.1)
        qtbot.waitUntil(lambda: "crossing" in dialog.sheet.text.toPlainText(), timeout=30_000)
        assert "bytes" in dialog.words.text()


@pytest.mark.parametrize("end", ["source", "target"])
def test_the_points_of_a_card(end: str, window: Window, qtbot) -> None:
    """From the menu of its small picture to what the file will hold."""
    window.dock.ends[end].save.trigger()
    sheet = window.stills.dialog.sheet
    assert sheet.chosen.kind == end and sheet.buttons[end].isChecked()
    qtbot.waitUntil(lambda: "bytes" in window.stills.dialog.words.text(), timeout=30_000)
    assert sheet.text.toPlainText()


def test_a_picture_dropped_on_the_window_offers_what_it_carries(window: Window, tmp_path: Path, qtbot) -> None:
    """Its experiment and look, or the picture as an end: wherever it is dropped. Any other picture is only that."""
    other = build(QUICK | {"seed": 77})
    path = tmp_path / "a.png"
    save(
        path,
        replace(window.controller.snapshot, spec=other),
        Look(t=0.25, view="plan", lines=9),
        Page(width=300, height=200),
    )
    for end in ("", "source"):
        window.opening.open(str(path), end)
        qtbot.waitUntil(lambda: not window.opening.reading, timeout=30_000)
        menu = window.opening._menu
        words = [action.text() for action in menu.actions()]
        assert words[0] == "Open the experiment of a.png, seen as there"
        assert words[1:] == ["Use a.png as the source", "Use a.png as the target"]
        menu.hide()
    menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: window.document.experiment == other, timeout=30_000)
    look = window.document.look
    assert (look.t, look.view, look.lines) == (0.25, "plan", 9)
    image(window.controller.snapshot, Look(), Page(width=300, height=200)).save(str(path))
    window.opening.open(str(path), "source")
    qtbot.waitUntil(lambda: window.document.experiment.source.kind == "image", timeout=30_000)


def test_return_in_a_field_takes_what_was_typed_and_saves_nothing(dialog: ExportDialog, chosen: list) -> None:
    """Elsewhere it is the button's; Escape gives up what was typed first, and closes then."""
    sheet = sheet_of(dialog)
    line = sheet.size_forms["slide"].rows["width"].field.focusProxy()
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "1280")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert sheet.page.width == 1280
    assert not chosen
    line.selectAll()
    QTest.keyClicks(line, "99")
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert (dialog.isVisible(), sheet.page.width) == (True, 1280)
    line.clearFocus()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert len(chosen) == 1
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
