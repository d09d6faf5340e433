"""While a hand drags: every edit that is taken up is seen, and of a costly coupling few points come first."""

from __future__ import annotations

import time

import numpy as np
import pytest

from engine.couplings.independent import Independent
from engine.couplings.optimal import Optimal
from engine.distributions.two_modes import TwoModes
from engine.lab import Lab
from engine.matching.assignment import exact
from engine.preview import FEW, draw_pairs
from engine.probes.pairs import Pairs
from engine.probes.trajectories import Trajectories
from engine.report import snapshot
from engine.spec import Training
from engine.velocities.mlp import MLP
from engine.worker import Engine, Request
from tests.engine.test_lab import SMALL, replace

ENDS, FLOW = Pairs(), Trajectories()
COSTLY = replace(SMALL, coupling=Optimal(pairs=900))


def test_few_points_of_a_costly_coupling_come_first_and_all_of_them_afterwards() -> None:
    of = Lab("cpu", matched=64, sketches=True)
    of.adopt(COSTLY)
    of.ask((ENDS, FLOW))
    while not of.drawn:
        assert of.advance(0.0, train=False)
    assert of.run.x0 is None and not of.rounds()
    of.look(1.0)
    (alone,) = snapshot(of).rounds
    ends = alone.found(ENDS)
    assert len(ends.x0) == FEW and alone.sketch == (FEW, 900)
    best = exact(ends.x0.astype(float), ends.x1.astype(float))
    assert np.array_equal(best, np.arange(FEW)), "an optimal plan of its own points"
    while of.run.x0 is None:
        assert of.advance(0.0, train=False)
    x0, x1 = draw_pairs(COSTLY)
    assert np.array_equal(of.run.x0, x0) and np.array_equal(of.run.x1, x1), "the few leave no trace in them"
    of.look(1.0)
    made = snapshot(of)
    assert not any(view.sketch for view in made.rounds) and len(made.rounds[0].found(ENDS).x0) == 400


@pytest.mark.parametrize("coupling", [Independent(pairs=300), Optimal(pairs=900)])
def test_without_being_asked_there_is_no_sketch(coupling: object) -> None:
    of = Lab("cpu", matched=64, sketches=isinstance(coupling, Independent))
    of.adopt(replace(SMALL, coupling=coupling))
    while of.run.x0 is None:
        assert of.advance(0.0, train=False) and of.run.sketch is None


def test_edits_that_come_faster_than_they_can_be_drawn_are_seen_nevertheless() -> None:
    """Every 20 ms another target, for two seconds, while a net trains: pairs and flows of edits on the way come out,
    and training goes on from one to the next."""
    start = replace(
        SMALL, velocity=MLP(), training=Training(steps=100_000, batch=256), coupling=Independent(pairs=4000)
    )
    engine, seen, flows = Engine("cpu"), set(), set()
    engine.start()
    try:
        engine.submit(Request(start, 1, probes=(ENDS, FLOW)))
        deadline = time.monotonic() + 60
        while (made := engine.snapshots.take(0.1)) is None or made.step < 20:
            assert time.monotonic() < deadline
        for k in range(100):
            moved = replace(start, target=TwoModes(separation=4.0 + (k + 1) / 50))
            engine.submit(Request(moved, k + 2, probes=(ENDS, FLOW), warm=True))
            until = time.monotonic() + 0.02
            while time.monotonic() < until:
                made = engine.snapshots.take(0.005)
                if made is not None and made.request > 1 and made.rounds and made.rounds[0].found(ENDS) is not None:
                    seen.add(made.request)
                    if len(made.rounds) > 1 and made.rounds[1].found(FLOW) is not None:
                        flows.add(made.request)
                        assert made.rounds[1].velocity == "net", "not the closed form for a moment"
    finally:
        assert engine.close(60.0)
    assert len(seen) >= 4 and len(flows) >= 2, (seen, flows)
