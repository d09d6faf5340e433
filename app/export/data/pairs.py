from __future__ import annotations

from collections.abc import Iterable

from app.export.datum import Datum, Matter, as_csv, as_npz, axes
from engine.parts import Wrong
from engine.probe import Probe
from engine.probes.pairs import Ends
from engine.probes.pairs import Pairs as Asked
from engine.registry import part

MOST = 20_000  # that the probe gives; a run's pairs.npz has all


@part
class Pairs(Datum, frozen=True, tag="pairs"):
    """The pairs of the round on show, at most 20,000."""

    title = "Pairs"
    hint = "X0 and X1 of the round on show, at most 20,000; a run's pairs.npz has all"
    suffixes = (".npz", ".csv")
    name = "pairs"
    rank = 20

    def needs(self, matter: Matter) -> Iterable[Probe]:
        return (Asked(MOST),)

    def content(self, matter: Matter, suffix: str) -> bytes:
        found: Ends | None = matter.view.found(Asked(MOST))
        if found is None:
            raise Wrong("", f"the pairs of {matter.where} are not there yet")
        classes = {name: of for name, of in (("class0", found.class0), ("class1", found.class1)) if of is not None}
        if suffix == ".npz":
            return as_npz({"x0": found.x0, "x1": found.x1, **classes})
        names = axes(found.x0.shape[1])
        columns = ("particle", *(f"{name}0" for name in names), *(f"{name}1" for name in names), *classes)
        ends = zip(found.x0.tolist(), found.x1.tolist(), *(of.tolist() for of in classes.values()), strict=True)
        return as_csv(columns, ([k, *x0, *x1, *of] for k, (x0, x1, *of) in enumerate(ends)))
