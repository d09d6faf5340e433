"""No exception gets out of an override of a Qt virtual: on Python 3.11 that is a segmentation fault."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QPushButton

from app.guard import guarded

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
    import sys
    import numpy as np
    from PySide6.QtCore import QPoint, QSize, Qt, QTimer
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication, QWidget
    from app.guard import guarded

    def fail():
        if sys.argv[2] == "zero":
            1 / 0
        np.vstack([np.zeros((2, 2)), np.zeros((2, 1))])

    def when(name):
        if sys.argv[1] == name:
            fail()

    class W(QWidget):
        @guarded
        def mousePressEvent(self, event) -> None:
            when("press")
        @guarded
        def paintEvent(self, event) -> None:
            when("paint")
        @guarded
        def resizeEvent(self, event) -> None:
            when("resize")
        @guarded
        def sizeHint(self) -> QSize:
            when("sizeHint")
            return QSize(10, 10)
        @guarded
        def event(self, event) -> bool:
            when("event")
            return super().event(event)
        @guarded
        def timerEvent(self, event) -> None:
            when("timer")

    seen = set()
    sys.excepthook = lambda kind, error, trace: seen.add(kind.__name__)
    app = QApplication([])
    widget = W()
    widget.setGeometry(100, 100, 300, 200)
    widget.show()
    widget.startTimer(20)
    QTimer.singleShot(100, widget.adjustSize)
    QTimer.singleShot(150, lambda: QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=QPoint(3, 3)))
    QTimer.singleShot(400, app.quit)
    app.exec()
    print(*seen)
"""


@pytest.mark.parametrize("how", ["zero", "numpy"])
@pytest.mark.parametrize("where", ["press", "paint", "resize", "sizeHint", "event", "timer"])
def test_an_exception_of_c_code_in_an_override_reaches_the_hook_and_kills_nothing(where: str, how: str) -> None:
    program = [sys.executable, "-c", textwrap.dedent(PROGRAM), where, how]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["ZeroDivisionError" if how == "zero" else "ValueError"]


class Failing(QPushButton):
    @guarded
    def sizeHint(self) -> QSize:
        raise KeyError("size")

    @guarded
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.User:
            raise KeyError("event")
        return super().event(event)

    @guarded
    def resizeEvent(self, event: object) -> None:
        raise KeyError("resize")


class Deeper(Failing):
    @guarded
    def sizeHint(self) -> QSize:
        return super().sizeHint() + QSize(1, 0)


def test_what_qt_gets_instead(qtbot, monkeypatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: told.append(str(error)))
    button, plain = Failing("ok"), QPushButton("ok")
    for widget in (button, plain):
        qtbot.addWidget(widget)
    assert button.sizeHint() == plain.sizeHint(), "a size: that of the class above"
    assert Deeper("ok").sizeHint() == plain.sizeHint() + QSize(1, 0), "whoever inherits may go on"
    assert button.event(QEvent(QEvent.Type.User)) is False, "a question: no"
    assert button.resizeEvent(None) is None, "an event: nothing"
    assert told == ["'size'", "'size'", "'event'", "'resize'"]


def test_a_hook_that_fails_kills_nothing_either(qtbot, monkeypatch, capsys) -> None:
    def hook(kind: type, error: BaseException, trace: object) -> None:
        raise RuntimeError("the hook itself")

    monkeypatch.setattr(sys, "excepthook", hook)
    button = Failing("ok")
    qtbot.addWidget(button)
    button.resizeEvent(None)
    assert "the hook itself" in capsys.readouterr().err
