"""Somebody who tries everything: random actions on the whole window, in a process of its own.

``python -m tests.app.wild_hand SEED COUNT TRAIL``: exit status 0, or 1 with what went wrong. Each action is written to
the file TRAIL before it is done, so that a crash tells what came before it.
"""

from __future__ import annotations

import faulthandler
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer, qInstallMessageHandler
from PySide6.QtGui import QEnterEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QDialog,
    QGraphicsView,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QWidget,
)

from app import presets
from app.actions import table
from app.application import assemble, begin
from engine.codec import build
from tests.app.scripted import rest

TEXTS = ("1", "-5", "1e9", "abc", "0.5, 2", "", "(1, 2); (3, 4)", "nan", "7", "0", "1e-9", "b", "ü <img src=x>")
FILES = {
    "line.csv": "1\n2\n3\n",
    "plane.csv": "1,2\n3,4\n5,6\n",
    "space.csv": "1,2,3\n4,5,6\n",
    "pairs.csv": "1,2,3,4\n5,6,7,8\n",
    "bad.csv": "1,apple\n",
    "spec.toml": '[source]\nkind = "ring"\n[target]\nkind = "two moons"\n[training]\nsteps = 50\nbatch = 32\n',
    "bad.toml": '[source]\nkind = "rign"\n',
    "other.xyz": "?",
}
PROJECT = Path(__file__).parents[1] / "projects" / "format-1.rewire"
SMALL = {
    "source": {"kind": "two modes"},
    "target": {"kind": "two modes", "at": 15.0},
    "coupling": {"kind": "independent", "pairs": 300},
    "velocity": {"kind": "mlp", "width": 16, "depth": 2},
    "training": {"steps": 200, "batch": 64},
    "measure": {"samples": 64},
}
BUTTONS = (Qt.MouseButton.LeftButton,) * 4 + (Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton)


class WildHand:
    """Every method with a weight is something that it does."""

    def __init__(self, seed: int, trail: Path) -> None:
        self.rng = random.Random(seed)
        self.trail = trail.open("w", buffering=1, encoding="utf-8")
        self.trouble: list[str] = []
        self.folder = Path(tempfile.mkdtemp(prefix="rewire-wild-"))
        for name, text in FILES.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        shutil.copy(PROJECT, self.folder)
        os.chdir(self.folder)  # what a dialog saves lands here
        sys.excepthook = lambda kind, error, trace: self.fault("".join(traceback.format_exception(kind, error, trace)))
        qInstallMessageHandler(lambda kind, context, text: self.fault(f"Qt: {text}"))
        self.window = assemble(build(SMALL), device="cpu")
        begin(self.window)
        self.held: tuple[QWidget, Qt.MouseButton] | None = None
        self.closer = QTimer()
        self.closer.timeout.connect(self.tidy)
        self.closer.start(60)  # a menu or dialog that waits for an answer gets one

    def fault(self, words: str) -> None:
        self.trail.write(f"FAULT {words}\n")
        self.trouble.append(words)

    # what it does

    def click(self) -> None:
        button = self.pick(QAbstractButton)
        if button is not None:
            self.tell(f"click {type(button).__name__} {button.text()!r}")
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def slide(self) -> None:
        slider = self.pick(QAbstractSlider)
        if slider is not None:
            keys = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home)
            self.tell("slide")
            for _ in range(self.rng.randrange(1, 6)):
                QTest.keyClick(slider, self.rng.choice(keys))

    def choose(self) -> None:
        box = self.pick(QComboBox)
        if box is not None and box.count():
            index = self.rng.randrange(box.count())
            self.tell(f"choose {box.itemText(index)}")
            box.setFocus()
            box.setCurrentIndex(index)
            box.activated.emit(index)

    def type(self) -> None:
        field = self.pick(self.rng.choice((QLineEdit, QLineEdit, QPlainTextEdit)))
        if field is not None:
            text = self.rng.choice(TEXTS)
            self.tell(f"type {text!r}")
            field.setFocus()
            field.selectAll()
            field.insert(text) if isinstance(field, QLineEdit) else field.insertPlainText(text)
            QTest.keyClick(field, self.rng.choice((Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Escape, Qt.Key.Key_X)))

    def key(self) -> None:
        at = QApplication.focusWidget() or self.window
        key = self.rng.choice((*range(Qt.Key.Key_A, Qt.Key.Key_Z), *range(Qt.Key.Key_0, Qt.Key.Key_9), Qt.Key.Key_Space,
            Qt.Key.Key_Tab, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight,
            Qt.Key.Key_Delete, Qt.Key.Key_Escape, Qt.Key.Key_Return))  # fmt: skip
        with_ = self.rng.choice((Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier))
        self.tell(f"key {key} {with_.name}")
        QTest.keyClick(at, Qt.Key(key), with_)

    def act(self) -> None:
        action = self.rng.choice([action for action in table() if action.id != "quit"])
        self.tell(f"action {action.id}")
        self.window.made[action.id].trigger()

    def draw(self) -> None:
        name = self.rng.choice([action.id for action in table() if action.call == "draw"])
        self.tell(name)
        self.window.made[name].trigger()
        QApplication.processEvents()
        self.press()

    def press(self) -> None:
        if self.held is not None:
            return self.release()
        view = self.rng.choice(self.window.stage.findChildren(QGraphicsView)).viewport()
        button = self.rng.choice(BUTTONS)
        at = self.place(view)
        self.tell(f"press {button.name} {at.toTuple()}")
        self.held = view, button
        QTest.mousePress(view, button, pos=at)

    def move(self) -> None:
        view = self.held[0] if self.held else self.window.stage.findChildren(QGraphicsView)[0].viewport()
        self.tell("move")
        for _ in range(self.rng.randrange(1, 8)):
            QTest.mouseMove(view, self.place(view))

    def release(self) -> None:
        if self.held is not None:
            view, button = self.held
            self.held = None
            self.tell("release")
            QTest.mouseRelease(view, button, pos=self.place(view))

    def wheel(self) -> None:
        view = self.rng.choice(self.window.findChildren(QWidget))
        if view.isVisible():
            self.tell(f"wheel {type(view).__name__}")
            at, turn = QPointF(view.rect().center()), QPoint(0, self.rng.choice((-120, 120)))
            none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
            there = QPointF(view.mapToGlobal(at))
            QApplication.postEvent(view, QWheelEvent(at, there, QPoint(), turn, *none, False))

    def storm(self) -> None:
        self.tell("undo storm")
        document = self.window.document
        for _ in range(self.rng.randrange(5, 60)):
            self.rng.choice((document.undo, document.undo, document.redo, document.stack.undo))()
            if self.rng.random() < 0.2:
                QApplication.processEvents()

    def turn_dimension(self) -> None:
        dim = self.rng.choice((1, 2, 3))
        self.tell(f"dimension {dim}")
        self.window.dock.head.group.button(dim).click()

    def theme(self) -> None:
        self.tell("themes")
        for _ in range(self.rng.randrange(1, 4)):
            self.window.cycle_theme()

    def resize(self) -> None:
        size = self.rng.randrange(500, 1700), self.rng.randrange(400, 1100)
        self.tell(f"resize {size}")
        self.window.resize(*size)

    def preset(self) -> None:
        chosen = self.rng.choice(presets.presets())
        self.tell(f"preset {chosen.name}")
        self.window.load_preset(chosen)

    def open(self) -> None:
        name, end = self.rng.choice([*FILES, PROJECT.name]), self.rng.choice(("source", "target", "coupling", ""))
        self.tell(f"open {name} {end}")
        self.window.opening.open(str(self.folder / name), end)

    def hover(self) -> None:
        """Tooltips, and what lights up under the cursor."""
        widget = self.pick(QWidget)
        if widget is not None:
            self.tell(f"hover {type(widget).__name__}")
            at = widget.rect().center()
            QTest.mouseMove(widget, at)
            there = widget.mapTo(widget.window(), at), widget.mapToGlobal(at)
            QApplication.sendEvent(widget, QEnterEvent(QPointF(at), *map(QPointF, there)))  # a bare QEvent is too short

    def hand_in(self) -> None:
        """To quit asks, where something is not saved; the question is answered with Cancel."""
        if self.window.projects.changed:
            self.tell("quit")
            self.window.quit()
            rest(0.02)
            if (question := self.window.projects.question) is not None:
                question.reject()

    WEIGHTS = {  # noqa: RUF012 - read, never written
        click: 9, slide: 5, choose: 5, type: 6, key: 8, act: 10, draw: 4, press: 6, move: 9, release: 5, wheel: 2,
        storm: 2, turn_dimension: 4, theme: 1, resize: 1, preset: 1, open: 3, hover: 2, hand_in: 1,
    }  # fmt: skip

    # how

    def go(self, count: int) -> None:
        """So many actions; then all is let go of and taken back."""
        does, weights = zip(*self.WEIGHTS.items(), strict=True)
        rest(0.3)
        for k in range(count):
            self.count = k
            self.rng.choices(does, weights)[0](self)
            rest(self.rng.choice((0.0, 0.0, 0.0, 0.005, 0.02)))
            if self.trouble:
                return
        self.release()
        self.tell("end")
        self.window.document.leave()
        for _ in range(400):
            self.window.document.undo()
        rest(0.1)
        if not self.window.controller.engine.alive:
            self.fault("the engine has ended")
        if self.window.document.stack.index() != 0 and self.window.document.stack.canUndo():
            self.fault("not everything could be taken back")

    def leave(self) -> None:
        self.closer.stop()
        self.tidy(always=True)
        begun = time.monotonic()
        self.window.close()
        self.tell(f"closed in {time.monotonic() - begun:.1f} s")
        rest(0.05)

    def pick(self, kind: type[QWidget]) -> QWidget | None:
        """Any of the window or of a dialog that can be used now."""
        found = [x for x in self.window.findChildren(kind) if x.isVisible() and x.isEnabled()]
        return self.rng.choice(found) if found else None

    def place(self, view: QWidget) -> QPoint:
        return QPoint(self.rng.randrange(max(1, view.width())), self.rng.randrange(max(1, view.height())))

    def tell(self, words: str) -> None:
        self.trail.write(f"{getattr(self, 'count', 0)} {words}\n")

    def tidy(self, always: bool = False) -> None:
        for other in QApplication.topLevelWidgets():
            waits = other is not self.window and other.isVisible() and isinstance(other, QDialog | QMenu)
            if waits and (always or self.rng.random() < 0.3):
                other.close()


def main(seed: int, count: int, trail: str) -> int:
    faulthandler.enable()
    faulthandler.dump_traceback_later(3600, exit=True)
    app = QApplication([])
    hand = WildHand(seed, Path(trail))
    hand.go(count)
    hand.leave()
    for words in hand.trouble:
        print(words, file=sys.stderr)
    sys.stderr.flush()
    del app
    os._exit(1 if hand.trouble else 0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
