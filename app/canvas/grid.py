"""How any number of panels share a rectangle: on the stage, in a still, in a film."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF

CLEARLY = 1.2  # times as large: for less, panels stay where people look for them
GAP = 2.0  # px between two panels


def columns(n: int) -> int:
    """One, two or three stand side by side; four as 2 x 2, then as square as can be."""
    return max(1, n if n <= 3 else math.ceil(math.sqrt(n)))


def roomiest(n: int, box: QRectF, words: float, least: tuple[float, float]) -> int:
    """In how many columns the plots of ``n`` panels, each with ``words`` px above it, are largest: the usual number
    unless another one is clearly better, in which no panel is lower or narrower than ``least``."""
    usual = columns(n)

    def side(across: int) -> float:
        wide, high = box.width() / across, box.height() / math.ceil(n / across)
        room = across == usual or (wide >= least[0] and high >= least[1])
        return min(wide, high - words) if room else 0.0

    best = max(range(1, n + 1), key=side, default=usual)
    return best if best != usual and side(best) > CLEARLY * side(usual) else usual


def places(n: int, box: QRectF, across: int = 0) -> list[QRectF]:
    """``n`` rectangles of one size, row by row, ``across`` in each; 0 leaves it to ``columns``.

    Their edges are whole pixels if those of the box are, so that a widget's place is that of a picture.
    """
    if not n:
        return []
    across = min(n, across or columns(n))
    down = math.ceil(n / across)
    wide, high = (box.width() - GAP * (across - 1)) / across, (box.height() - GAP * (down - 1)) / down
    made = []
    for k in range(n):
        row, column = divmod(k, across)
        left, right = (round(edge) for edge in (column * (wide + GAP), column * (wide + GAP) + wide))
        top, bottom = (round(edge) for edge in (row * (high + GAP), row * (high + GAP) + high))
        made.append(QRectF(box.left() + left, box.top() + top, max(0, right - left), max(0, bottom - top)))
    return made


def fitting(n: int, box: QRectF, across: int = 0, aspect: float = 1.0) -> list[QRectF]:
    """The same for a page, whose sides may be any: without ``across``, the grid in which things of that ``aspect``,
    width to height, are largest."""
    if n and not across:
        usual = columns(n)

        def size(across: int) -> tuple[float, bool]:
            wide, high = box.width() / across, box.height() / math.ceil(n / across)
            return round(min(wide / aspect, high), 3), across == usual

        across = max(range(1, n + 1), key=size)
    return places(n, box, across)
