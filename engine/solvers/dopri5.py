"""Adaptive Dormand-Prince through torchdiffeq, in float64: the reference for all others."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.fields.field import Array, Field
from engine.motion.stepping import Stepping
from engine.motion.stopping import heed
from engine.parts import Wrong, knob
from engine.registry import part

MOST = 4096  # inner steps, refused ones included, from one state to the next: sharp closed forms take some hundreds


@part
class Dopri5(Stepping, frozen=True, tag="dopri5"):
    """Dormand-Prince 4(5) with step control; ``steps`` only says at how many times the states are kept."""

    about = "Dormand-Prince 4(5) by torchdiffeq, float64; steps is the number of states kept, not of steps taken."
    evaluations = 6
    rank = 50
    heavy = True

    tolerance: Annotated[float, knob("tolerance", 1e-10, 1e-1, log=True, tip="rtol = atol, a mean over the batch.")] = (
        1e-6
    )

    def step(self, v: Field, x: Array, t: float, h: float) -> Array:
        """Z_{t+h}, by as many inner steps as the tolerance asks for. Raises Wrong when it cannot be reached, and for a
        field that is ``rough``: shorter steps then meet the same jumps, without an end."""
        if v.rough:
            raise Wrong("solver", f"dopri5 needs a smooth velocity, and the {v.name} jumps; choose euler or rk4")
        import torch
        from torchdiffeq import odeint

        v = v.double()
        arrays = isinstance(x, np.ndarray)

        def field(s: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
            heed()
            return torch.from_numpy(v(z.numpy(), float(s))) if arrays else v(z, float(s))

        if arrays:
            z = torch.from_numpy(np.ascontiguousarray(x, dtype=np.float64))
        else:
            z = x.to(x.device if v.flat is None else v.flat.device).double()
        span = torch.tensor([t, t + h], dtype=torch.float64, device=z.device)
        # without step_t it steps past t + h and interpolates, beyond t = 1 too
        options = {"first_step": abs(h), "step_t": span[1:], "max_num_steps": MOST}
        try:
            with torch.no_grad():
                states = odeint(
                    field, z, span, rtol=self.tolerance, atol=self.tolerance, method="dopri5", options=options
                )
        except AssertionError:
            raise Wrong("solver.tolerance", f"{self.tolerance:g} cannot be reached here; give a larger one") from None
        return states[-1].numpy() if arrays else states[-1].to(x.dtype).to(x.device)
