"""Lines meet, trajectories of a trained net do not: at steps that are fine enough for its flow to be one."""

from __future__ import annotations

import numpy as np
import pytest

from engine.couplings.independent import Independent
from engine.distributions.two_modes import TwoModes
from engine.evidence.crossings import exchanged, meeting
from engine.probe import answered
from engine.probes.meetings import Meetings
from engine.probes.trajectories import Trajectories
from engine.solvers.euler import Euler
from engine.spec import Training
from engine.velocities.mlp import MLP
from tests.engine.test_lab import SMALL, lab, replace, until


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_trajectories_of_a_trained_net_do_not_meet(dim: int) -> None:
    experiment = replace(
        SMALL,
        dim=dim,
        source=TwoModes(at=0.0, separation=4.0, std=0.7),
        target=TwoModes(at=0.0 if dim == 1 else 4.0, separation=4.0, std=0.7),
        coupling=Independent(pairs=1000),
        velocity=MLP(width=32, depth=2),
        training=Training(steps=500, batch=256),
    )
    made = lab(experiment)
    until(made, lambda: bool(made.rounds()) and made.rounds()[0].v is not None)
    subject = made.rounds()[0].subject(Euler(steps=400), 0)
    found = answered(Trajectories(count=150), subject)
    if dim == 1:
        lines = int(exchanged(subject.problem.x0[:150, 0], subject.problem.x1[:150, 0]).sum()) // 2
        assert found.order_changes == 0 and lines > 3000
        return
    lines = answered(Meetings(lines=150), subject)
    assert len(lines.at) >= {2: 50, 3: 1}[dim] and len(found.met.at) <= len(lines.at) / 50
    # What passes within 1 % of the spread was squeezed between the modes, and is never at one place.
    assert not meeting(found.z.astype(float), found.met.reach / 10).any()
    many = [x[:1000].astype(float) for x in (subject.problem.x0, subject.problem.x1)]
    assert meeting(np.stack(many), found.met.reach / 10).any(), "lines do meet as nearly as that"
