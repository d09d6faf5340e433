"""The flow of the optimal map, where that is known."""

from __future__ import annotations

from engine.fields.affine import Affine
from engine.fields.closed import check_path, on_path
from engine.fields.displacement import optimal
from engine.fields.field import Field
from engine.parts import Problem, Velocity, Wrong
from engine.registry import part


@part
class OptimalMap(Velocity, frozen=True, tag="optimal map"):
    """v(x, t) = grad phi(z) - z at the z with (1-t) z + t grad phi(z) = x: straight to where the optimal map leads."""

    about = (
        "Every point goes straight to where the optimal map ∇φ takes it (displacement interpolation): known for the "
        "coupling gradient map, and between two Gaussians. As a reference it stands beside what is learned."
    )
    rank = 15

    def build(self, problem: Problem, seed: int, device: str) -> Field:
        if not isinstance(problem.path, Affine):
            raise Wrong("velocity", "the flow of the optimal map holds on an affine path")
        check_path(problem)
        return on_path(problem.path, optimal(problem))
