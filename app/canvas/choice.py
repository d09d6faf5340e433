"""The button beside a panel's title, where something else can be shown in its place."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from app.canvas.arrangement import title_end
from app.plain_text import entry, explain
from app.scene.marks import Panel
from app.theme import Theme, font


class Choice(QToolButton):
    """``chosen`` carries the value of one of the panel's choices."""

    chosen = Signal(str)

    def __init__(self, what: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._choices: tuple[tuple[str, str], ...] = ()
        self._dress: tuple[object, ...] = ()
        self.setText("▾")
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(what)
        explain(self, what)
        self.menu_of_choices = QMenu(self)
        self.menu_of_choices.aboutToShow.connect(self._fill)
        self.setMenu(self.menu_of_choices)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.hide()

    def offer(self, panel: Panel, box: QRectF, theme: Theme) -> None:
        """Stand behind the title of this panel, which fills ``box`` of the parent; out of sight without choices."""
        self._choices = panel.choices
        dress = panel.title, panel.caption, theme, bool(panel.choices), box
        if dress == self._dress:  # each of these lays its surroundings out anew
            return
        self._dress = dress
        self.setVisible(bool(panel.choices))
        if panel.choices:
            px, (end, middle) = theme.text_px, title_end(panel, box, theme)
            self.setFont(font(theme))
            self.setGeometry(round(end + 0.3 * px), round(middle - 0.7 * px), round(1.6 * px), round(1.4 * px))
            self.raise_()

    def _fill(self) -> None:
        self.menu_of_choices.clear()
        for value, words in self._choices:
            self.menu_of_choices.addAction(entry(words), lambda value=value: self.chosen.emit(value))
