from __future__ import annotations

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSizeF
from PySide6.QtGui import QPageSize, QPainter, QPdfWriter

from app.export.format import Format
from app.export.page import Page
from app.export.painting import paint
from app.scene.look import Look
from engine.registry import part
from engine.snapshot import Snapshot

RESOLUTION = 1200  # places on the page are whole numbers of these to an inch


@part
class Pdf(Format, frozen=True, tag="pdf"):
    """Lines and letters on a page of its size, for papers and LaTeX."""

    title = "PDF"
    suffix = ".pdf"
    vectors = True
    rank = 2

    def content(self, snapshot: Snapshot, look: Look, page: Page) -> bytes:
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        made = QPdfWriter(buffer)
        made.setResolution(RESOLUTION)
        made.setTitle(page.heading or "Rewire")
        made.setCreator("Rewire")
        points = QSizeF(page.width / page.dpi * 72, page.height / page.dpi * 72)
        exact = QPageSize.SizeMatchPolicy.ExactMatch
        made.setPageSize(QPageSize(points, QPageSize.Unit.Point, "", exact))
        made.setPageMargins(QMarginsF(0, 0, 0, 0))
        width = points.width() / 72 * RESOLUTION
        with QPainter(made) as painter:
            paint(painter, QRectF(0, 0, width, width * page.height / page.width), snapshot, look, page)
        return bytes(buffer.data().data())
