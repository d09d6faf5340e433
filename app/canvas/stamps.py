"""Many discs at once: copies of a few pictures of one, not ellipses, each of which Qt outlines anew."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPen

from app.canvas.strokes import discs

FEW = 8  # discs that are not worth it
PHASES = 4  # places within a pixel, along each axis, that a disc may have
FAR = 2.0**20  # px: no picture is there


def dots(painter: QPainter, inked: Sequence[tuple[QColor, np.ndarray]], size: float, rim: float = 0.0) -> None:
    """Discs of diameter ``size``, or rings where there is a ``rim`` px wide: about finite points (n, 2), by colour."""
    if sum(len(px) for _, px in inked) >= FEW and _one_to_one(painter):
        _stamp(painter, inked, size, rim)
        return
    for ink, px in inked:
        painter.setPen(QPen(ink, rim) if rim else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if rim else ink)
        discs(painter, px, size)


def _one_to_one(painter: QPainter) -> bool:
    """Whether it has pixels, which are neither turned nor stretched."""
    onto = painter.deviceTransform()
    turned = onto.m12() or onto.m21() or onto.m13() or onto.m23()
    return painter.paintEngine().type() == QPaintEngine.Type.Raster and not turned and onto.m11() == onto.m22() > 0


def _stamp(painter: QPainter, inked: Sequence[tuple[QColor, np.ndarray]], size: float, rim: float) -> None:
    """Each place is rounded to a quarter of a pixel of the device."""
    onto = painter.deviceTransform()
    scale = onto.m11()
    half, width = round(scale * size / 2, 3), round(scale * rim, 3)
    reach = math.ceil(half + width / 2) + 1
    stamps = [stamp for ink, px in inked if len(px) for stamp in _stamps(half, width, ink.rgba(), reach)]
    of = np.repeat(np.arange(len(stamps) // PHASES**2), [len(px) for _, px in inked if len(px)])
    px = np.concatenate([px for _, px in inked]) * scale + (onto.dx(), onto.dy())
    near = (np.abs(px) < FAR).all(-1)
    at = np.floor(px[near] * PHASES + 0.5).astype(int)
    which = (of[near] * PHASES + at[:, 0] % PHASES) * PHASES + at[:, 1] % PHASES
    left, top = (at // PHASES - reach).T.tolist()
    painter.save()
    painter.setTransform(onto.inverted()[0] * painter.worldTransform())
    draw = painter.drawImage
    for x, y, k in zip(left, top, which.tolist(), strict=True):
        draw(x, y, stamps[k])
    painter.restore()


@lru_cache(maxsize=512)
def _stamps(half: float, width: float, ink: int, reach: int) -> tuple[QImage, ...]:
    """A disc, or with a ``width`` a ring, at each of the places within a pixel that are told apart."""
    colour, made = QColor.fromRgba(ink), []
    for k in range(PHASES**2):
        picture = QImage(2 * reach + 1, 2 * reach + 1, QImage.Format.Format_ARGB32_Premultiplied)
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour, width) if width else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if width else colour)
            painter.drawEllipse(QPointF(reach + k // PHASES / PHASES, reach + k % PHASES / PHASES), half, half)
        made.append(picture)
    return tuple(made)
