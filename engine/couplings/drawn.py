"""Pairs drawn by hand."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.laws.shapes import FAR, embed
from engine.matching.assignment import Block, Matching, Slices, blocks_said, blockwise
from engine.parts import Distribution, Pairs, Wrong, knob
from engine.registry import part

MAX_ARROWS = 1000


@part
class Drawn(Matching, frozen=True, tag="drawn"):
    """Each X0 is carried along the arrow that starts nearest to it; X1 is assigned optimally to where that leads."""

    about = (
        "Every X0 follows the arrow whose start is nearest to it, moved by end - start; X1 are then assigned to the "
        "moved points at least E|X1 - moved|² (blockwise above 4,096 pairs), so both clouds keep their points. "
        "Arrows with more coordinates than d keep the first d, arrows with fewer get zeros."
    )
    rank = 9

    pairs: Pairs = 8_192
    arrows: Annotated[
        tuple[tuple[float, ...], ...],
        knob(
            "arrows", -FAR, FAR, tip="A row per arrow: the coordinates of its start, then of its end.", editor="arrows"
        ),
    ] = ((-3.0, 1.5, 3.0, -1.5), (-3.0, -1.5, 3.0, 1.5))
    block: Block = 2048

    def check(self, dim: int) -> None:
        count = len(self.arrows)
        if count == 0:
            raise Wrong("arrows", "holds no arrows; draw at least one")
        if count > MAX_ARROWS:
            raise Wrong("arrows", f"holds {count:,} arrows; {MAX_ARROWS:,} at most")
        columns = {len(arrow) for arrow in self.arrows}
        if not columns <= {2, 4, 6}:
            raise Wrong("arrows", "has a row without 2, 4 or 6 numbers; give the start, then the end")
        if len(columns) > 1:
            raise Wrong("arrows", "has rows of different lengths; give every arrow the same number of coordinates")

    def partners(self, x0: np.ndarray, x1: np.ndarray, rng: np.random.Generator) -> Slices:
        from scipy.spatial import cKDTree

        start, end = (embed(half, x0.shape[1]) for half in np.split(np.asarray(self.arrows, float), 2, axis=1))
        _, nearest = cKDTree(start).query(x0)
        return blockwise(x0 + (end - start)[nearest], x1, self.block, rng)

    def note(self, source: Distribution, target: Distribution, dim: int) -> str:
        return blocks_said(self.pairs, dim, self.block)
