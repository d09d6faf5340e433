"""The straight path with noise on the way."""

from __future__ import annotations

from typing import Annotated, Any

from engine.fields.affine import blunted, functions
from engine.fields.field import Array
from engine.parts import Path, knob
from engine.registry import part


@part
class Noisy(Path, frozen=True, tag="noisy"):
    """X_t = t X1 + (1 - t) X0 + g_t xi with g_t = sigma sqrt(t (1-t)), xi ~ N(0, I) drawn for each pair and look.

    dX_t = X1 - X0 + g'_t xi. At both ends g' is infinite, and the integral of g'^2, a part of the loss and of V,
    diverges like log(1/end)/2: over the share ``end`` of time at each of them the root is replaced by a parabola.
    """

    about = (
        "X_t = t X1 + (1 - t) X0 + σ √(t (1-t)) ξ, ξ ~ N(0, I). The slope of the noise is infinite at both ends, and "
        "V and the loss with it: over a share of time, end, at each of them the root is a parabola. Lines are drawn "
        "without the noise."
    )
    rank = 40
    noisy = True

    sigma: Annotated[
        float, knob("σ", 0.0, 100.0, tip="The noise is σ √(t (1-t)) ξ: its deviation is σ/2 half-way.")
    ] = 0.5
    end: Annotated[
        float, knob("end", 1e-4, 0.1, log=True, tip="Share of time at each end where √t is replaced by a parabola.")
    ] = 0.01

    def at(self, x0: Array, x1: Array, t: Any) -> tuple[Array, Array]:
        dx = x1 - x0
        return x0 + t * dx, dx

    def disturb(self, xt: Array, dxt: Array, t: Any, noise: Array) -> tuple[Array, Array]:
        (g0, s0), (g1, s1) = blunted(t, self.end, _root), blunted(1 - t, self.end, _root)
        return xt + self.sigma * (g0 * g1) * noise, dxt + self.sigma * (s0 * g1 - g0 * s1) * noise


def _root(u: Any) -> tuple[Any, Any]:
    """sqrt(u) and its slope."""
    root = functions(u).sqrt(u)
    return root, 0.5 / root
