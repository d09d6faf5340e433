"""The cursor of a drawing tool."""

from __future__ import annotations

from dataclasses import dataclass

from app.scene.marks import Ink


@dataclass(frozen=True)
class Ring:
    """An ellipse around ``at``, or an upright bar where ``bar``; ``half`` its width and height. All in data units."""

    at: tuple[float, float]
    half: tuple[float, float]
    ink: Ink
    bar: bool = False
