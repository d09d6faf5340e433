"""The velocity net with residual blocks."""

from __future__ import annotations

from typing import Annotated

from engine.parts import knob
from engine.registry import part
from engine.velocities.mlp import MLP


@part
class Residual(MLP, frozen=True, tag="residual"):
    """Blocks a + W₂ act(W₁ act(a) + b₁) + b₂ between a linear layer and act, linear (He et al., arXiv 1603.05027)."""

    about = (
        "Residual MLP on (x, t): blocks a ← a + W₂ act(W₁ act(a) + b₁) + b₂, trained on the loss L(v). A linear "
        "stream leaves act(a) out and keeps the other activation."
    )
    rank = 2

    depth: Annotated[int, knob("blocks", 1, 6, tip="Blocks of two hidden layers each, after the first layer.")] = 2
    expansion: Annotated[
        int, knob("expansion", 1, 8, tip="Units inside a block: expansion times the width that it adds to.")
    ] = 1
    linear_stream: Annotated[
        bool,
        knob("linear stream", tip="Blocks a ← a + W₂ act(W₁ a + b₁) + b₂, and the output linear in a."),
    ] = False

    @property
    def hidden(self) -> int:
        return 1 + 2 * self.depth

    def units(self, layer: int) -> int:
        return self.width * (self.expansion if layer % 2 else 1)

    def acts(self, layer: int) -> bool:
        return bool(layer % 2) or not self.linear_stream

    def closes(self, layer: int) -> bool:
        return layer > 0 and layer % 2 == 0 and layer < self.hidden
