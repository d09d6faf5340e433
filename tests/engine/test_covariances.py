"""Gaussians with any covariances: against Monte Carlo, the formula with its inverse written out, and exact values."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from app.dimension import fit
from engine.couplings.independent import Independent
from engine.distributions.gaussian import Gaussian
from engine.distributions.mixture import GaussianMixture
from engine.evidence.evidence import Evidence
from engine.evidence.quasi_random import low_discrepancy
from engine.fields.closed import AffineField, FiniteField, MixtureField, closed_form
from engine.fields.field import Field
from engine.laws.mixture import Mixture
from engine.metrics.crossing import Crossing
from engine.metrics.straightness import Straightness
from engine.metrics.transport_cost import TransportCost
from engine.motion.flow import end_points
from engine.parts import Distribution, Path, Problem, Wrong
from engine.paths.spherical import Spherical
from engine.paths.straight import Straight
from engine.solvers.rk4 import RK4


def turn(dim: int) -> np.ndarray:
    """A rotation (d, d) that mixes all axes."""
    return np.linalg.qr(np.random.default_rng(dim).standard_normal((dim, dim)))[0]


def tied(dim: int, seed: int, count: int = 2) -> Mixture:
    """Unequal weights, covariances of no common axes."""
    rng = np.random.default_rng([dim, seed])
    roots = 0.5 * rng.standard_normal((count, dim, dim)) + 0.5 * np.eye(dim)
    covs = roots @ roots.transpose(0, 2, 1) + 0.15 * np.eye(dim)
    weights = rng.uniform(0.3, 1, count)
    return Mixture.of(weights / weights.sum(), rng.standard_normal((count, dim)), (covs + covs.swapaxes(1, 2)) / 2)


def density(law: Mixture, x: np.ndarray) -> np.ndarray:
    total = np.zeros(len(x))
    for w, m, c in zip(law.weights, law.means, law.covariances, strict=True):
        z = np.einsum("ni,ij,nj->n", x - m, np.linalg.inv(c), x - m)
        total += w * np.exp(-z / 2) / np.sqrt(np.linalg.det(2 * np.pi * c))
    return total


def draw(law: Mixture, n: int, rng: np.random.Generator) -> np.ndarray:
    which = rng.choice(len(law.weights), n, p=law.weights)
    lower = np.linalg.cholesky(law.covariances)[which]
    return law.means[which] + np.einsum("nij,nj->ni", lower, rng.standard_normal((n, lower.shape[1])))


def problem(source: Distribution, target: Distribution, dim: int, number: int = 1, path: Path | None = None) -> Problem:
    rng = np.random.default_rng(0)
    x0, x1 = source.sample(8192, dim, rng), target.sample(8192, dim, rng)
    return Problem(dim, number, source, target, Independent(), path or Straight(), x0, x1)


# --- the mixture field ---


@pytest.mark.parametrize("dim", [2, 3])
def test_conditional_mean_and_variance(dim: int) -> None:
    """Monte Carlo: draw X1, weight it by rho0 at the X0 that would put X_t at x; then dX = (X1 - x)/(1 - t)."""
    p, q = tied(dim, 0), tied(dim, 1)
    field, rng = MixtureField(p, q), np.random.default_rng(dim)
    x1 = draw(q, 50_000, rng)
    for t in (0.2, 0.6):
        x = (1 - t) * draw(p, 4, rng) + t * draw(q, 4, rng)
        v, spread = field(x, t), field.spread(x, t)
        for k in range(len(x)):
            w = density(p, (x[k] - t * x1) / (1 - t))
            w /= w.sum()
            dx = (x1 - x[k]) / (1 - t)
            mean = w @ dx
            square = ((dx - mean) ** 2).sum(1)
            error = np.sqrt((w**2) @ ((dx - mean) ** 2))
            error_spread = np.sqrt((w**2) @ (square - w @ square) ** 2)
            assert (error < 0.1).all() and error_spread < 0.1 * spread[k]
            assert (np.abs(v[k] - mean) < 5 * error).all()
            assert abs(spread[k] - w @ square) < 5 * error_spread


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_formula_with_its_inverse(dim: int) -> None:
    """n_j - m_i + (t R_j - (1-t) S_i) C_ij^-1 (x - mu_ij), within tr(S_i C_ij^-1 R_j); 1-D takes the fast case."""
    p, q = tied(dim, 0, 3), tied(dim, 1)
    plain = Mixture(np.ones(1), np.ones((1, dim)), np.full((1, dim), 0.7))
    x = np.random.default_rng(0).standard_normal((20, dim)) * 2
    t = np.random.default_rng(1).random((20, 1))
    for p, q in ((p, q), (p, plain), (plain, q)):  # noqa: B020 - either end alone, too
        field = MixtureField(p, q)
        for k, (at, time) in enumerate(zip(x, t[:, 0], strict=True)):
            weight, each, within = [], [], []
            for i, s in enumerate(p.covariances):
                for j, r in enumerate(q.covariances):
                    c = (1 - time) ** 2 * s + time**2 * r
                    away = at - (1 - time) * p.means[i] - time * q.means[j]
                    z = away @ np.linalg.inv(c) @ away
                    weight.append(p.weights[i] * q.weights[j] * np.exp(-z / 2) / np.sqrt(np.linalg.det(c)))
                    slope = (time * r - (1 - time) * s) @ np.linalg.inv(c)
                    each.append(q.means[j] - p.means[i] + slope @ away)
                    within.append(np.trace(s @ np.linalg.inv(c) @ r))
            w, each = np.array(weight) / sum(weight), np.array(each)
            v = w @ each
            assert np.allclose(field(x, t)[k], v, rtol=1e-9, atol=1e-9)
            assert field.spread(x, t)[k] == pytest.approx(w @ (within + ((each - v) ** 2).sum(1)), rel=1e-9)


@pytest.mark.parametrize("dim", [2, 3])
def test_turned_ends_turn_the_field(dim: int) -> None:
    """Along common axes it is the fast case; the same laws turned give the same field turned."""
    rng, o = np.random.default_rng(0), turn(dim)
    p, q = (
        Mixture(np.array([0.4, 0.6]), rng.standard_normal((2, dim)), rng.uniform(0.3, 2, (2, dim))) for _ in range(2)
    )
    p2, q2 = (Mixture.of(m.weights, m.means @ o.T, _even(o @ m.covariances @ o.T)) for m in (p, q))
    assert p.covs is None and p2.covs is not None
    x, points = rng.standard_normal((30, dim)), rng.standard_normal((5, dim))
    pairs = [(MixtureField(p, q), MixtureField(p2, q2)), (FiniteField(p, points), FiniteField(p2, points @ o.T))]
    for t in (0.0, 0.4, 0.9, 1.0):
        for field, turned in pairs:
            if t == 1.0 and field.singular:
                continue
            assert np.allclose(turned(x @ o.T, t), field(x, t) @ o.T, rtol=1e-8, atol=1e-8)
            assert np.allclose(turned.spread(x @ o.T, t), field.spread(x, t), rtol=1e-7, atol=1e-8)


def _even(c: np.ndarray) -> np.ndarray:
    return (c + c.swapaxes(1, 2)) / 2


@pytest.mark.parametrize("dim", [2, 3])
def test_score_identity(dim: int) -> None:
    """From N(0, I): (t v - x)/(1 - t) is the gradient of log rho_t."""
    p, q = Mixture(np.ones(1), np.zeros((1, dim)), np.ones((1, dim))), tied(dim, 1)
    field, e = MixtureField(p, q), 1e-5
    x = np.random.default_rng(2).standard_normal((20, dim))
    for t in (0.1, 0.5, 0.9):
        law = Mixture.of(q.weights, t * q.means, (1 - t) ** 2 * np.eye(dim) + t**2 * q.covariances)
        score = (t * field(x, t) - x) / (1 - t)
        for k in range(dim):
            step = e * np.eye(dim)[k]
            slope = np.log(density(law, x + step) / density(law, x - step)) / (2 * e)
            assert np.allclose(score[:, k], slope, rtol=1e-6, atol=1e-6)


def test_to_a_flat_end() -> None:
    """A target along a line of the plane: singular across it, and the flow lands on it."""
    source, target = Gaussian(), Gaussian(mean=1.0, std=(2.0, 1.0), correlation=1.0)
    field = closed_form(problem(source, target, 2))
    assert field.singular
    z0 = source.sample(50, 2, np.random.default_rng(0))
    z1 = end_points(field, z0, RK4(steps=32))
    assert np.abs((z1[:, 0] - 1) - 2 * (z1[:, 1] - 1)).max() < 1e-3 and np.ptp(z1[:, 0]) > 4
    with pytest.raises(Wrong, match="no flow spreads a point"):
        closed_form(problem(target, source, 2))


# --- Gaussian to Gaussian ---


class Along(Distribution, frozen=True, tag="along"):
    """N(mean, O diag(std^2) O') with the rotation O of ``turn``."""

    mean: float
    std: tuple[float, ...]

    def mixture(self, dim: int) -> Mixture:
        o, var = turn(dim), np.square(self.std[:dim])
        return Mixture.of(np.ones(1), np.full((1, dim), self.mean), _even(((o * var) @ o.T)[None]))

    def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
        return self.mixture(dim).scattered(np.zeros(n, int), rng.standard_normal((n, dim)))


@pytest.mark.parametrize("path", [Straight(), Spherical()], ids=lambda path: path.kind)
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_commuting_gaussians(dim: int, path: Path) -> None:
    """V = sum pi/2 s r, S = sum (2 - pi/2) s r, cost = W2^2 = |n - m|^2 + sum (s - r)^2, within 1 % on oblique axes;
    the cost on every path, V and S on the straight one. The second round is straight at the same cost.
    """
    s, r = np.array([1.0, 0.6, 1.5])[:dim], np.array([0.5, 2.0, 1.2])[:dim]
    ends = Along(0.0, (1.0, 0.6, 1.5)), Along(2.0, (0.5, 2.0, 1.2))
    figures = {}
    for number in (1, 2):
        given = problem(*ends, dim, number, path)
        field = closed_form(given)
        evidence = Evidence(given, field, field, samples=8192, seed=0)
        figures[number] = [metric().of(evidence).value for metric in (Crossing, Straightness, TransportCost)]
    w2 = 4 * dim + ((s - r) ** 2).sum()
    assert [figures[k][2] for k in (1, 2)] == pytest.approx([w2, w2], rel=0.01)
    if path.straight:
        assert figures[1][0] == pytest.approx(np.pi / 2 * (s * r).sum(), rel=0.01)
        assert figures[1][1] == pytest.approx((2 - np.pi / 2) * (s * r).sum(), rel=0.01)
        assert figures[2][0] < 1e-9 and figures[2][1] < 0.01 * figures[1][1]


@pytest.mark.parametrize("dim", [2, 3])
def test_second_round_of_any_gaussians(dim: int) -> None:
    """Covariances that do not commute: the first round's flow ends at n + A (Z0 - m) with A = (R S^-1)^1/2, a coupling
    that is straight from then on, though dearer than the optimal one."""
    p, q = tied(dim, 2, 1), tied(dim, 3, 1)
    (m, s), (n, r) = ((law.means[0], law.covariances[0]) for law in (p, q))
    x0 = draw(p, 40, np.random.default_rng(0))
    x1 = end_points(MixtureField(p, q), x0, RK4(steps=400))
    a = np.linalg.lstsq(x0 - m, x1 - n, rcond=None)[0].T
    assert np.allclose((x0 - m) @ a.T, x1 - n, atol=1e-6)  # an affine map
    assert np.allclose(a @ a, r @ np.linalg.inv(s), atol=1e-6) and np.allclose(a @ s @ a.T, r, atol=1e-6)
    assert np.linalg.eigvals(a).real.min() > 0 and np.abs(a - a.T).max() > 0.01
    field = AffineField(p, q)
    for t in (0.0, 0.3, 1.0):
        assert np.allclose(field((1 - t) * x0 + t * x1, t), x1 - x0, atol=1e-5)
    t = np.random.default_rng(1).random((40, 1))
    assert np.allclose(field((1 - t) * x0 + t * x1, t), x1 - x0, atol=1e-5)
    values, axes = np.linalg.eigh(s)
    root = (axes * np.sqrt(values)) @ axes.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ r @ root)).sum()
    assert np.trace(a @ s) < cross - 1e-3  # E<X0 - m, X1 - n> of the optimal coupling is the largest


# --- laws that people type ---


def test_gaussian_correlation() -> None:
    law = Gaussian(mean=1.0, std=(1.0, 2.0, 0.5), correlation=(0.5, 0.0, -0.3))
    law.check(3)
    wanted = np.array([[1, 1, 0], [1, 4, -0.3], [0, -0.3, 0.25]])
    assert np.allclose(law.mixture(3).covs[0], wanted)
    x = law.sample(100_000, 3, np.random.default_rng(0))
    assert np.allclose(np.cov(x.T), wanted, atol=0.05)
    even = low_discrepancy(law, 4096, 3, np.random.default_rng(0))
    assert np.allclose(np.cov(even.T), wanted, atol=0.01) and np.allclose(even.mean(0), 1, atol=0.01)
    assert np.allclose(Gaussian(correlation=0.4).mixture(3).covs[0], 0.6 * np.eye(3) + 0.4)
    assert Gaussian(correlation=0.4).mixture(1).covs is None


def test_mixture_covariances() -> None:
    law = GaussianMixture(stds=(0.5, 2.0), covariances=((2.0, 0.5, 0.5, 1.0), (1.0, 3.0, 3.0, 9.0)))
    law.check(2)
    mixture = law.mixture(2)
    assert np.allclose(mixture.covs, [[[0.5, 0.125], [0.125, 0.25]], [[4, 12], [12, 36]]])
    assert mixture.flat.tolist() == [False, True] and np.allclose(mixture.stds, [[0.5**0.5, 0.5], [2, 6]])
    mean = mixture.weights @ mixture.means
    away = mixture.means - mean
    total = np.tensordot(mixture.weights, mixture.covs + away[:, :, None] * away[:, None, :], 1)
    draws = np.random.default_rng(0)
    for x in (law.sample(100_000, 2, draws), low_discrepancy(law, 8192, 2, draws)):
        assert np.allclose(np.cov(x.T), total, rtol=0.03)
    diagonal = GaussianMixture(covariances=((4.0, 9.0),)).mixture(2)
    assert diagonal.covs is None and diagonal.stds.tolist() == [[1.0, 1.5]] * 2


def test_what_is_not_said_changes_nothing() -> None:
    """Laws without correlations draw the numbers that they always drew."""
    rng = np.random.default_rng
    plain = rng(0).standard_normal((10, 2))
    assert np.array_equal(Gaussian(mean=1.0, std=2.0).sample(10, 2, rng(0)), 1 + 2 * plain)
    assert Gaussian().mixture(2).covs is None and GaussianMixture().mixture(3).covs is None


@pytest.mark.parametrize(
    ("law", "dim", "sentence"),
    [
        (Gaussian(correlation=(0.5, 0.5)), 3, "correlation: has 2 numbers, but the pairs of axes are 3; give one each"),
        (Gaussian(correlation=(0.5,)), 1, "correlation: has 1 number, but the pairs of axes are 0; give one each"),
        (Gaussian(correlation=-0.6), 3, "correlation: no law has these: the matrix has the eigenvalue -0.2, below 0"),
        (GaussianMixture(covariances=((1.0, 0.5, 0.4, 1.0),)), 2, "covariances: has a matrix that is not symmetric"),
        (
            GaussianMixture(covariances=((1.0,), (1.0, 2.0, 2.0, 1.0))),
            2,
            "covariances: has a matrix with the eigenvalue -1, below 0, in row 2",
        ),
        (GaussianMixture(covariances=((-1.0,),)), 1, "covariances: has a matrix with the eigenvalue -1, below 0, in"),
        (
            GaussianMixture(covariances=((1.0,) * 3,)),
            2,
            "covariances: has 3 numbers, but a covariance in 2-D takes 1, 2 or 4 in row 1",
        ),
        (
            GaussianMixture(covariances=((1.0,),) * 3),
            2,
            "covariances: has 3 rows, but there are 2 means; give one per mean, or a single one",
        ),
    ],
)
def test_refused(law: Distribution, dim: int, sentence: str) -> None:
    with pytest.raises(Wrong) as caught:
        law.check(dim)
    assert str(caught.value).startswith(sentence)


def test_singular_correlations_are_laws() -> None:
    for dim in (2, 3):
        Gaussian(correlation=1.0).check(dim)
    Gaussian(correlation=-0.5).check(3)
    GaussianMixture(covariances=((0.0,),)).check(2)


def test_another_dimension_keeps_what_it_can() -> None:
    law = Gaussian(mean=3.0, correlation=(0.5, 0.1, 0.2))
    assert [fit(law, dim).correlation for dim in (1, 2, 3)] == [0.0, (0.5,), (0.5, 0.1, 0.2)]
    assert fit(fit(law, 2), 3).correlation == (0.5, 0.0, 0.0) and fit(law, 2).mean == 3.0
    plane = GaussianMixture(covariances=((2.0, 0.5, 0.5, 1.0),))
    assert fit(plane, 3).covariances == ((2.0, 0.5, 0.0, 0.5, 1.0, 0.0, 0.0, 0.0, 1.0),)
    assert fit(fit(plane, 3), 2) == plane and fit(plane, 1).covariances == ((2.0,),)
    assert fit(GaussianMixture(covariances=((2.0, 3.0),)), 3).covariances == ((2.0, 3.0, 1.0),)


def test_a_new_mean_brings_its_covariance() -> None:
    law = GaussianMixture(covariances=((1.0,), (2.0,)))
    more = law.turned("means", ((-2.0,), (2.0,), (4.0,)))
    more.check(2)
    assert more.covariances == ((1.0,), (2.0,), (2.0,))
    assert law.turned("means", ((1.0,),)).covariances == ((1.0,),)
    assert msgspec.structs.replace(law, covariances=((3.0,),)).turned("means", ((1.0,),) * 3).covariances == ((3.0,),)


def test_all_closed_forms_take_them() -> None:
    """Every field that a pair of tied ends opens is finite from t = 0 to 1."""
    tied_law, modes = Gaussian(correlation=0.5), GaussianMixture(covariances=((1.0, 0.5, 0.5, 1.0),))
    x = np.random.default_rng(0).standard_normal((9, 2))
    for source, target, number in ((tied_law, modes, 1), (modes, tied_law, 1), (Gaussian(), tied_law, 2)):
        field: Field = closed_form(problem(source, target, 2, number))
        for t in (0.0, 0.5, 1.0):
            assert np.isfinite(field(x, t)).all() and (field.spread(x, t) >= 0).all()
