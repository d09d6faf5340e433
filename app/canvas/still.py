"""Pictures without a window: panels side by side, and thumbnails."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen, QPixmap

from app.canvas.grid import places
from app.canvas.panel_painter import paint_panel, paint_plot
from app.canvas.strokes import colour
from app.canvas.view import Bounds, View
from app.canvas.words import MIDDLE, face
from app.scene.marks import Panel
from app.theme import Theme
from engine.parts import Wrong

MOST = 32_767  # px along a side: Qt's rasteriser knows no larger place
INCH = 96.0 / 0.0254  # px per metre of a picture at ratio 1
FOOT = 2.2  # height of the row with t, in text heights
MARGIN = 4.0  # px around a thumbnail's marks


def image(
    panels: Sequence[Panel],
    size: QSize,
    theme: Theme,
    ratio: float = 1.0,
    t: float | None = None,
    transparent: bool = False,
    across: int = 0,
    seen: Sequence[Bounds | None] = (),
) -> QImage:
    """The panels as a picture of ``size`` logical pixels, each of them ``ratio`` x ``ratio`` in the file.

    The other arguments are those of ``paint_still``. Raises Wrong where the picture would have no pixels or too many.
    """
    width, height = round(size.width() * ratio), round(size.height() * ratio)
    if not (0 < width <= MOST and 0 < height <= MOST):
        raise Wrong("the picture", f"would be {width} x {height} pixels; each side can have 1 to {MOST:,}")
    # RGB32 takes no alpha; what is opaque then is a smaller file.
    kind = QImage.Format.Format_ARGB32_Premultiplied if transparent else QImage.Format.Format_RGB32
    made = QImage(width, height, kind)
    if made.isNull():
        raise Wrong("the picture", f"of {width} x {height} pixels does not fit into memory")
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent if transparent else QColor(theme.ink("window")))
    with QPainter(made) as painter:
        paint_still(painter, QRectF(0, 0, size.width(), size.height()), panels, theme, t, transparent, across, seen)
    made.setDotsPerMeterX(round(INCH * ratio))
    made.setDotsPerMeterY(round(INCH * ratio))
    return made


def paint_still(
    painter: QPainter,
    box: QRectF,
    panels: Sequence[Panel],
    theme: Theme,
    t: float | None = None,
    transparent: bool = False,
    across: int = 0,
    seen: Sequence[Bounds | None] = (),
) -> None:
    """The panels in a grid, ``across`` in a row (0: as on the stage), and below them ``t`` where it is given.

    ``seen``: for each panel the part of its plane to show. ``transparent`` paints no ground.
    """
    ground = "" if transparent else "window"
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if ground:
        painter.fillRect(box, colour(theme, ground))
    if t is not None:
        foot = QRectF(box.left(), box.bottom() - FOOT * theme.text_px, box.width(), FOOT * theme.text_px)
        paint_time(painter, foot, t, theme)
        box = box.adjusted(0, 0, 0, -round(foot.height()))
    for k, (panel, place) in enumerate(zip(panels, places(len(panels), box, across), strict=True)):
        paint_panel(painter, place, panel, theme, seen[k] if k < len(seen) else None, ground=ground)


def paint_time(painter: QPainter, foot: QRectF, t: float, theme: Theme) -> None:
    """Where t stands between 0 and 1, as on the timeline."""
    px = theme.text_px
    painter.setFont(face(theme, 1.05))
    words = QFontMetricsF(painter.font()).horizontalAdvance("t = 0.00") + 4
    place = QRectF(foot.right() - words - px, foot.top(), words, foot.height())
    left, right, middle = foot.left() + px, place.left() - px, foot.center().y()
    painter.setPen(colour(theme, "text"))
    painter.drawText(place, MIDDLE, f"t = {t:.2f}")
    if right <= left:
        return
    at = left + min(1.0, max(0.0, t)) * (right - left)
    for ink, end in (("border", right), ("accent", at)):
        painter.setPen(QPen(colour(theme, ink), 0.25 * px))
        painter.drawLine(QPointF(left, middle), QPointF(end, middle))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(theme, "accent"))
    painter.drawEllipse(QPointF(at, middle), 0.4 * px, 0.4 * px)


def thumbnail(panel: Panel, theme: Theme, width: int, height: int, ratio: float = 1.0) -> QPixmap:
    """A Panel's marks, without its words, as a little picture of ``width`` x ``height`` logical pixels."""
    made = QPixmap(max(1, round(width * ratio)), max(1, round(height * ratio)))
    made.setDevicePixelRatio(ratio)
    made.fill(QColor(theme.ink("window")))
    plot = QRectF(0, 0, width, height).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
    with QPainter(made) as painter:
        paint_plot(painter, plot, panel, theme.small(), View.of(panel, plot))
    return made
