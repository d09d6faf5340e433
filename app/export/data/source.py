from __future__ import annotations

from app.export.cloud import End
from engine.registry import part


@part
class Source(End, frozen=True, tag="source"):
    """The points of the source, drawn, loaded or sampled."""

    title = "Source cloud"
    hint = "the points of the source as placed: all that were drawn or loaded, without jitter, or 20,000 samples"
    name, end = "source", 0
    rank = 21
