"""Known answers of the figures beyond loss, cost and curvature."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from engine.couplings.file import File
from engine.couplings.sorted import Sorted
from engine.distributions.gaussian import Gaussian
from engine.distributions.single_point import SinglePoint
from engine.distributions.two_modes import TwoModes
from engine.evidence.estimate import Estimate
from engine.evidence.estimates import directions, largest, sliced_w2
from engine.evidence.evidence import Evidence
from engine.fields.closed import AffineField, FiniteField
from engine.fields.field import Given, evaluate
from engine.metrics.gamma_1 import Gamma1
from engine.metrics.npe import between_gaussians
from engine.motion.flow import trajectories
from engine.paths.spherical import Spherical
from engine.probe import Subject
from engine.probes.page_crossings import PageCrossings
from engine.registry import kinds
from engine.solvers.euler import Euler
from engine.solvers.rk4 import RK4
from tests.engine.test_metrics import MIXTURES, Off, exact, problem, quarter_turn

METRICS = kinds("metrics")


def of(kind: str, evidence: Evidence, rung: float | None = None) -> Estimate:
    return METRICS[kind]().of(evidence) if rung is None else METRICS[kind]().rung(evidence, rung)


def applies(kind: str, evidence: Evidence) -> bool:
    return METRICS[kind]().applies(evidence.problem)


# --- crossings ---


def test_half_of_all_lines_cross_and_none_afterwards() -> None:
    evidence = exact(*MIXTURES, 1, samples=512, pairs=4000)
    before, after = of("crossings_1d", evidence), of("crossings_1d_after", evidence)
    assert before.n == 4000 and abs(before.value - 0.5) < 4 * before.error < 0.05
    assert after == Estimate(0.0, 0.0, 512)
    optimal = replace(evidence.problem, x0=np.sort(evidence.problem.x0, 0), x1=np.sort(evidence.problem.x1, 0))
    assert of("crossings_1d", replace(evidence, problem=optimal)).value == 0.0
    assert not applies("page_crossings", evidence) and not applies("meetings", evidence)


def test_particles_of_a_flow_do_not_meet() -> None:
    evidence = exact(TwoModes(), TwoModes(at=15.0), 2, samples=512, pairs=2000, matched=512)
    before, after = of("meetings", evidence), of("meetings_after", evidence)
    assert before.value > 5 * before.error and before.n == 2000
    assert after.value < 0.1 * before.value
    page, left = of("page_crossings", evidence), of("page_crossings_after", evidence)
    assert page.value > 4 * before.value  # almost all at different times
    assert left.value < 0.1 * page.value


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_projection_of_space_has_no_crossings(dim: int) -> None:
    """Crossings on the page are a figure, and a probe's answer, of what the page holds."""
    evidence = exact(*MIXTURES, dim)
    subject = Subject(evidence.problem, Euler(), evidence.field)
    assert PageCrossings().applies(subject) == (dim < 3)
    for kind in ("page_crossings", "page_crossings_after"):
        assert applies(kind, evidence) == (dim == 2)
    assert applies("meetings", evidence) == (dim > 1)


def test_curved_lines_are_not_counted() -> None:
    evidence = exact(Gaussian(), Gaussian(mean=1.0), 2)
    curved = replace(evidence, problem=replace(evidence.problem, path=Spherical()))
    assert not applies("meetings", curved) and not applies("page_crossings", curved)
    assert applies("meetings_after", curved)  # trajectories are what they are


# --- marginals ---


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_marginals_of_the_exact_velocity_are_preserved(dim: int) -> None:
    evidence = exact(*MIXTURES, dim, samples=1024, pairs=4000, matched=1024)
    for t in METRICS["marginal_gap"].ladder:
        gap, null = of("marginal_gap", evidence, t), of("marginal_gap_null", evidence, t)
        assert gap.n == null.n == 128
        assert abs(gap.value - null.value) < 4 * math.hypot(gap.error, null.error)


def test_marginals_of_a_wrong_velocity_are_not() -> None:
    """Off by 2 in each of 2 coordinates: at t the clouds are 2t apart in each direction's mean square."""
    evidence = exact(Gaussian(), Gaussian(mean=1.0), 2, samples=1024, pairs=4000, matched=1024)
    wrong = replace(evidence, field=Off(Given(lambda x, t: 0 * x + 1.0), 2.0))
    gap, null = of("marginal_gap", wrong, 1.0), of("marginal_gap_null", wrong, 1.0)
    assert gap.value - null.value > 20 * math.hypot(gap.error, null.error)
    assert gap.value == pytest.approx(2.0, rel=0.05)  # |s|/sqrt(d)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_sliced_distance_of_a_shift(dim: int) -> None:
    x = np.random.default_rng(0).standard_normal((200, dim))
    shift = np.arange(1.0, dim + 1)
    assert sliced_w2(x, x + shift) == pytest.approx(np.linalg.norm(shift) / math.sqrt(dim), rel=0.01)
    assert sliced_w2(x, x[::-1]) == 0.0
    np.testing.assert_allclose(np.linalg.norm(directions(dim), axis=1), 1.0)


# --- path energy, acceleration ---


def test_path_energy_of_a_translation() -> None:
    """v = s is optimal; v = 2s has four times the least energy, whatever the samples are."""
    given = problem(Gaussian(), Gaussian(mean=3.0), 2)
    right, fast = (Evidence(given, Off(Given(lambda x, t: 0 * x), by), None, 128, 0, 128) for by in (3.0, 6.0))
    assert of("npe", right).value == pytest.approx(0.0, abs=1e-12)
    assert of("npe", fast).value == pytest.approx(3.0)


def test_path_energy_of_the_optimal_flow() -> None:
    given = problem(Gaussian(), Gaussian(mean=2.0, std=3.0), 2)
    ends = (part.mixture(2) for part in (given.source, given.target))
    assert of("npe", Evidence(given, AffineField(*ends), None, 2048, 0)).value < 0.005
    bent = exact(given.source, given.target, 2, samples=2048)  # S = 2 (2 - pi/2) 3 more than the least, which is 16
    assert of("npe", bent).value == pytest.approx(2 * (2 - math.pi / 2) * 3 / 16, rel=0.03)


@pytest.mark.parametrize("rho", [0.0, 0.8])
def test_least_energy_between_correlated_gaussians(rho: float) -> None:
    """Covariances with the axes (1, 1) and (1, -1) in common: W2² = |shift|² + the sum of (s - r)² over these axes.
    Spreads along the coordinate axes alone would not tell the two ends apart."""
    given = problem(Gaussian(correlation=rho), Gaussian(mean=1.0, correlation=-rho), 2)
    wanted = 2 + 2 * (math.sqrt(1 + rho) - math.sqrt(1 - rho)) ** 2
    assert between_gaussians(given) == pytest.approx(wanted, rel=1e-12)
    ends = (part.mixture(2) for part in (given.source, given.target))
    assert of("npe", Evidence(given, AffineField(*ends), None, 2048, 0)).value < 0.005  # the optimal flow


def test_path_energy_without_a_formula() -> None:
    evidence = exact(TwoModes(), TwoModes(at=15.0), 2, samples=256, matched=256)
    npe, S = of("npe", evidence), of("straightness", evidence)
    assert abs(npe.value - S.value / 225) < 4 * npe.error + 0.01


def test_path_energy_of_nowhere_to_go() -> None:
    assert not applies("npe", exact(Gaussian(), Gaussian(), 2))
    assert applies("npe", exact(*MIXTURES, 2))


def test_acceleration_of_known_flows() -> None:
    given = problem(Gaussian(), Gaussian(), 2)
    turn = Evidence(given, quarter_turn, None, samples=1024, seed=0)
    assert of("gamma_1", turn).value == pytest.approx((math.pi / 2) ** 4 * (turn.start**2).sum(1).mean(), rel=1e-4)
    bent = exact(Gaussian(), Gaussian(), 2, samples=1024)  # Z'' = Z0 ((1-t)² + t²)^(-3/2)
    t = (np.arange(10_000) + 0.5) / 10_000
    known = ((1 - t) ** 2 + t**2) ** -3.0
    assert of("gamma_1", bent).value == pytest.approx(known.mean() * (bent.start**2).sum(1).mean(), rel=2e-3)
    ends = (part.mixture(2) for part in (given.source, given.target))
    assert of("gamma_1", Evidence(given, AffineField(*ends), None, 128, 0)).value < 1e-12


def test_acceleration_where_the_flow_turns_sharply() -> None:
    """Modes cross within a few steps of the accurate solver; a far finer one tells."""
    evidence = exact(TwoModes(std=0.3), TwoModes(at=15.0, std=0.3), 2, samples=64)
    times, z = trajectories(evidence.field, evidence.start, RK4(steps=1000))
    v = np.stack([evaluate(evidence.field, x, t) for t, x in zip(times, z, strict=True)])
    fine = (np.diff(v, axis=0) ** 2).sum(-1).sum(0).mean() * 1000
    assert of("gamma_1", evidence).value == pytest.approx(fine, rel=0.05)
    assert Gamma1.compared


# --- costs ---


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_costs_of_a_translation(dim: int) -> None:
    given = problem(Gaussian(), Gaussian(mean=3.0), dim)
    given = replace(given, x1=given.x0 + 3.0)
    evidence = Evidence(given, Off(Given(lambda x, t: 0 * x), 3.0), None, 64, 0, 64)
    for p in METRICS["cost_p"].ladder:
        known = (3 * math.sqrt(dim)) ** p
        for kind in ("cost_p", "pair_cost_p"):
            found = of(kind, evidence, p)
            assert found.value == pytest.approx(known, rel=1e-9) and found.error < 1e-9 * known


@pytest.mark.parametrize("dim", [1, 2])
def test_no_convex_cost_rises(dim: int) -> None:
    evidence = exact(*MIXTURES, dim, samples=1024, pairs=8000)
    for p in METRICS["cost_p"].ladder:
        before, after = of("pair_cost_p", evidence, p), of("cost_p", evidence, p)
        assert after.value < before.value + 3 * math.hypot(before.error, after.error)
    assert of("cost_p", evidence, 2).value == pytest.approx(of("transport_cost", evidence).value)
    assert of("pair_cost_p", evidence, 2).value == pytest.approx(of("pair_cost", evidence).value)


# --- modes ---


def test_three_steps_send_particles_to_the_other_mode_and_two_do_not() -> None:
    evidence = exact(TwoModes(), TwoModes(at=15.0), 2, samples=512)
    found = {n: of("mode_switch", evidence, n) for n in (2, 3, 4, 64)}
    assert found[2] == found[4] == Estimate(0.0, 0.0, 512)
    assert found[3].value > 0.15 and found[3].error < 0.02
    assert found[64].value < 0.1 < found[3].value


def test_modes_need_classes() -> None:
    assert not applies("mode_switch", exact(Gaussian(), Gaussian(mean=1.0), 2))
    assert not applies("mode_switch", exact(Gaussian(), SinglePoint(), 2))
    assert applies("mode_switch", exact(*MIXTURES, 1))


# --- generalisation ---


def test_memorisation_of_the_data_and_of_the_law() -> None:
    fresh = exact(Gaussian(), TwoModes(at=15.0), 2, samples=256, pairs=200, matched=256)
    found = of("memorisation", fresh)
    assert abs(found.value - 1) < 4 * found.error < 0.4
    data = FiniteField(Gaussian().mixture(2), fresh.problem.x1)
    assert of("memorisation", replace(fresh, field=data)).value < 0.01
    assert not applies("memorisation", exact(Gaussian(), SinglePoint(), 2))


@pytest.mark.parametrize(
    ("off", "words"), [("data", "memorised"), (0.0, "as fresh samples"), (2.0, "off the data"), (5e3, "off the data")]
)
def test_distance_to_data_is_right_at_1_and_worse_on_both_sides(off: str | float, words: str) -> None:
    """The flow ends in the data itself; in the law; beside it by a shift."""
    fresh = exact(Gaussian(), Gaussian(), 2, samples=256, pairs=200, matched=256)
    data = FiniteField(Gaussian().mixture(2), fresh.problem.x1)
    field = data if off == "data" else Off(fresh.field, off)
    metric, found = METRICS["memorisation"](), of("memorisation", replace(fresh, field=field))
    assert words in metric.said(found)
    assert off != 5e3 or found.value > 1e3  # a bad net: no upper bound, and no praise for it
    assert not hasattr(metric, "lower_is_better") and "1: as fresh ones" in metric.formula


def test_rows_of_a_file_have_no_fresh_ones() -> None:
    given = exact(Gaussian(), Gaussian(), 1)
    assert applies("memorisation", given)
    assert not applies("memorisation", replace(given, problem=replace(given.problem, coupling=File(path="a.csv"))))


def test_the_closed_form_of_the_data_fails_on_other_points() -> None:
    """Best on its own points and without bound on fresh ones towards t = 1; v* is the same on both."""
    evidence = exact(Gaussian(), TwoModes(at=15.0), 2, samples=512, pairs=2000)
    for t in (0.9, 0.99):
        own, fresh = of("finite_by_t", evidence, t), of("finite_by_t_heldout", evidence, t)
        exact_own, exact_fresh = of("loss_by_t", evidence, t), of("loss_by_t_heldout", evidence, t)
        assert abs(exact_own.value - exact_fresh.value) < 4 * math.hypot(exact_own.error, exact_fresh.error)
        sure = 4 if t > 0.95 else 0
        assert own.value < exact_own.value - sure * exact_own.error
        assert fresh.value > exact_fresh.value + sure * fresh.error
    late = [of("finite_by_t_heldout", evidence, t).value for t in (0.95, 0.99)]
    assert late[1] > 5 * late[0]
    assert of("finite_by_t", evidence, 0.05).n == 512


def test_loss_on_fresh_pairs() -> None:
    """The exact velocity has not seen any pairs: both losses are V."""
    evidence = exact(*MIXTURES, 2, samples=2000, pairs=2000)
    seen, fresh = of("loss", evidence), of("loss_heldout", evidence)
    assert abs(seen.value - fresh.value) < 4 * math.hypot(seen.error, fresh.error)
    assert fresh.value != seen.value
    later = replace(evidence, problem=replace(evidence.problem, round=2))
    assert not applies("loss_heldout", later) and not applies("finite_by_t", later)
    ordered = replace(evidence, problem=replace(evidence.problem, coupling=Sorted()))
    assert applies("loss_heldout", ordered) and not applies("finite_by_t", ordered)


def test_loss_by_t_integrates_to_the_loss() -> None:
    evidence = exact(Gaussian(), Gaussian(mean=1.0), 1, samples=1000, pairs=1000)
    t, w = np.polynomial.legendre.leggauss(12)
    whole = sum(wk / 2 * of("loss_by_t", evidence, (1 + tk) / 2).value for tk, wk in zip(t, w, strict=True))
    assert whole == pytest.approx(of("loss", evidence).value, rel=1e-3)


# --- errors ---


def test_error_of_the_largest() -> None:
    values = np.random.default_rng(0).random((300, 160))
    found = [largest(row) for row in values]
    assert found[0].value == values[0].max() and found[0].n == 160
    assert 0.5 < np.std([e.value for e in found]) / np.mean([e.error for e in found]) < 2
    assert largest(np.ones(160)).error == 0.0
