"""The cloud of one end as a file: the base of two of those in app/export/data."""

from __future__ import annotations

import msgspec
import numpy as np

from app.export.datum import Datum, Matter
from engine.cloud_files import SUFFIXES, content
from engine.distributions.placed import Placed
from engine.parts import Distribution

SAMPLES = 20_000


class End(Datum):
    """The source or the target as it stands in the plane: all its points where it has finitely many, else samples by
    the seed of the experiment; the class of each beside it, in CSV."""

    suffixes = SUFFIXES
    end = 0  # 0: the source, 1: the target

    def content(self, matter: Matter, suffix: str) -> bytes:
        spec = matter.snapshot.spec
        law = _plain(spec.coupling.ends(spec.source, spec.target)[self.end])
        points, labels = law.points(spec.dim), None
        if points is None:
            points, labels = law.classed(SAMPLES, spec.dim, np.random.default_rng(spec.seed))
        elif law.partition(spec.dim)[1] > 1:
            labels = law.labels(points, spec.dim)
        return content(suffix, points, tuple(map(str, labels.tolist())) if labels is not None else None)


def _plain(law: Distribution) -> Distribution:
    """The same without the jitter around its points."""
    if isinstance(law, Placed):
        return msgspec.structs.replace(law, law=_plain(law.law))
    return msgspec.structs.replace(law, jitter=0.0) if "jitter" in law.__struct_fields__ else law
