"""The words of a step, laid out and painted: heading and text on the left, claims on the right."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QPainter,
    QPalette,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)

from app import theme as themes
from app.lessons.claim import Claim, Verdict
from app.presenting import formulas
from app.theme import Theme

MARKS = {"holds": ("✓", "good"), "fails": ("✗", "danger"), "undecided": ("≈", "muted"), "missing": ("…", "muted")}
SMALLEST = 0.62  # of the size that is asked for, where the words would not fit
RIGHT, GAP = 0.34, 28  # the claims' share of the width, and px before them
HEAD, SMALL = 1.12, 0.86  # of heading and claims, over the text


@dataclass(frozen=True)
class Said:
    """What is to be said."""

    heading: str
    number: str  # "2/4"
    text: str
    verdicts: tuple[tuple[Claim, Verdict], ...] = ()


@dataclass(frozen=True, eq=False)
class Laid:
    """Documents and their places, px."""

    parts: tuple[tuple[QTextDocument, float, float], ...]
    width: float
    height: float


def lay(said: Said, theme: Theme, scale: float, width: float, height: float) -> Laid:
    """As large as is asked for, ``scale`` times the theme's text, and as small as it must be to fit."""
    at = scale
    while True:
        parts = _parts(said, theme, at, width)
        if max(y + part.size().height() for part, _, y in parts) <= height or at <= SMALLEST * scale:
            return Laid(tuple(parts), width, height)
        at -= 0.05 * scale


def paint(painter: QPainter, laid: Laid, theme: Theme) -> None:
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    for part, x, y in laid.parts:
        painter.save()
        painter.translate(x, y)
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette.setColor(QPalette.ColorRole.Text, QColor(theme.ink("text")))
        context.clip = QRectF(0, 0, laid.width - x, laid.height - y)
        part.documentLayout().draw(painter, context)
        painter.restore()


def _parts(said: Said, theme: Theme, scale: float, width: float) -> list[tuple[QTextDocument, float, float]]:
    right, gap = (RIGHT, GAP) if said.verdicts else (0.0, 0)
    wide, ink = width * (1 - right) - gap, theme.ink("text")
    words = f"**{said.heading}** · {said.number}" if said.number else f"**{said.heading}**"
    heading = formulas.document(words, themes.font(theme, HEAD * scale), ink, wide)
    body = formulas.document(said.text, themes.font(theme, scale), ink, wide)
    found = [(heading, 0.0, 0.0), (body, 0.0, heading.size().height() + 3)]
    if said.verdicts:
        found.append((_claims(said.verdicts, theme, SMALL * scale, width * right), wide + gap, 2.0))
    return found


def _claims(verdicts: tuple[tuple[Claim, Verdict], ...], theme: Theme, scale: float, width: float) -> QTextDocument:
    """A claim, and below it what was measured: never asserted before."""
    made = QTextDocument()
    made.setDefaultFont(themes.font(theme, scale))
    made.setDocumentMargin(0)
    cursor = QTextCursor(made)
    for k, (claim, verdict) in enumerate(verdicts):
        mark, ink = MARKS[verdict.state]
        if k:
            cursor.insertBlock()
        _insert(cursor, f"{mark}  ", theme.ink(ink), True)
        _insert(cursor, claim.shown, theme.ink("text"))
        if verdict.words:
            _insert(cursor, f"\u2028{verdict.words}", theme.ink("muted"))
    made.setTextWidth(width)
    return made


def _insert(cursor: QTextCursor, text: str, ink: str, bold: bool = False) -> None:
    look = QTextCharFormat()
    look.setForeground(QColor(ink))
    look.setFontWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
    cursor.insertText(text, look)
