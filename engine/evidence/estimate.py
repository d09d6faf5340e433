"""A figure with what it rests on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A figure with what it rests on: standard error (None: not known), sample size (0: exact)."""

    value: float
    error: float | None = None
    n: int = 0

    @property
    def exact(self) -> bool:
        return self.n == 0
