"""Every registered figure keeps the contract; figures with a known answer give it; stated errors are honest."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from engine.couplings.independent import Independent
from engine.distributions.gaussian import Gaussian
from engine.distributions.mixture import GaussianMixture
from engine.distributions.single_point import SinglePoint
from engine.distributions.two_modes import TwoModes
from engine.evidence.estimate import Estimate
from engine.evidence.evidence import BLOCKS, Evidence, assignment_cost, end_points, mean, mean_of_blocks
from engine.fields.closed import AffineField, closed_form
from engine.fields.field import Array, Field, Given, evaluate
from engine.fields.kernel import AverageField, KernelField
from engine.motion.flow import flow, trajectories
from engine.motion.stopping import Stopped
from engine.parts import Distribution, Problem
from engine.paths.straight import Straight
from engine.registry import kinds
from engine.solvers.rk4 import RK4
from engine.velocities.mlp import MLP

METRICS = kinds("metrics")
SINGLE = [kind for kind, metric in METRICS.items() if not metric.ladder]
LADDERS = [kind for kind, metric in METRICS.items() if metric.ladder]
MIXTURES = (
    GaussianMixture(means=((-1.0,), (1.5,)), stds=(0.5, 0.9), weights=(0.4, 0.6)),
    GaussianMixture(means=((0.0,), (3.0,)), stds=(0.4, 1.0), weights=(0.3, 0.7)),
)

OBLIQUE = Gaussian(std=(2.0, 0.5), correlation=0.7), Gaussian(std=(0.5, 1.5), correlation=-0.6)


def problem(source: Distribution, target: Distribution, dim: int, pairs: int = 512, seed: int = 0) -> Problem:
    rng = np.random.default_rng([99, seed])
    x0, x1 = source.sample(pairs, dim, rng), target.sample(pairs, dim, rng)
    return Problem(dim, 1, source, target, Independent(), Straight(), x0, x1)


def exact(
    source: Distribution,
    target: Distribution,
    dim: int,
    samples: int = 256,
    pairs: int = 512,
    seed: int = 0,
    matched: int = 256,
) -> Evidence:
    """The evidence of a round with the closed form as its velocity."""
    given = problem(source, target, dim, pairs, seed)
    field = closed_form(given)
    return Evidence(given, field, field, samples, seed, matched)


def of(kind: str, evidence: Evidence) -> Estimate:
    return METRICS[kind]().of(evidence)


def euler_error(evidence: Evidence, n: int) -> Estimate:
    return METRICS["euler_error"]().rung(evidence, n)


# --- the contract ---

SCENES: dict[str, Callable[[int], Evidence]] = {
    "gaussians": lambda dim: exact(Gaussian(), Gaussian(mean=1.0, std=0.5), dim, 64, 100, matched=64),
    "point": lambda dim: exact(Gaussian(), SinglePoint(), dim, 64, 100, matched=64),
    "later round": lambda dim: later(dim),
    "net": lambda dim: untrained(dim),
}


def later(dim: int) -> Evidence:
    """Local regression as velocity, without a closed form beside it."""
    given = replace(problem(Gaussian(), TwoModes(), dim, 100), round=2)
    return Evidence(given, KernelField(given.path, given.x0, given.x1), None, 64, 0, 64)


def untrained(dim: int) -> Evidence:
    given = problem(Gaussian(), TwoModes(), dim, 100)
    return Evidence(given, MLP(width=8, depth=1).build(given, 0, "cpu"), closed_form(given), 64, 0, 64)


@pytest.mark.parametrize(
    ("scene", "dim"),
    [(scene, dim) for scene in SCENES for dim in ((1, 2, 3) if scene in ("gaussians", "net") else (2,))],
)
def test_every_figure_is_a_finite_estimate_with_its_sample_size(scene: str, dim: int) -> None:
    evidence = SCENES[scene](dim)
    known = [kind for kind, metric in METRICS.items() if metric().applies(evidence.problem)]
    found = {kind: of(kind, evidence) for kind in known if kind in SINGLE}
    for kind in set(known) & set(LADDERS):
        found |= {f"{kind} {x}": METRICS[kind]().rung(evidence, x) for x in METRICS[kind].ladder[:3]}
    for kind, estimate in found.items():
        assert isinstance(estimate.value, float) and math.isfinite(estimate.value), kind
        assert estimate.error is not None and math.isfinite(estimate.error) and estimate.error >= 0, kind
        assert isinstance(estimate.n, int) and 0 < estimate.n <= 100 and not estimate.exact, kind
    for kind in set(found) - {"fit_gap", "ledger", "relative_transport_cost"}:
        assert found[kind].value >= 0, kind
    assert found["relative_transport_cost"].value > -1e-9


@pytest.mark.parametrize("kind", METRICS)
def test_every_figure_is_named(kind: str) -> None:
    metric = METRICS[kind]
    assert metric.label and metric.formula
    assert metric.unit in ("length²", "length", "length^p", "share", "ratio")
    assert metric.group in ("crossing", "straightness", "cost", "fit", "generalisation")
    assert metric.__doc__.strip().endswith(".")
    assert list(metric.ladder) == sorted(set(metric.ladder)) and all(x > 0 for x in metric.ladder)
    assert bool(metric.ladder) == (metric.axis in ("N", "p", "t"))
    assert all(METRICS[other].axis == metric.axis and METRICS[other].unit == metric.unit for other in metric.beside)


def test_odd_and_even_steps_are_on_the_ladder() -> None:
    """That three Euler steps may be worse than two must be seen."""
    assert {1, 2, 3, 4, 5} <= set(METRICS["euler_error"].ladder)


@pytest.mark.parametrize("kind", METRICS)
def test_same_seed_same_figure(kind: str) -> None:
    dim = 1 if "1d" in kind else 2

    def once(seed: int) -> Estimate:
        ends = OBLIQUE if kind == "map_error" else MIXTURES  # the optimal map is known between Gaussians
        evidence = exact(*ends, dim, 64, 100, seed=seed, matched=64)
        return METRICS[kind]().rung(evidence, METRICS[kind].ladder[2]) if kind in LADDERS else of(kind, evidence)

    first = once(0)
    assert once(0) == first
    always = ("fit_gap", "relative_transport_cost", "crossings_1d_after", "meetings_after", "mode_switch")
    assert kind in always or once(1).value != first.value


def test_stop_is_heard() -> None:
    evidence = replace(exact(Gaussian(), Gaussian(), 2, 64, 100), stop=lambda: True)
    for kind in SINGLE:
        if kind != "pair_cost" and METRICS[kind]().applies(evidence.problem):
            with pytest.raises(Stopped):
                of(kind, evidence)
    for kind in ("euler_error", "cost_p", "marginal_gap", "mode_switch"):
        with pytest.raises(Stopped):
            METRICS[kind]().rung(evidence, METRICS[kind].ladder[0])


# --- loss, crossing, fit gap ---


class Off(Field):
    """A field that is wrong by a constant."""

    def __init__(self, field: Field, by: float) -> None:
        self.field, self.by = field, by

    def __call__(self, x: Array, t: float) -> Array:
        return self.field(x, t) + self.by


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_loss_of_the_exact_velocity_is_its_floor(dim: int) -> None:
    evidence = exact(*MIXTURES, dim, samples=2000, pairs=2000)
    loss, floor = of("loss", evidence), of("crossing", evidence)
    assert abs(loss.value - floor.value) < 3 * math.hypot(loss.error, floor.error)
    assert loss.error < 0.05 * loss.value
    assert of("fit_gap", evidence) == Estimate(0.0, 0.0, 2000)


@pytest.mark.parametrize("known", [True, False], ids=["closed form", "regression"])
def test_fit_gap_of_a_velocity_that_is_off(known: bool) -> None:
    """v* + c: the gap is d c^2; without v* it is the difference of two estimates."""
    evidence = exact(*MIXTURES, 2, samples=800, pairs=3000)
    off = replace(evidence, field=Off(evidence.field, 1.5), reference=evidence.reference if known else None)
    gap = of("fit_gap", off)
    assert gap.value == pytest.approx(2 * 1.5**2, rel=1e-9 if known else 0.2)
    assert of("loss", off).value > of("loss", evidence).value + 3


def test_fit_gap_of_an_average_over_its_own_pairs() -> None:
    """Few neighbours follow the noise of their pairs: the loss on these is below V, but the fit gap is above 0 and,
    without v* at hand, that of fresh pairs."""
    given = problem(Gaussian(), Gaussian(mean=3.0), 2, pairs=2000)
    v = AverageField(given.path, given.x0, given.x1, nearest=5)
    evidence = Evidence(given, v, None, 512, 0, 64)
    gap, floor = of("fit_gap", evidence), of("crossing", evidence)
    fresh, own = of("loss_heldout", evidence), of("loss", evidence)
    assert own.value < 0.6 * floor.value
    assert gap.value > 5 * gap.error
    assert abs(gap.value + floor.value - fresh.value) < 4 * math.hypot(fresh.error, own.error, gap.error)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_figures_of_independent_gaussians(dim: int) -> None:
    """V = d pi/2 s0 s1 and S = d (2 - pi/2) s0 s1; the spread does not depend on x, so V is right to the quadrature."""
    evidence = exact(Gaussian(mean=1.0, std=0.7), Gaussian(mean=-2.0, std=2.0), dim, samples=4096, pairs=100)
    assert of("crossing", evidence).value == pytest.approx(dim * math.pi / 2 * 1.4, rel=1e-9)
    assert of("straightness", evidence).value == pytest.approx(dim * (2 - math.pi / 2) * 1.4, rel=0.01)
    assert of("transport_cost", evidence).value == pytest.approx(dim * (9 + 1.3**2), rel=0.01)


# --- the ledger ---


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize(
    "ends", [(Gaussian(), Gaussian(mean=1.0)), MIXTURES, (Gaussian(), SinglePoint())], ids=["gaussian", "mix", "point"]
)
def test_ledger_closes_for_the_exact_velocity(ends: tuple[Distribution, Distribution], dim: int) -> None:
    evidence = exact(*ends, dim, samples=1024, pairs=20_000)
    rest = of("ledger", evidence)
    assert abs(rest.value) < 3 * rest.error
    assert rest.error < 0.03


def test_ledger_tells_a_velocity_that_is_off() -> None:
    evidence = exact(*MIXTURES, 2, samples=1024, pairs=20_000)
    rest = of("ledger", replace(evidence, field=Off(evidence.field, 1.0)))
    assert abs(rest.value) > 5 * rest.error


# --- transport ---


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_shifted_gaussians(dim: int) -> None:
    """The coupling is optimal after one round; what the flow generates is the target."""
    evidence = exact(Gaussian(), Gaussian(mean=3.0, std=0.5), dim, samples=600, matched=600)
    assert of("transport_cost", evidence).value == pytest.approx(dim * (9 + 0.25), rel=0.02)
    assert abs(of("relative_transport_cost", evidence).value) < 1e-6
    fit, floor = of("fit_w2", evidence), of("fit_w2_floor", evidence)
    assert fit.n == floor.n == 600
    assert fit.value == pytest.approx(floor.value, rel=0.4) and 0 < floor.value < 0.3


def test_fit_sees_a_flow_that_misses() -> None:
    """All points off by (0.6, 0.6): W2 is the distance of the means, 0.85, and what the samples add."""
    given = problem(Gaussian(), Gaussian(mean=3.0), 2)
    right, off = (Evidence(given, Off(Given(lambda x, t: 0 * x), by), None, 500, 0) for by in (3.0, 3.6))
    floor = of("fit_w2_floor", off).value
    assert of("fit_w2", right).value < 1.5 * floor
    assert of("fit_w2", off).value == pytest.approx(math.hypot(0.6 * math.sqrt(2), floor), rel=0.1)
    assert of("fit_w2_floor", right).value == floor < 0.4


@Given
def quarter_turn(x: Array, t: float) -> Array:
    return np.pi / 2 * x @ np.array([[0.0, 1.0], [-1.0, 0.0]])


def test_figures_of_a_quarter_turn() -> None:
    """Z1 is Z0 turned by 90 degrees: cost 2|z|^2, none of it needed; S = (pi^2/4 - 2)|z|^2, |Z''| = pi^2/4 |z|."""
    given = problem(Gaussian(), Gaussian(), 2)
    evidence = Evidence(given, quarter_turn, None, samples=1024, seed=0, matched=1024)
    r2 = (evidence.start**2).sum(1)
    assert of("transport_cost", evidence).value == pytest.approx(2 * r2.mean(), rel=1e-6)
    assert of("straightness", evidence).value == pytest.approx((np.pi**2 / 4 - 2) * r2.mean(), rel=1e-5)
    assert of("curvature", evidence).value == pytest.approx(np.pi**2 / 4 * math.sqrt(r2.max()), rel=1e-3)
    assert of("curvature_p95", evidence).value == pytest.approx(np.pi**2 / 4 * np.percentile(np.sqrt(r2), 95), rel=1e-3)
    z0, z1 = evidence.generated
    assert np.allclose(z1, z0 @ [[0, 1], [-1, 0]], atol=1e-6)
    assert of("relative_transport_cost", evidence).value == pytest.approx(
        ((z1 - z0) ** 2).sum(1).mean() - assignment_cost(z0, z1), rel=1e-9
    )
    assert of("relative_transport_cost", evidence).value > 3.5


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_assignment_is_the_best_of_all_permutations(dim: int) -> None:
    rng = np.random.default_rng(dim)
    for _ in range(3):
        x0, x1 = rng.standard_normal((7, dim)), rng.standard_normal((7, dim))
        best = min(((x1[list(order)] - x0) ** 2).sum(1).mean() for order in permutations(range(7)))
        assert assignment_cost(x0, x1) == pytest.approx(best, rel=1e-12)


def test_assignment_sorts_in_one_dimension() -> None:
    rng = np.random.default_rng(0)
    x0, x1 = rng.standard_normal((300, 1)), 2 + 3 * rng.standard_normal((300, 1))
    sorted_cost = ((np.sort(x1, 0) - np.sort(x0, 0)) ** 2).mean()
    assert assignment_cost(x0, x1) == pytest.approx(sorted_cost, rel=1e-12)
    plane = [np.pad(x, ((0, 0), (0, 1))) for x in (x0, x1)]  # the same points in the plane
    assert assignment_cost(*plane) == pytest.approx(sorted_cost, rel=1e-9)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_assignment_does_not_depend_on_the_origin(dim: int) -> None:
    """Coordinates up to 1e6 are let in; the distance of two clouds there has the digits that it has elsewhere."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((50, dim))
    other = x[rng.permutation(50)] + 1e-3
    assert assignment_cost(x + 1e5, other + 1e5) == pytest.approx(dim * 1e-6, rel=1e-3)


# --- curvature and Euler's error ---


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_curvature_of_independent_gaussians(dim: int) -> None:
    """Z_t = sqrt((1-t)^2 + t^2) Z0, so Z'' = Z0 ((1-t)^2 + t^2)^(-3/2): 2 sqrt(2) |Z0| at t = 1/2."""
    evidence = exact(Gaussian(), Gaussian(), dim)
    radius = np.linalg.norm(evidence.start, axis=1)
    assert of("curvature", evidence).value == pytest.approx(2 * math.sqrt(2) * radius.max(), rel=2e-3)
    assert of("curvature_p95", evidence).value == pytest.approx(2 * math.sqrt(2) * np.percentile(radius, 95), rel=2e-3)


def test_curvature_of_a_straight_flow() -> None:
    given = problem(Gaussian(), Gaussian(mean=2.0, std=3.0), 2)
    ends = (part.mixture(2) for part in (given.source, given.target))
    evidence = Evidence(replace(given, round=2), AffineField(*ends), None, samples=256, seed=0)
    assert of("curvature", evidence).value < 1e-6
    assert of("straightness", evidence).value < 1e-12
    assert euler_error(evidence, 1).value < 1e-6


def test_curvature_where_the_flow_turns_sharply() -> None:
    """Two modes crossing halfway: the turn takes less time than a step of the accurate solver."""
    evidence = exact(TwoModes(), TwoModes(at=15.0), 2, samples=64)
    times, z = trajectories(evidence.field, evidence.start, RK4(steps=1000))
    v = np.stack([evaluate(evidence.field, x, t) for t, x in zip(times, z, strict=True)])
    sharpest = np.linalg.norm(np.diff(v, axis=0), axis=-1).max(0) * 1000
    assert of("curvature", evidence).value == pytest.approx(sharpest.max(), rel=0.1)
    assert of("curvature_p95", evidence).value == pytest.approx(np.percentile(sharpest, 95), rel=0.1)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_euler_error_of_independent_gaussians(dim: int) -> None:
    """v = (2t - 1)/((1-t)^2 + t^2) x and Z1 = Z0: one step ends in 0, two end in Z0/2, three in 0.64 Z0."""
    evidence = exact(Gaussian(), Gaussian(), dim)
    size = math.sqrt((evidence.start**2).sum(1).mean())
    for n, factor in ((1, 1.0), (2, 0.5), (3, 0.36)):
        assert euler_error(evidence, n).value == pytest.approx(factor * size, rel=1e-5)
    errors = [euler_error(evidence, n).value for n in (16, 32, 64)]
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.1) and errors[1] / errors[2] == pytest.approx(2, rel=0.05)


def test_euler_error_shows_that_more_steps_can_be_worse() -> None:
    evidence = exact(TwoModes(), TwoModes(at=15.0), 2, samples=64)
    two, three = euler_error(evidence, 2), euler_error(evidence, 3)
    assert three.value > 1.5 * two.value


def test_one_euler_step_is_exact_towards_a_point() -> None:
    assert euler_error(exact(Gaussian(), SinglePoint(), 2), 1).value < 1e-12


# --- stated errors ---

STATED = [
    *("loss", "loss_heldout", "crossing", "straightness", "pair_cost", "transport_cost", "ledger", "curvature_p95"),
    *("crossings_1d", "fit_w2", "fit_w2_floor", "npe", "gamma_1", "memorisation", "euler_error 1", "euler_error 3"),
    *("cost_p 4", "pair_cost_p 4", "mode_switch 1", "marginal_gap 0.5", "marginal_gap_null 0.5"),
    *("loss_by_t 0.5", "loss_by_t_heldout 0.5"),
]


def ratio(found: list[Estimate]) -> float:
    """How much the estimates of independent seeds spread, in stated errors."""
    stated = np.sqrt(np.mean([e.error**2 for e in found]))
    return float(np.std([e.value for e in found], ddof=1) / stated)


@pytest.fixture(scope="module")
def repeated() -> list[Evidence]:
    """40 seeds, pairs and particles drawn anew: their spread is known to 11 %."""
    return [exact(*MIXTURES, 1, samples=96, pairs=300, seed=seed) for seed in range(40)]


@pytest.mark.parametrize("kind", STATED)
def test_stated_errors_are_honest(kind: str, repeated: list[Evidence]) -> None:
    kind, _, rung = kind.partition(" ")
    found = [METRICS[kind]().rung(e, float(rung)) if rung else of(kind, e) for e in repeated]
    assert 0.6 < ratio(found) < 1.6


def test_stated_error_of_the_crossing_without_a_closed_form() -> None:
    """Local regression on few pairs: neighbourhoods share pairs, so that many places do not mean many samples."""
    evidences = [exact(Gaussian(), Gaussian(), 1, samples=400, pairs=400, seed=seed) for seed in range(16)]
    found = [of("crossing", replace(e, reference=None)) for e in evidences]
    assert np.mean([e.value for e in found]) == pytest.approx(np.pi / 2, rel=0.05)
    assert 0.5 < ratio(found) < 2  # 16 seeds: the spread is known to 18 %


def test_means() -> None:
    values = np.random.default_rng(0).standard_normal(1600)
    assert mean(values) == Estimate(pytest.approx(values.mean()), pytest.approx(values.std(ddof=1) / 40), 1600)
    assert mean(values[:1]) == Estimate(values[0], None, 1)
    blocks = values.reshape(BLOCKS, -1).mean(1)
    assert mean_of_blocks(values).error == pytest.approx(blocks.std(ddof=1) / 4)
    assert mean_of_blocks(values).value == pytest.approx(values.mean())


def test_evidence_rests_on_independent_blocks() -> None:
    evidence = exact(Gaussian(), Gaussian(), 2, samples=100)
    assert evidence.start.shape == (96, 2)
    assert len(np.unique(evidence.start.reshape(BLOCKS, -1), axis=0)) == BLOCKS
    a, b = evidence.target
    assert a.shape == b.shape == (100, 2) and not (a == b).any()
    assert exact(Gaussian(), Gaussian(), 2, samples=100, matched=50).cloud == 50


def test_flow_integrates() -> None:
    """Simpson's rule on 64 steps: int t^2 dt and the displacement itself."""
    run = flow(quarter_turn, np.array([[1.0, 2.0]]))
    assert run.integral(run.times**2) == pytest.approx(1 / 3, abs=1e-12)
    assert np.allclose(run.integral(run.v), run.z[-1] - run.z[0], atol=1e-6)
    assert np.allclose(run.z[-1], end_points(quarter_turn, np.array([[1.0, 2.0]]), RK4(steps=64)))


def test_crossing_of_modes_that_meet_for_a_moment() -> None:
    """Narrow modes cross within a hundredth of t: equal nodes would step over it."""
    evidence = exact(TwoModes(std=0.1), TwoModes(at=15.0, std=0.1), 2, samples=512)
    fine = 0.0
    for t in (np.arange(4000) + 0.5) / 4000:
        xt, _ = evidence.problem.path.at(*evidence.pairs, t)
        fine += evidence.reference.spread(xt, t).mean() / 4000
    assert of("crossing", evidence).value == pytest.approx(fine, rel=0.03)
