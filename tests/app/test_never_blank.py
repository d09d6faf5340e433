"""No edit leaves the stage without a picture: looked at ten times a second while a hand edits at random.

The long form: ``REWIRE_EDITS=200 pytest tests/app/test_never_blank.py`` makes so many with each view.
"""

from __future__ import annotations

import os
import random
import time

import msgspec
import pytest
from PySide6.QtWidgets import QApplication

from app import presets
from engine.parts import Wrong
from engine.registry import kinds
from engine.spec import Experiment
from tests.app.test_window import make, small  # noqa: F401

EDITS = int(os.environ.get("REWIRE_EDITS", "1"))  # with each view
LOOKS = 0.1  # seconds between two looks
SMALL = {"pairs": 600}


def part(family: str, kind: str, **knobs: object) -> object:
    return kinds(family)[kind](**knobs)


def edit(now: Experiment, dice: random.Random) -> Experiment:
    """One edit that starts the rounds anew, of every sort that a hand can make."""
    put = lambda **fields: msgspec.structs.replace(now, **fields)  # noqa: E731
    laws = ("gaussian", "two modes", "eight gaussians", "ring", "two moons", "uniform box", "drawn", "spiral")
    choice = dice.randrange(8)
    if choice == 0:
        return put(seed=dice.randrange(1000))
    if choice in (1, 2):
        return put(**{dice.choice(("source", "target")): part("distributions", dice.choice(laws))})
    if choice == 3:
        return put(coupling=part("couplings", dice.choice(("independent", "optimal", "sorted", "worst")), **SMALL))
    if choice == 4:
        return put(path=part("paths", dice.choice(("straight", "spherical"))))
    if choice == 5:
        return put(dim=dice.choice((1, 2, 3)))
    if choice == 6:
        scene = dice.choice(presets.presets()[:8]).experiment(now)
        return msgspec.structs.replace(scene, coupling=now.coupling, velocity=now.velocity, measure=now.measure)
    return put(target=part("distributions", "gaussian", mean=dice.uniform(-9, 9), std=dice.uniform(0.2, 3)))


def blank(window) -> list[str]:
    """Panels on the stage without a mark, and what they say instead."""
    panels = [canvas.panel for canvas in window.stage.panes.shown]
    return [f"{panel.title}: {panel.empty}" for panel in panels if not panel.marks and not allowed(panel.empty)]


def silent(window) -> list[str]:
    """Panels that have been of an experiment before for a second, and do not say so."""
    since = window.controller.behind_since
    if since is None or time.monotonic() - since < 1.0:
        return []
    return [f"{canvas.panel.title}: of before" for canvas in window.stage.panes.shown if not canvas.panel.stale]


def allowed(words: str) -> bool:
    """What is so for good: no picture is on its way."""
    return any(known in words for known in ("No closed form", "there is no gap", "One step is exact"))


@pytest.mark.timeout(120 + 4 * EDITS)
@pytest.mark.parametrize("view", kinds("views"))
def test_the_stage_has_a_picture_at_all_times(qtbot, make, view: str) -> None:  # noqa: F811
    window = make(small(steps=100_000))
    window.document.see(view=view)
    qtbot.waitUntil(lambda: not blank(window) and window.controller.snapshot.step > 20, timeout=30_000)
    dice, bare, seen = random.Random(view), [], 0
    for _ in range(EDITS):
        before = window.document.experiment
        try:
            window.document.edit(edit(before, dice), "an edit")
        except Wrong:
            continue  # such a part is not possible here
        after = window.document.experiment
        did = [name for name in before.__struct_fields__ if getattr(before, name) != getattr(after, name)]
        end = time.monotonic() + dice.choice((0.05, 0.3, 1.0))
        while time.monotonic() < end:
            until = time.monotonic() + LOOKS
            while time.monotonic() < until:
                QApplication.processEvents()
                time.sleep(0.002)
            seen += 1
            bare += [f"after {did}: {words!r}" for words in (*blank(window), *silent(window))]
    assert seen >= EDITS and not bare, "\n".join(bare[:20])
