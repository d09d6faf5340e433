"""How a round leaves the Lab, and comes back: ``Kept`` is what it is meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from engine.fields.closed import reference
from engine.learning.history import History
from engine.learning.key_frames import KeyFrames
from engine.learning.net import Net, restored
from engine.matching.assignment import last
from engine.parts import Operation, Problem
from engine.rounds.kept import Kept
from engine.rounds.learning import Ended, Learning
from engine.rounds.measuring import Measuring
from engine.rounds.reference import Reference
from engine.rounds.round import Round, beginning, problem_of
from engine.rounds.seeds import seed_of, trainee_of
from engine.spec import Experiment
from engine.tree import Node


def kept(lineage: tuple[Operation, ...], held: Round) -> Kept:
    """This round as it stands; it may go on afterwards. Raises nothing: what broke is left out by ``Lab.kept``."""
    learning, trainee = held.learning, held.learning.trainee
    words: dict[str, Any] = {}
    if trainee is not None:
        words = {"frames": learning.frames.state()}
        words |= {"step": trainee.step, "early": trainee.early, "diverged": trainee.failed}
        words["losses"] = History.restored(trainee.history.state())  # this one goes on
        if learning.v is None:
            words["state"] = trainee.state()
    if isinstance(learning.v, Net):
        words["net"] = {name: tensor.numpy().copy() for name, tensor in learning.v.tensors().items()}
    return Kept(
        lineage,
        learning.training,
        held.problem.x0,
        held.problem.x1,
        held.z1,
        finished=learning.v is not None,
        warning=learning.warning,
        warm=learning.warm,
        figures=held.own.figures,
        samples=held.own.samples,
        sharp=held.own.sharp,
        reference=held.reference.of,
        beside=held.reference.own.figures,
        **words,
    )


def back(experiment: Experiment, node: Node, old: Kept, device: str) -> Round:
    """The round again, in this experiment. Raises Wrong where the experiment has no such round."""
    problem = problem_of(experiment, node, old.x0, old.x1)
    if old.net:
        ended = Ended(old.step, old.early, old.diverged, old.losses)
        net = _net(experiment, old.net, device)
        _try(net, problem)
        frames = KeyFrames.restored(old.frames, net)
        learning = Learning(problem, old.training, reference(problem), net, ended, frames)
    elif old.state:
        net = Net(experiment.velocity, problem.dim, *(_tensor(old.state.get(k), device) for k in NET))
        _try(net, problem)
        trainee = trainee_of(net, problem, old.training, seed_of(experiment, node.lineage))
        trainee.resume(old.state)
        trainee.early = old.early  # kept between its early end and its being finished
        frames = KeyFrames.restored(old.frames, net)
        learning = Learning(problem, old.training, reference(problem), None, trainee, frames)
    else:
        learning = last(beginning(experiment, node, (old.x0, old.x1), device)).learning
    learning.warning, learning.warm = old.warning, old.warm
    own = Measuring(figures=old.figures, samples=old.samples)
    own.sharp = old.sharp
    return Round(problem, learning, own, Reference(old.reference, old.beside, old.samples), z1=old.z1)


def _try(net: Net, problem: Problem) -> None:
    """Raise for arrays that are none of such a net's: a file may hold any."""
    if net(net.enter(problem.x0[:2]), 0.5).shape != (len(problem.x0[:2]), problem.dim):
        raise ValueError("it is the net of another dimension")


NET = ("flat", "norm", "fourier")  # what a net is made of, in the state of its training


def _net(experiment: Experiment, tensors: Mapping[str, np.ndarray], device: str) -> Net:
    net = restored(experiment.velocity, {name: _tensor(value, "cpu") for name, value in tensors.items()})
    return net.at(net.flat.to(device))


def _tensor(value: np.ndarray | None, device: str) -> torch.Tensor | None:
    return None if value is None else torch.from_numpy(np.array(value)).to(device)
