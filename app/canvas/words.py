"""Text that fits its place: nothing is cut, what is too long ends in an ellipsis."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF

from app.theme import Theme, font

LEAST = 0.8  # of its size, to which a headline shrinks before it loses words

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
MIDDLE = Qt.AlignmentFlag.AlignCenter


@lru_cache(maxsize=128)
def face(theme: Theme, scale: float = 1.0, bold: bool = False) -> QFont:
    """The theme's font for pictures: smoothed in grey, so that a picture is the same on every screen and on none. The
    same one for all who ask: a picture asks for its own at every beat."""
    made = font(theme, scale, bold)
    made.setStyleStrategy(QFont.StyleStrategy.NoSubpixelAntialias)
    return made


def fitted(text: str, metrics: QFontMetricsF, width: float) -> str:
    """One line no wider than ``width``."""
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, width))


def headline(text: str, given: QFont, width: float) -> tuple[QFont, str]:
    """A title with a formula after three spaces: first it shrinks a little, then the formula goes, then letters."""
    share = width / max(1.0, QFontMetricsF(given).horizontalAdvance(text))
    shrunk = QFont(given)
    if LEAST <= share < 1:
        shrunk.setPixelSize(max(1, int(given.pixelSize() * share)))
    elif share < 1:
        text = text.partition("   ")[0]
    return shrunk, fitted(text, QFontMetricsF(shrunk), width)


def wrapped(text: str, metrics: QFontMetricsF, width: float, most: int) -> list[str]:
    """At most ``most`` lines, broken at spaces and, while there is room for it, where the text has a line break."""
    made = _broken(text.splitlines(), metrics, width)
    if len(made) > most:
        made = _broken([" · ".join(text.splitlines())], metrics, width)
    if len(made) > most:
        made = [*made[: most - 1], " ".join(made[most - 1 :])] if most > 0 else []
    return [fitted(line, metrics, width) for line in made]


def _broken(paragraphs: list[str], metrics: QFontMetricsF, width: float) -> list[str]:
    made: list[str] = []
    for paragraph in paragraphs:
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and metrics.horizontalAdvance(longer) > width:
                made.append(line)
                longer = word
            line = longer
        made.append(line)
    return made
