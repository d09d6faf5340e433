"""What is known: one frozen value of numpy arrays that pictures are composed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from engine.evidence.estimate import Estimate
from engine.spec import Experiment

PHASES = ("starting", "sampling", "training", "paused", "pairing", "measuring", "done", "stopped")


@dataclass(frozen=True, eq=False)
class GapMap:
    """v and v* on a grid, float32, NaN where X_t has no mass.

    1-D: one picture (1, h, w, 1) over (t, x), columns at ``times`` (w,). Else pictures (k, h, w, d) over the first two
    coordinates at ``times`` (k,). Row 0 is the lowest; ``bounds`` is the box, x low, x high, y low, y high.
    """

    times: np.ndarray
    bounds: tuple[float, float, float, float]
    v: np.ndarray
    truth: np.ndarray

    @property
    def gap(self) -> np.ndarray:
        """|v - v*|, (k, h, w)."""
        return np.linalg.norm(self.v - self.truth, axis=-1)


@dataclass(frozen=True, eq=False)
class RoundView:
    """One round as it is drawn. ``number`` is its place in the snapshot; 0 is the coupling alone: no flow, ``z`` None.

    ``x0, x1`` (n, d): shown pairs of the coupling that the round rectifies. ``z`` (m, n, d): flow from the same
    ``x0`` (backward: ``x1``) at ``times`` (m,), by the solver on display. float32 throughout.
    """

    number: int
    finished: bool
    x0: np.ndarray
    x1: np.ndarray
    times: np.ndarray | None = None
    z: np.ndarray | None = None
    crossings: np.ndarray = field(default_factory=lambda: np.zeros((0, 2), np.float32))  # on the page, of x0 -> x1
    crossings_of: int = 0  # how many of the shown lines were compared
    flow_crossings: int | None = None  # 1-D only: trajectories that change places, in space-time
    exact: bool = False  # the velocity is a closed form
    velocity: str = ""  # what gave v, in words
    losses: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))  # (k, 2): step, mean loss since the last
    floor: Estimate | None = None  # V, where it is known before the round ends
    metrics: Mapping[str, Estimate] = field(default_factory=dict)
    ladders: Mapping[str, Mapping[float, Estimate]] = field(default_factory=dict)  # by metric and rung
    truth: Mapping[str, Estimate] = field(default_factory=dict)  # the same figures of the reference, where known
    truth_ladders: Mapping[str, Mapping[float, Estimate]] = field(default_factory=dict)
    reference: str = ""  # what the figures beside are those of, in words
    no_reference: str = ""  # why none stands beside it
    gap_map: GapMap | None = None  # once the round is finished, where a closed form stands beside it
    warning: str = ""
    name: str = ""  # in the tree: "2" on the trunk, "refreshed.1" on a branch; empty for the coupling
    parent: int = 0  # the number of the view that it continues
    operation: str = ""  # how: its kind; empty for the first round
    remark: str = ""  # what the figures say against the picture
    outdated: bool = False  # it was trained with other numbers than the spec's

    @property
    def learned(self) -> bool:
        return self.z is not None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Everything the window shows. ``request`` is the serial of the request that it answers."""

    spec: Experiment
    request: int
    phase: str
    made: float  # time.monotonic() when it was complete
    device: str = ""
    message: str = ""  # one sentence, when something went wrong
    source: np.ndarray = field(default_factory=lambda: np.zeros((0, 1), np.float32))  # (n, d) cloud of P0
    target: np.ndarray = field(default_factory=lambda: np.zeros((0, 1), np.float32))
    rounds: tuple[RoundView, ...] = ()  # rounds[k].number == k
    working: int = -1  # the number of the round in work; -1: none is
    newest: int = -1  # the number of the round that was begun last; -1: the last one
    step: int = 0  # of the round in work
    steps: int = 0
    rate: float = 0.0  # training steps per second
    seconds_left: float | None = None  # of the round in work
    doing: str = ""  # what is being measured
    done: float = 0.0  # share of the present stage

    @property
    def busy(self) -> bool:
        return self.phase in ("sampling", "training", "pairing", "measuring")
