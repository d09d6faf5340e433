"""Paths: a contract for every one, what the affine ones share, typed formulas, noise, and the natural Euler step."""

from __future__ import annotations

import math
import sys
import time
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from engine.codec import parse, to_json, to_toml
from engine.couplings.independent import Independent
from engine.distributions.gaussian import Gaussian
from engine.distributions.mixture import GaussianMixture
from engine.distributions.single_point import SinglePoint
from engine.distributions.two_modes import TwoModes
from engine.evidence.evidence import Evidence
from engine.fields.affine import Affine, Change, Transformed, straightened, when
from engine.fields.closed import AffineField, FiniteField, MixtureField, closed_form, reference
from engine.fields.field import Given
from engine.learning.net import build
from engine.learning.trainee import Trainee
from engine.metrics.crossing import Crossing
from engine.metrics.loss import Loss
from engine.metrics.transform_residual import TransformResidual
from engine.motion.flow import trajectories
from engine.motion.formula import read
from engine.parts import Distribution, Path, Problem, Wrong
from engine.paths.constant_noise import ConstantNoise
from engine.paths.noisy import Noisy
from engine.paths.spherical import Spherical
from engine.paths.straight import Straight
from engine.paths.typed import Typed
from engine.paths.variance_preserving import VariancePreserving
from engine.registry import kinds
from engine.solvers.euler import Euler
from engine.solvers.natural_euler import NaturalEuler, natural_step
from engine.spec import Experiment, Training
from engine.velocities.mlp import MLP

PATHS = kinds("paths")
QUADRATIC = Typed(a="t^2*(2 - t)", b="1 - t**2")
CURVED = [Spherical(), VariancePreserving(), Typed(), QUADRATIC]
MODES = GaussianMixture(means=((-2.0,), (1.0,)), stds=(0.5, 0.8), weights=(1.0, 2.0))
EARLY = {"variance preserving": 0.01}  # how far X_0 may be from x0, as a share: a(0) is 0.0066


def ends(n: int = 7, dim: int = 2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(dim)
    return rng.standard_normal((n, dim)), rng.standard_normal((n, dim)) + 3


def problem(
    path: Path, target: Distribution, dim: int = 1, number: int = 1, n: int = 2048, std: float = 1.0
) -> Problem:
    source = Gaussian(std=std)
    x0, x1 = (part.sample(n, dim, np.random.default_rng(k)) for k, part in enumerate((source, target)))
    return Problem(dim, number, source, target, Independent(), path, x0, x1)


def moved(path: Path, x0: np.ndarray, x1: np.ndarray, t: object, noise: np.ndarray) -> tuple:
    return path.disturb(*path.at(x0, x1, t), t, noise)


# --- the contract of every path ---


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("kind", PATHS)
def test_ends(kind: str, dim: int) -> None:
    path, (x0, x1) = PATHS[kind](), ends(dim=dim)
    path.check(dim)
    for form in (float, int, lambda t: np.full((len(x0), 1), float(t))):
        at0, at1 = (moved(path, x0, x1, form(t), np.ones_like(x0))[0] for t in (0, 1))
        np.testing.assert_allclose(at0, x0 + path.blur, atol=EARLY.get(kind, 1e-14) * np.abs(x1).max())
        np.testing.assert_allclose(at1, x1 + path.blur, atol=1e-14)


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("kind", PATHS)
def test_derivative_is_that_of_finite_differences(kind: str, dim: int) -> None:
    path, (x0, x1) = PATHS[kind](), ends(dim=dim)
    noise, h = np.random.default_rng(9).standard_normal(x0.shape), 1e-6
    for t in (h, 0.004, 0.05, 0.3, 0.5, 0.77, 0.95, 0.993, 1 - h):
        _, dxt = moved(path, x0, x1, t, noise)
        after, before = (moved(path, x0, x1, t + step, noise)[0] for step in (h, -h))
        np.testing.assert_allclose(dxt, (after - before) / (2 * h), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("kind", PATHS)
def test_numbers_arrays_and_tensors_agree(kind: str, dim: int) -> None:
    """t as a number, as (n, 1), in numpy and in torch; a tensor keeps its type; both ends are finite."""
    path, (x0, x1) = PATHS[kind](), ends(5, dim)
    noise, t = np.random.default_rng(9).standard_normal(x0.shape), np.array([[0.0], [0.002], [0.4], [0.995], [1.0]])
    whole = moved(path, x0, x1, t, noise)
    tensors = moved(path, *map(torch.from_numpy, (x0, x1, t, noise)))
    single = moved(path, *(torch.from_numpy(x).float() for x in (x0, x1, t, noise)))
    for k in range(2):
        assert whole[k].shape == x0.shape and np.isfinite(whole[k]).all()
        for i, each in enumerate(t[:, 0].tolist()):
            np.testing.assert_allclose(moved(path, x0, x1, each, noise)[k][i], whole[k][i], rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(tensors[k].numpy(), whole[k], rtol=1e-13, atol=1e-13)
        assert tensors[k].dtype == torch.float64 and single[k].dtype == torch.float32
        np.testing.assert_allclose(single[k].numpy(), whole[k], rtol=1e-3, atol=1e-3)
    assert moved(path, *(x.astype(np.float32) for x in (x0, x1)), 0.3, np.float32(1))[0].dtype == np.float32


@pytest.mark.parametrize("kind", PATHS)
def test_round_trip(kind: str) -> None:
    spec = Experiment(source=Gaussian(), target=Gaussian(), path=PATHS[kind]())
    assert parse(to_json(spec), "json").path == parse(to_toml(spec)).path == spec.path and spec.path.kind == kind


def test_straight_is_bit_for_bit_what_it_was() -> None:
    x0, x1 = ends()
    for t in (0.1, 0.7, np.linspace(0, 1, 7)[:, None]):
        xt, dxt = Straight().at(x0, x1, t)
        assert np.array_equal(xt, x0 + t * (x1 - x0)) and np.array_equal(dxt, x1 - x0)


def test_variance_preserving_is_its_formula_before_the_end() -> None:
    t = np.linspace(0, 0.99, 100)
    a, b, da, db = VariancePreserving().coefficients(t)
    np.testing.assert_allclose(a, np.exp(-19.9 * (1 - t) ** 2 / 4 - 0.1 * (1 - t) / 2), rtol=1e-14)
    np.testing.assert_allclose(a**2 + b**2, 1, rtol=1e-14)
    np.testing.assert_allclose(db, -a * da / b, rtol=1e-10)


def test_variance_preserving_end_is_smooth_and_finite() -> None:
    """The parabola joins in value and slope. A shorter one costs more: int b'^2 dt grows like log(1/end)/40."""
    energy = []
    for end in (1e-3, 3.2e-4, 1e-4):
        path = VariancePreserving(end=end)
        for before, after in pairwise([path.coefficients(1 - end * (1 + s)) for s in (1e-7, -1e-7)]):
            np.testing.assert_allclose(before, after, rtol=1e-5)
        t = 1 - np.geomspace(1e-9, 1, 20_001)
        b, db = path.coefficients(t)[1::2]
        assert (b >= 0).all() and (db <= 0).all()
        energy.append(np.trapezoid(db[::-1] ** 2, t[::-1]))
    assert energy[1] - energy[0] == pytest.approx(energy[2] - energy[1], rel=0.5) and np.diff(energy).min() > 0
    assert energy[2] - energy[1] == pytest.approx(math.log(3.2) / 40, rel=0.1)


def test_typed_is_spherical() -> None:
    x0, x1 = ends()
    for t in (0.0, 0.3, 1.0, np.linspace(0, 1, 7)[:, None]):
        np.testing.assert_allclose(Typed().at(x0, x1, t), Spherical().at(x0, x1, t), rtol=1e-14, atol=1e-14)


# --- one flow in other clothes ---


@pytest.mark.parametrize("path", CURVED, ids=lambda path: path.kind)
@pytest.mark.parametrize("dim", [1, 3])
def test_transformed_velocity_is_the_affine_posterior(path: Affine, dim: int) -> None:
    """Against the posterior of a X1 + b X0 written out for Gaussian mixtures, with no straight path in it."""
    means, stds = np.random.default_rng(0).standard_normal((3, dim)) * 2, np.array([0.5, 0.8, 1.2])
    target = GaussianMixture(means=tuple(map(tuple, means.tolist())), stds=tuple(stds.tolist()), weights=(1.0,) * 3)
    v = closed_form(problem(path, target, dim, std=0.7))
    x = np.random.default_rng(1).standard_normal((50, dim)) * 2
    for t in (1e-3, 0.2, 0.5, 0.9, 1.0):
        a, b, da, db = path.coefficients(t)
        c = a**2 * stds**2 + b**2 * 0.49
        away = x[:, None] - a * means
        log_w = -0.5 * (away**2).sum(-1) / c - dim / 2 * np.log(c)
        w = np.exp(log_w - log_w.max(1, keepdims=True))
        w /= w.sum(1, keepdims=True)
        each = da * means + ((a * da * stds**2 + b * db * 0.49) / c)[:, None] * away
        mean = (w[..., None] * each).sum(1)
        # of dX in each component: its variance less what X_t explains
        within = dim * (da**2 * stds**2 + db**2 * 0.49 - (a * da * stds**2 + b * db * 0.49) ** 2 / c)
        spread = (w * (within + ((each - mean[:, None]) ** 2).sum(-1))).sum(1)
        assert np.abs(v(x, t) - mean).max() < 1e-10
        assert np.abs(v(x, np.full((50, 1), t)) - mean).max() < 1e-10
        np.testing.assert_allclose(v.spread(x, t), spread, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(
    "path", [Spherical(), VariancePreserving(), Typed(a="t*(1 + t)/2")], ids=lambda path: path.kind
)
def test_affine_flows_are_the_straight_flow(path: Affine) -> None:
    """Integrated, not transformed: Z'_t = Z_tau / omega on the way, and the ends are the same."""
    straight = closed_form(problem(Straight(), TwoModes(separation=3.0, at=1.0), 2))
    curved = closed_form(problem(path, TwoModes(separation=3.0, at=1.0), 2))
    z0 = np.random.default_rng(3).standard_normal((6, 2))

    def flow(v: object, z: np.ndarray, start: float, stop: float) -> np.ndarray:
        if start == stop:
            return z
        found = solve_ivp(
            lambda t, y: v(y.reshape(z.shape), t).ravel(), (start, stop), z.ravel(), "DOP853", rtol=1e-13, atol=1e-13
        )
        return found.y[:, -1].reshape(z.shape)

    times = [0.0, 0.3, 0.8, 0.99, 1.0]  # 0.99 is where the end of the variance preserving path begins
    z = flow(straight, z0, 0.0, Change.at(path, 0.0).tau)
    other = z / Change.at(path, 0.0).omega
    for before, after in pairwise(times):
        z = flow(straight, z, Change.at(path, before).tau, min(1.0, Change.at(path, after).tau))
        other = flow(curved, other, before, after)
        assert np.abs(other - z / Change.at(path, after).omega).max() < 1e-10


@pytest.mark.parametrize("path", CURVED, ids=lambda path: path.kind)
def test_straightened_is_the_other_way_round(path: Affine) -> None:
    """The straight closed form comes back from the one that was carried over to the curved path."""
    straight, curved = (closed_form(problem(at, MODES, 2)) for at in (Straight(), path))
    back, x = straightened(path, curved), ends(9)[0]
    for tau in (max(0.01, back.first), 0.3, 0.77, 1.0):
        t = when(path, tau)
        assert Change.at(path, t).tau == pytest.approx(tau, abs=1e-14)
        assert np.abs(back(x, tau) - straight(x, tau)).max() < 1e-10
    column = np.linspace(0.1, 0.9, 9)[:, None]
    assert np.abs(back(x, column) - straight(x, column)).max() < 1e-10
    assert straightened(Straight(), straight) is straight


def test_which_paths_can_be_made_straight() -> None:
    to_and_fro = Typed(a="t + 0.3*sin(2*pi*t)")
    to_and_fro.check(2)
    with pytest.raises(Wrong, match="only a path whose a/\\(a \\+ b\\) rises all the way can be made straight"):
        straightened(to_and_fro, Given(lambda x, t: x))
    applies = TransformResidual().applies
    assert all(applies(problem(path, MODES)) for path in CURVED)
    assert not any(applies(problem(path, MODES)) for path in (Straight(), Noisy(), to_and_fro))


@pytest.mark.parametrize("path", CURVED, ids=lambda path: path.kind)
@pytest.mark.parametrize("dim", [1, 2])
def test_transform_residual_of_closed_forms_is_rounding(path: Affine, dim: int) -> None:
    """Simulated along both paths, not computed from each other."""
    target = MODES if dim == 1 else TwoModes(separation=3.0, at=1.0)
    given = problem(path, target, dim, n=64)
    v = closed_form(given)
    found = TransformResidual().of(Evidence(given, v, v, 64, 0, 64))
    assert 0 < found.value < 1e-10 and found.n == 64


def test_transform_residual_of_a_net_is_solver_error() -> None:
    """A net that was never trained is no velocity of anything, and still both simulations end in the same places."""
    given = problem(Spherical(), MODES, 2, n=256)
    v = build(MLP(width=16, depth=2), given, 0, "cpu")
    found = TransformResidual().of(Evidence(given, v, None, 256, 0, 64))
    assert 0 < found.value < 1e-4 * np.abs(given.x1).max()


@pytest.mark.parametrize("path", [Spherical(), VariancePreserving(), Typed(a="t*(1 + t)/2")], ids=lambda p: p.kind)
def test_natural_euler_is_euler_on_the_straightened_field(path: Affine) -> None:
    """At the times tau of its own, for any field: no further solver is needed."""

    @Given
    def v(x: np.ndarray, t: object) -> np.ndarray:
        return np.sin(3 * x[:, ::-1]) + t * np.cos(2 * x)

    times, z = trajectories(v, ends()[0], NaturalEuler(steps=6), path=path)
    field, tau, omega = straightened(path, v), *(getattr(Change.at(path, times), name) for name in ("tau", "omega"))
    y = omega[0] * ends()[0]
    for k in range(6):
        y = y + (tau[k + 1] - tau[k]) * field(y, tau[k])
        assert np.abs(y / omega[k + 1] - z[k + 1]).max() < 1e-7


@pytest.mark.parametrize("path", [Spherical(), VariancePreserving()], ids=lambda path: path.kind)
def test_closed_form_against_monte_carlo(path: Affine) -> None:
    """Mean and variance of dX among the pairs whose X_t falls next to x."""
    rng, n = np.random.default_rng(5), 1_500_000
    x0, x1 = rng.standard_normal((n, 1)), MODES.sample(n, 1, rng)
    v = closed_form(problem(path, MODES))
    for t, x in ((0.3, 0.2), (0.6, -0.5), (0.85, 0.0)):
        xt, dxt = path.at(x0, x1, t)
        near = np.abs(xt[:, 0] - x) < 0.02
        count, at = near.sum(), np.array([[x]])
        assert count > 5000
        spread = v.spread(at, t)[0]
        assert dxt[near].mean() == pytest.approx(v(at, t)[0, 0], abs=5 * math.sqrt(spread / count) + 2e-3)
        assert dxt[near].var() == pytest.approx(spread, rel=5 * math.sqrt(2 / count) + 0.02)


@pytest.mark.parametrize("path", [Spherical(), VariancePreserving(), QUADRATIC], ids=lambda path: path.kind)
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_crossing_of_curved_paths(path: Affine, dim: int) -> None:
    """For Gaussians E[dX | X_t] is linear: V is what a linear regression of fresh pairs leaves over."""
    given = problem(path, Gaussian(mean=(2.0,) * dim, std=0.6), dim, n=256)
    v = closed_form(given)
    found = Crossing().of(Evidence(given, v, v, 256, 0, 64))
    rng, n = np.random.default_rng(7), 40_000
    x0, x1 = rng.standard_normal((n, 1)), 2 + 0.6 * rng.standard_normal((n, 1))
    nodes, weights = np.polynomial.legendre.leggauss(48)
    total = 0.0
    for t, w in zip((nodes + 1) / 2, weights / 2, strict=True):
        xt, dxt = (side[:, 0] for side in path.at(x0, x1, t))
        total += w * (dxt.var() - np.cov(xt, dxt, ddof=0)[0, 1] ** 2 / xt.var())
    assert found.value == pytest.approx(dim * total, rel=0.02)


def test_crossing_of_spherical_and_straight() -> None:
    """White to white: spherical dX is independent of X_t, so V = d pi^2/4 exactly; the straight V is d pi/2."""
    for path, expected in ((Spherical(), math.pi**2 / 4), (Straight(), math.pi / 2)):
        given = problem(path, Gaussian(), 2, n=128)
        v = closed_form(given)
        assert Crossing().of(Evidence(given, v, v, 128, 0, 64)).value == pytest.approx(2 * expected, rel=1e-6)


def test_loss_of_the_closed_form_is_the_crossing() -> None:
    given = problem(Spherical(), MODES, n=4096)
    v = closed_form(given)
    evidence = Evidence(given, v, v, 4096, 0, 64)
    loss, floor = Loss().of(evidence), Crossing().of(evidence)
    assert loss.value == pytest.approx(floor.value, abs=4 * loss.error)
    without = Crossing().of(Evidence(given, v, None, 1024, 0, 64))  # by local regression on the pairs
    assert without.value == pytest.approx(floor.value, rel=0.1)


@pytest.mark.parametrize("path", [Straight(), *CURVED], ids=lambda path: path.kind)
def test_score_identity(path: Affine) -> None:
    """grad log rho_t = (a v - a' x) / ((a' b - a b') b) for the source N(0, I)."""
    v, x = closed_form(problem(path, MODES)), np.linspace(-3, 3, 41)[:, None]
    means, stds, weights = np.array([-2.0, 1.0]), np.array([0.5, 0.8]), np.array([1.0, 2.0])
    for t in (0.1, 0.4, 0.8):
        a, b, da, db = path.coefficients(t)
        c = a**2 * stds**2 + b**2
        density = weights * np.exp(-0.5 * (x - a * means) ** 2 / c) / np.sqrt(c)
        score = (density * (a * means - x) / c).sum(1) / density.sum(1)
        np.testing.assert_allclose((a * v(x, t)[:, 0] - da * x[:, 0]) / ((da * b - a * db) * b), score, atol=1e-9)


def test_which_curved_paths_have_a_closed_form() -> None:
    assert isinstance(closed_form(problem(Straight(), MODES)), MixtureField)
    second = closed_form(problem(Spherical(), Gaussian(std=2.0), number=2))
    assert isinstance(second, Transformed) and isinstance(second.straight, AffineField)
    assert (second.spread(np.ones((3, 1)), 0.4) == 0).all()
    point = closed_form(problem(Spherical(), SinglePoint()))
    assert isinstance(point, Transformed) and point.singular
    with pytest.raises(Wrong, match="a path that starts off its source has a closed form in round 1 alone"):
        closed_form(problem(VariancePreserving(), Gaussian(), number=2))
    with pytest.raises(Wrong, match="needs a path whose a and b are nowhere below 0"):
        closed_form(problem(Typed(a="t - 0.4*sin(2*pi*t)", b="1 - t + 0.4*sin(2*pi*t)"), Gaussian()))
    with pytest.raises(Wrong, match="independent coupling"):
        closed_form(problem(Noisy(), Gaussian()))
    assert reference(problem(Noisy(), Gaussian())) is None


# --- natural Euler ---


def test_natural_step_is_ddim() -> None:
    """Where a^2 + b^2 = 1: data and noise as the score predicts them, put together again at s."""
    means, stds, weights = np.array([-2.0, 1.0]), np.array([0.5, 0.8]), np.array([1.0, 2.0])
    x = np.linspace(-3, 3, 21)[:, None]
    for path in (Spherical(), VariancePreserving()):
        v = closed_form(problem(path, MODES))
        for t, s in ((0.2, 0.5), (0.5, 0.6), (0.7, 0.3)):
            (a, b, *_), (a_s, b_s, *_) = path.coefficients(t), path.coefficients(s)
            c = a**2 * stds**2 + b**2
            density = weights * np.exp(-0.5 * (x - a * means) ** 2 / c) / np.sqrt(c)
            score = ((density * (a * means - x) / c).sum(1) / density.sum(1))[:, None]
            noise = -b * score
            data = (x - b * noise) / a
            np.testing.assert_allclose(natural_step(path, v, x, t, s), a_s * data + b_s * noise, atol=1e-9)


def test_natural_euler_is_euler_on_the_straight_path() -> None:
    v, x = closed_form(problem(Straight(), MODES)), np.linspace(-2, 2, 9)[:, None]
    euler = trajectories(v, x, Euler(steps=5))[1]
    for path in (Straight(), Noisy(), None):
        assert np.array_equal(trajectories(v, x, NaturalEuler(steps=5), path=path)[1], euler)
    np.testing.assert_allclose(natural_step(Straight(), v, x, 0.3, 0.7), Euler().step(v, x, 0.3, 0.4), atol=1e-14)


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize(
    "path", [Spherical(), VariancePreserving(), Typed(a="t*(1 + t)/2")], ids=lambda path: path.kind
)
def test_natural_euler_is_exact_where_lines_do_not_cross(path: Affine, steps: int) -> None:
    """To one point: every node lies on the path of its pair; Euler's nodes do not."""
    v, (x0, _) = closed_form(problem(path, SinglePoint(at=(3.0, -1.0)), 2)), ends()
    to = np.array([3.0, -1.0])
    start = path.at(x0, to, 0.0)[0]
    times, z = trajectories(v, start, NaturalEuler(steps=steps), path=path)
    for t, state in zip(times, z, strict=True):
        np.testing.assert_allclose(state, path.at(x0, to, float(t))[0], atol=1e-9)
    assert steps == 1 or np.abs(trajectories(v, start, Euler(steps=steps))[1] - z).max() > 0.05


def test_natural_euler_converges_and_keeps_tensors() -> None:
    path, x = Spherical(), np.linspace(-2, 2, 9)[:, None]
    v = closed_form(problem(path, MODES))
    exact = closed_form(problem(Straight(), MODES))
    end = solve_ivp(lambda t, y: exact(y[:, None], t)[:, 0], (0, 1), x[:, 0], rtol=1e-10, atol=1e-10).y[:, -1]
    errors = [np.abs(trajectories(v, x, NaturalEuler(steps=n), path=path)[1][-1][:, 0] - end).max() for n in (128, 256)]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(1, abs=0.15)
    z = torch.tensor(x, dtype=torch.float32)
    *_, (_, last) = NaturalEuler(steps=3).march(Given(lambda z, t: -z), z, path)
    assert last.dtype == torch.float32


def test_natural_euler_where_the_ends_cannot_be_told() -> None:
    """a = t^2, b = 1 - t^2 stands still at t = 0."""
    path = Typed(a="t^2", b="1 - t^2")
    *_, (_, z) = NaturalEuler(steps=4).march(Given(lambda x, t: 2 * t * np.ones_like(x)), np.zeros((2, 1)), path)
    assert np.isfinite(z).all()


# --- typed formulas ---


REFUSED = {
    "__import__('os')": "cannot be called",
    "a.__class__": "a dot after a name",
    "10**10**10": "numbers beyond 1e+09",
    "10^10^10": "numbers beyond 1e+09",
    "1.1^100": "exponents beyond 64",
    "9^60": "numbers beyond 1e+09",
    "((1.1^64)^64)^64": "numbers beyond 1e+09",
    "((((1.1*t)^64)^64)^64)^64": "a is inf at t = 0.9",
    "exp(tanh(" * 18 + "t" + ")" * 36: "a path needs a(0) = 0",  # these two keep sympy busy
    "sqrt(1.1+" * 18 + "t" + ")" * 18: "a path needs a(0) = 0",
    "9" * 190: "numbers beyond 1e+09",
    "1e999": "numbers beyond 1e+09",
    "t.diff": "a dot after a name",
    "t.diff()": "calling this is not allowed",
    "lambda: 0": "a lambda is not allowed",
    "lambda t: t": "a lambda is not allowed",
    "t if t else 1": "a condition is not allowed",
    "[1][0]": "an index is not allowed",
    "[t for t in t]": "one of its signs is not allowed",
    "(t, t)": "a comma is not allowed",
    "(t := 1)": "an assignment is not allowed",
    "t and t": "a condition is not allowed",
    "t < 1": "a comparison is not allowed",
    "t // 2": "one of its signs is not allowed",
    "t % 2": "one of its signs is not allowed",
    "~t": "one of its signs is not allowed",
    '"x"': "quoted text is not allowed",
    "f'{t}'": "quoted text is not allowed",
    "b'x'": "quoted text is not allowed",
    "True": "True is not allowed",
    "None": "None is not allowed",
    "...": "... is not allowed",
    "1j*t": "write a product with",
    "2t": "write a product with",
    "0x10": "write a product with",
    "1_000": "write a product with",
    "nan": "the name 'nan' is not allowed",
    "inf": "the name 'inf' is not allowed",
    "x": "the name 'x' is not allowed",
    "sin": "the name 'sin' is not allowed",
    "sin(t, t)": "sin of 2 things is not allowed",
    "sin()": "sin of 0 things is not allowed",
    "sin(x=t)": "sin of 0 things is not allowed",
    "sin(*t)": "a star before a name is not allowed",
    "abs(t)": "'abs' cannot be called",
    "eval(t)": "'eval' cannot be called",
    "sin(sin)(t)": "calling this is not allowed",
    "1/0": "divides by 0",
    "t/(1 - 1)": "is nan at t = 0",
    "1/t": "is inf at t = 0",
    "1/(2*t - 1)": "at t = 0.5",
    "log(t)": "is -inf at t = 0",
    "log(-1)": "divides by 0",
    "(-1)^0.5": "divides by 0",
    "0^-1": "divides by 0",
    "sqrt(t)": "the slope of a is inf at t = 0",
    "sqrt(t - 0.5)": "is nan at t = 0",
    "exp(exp(exp(9*t)))": "it must stay within",
    "t^t": "t may stand in an exponent only over a number above 0",
    "(-2)^t": "t may stand in an exponent only over a number above 0",
    "": "it is empty",
    "   ": "it is empty",
    "t +": "cannot be read",
    "((t)": "cannot be read",
    "t; t": "cannot be read",
    "import os": "cannot be read",
    "t\nt": "the character '\\n' is not allowed",
    "t # t": "the character '#' is not allowed",
    "'\\d'": "is not allowed",
    "τ": "the character '\\u03c4' is not allowed",
    "t\0": "is not allowed",
    "t+" * 5000: "10,000 characters are too many",
    "(" * 90 + "t" + ")" * 90 + "+(((": "cannot be read",
    "-" * 150 + "t": "brackets and signs within each other",
    "t" + "+t" * 90: "brackets and signs within each other",
}
SLOW = 0.05


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text)[:24])
def test_unsafe_or_useless_formulas_are_refused(text: str) -> None:
    """In one sentence, at once, by the knob's name. The clock runs after a first use."""
    Typed().check(2)
    spent = []
    for _ in range(3):  # refusals are not remembered; on a busy machine one of three may have had to wait
        begun = time.perf_counter()
        with pytest.raises(Wrong) as caught:
            Typed(a=text).check(2)
        spent.append(time.perf_counter() - begun)
    assert caught.value.where == "a" and REFUSED[text] in caught.value.message
    assert "\n" not in caught.value.message and len(caught.value.message) < 320
    assert min(spent) < SLOW


HOSTILE = (
    "__import__('os')",
    "__import__('pathlib').Path('executed').touch()",
    "open('executed', 'w')",
    "a.__class__",
    "().__class__.__base__.__subclasses__()",
    "10**10**10",
    "t.diff",
    "lambda: 0",
    "lambda t: t",
    "exec('x = 1')",
    "eval('1')",
)
_heard: list[tuple[str, object]] = []
_listening = False


def _hear(event: str, arguments: tuple) -> None:
    if _listening:
        _heard.append((event, arguments))


def test_nothing_of_a_formula_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The interpreter itself says what it does: reading a formula parses text, and runs, imports and opens nothing."""
    global _listening
    monkeypatch.chdir(tmp_path)
    sys.addaudithook(_hear)  # stays for good, so it is deaf outside this test
    for text in HOSTILE:
        _listening = True
        try:
            with pytest.raises(Wrong):
                read(text)
        finally:
            _listening = False
    assert {event for event, _ in _heard} <= {"compile", "object.__getattr__"}
    assert "compile" in {event for event, _ in _heard} and not list(tmp_path.iterdir())


def test_refusal_through_a_spec() -> None:
    text = to_toml(Experiment(source=Gaussian(), target=Gaussian(), path=Typed()))
    with pytest.raises(Wrong, match=r"^path\.a: '__import__' cannot be called; a formula is made of t, numbers"):
        parse(text.replace("sin(pi*t/2)", "__import__('os')"))


@pytest.mark.parametrize(
    ("a", "b", "where", "message"),
    [
        ("t/2", "1 - t", "a", "a(1) is 0.5; a path needs a(1) = 1"),
        ("t + 0.1", "1 - t", "a", "a(0) is 0.1; a path needs a(0) = 0"),
        ("t", "t", "b", "b(0) is 0; a path needs b(0) = 1"),
        ("t", "cos(t)", "b", "b(1) is 0.540302; a path needs b(1) = 0"),
        ("t - 8*t*(1 - t)", "1 - t", "a", "a + b is -1 at t = 0.5; it must stay above 0"),
    ],
)
def test_typed_ends(a: str, b: str, where: str, message: str) -> None:
    with pytest.raises(Wrong) as caught:
        Typed(a=a, b=b).check(2)
    assert (caught.value.where, caught.value.message) == (where, message)


def test_formulas_mean_what_they_say() -> None:
    t = np.linspace(0.1, 0.9, 9)
    for text, value in {
        "2^t": 2**t,
        "e^(-t)": np.exp(-t),
        "-t^2": -(t**2),
        "t^2^3": t**8,
        "+t - -t": 2 * t,
        "1e-3*t + .5 + 2.": 1e-3 * t + 2.5,
        "sqrt(t)*tanh(t)/cosh(t)": np.sqrt(t) * np.tanh(t) / np.cosh(t),
        "log(1 + t)/log(2) + sinh(t)*tan(t)": np.log1p(t) / math.log(2) + np.sinh(t) * np.tan(t),
        "sin(pi)": 0 * t,
        "3": 3 + 0 * t,
        "t^-1.5": t**-1.5,
    }.items():
        formula = read(text)
        np.testing.assert_allclose(formula(t), value, rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(formula(torch.from_numpy(t)).numpy(), value, rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose([formula(x) for x in t.tolist()], value, rtol=1e-13, atol=1e-15)
        h = 1e-6
        slope = (formula(t + h) - formula(t - h)) / (2 * h)
        np.testing.assert_allclose(formula.derivative()(t), slope, rtol=1e-6, atol=1e-8)
        assert formula.derivative()(t).shape == t.shape and isinstance(formula.derivative()(0.5), float)


def test_derivative_is_exact() -> None:
    t = np.linspace(0, 1, 33)
    np.testing.assert_allclose(read("sin(pi*t/2)").derivative()(t), np.pi / 2 * np.cos(np.pi * t / 2), rtol=1e-14)
    np.testing.assert_allclose(read("0.1*t^3 + t").derivative()(t), 0.3 * t**2 + 1, rtol=1e-15)
    sympy = pytest.importorskip("sympy")  # torch brings it
    s = sympy.Symbol("t")
    for text in (
        "t^3*exp(-t)/(1 + t^2)",
        "sqrt(1 + sin(t)^2)*log(2 + t)",
        "tanh(3*t)/tan(1 + t/9)",
        "cosh(t) - sinh(2*t)",
    ):
        expression = sympy.sympify(text.replace("^", "**"), locals={"t": s})
        exact = [float(sympy.diff(expression, s).evalf(30, subs={s: x})) for x in t.tolist()]
        np.testing.assert_allclose(read(text).derivative()(t), exact, rtol=1e-13, atol=1e-15)


# --- noise on the way ---


def test_variance_of_the_noise() -> None:
    path, zero = Noisy(sigma=0.8), np.zeros((200_000, 1))
    noise = np.random.default_rng(0).standard_normal(zero.shape)
    for t in (0.01, 0.2, 0.5, 0.99):
        xt, _ = moved(path, zero, zero, t, noise)
        assert xt.var() == pytest.approx(0.64 * t * (1 - t), rel=0.02)
        assert path.at(zero, zero, t)[0].var() == 0
    assert np.array_equal(moved(Noisy(sigma=0.0), *ends(), 0.3, ends()[0]), Straight().at(*ends(), 0.3))


def test_constant_noise_is_that_of_cfm() -> None:
    """X_t = (1 - t) x0 + t x1 + sigma eps with the straight dX, at the ends too."""
    (x0, x1), eps = ends(), np.random.default_rng(4).standard_normal((7, 2))
    for t in (0.0, 0.3, 1.0):
        xt, dxt = moved(ConstantNoise(sigma=0.1), x0, x1, t, eps)
        np.testing.assert_allclose(xt, (1 - t) * x0 + t * x1 + 0.1 * eps, atol=1e-15)
        assert np.array_equal(dxt, x1 - x0)


@pytest.mark.parametrize("kind", [Noisy, ConstantNoise])
@pytest.mark.parametrize("dim", [1, 2])
def test_crossing_with_noise(dim: int, kind: type[Path]) -> None:
    """Gaussians: V = int Var(dX) - Cov(X_t, dX)^2 / Var(X_t) dt per coordinate, with the noise and its slope in it."""
    nodes, weights = np.polynomial.legendre.leggauss(48)
    t, w = (nodes + 1) / 2, weights / 2
    found = []
    for sigma in (0.0, 0.5, 1.0):
        path = kind(sigma=sigma)
        g, dg = path.disturb(0.0, 0.0, t, 1.0)
        moments = 1 + 0.36 + dg**2, 0.36 * t - (1 - t) + g * dg, 0.36 * t**2 + (1 - t) ** 2 + g**2
        exact = dim * float(w @ (moments[0] - moments[1] ** 2 / moments[2]))
        given = problem(path, Gaussian(std=0.6), dim, n=8192)
        evidence = Evidence(given, Given(lambda x, t: 0 * x), None, 2048, 0, 64)
        found.append(Crossing().of(evidence))
        assert found[-1].value == pytest.approx(exact, rel=0.05)
    assert found[0].value < found[1].value < found[2].value


@pytest.mark.parametrize("kind", [Noisy, ConstantNoise])
def test_training_on_a_noisy_path(kind: type[Path]) -> None:
    """It learns E[dX | X_t], and the same numbers come again; a path that only could be noisy draws nothing."""
    given = problem(kind(sigma=1.0), Gaussian(std=0.6), n=4000)
    training = Training(steps=400, batch=256, rate=3e-3, ema=0.98)

    def trained(path: Path, slices: int = 1) -> Trainee:
        of = Trainee(build(MLP(width=16, depth=2), given, 0, "cpu"), given.x0, given.x1, path, training, 0, True)
        for _ in range(slices):
            of.advance(training.steps // slices)
        return of

    once, again = trained(given.path), trained(given.path, 4)
    assert once.done and not once.failed
    assert torch.equal(once.field().flat, again.field().flat)
    x = np.linspace(-1.5, 1.5, 7)[:, None]
    for t in (0.2, 0.5, 0.8):
        (g, dg), v = given.path.disturb(0.0, 0.0, t, 1.0), once.field()
        slope = (0.36 * t - (1 - t) + g * dg) / (0.36 * t**2 + (1 - t) ** 2 + g**2)
        assert np.abs(v(v.enter(x), t).numpy() - slope * x).max() < 0.25
    assert not torch.equal(once.field().flat, trained(Straight()).field().flat)
    assert torch.equal(trained(kind(sigma=0.0), 2).field().flat, trained(kind(sigma=0.0)).field().flat)


def test_much_noise_is_not_divergence() -> None:
    """Noise far above the data: the loss is large and honest."""
    x = 0.01 * np.random.default_rng(0).standard_normal((500, 2))
    given = Problem(2, 1, Gaussian(), Gaussian(), Independent(), Noisy(sigma=20.0), x, x)
    of = Trainee(build(MLP(width=8, depth=1), given, 0, "cpu"), x, x, given.path, Training(steps=50, batch=64), 0, True)
    of.advance(50)
    assert of.done and not of.failed


def test_finite_targets_on_curved_paths() -> None:
    """The flow of the spherical path ends in the data points themselves, as the straight one does."""
    points = np.array([[-2.0, 0.0], [1.0, 1.0], [2.0, -1.0]])
    mixture = Gaussian().mixture(2)
    v = Transformed(Spherical(), FiniteField(mixture, points))
    x0 = np.random.default_rng(0).standard_normal((20, 2))
    assert v.singular
    z = trajectories(v, x0, NaturalEuler(steps=200), path=Spherical())[1][-1]
    far = np.linalg.norm(z[:, None] - points, axis=-1)
    assert far.min(1).max() < 1e-6
    straight = trajectories(FiniteField(mixture, points), x0, Euler(steps=400))[1][-1]
    assert (far.argmin(1) == np.linalg.norm(straight[:, None] - points, axis=-1).argmin(1)).mean() >= 0.95
