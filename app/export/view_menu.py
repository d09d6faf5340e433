"""One view or several, from a menu."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from app.forms.controls import Press
from app.forms.form import polish
from app.plain_text import Label, entry, explain
from app.view_tabs import views


class ViewMenu(QWidget):
    """``chosen``: the kinds that are ticked, in the order of the tabs; none: the view on the stage."""

    chosen = Signal(tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kinds: tuple[str, ...] = ()
        self.button, self.menu = Press("", "one or several", self), QMenu(self)
        self.actions_of = {}
        for kind, view in views().items():
            action = self.actions_of[kind] = self.menu.addAction(entry(view.title))
            action.setCheckable(True)
            explain(action, view.hint)
            action.triggered.connect(partial(self._pressed, kind))
        self.button.setMenu(self.menu)
        self.button.setPopupMode(Press.ToolButtonPopupMode.InstantPopup)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(polish(Label("views", self), "muted"))
        row.addStretch(1)
        row.addWidget(self.button)

    def show_views(self, kinds: tuple[str, ...]) -> None:
        self.kinds = kinds
        titles = [views()[kind].title for kind in kinds] or ["the one on the stage"]
        self.button.setText(entry(f"{', '.join(titles) if len(titles) < 4 else f'{len(titles)} views'} ▾"))
        for kind, action in self.actions_of.items():
            action.setChecked(kind in kinds)

    def _pressed(self, kind: str, on: bool) -> None:
        now = {*self.kinds, kind} if on else set(self.kinds) - {kind}
        self.chosen.emit(tuple(kind for kind in views() if kind in now))
