"""What the Lab knows, as one frozen value."""

from __future__ import annotations

import time

from engine.lab import Lab
from engine.learning.device import describe
from engine.learning.trainee import Trainee
from engine.preview import cloud
from engine.rounds.learning import Ended
from engine.rounds.round import Round
from engine.snapshot import RoundView, Snapshot
from engine.tree import Node


def snapshot(lab: Lab, request: int = 0) -> Snapshot:
    """What is known now: a value that nothing changes afterwards. It costs little: nothing is computed for it."""
    run, wanted, rounds = lab.run, lab.experiment, lab.rounds()
    pairs = (run.x0, run.x1) if run.x0 is not None else run.sketch or (None, None)
    views = _coupling(lab)
    if views:
        places = {"": 0}
        for node, held in lab.tree():
            places[node.name] = len(views)
            parent = places.get(node.parent, 0)  # of a damaged file, it may be made again after what continues it
            views.append(_view(lab, node, held, len(views), parent))
        newest, at_work = places[lab.newest_name()], {id(held): places[node.name] for node, held in lab.tree()}
    else:
        newest, at_work = -1, {}
    held = lab.at_work if lab.at_work in rounds else rounds[-1] if rounds else None
    trainee, steps = _trained(lab, held)
    rate, left = _pace(lab, steps)
    return Snapshot(
        spec=wanted,
        request=request,
        phase=lab.phase,
        made=time.monotonic(),
        device=describe(lab.device),
        message=_message(lab),
        source=cloud(pairs[0], wanted.dim),
        target=cloud(pairs[1], wanted.dim),
        rounds=tuple(views),
        refused={node.name: run.refused[node.lineage] for node in wanted.nodes() if node.lineage in run.refused},
        working=at_work.get(id(lab.at_work), -1),
        newest=newest or -1,
        step=trainee.step if trainee else 0,
        steps=steps,
        rate=rate,
        seconds_left=left,
        doing=lab.doing if lab.phase in ("measuring", "training") else "",
        done=lab.done,
        asked=lab.probes,
        shown=lab.shown,
        unanswered=lab.unanswered,
    )


def _coupling(lab: Lab) -> list[RoundView]:
    """Round 0, once there are pairs."""
    run, path = lab.run, lab.experiment.path
    if not lab.drawn:
        return []
    if run.x0 is None:
        few = len(run.sketch[0]), lab.experiment.coupling.pairs
        return [RoundView(0, path, sketch=few, answers=run.sketched.answers(lab.coupling(), ""))]
    return [RoundView(0, path, figures=run.cost, answers=run.inquiries.answers(lab.coupling(), ""))]


def _view(lab: Lab, node: Node, held: Round, number: int, parent: int) -> RoundView:
    learning, beside = held.learning, held.reference
    subject = held.subject(lab.experiment.solver, lab.experiment.seed)
    v, name = learning.now()
    return RoundView(
        number=number,
        path=held.problem.path,
        name=node.name,
        parent=parent,
        operation=node.lineage[-1].kind if node.lineage else "",
        one_step=held.problem.one_step,
        finished=learning.v is not None,
        velocity=name if v is not None else "",
        exact=v is not None and v.closed,
        outdated=learning.trainee is not None and learning.training != lab.experiment.training,
        losses=learning.losses,
        warning=learning.warning or learning.broken,
        remark=lab.remark(node),
        figures=held.own.figures,
        beside=beside.own.figures,
        reference=beside.name,
        no_reference=beside.why_none,
        answers=held.inquiries.answers(subject, learning.stage),
    )


def _message(lab: Lab) -> str:
    """The first thing that went wrong, in a sentence."""
    rounds = lab.rounds()
    warnings = [held.learning.warning for held in rounds if held.learning.warning]
    said = [lab.run.error, *lab.run.why_not(), *warnings[-1:], *(held.no_pairs for held in rounds)]
    return next((sentence for sentence in said if sentence), "")


def _trained(lab: Lab, held: Round | None) -> tuple[Trainee | Ended | None, int]:
    """The net whose steps are told, and after how many it is done: the one in training, else that of this round."""
    if held is None or (lab.phase == "training" and lab.trainee is None):  # no net, but a fit
        return None, 0
    if lab.trainee is not None and lab.trainee in (held.learning.trainee, held.reference.trainee):
        return lab.trainee, lab.trainee.steps
    return held.learning.trainee, lab.experiment.training.steps if held.learning.trainee is not None else 0


def _pace(lab: Lab, steps: int) -> tuple[float, float | None]:
    """Steps per second over the last slices, and the seconds that are left of so many steps."""
    if lab.trainee is None or len(lab.clock) < 2 or lab.phase != "training":
        return 0.0, None
    (t0, s0), (t1, s1) = lab.clock[0], lab.clock[-1]
    rate = (s1 - s0) / max(t1 - t0, 1e-9)
    return rate, (steps - lab.trainee.step) / rate if rate > 0 else None
