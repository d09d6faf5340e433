"""The path of variance preserving diffusion."""

from __future__ import annotations

from typing import Annotated, Any

from engine.fields.affine import Affine, blunted, functions
from engine.parts import knob
from engine.registry import part


@part
class VariancePreserving(Affine, frozen=True, tag="variance preserving"):
    """a = exp(-19.9 (1-t)^2/4 - 0.1 (1-t)/2), b = sqrt(1 - a^2); near t = 1, b goes to 0 along a parabola.

    At t = 1 the formula's b' = -a a'/b is infinite, like 0.16/sqrt(1-t), so the integral of b'^2, a part of the loss
    and of V, diverges like log(1/end): figures of this path depend on ``end``. At t = 0 a is 0.0066 and not 0: the path
    starts a little off its source, as it does in diffusion.
    """

    about = (
        "X_t = a X1 + b X0 with a = exp(-19.9 (1-t)²/4 - 0.1 (1-t)/2), b = √(1 - a²). The slope of b is infinite at "
        "t = 1, and V and the loss with it: over the last share of time, end, b goes to 0 along a parabola. "
        "a(0) = 0.0066, so the path starts a little off its source."
    )
    rank = 20

    end: Annotated[
        float, knob("end", 1e-4, 0.1, log=True, tip="Share of time before t = 1 where b is a parabola, not √(1 - a²).")
    ] = 0.01

    def coefficients(self, t: Any) -> tuple[Any, Any, Any, Any]:
        u = 1 - t
        a = functions(u).exp(-_fall(u))
        b, slope = blunted(u, self.end, _root)
        return a, b, a * (9.95 * u + 0.05), -slope


def _fall(u: Any) -> Any:
    """-log a at u = 1 - t."""
    return (19.9 / 4 * u + 0.05) * u


def _root(u: Any) -> tuple[Any, Any]:
    """sqrt(1 - a^2) and its slope in u."""
    of = functions(u)
    rest = -of.expm1(-2 * _fall(u))
    root = of.sqrt(rest)
    return root, (1 - rest) * (9.95 * u + 0.05) / root
