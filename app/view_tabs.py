"""The tabs over the stage: one for each view."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QTabBar, QWidget

from app.plain_text import entry, plain
from app.scene.view import View
from engine.registry import kinds


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
        for k, view in enumerate(views().values()):
            self.addTab(entry(view.title))
            self.setTabToolTip(k, plain(view.hint))
        self.tabBarClicked.connect(self._choose)

    def show_view(self, kind: str) -> None:
        """Mark this one; emits nothing."""
        if kind in self._kinds:
            self.setCurrentIndex(self._kinds.index(kind))

    def _choose(self, k: int) -> None:
        if k >= 0:
            self.chosen.emit(self._kinds[k])


def views() -> dict[str, type[View]]:
    """Every view by its kind, in the order of the tabs."""
    return kinds(View.family)
