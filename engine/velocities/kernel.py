"""The weighted average of dX over the nearest pairs."""

from __future__ import annotations

from typing import Annotated

from engine.fields.field import Field
from engine.fields.kernel import AverageField
from engine.parts import Problem, Velocity, knob
from engine.registry import part


@part
class Kernel(Velocity, frozen=True, tag="kernel"):
    """Nadaraya-Watson on the round's pairs: v(x, t) = sum_i w_i dX_t^i, w_i ~ exp(-|x - X_t^i|^2/(2 h^2))."""

    about = (
        "Nadaraya-Watson on the pairs of any round: v(x, t) = Σ w_i dX^i over the k nearest X_t^i, "
        "w_i ∝ exp(-|x - X_t^i|²/(2h²)). The 100 nearest are those of arXiv 2209.03003."
    )
    rank = 30

    nearest: Annotated[
        int, knob("nearest k", 1, 10_000, log=True, tip="How many of the pairs are averaged, the nearest ones at t.")
    ] = 100
    bandwidth: Annotated[
        float,
        knob(
            "bandwidth h",
            0.0,
            1000.0,
            tip="Width of the weights; 0: half the distance to the farthest of the k pairs, at each x and t.",
        ),
    ] = 0.0

    def build(self, problem: Problem, seed: int, device: str) -> Field:
        return AverageField(problem.path, problem.x0, problem.x1, self.nearest, self.bandwidth)
