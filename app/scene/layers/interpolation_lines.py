"""The lines of the interpolation, one per pair."""

from __future__ import annotations

import numpy as np

from app.scene.colouring import shades
from app.scene.frame import shown
from app.scene.known import more_flow, more_pairs, pairs
from app.scene.layer import Layer
from app.scene.look import Look
from app.scene.marks import Lines, Mark
from app.scene.morph import morphed
from engine.parts import Path
from engine.probe import Probe
from engine.probes.pairs import Ends
from engine.registry import part
from engine.snapshot import Snapshot

BENT = 33  # points of a line that is not straight


@part
class InterpolationLines(Layer, frozen=True, tag="interpolation lines"):
    """X_t of the first pairs, for all t; on their way to the trajectories while the look morphs them."""

    title, rank = "lines X_t", 20
    panels = ("interpolation",)

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return (*more_pairs(look), *(more_flow(look) if look.morph else ()))

    def marks(self, snapshot: Snapshot, look: Look) -> tuple[Mark, ...]:
        view = shown(snapshot, look)
        ends = pairs(view)
        if ends is None:
            return ()
        found = morphed(view, look)
        times, xt = found if found is not None else lines(view.path, ends, look.lines)
        tint = shades(snapshot, view, look).first(len(xt))
        alpha = 0.55 if found is None else 0.4  # those that are re-paired stand out of them
        whose = {"t": times, "who": np.arange(len(xt)), **tint}
        return (Lines(xt, "pair", width=0.8, alpha=alpha, moving=look.scrubbing, **whose),)


def lines(path: Path, ends: Ends, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Times (m,) and X_t of the first ``most`` pairs (n, m, d); two points each where the path is straight."""
    x0, x1 = ends.x0[:most], ends.x1[:most]
    times = np.array([0.0, 1.0]) if path.straight else np.linspace(0, 1, BENT)
    return times, np.stack([np.asarray(path.at(x0, x1, t)[0], np.float32) for t in times.tolist()], 1)
