"""What a net has to know of the part that asks for it."""

from __future__ import annotations

from typing import Protocol


class Architecture(Protocol):
    """Layers and inputs of a velocity net (the velocities ``mlp`` and ``residual``)."""

    width: int  # units per hidden layer
    activation: str
    time_features: int
    fourier: int
    fourier_scale: float

    @property
    def hidden(self) -> int:
        """Number of hidden layers."""

    def closes(self, layer: int) -> bool:
        """Whether what enters the layer before this one is added to what this one gives."""
