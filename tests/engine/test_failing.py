"""Figures, rounds and branches that raise: each says its sentence, and the rest goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import engine.headless
import engine.rounds.measuring
from engine.evidence.estimate import Estimate
from engine.evidence.metric import Metric
from engine.lab import Lab
from engine.learning.trainee import Trainee
from engine.parts import Finished, Operation, Problem, Velocity, Wrong
from engine.registry import kinds
from engine.report import snapshot
from engine.spec import Training
from engine.tree import Branch
from tests.engine.test_lab import SMALL, finished, lab, replace

FEW = ("loss", "crossing", "euler_error")


class Broken(Metric, frozen=True, tag="broken"):
    """Not registered: the tests put it among the metrics."""

    label = "broken figure"
    ladder = (1.0, 2.0)

    def applies(self, problem: Problem) -> bool:
        return True

    def of(self, evidence: Any) -> Estimate:
        return self.rung(evidence, 0.0)

    def rung(self, evidence: Any, x: float) -> Estimate:
        if x == 1.0:
            raise Wrong("measure", "one is too few")
        raise MemoryError


class Shy(Metric, frozen=True, tag="shy"):
    """Raises when it is asked whether it applies."""

    label = "shy figure"

    def applies(self, problem: Problem) -> bool:
        raise AttributeError("no mean")


@pytest.fixture
def broken_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = {"shy": Shy, "broken": Broken, **{kind: kinds("metrics")[kind] for kind in FEW}}
    for module in (engine.rounds.measuring, engine.headless):
        real = module.kinds
        monkeypatch.setattr(module, "kinds", lambda family, real=real: metrics if family == "metrics" else real(family))


def test_a_figure_that_raises_is_told_and_the_others_are_there(broken_figures: None) -> None:
    of = finished(lab(replace(SMALL, rounds=2)))
    assert of.phase == "done" and not of.error
    for held in of.rounds():
        figures = held.own.figures
        assert figures.failed == {
            "shy": "shy figure cannot be computed (AttributeError: no mean)",
            "broken 1": "broken figure cannot be computed (measure: one is too few)",
            "broken 2": "broken figure cannot be computed (MemoryError: no reason given)",
        }
        assert set(figures.single) == {"loss", "crossing"} and len(figures.ladders["euler_error"]) > 5
        assert held.own.missing(held.problem) is None  # it is not tried again at every slice
    assert snapshot(of).rounds[1].figures.failed["shy"] and not snapshot(of).message


def test_a_failed_figure_is_tried_again_with_other_samples(broken_figures: None) -> None:
    of = finished(lab())
    of.adopt(replace(SMALL, measure=replace(SMALL.measure, samples=128)))
    assert not of.rounds()[0].own.rest_on(64) and of.advance(0.0)
    assert finished(of).rounds()[0].own.figures.failed and of.rounds()[0].own.samples == 128


def test_headless_writes_failed_figures_and_the_rest(broken_figures: None, tmp_path: Path) -> None:
    engine.headless.run(SMALL, tmp_path / "out", "cpu")
    (told,) = json.loads((tmp_path / "out" / "metrics.json").read_text())["rounds"]
    assert set(told["failed"]) == {"shy", "broken 1", "broken 2"} and told["loss"] > 0 and "broken" not in told


def raising(error: Exception, when: Callable[..., bool], real: Callable) -> Callable:
    def function(*args: object, **words: object) -> object:
        if when(*args):
            raise error
        return real(*args, **words)

    return function


class Impossible(Operation, frozen=True, tag="impossible"):
    """A branch that cannot be."""

    about = "Raises."
    word = "impossible"
    how: str = "MemoryError"

    def continued(self, finished: Finished, rng: object) -> Any:
        raise {"MemoryError": MemoryError("no room"), "Wrong": Wrong("", "nothing to continue")}[self.how]


@pytest.mark.parametrize(("how", "words"), [("MemoryError", "MemoryError: no room"), ("Wrong", "nothing to continue")])
def test_a_branch_that_raises_is_told_and_the_others_are_there(how: str, words: str) -> None:
    soft = Branch("soft", 1, kinds("operations")["noise refresh"]())
    branches = (Branch("odd", 1, Impossible(how), rounds=2), soft)
    of = finished(lab(replace(SMALL, rounds=2, branches=branches)))
    assert [node.name for node, _ in of.tree()] == ["1", "2", "soft.1"]
    assert all(held.own.figures.single for held in of.rounds())
    shown = snapshot(of)
    assert words in shown.refused["odd.1"] and shown.message == shown.refused["odd.1"] and "odd.2" not in shown.refused
    of.adopt(replace(SMALL, rounds=2, branches=(soft,)))
    assert finished(of).phase == "done" and not snapshot(of).message


@pytest.mark.parametrize("where", ["at the first step", "at step 10", "while it is built"])
def test_a_round_that_breaks_is_told_and_its_siblings_go_on(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second round raises; the first has its figures, and the branch beside it is trained."""
    if where == "while it is built":
        cls, reflow = type(SMALL.velocity), (kinds("operations")["reflow"](),)
        bad = raising(RuntimeError("out of paper"), lambda part, problem, *rest: problem.lineage == reflow, cls.build)
        monkeypatch.setattr(cls, "build", bad)
    else:
        step = 0 if where == "at the first step" else 10
        second: list[Trainee] = []

        def when(trainee: Trainee, steps: int) -> bool:
            if trainee not in second:
                second.append(trainee)
            return len(second) == 2 and trainee is second[1] and trainee.step == step

        monkeypatch.setattr(Trainee, "advance", raising(RuntimeError("out of paper"), when, Trainee.advance))
    soft = Branch("soft", 1, kinds("operations")["noise refresh"]())
    of = finished(lab(replace(SMALL, rounds=3, branches=(soft,))))
    names = [node.name for node, held in of.tree() if held.v is not None]
    assert names == ["1", "soft.1"] and all(held.own.figures.single for _, held in of.tree() if held.v is not None)
    shown = snapshot(of)
    assert "out of paper" in shown.refused["2"] and shown.phase == "stopped" and "2-rectified" in shown.message
    monkeypatch.undo()
    of.adopt(replace(SMALL, rounds=3, branches=(soft,), training=Training(steps=31, batch=32)))
    assert finished(of).phase == "done" and not snapshot(of).message and len(of.rounds()) == 4


def test_a_reference_that_raises_is_told_and_the_figures_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = kinds("velocities")["kernel"]
    monkeypatch.setattr(kernel, "build", raising(RuntimeError("no tree"), lambda *rest: True, kernel.build))
    of = finished(lab(replace(SMALL, reference=kernel())))
    (held,) = of.rounds()
    assert of.phase == "done" and held.own.figures.single and held.reference.why_none == "RuntimeError: no tree"


def test_pairs_that_cannot_be_simulated_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import engine.lab as module

    monkeypatch.setattr(module, "transport", raising(RuntimeError("no way"), lambda *rest: True, module.transport))
    of = finished(lab(SMALL, last_pairs=True))
    assert of.rounds()[0].own.figures.single and "no way" in snapshot(of).message and of.phase == "stopped"


class Exploding(Velocity, frozen=True, tag="exploding"):
    """Not registered."""

    about = "Raises."

    def build(self, problem: Problem, seed: int, device: str) -> Any:
        raise OSError("disk gone")


def test_an_experiment_that_cannot_begin_says_why_and_the_next_one_works() -> None:
    of = finished(lab(replace(SMALL, velocity=Exploding())))
    assert of.phase == "stopped" and "disk gone" in of.error and not of.rounds()
    of.adopt(SMALL)
    assert isinstance(finished(of), Lab) and of.phase == "done"


def test_each_round_is_on_the_disk_when_it_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a power cut in the third round would leave: two rounds with their figures, and a spec that reads back."""
    from engine.codec import read

    def seen(of: Lab) -> None:
        if len(of.tree()) == 3:
            raise KeyboardInterrupt

    asked = replace(SMALL, rounds=3, training=Training(steps=2000, batch=32))
    monkeypatch.setattr(engine.rounds.measuring, "kinds", lambda family: {kind: kinds("metrics")[kind] for kind in FEW})
    with pytest.raises(KeyboardInterrupt):
        engine.headless.run(asked, tmp_path / "out", "cpu", seen)
    told = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert [round["round"] for round in told["rounds"]] == [1, 2] and told["rounds"][1]["loss"] > 0
    kept = sorted(path.name for path in (tmp_path / "out" / "rounds").iterdir())
    assert kept == ["1.npz", "1.safetensors", "2.npz", "2.safetensors"]
    assert read(tmp_path / "out" / "experiment.toml") == asked
