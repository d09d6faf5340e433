"""The contract that every velocity keeps, and the known answers of those that need no training."""

from __future__ import annotations

import numpy as np
import pytest

from engine.couplings.independent import Independent
from engine.couplings.rotation import Rotation
from engine.distributions.gaussian import Gaussian
from engine.distributions.mixture import GaussianMixture
from engine.distributions.uniform_box import UniformBox
from engine.evidence.evidence import Evidence
from engine.fields.closed import FiniteField, MixtureField, Transformed, closed_form
from engine.fields.field import Field, evaluate
from engine.fields.random_features import fitting
from engine.fields.smoothed import SmoothedField
from engine.laws.mixture import Mixture
from engine.metrics.crossing import Crossing
from engine.metrics.fit_gap import FitGap
from engine.metrics.loss import Loss
from engine.motion.flow import end_points
from engine.parts import Coupling, Distribution, Path, Problem, Wrong
from engine.paths.noisy import Noisy
from engine.paths.spherical import Spherical
from engine.paths.straight import Straight
from engine.paths.variance_preserving import VariancePreserving
from engine.registry import kinds
from engine.solvers.rk4 import RK4
from engine.velocities.finite_data import FiniteData
from engine.velocities.kernel import Kernel
from engine.velocities.random_features import RandomFeatures

KINDS = kinds("velocities")
MODES = GaussianMixture(means=((-2.0,), (2.0,)), stds=(0.5, 0.8))


def problem(
    source: Distribution,
    target: Distribution,
    dim: int = 2,
    path: Path | None = None,
    coupling: Coupling | None = None,
    n: int = 800,
) -> Problem:
    coupling, rng = coupling or Independent(), np.random.default_rng(dim)
    source, target = coupling.ends(source, target)
    x0, x1 = coupling.pair(source.sample(n, dim, rng), target.sample(n, dim, rng), rng)
    return Problem(dim, 1, source, target, coupling, path or Straight(), x0, x1)


def second(given: Problem) -> Problem:
    """Round 2 of N(0, I) to N(3, 4 I): the pairs of the exact flow."""
    return Problem(given.dim, 2, given.source, given.target, given.coupling, given.path, given.x0, 3 + 2 * given.x0)


GAUSSIANS = Gaussian(), Gaussian(mean=3.0, std=2.0)
ENDS = {"optimal map": GAUSSIANS}  # of a part that has no answer for modes
LIMITED = "exact", "finite data", "optimal map"  # not on every path, nor for every coupling


def small(kind: str) -> dict:
    """Knobs that keep a fit short."""
    return {"features": 60} if kind == "random features" else {}


def built(kind: str, given: Problem, seed: int = 0) -> Field | None:
    """The field, or None where the part says in one sentence about itself that it has none."""
    try:
        return KINDS[kind](**small(kind)).build(given, seed, "cpu")
    except Wrong as wrong:
        assert wrong.where == "velocity" and wrong.message
        return None


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_contract(kind: str, dim: int) -> None:
    given = problem(*ENDS.get(kind, (Gaussian(), MODES)), dim)
    v = built(kind, given)
    assert isinstance(v.name, str) and v.name
    assert isinstance(v.singular, bool)
    x = given.x1[:40] + 0.1
    for t in (0.0, 0.3, 1.0):
        found = evaluate(v, x, t)
        assert found.shape == x.shape and found.dtype == np.float64 and np.isfinite(found).all()
        assert np.allclose(evaluate(v, x, np.full((40, 1), t)), found, rtol=1e-5, atol=1e-5 * np.abs(found).max())
        assert np.isfinite(evaluate(v, 1e4 * x, t)).all()
    t = np.random.default_rng(0).random((40, 1))
    one_by_one = np.concatenate([evaluate(v, x[k : k + 1], float(t[k, 0])) for k in range(40)])
    assert np.allclose(evaluate(v, x, t), one_by_one, rtol=1e-4, atol=1e-4)
    if v.closed or v.rough:
        assert v.spread(x, 0.3).shape == (40,) and (v.spread(x, 0.3) >= 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_seed_decides(kind: str) -> None:
    given = problem(*ENDS.get(kind, (Gaussian(), MODES)))
    first, again, other = (evaluate(built(kind, given, seed), given.x0[:20], 0.4) for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert np.array_equal(first, other) != (kind == "random features" or KINDS[kind].learns)


@pytest.mark.parametrize("path", kinds("paths"))
@pytest.mark.parametrize("kind", KINDS)
def test_every_path_and_round(kind: str, path: str) -> None:
    """A field that is finite along the pairs, or one sentence; what fits pairs takes all of them."""
    for given in (first := problem(*GAUSSIANS, path=kinds("paths")[path]()), second(first)):
        v = built(kind, given)
        if v is None:
            assert kind in LIMITED
            continue
        for t in (0.0, 0.5, 1.0):
            assert np.isfinite(evaluate(v, given.path.at(given.x0[:20], given.x1[:20], t)[0], t)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_coupling_that_is_not_independent(kind: str) -> None:
    """A rotation is straight: what fits pairs finds X1 - X0 wherever a pair is."""
    given = problem(Gaussian(), Gaussian(), coupling=Rotation(angle=60.0), n=4000)
    v = built(kind, given)
    if v is None:
        assert kind in LIMITED
    elif not KINDS[kind].learns:
        moved = given.x1 - given.x0
        off = evaluate(v, given.x0 + 0.4 * moved, 0.4) - moved
        assert (off**2).sum(1).mean() < 0.02 * (moved**2).sum(1).mean()


# --- finite data, smoothed or not ---


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_smoothed_is_the_mixture_of_its_points(dim: int) -> None:
    rng = np.random.default_rng(dim)
    points, x = rng.standard_normal((7, dim)), rng.standard_normal((30, dim)) * 2
    roots = 0.5 * rng.standard_normal((2, dim, dim)) + np.eye(dim)
    covs = roots @ roots.swapaxes(1, 2)
    covs = (covs + covs.swapaxes(1, 2)) / 2
    q = Mixture(np.full(7, 1 / 7), points, np.full((7, dim), 0.3))
    plain = Mixture(np.array([0.3, 0.7, 0.0]), rng.standard_normal((3, dim)), rng.uniform(0.5, 2, (3, dim)))
    for p in (plain, Mixture.of(np.array([0.3, 0.7]), rng.standard_normal((2, dim)), covs)):
        field, mixture = SmoothedField(p, points, 0.3), MixtureField(p, q)
        assert not field.singular
        for t in (0.0, 0.4, 1.0, rng.random((30, 1))):
            assert np.allclose(field(x, t), mixture(x, t), rtol=1e-9, atol=1e-9)
            assert np.allclose(field.spread(x, t), mixture.spread(x, t), rtol=1e-7, atol=1e-9)


def test_smoothing_vanishes() -> None:
    """h to 0 is the softmax, off by h^2 while t < 1; a small h cuts the last step like a singular field."""
    rng = np.random.default_rng(0)
    p, points, x = Gaussian().mixture(2), rng.standard_normal((20, 2)), rng.standard_normal((30, 2))
    exact = FiniteField(p, points)(x, 0.5)
    off = [np.abs(SmoothedField(p, points, h)(x, 0.5) - exact).max() for h in (0.1, 0.01, 0.001)]
    assert off[0] / off[1] == pytest.approx(100, rel=0.2) and off[1] / off[2] == pytest.approx(100, rel=0.1)
    narrow = SmoothedField(p, points, 1e-4)
    assert narrow.singular
    ends = end_points(narrow, rng.standard_normal((60, 2)), RK4(steps=64))
    near = np.linalg.norm(ends[:, None] - points, axis=2).min(1)
    assert np.median(near) < 5e-4


@pytest.mark.parametrize("h", [0.0, 0.2])
@pytest.mark.parametrize("path", [Straight(), Spherical(), VariancePreserving()], ids=lambda path: path.kind)
def test_finite_data_on_every_affine_path(path: Path, h: float) -> None:
    """E[dX | X_t = x] over the points, written out: X1 is a point plus h noise, X0 white."""
    given = problem(Gaussian(), MODES, path=path, n=50)
    v = FiniteData(points=12, bandwidth=h).build(given, 0, "cpu")
    assert "12 data points" in v.name and isinstance(v, Transformed) != path.straight
    points, x = given.x1[:12], given.x0[:20]
    for t in (0.2, 0.7):
        a, b, da, db = path.coefficients(t)
        c = a * a * h * h + b * b
        away = x[:, None] - a * points
        w = np.exp(-((away**2).sum(2)) / (2 * c))
        w /= w.sum(1, keepdims=True)
        each = da * points + (a * da * h * h + b * db) / c * away
        mean = (w[..., None] * each).sum(1)
        within = 2 * (da**2 * h * h + db**2 - (a * da * h * h + b * db) ** 2 / c)
        assert np.allclose(v(x, t), mean, rtol=1e-8, atol=1e-8)
        spread = within + (w * ((each - mean[:, None]) ** 2).sum(2)).sum(1)
        assert np.allclose(v.spread(x, t), spread, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            problem(UniformBox(), Gaussian()),
            "velocity: finite data needs a gaussian or a mixture with spread as source",
        ),
        (
            problem(Gaussian(correlation=1.0), Gaussian()),
            "velocity: finite data needs a gaussian or a mixture with spread as source",
        ),
        (
            problem(*GAUSSIANS, path=Noisy()),
            "velocity: finite data holds for an independent coupling on an affine path",
        ),
        (
            problem(*GAUSSIANS, coupling=Rotation()),
            "velocity: finite data holds for an independent coupling on an affine path",
        ),
        (
            second(problem(*GAUSSIANS)),
            "velocity: finite data holds for the first round, except towards one point: later pairs are not "
            "independent; choose kernel",
        ),
    ],
)
def test_finite_data_refuses(given: Problem, sentence: str) -> None:
    with pytest.raises(Wrong) as caught:
        FiniteData().build(given, 0, "cpu")
    assert str(caught.value) == sentence


def test_one_point_stays_closed_in_later_rounds() -> None:
    given = problem(Gaussian(), Gaussian(), n=30)
    ends = np.full((30, 2), 1.5) + 1e-9 * given.x0
    v = FiniteData(points=1).build(
        Problem(2, 2, given.source, given.target, given.coupling, given.path, given.x0, ends), 0, "cpu"
    )
    assert np.allclose(v(given.x0, 0.25), (1.5 - given.x0) / 0.75, atol=1e-7)


# --- random features ---


@pytest.mark.parametrize("path", [Straight(), Spherical()], ids=lambda path: path.kind)
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_least_squares_reaches_the_floor(dim: int, path: Path) -> None:
    """Gaussians: L(v) - V, exact in v*, under 1.5 % of V; and L(v) on the pairs is V within its error."""
    given = problem(Gaussian(), Gaussian(mean=2.0, std=0.6, correlation=0.3), dim, path, n=10_000)
    v, truth = RandomFeatures(features=100).build(given, 0, "cpu"), closed_form(given)
    evidence = Evidence(given, v, truth, samples=1024, seed=0)
    gap, floor, loss = (metric().of(evidence) for metric in (FitGap, Crossing, Loss))
    assert 0 < gap.value < 0.015 * floor.value
    assert abs(loss.value - floor.value - gap.value) < 4 * loss.error


def test_least_squares_is_the_minimum() -> None:
    """No other weights do better on the same rows: against numpy's own solver."""
    given, rows = problem(Gaussian(), MODES, n=400), []
    at, straight = Straight.at, Straight()

    class Listening(Straight, frozen=True, tag="listening"):
        def at(self, x0: np.ndarray, x1: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            if x0.ndim == 2:
                rows.append((x0, x1, t))
            return at(self, x0, x1, t)

    *_, v = fitting(Listening(), given.x0, given.x1, 30, 0.7, 1e-9, np.random.default_rng(0))
    x0, x1, t = (np.concatenate(part) for part in zip(*rows, strict=True))
    assert len(x0) == 16_384
    xt, dxt = straight.at(x0, x1, t)
    middle, drift = straight.at(given.x0.mean(0), given.x1.mean(0), t)
    spread = np.sqrt((given.x0.var(0).mean() + given.x1.var(0).mean()) / 2)
    f = v.features((xt - middle) / spread, t).astype(float)
    best = np.linalg.lstsq(f, (dxt - drift) / spread, rcond=None)[0]
    assert np.allclose(v(xt, t), drift + spread * f @ best, atol=1e-3)


def test_least_squares_draws_the_noise_of_the_path() -> None:
    """White ends and noise: v = Cov(dX, X_t)/Var(X_t) x, the noise's own share in both."""
    path, t = Noisy(sigma=1.0), 0.25
    given = problem(Gaussian(), Gaussian(), 1, path, n=20_000)
    v = RandomFeatures(features=50).build(given, 0, "cpu")
    (g,), (slope,) = path.disturb(np.zeros(1), np.zeros(1), t, np.ones(1))
    x = np.linspace(-1.5, 1.5, 60)[:, None]
    rate = (2 * t - 1 + g * slope) / ((1 - t) ** 2 + t**2 + g**2)
    assert np.sqrt(((v(x, t) - rate * x) ** 2).mean()) < 0.15
    without = (2 * t - 1) / ((1 - t) ** 2 + t**2)
    assert np.sqrt((((rate - without) * x) ** 2).mean()) > 0.4  # what it would be off without the noise


def test_units_do_not_matter() -> None:
    """The same experiment in millimetres, and elsewhere."""
    given = problem(Gaussian(), MODES)
    part, scale, shift = RandomFeatures(features=40), 1000.0, 5e4
    moved = Problem(
        2, 1, given.source, given.target, given.coupling, given.path, scale * given.x0 + shift, scale * given.x1 + shift
    )
    x = given.x0[:20]
    v, w = (part.build(p, 0, "cpu") for p in (given, moved))
    assert np.allclose(w(scale * x + shift, 0.3), scale * v(x, 0.3), rtol=1e-3, atol=1e-3 * scale)


def test_few_and_equal_pairs() -> None:
    x = np.ones((2, 2))
    for part in (RandomFeatures(features=5), Kernel()):
        v = part.build(Problem(2, 1, Gaussian(), Gaussian(), Independent(), Straight(), x, x + 3.0), 0, "cpu")
        assert np.allclose(v(x + 1, 0.3), 3.0, atol=1e-3)
