"""Where things lie in the window at every size, text and theme: nothing pushes, nothing is cut, the stage keeps its
share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from app import settings
from app import theme as themes
from app.application import assemble
from app.plain_text import Elided
from app.settings import TEXT_SCALES
from app.tools.tool import entries
from app.view_tabs import views
from app.window import Window
from engine.codec import build
from tests.app import snapshots

SIZES = ((1024, 743), (1280, 775), (1920, 1055))
LONG = "The rate is too large: the loss has grown a hundredfold; a smaller learning rate would do. " * 3


@pytest.fixture
def window(qtbot) -> Iterator[Window]:
    """Shown, with rounds, and without an engine that runs."""
    made = assemble(build({"source": {"kind": "two modes"}, "target": {"kind": "two modes", "at": 15.0}}))
    made.controller.snapshot = snapshots.snapshot(n=60)
    made.resize(1280, 775)
    made.show()
    made.redraw.all()
    settle()
    yield made
    made.document.leave()
    made.close()
    made.deleteLater()


def settle() -> None:
    for _ in range(4):
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        QApplication.processEvents()


def resize(window: Window, size: tuple[int, int]) -> None:
    window.resize(*size)
    settle()
    if window._settling.isActive():
        window._settling.stop()
        window._dress()
        settle()


def cut(root: QWidget) -> list[str]:
    """Labels and buttons on show that have less room than their words need, or stand out of what holds them."""
    found = []
    for widget in root.findChildren(QWidget):
        if not (isinstance(widget, QLabel | QAbstractButton) and widget.isVisible()):
            continue
        words = widget.text()
        inside = QRect(widget.mapTo(root, QPoint()), widget.size())
        sideways = inside.left() < 0 or inside.right() >= root.width()
        short = not isinstance(widget, Elided) and widget.width() < widget.minimumSizeHint().width()
        if words and (sideways or short):
            found.append(f"{words}: {widget.width()} of {widget.minimumSizeHint().width()} px at {inside}")
    return found


@pytest.mark.parametrize("theme", ["dark", "projector"])  # the light one differs in colour alone
@pytest.mark.parametrize("size", SIZES)
def test_the_stage_keeps_half_and_nothing_is_cut(window, size, theme) -> None:
    resize(window, size)
    for scale in (TEXT_SCALES[0], TEXT_SCALES[-1]):
        window.document.see(theme=theme, text_scale=scale)
        settle()
        case = f"{size} {theme} {scale}"
        assert (window.width(), window.height()) == size, f"{case}: the window has grown"
        assert window.stage.width() >= 0.49 * size[0], case
        assert window.stage.height() >= 0.5 * size[1], case
        assert window.dock.scroll.widget().width() <= window.dock.scroll.viewport().width(), case
        for place in (window.dock, window.top, window.strip._title.parentWidget()):
            assert not cut(place), case
        for kind in views():
            window.tabs.show_view(kind)
            settle()
            at = window.tabs.tabRect(window.tabs.currentIndex())
            assert window.tabs.rect().contains(at), f"{case}: the tab {kind} is cut"
            assert at.left() >= 0 and window.tabs.tabRect(window.tabs.count() - 1).right() < window.top.width(), case
            bold = window.tabs.font()
            bold.setBold(True)
            words = window.tabs.tabText(window.tabs.currentIndex())
            assert QFontMetrics(bold).horizontalAdvance(words) + 4 <= at.width(), f"{case}: {kind} has no room"
        card, row = window.strip._cards[window.strip._shown[0]], window.strip._scroll.viewport()
        left = card.mapTo(row, QPoint()).x()
        assert left >= 0 and left + card.width() <= row.width(), f"{case}: the round on show is cut"
        for name in entries():
            window.draw(name)
            settle()
            assert (window.width(), window.height()) == size, f"{case}: {name} has widened the window"
            assert not cut(window.tool_bar), f"{case} {name}"
        window.leave_drawing()


@pytest.mark.parametrize("theme", ["dark", "projector"])
def test_neither_notice_nor_bar_moves_anything(window, theme) -> None:
    window.document.see(theme=theme)
    settle()

    def places() -> dict[str, QRect]:
        named = {"stage": window.stage, "dock": window.dock, "strip": window.strip, "measures": window.measures}
        return {name: QRect(w.mapTo(window, QPoint()), w.size()) for name, w in named.items()}

    before = places()
    window.notice.say(LONG, error=True, button="Undo", action=lambda: None)
    settle()
    assert places() == before
    assert window.stage.panes.rect().contains(window.notice.geometry())
    assert window.notice.text.height() >= window.notice.text.heightForWidth(window.notice.text.width())
    for name in entries():
        window.draw(name)
        settle()
        assert window.tool_bar.isVisible() and not window.tabs.isVisible() and places() == before, name
    window.leave_drawing()
    settle()
    assert places() == before and window.tabs.isVisible() and not window.tool_bar.isVisible()


def test_a_column_without_room_folds_and_comes_back_when_asked(window) -> None:
    window.document.see(text_scale=1.5)
    resize(window, (1024, 743))
    columns, button = window.columns, window.columns.side.button
    assert not window.measures.isVisible() and button.isVisible()
    button.click()
    settle()
    assert window.measures.isVisible() and window.measures.width() >= 190 and window.width() == 1024
    button.click()
    settle()
    assert not window.measures.isVisible()
    window.hide_panels()
    settle()
    assert not window.dock.isVisible() and not button.isVisible() and window.stage.width() == 1024
    window.hide_panels()
    resize(window, (1600, 900))
    assert window.measures.isVisible() and not button.isVisible()
    columns.setSizes([400, 700, 500])
    columns.splitterMoved.emit(400, 1)
    columns.fit()
    assert columns.sizes()[1] >= 0.49 * 1600, "whoever drags is heeded as far as the stage allows"


def test_a_notice_is_about_the_experiment_on_the_cards(window) -> None:
    other = build({"source": {"kind": "ring"}, "target": {"kind": "ring"}})
    window.notice.say("about this one", error=True)
    window.document.patch("same", seed=window.document.experiment.seed)
    assert window.notice.isVisible(), "nothing has changed"
    window.document.edit(other, "another")
    assert not window.notice.isVisible()
    window.notice.say("a fault of the program", error=True, lasts=True)
    window.document.undo()
    assert window.notice.isVisible()
    window.notice.dismiss()
    window._hint("a hint")
    window._hint("a hint")
    assert window.notice.isVisible() and window.notice._clock.isActive(), "what is no fault goes by itself"


class Paints(QObject):
    """Counts what is painted of the widgets that it watches, each with the ground that it had in the middle."""

    def __init__(self, widgets: list[QWidget]) -> None:
        super().__init__()
        self.seen: list[QWidget] = []
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.seen.append(watched)
        return False


@pytest.mark.parametrize("name", ["light", "projector"])
def test_another_theme_is_one_repaint_of_everything(window, name) -> None:
    """When the change has been made, and the events of this moment have been served, every canvas is in the new inks:
    none waits for a later beat, none is painted in between with the old ones."""
    canvases = [*window.stage.panes.shown, *window.measures.charts]
    paints = Paints(canvases)
    window.document.see(theme=name)
    assert not paints.seen, "nothing is painted while half of it has changed"
    new = themes.load(name, themes.fit(name, window.height()))
    assert all(canvas.theme == new for canvas in canvases)
    assert window.measures.figures.theme == new and window.stage._theme == new
    QApplication.processEvents()
    for one, other in pairwise(paints.seen):
        assert one is not other, "painted twice"
    picture = window.grab().toImage()
    for canvas in canvases:
        ground = picture.pixelColor(canvas.mapTo(window, QPoint(3, 3)))
        assert ground.name() == new.ink("panel" if canvas in window.measures.charts else "window")


def test_the_same_theme_again_dresses_nothing(window) -> None:
    seen = Paints([window.dock, window.stage])
    QApplication.processEvents()
    seen.seen.clear()
    window._dress()
    QApplication.processEvents()
    assert not seen.seen


def test_while_an_edge_is_dragged_the_text_keeps_its_size(window, monkeypatch) -> None:
    window.document.see(theme="projector")
    settle()
    before, calls = window.theme, []
    monkeypatch.setattr(themes, "apply", lambda *words: calls.append(words))
    window._settling.setInterval(60_000)
    for wide in range(1280, 1900, 80):
        window.resize(wide, 775 + (wide - 1280) // 2)
        settle()
    assert not calls and window.theme == before and window._settling.isActive()
    window._settling.timeout.emit()
    assert len(calls) == 1 and window.theme.text_px > before.text_px


@pytest.mark.parametrize("place", [None, "garbage", b"\x01\xd9", 7, ["a"], {"b": 1}])
def test_whatever_the_settings_hold_the_window_comes(window, place) -> None:
    kept = settings._file()
    for key in ("geometry", "theme", "text_scale", "folder/data", "folder/spec"):
        kept.setValue(key, place)
    kept.sync()
    window.restore()
    assert window.theme.name in themes.NAMES and window.document.look.text_scale in TEXT_SCALES
    assert settings.folder("data") == settings.folder("spec") == ""
    kept.clear()
