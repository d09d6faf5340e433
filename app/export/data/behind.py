from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import numpy as np

from app.export.datum import Datum, Matter, as_csv, as_npz, axes
from app.scene import compose
from app.scene.marks import Arrows, Bars, Curve, Label, Lines, Mark, Panel, Points, Raster
from engine.parts import Wrong
from engine.probe import Probe
from engine.registry import part

COLUMNS = ("panel", "mark", "name", "item", "point", "t")


@part
class Behind(Datum, frozen=True, tag="picture"):
    """The places of all marks of the picture, in the coordinates of the data."""

    title = "Behind the picture"
    hint = "every point, line, arrow, map and curve of the picture and of the charts, in data coordinates"
    suffixes = (".csv", ".npz")
    name = "picture"
    paged = True
    rank = 0

    def needs(self, matter: Matter) -> Iterable[Probe]:
        return matter.page.needs(matter.look)

    def content(self, matter: Matter, suffix: str) -> bytes:
        panels = list(_panels(matter))
        if not any(panel.marks for panel in panels):
            raise Wrong("", "there is nothing behind the picture yet")
        return _npz(panels) if suffix == ".npz" else _csv(panels)


def _panels(matter: Matter) -> Iterator[Panel]:
    """Those of the page, as views and charts give them."""
    page, snapshot = matter.page, matter.snapshot
    if page.stage:
        for look in page.looks(matter.look):
            panels = compose.view(look).panels(snapshot, look)
            yield from panels[look.alone : look.alone + 1] if 0 <= look.alone < len(panels) else panels
    if page.charts:
        for name in matter.look.charts:
            yield compose.chart_of(name).panel(snapshot, matter.look)


def _npz(panels: list[Panel]) -> bytes:
    """``p1_m2_xy``: an array of the second mark of the first panel; ``about`` says what they are, as JSON."""
    arrays: dict[str, np.ndarray] = {}
    about = []
    for p, panel in enumerate(panels, 1):
        told = {"panel": p, "title": panel.title, "caption": panel.caption, "marks": []}
        about.append(told)
        for m, mark in enumerate((*panel.marks, *panel.other), 1):
            found = _arrays(mark)
            arrays |= {f"p{p}_m{m}_{name}": array for name, array in found.items()}
            words = {"mark": m, "is": type(mark).__name__.lower(), "arrays": [f"p{p}_m{m}_{name}" for name in found]}
            told["marks"].append(words | {"name": getattr(mark, "name", "") or getattr(mark, "text", "")})
    return as_npz({"about": np.array(json.dumps(about, ensure_ascii=False)), **arrays})


def _arrays(mark: Mark) -> dict[str, np.ndarray]:
    """All numbers of a mark, by the names of its fields."""
    if isinstance(mark, Bars):
        return {"x": np.asarray(mark.x), "heights": np.array([heights for *_, heights in mark.parts])}
    if isinstance(mark, Raster):
        values = mark.values if mark.data is None else mark.data
        return {"values": np.asarray(values), "bounds": np.array(mark.bounds)}
    names = ("xy", "uv", "t", "error", "who", "shade")
    found = {name: getattr(mark, name, None) for name in names}
    return {name: np.asarray(value) for name, value in found.items() if value is not None}


def _csv(panels: list[Panel]) -> bytes:
    """One row for each place, whatever it belongs to; what a mark has not is empty."""
    dim = max(2, *(_dim(mark) for panel in panels for mark in (*panel.marks, *panel.other)), 2)
    steps = [f"d{name}" for name in axes(dim)]
    columns = (*COLUMNS, *axes(dim), *steps, "error", "value", "particle")

    def rows() -> Iterator[list[object]]:
        for panel in panels:
            head = panel.title.partition("   ")[0]
            for m, mark in enumerate((*panel.marks, *panel.other), 1):
                told = getattr(mark, "name", "") or getattr(mark, "text", "")
                for item, point, t, at, step, error, value, who, name in _places(mark):
                    given = [head, f"{m} {type(mark).__name__.lower()}", name or told, item, point, t]
                    yield [*given, *_padded(at, dim), *_padded(step, dim), error, value, who]

    return as_csv(columns, rows())


def _dim(mark: Mark) -> int:
    return np.shape(mark.xy)[-1] if isinstance(mark, Points | Lines | Arrows) else 2


def _padded(values: Iterable[float], dim: int) -> list[float | None]:
    values = list(values)
    return [*values, *([None] * (dim - len(values)))]


def _places(mark: Mark) -> Iterator[tuple]:
    """(item, point, t, place, step, error, value, particle, name) of everything in a mark."""
    match mark:
        case Points() | Arrows():
            xy = np.asarray(mark.xy, float)
            times = np.broadcast_to(np.asarray(mark.t, float), len(xy)).tolist()
            steps = np.asarray(mark.uv, float).tolist() if isinstance(mark, Arrows) else [()] * len(xy)
            who = [None] * len(xy) if mark.who is None else np.asarray(mark.who).tolist()
            for k, (at, step, t, i) in enumerate(zip(xy.tolist(), steps, times, who, strict=True)):
                yield k, 0, t, at, step, None, None, i, ""
        case Lines():
            xy = np.asarray(mark.xy, float)
            times = np.broadcast_to(np.asarray(mark.t, float), xy.shape[:2]).tolist()
            who = [None] * len(xy) if mark.who is None else np.asarray(mark.who).tolist()
            for k, line in enumerate(xy.tolist()):
                for j, at in enumerate(line):
                    yield k, j, times[k][j], at, (), None, None, who[k], ""
        case Curve():
            errors = [None] * len(mark.xy) if mark.error is None else np.asarray(mark.error, float).tolist()
            for k, at in enumerate(np.asarray(mark.xy, float).tolist()):
                yield k, 0, None, at, (), errors[k], None, None, ""
        case Bars():
            for name, _, heights in mark.parts:
                for k, at in enumerate(zip(np.asarray(mark.x, float), np.asarray(heights, float), strict=True)):
                    yield k, 0, None, [float(x) for x in at], (), None, None, None, name
        case Raster():
            values = np.asarray(mark.values if mark.data is None else mark.data, float)
            x0, x1, y0, y1 = mark.bounds
            high, wide = values.shape
            for k, row in enumerate(values.tolist()):
                for j, value in enumerate(row):
                    at = [x0 + (j + 0.5) / wide * (x1 - x0), y0 + (k + 0.5) / high * (y1 - y0)]
                    yield k, j, None, at, (), None, value, None, ""
        case Label():
            yield 0, 0, mark.t, list(mark.xy), (), None, None, None, ""
