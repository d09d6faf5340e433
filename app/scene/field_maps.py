"""Maps of what a field tells at each place, with their scale and unit, and its arrows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.scene.marks import Arrows, Bounds, Ink, Lines, Mark, Panel, Raster
from app.scene.numbers import number
from engine.probes.field_map import Mapped
from engine.snapshot import RoundView

FULL = 0.98  # quantile of the values that gets the full colour
EVERY = {1: (3, 3), 2: (3, 3), 3: (3, 3)}  # rows and columns of the grid that have an arrow
STEP = 0.03  # of t that an arrow on the line is long
LONG = 1.2  # cells of the coarser grid that the longest arrow is
PER = "length/time"
#: What a map can show.
WORDS = {
    "divergence": "divergence",
    "variance": "how far lines part",
    "gap": "|v − v*|",
    "speed": "speed |v|",
}
UNITS = {
    "divergence": "div v, 1/time",
    "variance": f"tr Var(dX | X_t = x), ({PER})²",
    "gap": f"|v − v*|, {PER}",
    "speed": f"|v|, {PER}",
}
INKS: dict[str, Ink] = {"divergence": "warning", "variance": "good", "gap": "warning", "speed": "flow"}


def map_of(what: str, found: Mapped, view: RoundView, panel: Panel) -> Panel:
    """The panel with one of ``WORDS``, or why it cannot be."""
    values = np.linalg.norm(found.v, axis=-1) if what == "speed" else getattr(found, what)
    if what == "gap" and values is not None and view.exact:
        return replace(panel, empty="v is v* itself: there is no gap.")
    if values is None:
        return replace(panel, empty="No closed form is known here.")
    low: Ink = "source" if what == "divergence" else ""
    told = "; ".join(filter(None, ("above 0 particles part, below 0 they gather" if low else "", panel.caption)))
    return replace(panel, marks=heat(values, found.bounds, INKS[what], UNITS[what], ink_low=low), caption=told)


def heat(
    values: np.ndarray, bounds: Bounds, ink: Ink, name: str, alpha: float = 1.0, ink_low: Ink = ""
) -> tuple[Mark, ...]:
    """The values with their scale, over a ground where there is anything to tell."""
    known = np.abs(values[np.isfinite(values)])
    top = float(np.quantile(known, FULL) or known.max()) if len(known) else 0.0
    most = f"{'≥ ' if len(known) and known.max() > 1.005 * top else ''}{number(top)}"
    share = np.nan_to_num(values / (top or 1.0)).clip(-1 if ink_low else 0, 1).astype(np.float32)
    ends = (f"−{number(top)}" if ink_low and top else "0", most)
    quantity, _, unit = name.rpartition(", ")
    return (
        Raster(np.isfinite(values).astype(np.float32), bounds, "grid", alpha=0.35, moving=True),
        Raster(share, bounds, ink, alpha, True, ink_low, name, ends, values, quantity, unit),
    )


def grid(found: Mapped, dim: int) -> tuple[Mark, ...]:
    """Arrows on a coarser grid, none much longer than its cells; in space coloured by their speed."""
    rows, columns = (slice(every // 2, None, every) for every in EVERY[dim])
    at, v, times = found.at[rows, columns], found.v[rows, columns], found.times[rows, columns]
    there = np.isfinite(v).all(-1)
    at, v, times = at[there], v[there], times[there]
    if not len(at):
        return ()
    if dim == 1:
        return (Arrows(at, STEP * v, "text", width=1.0, alpha=0.9, t=times, dt=STEP, moving=True),)
    low, high, bottom, top = found.bounds
    cell = min(high - low, top - bottom) / found.v.shape[0] * EVERY[dim][0]
    speed = np.linalg.norm(v, axis=1)
    longest = float(np.quantile(speed, FULL)) or 1.0
    step = (LONG * cell / longest) * v
    tint = {"shade": (speed / longest).clip(0, 1), "palette": "ramp"} if dim == 3 else {}
    return (Arrows(at, step, "text", width=1.0 if dim < 3 else 1.4, alpha=0.9, moving=True, **tint),)


def rim(found: Mapped) -> tuple[Mark, ...]:
    """The outline of the slice in space."""
    one, other = found.axes
    low, high, bottom, top = found.bounds
    corners = np.tile(found.at[0, 0], (5, 1))
    corners[:, one] = [low, high, high, low, low]
    corners[:, other] = [bottom, bottom, top, top, bottom]
    return (Lines(corners[None], "text", width=1.2, alpha=0.8, moving=True),)
