"""The insides of outlines: what lies within one line is filled, what lies within two is a hole, and so on."""

from __future__ import annotations

import numpy as np


def filled(weights: np.ndarray) -> np.ndarray:
    """Ink (height, width) with the insides of its lines at its darkest."""
    from scipy import ndimage

    drawn = np.pad(weights > 0.02 * weights.max(initial=0), 1)  # a thin line is faint
    lines, count = ndimage.label(drawn, np.ones((3, 3)))
    areas, regions = ndimage.label(~drawn)
    touching = _touching(lines, areas)
    depth, line_depth = np.full(regions + 1, -1), np.full(count + 1, -1)
    outside = areas[0, 0]
    depth[outside], todo = 0, [outside]
    while todo:
        area = todo.pop()
        for line in touching[0].get(area, ()):
            if line_depth[line] < 0:
                line_depth[line] = depth[area]
                for inner in touching[1][line]:
                    if depth[inner] < 0:
                        depth[inner] = depth[area] + 1
                        todo.append(inner)
    inside = (depth[areas] % 2 == 1)[1:-1, 1:-1] & (areas > 0)[1:-1, 1:-1]
    return np.where(inside, weights.max(initial=0), weights)


def _touching(lines: np.ndarray, areas: np.ndarray) -> tuple[dict, dict]:
    """Which lines each area touches, and which areas each line."""
    pairs = set()
    for axis in (0, 1):
        for a, b in ((lines, areas), (areas, lines)):
            first, second = np.take(a, range(a.shape[axis] - 1), axis), np.take(b, range(1, b.shape[axis]), axis)
            both = (first > 0) & (second > 0)
            line, area = (first[both], second[both]) if a is lines else (second[both], first[both])
            pairs |= set(zip(line.tolist(), area.tolist(), strict=True))
    of_area, of_line = {}, {}
    for line, area in sorted(pairs):
        of_area.setdefault(area, []).append(line)
        of_line.setdefault(line, []).append(area)
    return of_area, of_line
