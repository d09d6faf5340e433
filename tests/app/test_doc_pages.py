"""The pages of docs/ in the window: all are there, links lead between them, and nothing else is read."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QImage

from app.pages import Reader, folder, pages


def test_every_page_is_read_and_its_pictures_are_there(qtbot) -> None:
    made = Reader()
    qtbot.addWidget(made)
    assert {path.name for _, path in pages()} == {path.name for path in folder().glob("*.md")}
    for row in range(made.list.count()):
        made.list.setCurrentRow(row)
        assert len(made.page.toPlainText()) > 300
    assert "Rewir" in pages()[0][0] or pages()[0][1].name == "course.md"


def test_links_lead_to_pages_and_nowhere_else(qtbot) -> None:
    made = Reader()
    qtbot.addWidget(made)
    first = made.list.currentRow()
    made._follow(QUrl("house.md"))
    assert made._pages[made.list.currentRow()][1].name == "house.md" and made.back.isEnabled()
    for name in ("https://example.org/a.md", "../README.md", "file:///etc/passwd"):
        made._follow(QUrl(name))
        assert "is not opened" in made.told.text()
        assert made._pages[made.list.currentRow()][1].name == "house.md"
    made.back.click()
    assert made.list.currentRow() == first and not made.back.isEnabled()


def test_pictures_come_from_the_pages_folder_alone(qtbot, tmp_path) -> None:
    made = Reader()
    qtbot.addWidget(made)
    outside = tmp_path / "a.png"
    picture = QImage(4, 4, QImage.Format.Format_RGB32)
    picture.fill(0)
    picture.save(str(outside))
    assert made.page.loadResource(2, QUrl.fromLocalFile(str(outside))) is None
    inside = next(path for path in folder().rglob("*") if path.suffix in (".png", ".webp", ".jpg"))
    assert made.page.loadResource(2, QUrl.fromLocalFile(str(inside))).width() > 4
