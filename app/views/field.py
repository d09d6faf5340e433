"""The velocity field: arrows, and what a fluid would tell of it."""

from __future__ import annotations

import numpy as np

from app.scene import captions
from app.scene.frame import framed, shown
from app.scene.look import Look
from app.scene.marks import Arrows, Bounds, Lines, Mark, Panel, Raster
from app.scene.numbers import number
from app.scene.view import View
from engine.probe import Probe
from engine.probes.field_map import FieldMap, Mapped
from engine.registry import part
from engine.snapshot import RoundView, Snapshot

FULL = 0.98  # quantile of the values that gets the full colour
EVERY = {1: (2, 3), 2: (2, 2), 3: (2, 2)}  # rows and columns of the grid that have an arrow
STEP = {1: 0.03, 2: 0.06, 3: 0.06}  # of t that an arrow is long, at most
VARIANCE = "tr Var(dX | X_t = x)"
TICKS = 0.01  # of t that the picture follows


@part
class Field(View, frozen=True, tag="field"):
    """Arrows over speed, the divergence, how far lines part, and where v is not v*."""

    title = "Field"
    hint = "The velocity v(x, t): arrows, divergence, how far lines part, and how far v is from v*."
    rank = 40

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return (asked(look),)

    def panels(self, snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
        view, dim = shown(snapshot, look), snapshot.spec.dim
        answer = view.answer(asked(look)) if view is not None else None
        titles = _titles(look.t, dim)
        if answer is None or answer.value is None:
            why, waits = captions.unanswered(snapshot, view, answer, "Asking the field…")
            made = [Panel(title, "plane", empty=why, waits=waits, equal=dim > 1) for title in titles]
            return (framed(made[0], snapshot, look), *made[1:]) if dim < 3 else tuple(made)
        found: Mapped = answer.value
        now = _now(found.bounds, look.t) if dim == 1 else ()
        speed = np.linalg.norm(found.v, axis=-1)
        pictures = (
            (
                _heat(speed, found.bounds, "flow", "|v|", "length/time", 0.55) + _arrows(found, dim),
                f"speed |v| up to {_full(speed)}",
            ),
            (_signed(found.divergence, found.bounds), _divergence_told(found)),
            _or_none(found.variance, found.bounds, "good", VARIANCE, "(length/time)²", f"{VARIANCE}, up to"),
            _gap(found, view),
        )
        return tuple(
            Panel(title, "plane", (*marks, *now), found.bounds, told, equal=dim > 1, empty=why)
            for title, (marks, told, *rest) in zip(titles, pictures, strict=True)
            for why in (rest[0] if rest else "",)
        )


def asked(look: Look) -> FieldMap:
    """The field near the t of the look: a picture for each beat would never be ready."""
    return FieldMap(t=round(round(look.t / TICKS) * TICKS, 6))


def _titles(t: float, dim: int) -> tuple[str, str, str, str]:
    at = "" if dim == 1 else f"   at t = {t:.2f}"
    return (f"Velocity v{at}", f"Divergence{at}", f"How far lines part{at}", f"|v − v*|{at}")


def _full(values: np.ndarray) -> str:
    return number(_top(values))


def _top(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.quantile(np.abs(known), FULL)) if len(known) else 0.0


def _heat(
    values: np.ndarray, bounds: Bounds, ink: str, quantity: str, unit: str, alpha: float = 1.0
) -> tuple[Mark, ...]:
    share = np.nan_to_num(values / (_top(values) or 1.0)).clip(0, 1)
    ground = np.isfinite(values).astype(np.float32)  # where there is anything to tell
    return (
        Raster(ground, bounds, "grid", alpha=0.35, moving=True),
        Raster(share.astype(np.float32), bounds, ink, alpha, True, values, quantity, unit),
    )


def _signed(values: np.ndarray, bounds: Bounds) -> tuple[Mark, ...]:
    share = np.nan_to_num(values / (_top(values) or 1.0))
    ground = np.isfinite(values).astype(np.float32)
    return (
        Raster(ground, bounds, "grid", alpha=0.35, moving=True),
        Raster(share.clip(0, 1).astype(np.float32), bounds, "warning", 1.0, True, values, "div v", "1/time"),
        Raster((-share).clip(0, 1).astype(np.float32), bounds, "source", moving=True),
    )


def _divergence_told(found: Mapped) -> str:
    return f"orange: particles part, blue: they gather; up to {_full(found.divergence)}"


def _or_none(values: np.ndarray | None, bounds: Bounds, ink: str, quantity: str, unit: str, told: str) -> tuple:
    if values is None:
        return (), "", "No closed form is known here."
    return _heat(values, bounds, ink, quantity, unit), f"{told} {_full(values)}"


def _gap(found: Mapped, view: RoundView) -> tuple:
    if found.gap is not None and view.exact:
        return (), "", "v is v* itself: there is no gap."
    return _or_none(found.gap, found.bounds, "warning", "|v − v*|", "length/time", "full colour:")


def _arrows(found: Mapped, dim: int) -> tuple[Mark, ...]:
    """On a coarser grid, none longer than its cells."""
    rows, columns = (slice(every // 2, None, every) for every in EVERY[dim])
    at, v, times = found.at[rows, columns], found.v[rows, columns], found.times[rows, columns]
    there = np.isfinite(v).all(-1)
    at, v, times = at[there], v[there], times[there]
    if not len(at):
        return ()
    if dim == 1:
        return (Arrows(at, STEP[1] * v, "text", width=1.0, alpha=0.9, t=times, dt=STEP[1], moving=True),)
    low, high, bottom, top = found.bounds
    cell = min(high - low, top - bottom) / found.v.shape[0] * EVERY[dim][0]
    longest = float(np.quantile(np.linalg.norm(v[:, :2], axis=1), FULL)) or 1.0
    return (Arrows(at[:, :2], (1.2 * cell / longest) * v[:, :2], "text", width=1.0, alpha=0.9, moving=True),)


def _now(bounds: Bounds, t: float) -> tuple[Mark, ...]:
    xy = np.array([[[bounds[2]], [bounds[3]]]], np.float32)
    return (Lines(xy, "muted", width=1.0, alpha=0.8, moving=True, t=t),)
