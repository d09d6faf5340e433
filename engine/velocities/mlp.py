"""The velocity net: an MLP on (x, t)."""

from __future__ import annotations

from typing import Annotated, Literal

from engine.parts import Field, Problem, Velocity, knob
from engine.registry import part


@part
class MLP(Velocity, frozen=True, tag="mlp"):
    """A multilayer perceptron v(x, t), trained by regression on dX_t."""

    about = "MLP on (x, t), trained on the loss L(v) = ∫ E|dX - v(X_t, t)|² dt."
    learns = True
    rank = 0

    width: Annotated[int, knob("width", 1, 2048, log=True, tip="Units per hidden layer.")] = 128
    depth: Annotated[int, knob("depth", 1, 12, tip="Hidden layers.")] = 3
    activation: Annotated[Literal["silu", "tanh", "gelu", "relu"], knob("activation", tip="Between the layers.")] = (
        "silu"
    )
    time_features: Annotated[
        int, knob("time features", 0, 32, tip="Pairs sin(k π t), cos(k π t), k = 1..n, beside t itself.")
    ] = 0

    def build(self, problem: Problem, seed: int, device: str) -> Field:
        from engine.net import build

        return build(self, problem, seed, device)
