from __future__ import annotations

from PySide6.QtCore import QBuffer, QIODevice, QRect, QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator

from app.export.format import Format
from app.export.page import Page
from app.export.painting import paint
from app.scene.look import Look
from engine.registry import part
from engine.snapshot import Snapshot

#: Where the font is not, one that is about as wide.
FAMILIES = b'font-family="DejaVu Sans"', b'font-family="DejaVu Sans, Verdana, sans-serif"'


@part
class Svg(Format, frozen=True, tag="svg"):
    """Lines and letters, to be edited in Inkscape, Illustrator or a browser."""

    title = "SVG"
    suffix = ".svg"
    vectors = True
    rank = 1

    def content(self, snapshot: Snapshot, look: Look, page: Page) -> bytes:
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        made = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # the other one knows no clipping
        made.setOutputDevice(buffer)
        made.setSize(QSize(page.width, page.height))
        made.setViewBox(QRect(0, 0, page.width, page.height))
        made.setResolution(round(page.dpi))
        made.setTitle(page.heading or "Rewire")
        made.setDescription(f"{look.view}, t = {look.t:.2f}")
        with QPainter(made) as painter:
            paint(painter, QRectF(0, 0, page.width, page.height), snapshot, look, page)
        return bytes(buffer.data().data()).replace(*FAMILIES)
