"""What may be wanted of a file beside what was asked: in words, and as knobs of the choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Offer:
    """``verb``: it in a few words; ``knobs``: the choice, or its layout, with it."""

    words: str
    verb: str
    knobs: Mapping[str, object]

    def __str__(self) -> str:
        return self.words
