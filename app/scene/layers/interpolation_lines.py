"""The lines of the interpolation, one per pair."""

from __future__ import annotations

import numpy as np

from app.scene.colouring import shades
from app.scene.frame import shown
from app.scene.known import PAIRS, pairs
from app.scene.layer import Layer
from app.scene.look import Look
from app.scene.marks import Lines, Mark
from engine.parts import Path
from engine.probe import Probe
from engine.probes.pairs import Ends
from engine.registry import part
from engine.snapshot import Snapshot

BENT = 33  # points of a line that is not straight


@part
class InterpolationLines(Layer, frozen=True, tag="interpolation lines"):
    """X_t of the first pairs, for all t."""

    title, rank = "lines X_t", 20
    panels = ("interpolation",)

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return (PAIRS,)

    def marks(self, snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
        view = shown(snapshot, look)
        ends = pairs(view)
        if ends is None:
            return ()
        times, xt = lines(view.path, ends, look.lines)
        tint = shades(snapshot, view, look).first(len(xt))
        return (Lines(xt, "pair", width=0.8, alpha=0.55, t=times, who=np.arange(len(xt)), **tint),)


def lines(path: Path, ends: Ends, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Times (m,) and X_t of the first ``most`` pairs (n, m, d); two points each where the path is straight."""
    x0, x1 = ends.x0[:most], ends.x1[:most]
    times = np.array([0.0, 1.0]) if path.straight else np.linspace(0, 1, BENT)
    return times, np.stack([np.asarray(path.at(x0, x1, t)[0], np.float32) for t in times.tolist()], 1)
