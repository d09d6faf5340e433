"""What a round says when its figures speak against its picture."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

import resources
from engine.codec import parse
from engine.evidence.estimate import Estimate
from engine.evidence.figures import Figures
from engine.registry import kinds
from engine.rounds.remark import remark
from engine.spec import Measure
from tests.engine.labs import LookedLab as Lab


def held(
    S: float, gap: float = 0.0, before: float = 10.0, after: float = 9.0, early: str = "", by: str = "reflow"
) -> SimpleNamespace:
    problem = SimpleNamespace(lineage=(kinds("operations")[by](),))
    metrics = {"straightness": Estimate(S), "fit_gap": Estimate(gap), "transport_cost": Estimate(after)}
    ladders = {"pair_cost_p": {2: Estimate(before, 0.1, 9)}, "cost_p": {2: Estimate(after, 0.1, 9)}}
    own = SimpleNamespace(figures=Figures(metrics, ladders), sharp="")
    learning = SimpleNamespace(early=early, few="", unmixed="", warm=False)
    return SimpleNamespace(problem=problem, own=own, learning=learning, pairs_said="", overlooked="")


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (held(1.0), None, ""),
        (held(1.0), held(2.0), ""),
        (held(2.0, gap=3.0), held(1.0), "S has not fallen (S 2, before 1): the fit gap 3 exceeds it"),
        (held(2.0, gap=1.0), held(1.0), "S has not fallen (S 2, before 1)."),
        (held(2.0, gap=3.0, by="noise refresh"), held(1.0), ""),
        (held(1e-12), held(1e-13), ""),
        (held(1.0, after=10.3), None, ""),
        (held(1.0, after=10.6), None, "rose for p = 2"),
        (held(1.0, early="fit gap 0.1 at step 250"), None, "Ended early: fit gap 0.1 at step 250."),
    ],
)
def test_remarks(now: SimpleNamespace, before: SimpleNamespace | None, words: str) -> None:
    said = remark(now, before)
    assert words in said if words else said == ""


PRESETS = Path(resources.__file__).parent / "presets"
FIVE = ("two-modes", "eight-gaussians", "checkerboard", "moons-from-eight-gaussians", "gaussian-to-gaussian")


@pytest.mark.parametrize("name", FIVE)
def test_reflow_straightens_or_says_why_not(name: str) -> None:
    """Three rounds of least squares: S falls in every round, or the fit gap that is left exceeds it and the tool says
    so; E|Z1 - Z0|^p never rises beyond its standard error without a word, for p = 1, 2, 4."""
    preset = parse((PRESETS / f"{name}.toml").read_text())
    fields = {"velocity": kinds("velocities")["random features"](features=128), "measure": Measure(samples=128)}
    coupling = msgspec.structs.replace(preset.coupling, pairs=1500)
    lab = Lab("cpu", matched=128)
    lab.adopt(msgspec.structs.replace(preset, **fields, coupling=coupling, rounds=3).check())
    while lab.advance(1.0):
        pass
    tree, S = lab.tree(), []
    assert len(tree) == 3
    for node, round in tree:
        words, now, gap = (
            lab.remark(node),
            round.own.figures.single["straightness"].value,
            round.own.figures.single["fit_gap"].value,
        )
        fell = not S or now < S[-1] or now < 1e-9 * round.own.figures.single["transport_cost"].value
        assert fell or ("S has not fallen" in words and (gap > now) == ("fit gap" in words))
        for p in (1, 2, 4):
            before, after = round.own.figures.ladders["pair_cost_p"][p], round.own.figures.ladders["cost_p"][p]
            noise = (before.error**2 + after.error**2) ** 0.5
            assert after.value <= before.value + 3 * noise + 1e-6 * before.value or "rose" in words
        S.append(now)
    assert S[1] < 0.2 * S[0]
