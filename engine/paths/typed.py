"""A path that the user types."""

from __future__ import annotations

from typing import Annotated, Any

from engine.fields.affine import Affine
from engine.motion.formula import ALLOWED, NODES, on_nodes, read
from engine.parts import Wrong, knob
from engine.registry import part

NEAR = 1e-9  # of the ends to 0 and 1
TIP = f"{ALLOWED[0].upper()}{ALLOWED[1:]}."


@part
class Typed(Affine, frozen=True, tag="typed"):
    """X_t = a(t) X1 + b(t) X0 with a(0) = b(1) = 0, a(1) = b(0) = 1 and a + b > 0; the slopes are exact."""

    about = "X_t = a(t) X1 + b(t) X0 with formulas in t; a(0) = b(1) = 0, a(1) = b(0) = 1, a + b > 0, both smooth."
    rank = 30

    a: Annotated[str, knob("a(t)", tip=f"From 0 to 1. {TIP}")] = "sin(pi*t/2)"
    b: Annotated[str, knob("b(t)", tip=f"From 1 to 0. {TIP}")] = "cos(pi*t/2)"

    def check(self, dim: int) -> None:
        together = 0.0
        for name, first, last in (("a", 0, 1), ("b", 1, 0)):
            try:
                values = on_nodes(read(getattr(self, name)), name)
            except Wrong as wrong:
                raise wrong.within(name) from None
            for t, found, wanted in ((0, values[0], first), (1, values[-1], last)):
                if abs(found - wanted) > NEAR:
                    raise Wrong(name, f"{name}({t}) is {found:.6g}; a path needs {name}({t}) = {wanted}")
            together = together + values
        k = int(together.argmin())
        if together[k] < NEAR:
            raise Wrong("a", f"a + b is {together[k]:.4g} at t = {NODES[k]:.4g}; it must stay above 0")

    def coefficients(self, t: Any) -> tuple[Any, Any, Any, Any]:
        (a, da), (b, db) = read(self.a).both(t), read(self.b).both(t)
        return a, b, da, db
