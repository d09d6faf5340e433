"""The box around a space: its edges, and numbers along three of them that stand at the rim of the picture."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np

from app.scene.marks import Label, Lines, Mark, Panel
from app.scene.numbers import number
from app.scene.projection import Ball

CORNERS = np.array(list(itertools.product((0, 1), repeat=3)), float)  # (8, 3)
#: The two corners of each edge, by the axis it runs along.
EDGES = [[(a, a | bit) for a in range(8) if not a & bit] for bit in (4, 2, 1)]
NAMES = {"space": ("x", "y", "z"), "spacetime": ("t", "x", "y")}
OUT = 0.07  # from an edge to its numbers, on the page
CORNER = 0.06  # of an edge
NUMBERS = 4  # along an edge, about
APART = 0.16  # on the page: numbers along an edge


def cage(panel: Panel) -> tuple[Mark, ...]:
    """Marks in the unit ball, for the panel's camera."""
    if panel.box is None or "axes" not in panel.worded:
        return ()
    ball = Ball.about(panel.box, panel.space == "spacetime")
    low, high = np.array(panel.box[::2], float), np.array(panel.box[1::2], float)
    corners = ball.inside(low + CORNERS * (high - low))
    edges = np.array([[corners[a], corners[b]] for axis in EDGES for a, b in axis], np.float32)
    named: list[Label] = []
    page, _ = panel.camera.seen(corners)
    for axis, name in enumerate(NAMES[panel.space]):
        a, b = _rim(axis, page)
        if not np.linalg.norm(page[a] - page[b]) > 0.3:
            continue  # looked at along this axis
        named += _numbers(panel, page, axis, name, corners[a], corners[b])
    # Names first: of words that would lie on each other the painter keeps those.
    return (Lines(edges, "grid", width=1.0), *sorted(named, key=lambda label: label.ink != "text"))


def _rim(axis: int, page: np.ndarray) -> tuple[int, int]:
    """The edge along this axis that lies lowest on the page, of an upright one the leftmost."""
    ends = np.array([[page[a], page[b]] for a, b in EDGES[axis]])
    middle, run = ends.mean(1), np.abs(ends[:, 1] - ends[:, 0]).mean(0)
    at = middle[:, 0] if run[1] > run[0] else middle[:, 1]
    return EDGES[axis][int(np.argmin(at))]


def _numbers(panel: Panel, page: np.ndarray, axis: int, name: str, start: np.ndarray, end: np.ndarray) -> list[Label]:
    """Along one edge; ``page`` (8, 2) are all corners."""
    low, high = panel.box[2 * axis : 2 * axis + 2]
    ends, _ = panel.camera.seen(np.stack([start, end]))
    run = np.abs(ends[1] - ends[0])
    outward = np.array([-1.0, 0.0]) if run[1] > run[0] else np.array([0.0, -1.0])
    anchor = (1.0, 0.5) if run[1] > run[0] else (0.5, 0.0)
    shift = OUT * (outward @ panel.camera.axes[:2]) / panel.camera.zoom * 0.5
    told = [((value - low) / (high - low), words) for value, words in _ticks(low, high)]
    # Near a corner another axis begins, whose numbers would lie there too.
    told = [(share, words) for share, words in told if CORNER < share < 1 - CORNER] or [(0.5, "")]
    told = told[:: -(-len(told) // max(1, int(np.linalg.norm(ends[1] - ends[0]) / APART)))]  # foreshortened: fewer
    places = [tuple((start + share * (end - start) + shift).tolist()) for share, _ in told]
    top = int(ends[1, 1] > ends[0, 1])
    above = (np.abs(page[:, 0] - ends[top, 0]) < 2 * APART) & (page[:, 1] > ends[top, 1] + 0.01)
    if run[1] > run[0] and not above.any():  # there is room above an upright edge
        numbers = [Label(place, words, "muted", anchor) for place, (_, words) in zip(places, told, strict=True)]
        return [*numbers, Label(tuple((start, end)[top].tolist()), name, "text", (0.5, 1.1))]
    # Else it stands with the last number: beside the numbers, small pictures have no room for it.
    *few, last = (Label(place, words, "muted", anchor) for place, (_, words) in zip(places, told, strict=True))
    return [*few, replace(last, text=f"{name} = {last.text}" if last.text else name, ink="text")]


def _ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Round numbers between, with as many decimals as tell them apart."""
    span = high - low
    if not 0 < span < math.inf:
        return []
    step = 10.0 ** math.floor(math.log10(span / NUMBERS))
    step *= min((m for m in (1, 2, 5, 10) if span / (m * step) <= NUMBERS + 1), default=10)
    places = max(0, -math.floor(math.log10(step)))
    values = [k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
    far = max(map(abs, values), default=0.0) >= 1e5 or places > 4
    return [(v, number(v) if far else f"{v:.{places}f}".replace("-", "−")) for v in values]
