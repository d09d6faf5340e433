"""What charts show of a net in training: lighter, with what it rests on, until the figures are measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QSize

from app.canvas.still import image
from app.scene import compose
from app.scene.chart import FAINT
from app.scene.known import PROVISIONAL
from app.scene.look import Look
from app.scene.marks import Bars, Curve, Panel
from app.theme import load
from engine.evidence.estimate import Estimate
from engine.evidence.figures import Figures
from engine.snapshot import Snapshot
from tests.app.snapshots import answering, snapshot

CHARTS = "straightness", "euler_error", "ledger"
EARLY = Figures(
    {
        "straightness": Estimate(5.0, 0.5, 256),
        "transport_cost": Estimate(200.0, 2.0, 256),
        "pair_cost": Estimate(230.0, 2.0, 1000),
    },
    {"euler_error": {1.0: Estimate(2.0, 0.1, 256), 2.0: Estimate(1.0, 0.05, 256), 4.0: Estimate(0.5, 0.02, 256)}},
)


def training(rounds: int) -> Snapshot:
    made = snapshot(rounds=rounds)
    return replace(made, rounds=(*made.rounds[:-1], answering(made.rounds[-1], PROVISIONAL, EARLY)))


def chart(of: Snapshot, name: str) -> Panel:
    (panel,) = compose.charts(of, Look(charts=(name,)))
    return panel


def faint(panel: Panel) -> list[Curve | Bars]:
    return [mark for mark in panel.marks if mark.alpha == FAINT]


@pytest.mark.parametrize("name", CHARTS)
def test_they_are_asked_and_shown_before_anything_is_measured(name: str) -> None:
    assert PROVISIONAL in compose.needs(Look(charts=(name,))) and not compose.needs(Look(charts=("loss",))).count(
        PROVISIONAL
    )
    before, panel = chart(snapshot(rounds=1), name), chart(training(1), name)
    assert before.empty and not panel.empty and panel.marks and faint(panel) == list(panel.marks)
    words = [panel.caption, *(mark.name for mark in panel.marks if isinstance(mark, Curve))]
    assert any("in training, n = 256" in word for word in words)


@pytest.mark.parametrize("name", CHARTS)
def test_they_stand_beside_measured_rounds_and_leave_them_as_they_are(name: str) -> None:
    plain, both = chart(snapshot(rounds=3), name), chart(training(3), name)
    lighter = faint(both)
    assert lighter and len(both.marks) == len(plain.marks) + len(lighter) and not faint(plain)
    assert all(mark.alpha == 1.0 for mark in both.marks if mark not in lighter)


def test_the_values_are_those_of_the_probe() -> None:
    of = training(3)
    (S,) = faint(chart(of, "straightness"))
    assert S.xy.tolist() == [[3, 5]] and S.error.tolist() == [0.5] and S.hollow
    (euler,) = faint(chart(of, "euler_error"))
    assert euler.xy.tolist() == [[1, 2], [2, 1], [4, 0.5]] and euler.ink == "round_3"
    before, parts = faint(chart(of, "ledger"))
    assert before.parts[0][2].tolist() == [230] and [(n, h.tolist()) for n, _, h in parts.parts] == [
        ("after", [200]),
        ("S", [5]),
        ("V", [0.01]),
    ]


@pytest.mark.parametrize("name", CHARTS)
def test_what_is_measured_takes_their_place(name: str) -> None:
    """The answer of before stays in the view while the figures come in, one after the other."""
    of = training(3)
    done = snapshot(rounds=3, training=False)
    last = replace(done.rounds[-1], answers=of.rounds[-1].answers)
    assert not faint(chart(replace(done, rounds=(*done.rounds[:-1], last)), name))
    half = Figures(ladders={"euler_error": {1.0: Estimate(1.9, 0.01, 4096), 2.0: Estimate(0.9, 0.01, 4096)}})
    now = replace(of, rounds=(*of.rounds[:-1], replace(of.rounds[-1], figures=half, finished=True)))
    left = faint(chart(now, name))
    assert left and (name != "euler_error" or left[0].xy.tolist() == [[4, 0.5]])


def test_no_closed_form_leaves_the_crossing_out() -> None:
    of = training(1)
    view = replace(of.rounds[1], answers=tuple(a for a in of.rounds[1].answers if a.probe.kind != "loss floor"))
    _, parts = faint(chart(replace(of, rounds=(of.rounds[0], view)), "ledger"))
    assert parts.parts[2][2].tolist() == [0]


@pytest.mark.parametrize("theme", ["dark", "light", "projector"])
def test_lighter_is_seen(qapp, theme: str) -> None:
    """Half the contrast with the ground, curve and bars alike."""
    size, dress = QSize(300, 200), load(theme)

    def contrast(mark: Curve | Bars) -> int:
        panel = Panel("", "chart", (mark,), (0.0, 2.0, 0.0, 2.0))
        made = image([panel], size, dress)
        raw = np.array(made.convertToFormat(made.Format.Format_RGB32).constBits()).reshape(
            made.height(), made.width(), 4
        )
        inside = raw[60:-90, 90:-30, :3].astype(int)
        return int(np.abs(inside - inside[0, 0]).sum(-1).max())

    line = Curve(np.array([[0.0, 1.0], [2.0, 1.0]]), "good", width=8.0)
    bar = Bars(np.array([1.0]), (("", "good", np.array([1.0])),), width=1.0)
    for mark in (line, bar):
        assert 0.35 < contrast(replace(mark, alpha=FAINT)) / contrast(mark) < 0.65
