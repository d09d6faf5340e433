"""Rounds go out of the engine's thread and into it, by the same two mailboxes as all else."""

from __future__ import annotations

import dataclasses

import msgspec
import numpy as np

from engine.lab import Lab
from engine.rounds.kept import KeptRounds
from engine.worker import Engine
from tests.engine.test_worker import LONG, SMALL, asking, running, snapshot  # noqa: F401

replace = dataclasses.replace


def trained(experiment=SMALL) -> Lab:
    of = Lab("cpu")
    of.adopt(experiment)
    while of.advance(1.0):
        pass
    return of


def test_rounds_are_kept_when_they_are_asked_for_and_until_they_are_taken(running: Engine) -> None:  # noqa: F811
    running.submit(asking(LONG))
    first = snapshot(running, lambda s: s.step > 50)
    assert first.kept is None, "nobody has asked"
    running.submit(replace(asking(LONG), keep=1))
    kept = snapshot(running, lambda s: s.kept is not None).kept
    assert (kept.serial, kept.experiment) == (1, LONG) and not kept.rounds[0].finished and kept.rounds[0].step >= 50
    later = snapshot(running, lambda s: s.step > kept.rounds[0].step + 50)
    assert later.kept is kept, "one that looks late gets them too"
    losses = kept.rounds[0].losses.points.copy()
    running.submit(replace(asking(LONG), keep=2))
    again = snapshot(running, lambda s: s.kept is not None and s.kept.serial == 2).kept
    assert again.rounds[0].step > kept.rounds[0].step
    assert np.array_equal(kept.rounds[0].losses.points, losses), "what is out changes no more"
    running.submit(asking(LONG))
    assert snapshot(running, lambda s: s.kept is None).step > 0


def test_keeping_changes_no_number(running: Engine) -> None:  # noqa: F811
    whole = trained().rounds()[0].learning.losses
    for k in range(200):
        running.submit(replace(asking(SMALL), keep=k + 1))
    done = snapshot(running, lambda s: s.phase == "done")
    assert np.array_equal(done.rounds[1].losses, whole)


def test_rounds_that_come_in_are_not_trained_again(running: Engine) -> None:  # noqa: F811
    of = trained()
    coming = KeptRounds(SMALL, of.kept(), 1)
    running.submit(replace(asking(SMALL), restored=coming))
    first = snapshot(running, lambda s: s.device and len(s.rounds) == 2)
    assert first.rounds[1].finished and first.rounds[1].figures == of.rounds()[0].own.figures
    assert first.unrestored == ()


def test_an_edit_that_overtakes_them_leaves_them_to_undo(running: Engine) -> None:  # noqa: F811
    of = trained()
    coming, other = KeptRounds(SMALL, of.kept(), 1), msgspec.structs.replace(SMALL, seed=77)
    running.submit(replace(asking(other, 1), restored=coming))
    snapshot(running, lambda s: s.spec == other and len(s.rounds) == 2)
    running.submit(replace(asking(SMALL, 2, running=False), restored=coming))
    back = snapshot(running, lambda s: s.request == 2 and len(s.rounds) == 2)
    assert back.rounds[1].finished, "nothing is trained while it is paused"


def test_what_fits_no_net_is_made_again_and_named(running: Engine) -> None:  # noqa: F811
    held = trained().kept()[0]
    bad = replace(held, net={**held.net, "layer0.weight": held.net["layer0.weight"][:, :1]})
    running.submit(replace(asking(SMALL), restored=KeptRounds(SMALL, (bad,), 1)))
    done = snapshot(running, lambda s: s.phase == "done")
    assert done.unrestored == ("1-rectified",) and done.rounds[1].finished and not done.message
