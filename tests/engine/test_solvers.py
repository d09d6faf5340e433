"""Solvers on fields whose solution is known, and the lesson that more steps can be worse."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from msgspec.structs import replace as replaced

from engine.couplings.independent import Independent
from engine.distributions.gaussian import Gaussian
from engine.distributions.single_point import SinglePoint
from engine.distributions.two_modes import TwoModes
from engine.distributions.two_moons import TwoMoons
from engine.evidence.quasi_random import even
from engine.fields.closed import FiniteField, closed_form
from engine.fields.field import Array, Field, Given
from engine.motion.accurate import Accurate
from engine.motion.flow import ACCURATE, end_points, ladder, trajectories, transport
from engine.motion.stepping import HALVINGS
from engine.motion.stopping import Stopped
from engine.parts import Problem, Solver, Wrong
from engine.paths.spherical import Spherical
from engine.paths.straight import Straight
from engine.preview import preview
from engine.registry import kinds
from engine.solvers.dopri5 import Dopri5
from engine.solvers.euler import Euler
from engine.solvers.natural_euler import NaturalEuler
from engine.solvers.rk4 import RK4
from engine.spec import Experiment
from tests.engine.labs import ENDS, TRACED

ORDERS = {"euler": 1, "natural euler": 1, "midpoint": 2, "heun": 2, "rk4": 4}
FIXED = [kind for kind, solver in kinds("solvers").items() if solver.order > 0]
START = np.random.default_rng(0).uniform(-0.7, 0.7, (40, 2))


@Given
def riccati(x: Array, t: float) -> Array:
    """z' = z^2 cos t."""
    return x**2 * math.cos(t)


def riccati_end(z0: np.ndarray) -> np.ndarray:
    return z0 / (1 - z0 * math.sin(1))


@Given
def spin(x: Array, t: float) -> Array:
    """Polar: r' = r (1 - r^2), angle' = 4 t: the coordinates depend on each other and on the time."""
    grow = 1 - (x**2).sum(1)[:, None]
    turned = x[:, [1, 0]] * (np.array([-1.0, 1.0]) if isinstance(x, np.ndarray) else torch.tensor([-1.0, 1.0]))
    return x * grow + 4 * t * turned


def spin_end(z0: np.ndarray) -> np.ndarray:
    r2 = (z0**2).sum(1)
    scale = 1 / np.sqrt(r2 + (1 - r2) * math.exp(-2))
    c, s = math.cos(2), math.sin(2)
    return scale[:, None] * z0 @ np.array([[c, s], [-s, c]])


FIELDS = [(riccati, riccati_end), (spin, spin_end)]


class Counted(Field):
    """A field that counts its calls and remembers when they were."""

    def __init__(self, field: Callable[[Array, float], Array]) -> None:
        self.field, self.times = field, []

    def __call__(self, x: Array, t: float) -> Array:
        self.times.append(float(t))
        return self.field(x, t)


def test_orders_are_declared() -> None:
    assert {kind: kinds("solvers")[kind].order for kind in FIXED} == ORDERS


@pytest.mark.parametrize("field", FIELDS, ids=lambda pair: pair[0].name)
@pytest.mark.parametrize("kind", FIXED)
def test_order_of_convergence(kind: str, field: tuple) -> None:
    """Twice the steps: the error falls by 2^order."""
    v, exact = field
    solver = kinds("solvers")[kind]
    few = 512 if solver.order == 1 else 64 if solver.order == 2 else 16
    errors = [
        np.sqrt(((end_points(v, START, solver(steps=steps)) - exact(START)) ** 2).mean()) for steps in (few, 2 * few)
    ]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(solver.order, abs=0.1)


@pytest.mark.parametrize("field", FIELDS, ids=lambda pair: pair[0].name)
def test_adaptive_solver_keeps_its_tolerance(field: tuple) -> None:
    v, exact = field
    errors = [np.abs(end_points(v, START, Dopri5(steps=2, tolerance=tol)) - exact(START)).max() for tol in (1e-3, 1e-8)]
    assert errors[0] < 1e-2 and errors[1] < 1e-6 and errors[1] < errors[0] / 100


def test_adaptive_solver_agrees_with_many_fixed_steps() -> None:
    """On a field without a known solution."""

    @Given
    def v(x: Array, t: float) -> Array:
        return np.sin(3 * x[:, ::-1]) + t * np.cos(2 * x)

    assert np.allclose(end_points(v, START, Dopri5(tolerance=1e-9)), end_points(v, START, RK4(steps=400)), atol=1e-7)


def test_adaptive_solver_says_what_it_cannot_reach() -> None:
    """z' = 1/(0.505 - t)^2 blows up on the way."""

    @Given
    def v(x: Array, t: float) -> Array:
        return 0 * x + 1 / (0.505 - t) ** 2

    with pytest.raises(Wrong, match=r"solver\.tolerance: 1e-06 cannot be reached here; give a larger one"):
        end_points(v, START, Dopri5(steps=1))


@pytest.mark.parametrize("kind", FIXED)
@pytest.mark.parametrize("steps", [1, 3])
def test_evaluations_per_step(kind: str, steps: int) -> None:
    solver = kinds("solvers")[kind](steps=steps)
    counted = Counted(spin)
    end_points(counted, START, solver)
    assert len(counted.times) == steps * solver.evaluations


@pytest.mark.parametrize("kind", kinds("solvers"))
@pytest.mark.parametrize("steps", [1, 7, 100])
def test_no_time_outside_the_unit_interval(kind: str, steps: int) -> None:
    """A net knows nothing beyond t = 1."""
    counted = Counted(spin)
    end_points(counted, START, kinds("solvers")[kind](steps=steps))
    assert min(counted.times) == 0 and max(counted.times) <= 1


@pytest.mark.parametrize("kind", kinds("solvers"))
def test_nodes_of_the_grid(kind: str) -> None:
    times, z = trajectories(riccati, START, kinds("solvers")[kind](steps=5))
    assert times.tolist() == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert z.shape == (6, 40, 2) and z.dtype == np.float64 and np.array_equal(z[0], START)


@pytest.mark.parametrize("kind", kinds("solvers"))
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
def test_numpy_and_torch_agree(kind: str, dtype: torch.dtype) -> None:
    """The same numbers, and each kind of array stays what it is."""
    solver = kinds("solvers")[kind](steps=4)
    *_, (_, array) = solver.march(riccati, START)
    *_, (_, tensor) = solver.march(riccati, torch.tensor(START, dtype=dtype))
    assert isinstance(array, np.ndarray) and tensor.dtype == dtype
    assert np.allclose(array, tensor.numpy(), atol=1e-13 if dtype == torch.float64 else 1e-6)


@pytest.mark.parametrize("kind", kinds("solvers"))
def test_one_step_does_not_depend_on_its_neighbours(kind: str) -> None:
    """A row of the batch is a particle of its own (dopri5 within its tolerance)."""
    solver = kinds("solvers")[kind](steps=3)
    alone = np.concatenate([end_points(spin, START[k : k + 1], solver) for k in range(5)])
    assert np.allclose(alone, end_points(spin, START, solver)[:5], atol=1e-14 if solver.order else 1e-4)


# --- grids ---


@pytest.mark.parametrize("field", FIELDS, ids=lambda pair: pair[0].name)
@pytest.mark.parametrize("grid", ["cosine", "t^2", "1 - (1 - t)^1.5", "(exp(2*t) - 1)/(exp(2) - 1)"])
@pytest.mark.parametrize("kind", FIXED)
def test_order_of_convergence_on_smooth_grids(kind: str, grid: str, field: tuple) -> None:
    v, exact = field
    solver = kinds("solvers")[kind]
    few = 1024 if solver.order == 1 else 128 if solver.order == 2 else 32
    ends = [end_points(v, START, solver(steps=steps, grid=grid)) for steps in (few, 2 * few)]
    errors = [np.sqrt(((end - exact(START)) ** 2).mean()) for end in ends]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(solver.order, abs=0.15)


@pytest.mark.parametrize("kind", kinds("solvers"))
def test_grids_as_they_are_typed(kind: str) -> None:
    solver = kinds("solvers")[kind]
    for grid, steps, nodes in (
        ("uniform", 4, [0, 0.25, 0.5, 0.75, 1]),
        ("t", 4, [0, 0.25, 0.5, 0.75, 1]),
        ("t^2", 4, [0, 0.0625, 0.25, 0.5625, 1]),
        ("cosine", 2, [0, 0.5, 1]),
        ("0.1, 0.5", 3, [0, 0.1, 0.5, 1]),
        ("(0, 0.1; 0.5; 1)", 3, [0, 0.1, 0.5, 1]),
        ("0.3", 2, [0, 0.3, 1]),
    ):
        part = solver(steps=steps, grid=grid)
        part.check(2)
        times, z = trajectories(spin, START, part)
        assert np.allclose(times, nodes, atol=1e-15) and times[-1] == 1 and z.shape[0] == steps + 1


@pytest.mark.parametrize(
    ("grid", "steps", "message"),
    [
        ("0.5, 0.2", 3, "time 2 is 0.2, after 0.5; times must rise"),
        ("0.2, 1.5", 3, "time 2 is 1.5; times stand between 0 and 1, and both ends are added"),
        ("0.2, nan", 3, "time 2 is nan; times stand between 0 and 1, and both ends are added"),
        ("0.2, 0.2", 3, "time 2 is 0.2, after 0.2; times must rise"),
        ("0.1, x", 3, "'x' is not a number; give times between 0 and 1, as in 0.1, 0.5"),
        ("0.1, 0.5", 32, "2 times between 0 and 1 make 3 steps, but steps is 32"),
        ("t/2", 4, "the formula is 0.5 at t = 1; a grid needs 1 there"),
        ("cos(t)", 4, "the formula is 1 at t = 0; a grid needs 0 there"),
        ("t + sin(2*pi*t)", 8, "times must rise, and step 3 goes from 1.25 to 1.082106781"),
        ("1 - (1-t)^8", 4096, "times must rise, and step 3580 goes from 0.9999999356 to 0.9999999366"),
        ("unifrm", 4, "the name 'unifrm' is not allowed"),
        ("__import__('os')", 4, "'__import__' cannot be called"),
        ("0.1," * 60_000, 4, "240,000 characters are too many"),
    ],
)
def test_grids_that_are_none(grid: str, steps: int, message: str) -> None:
    with pytest.raises(Wrong) as caught:
        RK4(steps=steps, grid=grid).check(2)
    assert caught.value.where == "grid" and caught.value.message.startswith(message)


def test_times_and_their_number_go_together() -> None:
    """Typed times set the steps; another number of steps starts from an even grid; formulas keep theirs."""
    typed = Euler(steps=32).turned("grid", "0.1, 0.5")
    assert typed == Euler(steps=3, grid="0.1, 0.5") and typed.turned("steps", 8) == Euler(steps=8)
    assert Euler().turned("grid", "t^2").turned("steps", 8) == Euler(steps=8, grid="t^2")
    assert Euler().turned("grid", "0.5, 0.1").grid == "0.5, 0.1"  # its check says what is wrong


# --- backward ---


@pytest.mark.parametrize("field", FIELDS, ids=lambda pair: pair[0].name)
@pytest.mark.parametrize("grid", ["uniform", "t^2"])
@pytest.mark.parametrize("kind", FIXED)
def test_order_of_convergence_backward(kind: str, grid: str, field: tuple) -> None:
    """From the exact ends to the starts, at the solver's order. There and back: errors of even order cancel."""
    v, exact = field
    solver = kinds("solvers")[kind]
    few = 1024 if solver.order == 1 else 128 if solver.order == 2 else 32
    alone, both = [], []
    for steps in (few, 2 * few):
        forward = solver(steps=steps, grid=grid)
        back = forward.turned("direction", "backward")
        alone.append(np.sqrt(((end_points(v, exact(START), back) - START) ** 2).mean()))
        both.append(np.sqrt(((end_points(v, end_points(v, START, forward), back) - START) ** 2).mean()))
    assert math.log2(alone[0] / alone[1]) == pytest.approx(solver.order, abs=0.15)
    assert math.log2(both[0] / both[1]) > solver.order - 0.15 + (solver.order % 2 == 0) / 2


@pytest.mark.parametrize("kind", kinds("solvers"))
def test_backward_trajectories_rise_in_t(kind: str) -> None:
    solver = kinds("solvers")[kind](steps=4, grid="t^2", direction="backward")
    times, z = trajectories(spin, START, solver)
    assert times.tolist() == [0, 0.0625, 0.25, 0.5625, 1] and np.array_equal(z[-1], START)
    counted = Counted(spin)
    end_points(counted, START, solver)
    assert counted.times[0] == 1 and min(counted.times) >= 0 and max(counted.times) == 1
    if solver.order:
        assert len(counted.times) == 4 * solver.evaluations


def test_closed_forms_there_and_back() -> None:
    problem = Problem(2, 1, TwoModes(separation=2.0), Gaussian(), Independent(), Straight(), START, START)
    for path in (Straight(), Spherical()):
        v = closed_form(replace(problem, path=path))
        for solver, most in ((Dopri5(tolerance=1e-10), 1e-7), (RK4(steps=256), 1e-6), (RK4(steps=64), 1e-4)):
            back = solver.turned("direction", "backward")
            there = trajectories(v, START, solver, path=path)[1][-1]
            assert np.abs(trajectories(v, there, back, path=path)[1][0] - START).max() < most


def test_natural_euler_goes_back_exactly_where_lines_do_not_cross() -> None:
    """Gaussian to Gaussian after one round: every node lies on the path of its pair."""
    path = Spherical()
    v = closed_form(Problem(2, 2, Gaussian(), Gaussian(mean=(3.0, 0.0), std=0.5), Independent(), path, START, START))
    x1 = np.array([3.0, 0.0]) + 0.5 * START
    times, z = trajectories(v, x1, NaturalEuler(steps=3, direction="backward"), path=path)
    for t, state in zip(times, z, strict=True):
        assert np.allclose(state, path.at(START, x1, float(t))[0], atol=1e-12)


@pytest.mark.parametrize("kind", kinds("solvers"))
def test_no_way_leads_back_from_single_points(kind: str) -> None:
    solver = kinds("solvers")[kind](steps=3, direction="backward")
    with pytest.raises(Wrong, match=r"^solver\.direction: this flow ends in single points, and no way leads back"):
        end_points(Pointing(), START, solver)


def test_picture_of_a_backward_flow() -> None:
    """The targets of the shown pairs flow back; times rise, so that t means what it meant. No way back: pairs alone."""
    spec = Experiment(source=Gaussian(), target=Gaussian(mean=4.0), solver=RK4(steps=8, direction="backward"))
    still, drawn = preview(spec, (ENDS, TRACED)).rounds
    pairs, flow = still.found(ENDS), drawn.found(TRACED)
    assert np.array_equal(flow.z[-1], pairs.x1) and np.allclose(flow.times, np.arange(9) / 8)
    # one standard normal to another that is moved: Z_t = t mu + s_t Z_0, s_1 = 1
    assert np.allclose(flow.z[0], (pairs.x1 - 4.0).astype(float), atol=1e-3)
    last = preview(replaced(spec, target=SinglePoint()), (TRACED,)).rounds[-1].answer(TRACED)
    assert last.value is None and "no way leads back" in last.trouble


# --- fields that are singular at t = 1 ---


class Pointing(Field):
    """v = (1 - x)/(1 - t), which remembers when it was asked."""

    singular = True

    def __init__(self) -> None:
        self.times: list[float] = []

    def __call__(self, x: Array, t: float) -> Array:
        self.times.append(float(t))
        return (1 - x) / max(1 - t, 1e-12)


@pytest.mark.parametrize("kind", kinds("solvers"))
@pytest.mark.parametrize("steps", [1, 2, 9])
def test_singular_field_is_never_asked_at_the_end(kind: str, steps: int) -> None:
    field = Pointing()
    ends = end_points(field, START, kinds("solvers")[kind](steps=steps))
    assert max(field.times) < 1
    assert np.allclose(ends, 1, atol=1e-9)


@pytest.mark.parametrize("kind", FIXED)
def test_singular_field_halves_the_last_step_only(kind: str) -> None:
    field = Pointing()
    solver = kinds("solvers")[kind](steps=4)
    end_points(field, START, solver)
    steps = 4 if solver.evaluations == 1 else 3 + HALVINGS
    assert len(field.times) == steps * solver.evaluations + (solver.evaluations > 1)


# --- simulation in slices ---


def test_transport_tells_its_progress_and_ends_with_the_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.motion.flow.ROWS", 16)
    *shares, ends = transport(riccati, START, RK4(steps=8))
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1
    assert len(shares) == 3 * 9
    assert np.array_equal(ends, end_points(riccati, START, RK4(steps=8)))
    assert [x.shape for x in transport(riccati, START[:0])] == [(0, 2)]


def test_stop_is_asked_at_every_step() -> None:
    asked = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) == 3

    for solve in (trajectories, end_points):
        asked.clear()
        field = Counted(riccati)
        with pytest.raises(Stopped):
            solve(field, START, Euler(steps=100), stop)
        assert len(field.times) == 2


def test_accurate_solver_is_fixed() -> None:
    """Figures and reflow pairs rest on it; another one would be another program."""
    assert Accurate(tolerance=3e-6, most=1024) == ACCURATE


# --- the ladder of steps ---


@pytest.mark.parametrize("kind", FIXED)
def test_ladder_of_every_solver(kind: str) -> None:
    """On a mixture, a field that is not linear: the error of each rung falls by 2^order from the one before."""
    v = closed_form(Problem(2, 1, Gaussian(), TwoModes(separation=2.0), Independent(), Spherical(), START, START))
    solver = kinds("solvers")[kind]
    few = 128 if solver.order == 1 else 32 if solver.order == 2 else 4
    found = ladder(v, START, solver(), (few, 2 * few, 4 * few), path=Spherical())
    assert list(found) == [few, 2 * few, 4 * few] and all(error.shape == (40,) for error in found.values())
    errors = [math.sqrt((error**2).mean()) for error in found.values()]
    for before, after in pairwise(errors):
        assert math.log2(before / after) == pytest.approx(solver.order, abs=0.35)


def test_ladder_keeps_the_grid_or_refuses() -> None:
    bent = ladder(spin, START, Euler(grid="t^2"), (8, 16))
    for n, error in bent.items():
        ends = end_points(spin, START, Euler(steps=n, grid="t^2"))
        assert np.allclose(error, np.linalg.norm(ends - end_points(spin, START, ACCURATE), axis=1))
    assert max(ladder(spin, START, Dopri5(tolerance=1e-9), (1, 4))[4]) < 1e-6
    with pytest.raises(Wrong, match="grid: 2 times between 0 and 1 make 3 steps, but steps is 8"):
        ladder(spin, START, Euler(steps=3, grid="0.1, 0.5"), (8,))
    with pytest.raises(Wrong, match="a ladder goes forward"):
        ladder(spin, START, Euler(direction="backward"), (8,))


# --- more steps can be worse ---


def modes() -> tuple[Problem, np.ndarray]:
    source, target = TwoModes(), TwoModes(at=15.0)
    x = even(source.mixture(2), 512, np.random.default_rng(0))
    return Problem(2, 1, source, target, Independent(), Straight(), x, x), x


def strayed(solver: Solver) -> float:
    """Share of particles that end in another mode than the accurate solution."""
    problem, x = modes()
    v = closed_form(problem)
    ends, right = end_points(v, x, solver), end_points(v, x, RK4(steps=256))
    assert np.allclose(right[:, 1], x[:, 1], atol=0.05)  # where the lines would cross, the flow turns back
    return float(((ends[:, 1] > 0) != (right[:, 1] > 0)).mean())


def test_more_steps_can_be_worse() -> None:
    """Two modes crossing halfway: Euler with an odd N strides over t = 1/2, with an even N it does not."""
    assert strayed(Euler(steps=2)) == 0
    assert strayed(Euler(steps=3)) > 0.3
    assert strayed(Euler(steps=4)) == 0
    assert strayed(ACCURATE) == 0


def test_finite_data_are_reached_as_on_a_graded_grid() -> None:
    """A softmax over 1,000 points is sharp near t = 1: the accurate solver must send particles to the right ones."""
    rng = np.random.default_rng(0)
    points = TwoMoons(noise=0.05).sample(1000, 2, rng)
    field = FiniteField(Gaussian().mixture(2), points)
    start = rng.standard_normal((60, 2))
    x, t = start, 0.0
    while t < 1 - 1e-5:  # steps that shrink with what is left
        h = min(1 / 256, (1 - t) / 32)
        x, t = RK4().step(field, x, t, h), t + h
    x = x + (1 - t) * field(x, t)
    gap = np.linalg.norm(trajectories(field, start, ACCURATE)[1][-1] - x, axis=1)
    assert np.mean(gap > 1e-2) < 0.05
