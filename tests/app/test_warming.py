"""First openings are made ready while nobody touches anything: step by step, and never under a hand."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor

from app import warming
from app.canvas import depth
from app.controller import Controller
from app.document import Document
from app.warming import LOOK, MODULES, Warming
from engine.distributions.gaussian import Gaussian
from engine.spec import Experiment
from engine.worker import Engine
from tests.app import snapshots


@pytest.fixture
def made(qapp, monkeypatch):
    """With three steps that say when they are done, over a flow that is there."""
    done = []
    monkeypatch.setattr(warming, "steps", lambda: iter([lambda k=k: done.append(k) for k in range(3)]))
    controller = Controller(Document(Experiment(source=Gaussian(), target=Gaussian())), Engine("cpu"))
    controller.snapshot = snapshots.snapshot(n=20)
    monkeypatch.setattr(Controller, "current", True)
    QCursor.setPos(QPoint(400, 400))
    made = Warming(controller)
    made._timer.setInterval(10_000_000)  # the test is its clock
    made.done = done
    yield made
    made._timer.stop()


def test_one_step_each_time_that_all_has_rested(made) -> None:
    counts = []
    for _ in range(6):
        made.beat()
        counts.append(len(made.done))
    assert counts == [0, 1, 2, 3, 3, 3] and made.over and LOOK >= 300


@pytest.mark.parametrize("hand", ["cursor", "edit", "look", "no flow"])
def test_nothing_is_done_under_a_hand(made, hand: str) -> None:
    document = made._controller.document
    for k in range(1, 5):
        if hand == "cursor":
            QCursor.setPos(QPoint(400 + k, 400))
        elif hand == "edit":
            document.patch("an edit", seed=k)
        elif hand == "look":
            document.see(lines=100 + k)
        else:
            made._controller.snapshot = snapshots.empty()
        made.beat()
    assert not made.done
    document.see(t=0.1)  # what plays is no hand
    made._controller.snapshot = snapshots.snapshot(n=20)
    for k in range(2):
        document.see(t=0.2 + k / 10)
        made.beat()
    assert made.done


def test_what_is_warm_is_what_a_first_picture_needs(qapp) -> None:
    """In a process of its own: here all of it may be there already."""
    code = (
        "import sys; from PySide6.QtWidgets import QApplication; app = QApplication([])\n"
        "from app import warming; from app.canvas.depth import Context\n"
        "print(Context._one is None, sum(name in sys.modules for name in warming.MODULES))\n"
        "steps = list(warming.steps())\n"
        "for step in steps: step()\n"
        "print(Context._one is not None or bool(Context._trouble), all(n in sys.modules for n in warming.MODULES))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    first, last = (line.split() for line in done.stdout.splitlines())
    assert first[0] == "True" and int(first[1]) < len(MODULES) / 2 and last == ["True", "True"]
    assert sum(1 for _ in depth.Depth.warm()) == depth.Depth.STEPS
