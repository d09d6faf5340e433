"""The tabs over the stage: one for each view."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QTabBar, QWidget

from app.guard import guarded
from app.plain_text import entry, plain
from app.scene.view import View
from app.theme import Theme, font
from engine.registry import kinds

SMALLEST = 0.6  # of the text's size


class ViewTabs(QTabBar):
    """``chosen`` carries the kind of a view, when a person chooses it."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("view")
        self._kinds = list(views())
        self._space = 14  # px around the words of a tab
        for k, view in enumerate(views().values()):
            self.addTab(entry(view.title))
            self.setTabToolTip(k, plain(view.hint))
        self.tabBarClicked.connect(self._choose)

    def show_view(self, kind: str) -> None:
        """Mark this one; emits nothing."""
        if kind in self._kinds:
            self.setCurrentIndex(self._kinds.index(kind))

    @guarded
    def tabSizeHint(self, index: int) -> QSize:
        """As wide as when it is chosen, for then it is bold, and its neighbours must not move."""
        return QSize(self._wide(index, self.font()), super().tabSizeHint(index).height())

    def dress(self, theme: Theme, room: int) -> None:
        """Words of the theme's size, or of the largest that has room for all: what is out of sight is not there."""
        self._space = round(1.1 * theme.text_px)
        for px in range(theme.text_px, round(SMALLEST * theme.text_px) - 1, -1):
            given = font(theme, px / theme.text_px)
            if sum(self._wide(k, given) for k in range(self.count())) <= room:
                break
        if given != self.font():
            self.setFont(given)

    def _wide(self, index: int, given: QFont) -> int:
        bold = QFont(given)
        bold.setBold(True)
        return QFontMetrics(bold).horizontalAdvance(self.tabText(index)) + self._space

    def _choose(self, k: int) -> None:
        if k >= 0:
            self.chosen.emit(self._kinds[k])


def views() -> dict[str, type[View]]:
    """Every view by its kind, in the order of the tabs."""
    return kinds(View.family)
