"""What the clipboard holds, as a file that an experiment can name: files, a table's cells, a picture."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMimeData
from PySide6.QtGui import QImage

from engine.parts import Wrong
from engine.reading.pictures import MAX_PIXELS
from engine.writing import made, write_atomically

MOST = 64 * 2**20  # letters of a text
LOOKED = 2**20  # letters among which a table has a digit; it is asked at every move of a drag
NAME = "the clipboard"
_DIGIT = re.compile(r"\d")
RIGHT = "copy cells of a table, a picture or a file"


def clipped(data: QMimeData, folder: Path | None = None) -> Callable[[], str]:
    """What gives the path of a file of the clipboard's content; it may write one, named by its content, and is not for
    the window's thread. Raises Wrong where there is nothing to use.

    A table and a picture of it stand there together, where a spreadsheet has put them: the table is meant.
    """
    local = [url.toLocalFile() for url in data.urls() if url.isLocalFile()] if data.hasUrls() else []
    if local:
        return lambda: local[0]
    text, image = data.text() if data.hasText() else "", data.hasImage()
    if _cells(text) and not (image and not _several(text)):
        if len(text) > MOST:
            raise Wrong("", f"the clipboard holds more than {MOST // 2**20} million letters; open the file instead")
        suffix = ".tsv" if "\t" in text[:4096] else ".csv"
        return lambda: kept(text.encode(errors="replace"), suffix, folder)
    if image:
        return _drawn(QImage(data.imageData()), folder)
    what = "text without a number" if text.strip() else "nothing that can be a cloud"
    raise Wrong("", f"the clipboard holds {what}; {RIGHT}")


def carries(data: QMimeData) -> str:
    """What is dragged that is no file, in words: a picture, or cells of a table; empty for anything else."""
    text = data.text() if data.hasText() else ""
    return "the table" if _cells(text) and _several(text) else "the picture" if data.hasImage() else ""


def _cells(text: str) -> bool:
    return _DIGIT.search(text, 0, LOOKED) is not None


def _several(text: str) -> bool:
    return "\t" in text or "\n" in text.strip()


def _drawn(image: QImage, folder: Path | None) -> Callable[[], str]:
    if image.isNull():
        raise Wrong("", f"the picture on the clipboard cannot be read; {RIGHT}")
    if image.width() * image.height() > MAX_PIXELS:
        size = f"{image.width()} x {image.height()} pixels"
        raise Wrong("", f"the picture on the clipboard has {size}; {MAX_PIXELS:,} pixels at most")

    def write() -> str:
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")
        return kept(bytes(buffer.data().data()), ".png", folder)

    return write


def kept(content: bytes, suffix: str, folder: Path | None = None) -> str:
    """The path of a file of this content, which is named by it. Raises Wrong where none can be written."""
    path = (folder or place()) / f"pasted-{hashlib.sha256(content).hexdigest()[:12]}{suffix}"
    if not (path.is_file() and path.stat().st_size == len(content)):
        made(path.parent)
        write_atomically(path, content)
    return str(path)


def place() -> Path:
    """Where such files are kept, for as long as anybody may name them."""
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "Rewire" / "pasted"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "rewire" / "pasted"
    data = os.environ.get("XDG_DATA_HOME", "")
    return (Path(data) if os.path.isabs(data) else home / ".local" / "share") / "rewire" / "pasted"
