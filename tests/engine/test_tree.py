"""The tree of rounds: names and lineage, what each operation does to the pairs, and the Lab growing branches."""

from __future__ import annotations

import json
from collections import Counter

import msgspec
import numpy as np
import pytest

from engine.codec import parse, to_toml
from engine.evidence.evidence import Evidence, assignment_cost
from engine.fields.field import Given, evaluate
from engine.parts import Finished, Problem, Wrong
from engine.registry import kinds
from engine.spec import Experiment, Measure, Training, identity
from engine.tree import Branch, fresh_name, nodes, pruned, title
from tests.engine.labs import TRACED
from tests.engine.labs import LookedLab as Lab

OPERATIONS = kinds("operations")
REFLOW, REFRESH, DISTIL, OPTIMAL = (OPERATIONS[k] for k in ("reflow", "noise refresh", "distil", "optimal pairs"))
Gaussian, Independent = kinds("distributions")["gaussian"], kinds("couplings")["independent"]
TINY = Experiment(
    source=Gaussian(),
    target=Gaussian(mean=3.0),
    coupling=Independent(pairs=400),
    velocity=kinds("velocities")["mlp"](width=16, depth=1),
    training=Training(steps=20, batch=64),
    measure=Measure(samples=256),
    rounds=1,
)
EXACT = msgspec.structs.replace(TINY, velocity=kinds("velocities")["exact"]())


def grown(experiment: Experiment, **options: object) -> Lab:
    lab = Lab("cpu", **options)
    lab.adopt(experiment.check())
    while lab.advance(1.0):
        pass
    return lab


def with_branches(*branches: Branch, of: Experiment = TINY, **fields: object) -> Experiment:
    return msgspec.structs.replace(of, branches=branches, **fields).check()


def finished(n: int, dim: int, source: object = None) -> Finished:
    rng = np.random.default_rng(1)
    z0, z1, x0, x1 = (rng.standard_normal((n, dim)) + k for k in range(4))
    return Finished(z0, z1, x0, x1, source or Gaussian())


# names


def test_a_tree_is_listed_parents_first() -> None:
    branches = (Branch("soft", 1, REFRESH(0.5), rounds=2), Branch("student", "soft.2", DISTIL()))
    found = nodes(2, branches)
    assert [(node.name, node.parent, node.depth) for node in found] == [
        *[("1", "", 1), ("2", "1", 2), ("soft.1", "1", 2), ("soft.2", "soft.1", 3), ("student.1", "soft.2", 4)]
    ]
    assert [title(node.name) for node in found] == ["1-rectified", "2-rectified", "soft", "soft 2", "student"]
    assert found[-1].lineage == (REFRESH(0.5), REFLOW(), DISTIL()) and found[-1].branch == "student"


@pytest.mark.parametrize(
    ("branches", "where", "words"),
    [
        ((Branch("a", 3),), "branches[0].after", "no round '3'"),
        ((Branch("a", "b.1"), Branch("b")), "branches[0].after", "no round 'b.1'"),
        ((Branch("a", "b.2"), Branch("b")), "branches[0].after", "no round 'b.2'"),
        ((Branch("a"), Branch("A")), "branches[1].name", "earlier"),
        ((Branch("a.b"),), "branches[0].name", "not a name"),
        ((Branch(" a"),), "branches[0].name", "not a name"),
        ((Branch("../a"),), "branches[0].name", "not a name"),
        ((Branch("1"),), "branches[0].name", "not a name"),
        ((Branch("Con"),), "branches[0].name", "on Windows"),
        ((Branch("a", operation=REFRESH(1.5)),), "branches[0].operation.strength", "above 1"),
        (tuple(Branch(f"b{k}") for k in range(21)), "branches", "20 are the most"),
    ],
)
def test_what_is_no_tree_is_said_in_one_sentence(branches: tuple[Branch, ...], where: str, words: str) -> None:
    with pytest.raises(Wrong) as caught:
        with_branches(*branches, rounds=2)
    assert caught.value.where == where and words in caught.value.message and "\n" not in str(caught.value)


def test_fewer_rounds_than_a_branch_needs_are_refused() -> None:
    with pytest.raises(Wrong, match="no round '2'"):
        with_branches(Branch("a", 2), rounds=1)


def test_branches_go_with_what_they_grow_from() -> None:
    branches = (Branch("a"), Branch("b", "a.1"), Branch("c"), Branch("d", "b.1"))
    assert [branch.name for branch in pruned(branches, "a")] == ["c"]
    assert fresh_name(DISTIL(), branches) == "distilled"
    assert fresh_name(DISTIL(), (Branch("Distilled"),)) == "distilled 2"


def test_branches_survive_a_file_and_keep_weights() -> None:
    made = with_branches(Branch("a", 1, REFRESH(0.25), 3), Branch("b", "a.2", OPTIMAL(points="generated")))
    assert parse(to_toml(made)) == made and identity(made) == identity(TINY)
    with pytest.raises(Wrong) as caught:
        parse(to_toml(made).replace("noise refresh", "noise refreh"))
    assert caught.value.where == "branches[0].operation.kind" and "did you mean 'noise refresh'" in caught.value.message


# operations


@pytest.mark.parametrize("kind", OPERATIONS)
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_every_operation_gives_pairs_of_known_points(kind: str, dim: int) -> None:
    """Targets are points that were there, each as often as before; the same seed gives the same pairs."""
    given = finished(200, dim)
    before = [end.copy() for end in (given.z0, given.z1, given.x0, given.x1)]
    x0, x1 = OPERATIONS[kind]().continued(given, np.random.default_rng(2))
    again = OPERATIONS[kind]().continued(given, np.random.default_rng(2))
    assert x0.shape == x1.shape == (200, dim)
    assert all(np.array_equal(a, b) for a, b in zip((x0, x1), again, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(before, (given.z0, given.z1, given.x0, given.x1), strict=True))
    assert Counter(map(tuple, x1)) in (Counter(map(tuple, given.z1)), Counter(map(tuple, given.x1)))
    assert OPERATIONS[kind].word and OPERATIONS[kind].about


def test_refresh_goes_from_reflow_to_independence_and_keeps_the_source() -> None:
    given = Finished(*(np.random.default_rng(k).standard_normal((20_000, 2)) for k in range(4)), Gaussian())
    for c in (0.0, 0.3, 1.0):
        x0, x1 = REFRESH(c).continued(given, np.random.default_rng(9))
        correlation = (x0 * given.z0).mean()
        assert correlation == pytest.approx(np.sqrt(1 - c**2), abs=4 * np.sqrt(2 / 40_000))
        assert x0.mean() == pytest.approx(0, abs=0.03) and x0.var() == pytest.approx(1, abs=0.03)
        assert np.array_equal(x1, given.z1)
    assert np.array_equal(REFRESH(0.0).continued(given, np.random.default_rng(9))[0], given.z0)


def test_refresh_of_another_source_replaces_points() -> None:
    moons = kinds("distributions")["two moons"]()
    z0 = moons.sample(20_000, 2, np.random.default_rng(1))
    x0, _ = REFRESH(0.5).continued(Finished(z0, z0, z0, z0, moons), np.random.default_rng(2))
    assert (x0 != z0).any(1).mean() == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / 20_000))


@pytest.mark.parametrize("points", ["data", "generated"])
def test_optimal_pairs_cost_what_the_assignment_costs(points: str) -> None:
    given = finished(150, 2)
    x0, x1 = OPTIMAL(points=points).continued(given, np.random.default_rng(3))
    ends = (given.x0, given.x1) if points == "data" else (given.z0, given.z1)
    assert ((x1 - x0) ** 2).sum(1).mean() == pytest.approx(assignment_cost(*ends), rel=1e-12)


# the Lab


def test_branches_grow_and_the_trunk_stays_what_it_is() -> None:
    alone = grown(with_branches(rounds=2))
    lab = grown(with_branches(Branch("soft", 1, REFRESH(0.5), 2), Branch("student", "2", DISTIL()), rounds=2))
    assert [node.name for node, _ in lab.tree()] == ["1", "2", "soft.1", "soft.2", "student.1"]
    assert lab.phase == "done" and not lab.error
    for (_, before), (_, after) in zip(alone.tree(), lab.tree()[:2], strict=True):
        assert before.v.flat.equal(after.v.flat) and before.own.figures.single == after.own.figures.single
    views = lab.snapshot().rounds
    assert [(view.number, view.name, view.parent) for view in views] == [
        *[(0, "", 0), (1, "1", 0), (2, "2", 1), (3, "soft.1", 1), (4, "soft.2", 3), (5, "student.1", 2)]
    ]
    soft = {node.name: held for node, held in lab.tree()}["soft.1"]
    first = lab.rounds()[0]
    assert np.array_equal(soft.problem.x1, first.z1) and not np.array_equal(soft.problem.x0, first.problem.x0)


def test_a_branch_comes_and_goes_without_training_anything_else() -> None:
    lab = grown(TINY)
    first = lab.rounds()[0]
    more = with_branches(Branch("a", 1, REFRESH(0.5)))
    lab.adopt(more)
    while lab.advance(1.0):
        pass
    branch = lab.rounds()[1]
    assert lab.rounds()[0] is first
    lab.adopt(TINY)
    assert lab.rounds() == [first] and not lab.advance(0.0)
    renamed = with_branches(Branch("b", 1, REFRESH(0.5)))
    lab.adopt(renamed)
    assert lab.rounds() == [first, branch] and lab.tree()[1][0].name == "b.1"


def test_a_branch_that_does_what_the_trunk_does_shares_its_round() -> None:
    lab = grown(with_branches(Branch("same", 1, REFLOW()), rounds=2))
    assert len(lab.tree()) == 3 and len(lab.rounds()) == 2


def test_a_branch_follows_its_name_in_nothing() -> None:
    """Weights depend on what a branch does."""
    a, b = (grown(with_branches(Branch(name, 1, REFRESH(0.5)))).rounds()[1] for name in "ab")
    c = grown(with_branches(Branch("a", 1, REFRESH(0.6)))).rounds()[1]
    assert a.v.flat.equal(b.v.flat) and not a.v.flat.equal(c.v.flat)


def test_nothing_continues_a_round_that_diverged() -> None:
    wild = msgspec.structs.replace(TINY.training, rate=10.0, steps=200)
    lab = grown(with_branches(Branch("a", 1, REFRESH(0.5)), training=wild))
    assert lab.phase == "stopped" and [node.name for node, _ in lab.tree()] == ["1"]


def test_a_refreshed_gaussian_crosses_as_its_correlation_says() -> None:
    """(Z0', Z1) is jointly Gaussian with correlation r = sqrt(1 - c²); V is its conditional variance, integrated."""
    c = 0.6
    one = {"dim": 1, "target": Gaussian(), "coupling": Independent(pairs=6000)}
    held = grown(with_branches(Branch("a", 1, REFRESH(c)), of=EXACT, measure=Measure(samples=64), **one)).rounds()[1]
    V = kinds("metrics")["crossing"]().of(Evidence(held.problem, held.v, held.truth, samples=2048, seed=0))
    r, t = np.sqrt(1 - c**2), (np.arange(4000) + 0.5) / 4000
    between = (1 - r) ** 2 * (2 * t - 1) ** 2 / (t**2 + (1 - t) ** 2 + 2 * t * (1 - t) * r)
    assert pytest.approx((2 * (1 - r) - between).mean(), abs=4 * V.error) == V.value
    assert V.error < 0.05 * V.value


def test_a_distilled_gaussian_is_the_map_itself() -> None:
    """N(0, 1) to N(3, 1): Z1 = Z0 + 3, which one step does exactly; figures of a flow are left out."""
    lab = grown(with_branches(Branch("student", 1, DISTIL()), of=EXACT), last_pairs=True)
    student = lab.rounds()[1]
    assert student.z1 == pytest.approx(student.problem.x0 + 3.0, abs=1e-4)
    assert "straightness" not in student.own.figures.single and "transport_cost" in student.own.figures.single
    assert lab.snapshot().rounds[2].found(TRACED).times.tolist() == [0.0, 1.0]


# headless


def test_a_tree_is_written_by_name(tmp_path: object) -> None:
    from engine.headless import run

    run(with_branches(Branch("soft", 1, REFRESH(0.5)), Branch("student", "soft.1", DISTIL())), tmp_path, "cpu")
    files = sorted(path.name for path in (tmp_path / "rounds").iterdir())
    assert [name for name in files if name.endswith(".npz")] == ["1.npz", "soft.1.npz", "student.1.npz"]
    found = json.loads((tmp_path / "metrics.json").read_text())["rounds"]
    assert [held["round"] for held in found] == [1, "soft.1", "student.1"]
    assert found[2]["continues"] == "soft.1" and found[2]["operation"] == {"kind": "distil"}
    assert found[1]["operation"] == {"kind": "noise refresh", "strength": 0.5}
    run(TINY, tmp_path, "cpu")
    assert sorted(path.name for path in (tmp_path / "rounds").iterdir()) == ["1.npz", "1.safetensors"]


def test_a_tree_is_the_same_bytes_every_time(tmp_path: object) -> None:
    """Every operation, warm starts and a reference that learns; the second time under another name."""
    from engine.headless import run

    def written(folder: str, name: str) -> dict[str, bytes]:
        tree = Branch(name, 1, REFRESH(0.5)), Branch("student", f"{name}.1", DISTIL()), Branch("new", 1, OPTIMAL())
        fields = {
            "training": Training(steps=20, batch=64, warm=True),
            "measure": Measure(samples=64),
            "rounds": 2,
            "dim": 1,
        }
        run(
            with_branches(*tree, reference=kinds("velocities")["mlp"](width=4, depth=1), **fields),
            tmp_path / folder,
        )
        found = [path for path in sorted((tmp_path / folder).rglob("*")) if path.is_file()]
        return {path.name.replace(name, "NAME"): path.read_bytes().replace(name.encode(), b"NAME") for path in found}

    first = written("a", "soft")
    assert len(first) == 14 and written("b", "hard") == first


# training of later rounds


def test_a_distilled_net_is_trained_at_t_0_alone() -> None:
    """It fits T at t = 0 and says nothing about other times: a flow along it would be something else."""
    training = Training(steps=1500, batch=256, rate=3e-3)
    lab = grown(with_branches(Branch("student", 1, DISTIL()), training=training), last_pairs=True)
    first, student = lab.rounds()
    error = student.own.figures.single["distillation"]
    assert error.value < 0.02 < ((student.problem.x1 - student.problem.x0) ** 2).sum(1).mean()
    z0 = student.problem.x0
    assert student.z1 == pytest.approx(z0 + evaluate(student.v, z0, 0.0), abs=1e-6)
    assert student.learning.trainee.losses[-1][1] == pytest.approx(error.value, abs=0.02)
    assert [held.problem.round for held in (first, student)] == [1, 2]


def test_figures_of_a_distilled_net_are_those_of_its_one_step() -> None:
    """A v that is right at t = 0 and runs away later: W2 and the cost above the optimum are those of T = Z0 + 3."""
    lab = grown(with_branches(Branch("student", 1, DISTIL()), of=EXACT))
    problem = lab.rounds()[1].problem
    assert problem.one_step
    evidence = Evidence(problem, Given(lambda x, t: 3.0 + 50.0 * t * x), None, 256, 0)
    z0, z1 = evidence.generated
    assert z1 == pytest.approx(z0 + 3.0)
    assert kinds("metrics")["relative_transport_cost"]().of(evidence).value == pytest.approx(0.0, abs=1e-9)


def test_a_distilled_least_squares_map_looks_at_t_0_alone() -> None:
    """On a map that turns fast, all features are spent on t = 0."""
    x0 = np.random.default_rng(0).uniform(-2, 2, (3000, 1))
    x1 = x0 + np.sin(4 * x0)
    part, straight = kinds("velocities")["random features"](features=12), kinds("paths")["straight"]()
    errors = []
    for lineage in ((REFLOW(), DISTIL()), (REFLOW(), REFLOW())):
        v = part.build(Problem(1, 3, Gaussian(), Gaussian(), Independent(), straight, x0, x1, lineage), 0, "cpu")
        errors.append(float(((evaluate(v, x0, 0.0) - (x1 - x0)) ** 2).mean()))
    assert errors[0] < 0.5 * errors[1]


def test_a_warm_start_goes_on_from_the_round_before() -> None:
    """With a rate that moves nothing, the second round is the first."""
    still = Training(steps=3, batch=64, rate=1e-12)
    warm = msgspec.structs.replace(still, warm=True)
    first, second = grown(with_branches(rounds=2, training=warm)).rounds()
    assert second.v.flat == pytest.approx(first.v.flat, abs=1e-9)
    first, second = grown(with_branches(rounds=2, training=still)).rounds()
    assert not np.allclose(second.v.flat, first.v.flat, atol=1e-3)


def test_a_round_ends_when_its_fit_gap_is_small_enough() -> None:
    long = Training(steps=3000, batch=256, rate=3e-3, stop_gap=0.5)
    held = grown(with_branches(training=long, coupling=Independent(pairs=4000))).rounds()[0]
    assert held.learning.trainee.step < 3000 and held.learning.trainee.step % 250 == 0 and not held.failed
    assert "fit gap" in held.learning.trainee.early and held.own.figures.single["fit_gap"].value < 0.6
    held = grown(with_branches(training=msgspec.structs.replace(long, steps=500, stop_gap=1e-9))).rounds()[0]
    assert held.learning.trainee.step == 500


# the reference


@pytest.mark.parametrize("kind", kinds("velocities"))
def test_any_velocity_may_stand_beside(kind: str) -> None:
    """Its figures stand beside, under its name, whether it learns or not; changing it trains nothing anew."""
    part = kinds("velocities")[kind]
    small = part(width=8, depth=1) if part.learns else part()
    lab = grown(TINY)
    held, flat = lab.rounds()[0], lab.rounds()[0].v.flat.clone()
    lab.adopt(msgspec.structs.replace(TINY, reference=small))
    while lab.advance(1.0):
        pass
    view = lab.snapshot().rounds[1]
    assert lab.rounds() == [held] and held.v.flat.equal(flat) and lab.phase == "done"
    if held.reference.field is None:
        assert held.no_reference and kind == "finite data"  # Gaussians are no points
        return
    assert view.reference == held.reference.field.name and view.beside.single["straightness"].n == 256
    close = {"exact": 0.1, "kernel": 1.5, "random features": 0.3}
    if kind in close:  # 2 - pi/2 for each axis
        assert view.beside.single["straightness"].value == pytest.approx(2 * (2 - np.pi / 2), abs=close[kind])


def test_a_reference_that_diverged_does_not_stand_beside() -> None:
    """Its last good weights are no answer of the kind that was asked for."""
    mlp = kinds("velocities")["mlp"](width=8, depth=1)
    lab = grown(with_branches(of=EXACT, reference=mlp, training=Training(steps=60, batch=32, rate=10.0)))
    (round,) = lab.rounds()
    assert lab.phase == "done" and round.reference.field is None and not round.reference.own.figures.single
    assert round.reference.why_none.startswith("its training diverged at step")


def test_a_reference_keeps_the_training_of_its_round() -> None:
    """An edit of training leaves finished rounds as they are, and so what stands beside them."""
    beside = msgspec.structs.replace(TINY, reference=kinds("velocities")["residual"](width=8, depth=1))
    lab = grown(beside)
    held = lab.rounds()[0]
    v, figures = held.reference.field, held.reference.own.figures
    lab.adopt(msgspec.structs.replace(beside, training=msgspec.structs.replace(TINY.training, steps=40)))
    while lab.advance(1.0):
        pass
    assert lab.rounds() == [held] and held.reference.field is v and held.reference.own.figures is figures
