"""The velocity net: an MLP on (x, t)."""

from __future__ import annotations

from typing import Annotated, Literal

from engine.fields.field import Field
from engine.parts import Problem, Velocity, knob
from engine.registry import part


@part
class MLP(Velocity, frozen=True, tag="mlp"):
    """A multilayer perceptron v(x, t), trained by regression on dX_t."""

    about = "MLP on (x, t), trained on the loss L(v) = ∫ E|dX - v(X_t, t)|² dt."
    learns = True
    rank = 0

    width: Annotated[int, knob("width", 1, 2048, log=True, tip="Units per hidden layer.")] = 128
    depth: Annotated[int, knob("depth", 1, 12, tip="Hidden layers.")] = 3
    activation: Annotated[
        Literal["silu", "tanh", "gelu", "relu", "selu"],
        knob(
            "activation",
            tip="Between the layers. selu: 1.0507 a above 0 and 1.7581 (exp(a) - 1) below (arXiv 1706.02515).",
        ),
    ] = "silu"
    time_features: Annotated[
        int, knob("time features", 0, 32, tip="Pairs sin(k π t), cos(k π t), k = 1..n, beside t itself.")
    ] = 0
    fourier: Annotated[
        int, knob("Fourier features", 0, 512, tip="Pairs sin(2π f·u), cos(2π f·u), u = (x - E X_t)/spread; 0: none.")
    ] = 0
    fourier_scale: Annotated[
        float,
        knob("Fourier scale s", above=0.0, high=20.0, log=True, tip="Frequencies f ~ N(0, s² I), cycles per spread."),
    ] = 0.5

    @property
    def hidden(self) -> int:
        """Number of hidden layers."""
        return self.depth

    def units(self, layer: int) -> int:
        """Outputs of a hidden layer."""
        return self.width

    def acts(self, layer: int) -> bool:
        """Whether the activation is applied to what this hidden layer gives."""
        return True

    def closes(self, layer: int) -> bool:
        """Whether what enters the layer before this one is added to what this one gives."""
        return False

    def build(self, problem: Problem, seed: int, device: str) -> Field:
        from engine.learning.net import build

        return build(self, problem, seed, device)
