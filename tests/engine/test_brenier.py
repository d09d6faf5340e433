"""Scenes of a convex potential: the gradient is the optimal map, its flow and figures are exact."""

from __future__ import annotations

import numpy as np
import pytest

from engine.couplings.gradient_map import GradientMap
from engine.couplings.independent import Independent
from engine.distributions.gaussian import Gaussian
from engine.distributions.uniform_box import UniformBox
from engine.evidence.evidence import Evidence
from engine.fields.closed import closed_form
from engine.fields.displacement import DisplacementField, optimal
from engine.fields.field import Given
from engine.laws.mixture import Mixture
from engine.laws.potential import CHOSEN, affine, convex, potential, quadratic
from engine.matching.assignment import exact
from engine.metrics.crossing import Crossing
from engine.metrics.map_error import MapError
from engine.metrics.npe import between_gaussians
from engine.metrics.relative_transport_cost import RelativeTransportCost
from engine.motion.flow import end_points
from engine.parts import Coupling, Distribution, Problem, Wrong
from engine.paths.straight import Straight
from engine.preview import draw_pairs
from engine.solvers.rk4 import RK4
from engine.spec import Experiment
from engine.velocities.optimal_map import OptimalMap

SHAPES = [(name, dim) for name in CHOSEN for dim in (1, 2, 3)]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def problem(coupling: Coupling, source: Distribution | None = None, dim: int = 2, n: int = 512) -> Problem:
    source, target = coupling.ends(source or Gaussian(), Gaussian())
    x0, x1 = coupling.pair(source.sample(n, dim, rng(1)), target.sample(n, dim, rng(2)), rng(3))
    return Problem(dim, 1, source, target, coupling, Straight(), x0, x1)


@pytest.mark.parametrize(("name", "dim"), SHAPES)
def test_pairs_by_the_map_are_the_optimal_coupling(name: str, dim: int) -> None:
    """Cyclically monotone: no cycle of three or four costs less; and the assignment of all finds no cheaper one."""
    given = problem(GradientMap(potential=name, paired="by the map"), dim=dim, n=300)
    x0, x1 = given.x0, given.x1
    for k in (2, 3, 4):
        cycles = np.array([rng(s).permutation(300)[:k] for s in range(2000)])
        own = (x0[cycles] * x1[cycles]).sum((1, 2))
        moved = (x0[cycles] * x1[np.roll(cycles, 1, axis=1)]).sum((1, 2))
        assert (own - moved >= -1e-9).all()
    least = exact(x0, x1)
    assert ((x0 - x1[least]) ** 2).sum() == pytest.approx(((x0 - x1) ** 2).sum(), rel=1e-12)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_quadratic_potential_between_gaussians_is_known_exactly(dim: int) -> None:
    """W2² of N(m, S) and N(A m + b, A S A) is |(A - 1) m + b|² + tr (A - 1) S (A - 1), which the formula of the
    distance gives too; and the map between the two Gaussians, found from them alone, is A x + b again."""
    source = Gaussian(mean=tuple([0.4, -0.3, 0.2][:dim]), std=tuple([1.5, 0.7, 1.1][:dim]), correlation=0.3 * (dim > 1))
    coupling = GradientMap(potential="quadratic")
    given = problem(coupling, source, dim)
    a, b = affine(coupling.optimal(dim), dim)
    law = source.mixture(dim)
    away = (a - np.eye(dim)) @ law.means[0] + b
    known = away @ away + np.trace((a - np.eye(dim)) @ law.covariances[0] @ (a - np.eye(dim)))
    assert between_gaussians(given) == pytest.approx(known, rel=1e-9)
    made = given.target.mixture(dim)
    assert np.allclose(made.means[0], a @ law.means[0] + b, atol=1e-12)
    assert np.allclose(made.covariances[0], a @ law.covariances[0] @ a, atol=1e-12)
    alone = Problem(
        dim, 1, source, Moved(made.means[0], made.covariances[0]), Independent(), Straight(), *[given.x0] * 2
    )
    assert np.allclose(optimal(alone).map(given.x0), given.x0 @ a + b, atol=1e-9)


class Moved(Distribution, frozen=True, tag="a Gaussian of these"):
    """For the test above: a law that is told by its mixture alone."""

    mean: object
    cov: object

    def mixture(self, dim: int):

        return Mixture.of(np.ones(1), self.mean[None], self.cov[None])


@pytest.mark.parametrize(("name", "dim"), SHAPES)
def test_the_flow_of_the_map_leads_there_in_straight_lines(name: str, dim: int) -> None:
    field = DisplacementField(potential(name, "", dim))
    x = rng(4).standard_normal((200, dim))
    for t in (0.0, 0.04, 0.06, 0.5, 0.97):
        found = field((1 - t) * x + t * field.map(x), t)
        assert np.allclose(found, field.map(x) - x, atol=1e-5)
    assert np.allclose(end_points(field, x[:50], RK4(steps=8)), field.map(x[:50]), atol=1e-4)
    lone = np.full((3, dim), [[40.0], [0.0], [-40.0]])  # where no mass comes by there is a value too
    assert np.isfinite(field(lone, np.array([[0.0], [0.5], [1.0]]))).all()


def test_its_coupling_is_its_own_closed_form() -> None:
    """v* of the pairs by the map: V = 0, nothing to be straightened, and no cheaper assignment."""
    given = problem(GradientMap(paired="by the map"), n=128)
    field = closed_form(given)
    seen = Evidence(given, field, field, 64, 0, 64)
    assert Crossing().of(seen).value == 0.0
    assert MapError().of(seen).value < 1e-9
    assert abs(RelativeTransportCost().of(seen).value) < 1e-6
    assert isinstance(field, DisplacementField) and OptimalMap().build(given, 0, "cpu").name == "optimal map"


def test_the_distance_to_the_map_of_flows_that_are_another() -> None:
    """Of the mean map it is 1; of two Gaussians in one round 0 where their axes agree; elsewhere it is left out."""
    given = problem(Independent(), Gaussian(std=(2.0, 0.5)))
    field = closed_form(given)
    assert MapError().of(Evidence(given, field, field, 256, 0, 256)).value < 1e-9
    box = Problem(2, 1, UniformBox(), Gaussian(), Independent(), Straight(), given.x0, given.x1)
    assert not MapError().applies(box)
    with pytest.raises(
        Wrong, match="the optimal map is known for the coupling gradient map, and between two Gaussians"
    ):
        optimal(box)
    mean = problem(GradientMap(), n=64)
    point = mean.target.sample(200_000, 2, rng()).mean(0)
    to_mean = Given(lambda x, t: (point - x) / np.maximum(1 - t, 1e-9), "to the mean", singular=True)
    assert MapError().of(Evidence(mean, to_mean, None, 4096, 0, 4096)).value == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize(
    ("phi", "told"),
    [
        ("-x^2", "it is not convex: at"),
        ("x^2 - y^2/2", "it bends down, with second derivative -1; its gradient would be no optimal map"),
        ("x*y", "it is not convex: at"),
        ("r^2 + 9*cos(3*x)", "it is not convex: at"),
        ("-abs(x)", "its slope falls from"),
        ("min(x, y)", "its slope falls from"),
        ("floor(x)*y", "its slope falls from"),
        ("-log(x)", "it has no finite value at x = -"),
        ("x^2 + w", "column 7: the name 'w' is not known here; use x, y, r, numbers"),
        ("x^2 + z^2", "column 7: the name 'z' is not known here"),
    ],
)
def test_what_is_not_convex_is_refused_where_it_is_seen(phi: str, told: str) -> None:
    with pytest.raises(Wrong) as caught:
        GradientMap(potential="typed", phi=phi).check(2)
    assert caught.value.where in ("phi", "") and told in caught.value.message


def test_a_cloud_beyond_the_box_is_looked_at_too() -> None:
    wide = Gaussian(std=30.0)
    coupling = GradientMap(potential="typed", phi="max(x^2 + y^2, 100) - max(0, r - 20)^2*5")
    coupling.check(2)
    with pytest.raises(Wrong, match=r"coupling\.phi: it is not convex: at"):
        problem(coupling, wide)


@pytest.mark.parametrize("phi", ["abs(x) + abs(y)", "max(x, 2*x, y)", "exp(x/2)", "r", "r^1.5", "max(0, r - 1)^2"])
def test_what_is_convex_with_kinks_is_taken(phi: str) -> None:
    given = problem(GradientMap(potential="typed", phi=phi, paired="by the map"))
    assert np.isfinite(given.x1).all()
    assert quadratic(np.eye(2), np.zeros(2)).gradient(np.ones((1, 2))).tolist() == [[1.0, 1.0]]
    convex(given.coupling.optimal(2), given.x0)


def test_independent_pairs_have_the_same_target() -> None:
    spec = Experiment(source=Gaussian(), target=Gaussian(), coupling=GradientMap(pairs=4096))
    x0, x1 = draw_pairs(spec)[:2]
    mapped = potential("log-sum-exp", "", 2).gradient(x0)
    assert np.abs(np.corrcoef(x0.T, x1.T)[:2, 2:]).max() < 0.06
    assert np.allclose(mapped.mean(0), x1.mean(0), atol=0.2) and np.allclose(np.cov(mapped.T), np.cov(x1.T), atol=0.4)
