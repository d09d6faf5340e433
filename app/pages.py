"""The pages of docs/ in a window of their own: a list, and the page with its links and pictures. Files of the program
alone are read; nothing is fetched."""

from __future__ import annotations

from functools import cache
from importlib import metadata
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QSplitter, QTextBrowser, QVBoxLayout, QWidget

from app.forms.controls import Press
from app.guard import guarded
from app.plain_text import Label
from engine.wording import clean

CHECKOUT = Path(__file__).resolve().parent.parent / "docs"
INSTALLED = "share/doc/rewire"  # below the installation's own root, whatever that is
MOST_BYTES = 2_000_000
FIRST = "course.md"
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif")


@cache
def folder() -> Path:
    """Where the pages lie: in the checkout that this is, else where the program was installed; it may be empty."""
    if (CHECKOUT / FIRST).is_file():
        return CHECKOUT.resolve()
    try:
        files = metadata.files("rewire") or ()
    except metadata.PackageNotFoundError:
        files = ()
    first = next((file.locate() for file in files if file.as_posix().endswith(f"{INSTALLED}/{FIRST}")), None)
    return CHECKOUT if first is None else Path(first).resolve().parent


def pages() -> list[tuple[str, Path]]:
    """Title and file of each; none where the program was installed without them."""
    found = [(_title(path), path) for path in sorted(folder().glob("*.md")) if path.stat().st_size <= MOST_BYTES]
    return sorted(found, key=lambda page: (page[1].name != FIRST, page[0]))


def _title(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as lines:
        first = next((line for line in lines if line.startswith("# ")), f"# {path.stem}")
    return clean(first[2:].strip(), 60)


class Page(QTextBrowser):
    """Markdown without HTML; whatever lies outside docs/ is not opened."""

    @guarded
    def loadResource(self, kind: int, name: QUrl) -> object:
        path = self._inside(name)
        if path is None or path.suffix not in PICTURES:
            return None
        picture = QImage(str(path))
        wide = max(200, self.viewport().width() - 40)
        return picture.scaledToWidth(wide) if picture.width() > wide else picture

    def read(self, path: Path) -> None:
        self.document().setBaseUrl(QUrl.fromLocalFile(str(path)))
        dialect = QTextDocument.MarkdownFeature
        text = path.read_text(encoding="utf-8", errors="replace")[:MOST_BYTES]
        self.document().setMarkdown(text, dialect.MarkdownDialectGitHub | dialect.MarkdownNoHTML)
        self.moveCursor(self.textCursor().MoveOperation.Start)

    def target(self, name: QUrl) -> Path | None:
        """The page that a link of this one means; None for what is not among them."""
        path = self._inside(name)
        return path if path is not None and path.suffix == ".md" else None

    def _inside(self, name: QUrl) -> Path | None:
        whole = self.document().baseUrl().resolved(name)
        path = Path(whole.toLocalFile()).resolve() if whole.isLocalFile() else None
        return path if path is not None and path.is_relative_to(folder()) and path.is_file() else None


class Reader(QDialog):
    """It does not stop the window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Pages")
        self._pages, self._past = pages(), []
        self.list, self.page = QListWidget(self), Page(self)
        self.page.setOpenLinks(False)
        self.page.anchorClicked.connect(self._follow)
        self.list.addItems([title for title, _ in self._pages])
        self.list.currentRowChanged.connect(self._chosen)
        self.back = Press("‹ back", "the page before", self)
        self.back.clicked.connect(self._back)
        self.told = Label("" if self._pages else "The pages did not come with this installation.", self)
        top = QHBoxLayout()
        top.addWidget(self.back)
        top.addWidget(self.told, 1)
        split = QSplitter(self)
        split.addWidget(self.list)
        split.addWidget(self.page)
        split.setStretchFactor(1, 1)
        split.setSizes([220, 680])
        whole = QVBoxLayout(self)
        whole.addLayout(top)
        whole.addWidget(split, 1)
        room = self.screen().availableSize()
        self.resize(min(1000, round(0.9 * room.width())), min(760, round(0.85 * room.height())))
        self.back.setEnabled(False)
        self.list.setCurrentRow(0)

    def _chosen(self, row: int) -> None:
        self.told.setText("")
        self._past.append(row)
        self.back.setEnabled(len(self._past) > 1)
        self.page.read(self._pages[row][1])

    def _back(self) -> None:
        if len(self._past) > 1:
            self._past.pop()
            self.list.setCurrentRow(self._past.pop())

    def _follow(self, name: QUrl) -> None:
        if not name.path() and name.hasFragment():
            self.page.scrollToAnchor(name.fragment())
            return
        path = self.page.target(name)
        rows = [row for row, (_, page) in enumerate(self._pages) if page == path]
        if rows:
            self.list.setCurrentRow(rows[0])
        else:
            self.told.setText(f"{clean(name.toString(), 80)} is not among these pages, and is not opened.")
