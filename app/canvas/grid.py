"""How any number of panels share a rectangle: on the stage, in a still, in a film."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF

GAP = 2.0  # px between two panels


def columns(n: int) -> int:
    """One, two or three stand side by side; four as 2 x 2, then as square as can be."""
    return max(1, n if n <= 3 else math.ceil(math.sqrt(n)))


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
