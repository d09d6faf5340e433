"""A round that has left the Lab: frozen, numpy only, and enough to come back as if it had never been away.

No torch is needed to hold one: files are read and written without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from engine.evidence.figures import Figures
from engine.learning.history import History
from engine.parts import Operation, Velocity
from engine.spec import Experiment, Training


@dataclass(frozen=True, eq=False)
class Kept:
    """``x0, x1`` (n, d): the pairs it is trained on. ``net``: the averaged weights and what else a net is made of.
    ``state``: what a training that is not at its end goes on from; empty of a finished round. Where the velocity does
    not learn both are empty, for it follows from the pairs."""

    lineage: tuple[Operation, ...]
    training: Training
    x0: np.ndarray
    x1: np.ndarray
    z1: np.ndarray | None = None
    finished: bool = True
    net: Mapping[str, np.ndarray] = field(default_factory=dict)
    state: Mapping[str, np.ndarray] = field(default_factory=dict)
    frames: Mapping[str, np.ndarray] = field(default_factory=dict)  # key frames of the training
    losses: History = field(default_factory=History)
    step: int = 0
    early: str = ""
    diverged: bool = False
    warning: str = ""
    warm: bool = False  # its training went on from the weights before an edit
    figures: Figures = field(default_factory=Figures)
    samples: int = 0  # what the figures rest on
    sharp: str = ""
    reference: Velocity | None = None  # what stood beside it
    beside: Figures = field(default_factory=Figures)


@dataclass(frozen=True, eq=False)
class KeptRounds:
    """The rounds of an experiment, parents before children, on their way out of a Lab or into one. ``serial`` tells
    them from others; ``attempt`` is that of a request."""

    experiment: Experiment
    rounds: tuple[Kept, ...] = ()
    serial: int = 0
    attempt: int = 0
