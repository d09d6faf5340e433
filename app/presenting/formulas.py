"""Words with formulas between $, as a document that any painter draws; formulas are set by ziamath."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import accumulate

from PySide6.QtCore import QByteArray, QRectF, QUrl
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtSvg import QSvgRenderer

BRACES = re.compile(r"(?:\\left|\\right|\\begin|\\end)(?![A-Za-z])|(?<!\\)[{}]")
OPENING = "{", r"\left", r"\begin"
FORMULA = re.compile(r"\$([^$\n]{1,400})\$")
#: With what ends a sentence, or Qt would begin a line with it: it breaks lines after any picture.
CLOSED = re.compile(FORMULA.pattern + r"([,.;:]?)")
LARGER = 1.12  # than the letters around it, whose x is higher
RATIO = 2.0  # pixels of a formula's picture to one of the page
NESTED = 5  # braces within each other: ziamath takes twice as long for each more
WIDEST = 4000  # px of a page
_LOCK = threading.Lock()  # of ziamath, whose configuration is global
Asked = tuple[str, int, str]  # a formula, text height in px, colour


@lru_cache(512)
def formula(latex: str, px: int, ink: str) -> QImage:
    """Its picture, as far above the middle of a line as below. Raises whatever ziamath does for what is none, and
    ValueError for what would take long."""
    import ziamath

    steps = accumulate(1 if word in OPENING else -1 for word in BRACES.findall(latex))
    if max(steps, default=0) > NESTED:
        raise ValueError("braces within braces")
    with _LOCK:
        ziamath.config.svg2 = False
        made = ziamath.Latex(latex, size=LARGER * px, color=ink, inline=True)
        svg, (wide, high), under = made.svg(), made.getsize(), -made.getyofst()
    axis = 0.2 * px  # what Qt puts into the middle of a line, above the baseline
    half = max(high - under - axis, under + axis, 0.5 * px)
    if not max(wide, half) <= WIDEST:
        raise ValueError("it is too large")
    picture = QImage(round(RATIO * (wide + 1)), round(RATIO * 2 * half), QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(0)
    with QPainter(picture) as painter:
        painter.scale(RATIO, RATIO)
        QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0.5, half - (high - under - axis), wide, high))
    picture.setDevicePixelRatio(RATIO)
    return picture


def ready(texts: Iterable[str], px: int, ink: str, stop: Callable[[], bool] = lambda: False) -> None:
    """Set all formulas of these texts, in whichever thread: afterwards they cost nothing."""
    for text in texts:
        for match in CLOSED.finditer(text):
            if stop():
                return
            _picture(match, px, ink)


def document(text: str, font: QFont, ink: str, width: float) -> QTextDocument:
    """Markdown without HTML, pictures or links, laid out in so many px. What is no formula is shown as it was typed."""
    made, pictures = QTextDocument(), {}

    def placed(match: re.Match[str]) -> str:
        picture = _picture(match, font.pixelSize(), ink)
        if picture is None:
            return match[0].replace("$", "").replace("\\", "\\\\")
        name = f"formula:{len(pictures)}"
        pictures[name] = picture
        rest = "" if _closes(match) else match[2]
        return f"![formula]({name}){rest}"  # without words in between Qt leaves it out

    safe = re.sub(r"([!\]])(?=[\[(])", r"\1\\", text)
    words = CLOSED.sub(placed, safe)
    made.setDefaultFont(font)
    made.setDocumentMargin(0)
    dialect = QTextDocument.MarkdownFeature
    made.setMarkdown(words, dialect.MarkdownDialectCommonMark | dialect.MarkdownNoHTML)
    for name, picture in pictures.items():  # setMarkdown forgets those from before
        made.addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), picture)
    _dress(made, QColor(ink))
    made.setTextWidth(width)
    return made


def _closes(match: re.Match[str]) -> bool:
    """Whether what follows a formula can be set with it: what it ends with must not take it for its own."""
    return bool(match[2]) and not match[1].rstrip().endswith("\\") and "%" not in match[1]


def _picture(match: re.Match[str], px: int, ink: str) -> QImage | None:
    try:
        alone = formula(match[1], px, ink)  # one that is none stays none
        return formula(rf"{match[1]}\text{{{match[2]}}}", px, ink) if _closes(match) else alone
    except Exception:  # whatever somebody typed between two dollars
        return None


def _dress(made: QTextDocument, colour: QColor) -> None:
    """The ink of the theme, and formulas about the middle of their line."""
    plain = QTextCharFormat()
    plain.setForeground(colour)
    cursor = QTextCursor(made)
    cursor.select(QTextCursor.SelectionType.Document)
    cursor.mergeCharFormat(plain)
    middle = QTextCharFormat()
    middle.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
    block = made.begin()
    while block.isValid():
        part = block.begin()
        while not part.atEnd():
            fragment = part.fragment()
            if fragment.charFormat().isImageFormat():
                cursor.setPosition(fragment.position())
                cursor.setPosition(fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor)
                cursor.mergeCharFormat(middle)
            part += 1
        block = block.next()
