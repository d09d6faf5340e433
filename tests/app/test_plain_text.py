"""Text of files, plug-ins and exceptions is shown as it is: what looks like HTML reads no file, draws no picture."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.application import assemble
from app.plain_text import Box, Elided, Label, entry, explain, plain
from app.tools.tool import Tool, entries
from engine.registry import kinds
from engine.snapshot import Snapshot

ROOT = Path(__file__).resolve().parents[2]
RICH = "<img src=/dev/stdin> <b>x</b> &amp;"


def test_a_key_that_names_the_standard_input_does_not_hold_the_window(tmp_path) -> None:
    """In a process of its own, whose standard input stays open and silent: who reads it waits for ever."""
    spec = tmp_path / "<img src=docs>.toml"
    spec.write_text('source={kind="gaussian"}\ntarget={kind="gaussian"}\n"<img src=/dev/stdin>" = 1\n')
    program = """
        import sys
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication
        from app.application import assemble
        app = QApplication([])
        window = assemble(device="cpu")
        window.show()
        def end(*what):
            window.grab()
            print(window.notice.text.text())
            window.close()
            app.quit()
        window.opening.failed.connect(lambda *what: QTimer.singleShot(200, end))
        QTimer.singleShot(0, lambda: window.opening.open(sys.argv[1]))
        app.exec()
    """
    command = [sys.executable, "-c", textwrap.dedent(program), str(spec)]
    running = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        with running.stdout:
            done = running.wait(timeout=30)
            assert done == 0 and "<img src=/dev/stdin>" in running.stdout.read()
    finally:
        running.kill()
        running.wait()
        running.stdin.close()


def said_rich(window: QWidget) -> list[str]:
    """What Qt would take for HTML, in everything that this process shows."""
    found = []
    for thing in [window, *window.findChildren(QObject), *QApplication.topLevelWidgets()]:
        if isinstance(thing, QLabel) and thing.textFormat() != Qt.TextFormat.PlainText:
            found.append(f"a label: {thing.text()!r}")
        tip = thing.toolTip() if isinstance(thing, QWidget | QAction) else ""
        if Qt.mightBeRichText(tip) and ("<img" in tip or "<b" in tip):
            found.append(f"a tooltip: {tip!r}")
    return found


def test_nothing_in_the_window_is_taken_for_html(qtbot, tmp_path) -> None:
    """A name of a file, of a branch and of a kind, a sentence of the engine, what a card complains about."""
    cloud = tmp_path / "<img src=b.png>.csv"
    cloud.write_text("1\n3\n5\n")
    window = assemble(device="cpu")
    qtbot.addWidget(window)
    window.show()
    window.document.patch(RICH, source=kinds("distributions")["file"](path=str(cloud)))
    window.controller.snapshot = Snapshot(window.document.experiment, -1, "stopped", 0.0, message=RICH, device=RICH)
    for draw in window.redraw.parts().values():
        draw()
    window.dock.say("source", RICH)
    for card in window.dock.cards.values():
        card.say(RICH)
        getattr(card, "tell", card.say)(RICH)
        getattr(card, "unfold", bool)(True)
    window.strip.say(RICH)
    window.document.begin(*_brush())
    window.stills.keys()
    window.stills.about()
    assert RICH in window.notice.text.text()
    assert said_rich(window) == []
    for extra in QApplication.topLevelWidgets():
        if extra is not window and extra.isVisible():
            extra.close()


def _brush() -> tuple[type[Tool], dict[str, object]]:
    kind, found = entries()["source"]
    return kind, dict(found.knobs)


@pytest.mark.parametrize("make", [Label, Elided])
def test_a_label_is_plain_from_its_first_moment(qtbot, make) -> None:
    label = make(RICH)
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText and label.text() == RICH
    high = make("x")
    qtbot.addWidget(high)
    assert label.sizeHint().height() == high.sizeHint().height(), "one line of text, no picture"


def test_tooltips_menus_and_messages(qtbot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    explain(widget, RICH)
    assert "&lt;img" in widget.toolTip() and "<img" not in widget.toolTip()
    explain(widget, "a < b\nX₀")
    assert widget.toolTip() == "a < b\nX₀", "what is no HTML stays as it is"
    assert plain("") == "" and entry("A & B") == "A && B"
    box = Box(RICH, RICH, RICH, widget)
    assert {label.textFormat() for label in box.findChildren(QLabel) if RICH in label.text()} == {
        Qt.TextFormat.PlainText
    }


def test_the_finder_finds(qtbot) -> None:
    widget = QLabel("x")
    qtbot.addWidget(widget)
    widget.setToolTip(RICH)
    assert len(said_rich(widget)) >= 2
