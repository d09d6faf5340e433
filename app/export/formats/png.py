from __future__ import annotations

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage

from app.export.carried import carrying
from app.export.format import Format
from app.export.page import Page
from app.export.painting import image
from app.scene.look import Look
from engine.parts import Wrong
from engine.registry import part
from engine.snapshot import Snapshot


@part
class Png(Format, frozen=True, tag="png"):
    """Pixels, with the experiment and how it is looked at inside: dropped on the window, it opens again."""

    title = "PNG"
    suffix = ".png"
    rank = 0

    def content(self, snapshot: Snapshot, look: Look, page: Page) -> bytes:
        return carrying(encoded(image(snapshot, look, page)), snapshot.spec, look)


def encoded(picture: QImage) -> bytes:
    """The same picture gives the same bytes. Raises Wrong."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not picture.save(buffer, "PNG"):
        raise Wrong("the picture", "cannot be packed as PNG")
    return bytes(buffer.data().data())
