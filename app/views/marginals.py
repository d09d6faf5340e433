"""The laws of X_t and Z_t side by side, their difference, and the gap between them over t."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

import numpy as np

from app.scene import captions
from app.scene.frame import box, shown
from app.scene.known import FLOW, flow
from app.scene.look import Look
from app.scene.marks import Curve, Panel, Raster
from app.scene.mass import balance, stage_of
from app.scene.numbers import count, number, short
from app.scene.view import Switch, View
from engine.parts import knob
from engine.probe import Probe
from engine.probes.box_mass import Balance, BoxMass
from engine.probes.marginals import Laws
from engine.probes.marginals import Marginals as Asked
from engine.registry import part
from engine.snapshot import RoundView, Snapshot

LAWS = Asked()
BOXED = "Box B", "Mass P(X_t in B)", "Flow through its faces"
TITLES = "Law of X_t", "Law of Z_t", "Difference", "Gap over t"
NOISE = 4.0  # standard errors of the fullest cell: what is smaller stays faint
NUDGE = 0.04  # of the cloud that a key moves the box
SIZES = {"larger": 1.25, "smaller": 0.8}  # of the box: choices that scale it


@part
class Marginals(View, frozen=True, tag="marginals"):
    """Paths differ, marginals agree: where v is v*, the difference is noise and the gap lies in its null band.

    Or the mass through a box: what it gains is what flows in less what flows out.
    """

    title = "Marginals"
    hint = "The laws of X_t and Z_t at t: paths differ, marginals agree; and the mass that flows through a box."
    rank = 50
    knobs_in: ClassVar = {
        "show": {"laws": "the laws of X_t and Z_t", "box": "the mass through a box"},
        "size": {"larger": "a larger box", "smaller": "a smaller box"},
        "page": {f"{a}{b}": f"page of {a} and {b}" for a, b in ("xy", "xz", "yz")},
    }

    show: Annotated[Literal["laws", "box"], knob("show", tip="The laws, or the mass through a box.")] = "laws"
    low: Annotated[tuple[float, ...], knob("low", tip="The box's lower corner; none: one in the middle.")] = ()
    high: Annotated[tuple[float, ...], knob("high", tip="The box's upper corner.")] = ()

    page: Annotated[Literal["xy", "xz", "yz"], knob("page", tip="In 3-D: the two coordinates that are shown.")] = "xy"

    @property
    def axes(self) -> tuple[int, int]:
        return "xyz".index(self.page[0]), "xyz".index(self.page[1])

    def switches(self, snapshot: Snapshot, look: Look) -> tuple[Switch, ...]:
        """In space, which two coordinates are shown."""
        pages = self.knobs_in["page"].items() if snapshot.spec.dim == 3 else ()
        return tuple(
            Switch(words, page == self.page, look.knobs_of(self.turned("page", page)), "", "Coordinates")
            for page, words in pages
        )

    def pointing(self, look: Look) -> bool:
        """The box is moved; the laws are panned."""
        return self.show == "box"

    def resized(self, dim: int) -> Marginals:
        return self if len(self.low) == dim else self.turned("low", ()).turned("high", ())

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return (LAWS, self._asked, FLOW) if self.show == "box" else (LAWS,)

    @property
    def _asked(self) -> BoxMass:
        return BoxMass(low=self.low, high=self.high)

    def pointed(self, snapshot: Snapshot, look: Look, panel: int, at: tuple[float, float]) -> dict[str, Any]:
        """The box goes where one presses."""
        if self.show != "box" or panel or (found := self._balance(snapshot, look)) is None:
            return {}
        middle = (found.low + found.high) / 2
        middle[list(self.axes[: len(middle)])] = at if len(middle) > 1 else at[1]
        return self._placed(look, middle, found.high - found.low)

    def nudged(self, snapshot: Snapshot, look: Look, by: int) -> dict[str, Any]:
        """The box along the coordinate that its page does not show."""
        found, space = self._balance(snapshot, look), box(snapshot)
        if self.show != "box" or snapshot.spec.dim < 3 or found is None or space is None:
            return {}
        k, middle = 3 - sum(self.axes), (found.low + found.high) / 2
        low, high = space[2 * k : 2 * k + 2]
        middle[k] = min(high, max(low, middle[k] + NUDGE * by * (high - low)))
        return self._placed(look, middle, found.high - found.low)

    def chosen(self, snapshot: Snapshot, look: Look, value: str) -> dict[str, Any]:
        name, _, way = value.partition(":")
        if name != "size":
            return super().chosen(snapshot, look, value)
        found = self._balance(snapshot, look)
        return (
            {}
            if found is None
            else self._placed(look, (found.low + found.high) / 2, SIZES[way] * (found.high - found.low))
        )

    def _placed(self, look: Look, middle: np.ndarray, sides: np.ndarray) -> dict[str, Any]:
        low, high = (tuple((middle + by * sides).tolist()) for by in (-0.5, 0.5))
        return look.knobs_of(self.turned("low", low).turned("high", high))

    def _balance(self, snapshot: Snapshot, look: Look) -> Balance | None:
        view = shown(snapshot, look)
        return view.found(self._asked) if view is not None else None

    def panels(self, snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
        view = shown(snapshot, look)
        answer = view.answer(LAWS) if view is not None else None
        boxed = self.show == "box"
        offers = self.offered("show") + (self.offered("page") if snapshot.spec.dim == 3 else ())
        if answer is None or answer.value is None:
            why = answer.trouble if answer is not None else _waiting(snapshot, view)
            waits = answer is None and captions.flows(snapshot, view)
            titles, spaces = (TITLES, ("plane", "plane", "plane", "chart"))
            if boxed:
                titles, spaces = BOXED, ("plane", "chart", "chart")
            return tuple(
                Panel(title, space, empty=why, waits=waits, choices=() if k else offers)
                for k, (title, space) in enumerate(zip(titles, spaces, strict=True))
            )
        laws = answer.value.on(self.axes)
        k = int(np.abs(laws.times - look.t).argmin())
        if boxed:
            asked, found = view.answer(self._asked), self._balance(snapshot, look)
            offers += self.offered("size")
            first = stage_of(snapshot, laws, k, found, look, Panel(f"{BOXED[0]}   at t = {laws.times[k]:.2f}", "plane"))
            (first,) = self._named((first,), snapshot)
            why = asked.trouble if asked is not None and found is None else "Weighing the box…"
            return (replace(first, choices=offers), *balance(found, flow(view), look.t, BOXED[1:], why, asked is None))
        drawn = _lines if snapshot.spec.dim == 1 else _maps
        first, *rest = self._named(drawn(laws, k, snapshot.spec.dim), snapshot)
        return (replace(first, choices=offers), *rest, _gap(laws, look.t))

    def _named(self, panels: tuple[Panel, ...], snapshot: Snapshot) -> tuple[Panel, ...]:
        """In space with axes that say which coordinates these are."""
        if snapshot.spec.dim < 3:
            return panels
        across, up = self.page
        return tuple(replace(panel, axes=True, x_label=across, y_label=up) for panel in panels)


def _waiting(snapshot: Snapshot, view: RoundView | None) -> str:
    if view is None:
        return captions.waiting(snapshot)
    if not captions.flows(snapshot, view):
        return "The coupling alone has no flow.\nPick a later round below."
    return captions.no_flow(snapshot, view) or "Comparing the laws…"


def _words(laws: Laws, k: int, dim: int) -> tuple[tuple[str, str], ...]:
    """Title and caption of the three pictures."""
    at = f"at t = {laws.times[k]:.2f}"
    page = "" if dim < 3 else ", page of {} and {}".format(*("xyz"[k] for k in laws.axes))
    return (
        (f"Law of X_t   {at}", f"n = {count(laws.pairs)} pairs{page}"),
        (f"Law of Z_t   {at}", f"n = {count(laws.particles)} trajectories of dZ/dt = v(Z, t){page}"),
        (f"Difference   {at}", "above 0 the flow has more there, below 0 less"),
    )


def _full(laws: Laws, k: int) -> float:
    """The difference that has the full colour: noise must not look like one."""
    fullest = float(max(laws.x[k].max(), laws.z[k].max()))
    noise = np.sqrt(fullest / laws.cell * (1 / laws.particles + 1 / laws.pairs))
    return max(float(np.abs(laws.z[k] - laws.x[k]).max()), NOISE * float(noise), 1e-12)


def _maps(laws: Laws, k: int, dim: int) -> tuple[Panel, ...]:
    """Densities as maps of the page."""
    most = float(max(laws.x[k].max(), laws.z[k].max(), 1e-12))
    full = _full(laws, k)
    away, ends = (laws.z[k] - laws.x[k]) / full, (f"−{number(full)}", number(full))
    told = {"quantity": "density", "unit": "per length²", "moving": True}
    marks = (
        (Raster((laws.x[k] / most) ** 0.5, laws.bounds, "text", data=laws.x[k], **told),),
        (Raster((laws.z[k] / most) ** 0.5, laws.bounds, "text", data=laws.z[k], **told),),
        (
            Raster(
                away,
                laws.bounds,
                "warning",
                data=laws.z[k] - laws.x[k],
                ink_low="source",
                name="Z_t less X_t, per length²",
                ends=ends,
                **told,
            ),
        ),
    )
    words = _words(laws, k, dim)
    return tuple(
        Panel(title, "plane", drawn, laws.bounds, caption) for (title, caption), drawn in zip(words, marks, strict=True)
    )


def _lines(laws: Laws, k: int, dim: int) -> tuple[Panel, ...]:
    """Densities as curves over x."""
    low, high = laws.bounds[:2]
    w = laws.x.shape[2]
    at = low + (np.arange(w) + 0.5) / w * (high - low)
    top = 1.08 * float(max(laws.x.max(), laws.z.max(), 1e-12))
    (x_title, x_told), (z_title, z_told), (title, _) = _words(laws, k, dim)
    curve = lambda y, ink, name="", dash=False: Curve(np.column_stack([at, y]), ink, name, dash=dash)  # noqa: E731
    truth = () if laws.exact is None else (curve(laws.exact[k, 0], "warning", "closed form", True),)
    box, full = (low, high, 0.0, top), _full(laws, k)
    noise = np.sqrt(laws.x[k, 0] / laws.cell * (1 / laws.particles + 1 / laws.pairs))
    away = Curve(np.column_stack([at, laws.z[k, 0] - laws.x[k, 0]]), "good", "Z_t − X_t", error=None)
    band = (curve(2 * noise, "muted", "± 2 s.e. of none", True), curve(-2 * noise, "muted", "", True))
    return (
        Panel(x_title, "chart", (curve(laws.x[k, 0], "text", "pairs" if truth else ""), *truth), box, x_told),
        Panel(z_title, "chart", (curve(laws.z[k, 0], "text", "flow" if truth else ""), *truth), box, z_told),
        Panel(title, "chart", (*band, away), (low, high, -1.1 * full, 1.1 * full)),
    )


def _gap(laws: Laws, t: float) -> Panel:
    """The sliced W2 over t between its null band."""
    value, error = laws.gap
    null, spread = laws.null
    over = lambda y: np.column_stack([laws.gap_times, y])  # noqa: E731
    band = over(null + 2 * spread), over(np.maximum(null - 2 * spread, 0.0))
    top = 1.12 * float(np.nanmax([value + error, null + 2 * spread, np.full_like(null, 1e-12)]))
    marks = (
        Curve(band[0], "muted", "X_t against itself, ± 2 s.e.", dash=True),
        Curve(band[1], "muted", "", dash=True),
        Curve(over(value), "good", "Z_t against X_t", dots=True, error=error),
        Curve(np.array([[t, 0.0], [t, top]]), "grid", "", width=1.0, moving=True),
    )
    ticks = tuple((x, short(x)) for x in (0.0, 0.25, 0.5, 0.75, 1.0))
    told = f"sliced W2, n = {count(laws.size)}"
    return Panel("Gap over t", "chart", marks, (-0.03, 1.03, 0.0, top), told, x_ticks=ticks)
