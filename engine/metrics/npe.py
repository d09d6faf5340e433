"""How much longer than needed the way is."""

from __future__ import annotations

import numpy as np

from engine.evidence.estimate import Estimate
from engine.evidence.estimates import costs_once, repeated
from engine.evidence.evidence import Evidence, mean_of_blocks
from engine.evidence.metric import Metric
from engine.parts import Problem, Wrong
from engine.registry import part

PARTS = 4  # of clouds: how the distance falls with their size


@part
class NPE(Metric, frozen=True, tag="npe"):
    """NPE = |PE - W2^2(P0, P1)| / W2^2(P0, P1) with the path energy PE = int E|v(Z_t, t)|^2 dt (arXiv 2302.00482).

    W2^2 by its formula between Gaussians, elsewhere from several draws of as many points as are matched exactly, less
    what that is too large by.
    """

    label = "path energy, normalised"
    symbol = "NPE"
    unit = "share"
    formula = "|∫ E|v(Z_t, t)|² dt - W2²| / W2²; W2² exact for Gaussians, else from draws of n points, without bias"
    group = "straightness"
    compared = True
    rank = 94

    def applies(self, problem: Problem) -> bool:
        """Nothing can be normalised by the distance 0."""
        known = between_gaussians(problem)
        return known is None or known > 1e-9

    def of(self, evidence: Evidence) -> Estimate:
        energy = mean_of_blocks(evidence.flow.integral((evidence.flow.v**2).sum(-1)))
        known = between_gaussians(evidence.problem)
        least = Estimate(known) if known is not None else sampled(evidence)
        if not least.value > 0:
            raise Wrong("", "source and target are the same, and nothing can be normalised by the distance 0")
        ratio = energy.value / least.value
        error = np.hypot(energy.error, ratio * (least.error or 0.0)) / least.value
        return Estimate(abs(ratio - 1), float(error), energy.n)


def between_gaussians(problem: Problem) -> float | None:
    """W2² between Gaussians: |m - n|² + tr S + tr R - 2 tr (S^½ R S^½)^½. None where the ends are others."""
    p, q = problem.source.mixture(problem.dim), problem.target.mixture(problem.dim)
    if p is None or q is None or len(p.weights) > 1 or len(q.weights) > 1:
        return None
    apart = ((p.means - q.means) ** 2).sum()
    if not (p.tied or q.tied):  # sums of squares: nothing cancels
        return float(apart + ((p.stds - q.stds) ** 2).sum())
    # the nuclear norm of S^½ R^½ is the trace of that root
    common = np.linalg.norm(p.roots[0] @ q.roots[0], "nuc")
    return float(apart + max(0.0, np.trace(p.covariances[0] + q.covariances[0]) - 2 * common))


def sampled(evidence: Evidence) -> Estimate:
    """W2² of the laws, from clouds as large as are matched.

    Between clouds of n points it is too large by about a multiple of (n / ln n)^-1 in the plane, 1/n on the line and
    n^(-2/3) in space. What the quarters of the clouds are larger by tells that multiple. Raises Stopped.
    """
    problem, n = evidence.problem, evidence.cloud
    rng = np.random.default_rng([evidence.seed, 0, 6])  # the same in all rounds
    excess = {1: lambda m: 1 / m, 2: lambda m: np.log(m) / m, 3: lambda m: m ** (-2 / 3)}[problem.dim]
    part = n // PARTS
    further = excess(n) / (excess(part) - excess(n))

    clouds = [
        tuple(law.sample(n, problem.dim, rng) for law in (problem.source, problem.target))
        for _ in range(evidence.draws)
    ]
    parts = [slice(k * part, (k + 1) * part) for k in range(PARTS)]
    wholes = costs_once(clouds, evidence.stop)
    some = costs_once([(x[k], y[k]) for x, y in clouds for k in parts], evidence.stop)
    larger = np.reshape(some, (len(wholes), PARTS)).mean(1) - wholes
    return repeated(wholes - further * larger, n)
