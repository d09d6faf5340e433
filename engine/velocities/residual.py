"""The velocity net with residual blocks."""

from __future__ import annotations

from typing import Annotated

from engine.parts import knob
from engine.registry import part
from engine.velocities.mlp import MLP


@part
class Residual(MLP, frozen=True, tag="residual"):
    """Blocks a + W₂ act(W₁ act(a) + b₁) + b₂ between a linear layer and act, linear (He et al., arXiv 1603.05027)."""

    about = "Residual MLP on (x, t): blocks a ← a + W₂ act(W₁ act(a) + b₁) + b₂, trained on the loss L(v)."
    rank = 2

    depth: Annotated[int, knob("blocks", 1, 6, tip="Blocks of two hidden layers each, after the first layer.")] = 2

    @property
    def hidden(self) -> int:
        return 1 + 2 * self.depth

    def closes(self, layer: int) -> bool:
        return layer > 0 and layer % 2 == 0 and layer < self.hidden
