"""What the figures of one round are computed from; everything is computed once, when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import islice, pairwise

import numpy as np

from engine import cores
from engine.evidence.conditional import square_of_mean
from engine.evidence.estimate import Estimate
from engine.evidence.quasi_random import low_discrepancy
from engine.fields.field import Field, evaluate
from engine.fields.kernel import KernelField
from engine.matching.assignment import ALONE, exact
from engine.matching.distance import squared_w2
from engine.matching.uninterruptible import side_by_side
from engine.motion.flow import Flow, accurate, end_points, flow, trajectories
from engine.motion.stopping import Stop, Stopped, never
from engine.parts import Problem, Solver
from engine.solvers.euler import Euler

NODES = 48  # Gauss-Legendre nodes in t for averages over the interpolation
PANEL = 8  # nodes of one panel, where panels are refined
PANELS = 64  # most panels
STRETCH = 1 / 16  # of time, over which a rough v is compared with itself
BLOCKS = 16  # independent blocks behind a standard error
REGRESSED = 2048  # least pairs of a regression that has no closed form beside it
MATCHED = 4096  # most points of an exact assignment: about half a second
DRAWS = ((1024, 8), (2048, 6), (MATCHED, 4))  # of clouds that are matched, by their points: for how they vary

EULER = Euler()

Pairs = tuple[np.ndarray, np.ndarray]  # X0, X1, (n, d) each


@dataclass(frozen=True)
class Evidence:
    """One finished round: its problem and pairs, its velocity, and the closed form beside it where there is one.

    ``samples`` particles start from ``BLOCKS`` independent low-discrepancy sets, so that averages over particles are
    closer than their number suggests and blocks still tell the standard error. ``matched`` points go into exact
    assignments. float64 numpy throughout.
    """

    problem: Problem
    field: Field
    reference: Field | None
    samples: int
    seed: int
    matched: int = MATCHED
    stop: Stop = never
    points: int = 2048  # most of each matching behind W2 by N, and by the solver
    solver: Solver = EULER  # of the experiment
    ladder: tuple[int, ...] = ()  # of Euler steps that figures are asked for: as many at once as there are cores

    def rng(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.problem.round, purpose])

    @cached_property
    def start(self) -> np.ndarray:
        """(samples, d) source points for averages over particles."""
        source, dim = self.problem.source, self.problem.dim
        size = max(1, self.samples // BLOCKS)
        rng = self.rng(1)
        return np.concatenate([low_discrepancy(source, size, dim, rng) for _ in range(BLOCKS)])

    @cached_property
    def flow(self) -> Flow:
        return flow(self.field, self.start, self.stop, accurate(self.problem))

    def end_points(self, x0: np.ndarray, solver: Solver | None = None) -> np.ndarray:
        """Z_1 (n, d) of these source points. Raises Stopped."""
        return end_points(self.field, x0, solver or accurate(self.problem), self.stop)

    @cached_property
    def _by_euler(self) -> dict[int, np.ndarray]:
        return {}

    def by_euler(self, steps: int) -> np.ndarray:
        """Where Euler's method with so many steps takes ``start``, (samples, d). Raises Stopped."""
        if steps not in self._by_euler:
            self._by_euler[steps] = self.end_points(self.start, Euler(steps=steps))
        return self._by_euler[steps]

    @cached_property
    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Fresh points of the source and of the target, of their own, as many as ``points`` and ``samples`` allow."""
        problem, n, rng = self.problem, min(self.points, self.samples), self.rng(7)
        return tuple(law.sample(n, problem.dim, rng) for law in (problem.source, problem.target))

    @cached_property
    def _w2_after(self) -> dict[Solver, Estimate]:
        return {}

    def w2_after(self, solver: Solver) -> Estimate:
        """W2² between fresh target points and where this solver takes fresh source points. Raises Stopped."""
        if solver not in self._w2_after:
            z0, x1 = self.ends
            others = (rung for rung in map(self._rung, self.ladder) if rung not in self._w2_after and rung != solver)
            some = [solver, *islice(others, cores.given() - 1 if self._rung(solver.steps) == solver else 0)]
            ends = [end_points(self.field, z0, each, self.stop, self.problem.path) for each in some]
            found = side_by_side([partial(squared_w2, z1, x1, self.stop) for z1 in ends])
            self._w2_after.update({each: Estimate(*of, len(z0)) for each, of in zip(some, found, strict=True)})
        return self._w2_after[solver]

    @staticmethod
    def _rung(steps: float) -> Solver:
        return Euler(steps=int(steps))

    @cached_property
    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """The first ``samples`` pairs of the round, already in random order."""
        return self.problem.x0[: self.samples], self.problem.x1[: self.samples]

    @cached_property
    def noise(self) -> np.ndarray:
        """(2 samples, d) standard normal, one draw for each pair at all t: so pairs stay independent of each other."""
        return self.rng(4).standard_normal((2 * self.samples, self.problem.dim))

    @cached_property
    def target(self) -> tuple[np.ndarray, np.ndarray]:
        """Two independent fresh samples of P1, as many as are matched."""
        n, dim, rng = self.cloud, self.problem.dim, self.rng(2)
        return self.problem.target.sample(n, dim, rng), self.problem.target.sample(n, dim, rng)

    @property
    def cloud(self) -> int:
        return min(self.samples, self.matched)

    @property
    def draws(self) -> int:
        """How often what is matched exactly is drawn anew; in 1-D, where sorting is enough, most often."""
        return next((k for n, k in DRAWS if self.cloud <= n or self.problem.dim == 1), DRAWS[-1][1])

    def targets(self) -> Iterator[np.ndarray]:
        """Independent fresh samples (cloud, d) of P1 without end, the same in all rounds."""
        rng = np.random.default_rng([self.seed, 0, 9])
        while True:
            yield self.problem.target.sample(self.cloud, self.problem.dim, rng)

    def generated_clouds(self) -> Iterator[np.ndarray]:
        """Z_1 (cloud, d) of independent source points, one for each draw, ``generated`` first. Raises Stopped."""
        yield self.generated[1]
        z0 = self.problem.source.sample((self.draws - 1) * self.cloud, self.problem.dim, self.rng(10))
        yield from np.split(self.end_points(z0), self.draws - 1)

    @cached_property
    def generated_flow(self) -> tuple[np.ndarray, np.ndarray]:
        """Times (m,) and trajectories (m, n, d) of independent source points, as many as are matched."""
        z0 = self.problem.source.sample(self.cloud, self.problem.dim, self.rng(3))
        return trajectories(self.field, z0, accurate(self.problem), self.stop)

    @property
    def generated(self) -> tuple[np.ndarray, np.ndarray]:
        """Independent source points and where the flow takes them, as many as are matched."""
        _, z = self.generated_flow
        return z[0], z[-1]

    @cached_property
    def held_out(self) -> tuple[np.ndarray, np.ndarray]:
        """(samples, d) each: pairs that no training has seen, drawn as those of the first round were."""
        return self._fresh(self.samples, 5)

    def _fresh(self, n: int, purpose: int) -> Pairs:
        problem = self.problem
        return problem.coupling.fresh(problem.source, problem.target, n, problem.dim, self.rng(purpose))

    @cached_property
    def truth(self) -> Field:
        """What V rests on: the closed form, or else local regression on the round's own pairs."""
        return self.reference or KernelField(self.problem.path, self.problem.x0, self.problem.x1)

    @cached_property
    def nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """Gauss-Legendre nodes and weights on [0, 1]; finer where the closed form's spread is sharp in t.

        Modes that cross do so within a short time, which equal nodes miss; the spread over some pairs tells when.
        """
        if self.reference is not None:
            x0, x1 = (end[:256] for end in self.pairs)
            f = lambda t: float(self.reference.spread(self.problem.path.at(x0, x1, t)[0], t).mean())  # noqa: E731
            return refined(f, self.stop)
        t, w = np.polynomial.legendre.leggauss(NODES)
        return (t + 1) / 2, w / 2

    @cached_property
    def residuals(self) -> np.ndarray:
        """int |dX - v(X_t, t)|^2 dt of each pair, (samples,)."""
        return self._along(lambda xt, dxt, t: self.squares(self.field, xt, dxt, t))

    def squares(self, v: Field, xt: np.ndarray, dxt: np.ndarray, t: float) -> np.ndarray:
        """|dX - v(X_t, t)|² (n,)."""
        return ((dxt - evaluate(v, xt, t)) ** 2).sum(1)

    @cached_property
    def residuals_held_out(self) -> np.ndarray:
        """The same of the held-out pairs."""
        return self._along(lambda xt, dxt, t: self.squares(self.field, xt, dxt, t), self.held_out)

    @cached_property
    def spreads(self) -> np.ndarray:
        """int tr Var(dX | X_t) dt along each pair, (samples,)."""
        if self.reference is None:
            return self._regression[0]
        return self._along(lambda xt, dxt, t: self.truth.spread(xt, t))

    @cached_property
    def scatter(self) -> np.ndarray:
        """How far each pair of the round moves V, times their number (n,): what its standard error rests on."""
        if self.reference is None:
            return self._regression[1]
        rows, n = len(self.spreads), len(self.problem.x0)
        moved = np.zeros(n)
        moved[:rows] = (self.spreads - self.spreads.mean()) * n / rows
        return moved

    @cached_property
    def _regression(self) -> tuple[np.ndarray, np.ndarray]:
        """The spreads (samples,) of a regression, and how far each of its pairs (n,) moves their mean, times n.

        Neighbourhoods share pairs: a pair moves the spread at all places that it is near to.
        """
        rows, n = len(self.pairs[0]), len(self.problem.x0)
        spreads, moved = np.zeros(rows), np.zeros(n)
        for t, w in zip(*self.nodes, strict=True):
            if self.stop():
                raise Stopped
            near, squares = self.truth.squares(self.between(self.pairs, t)[0], t)
            spread = squares.sum(1)
            spreads += w * spread
            moved += w * np.bincount(near.ravel(), (squares - spread[:, None] / near.shape[1]).ravel(), n)
        moved[:rows] += spreads - spreads.mean()
        return spreads, moved * n / rows

    @cached_property
    def gap(self) -> Estimate:
        """int E|v - v*|^2 dt without a closed form, from pairs that v has not seen where there are any.

        Of the round's own pairs a net may have learned their noise; that much it then seems closer to v*.
        """
        problem, n = self.problem, max(self.samples, REGRESSED)
        x0, x1 = self._fresh(n, 11) if fresh_pairs(problem) else (problem.x0[:n], problem.x1[:n])
        noise = self.rng(8).standard_normal(x0.shape) if problem.path.noisy else None

        def rests(t: float) -> Pairs:
            xt, dxt = problem.path.at(x0, x1, t)
            if noise is not None:
                xt, dxt = problem.path.disturb(xt, dxt, t, noise)
            return xt, dxt - evaluate(self.field, xt, t)

        return square_of_mean(rests, self.nodes, self.stop)

    @cached_property
    def gap_of_regression(self) -> Estimate:
        """The same of a regression on the pairs, asked without the pair in question, which else tells its own dX.

        Its rests hold their neighbours' noise, so that smoothing them tells nothing; but local linear regression has
        a known excess, and what it leaves of the same pairs is subtracted pair by pair.
        """
        truth = KernelField(self.problem.path, self.problem.x0, self.problem.x1)

        def each(xt: np.ndarray, dxt: np.ndarray, t: float) -> np.ndarray:
            rest = ((dxt - self.field.left_out(xt, t)) ** 2).sum(1)
            return rest - truth.spread_left_out(xt, dxt, t)

        return mean(self._along(each))

    @cached_property
    def accelerations(self) -> np.ndarray:
        """sup_t |Z''_t| of each particle, (samples,).

        Z'' is the rate of change of v along the line through Z_t with velocity v: central differences much shorter
        than a step of the solver, because the flow may turn within one. A regression is too rough for that:
        between two of its times v is compared that are ``STRETCH`` apart, whatever the solver's steps.
        """
        flow, h = self.flow, 1e-3
        if self.field.rough:
            some = stretches(flow.times)
            return np.linalg.norm(np.gradient(flow.v[some], flow.times[some], axis=0), axis=-1).max(0)
        largest = np.zeros(len(self.start))
        end = 1.0 - 2 * h if self.field.singular else 1.0
        for t, z, v in zip(flow.times, flow.z, flow.v, strict=True):
            if self.stop():
                raise Stopped
            a, b = max(0.0, t - h), min(end, t + h)
            if b > a:
                after = evaluate(self.field, z + (b - t) * v, b)
                before = evaluate(self.field, z + (a - t) * v, a)
                np.maximum(largest, np.linalg.norm(after - before, axis=-1) / (b - a), out=largest)
        return largest

    @cached_property
    def gaps(self) -> np.ndarray | None:
        """int |v - v*|^2 dt along each pair, (samples,); None without a closed form."""
        if self.reference is None:
            return None
        return self._along(lambda xt, dxt, t: ((evaluate(self.field, xt, t) - self.reference(xt, t)) ** 2).sum(1))

    def _along(
        self,
        f: Callable[[np.ndarray, np.ndarray, float], np.ndarray],
        pairs: Pairs | None = None,
    ) -> np.ndarray:
        """The integral over t of f(X_t, dX_t, t), per pair; ``pairs`` of the round unless others are given."""
        total = 0.0
        for t, w in zip(*self.nodes, strict=True):
            if self.stop():
                raise Stopped
            total = total + w * f(*self.between(pairs or self.pairs, t), t)
        return total

    def between(self, pairs: Pairs, t: float) -> tuple[np.ndarray, np.ndarray]:
        """X_t and dX_t of at most 2 ``samples`` pairs, each (n, d); with the path's noise, where it has one."""
        xt, dxt = self.problem.path.at(*pairs, t)
        return self.problem.path.disturb(xt, dxt, t, self.noise[: len(xt)]) if self.problem.path.noisy else (xt, dxt)


def stretches(times: np.ndarray) -> np.ndarray:
    """Which of equal times (m,) are ``STRETCH`` apart, both ends among them. Shorter ones would measure how rough a
    regression on nearest pairs is: their differences grow with the number of steps."""
    return np.linspace(0, len(times) - 1, round(1 / STRETCH) + 1).round().astype(int)


def fresh_pairs(problem: Problem) -> bool:
    """Whether more pairs like the round's own can be drawn: later rounds' come from flows that are no longer there, a
    file has no others, and a plan between other points is another coupling."""
    return problem.round == 1 and not problem.coupling.files() and not problem.coupling.costly


def refined(f: Callable[[float], float], stop: Stop = never) -> tuple[np.ndarray, np.ndarray]:
    """Composite Gauss-Legendre nodes and weights on [0, 1] for f: panels are halved where that changes the integral.

    Raises Stopped.
    """
    t, w = np.polynomial.legendre.leggauss(PANEL)
    t, w = (t + 1) / 2, w / 2

    def panel(a: float, b: float) -> tuple[float, float, float]:
        if stop():
            raise Stopped
        return sum(wk * f(a + tk * (b - a)) for tk, wk in zip(t, w, strict=True)) * (b - a), a, b

    edges = np.linspace(0, 1, NODES // PANEL + 1)
    open_panels, done = [panel(a, b) for a, b in pairwise(edges)], []
    total = abs(sum(value for value, _, _ in open_panels)) or 1.0
    while open_panels and len(open_panels) + len(done) < PANELS:
        value, a, b = open_panels.pop(0)
        halves = [panel(a, (a + b) / 2), panel((a + b) / 2, b)]
        if abs(halves[0][0] + halves[1][0] - value) > 1e-3 * total:
            open_panels += halves
        else:
            done.append((value, a, b))
    parts = sorted((a, b) for _, a, b in done + open_panels)
    return np.concatenate([a + t * (b - a) for a, b in parts]), np.concatenate([w * (b - a) for a, b in parts])


def mean(values: np.ndarray) -> Estimate:
    """Mean of independent values with its standard error."""
    n = len(values)
    return Estimate(float(values.mean()), float(values.std(ddof=1) / np.sqrt(n)) if n > 1 else None, n)


def with_error_of(estimate: Estimate, values: np.ndarray) -> Estimate:
    """The same figure with the standard error of the mean of these independent values."""
    return replace(estimate, error=mean(values).error)


def mean_of_blocks(values: np.ndarray) -> Estimate:
    """Mean over particles started from ``Evidence.start``; the error comes from its independent blocks."""
    blocks = values[: len(values) // BLOCKS * BLOCKS].reshape(BLOCKS, -1).mean(1)
    return Estimate(float(values.mean()), float(blocks.std(ddof=1) / np.sqrt(BLOCKS)), len(values))


def assignment_cost(x0: np.ndarray, x1: np.ndarray, stop: Stop = never) -> float:
    """The same of one cloud and another."""
    return assignment_costs([(x0, x1)], stop)[0]


def assignment_costs(clouds: Sequence[Pairs], stop: Stop = never) -> list[float]:
    """min over permutations of mean |x1_s(i) - x0_i|^2 of each two of these clouds: the squared 2-Wasserstein distance
    of two equal clouds, exact. Each on a core of its own, as far as there are such.

    In 1-D sorting is the answer. Raises Wrong if the solver stops short of the optimum, and Stopped.
    """
    if stop():
        raise Stopped
    if all(len(x0) <= ALONE or x0.shape[1] == 1 for x0, _ in clouds):
        partners = [exact(*each) for each in clouds]
    else:
        partners = side_by_side([partial(exact, *each) for each in clouds])
    return [float(((x1[j] - x0) ** 2).sum(1).mean()) for (x0, x1), j in zip(clouds, partners, strict=True)]
