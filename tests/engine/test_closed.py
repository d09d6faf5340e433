"""Closed forms against estimates that share no code with them, against formulas written out, and known values."""

from __future__ import annotations

import numpy as np
import pytest

from engine.couplings.independent import Independent
from engine.distributions.drawn import Drawn
from engine.distributions.gaussian import Gaussian
from engine.distributions.mixture import GaussianMixture
from engine.distributions.ring import Ring
from engine.distributions.single_point import SinglePoint
from engine.distributions.two_modes import TwoModes
from engine.distributions.uniform_box import UniformBox
from engine.evidence.evidence import Evidence
from engine.fields.closed import LAST, AffineField, FiniteField, MixtureField, closed_form, reference
from engine.fields.field import Field
from engine.laws.mixture import Mixture
from engine.metrics.crossing import Crossing
from engine.metrics.pair_cost import PairCost
from engine.metrics.straightness import Straightness
from engine.metrics.transport_cost import TransportCost
from engine.motion.flow import end_points, trajectories
from engine.parts import Coupling, Distribution, Path, Problem, Wrong
from engine.paths.straight import Straight
from engine.preview import draw_pairs
from engine.registry import kinds
from engine.solvers.rk4 import RK4
from engine.spec import Experiment

GAUSS_T, GAUSS_W = ((a + b) / 2 for a, b in zip(np.polynomial.legendre.leggauss(200), (1.0, 0.0), strict=True))
SCENES = {  # unequal weights, another spread on every axis
    1: (
        Mixture(np.array([0.3, 0.7]), np.array([[-1.5], [1.0]]), np.array([[0.5], [1.2]])),
        Mixture(np.array([0.8, 0.2]), np.array([[2.0], [-1.0]]), np.array([[0.7], [0.3]])),
    ),
    2: (
        Mixture(np.array([0.35, 0.65]), np.array([[-1.0, 0.5], [1.0, -0.5]]), np.array([[0.6, 1.1], [1.3, 0.7]])),
        Mixture(np.array([0.25, 0.75]), np.array([[2.0, 1.0], [0.0, -2.0]]), np.array([[0.5, 1.0], [0.9, 0.4]])),
    ),
    3: (
        Mixture(np.array([0.6, 0.4]), np.array([[0.0, 1.0, 0.0], [1.0, 0.0, -1.0]]), np.array([[1, 0.8, 1.2]] * 2)),
        Mixture(np.array([0.1, 0.9]), np.array([[2.0, 0.0, 1.0], [-1.0, 1.0, 0.0]]), np.array([[0.5, 1, 0.8]] * 2)),
    ),
}


def draw(law: Mixture, n: int, rng: np.random.Generator) -> np.ndarray:
    which = (rng.random(n)[:, None] > np.cumsum(law.weights)).sum(1).clip(max=len(law.weights) - 1)
    return rng.normal(law.means[which], law.stds[which])


def density(law: Mixture, x: np.ndarray) -> np.ndarray:
    """rho(x) (n,), written as it is in a textbook."""
    z = (x[:, None] - law.means) / law.stds
    return (law.weights * np.exp(-0.5 * z**2).prod(-1) / (np.sqrt(2 * np.pi) * law.stds).prod(-1)).sum(-1)


def marginal(p: Mixture, q: Mixture, x: np.ndarray, t: float) -> np.ndarray:
    """The density of X_t at x (n,)."""
    pairs = [(i, j) for i in range(len(p.weights)) for j in range(len(q.weights))]
    law = Mixture(
        np.array([p.weights[i] * q.weights[j] for i, j in pairs]),
        np.array([(1 - t) * p.means[i] + t * q.means[j] for i, j in pairs]),
        np.array([np.hypot((1 - t) * p.stds[i], t * q.stds[j]) for i, j in pairs]),
    )
    return density(law, x)


def problem(
    source: Distribution,
    target: Distribution,
    dim: int = 2,
    number: int = 1,
    coupling: Coupling | None = None,
    path: Path | None = None,
) -> Problem:
    x = np.zeros((8, dim))
    return Problem(dim, number, source, target, coupling or Independent(), path or Straight(), x, x)


# --- the mixture field ---


@pytest.mark.parametrize("t", [0.15, 0.5, 0.8])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_mixture_is_the_conditional_mean_and_variance(dim: int, t: float) -> None:
    """Monte Carlo: draw X1, weight it by rho0 at the X0 that would put X_t at x; then dX = (X1 - x)/(1 - t)."""
    p, q = SCENES[dim]
    rng = np.random.default_rng(dim)
    field = MixtureField(p, q)
    x = (1 - t) * draw(p, 5, rng) + t * draw(q, 5, rng)
    x1 = draw(q, 100_000, rng)
    v, spread = field(x, t), field.spread(x, t)
    for k in range(len(x)):
        w = density(p, (x[k] - t * x1) / (1 - t))
        w /= w.sum()
        dx = (x1 - x[k]) / (1 - t)
        mean = w @ dx
        square = ((dx - mean) ** 2).sum(1)
        error = np.sqrt((w**2) @ ((dx - mean) ** 2))
        error_spread = np.sqrt((w**2) @ (square - w @ square) ** 2)
        assert (error < 0.15).all() and error_spread < 0.15 * spread[k]  # the estimate is sharp enough to object
        assert (np.abs(v[k] - mean) < 5 * error).all()
        assert abs(spread[k] - w @ square) < 5 * error_spread


def test_mixture_takes_a_time_for_each_row_and_any_number_of_rows() -> None:
    p, q = SCENES[2]
    field = MixtureField(p, q)
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((50, 2)), rng.random((50, 1))
    one_by_one = np.concatenate([field(x[k : k + 1], float(t[k, 0])) for k in range(50)])
    assert np.allclose(field(x, t), one_by_one, rtol=1e-12)
    many = np.tile(x, (8000, 1))  # more than one chunk
    assert np.array_equal(field(many, 0.3)[-50:], field(x, 0.3))
    assert field(x[:0], 0.3).shape == (0, 2)


@pytest.mark.parametrize("dim", [1, 2])
def test_continuity_equation(dim: int) -> None:
    """d rho_t/dt + div(rho_t v) = 0: the flow keeps the marginals. Central differences, error O(e^2) = 1e-8."""
    p, q = SCENES[dim]
    field, e = MixtureField(p, q), 1e-4
    rng = np.random.default_rng(1)
    x = rng.uniform(-1.5, 2.0, (40, dim))
    for t in (0.2, 0.5, 0.8):
        change = (marginal(p, q, x, t + e) - marginal(p, q, x, t - e)) / (2 * e)
        divergence = np.zeros(len(x))
        for k in range(dim):
            step = e * np.eye(dim)[k]
            ahead, behind = x + step, x - step
            flux = marginal(p, q, ahead, t) * field(ahead, t)[:, k] - marginal(p, q, behind, t) * field(behind, t)[:, k]
            divergence += flux / (2 * e)
        assert np.abs(change).max() > 0.01
        assert np.allclose(change, -divergence, atol=1e-6)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_score_identity(dim: int) -> None:
    """From N(0, I): (t v - x)/(1 - t) is the gradient of log rho_t."""
    p, q = Mixture(np.ones(1), np.zeros((1, dim)), np.ones((1, dim))), SCENES[dim][1]
    field, e = MixtureField(p, q), 1e-5
    x = np.random.default_rng(2).standard_normal((40, dim))
    for t in (0.1, 0.5, 0.9):
        score = (t * field(x, t) - x) / (1 - t)
        for k in range(dim):
            step = e * np.eye(dim)[k]
            slope = np.log(marginal(p, q, x + step, t) / marginal(p, q, x - step, t)) / (2 * e)
            assert np.allclose(score[:, k], slope, rtol=1e-6, atol=1e-6)


def test_unused_component_changes_nothing() -> None:
    """A weight of zero: no warning, no trace."""
    p, q = SCENES[2]
    x = np.random.default_rng(3).standard_normal((20, 2))
    extra = Mixture(np.append(p.weights, 0.0), np.vstack([p.means, [[0, 0]]]), np.vstack([p.stds, [[1, 1]]]))
    points = np.array([[1.0, 2.0], [-1.0, 0.5]])
    assert np.allclose(MixtureField(extra, q)(x, 0.4), MixtureField(p, q)(x, 0.4), rtol=1e-12)
    assert np.allclose(FiniteField(extra, points)(x, 0.4), FiniteField(p, points)(x, 0.4), rtol=1e-12)


# --- Gaussian to Gaussian: exact values ---


def gaussians(dim: int, s0: float, s1: float) -> tuple[MixtureField, np.ndarray, np.ndarray]:
    """The field from N(m, s0^2 I) to N(n, s1^2 I), and both centres."""
    m, n = np.array([0.5, -1.0, 2.0])[:dim], np.array([3.0, 1.0, -2.0])[:dim]
    p = Mixture(np.ones(1), m[None], np.full((1, dim), s0))
    q = Mixture(np.ones(1), n[None], np.full((1, dim), s1))
    return MixtureField(p, q), m, n


@pytest.mark.parametrize(("s0", "s1"), [(1.0, 1.0), (0.7, 2.0)])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_gaussian_ledger(dim: int, s0: float, s1: float) -> None:
    """V = d pi/2 s0 s1 and S = d (2 - pi/2) s0 s1: the spread does not depend on x, and |v|^2 is quadratic in Z0, so
    that the points m ± sqrt(d) s0 e_k give its mean exactly; 200 Gauss nodes in t leave rounding alone.
    """
    field, m, n = gaussians(dim, s0, s1)
    z0 = m + np.sqrt(dim) * s0 * np.concatenate([np.eye(dim), -np.eye(dim)])
    crossing = energy = 0.0
    for t, w in zip(GAUSS_T, GAUSS_W, strict=True):
        z = (1 - t) * m + t * n + np.hypot(1 - t, t * s1 / s0) * (z0 - m)
        spread = field.spread(z, t)
        assert np.ptp(spread) < 1e-12
        crossing += w * spread[0]
        energy += w * (field(z, t) ** 2).sum(1).mean()
    cost = ((n - m + (s1 / s0 - 1) * (z0 - m)) ** 2).sum(1).mean()
    assert crossing == pytest.approx(dim * np.pi / 2 * s0 * s1, rel=1e-9)
    assert energy - cost == pytest.approx(dim * (2 - np.pi / 2) * s0 * s1, rel=1e-9)
    before = ((n - m) ** 2).sum() + dim * (s0**2 + s1**2)
    assert before - cost == pytest.approx(crossing + energy - cost, rel=1e-9)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_gaussian_flow(dim: int) -> None:
    """Z_t = (1-t) m + t n + sqrt((1-t)^2 + t^2 s1^2/s0^2) (Z0 - m)."""
    field, m, n = gaussians(dim, 0.7, 2.0)
    z0 = m + np.random.default_rng(0).standard_normal((20, dim))
    times, z = trajectories(field, z0, RK4(steps=200))
    t = times[:, None, None]
    assert np.allclose(z, (1 - t) * m + t * n + np.hypot(1 - t, t * 2.0 / 0.7) * (z0 - m), atol=1e-7)


@pytest.mark.parametrize("dim", [1, 2])
def test_affine_is_the_exact_map(dim: int) -> None:
    """X1 = n + (r/s)(X0 - m) on every axis: v along X_t is X1 - X0, and nothing is left over."""
    p = Mixture(np.ones(1), np.array([[0.5, -1.0]])[:, :dim], np.array([[0.5, 2.0]])[:, :dim])
    q = Mixture(np.ones(1), np.array([[3.0, 1.0]])[:, :dim], np.array([[1.5, 0.1]])[:, :dim])
    field = AffineField(p, q)
    x0 = draw(p, 100, np.random.default_rng(0))
    x1 = q.means + q.stds / p.stds * (x0 - p.means)
    assert not field.singular
    for t in (0.0, 0.3, 1.0):
        xt = (1 - t) * x0 + t * x1
        assert np.allclose(field(xt, t), x1 - x0, atol=1e-12)
        assert field.spread(xt, t).tolist() == [0.0] * 100
    t = np.random.default_rng(1).random((100, 1))
    assert np.allclose(field((1 - t) * x0 + t * x1, t), x1 - x0, atol=1e-12)


def test_affine_to_a_point_on_one_axis() -> None:
    p = Mixture(np.ones(1), np.zeros((1, 2)), np.ones((1, 2)))
    q = Mixture(np.ones(1), np.ones((1, 2)), np.array([[2.0, 0.0]]))
    field = AffineField(p, q)
    x0 = draw(p, 50, np.random.default_rng(0))
    assert field.singular
    assert np.allclose(end_points(field, x0, RK4(steps=4)), 1 + x0 * [2.0, 0.0], atol=1e-9)


# --- finite data ---


def softmax_field(p: Mixture, points: np.ndarray, x: np.ndarray, t: float) -> tuple[np.ndarray, np.ndarray]:
    """sum_i w_i (x_i - x)/(1 - t), w_i ~ rho0((x - t x_i)/(1 - t)), and the variance of the same; point by point."""
    w = np.stack([density(p, (x - t * point) / (1 - t)) for point in points], 1)
    w /= w.sum(1, keepdims=True)
    dx = (points - x[:, None]) / (1 - t)
    v = (w[..., None] * dx).sum(1)
    return v, (w * ((dx - v[:, None]) ** 2).sum(-1)).sum(1)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_finite_is_the_softmax_and_the_mixture_without_spread(dim: int) -> None:
    rng = np.random.default_rng(dim)
    p, points = SCENES[dim][0], rng.normal(0, 2, (7, dim))
    field = FiniteField(p, points)
    mixture = MixtureField(p, Mixture(np.full(7, 1 / 7), points, np.zeros((7, dim))))
    assert field.singular and mixture.singular
    for t in (0.0, 0.3, 0.7):
        x = (1 - t) * draw(p, 30, rng) + t * points[rng.integers(7, size=30)]
        v, spread = softmax_field(p, points, x, t)
        for closed in (field, mixture):
            assert np.allclose(closed(x, t), v, rtol=1e-9, atol=1e-9)
            assert np.allclose(closed.spread(x, t), spread, rtol=1e-7, atol=1e-9)


def test_finite_stays_finite_near_the_end_and_far_away() -> None:
    """The softmax is taken in log space: at 1 - t = 1e-6 every weight but one underflows."""
    p = Mixture(np.ones(1), np.zeros((1, 2)), np.ones((1, 2)))
    points = np.array([[1.0, 0.0], [-1.0, 0.0]])
    for field in (FiniteField(p, points), MixtureField(p, Mixture(np.full(2, 0.5), points, np.zeros((2, 2))))):
        x = np.array([[0.9, 0.1], [-0.8, 0.0], [1e4, -1e4]])
        for t in (0.999, 1 - 1e-6, 1.0):
            away = 1 - min(t, LAST)
            nearest = np.array([[1.0, 0.0], [-1.0, 0.0], [1.0, 0.0]])
            assert np.allclose(field(x, t), (nearest - x) / away, rtol=1e-6)
            assert np.isfinite(field.spread(x, t)).all()


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_finite_reproduces_its_points(dim: int) -> None:
    rng = np.random.default_rng(0)
    p, points = SCENES[dim][0], rng.normal(0, 2, (5, dim))
    ends = end_points(FiniteField(p, points), draw(p, 100, rng), RK4(steps=64))
    nearest = np.linalg.norm(ends[:, None] - points, axis=-1).min(1)
    assert np.median(nearest) < 1e-6 and nearest.max() < 0.05


def test_finite_refuses_what_is_too_slow() -> None:
    p = Mixture(np.ones(1), np.zeros((1, 1)), np.ones((1, 1)))
    FiniteField(p, np.zeros((16_384, 1)))
    with pytest.raises(Wrong, match="velocity: the closed form for 16,385 points is too slow; give 16,384 at most"):
        FiniteField(p, np.zeros((16_385, 1)))


# --- a single point ---


def pointing(dim: int) -> list[Field]:
    source, target = Gaussian(mean=1.0, std=2.0), SinglePoint(at=-3.0)
    finite = FiniteField(source.mixture(dim), target.points(dim))
    return [finite, *(closed_form(problem(source, target, dim, number)) for number in (1, 2))]


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_single_point(dim: int) -> None:
    """v = (x1 - x)/(1 - t) in every closed form; the spread is nothing: V = 0."""
    x = np.random.default_rng(0).normal(0, 5, (30, dim))
    for field in pointing(dim):
        for t in (0.0, 0.5, 0.99):
            assert np.allclose(field(x, t), (-3.0 - x) / (1 - t), rtol=1e-12)
            assert np.abs(field.spread(x, t)).max() < 1e-9
        assert np.allclose(x + field(x, 0.0), -3.0, atol=1e-14)  # one Euler step


@pytest.mark.parametrize("kind", kinds("solvers"))
def test_all_solvers_land_on_the_point(kind: str) -> None:
    x = np.random.default_rng(0).normal(0, 5, (30, 2))
    for field in pointing(2):
        for steps in (1, 3):
            ends = end_points(field, x, kinds("solvers")[kind](steps=steps))
            assert np.allclose(ends, -3.0, atol=1e-9)


# --- the scene of two modes ---


def test_two_modes_scene() -> None:
    """E|X1 - X0|^2 = 15^2 + 2 * 7.5^2 + 4 * 0.5^2 = 338.5, of which 225 + 99.6 + 13.7 are found again."""
    experiment = Experiment(source=TwoModes(), target=TwoModes(at=15.0), coupling=Independent(pairs=20_000))
    x0, x1 = draw_pairs(experiment)
    scene = problem(experiment.source, experiment.target)
    scene = Problem(2, 1, scene.source, scene.target, scene.coupling, scene.path, x0, x1)
    field = closed_form(scene)
    evidence = Evidence(scene, field, field, samples=1024, seed=0)
    cost, straightness, crossing = (m().of(evidence).value for m in (TransportCost, Straightness, Crossing))
    before = PairCost().of(evidence)
    assert abs(before.value - 338.5) < 4 * before.error and before.error < 1
    assert cost == pytest.approx(225.0, rel=1e-3)
    assert straightness == pytest.approx(99.6, rel=0.03)
    assert crossing == pytest.approx(13.7, rel=0.03)
    assert cost + straightness + crossing == pytest.approx(338.5, rel=0.01)


# --- which problems have a closed form ---


class Other(Path, frozen=True, tag="other"):
    """A path that is not straight."""


class Tied(Coupling, frozen=True, tag="tied"):
    """A coupling that is not independent."""


MODES = GaussianMixture(means=((-2.0,), (2.0,)), stds=(0.5, 0.5))


@pytest.mark.parametrize(
    ("case", "where", "message"),
    [
        (
            {"source": Gaussian(), "target": Gaussian(), "coupling": Tied()},
            "velocity",
            "the closed form holds for the independent coupling and an affine path",
        ),
        (
            {"source": Gaussian(), "target": Gaussian(), "path": Other()},
            "velocity",
            "the closed form holds for the independent coupling and an affine path",
        ),
        (
            {"source": UniformBox(), "target": Gaussian()},
            "velocity",
            "no closed form starts from 'uniform box'; choose a gaussian or a mixture as source",
        ),
        (
            {"source": Gaussian(), "target": UniformBox()},
            "velocity",
            "no closed form leads to 'uniform box'; choose a mixture or finite points as target",
        ),
        (
            {"source": Gaussian(), "target": Drawn(jitter=0.1)},
            "velocity",
            "no closed form leads to 'drawn'; choose a mixture or finite points as target",
        ),
        (
            {"source": Gaussian(std=0.0), "target": Gaussian()},
            "source",
            "a spread of 0 leaves single points, and no flow spreads a point; give a value above 0",
        ),
        (
            {"source": Gaussian(std=(1.0, 0.0)), "target": Gaussian()},
            "source",
            "a spread of 0 leaves single points, and no flow spreads a point; give a value above 0",
        ),
        (
            {"source": SinglePoint(), "target": TwoModes(std=0.0)},
            "source",
            "a spread of 0 leaves single points, and no flow spreads a point; give a value above 0",
        ),
        (
            {"source": Gaussian(), "target": MODES, "number": 2},
            "velocity",
            "only Gaussian to Gaussian and a single target point have a closed form after round 1",
        ),
        (
            {"source": MODES, "target": Gaussian(), "number": 2},
            "velocity",
            "only Gaussian to Gaussian and a single target point have a closed form after round 1",
        ),
        (
            {"source": Gaussian(), "target": Drawn(jitter=0.0), "number": 3},
            "velocity",
            "only Gaussian to Gaussian and a single target point have a closed form after round 1",
        ),
    ],
)
def test_refused(case: dict, where: str, message: str) -> None:
    with pytest.raises(Wrong) as caught:
        closed_form(problem(**case))
    assert (caught.value.where, caught.value.message) == (where, message)
    assert reference(problem(**case)) is None


@pytest.mark.parametrize(
    ("case", "kind"),
    [
        ({"source": Gaussian(), "target": Gaussian()}, MixtureField),
        ({"source": MODES, "target": TwoModes()}, MixtureField),
        ({"source": Ring(), "target": MODES, "dim": 1}, MixtureField),
        ({"source": MODES, "target": Drawn(jitter=0.0)}, FiniteField),
        ({"source": SinglePoint(at=1.0), "target": SinglePoint(at=2.0)}, MixtureField),
        ({"source": Gaussian(), "target": Gaussian(), "number": 2}, AffineField),
        ({"source": MODES, "target": SinglePoint(), "number": 2}, FiniteField),
    ],
)
def test_accepted(case: dict, kind: type) -> None:
    given = problem(**case)
    field = closed_form(given)
    assert isinstance(field, kind)
    x = given.source.sample(10, given.dim, np.random.default_rng(0))
    assert field(x, 0.0).shape == x.shape and np.isfinite(field(x, 0.0)).all()
    assert (reference(given) is None) == (given.round > 1)


def test_many_modes() -> None:
    """As many as a mixture may hold: a field, or a sentence; never an error of the program's own."""
    ring = [(float(np.cos(a)), float(np.sin(a))) for a in np.linspace(0, 6, 1000)]
    many = GaussianMixture(means=tuple(ring), stds=(0.1,) * 1000, weights=(1.0,) * 1000)
    many.check(2)
    try:
        field = closed_form(problem(Gaussian(), many))
    except Wrong as wrong:
        assert wrong.where == "velocity"
    else:
        assert np.isfinite(field(np.zeros((3, 2)), 0.5)).all()
