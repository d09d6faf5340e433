"""Paints curves with their dots and error bars, and stacked bars."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPen

from app.canvas.strokes import colour, discs, finite, polygon, runs, strokes
from app.canvas.view import View
from app.scene.marks import Bars, Curve
from app.theme import Theme

CAP = np.array([3.0, 0.0])  # half the cap of an error bar, px
BELOW = 1e4  # px: below every plot, where error bars end that reach zero on a logarithmic axis
ZERO = 1e-300  # where bars begin on a logarithmic axis


def curve(painter: QPainter, mark: Curve, theme: Theme, view: View, ground: str) -> None:
    xy = np.asarray(mark.xy, float).reshape(-1, 2)
    px, tint = view.px(xy), colour(theme, mark.ink, mark.alpha)
    if mark.error is not None:
        _errors(painter, xy, px, mark, theme, view)
    pen = QPen(tint, theme.line(mark.width))
    if mark.dash:
        pen.setDashPattern([4.0, 3.0])
    strokes(painter, px[None], pen)
    if mark.dots:
        dots(painter, finite(px), mark, theme, ground)


def _errors(painter: QPainter, xy: np.ndarray, px: np.ndarray, mark: Curve, theme: Theme, view: View) -> None:
    some = mark.error > 0
    for sign in (-1, 1):
        with np.errstate(over="ignore", invalid="ignore"):
            tips = view.px(np.stack([xy[:, 0], xy[:, 1] + sign * mark.error], -1))
        tips[:, 1] = np.where(np.isnan(tips[:, 1]) & ~np.isnan(px[:, 1]), BELOW, tips[:, 1])
        tips[:, 0] = px[:, 0]
        stems, caps = np.stack([px, tips], 1), np.stack([tips - CAP, tips + CAP], 1)
        pieces = [piece for line in (*stems[some], *caps[some]) for piece in runs(line)]
        strokes(painter, pieces, QPen(colour(theme, mark.ink, mark.alpha), theme.line(1.0)))


def dots(painter: QPainter, px: np.ndarray, mark: Curve, theme: Theme, ground: str) -> None:
    """The dots of a curve at (n, 2) px; hollow ones show the ``ground``."""
    tint = colour(theme, mark.ink, mark.alpha)
    painter.setPen(QPen(tint, theme.line(1.4)) if mark.hollow else Qt.PenStyle.NoPen)
    painter.setBrush(colour(theme, ground) if mark.hollow else tint)
    discs(painter, px, theme.point(6.0))


def bars(painter: QPainter, mark: Bars, theme: Theme, view: View) -> None:
    """Each part on top of those before it."""
    x = np.asarray(mark.x, float)
    base = np.full(len(x), ZERO if view.log_y else 0.0)
    for _, ink, heights in mark.parts:
        top = base + np.nan_to_num(np.asarray(heights, float), nan=0.0, posinf=0.0, neginf=0.0)
        low, high = np.stack([x - mark.width / 2, base], -1), np.stack([x + mark.width / 2, top], -1)
        tint = colour(theme, ink, mark.alpha)
        painter.setPen(QPen(tint, 1.4) if mark.hollow else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if mark.hollow else tint)
        for (a, b), (c, d) in view.px(np.stack([low, high], 1)).tolist():
            if math.isfinite(a + b + c + d) and b != d:
                painter.drawPolygon(polygon(np.array([[a, b], [c, b], [c, d], [a, d]])))
        base = top
