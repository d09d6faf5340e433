"""What a camera sees, as marks of a plane: far ones first, fainter and thinner. For painters that know no depth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from app.scene.cage import cage
from app.scene.camera import Camera
from app.scene.marks import Arrows, Label, Lines, Mark, Panel, Points
from app.scene.projection import seen

PAGE = (-1.12, 1.12, -1.08, 1.08)  # the box and its numbers, from everywhere
SLABS = 10  # depths that are told apart
PIECES = 12  # of a straight line, which may pass through them all
FAINT, STRONG = 0.4, 1.0  # of the alpha, at the back and at the front
THIN, THICK = 0.75, 1.3  # of widths and sizes


def flat(panel: Panel) -> Panel:
    """The same picture in the plane of the page; panels of other spaces as they are."""
    if not seen(panel):
        return panel
    return replace(_page(panel), marks=_sorted(panel, panel.marks), other=_sorted(panel, panel.other))


def _sorted(panel: Panel, marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """With the box around them, far ones first."""
    deep: list[tuple[int, int, Mark]] = []
    for k, mark in enumerate((*cage(panel), *marks)):
        deep += ((slab, k, _unnamed(made)) for slab, made in _flattened(mark, panel.camera))
    drawn = tuple(mark for _, _, mark in sorted(deep, key=lambda item: item[:2]))
    return (*_named(marks), *drawn)


def _page(panel: Panel) -> Panel:
    bounds = PAGE if panel.box is not None else None
    return replace(panel, space="plane", bounds=bounds, equal=True, axes=False)


def words(panel: Panel) -> Panel:
    """The same without all that is no word, on the page."""
    labels = tuple(mark for mark in (*cage(panel), *panel.marks) if isinstance(mark, Label))
    made = tuple(made for mark in labels for _, made in _flattened(mark, panel.camera))
    return replace(_page(panel), marks=(*_named(panel.marks), *made), other=(), divide=None)


def _named(marks: tuple[Mark, ...]) -> Iterator[Mark]:
    """Marks that have names without their places, for the legend: in pieces of all depths each would be in it often."""
    for mark in marks:
        if isinstance(mark, Points | Arrows | Lines) and mark.name:
            empty = {"xy": np.zeros((0, 2, 2) if isinstance(mark, Lines) else (0, 2)), "shade": None}
            yield replace(mark, **empty, **({"uv": np.zeros((0, 2))} if isinstance(mark, Arrows) else {}))


def _unnamed(mark: Mark) -> Mark:
    return replace(mark, name="") if isinstance(mark, Points | Arrows | Lines) and mark.name else mark


def cue(near: np.ndarray | float) -> tuple[np.ndarray | float, np.ndarray | float]:
    """Factors of alpha and of width for what is so near, -1 to 1."""
    share = np.clip((near + 1) / 2, 0, 1)
    return FAINT + share * (STRONG - FAINT), THIN + share * (THICK - THIN)


def pieces(mark: Lines) -> Lines:
    """Straight lines in pieces, each with a depth of its own."""
    xyz = np.asarray(mark.xy)
    if xyz.ndim != 3 or xyz.shape[1] != 2:
        return mark
    share = np.linspace(0, 1, PIECES + 1, dtype=np.float32)[:, None]
    with np.errstate(invalid="ignore", over="ignore"):
        return replace(mark, xy=xyz[:, :1] + share * (xyz[:, 1:] - xyz[:, :1]))


def _flattened(mark: Mark, camera: Camera) -> Iterator[tuple[int, Mark]]:
    """The marks that it becomes, each with its slab, 0 the farthest."""
    match mark:
        case Points():
            page, near = camera.seen(mark.xy)
            for slab, rows in _slabs(near):
                alpha, width = cue(_middle(slab))
                shade = None if mark.shade is None else mark.shade[rows]
                yield (
                    slab,
                    replace(mark, xy=page[rows], shade=shade, alpha=alpha * mark.alpha, size=width * mark.size),
                )
        case Arrows():
            ends, near = camera.seen(np.stack([mark.xy, np.asarray(mark.xy) + mark.uv], 1))
            for slab, rows in _slabs(near.mean(1)):
                alpha, width = cue(_middle(slab))
                shade = None if mark.shade is None else mark.shade[rows]
                start, end = ends[rows, 0], ends[rows, 1]
                told = {"shade": shade, "alpha": alpha * mark.alpha, "width": width * mark.width}
                yield slab, replace(mark, xy=start, uv=end - start, **told)
        case Lines():
            cut = pieces(mark)
            yield from _lines(cut, camera, cut is not mark)
        case Label():
            page, _ = camera.seen(np.array(mark.xy, float))
            yield SLABS, replace(mark, xy=tuple(page.tolist()))
        # a raster or a curve has no place in space


def _lines(mark: Lines, camera: Camera, straight: bool) -> Iterator[tuple[int, Lines]]:
    """For each slab the stretches that lie in it, as lines that NaN fills up. ``straight``: each line is, and so is
    what is seen of it."""
    if mark.xy.ndim != 3 or mark.xy.shape[1] < 2:
        return
    page, near = camera.seen(mark.xy)
    slab = _slab((near[:, 1:] + near[:, :-1]) / 2)
    n, m = slab.shape
    begins = np.ones((n, m), bool)
    begins[:, 1:] = slab[:, 1:] != slab[:, :-1]
    row, first = np.nonzero(begins)
    last = np.append(first[1:], 0)
    last[np.append(row[1:] != row[:-1], True)] = m
    of = slab[row, first]
    ends = straight and np.isfinite(page).all()
    for slab_of in np.unique(of).tolist():
        chosen = np.flatnonzero(of == slab_of)
        stretch = row[chosen], first[chosen], last[chosen]
        alpha, width = cue(_middle(slab_of))
        told = {"alpha": alpha * mark.alpha, "width": width * mark.width}
        if mark.shade is not None:
            told["shade"] = mark.shade[row[chosen]]
        yield slab_of, replace(mark, xy=_ends(page, *stretch) if ends else _stretches(page, *stretch), **told)


def _ends(page: np.ndarray, row: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    return np.stack([page[row, first], page[row, last]], 1)


def _stretches(page: np.ndarray, row: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """``page[row, first : last + 1]`` of each, (k, longest, 2), with NaN behind the shorter ones."""
    at = first[:, None] + np.arange((last - first).max() + 1)
    over = at > last[:, None]
    made = page[row[:, None], np.where(over, 0, at)]
    made[over] = np.nan
    return made


def _slabs(near: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    of = _slab(near)
    for slab in np.unique(of).tolist():
        yield slab, np.flatnonzero(of == slab)


def _slab(near: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.nan_to_num((near + 1) / 2 * SLABS).astype(int).clip(0, SLABS - 1)


def _middle(slab: int) -> float:
    return 2 * (slab + 0.5) / SLABS - 1
