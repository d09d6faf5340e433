"""The contract that every coupling keeps, and the known answers of single ones."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import msgspec
import numpy as np
import pytest

import engine.matching.assignment
from engine.couplings.angle import Angle
from engine.couplings.by_class import ByClass
from engine.couplings.drawn import Drawn
from engine.couplings.entropic import Entropic
from engine.couplings.file import File
from engine.couplings.independent import Independent
from engine.couplings.minibatch_optimal import MinibatchOptimal
from engine.couplings.optimal import Optimal
from engine.couplings.rotation import Rotation, turn
from engine.couplings.shuffled import Shuffled
from engine.couplings.sorted import Sorted
from engine.couplings.worst import Worst
from engine.distributions.checkerboard import Checkerboard
from engine.distributions.eight_gaussians import EightGaussians
from engine.distributions.file import File as CloudFile
from engine.distributions.gaussian import Gaussian
from engine.distributions.image import Image
from engine.distributions.mixture import GaussianMixture
from engine.distributions.pinwheel import Pinwheel
from engine.distributions.rings import Rings
from engine.distributions.text import Text
from engine.distributions.two_moons import TwoMoons
from engine.distributions.uniform_box import UniformBox
from engine.fields.kernel import KernelField
from engine.matching.assignment import EXACT, costs, exact, split
from engine.matching.simplex import pot
from engine.parts import Coupling, Wrong
from engine.paths.straight import Straight
from engine.preview import draw_pairs
from engine.registry import check_ranges, kinds, knobs, union
from engine.rounds.round import problem_of
from engine.rounds.seeds import lot
from engine.spec import Experiment, Measure, Training
from engine.velocities.mlp import MLP
from tests.engine.labs import LookedLab as Lab

KINDS = kinds("couplings")
DIMS = {"angle": (2,), "rotation": (2, 3)}
CASES = [(kind, dim) for kind in KINDS for dim in DIMS.get(kind, (1, 2, 3))]
SOURCE = GaussianMixture(means=((-3.0,), (0.0,), (3.0,)), stds=(0.5,) * 3, weights=(1.0, 2.0, 3.0))
TARGET = GaussianMixture(means=((-1.0,), (4.0,)), stds=(0.5,) * 2)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def clouds(n: int, dim: int) -> tuple[np.ndarray, np.ndarray]:
    return SOURCE.sample(n, dim, rng(1)), TARGET.sample(n, dim, rng(2))


def cost(x0: np.ndarray, x1: np.ndarray) -> float:
    return float(((x1 - x0) ** 2).sum(1).mean())


def rows(x: np.ndarray) -> list[bytes]:
    return sorted(row.tobytes() for row in x)


def join(part: Coupling, x0: np.ndarray, x1: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    return part.join(SOURCE, TARGET, x0, x1, rng(seed))


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Coupling, int]:
    """Every coupling in every dimension that it accepts, with small blocks where it has any."""
    kind, dim = request.param
    part = KINDS[kind](path=pairs_file(tmp_path, dim)) if kind == "file" else KINDS[kind]()
    small = {knob.name: 64 for knob in knobs(type(part)) if knob.name in ("block", "batch")}
    return msgspec.structs.replace(part, **small), dim


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks already above 100 points."""
    monkeypatch.setattr(engine.matching.assignment, "EXACT", 100)


def pairs_file(folder: Path, dim: int) -> str:
    np.save(folder / "pairs.npy", rng(5).standard_normal((40, 2 * dim)))
    return str(folder / "pairs.npy")


# --- the contract ---


def test_kinds() -> None:
    names = "independent|optimal|minibatch optimal|entropic|shuffled|worst|sorted|angle|class|drawn|rotation|file"
    names += "|gradient map"
    assert "|".join(KINDS) == names
    assert [kind for kind, cls in KINDS.items() if cls.independent] == ["independent"]


@pytest.mark.parametrize("n", [2, 37, 201])  # fewer than a block of 64, and no multiple of it
def test_marginals(case: tuple[Coupling, int], n: int, few_at_once: None) -> None:
    part, dim = case
    part.check(dim)
    x0, x1 = clouds(n, dim)
    before = x0.copy(), x1.copy()
    z0, z1 = join(part, x0, x1)
    assert np.array_equal(x0, before[0]) and np.array_equal(x1, before[1])
    assert z0.shape == z1.shape == (n, dim) and z0.dtype == z1.dtype == np.float64
    if part.kind == "file":
        kept = {row.tobytes() for row in np.load(part.path)}
        assert {row.tobytes() for row in np.hstack([z0, z1])} <= kept
        return
    assert rows(z0) == rows(x0)
    if part.kind == "entropic":
        assert set(rows(z1)) <= set(rows(x1))
    elif part.kind == "rotation":
        assert np.allclose(np.linalg.norm(z1, axis=1), np.linalg.norm(x0, axis=1))
    else:
        assert rows(z1) == rows(x1)


def test_seed_decides(case: tuple[Coupling, int], few_at_once: None) -> None:
    part, dim = case
    x0, x1 = clouds(150, dim)
    first, again = (b"".join(x.tobytes() for x in join(part, x0, x1, 3)) for _ in range(2))
    assert first == again


def test_equal_points_are_no_trouble(case: tuple[Coupling, int], few_at_once: None) -> None:
    part, dim = case
    x0, x1 = np.zeros((130, dim)), np.repeat(clouds(13, dim)[1], 10, axis=0)
    for ends in ((x0, x1), (x1, x0), (x0, x0)):
        z0, z1 = join(part, *ends)
        assert np.isfinite(z0).all() and np.isfinite(z1).all()
        assert part.kind in ("entropic", "rotation", "file") or rows(z1) == rows(ends[1])


def test_experiment_draws_its_pairs(case: tuple[Coupling, int]) -> None:
    part, dim = case
    part = msgspec.structs.replace(part, pairs=90)
    experiment = Experiment(dim=dim, source=SOURCE, target=TARGET, coupling=part).check()
    x0, x1 = draw_pairs(experiment)
    assert x0.shape == x1.shape == (90, dim)
    again = draw_pairs(experiment)
    assert x0.tobytes() == again[0].tobytes() and x1.tobytes() == again[1].tobytes()
    ends = part.ends(SOURCE, TARGET)
    assert part.replaces == tuple(
        name for name, given, made in zip(("source", "target"), (SOURCE, TARGET), ends, strict=True) if made != given
    )
    for x, law in zip((x0, x1), ends, strict=True):
        fresh = law.sample(2000, dim, rng(9))
        assert fresh.shape == (2000, dim)
        assert np.allclose(x.mean(0), fresh.mean(0), atol=5 * x.std() / np.sqrt(90))


def test_lots_of_new_pairs(case: tuple[Coupling, int]) -> None:
    """Drawn from the laws of its ends: as those, whatever the coupling makes of ends; and each lot is another one."""
    part, dim = case
    part = msgspec.structs.replace(part, pairs=128)
    ends = part.ends(SOURCE, TARGET)
    again = part.ends(*ends)
    for one, two in zip(ends, again, strict=True):
        assert one.sample(50, dim, rng(1)).tobytes() == two.sample(50, dim, rng(1)).tobytes()
    asked = Experiment(dim=dim, source=SOURCE, target=TARGET, coupling=part)
    (node,) = asked.nodes()[:1]
    problem = problem_of(asked, node, *draw_pairs(asked))
    found = []
    for number in (0, 0, 1):
        *_, (x0, x1) = lot(problem, 7, number, 128)
        assert x0.shape == x1.shape == (128, dim) and np.isfinite(x0).all() and np.isfinite(x1).all()
        found.append((x0.tobytes(), x1.tobytes()))
    assert found[0] == found[1] != found[2]
    *_, (x0, _) = lot(problem, 7, 0, 200)
    assert len(x0) == 200


def test_survives_json(case: tuple[Coupling, int]) -> None:
    part, _ = case
    again = msgspec.json.decode(msgspec.json.encode(part), type=union("couplings"))
    assert again == part and hash(again) == hash(part) and type(again) is type(part)


def test_knobs_and_words(case: tuple[Coupling, int]) -> None:
    part, _ = case
    check_ranges(part)
    assert part.about.endswith(".") and type(part).__doc__
    assert knobs(type(part))[0].name == "pairs"
    for knob in knobs(type(part)):
        assert knob.tip.endswith("."), knob.name


def test_a_short_run(case: tuple[Coupling, int], monkeypatch: pytest.MonkeyPatch) -> None:
    part, dim = case
    if dim == 3 or (dim == 1 and part.kind not in ("sorted", "worst")):
        return
    monkeypatch.setattr("engine.rounds.measuring.kinds", lambda family: {"pair_cost": kinds(family)["pair_cost"]})
    part = msgspec.structs.replace(part, pairs=100)
    lab = Lab("cpu", matched=64)
    lab.adopt(
        Experiment(
            dim=dim,
            rounds=1,
            source=SOURCE,
            target=TARGET,
            coupling=part,
            velocity=MLP(width=8, depth=1),
            training=Training(steps=5, batch=16),
            measure=Measure(samples=64),
        )
    )
    while lab.advance(1.0):
        pass
    shown = lab.snapshot()
    assert lab.phase == "done" and shown.message == "" and shown.rounds[1].figures.single["pair_cost"].value > 0


# --- known answers ---


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_optimal_and_worst_are_brute_force(dim: int) -> None:
    x0, x1 = clouds(8, dim)
    each = ((x0[:, None] - x1) ** 2).sum(-1)
    every = each[range(8), np.array(list(permutations(range(8))))].mean(1)
    assert cost(*Optimal().pair(x0, x1, rng())) == pytest.approx(every.min(), rel=1e-12)
    assert cost(*Worst().pair(x0, x1, rng())) == pytest.approx(every.max(), rel=1e-12)


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e5])
def test_optimal_at_any_scale_and_place(scale: float) -> None:
    x0, x1 = clouds(60, 2)
    assert np.array_equal(exact(x0, x1), exact(scale * x0, scale * x1))
    assert np.array_equal(exact(x0, x1), exact(x0, x1 + 1e6))  # a shift adds one constant to every permutation


OUTLIERS = {  # what is added to the first rows of both clouds
    "one": lambda dim: (np.full((1, dim), 1e6), np.zeros((1, dim))),
    "both, two places": lambda dim: (np.full((1, dim), 1e6), np.vstack([np.zeros((1, dim)), np.full((1, dim), -1e6)])),
    "both, one place": lambda dim: (np.full((1, dim), 1e6), np.full((1, dim), 1e6)),
    "a half": lambda dim: (np.full((150, dim), 1e6), np.full((150, dim), 1e6)),
}


def with_outliers(which: str, dim: int, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    ends = clouds(n, dim)
    for x, far in zip(ends, OUTLIERS[which](dim), strict=True):
        x[: len(far)] += far
    return ends


@pytest.mark.parametrize("worst", [False, True])
@pytest.mark.parametrize("dim", [2, 3])  # in 1-D sorting is the answer
@pytest.mark.parametrize("which", OUTLIERS)
def test_an_exact_plan_is_optimal_for_the_others_too(which: str, dim: int, worst: bool) -> None:
    """Beside a huge entry, whose own cost hides what the rest pays: against Jonker and Volgenant."""
    from scipy.optimize import linear_sum_assignment

    x0, x1 = with_outliers(which, dim)
    every = costs(x0, x1)[0] * (-1.0 if worst else 1.0)
    every -= every.min(1, keepdims=True)  # what an outlier pays in any case
    every -= every.min(0)
    found, least = every[range(300), exact(x0, x1, worst)], every[linear_sum_assignment(every)]
    own = np.quantile(every, 0.1, axis=1).clip(1.0)  # of an outlier itself, whose costs hold no more digits
    assert (found.sum() - least.sum()) / 300 < 1e-9 * np.median(own) + 1e-14 * own.max()


def test_a_plan_that_is_not_optimal_is_never_called_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows of every plan change places: the duals tell, whatever the solver says of itself."""
    import ot

    full = ot.emd

    def spoiled(*given: object, **options: object) -> tuple[np.ndarray, dict]:
        plan, told = full(*given, **options)
        plan[[0, 1]] = plan[[1, 0]]
        return plan, told

    monkeypatch.setattr(ot, "emd", spoiled)
    with pytest.raises(Wrong, match=r"not optimal: its mean cost may lie .* above the least"):
        Optimal().pair(*clouds(40, 2), rng())


@pytest.mark.parametrize("epsilon", [0.05, 1.0])
@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("which", ["one", "both, two places", "both, one place"])
def test_an_outlier_makes_no_entropic_plan_independent(which: str, dim: int, epsilon: float) -> None:
    x0, x1 = clouds(300, dim)
    part = Entropic(epsilon=epsilon, block=300)
    tied = cost(*part.pair(x0, x1, rng())) / cost(*Independent().pair(x0, x1, rng()))
    far0, far1 = with_outliers(which, dim)
    z0, z1 = part.pair(far0, far1, rng())
    near = (np.abs(z0) < 1e5).all(1) & (np.abs(z1) < 1e5).all(1)
    assert cost(z0[near], z1[near]) / cost(*Independent().pair(x0, x1, rng())) < tied + 0.15


def test_optimal_in_1d_is_sorted() -> None:
    x0, x1 = clouds(500, 1)
    assert cost(*Optimal().pair(x0, x1, rng())) == cost(*Sorted().pair(x0, x1, rng()))
    assert np.array_equal(*(np.argsort(np.argsort(x[:, 0])) for x in Sorted().pair(x0, x1, rng())))


def test_one_plan_up_to_the_limit() -> None:
    """Blocks begin above ``EXACT`` points; the block knob says nothing below."""
    x0, x1 = clouds(300, 2)
    parts = Optimal(block=2), Optimal(block=2048)
    assert len({cost(*part.pair(x0, x1, rng())) for part in parts}) == 1
    assert [len(i) for i, _ in split(EXACT + 1, 2048, rng())] == [1366, 1366, 1365]


def test_blocks_cover_everything() -> None:
    for n, size in ((1, 5), (5, 5), (6, 5), (103, 10), (100, 10)):
        blocks = split(n, size, rng())
        assert len(blocks) == -(-n // size) and max(len(i) for i, _ in blocks) <= size
        assert all(len(i) == len(j) for i, j in blocks)
        for side in zip(*blocks, strict=True):
            assert sorted(np.concatenate(side)) == list(range(n))


def test_costs_are_in_order(few_at_once: None) -> None:
    x0, x1 = clouds(1000, 2)
    parts = Optimal(block=500), MinibatchOptimal(batch=100), MinibatchOptimal(batch=8), MinibatchOptimal(batch=2)
    costs = [cost(*part.pair(x0, x1, rng())) for part in (*parts, Independent(), Worst(block=8), Worst(block=500))]
    assert cost(x0, x1[exact(x0, x1)]) <= costs[0]
    assert costs == sorted(costs)
    assert cost(*MinibatchOptimal(batch=1).pair(x0, x1, rng())) == pytest.approx(costs[4], rel=0.1)


def test_unfinished_plan_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    import ot

    full = ot.emd
    monkeypatch.setattr(
        ot, "emd", lambda *given, **options: (full(*given, **options)[0], {"warning": "numItermax reached"})
    )
    with pytest.raises(Wrong, match="did not come to its end; numItermax"):
        Optimal().pair(*clouds(5, 2), rng())


def test_shuffled_is_a_dial() -> None:
    x0, x1 = clouds(700, 2)
    costs = [cost(*Shuffled(share=share).pair(x0, x1, rng())) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert costs[0] == cost(*Optimal().pair(x0, x1, rng()))
    product = 2 * (x0.var(0) + x1.var(0) + (x0.mean(0) - x1.mean(0)) ** 2)[0]  # both coordinates are alike
    assert costs[-1] == pytest.approx(product, rel=0.1)
    assert costs == sorted(costs) and np.allclose(costs, np.linspace(costs[0], costs[-1], 5), rtol=0.1)
    still = (Shuffled(share=0.25).pair(x0, x1, rng())[1] == Optimal().pair(x0, x1, rng())[1]).all(1).mean()
    assert 0.75 <= still < 0.76


def test_entropic_lies_between() -> None:
    x0, x1 = clouds(600, 2)
    part = Entropic(epsilon=0.01, block=600)
    costs = [cost(*msgspec.structs.replace(part, epsilon=e).pair(x0, x1, rng())) for e in (0.01, 0.1, 1.0, 100.0)]
    least = cost(x0, x1[exact(x0, x1)])
    assert costs == sorted(costs) and costs[0] == pytest.approx(least, rel=0.1)
    assert costs[-1] == pytest.approx(cost(*Independent().pair(x0, x1, rng())), rel=0.1)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_entropic_keeps_the_target_within_sampling_error(dim: int) -> None:
    """Each point of X1 is drawn once on average: how often is a sum of n indicators, no wider than a Poisson number."""
    x0, x1 = clouds(200, dim)
    times = np.zeros(200)
    for seed in range(30):
        drawn = Entropic(epsilon=0.1, block=400).pair(x0, x1, rng(seed))[1]
        times += (drawn[:, None] == x1).all(-1).sum(0)
    z = (times - 30) / np.sqrt(30)
    assert np.abs(z).max() < 4.5 and z.std() < 1.1


def test_entropic_plan_is_the_known_one() -> None:
    """Two points each: the plan is [[p, 1-p], [1-p, p]]/2 with p/(1-p) = exp((c_off - c_on) / epsilon m)."""
    x0, x1 = np.array([[0.0], [1.0]]), np.array([[0.2], [1.2]])
    each = (x0 - x1.T) ** 2
    ratio = np.exp((each[0, 1] + each[1, 0] - each[0, 0] - each[1, 1]) / (2 * 0.8 * each.mean()))
    kept = [np.argsort(Entropic(epsilon=0.8).pair(x0, x1, rng(s))[1][0])[0] for s in range(3)]
    assert kept == [0, 0, 0]  # one coordinate each
    times = np.mean([Entropic(epsilon=0.8).pair(x0, x1, rng(s))[1][0, 0] == 0.2 for s in range(400)])
    assert times == pytest.approx(ratio / (1 + ratio), abs=0.075)


def test_absolute_entropic_is_that_of_pot() -> None:
    """epsilon in length², whatever the mean cost: POT's plan; and it does not follow a change of units."""
    x0, x1 = clouds(12, 2)
    x1 = 3 * x1
    plan = pot().sinkhorn(np.ones(12) / 12, np.ones(12) / 12, ((x0[:, None] - x1) ** 2).sum(-1), 2.0, stopThr=1e-12)
    times = np.zeros((12, 12))
    for seed in range(200):
        drawn = Entropic(epsilon=2.0, absolute=True, block=12).pair(x0, x1, rng(seed))[1]
        times += (drawn[:, None] == x1).all(-1)
    assert np.abs(times / 200 - 12 * plan).max() < 4.5 * 0.5 / np.sqrt(200)
    relative = 2.0 / ((x0[:, None] - x1) ** 2).sum(-1).mean()
    one, other = (
        Entropic(epsilon=e, absolute=a, block=12).pair(x0, x1, rng(1))[1] for e, a in ((2, True), (relative, False))
    )
    assert np.array_equal(one, other)


def test_smoothed_source_of_a_file_of_pairs(tmp_path: Path) -> None:
    """Noise on X0 alone, in the pairs and in the law of their source, and none without it."""
    part = File(path=pairs_file(tmp_path, 2), pairs=40_000, smoothing=0.5)
    rows = np.load(part.path)
    x0, x1 = draw_pairs(Experiment(source=Gaussian(), target=Gaussian(), coupling=part))
    source, target = part.ends(Gaussian(), Gaussian())
    wanted = np.cov(rows[:, :2].T, ddof=0) + 0.25 * np.eye(2)
    for x in (x0, source.sample(40_000, 2, rng())):
        assert np.allclose(np.cov(x.T), wanted, atol=0.04)
    for x in (x1, target.sample(1000, 2, rng())):
        assert {row.tobytes() for row in x} <= {row.tobytes() for row in np.ascontiguousarray(rows[:, 2:])}
    i = ((x1[:, None] - rows[:, 2:]) ** 2).sum(-1).argmin(1)
    assert np.allclose((x0 - rows[i, :2]).std(0), 0.5, rtol=0.03)


def test_sinkhorn_that_fails_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.matching.sinkhorn.MOST", 1)
    with pytest.raises(Wrong, match=r"^coupling.epsilon: 0.05 is too small for .*; give a larger one$"):
        Entropic().pair(*clouds(9, 2), rng())


@pytest.mark.parametrize("degrees", [-14.0, 0.0, 9.0])
def test_angle_recovers_a_rotation(degrees: float) -> None:
    """Twelve points on a ring, 30° apart, turned by less than half of that and moved elsewhere."""
    phi = np.arange(12) * np.pi / 6 + 0.1
    ring = 3 * np.column_stack([np.cos(phi), np.sin(phi)])
    there = np.array([40.0, -7.0])
    x0, x1 = rng(1).permutation(ring), rng(2).permutation(turn(ring, degrees) + there)
    z0, z1 = Angle().pair(x0, x1, rng())
    assert np.allclose(z1, turn(z0, degrees) + there)


def test_angle_takes_the_best_shift() -> None:
    x0, x1 = clouds(40, 2)
    order0, order1 = (np.argsort(np.arctan2(*(x - x.mean(0)).T[::-1])) for x in (x0, x1))
    every = [cost(x0[order0], x1[np.roll(order1, s)]) for s in range(40)]
    assert cost(*Angle().pair(x0, x1, rng())) == pytest.approx(min(every), rel=1e-12)


@pytest.mark.parametrize("dim", [2, 3])
def test_rotation_is_straight_but_not_optimal(dim: int) -> None:
    x0 = Gaussian().sample(3000, dim, rng())
    z0, z1 = Rotation(angle=60.0).pair(x0, x0, rng())
    field = KernelField(Straight(), z0, z1)
    for t in (0.25, 0.5, 0.75):
        assert field.spread((1 - t) * z0[:200] + t * z1[:200], t).mean() < 1e-6
    some = z0[:500], z1[:500]
    assert cost(*some) - cost(some[0], some[1][exact(*some)]) > 0.5
    assert np.allclose(turn(turn(z1, -60.0), 0.0), z0) and np.array_equal(z1[:, 2:], z0[:, 2:])


def test_class_keeps_classes() -> None:
    source, target = EightGaussians(radius=4.0, std=0.1), EightGaussians(radius=9.0, std=0.1)
    x0, x1 = source.sample(2000, 2, rng(1)), target.sample(2000, 2, rng(2))
    z0, z1 = ByClass().join(source, target, x0, x1, rng())
    assert rows(z0) == rows(x0) and rows(z1) == rows(x1)
    k0, k1 = source.labels(z0, 2), target.labels(z1, 2)
    surplus = np.abs(np.bincount(source.labels(x0, 2)) - np.bincount(target.labels(x1, 2))).sum() // 2
    assert (k0 != k1).sum() == surplus < 150  # no pair more than must
    for k in range(8):  # within a class the two ends know nothing of each other
        inside = (k0 == k) & (k1 == k)
        assert abs(np.corrcoef(z0[inside, 0], z1[inside, 0])[0, 1]) < 0.3


def test_fresh_pairs_keep_classes_that_only_a_draw_tells() -> None:
    """Figures on new pairs must not ask points of a checkerboard for the cell that they came from."""
    board = Checkerboard(cells=2)
    assert board.labels(np.zeros((1, 2)), 2) is None
    z0, z1 = ByClass().fresh(board, board, 500, 2, rng())
    assert len(z0) == 500 and np.mean((z0[:, 0] > 0) == (z1[:, 0] > 0)) > 0.85, "a few of the surplus are at random"


def test_class_in_unequal_shares() -> None:
    """Three classes on one side, two on the other: each class is filled up as far as it goes."""
    x0, x1 = clouds(600, 1)
    z0, z1 = ByClass().join(SOURCE, TARGET, x0, x1, rng())
    k0, k1 = SOURCE.labels(z0, 1), TARGET.labels(z1, 1)
    for k in range(2):
        assert ((k0 == k) & (k1 == k)).sum() >= min((k0 == k).sum(), (k1 == k).sum())
    assert rows(z1) == rows(x1)


def test_labels_are_the_nearest_means() -> None:
    x = SOURCE.sample(300, 2, rng())
    means = SOURCE.mixture(2).means
    assert np.array_equal(SOURCE.labels(x, 2), ((x[:, None] - means) ** 2).sum(-1).argmin(1))
    assert TwoMoons().labels(x, 2) is None  # points alone do not tell


def test_drawn_follows_two_opposite_arrows() -> None:
    """Points on the left go up and points on the right go down, though the other way round were as cheap."""
    part = Drawn(arrows=((-5.0, 0.0, -5.0, 8.0), (5.0, 0.0, 5.0, -8.0)))
    left = rng().random(600) < 0.5
    x0 = rng(1).standard_normal((600, 2)) * 0.5 + np.where(left, -5.0, 5.0)[:, None] * [1.0, 0.0]
    x1 = rng(2).permutation(rng(3).standard_normal((600, 2)) * 0.5 + np.where(left, -5.0, 5.0)[:, None] * [1.0, -1.6])
    z0, z1 = part.pair(x0, x1, rng())
    assert np.array_equal(z0[:, 0] < 0, z1[:, 1] > 0)
    assert rows(z1) == rows(x1)


def test_drawn_arrows_cross() -> None:
    """Against the optimum: every point goes to the other side."""
    part = Drawn(arrows=((-3.0, 1.5, 3.0, -1.5), (-3.0, -1.5, 3.0, 1.5)))
    side = np.where(np.arange(400) % 2, 1.5, -1.5)[:, None]
    x0, x1 = (np.hstack([np.full((400, 1), x), side]) + 0.1 * rng(7).standard_normal((400, 2)) for x in (-3.0, 3.0))
    z0, z1 = part.pair(x0, x1, rng())
    assert (np.sign(z0[:, 1]) == -np.sign(z1[:, 1])).all()


def test_file_gives_its_pairs(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text("x,y,x1,y1\n1,2,3,4\n5,6,7,8\n")
    part = File(path=str(tmp_path / "pairs.csv"), pairs=1000)
    x0, x1 = draw_pairs(Experiment(source=Gaussian(), target=Gaussian(), coupling=part))
    assert np.array_equal(x1 - x0, np.full((1000, 2), 2.0))
    assert 400 < (x0[:, 0] == 1).sum() < 600
    assert part.files() == (part.path,) and File().files() == Independent().files() == ()


# --- refusals ---

REFUSED: dict[str, tuple[Callable[[Path], Coupling], int, str]] = {
    "angle 1": (lambda _: Angle(), 1, "pairs by angle need the plane, but the dimension is 1; set it to 2"),
    "angle 3": (lambda _: Angle(), 3, "pairs by angle need the plane, but the dimension is 3; set it to 2"),
    "rotation 1": (lambda _: Rotation(), 1, "a line has no rotation; set the dimension to 2 or 3"),
    "no arrows": (lambda _: Drawn(arrows=()), 2, "arrows: holds no arrows; draw at least one"),
    "many arrows": (lambda _: Drawn(arrows=((0.0,) * 4,) * 1001), 2, "arrows: holds 1,001 arrows; 1,000 at most"),
    "half an arrow": (
        lambda _: Drawn(arrows=((0.0, 1.0, 2.0),)),
        2,
        "arrows: has a row without 2, 4 or 6 numbers; give the start, then the end",
    ),
    "mixed arrows": (
        lambda _: Drawn(arrows=((0.0, 1.0), (0.0,) * 4)),
        2,
        "arrows: has rows of different lengths; give every arrow the same number of coordinates",
    ),
    "no file": (lambda _: File(), 2, "path: no file is chosen; open one"),
    "gone": (lambda at: File(path=str(at / "no.csv")), 2, "path: no.csv: does not exist; choose another file"),
    "columns": (
        lambda at: File(path=pairs_file(at, 1)),
        2,
        "path: pairs.npy: has 2 columns, but a pair in dimension 2 has 4 numbers; give 2 for X0, then 2 for X1",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    make, dim, sentence = REFUSED[name]
    with pytest.raises(Wrong) as caught:
        make(tmp_path).check(dim)
    assert str(caught.value) == sentence


def test_class_without_classes_is_one_sentence() -> None:
    lab = Lab("cpu")
    lab.adopt(Experiment(source=SOURCE, target=UniformBox(), coupling=ByClass(pairs=50)))
    assert not lab.advance(1.0)
    assert lab.error == (
        "coupling: the target 'uniform box' has no classes; choose one with parts, such as a mixture or rings"
    )
    assert ByClass().note(SOURCE, UniformBox(), 2) == "the target 'uniform box' has no classes"


CLASSED = {kind: cls for kind, cls in kinds("distributions").items() if cls not in (CloudFile, Image)}


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("kind", CLASSED)
def test_laws_tell_the_classes_that_they_draw_from(kind: str, dim: int) -> None:
    law = CLASSED[kind]()
    law.check(dim)
    x, label = law.classed(500, dim, rng(4))
    assert x.tobytes() == law.sample(500, dim, rng(4)).tobytes()  # the same points
    noun, count = law.partition(dim)
    assert (label is None) == (count == 0) == (noun == "")
    if count:
        assert set(label) <= set(range(count)) and (count > 40 or set(label) == set(range(count)))


def test_classes_are_what_they_are_called() -> None:
    x, moon = TwoMoons(noise=0.0).classed(400, 2, rng())
    assert np.array_equal(moon == 0, np.abs(np.linalg.norm(x + np.array([1.0, 0.5]), axis=1) - 2.0) < 1e-9)
    x, ring = Rings(count=3, radius=3.0, noise=0.0).classed(400, 2, rng())
    assert np.allclose(np.linalg.norm(x, axis=1), ring + 1)
    x, cell = Checkerboard().classed(2000, 2, rng())
    for k in range(8):
        assert np.ptp(x[cell == k], axis=0).max() <= 2.0  # a cell's side
    x, arm = Pinwheel(twist=0.0).classed(500, 2, rng())
    angle = np.angle(np.exp(1j * (np.arctan2(x[:, 1], x[:, 0]) - 2 * np.pi * arm / 5)))
    assert np.median(np.abs(angle)) < 0.2
    x, letter = Text(text="I I").classed(500, 2, rng())
    assert x[letter == 0, 0].max() < x[letter == 1, 0].min()
    assert set(Text(text="FLOW").classed(2000, 2, rng())[1]) == {0, 1, 2, 3}
    x, mode = EightGaussians(std=3.0).classed(4000, 2, rng())  # they overlap: the nearest mean is often another one
    wrong = (mode != EightGaussians(std=3.0).labels(x, 2)).mean()
    assert 0.4 < wrong < 0.8
    for k in range(8):
        assert np.allclose(x[mode == k].mean(0), EightGaussians().mixture(2).means[k], atol=0.6)


def test_class_of_overlapping_laws_is_exact() -> None:
    """The upper moon goes to the upper moon, though noise hides which is which."""
    experiment = Experiment(
        source=TwoMoons(noise=2.0), target=TwoMoons(radius=9.0, noise=0.0), coupling=ByClass(pairs=800)
    )
    x0, x1 = draw_pairs(experiment)
    upper = np.abs(np.linalg.norm(x1 + np.array([4.5, 2.25]), axis=1) - 9.0) < 1e-9
    x, moon = experiment.source.classed(800, 2, rng([0, 0]))
    assert np.array_equal(x, x0)
    few = min((moon == 0).sum(), upper.sum()), min((moon == 1).sum(), (~upper).sum())
    assert ((moon == 0) & upper).sum() >= few[0] and ((moon == 1) & ~upper).sum() >= few[1]
    assert rows(x1) == rows(experiment.target.sample(800, 2, rng([0, 1])))


def test_class_says_what_has_no_partner() -> None:
    note = ByClass().note
    assert note(TwoMoons(), Rings(count=2), 2) == "source 2 moons · target 2 rings"
    assert note(Gaussian(), EightGaussians(), 2) == (
        "source 1 mode · target 8 modes; no partner for classes 2 to 8 of the target, paired at random"
    )
    assert note(Rings(count=3), TwoMoons(), 2).endswith("; no partner for class 3 of the source, paired at random")


@pytest.mark.parametrize(
    ("part", "where"),
    [
        (Optimal(block=4097), "block"),
        (Entropic(epsilon=0.001), "epsilon"),
        (Shuffled(share=1.1), "share"),
        (Rotation(angle=180.0), "angle"),
        (MinibatchOptimal(batch=0), "batch"),
        (Worst(pairs=1), "pairs"),
    ],
)
def test_ranges(part: Coupling, where: str) -> None:
    with pytest.raises(Wrong) as caught:
        check_ranges(part)
    assert caught.value.where == where
