"""A picture on the clipboard, with the numbers of what is selected as text."""

from __future__ import annotations

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication, QImage

from app.scene.look import Look
from app.scene.selection import copied
from engine.snapshot import Snapshot


def put(picture: QImage, snapshot: Snapshot | None, look: Look) -> None:
    both = QMimeData()
    both.setImageData(picture)
    if look.selected and snapshot is not None:
        both.setText(copied(snapshot, look))
    QGuiApplication.clipboard().setMimeData(both)
