from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from app.export.datum import Datum, Matter, as_csv, as_npz, axes
from app.scene.known import flow, more_flow
from engine.parts import Wrong
from engine.probe import Probe
from engine.registry import part


@part
class Trajectories(Datum, frozen=True, tag="trajectories"):
    """The states of the flow on show at all times that the solver stops at."""

    title = "Trajectories"
    hint = "Z_t of the round on show, by the solver on display, of as many particles as are shown"
    suffixes = (".npz", ".csv")
    name = "trajectories"
    rank = 30

    def needs(self, matter: Matter) -> Iterable[Probe]:
        return more_flow(matter.look)

    def content(self, matter: Matter, suffix: str) -> bytes:
        found = flow(matter.view)
        if found is None:
            raise Wrong("", f"{matter.where} has no trajectories yet")
        if suffix == ".npz":
            return as_npz({"times": found.times, "z": found.z})
        m, n, dim = found.z.shape
        particle, step = np.divmod(np.arange(n * m), m)
        table = np.column_stack([found.times[step], found.z.transpose(1, 0, 2).reshape(-1, dim)]).tolist()
        return as_csv(
            ("particle", "t", *axes(dim)), ([i, *row] for i, row in zip(particle.tolist(), table, strict=True))
        )
