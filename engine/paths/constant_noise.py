"""The straight path with noise of one strength at all times."""

from __future__ import annotations

from typing import Annotated, Any

from engine.fields.field import Array
from engine.parts import Path, knob
from engine.registry import part


@part
class ConstantNoise(Path, frozen=True, tag="constant noise"):
    """X_t = t X1 + (1 - t) X0 + sigma xi, xi ~ N(0, I) drawn for each pair and look; dX_t = X1 - X0.

    The path of CFM and OT-CFM (arXiv 2302.00482). Its ends are those of the pairs plus N(0, sigma² I), so the flow goes
    between the blurred laws.
    """

    about = (
        "X_t = t X1 + (1 - t) X0 + σ ξ, ξ ~ N(0, I), and dX_t = X1 - X0: CFM and OT-CFM (arXiv 2302.00482). Both ends "
        "are blurred by N(0, σ² I) too. Lines are drawn without the noise."
    )
    rank = 41
    noisy = True

    sigma: Annotated[float, knob("σ", 0.0, 100.0, tip="The noise is σ ξ at every t, at both ends too.")] = 0.1

    @property
    def blur(self) -> float:
        return self.sigma

    def at(self, x0: Array, x1: Array, t: Any) -> tuple[Array, Array]:
        dx = x1 - x0
        return x0 + t * dx, dx

    def disturb(self, xt: Array, dxt: Array, t: Any, noise: Array) -> tuple[Array, Array]:
        return xt + self.sigma * noise, dxt
