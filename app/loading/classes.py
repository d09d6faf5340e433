"""The classes of a cloud: their colours, how many points each has, and which are kept."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.forms.controls import Press
from app.forms.form import polish
from app.loading.picture import shade
from app.plain_text import Elided
from app.scene.numbers import count
from app.theme import SHADES, Theme
from engine.wording import clean

SIDE = 10  # px of a swatch


class Classes(QWidget):
    """``chosen``: the names of those that are kept; empty for all."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head = polish(Elided("", self), "muted")
        self.every = Press("all", "keep every class", self)
        self.none = Press("none", "keep none but those that are marked next", self)
        self.every.clicked.connect(lambda: self._all(True))
        self.none.clicked.connect(lambda: self._all(False))
        self.list = QListWidget(self)
        self.list.setFlow(QListWidget.Flow.LeftToRight)
        self.list.setWrapping(True)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.list.setAccessibleName("the classes that are kept")
        self.list.itemChanged.connect(lambda _: self._tell())
        top, column = QHBoxLayout(), QVBoxLayout(self)
        top.addWidget(self.head, 1)
        top.addWidget(self.every)
        top.addWidget(self.none)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(self.list)
        self.hide()

    def put(self, title: str, classes: tuple[tuple[str, int], ...], kept: tuple[str, ...], theme: Theme) -> None:
        """``kept``: in the order of the cloud's labels."""
        self.setVisible(bool(classes))
        self.head.setText(f"classes by {title}")
        blocked = self.list.blockSignals(True)
        names = [name for name, _ in classes]
        if [self.list.item(k).data(Qt.ItemDataRole.UserRole) for k in range(self.list.count())] != names:
            self.list.clear()
            for name, _ in classes:
                item = QListWidgetItem(self.list)
                item.setData(Qt.ItemDataRole.UserRole, name)
        shades = theme.shades("classes")
        for k, (name, n) in enumerate(classes):
            item, swatch = self.list.item(k), QPixmap(SIDE, SIDE)
            item.setText(f"{clean(name, 40)}  {count(n)}")
            on = name in kept
            colour = shades[min(SHADES - 1, int(shade(kept.index(name)) * SHADES))] if on else theme.ink("border")
            swatch.fill(QColor(colour))
            item.setIcon(swatch)
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self.list.blockSignals(blocked)
        line = self.fontMetrics().height() + 8
        self.list.setFixedHeight(min(4, 1 + len(classes) // 3) * line + 6)

    def _all(self, on: bool) -> None:
        blocked = self.list.blockSignals(True)
        for k in range(self.list.count()):
            self.list.item(k).setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self.list.blockSignals(blocked)
        if on:
            self._tell()

    def _tell(self) -> None:
        items = [self.list.item(k) for k in range(self.list.count())]
        on = [item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() == Qt.CheckState.Checked]
        if on:
            self.chosen.emit(() if len(on) == len(items) else tuple(on))
