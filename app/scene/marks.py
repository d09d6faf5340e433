"""The six marks that carry every picture, and the Panel that holds them. Marks name an ink, never a colour.

Places are in data coordinates (..., d) with their time ``t``, a number or an array that goes with them. What is drawn
is a Panel whose places have been brought to the page, or into the unit ball where it is seen with a camera
(``projection``). A chart's places are on its page already, and so are Rasters and the Labels of a plane.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.scene.camera import HOME, Camera

Bounds = tuple[float, float, float, float]  # x low, x high, y low, y high
Box = tuple[float, float, float, float, float, float]  # the same for three axes
WORDED = frozenset({"title", "caption", "legend", "axes"})
Time = float | np.ndarray
Palette = Literal["wheel", "ramp", "classes"]
Ink = str  # a name in resources/inks.toml: source, target, flow, pair, particle, warning, good, text, muted, grid


@dataclass(frozen=True, eq=False)
class Points:
    """``xy`` (n, d). ``size`` in px at normal text size; ``shape`` o, ring, x. ``name`` enters the legend."""

    xy: np.ndarray
    ink: Ink
    size: float = 4.0
    shape: Literal["o", "ring", "x"] = "o"
    alpha: float = 1.0
    moving: bool = False  # changes while t plays: kept out of the cached still picture
    t: Time = 0.0
    name: str = ""
    shade: np.ndarray | None = None  # (n,) from 0 to 1: the colour of each one in ``palette``, instead of the ink
    palette: Palette = "wheel"
    who: np.ndarray | None = None  # (n,) numbers of the particles that they are


@dataclass(frozen=True, eq=False)
class Lines:
    """``n`` polylines of equal length: ``xy`` (n, m, d). ``ink_end``: colour runs from ``ink`` to it along the line."""

    xy: np.ndarray
    ink: Ink
    ink_end: Ink = ""
    width: float = 1.0
    alpha: float = 1.0
    moving: bool = False
    t: Time = 0.0
    name: str = ""
    shade: np.ndarray | None = None  # (n,): the colour of each line in ``palette``, instead of the inks
    palette: Palette = "wheel"
    who: np.ndarray | None = None  # (n,) numbers of the particles that they are


@dataclass(frozen=True, eq=False)
class Arrows:
    """From ``xy`` (n, d) along ``uv`` (n, d), in data units; along ``dt`` in time, where the page shows it."""

    xy: np.ndarray
    uv: np.ndarray
    ink: Ink
    width: float = 1.0
    alpha: float = 1.0
    moving: bool = False
    t: Time = 0.0
    dt: float = 0.0
    name: str = ""
    shade: np.ndarray | None = None
    palette: Palette = "wheel"
    who: np.ndarray | None = None  # (n,) numbers of the particles that they are


@dataclass(frozen=True, eq=False)
class Raster:
    """``values`` (h, w) in 0..1, row 0 at the bottom, over the box ``bounds``; down to -1 with an ``ink_low``.

    With a ``name`` the legend has its colours between ``ends``, what the lowest and the highest one stand for. Where
    the values stand for a ``quantity``, ``data`` (h, w) is that itself, in its ``unit``.
    """

    values: np.ndarray
    bounds: Bounds
    ink: Ink
    alpha: float = 1.0
    moving: bool = False
    ink_low: Ink = ""
    name: str = ""
    ends: tuple[str, str] = ("", "")
    data: np.ndarray | None = None
    quantity: str = ""
    unit: str = ""


@dataclass(frozen=True, eq=False)
class Curve:
    """A chart's curve: ``xy`` (n, 2) with optional standard errors ``error`` (n,). ``dots`` marks each value.

    ``hollow`` leaves the dots open. ``name`` enters the legend; without one the curve has no entry.
    """

    xy: np.ndarray
    ink: Ink
    name: str = ""
    width: float = 2.0
    dash: bool = False
    dots: bool = False
    hollow: bool = False
    error: np.ndarray | None = None
    alpha: float = 1.0
    moving: bool = False


@dataclass(frozen=True, eq=False)
class Label:
    """Text at ``xy`` in data units; ``anchor`` is the point of the text box that lies there, (0, 0) top left."""

    xy: tuple[float, ...]
    text: str
    ink: Ink = "muted"
    anchor: tuple[float, float] = (0.0, 0.0)
    moving: bool = False
    t: float = 0.0


@dataclass(frozen=True, eq=False)
class Bars:
    """Stacked bars: ``parts`` is a tuple of (name, ink, heights (n,)) stacked in order at ``x`` (n,).

    ``hollow`` draws outlines only. A part with an empty name has no entry in the legend.
    """

    x: np.ndarray
    parts: tuple[tuple[str, Ink, np.ndarray], ...]
    width: float = 0.6
    hollow: bool = False
    alpha: float = 1.0
    moving: bool = False


Mark = Points | Lines | Arrows | Raster | Curve | Label | Bars


@dataclass(frozen=True, eq=False)
class Panel:
    """One picture: marks in a space, with its title, caption and ``bounds`` on the page.

    ``plane``: the first two coordinates, or (t, x) on the line. ``chart``: places are on the page already. ``space``:
    the first three coordinates, in ``box``, seen by ``camera``; ``spacetime`` the same of t and the first two.
    """

    title: str
    space: Literal["plane", "chart", "space", "spacetime"]
    marks: tuple[Mark, ...] = ()
    bounds: Bounds | None = None
    caption: str = ""
    x_label: str = ""
    y_label: str = ""
    log_x: bool = False
    log_y: bool = False
    x_ticks: tuple[tuple[float, str], ...] = ()
    axes: bool = False  # numbers around a plane too; a chart always has them
    equal: bool = True  # one unit is as long on both axes (plane only)
    empty: str = ""  # what to say when there is nothing to draw yet
    waits: bool = False  # it is being made: until then the picture of before may stay
    stale: str = ""  # why the picture is not that of now, in a few words: it is drawn dimmed
    hint: str = ""  # what is seen here, for whoever asks
    formula: str = ""  # the same as a formula, as ``typeset`` reads it
    choices: tuple[tuple[str, str], ...] = ()  # (value, words): what else can be shown in its place
    box: Box | None = None
    camera: Camera = HOME
    other: tuple[Mark, ...] = ()  # drawn instead of ``marks`` on the right of ``divide``
    divide: float | None = None  # a share of the bounds' width: the picture is parted there
    guide: str = ""  # what a hand can do here: the window adds it to the caption, a picture has no use for it
    worded: frozenset[str] = WORDED  # what may stand around the marks; a page for a paper leaves some out
    key: object = None  # equal keys: the still marks are unchanged and need not be drawn again
