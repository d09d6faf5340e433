"""What W2 between samples of this size shows even for a perfect flow."""

from __future__ import annotations

import math
from itertools import islice

from engine.evidence.estimate import Estimate
from engine.evidence.estimates import costs_once, repeated
from engine.evidence.evidence import Evidence
from engine.evidence.metric import Metric
from engine.registry import part


@part
class FitW2Floor(Metric, frozen=True, tag="fit_w2_floor"):
    """W2 between two fresh target samples of the same size, mean of as many draws: the floor of the fit W2."""

    label = "fit W2 floor"
    symbol = "W2(P1, P1)"
    unit = "length"
    formula = "the same between two fresh samples of the target"
    of_map = True
    group = "fit"
    brief = True
    rank = 110

    def of(self, evidence: Evidence) -> Estimate:
        targets = evidence.targets()
        pairs = islice(zip(targets, targets, strict=False), evidence.draws)
        return repeated(map(math.sqrt, costs_once(list(pairs), evidence.stop)), evidence.cloud)
