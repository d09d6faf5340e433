from __future__ import annotations

from app.export.cloud import End
from engine.registry import part


@part
class Target(End, frozen=True, tag="target"):
    """The points of the target, drawn, loaded or sampled."""

    title = "Target cloud"
    hint = "the points of the target as placed: all that were drawn or loaded, without jitter, or 20,000 samples"
    name, end = "target", 1
    rank = 22
