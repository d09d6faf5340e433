from __future__ import annotations

from collections.abc import Iterable

from app.export.datum import Datum, Matter
from engine.cloud_files import SUFFIXES, content
from engine.parts import Wrong
from engine.probe import Probe
from engine.probes.trajectories import Traced, Trajectories
from engine.registry import part

MOST = 10_000


@part
class Generated(Datum, frozen=True, tag="generated"):
    """Where the flow of the round on show takes the source."""

    title = "Generated cloud"
    hint = "where the flow of the round on show takes as many particles, at most 10,000, by the solver on display"
    suffixes = SUFFIXES
    name = "generated"
    rank = 23

    def needs(self, matter: Matter) -> Iterable[Probe]:
        return (Trajectories(MOST),)

    def content(self, matter: Matter, suffix: str) -> bytes:
        found: Traced | None = matter.view.found(Trajectories(MOST))
        if found is None:
            raise Wrong("", f"{matter.where} has generated nothing yet")
        return content(suffix, found.z[-1].astype(float))
