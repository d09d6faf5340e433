"""What a net has to know of the part that asks for it."""

from __future__ import annotations

from typing import Protocol


class Architecture(Protocol):
    """Layers and inputs of a velocity net (the velocities ``mlp`` and ``residual``)."""

    activation: str
    time_features: int
    fourier: int
    fourier_scale: float

    @property
    def hidden(self) -> int:
        """Number of hidden layers."""

    def units(self, layer: int) -> int:
        """Outputs of a hidden layer."""

    def acts(self, layer: int) -> bool:
        """Whether the activation is applied to what this hidden layer gives."""

    def closes(self, layer: int) -> bool:
        """Whether what enters the layer before this one is added to what this one gives."""
