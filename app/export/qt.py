"""Qt for pictures alone: fonts and painters, no display, no OpenGL."""

from __future__ import annotations

import os

_kept: list[object] = []


def ready() -> None:
    """An application of Qt that needs no screen; the one that there is, where there is one."""
    from PySide6.QtGui import QGuiApplication

    if QGuiApplication.instance() is None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        _kept.append(QGuiApplication(["rewire"]))
