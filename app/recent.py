"""The menu of the documents that were opened or saved last."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QMenu, QWidget

from app import settings
from app.plain_text import entry, explain
from engine.wording import short


class Recent(QMenu):
    """Filled when it is opened; ``choose`` gets a path."""

    def __init__(self, choose: Callable[[str], object], parent: QWidget) -> None:
        super().__init__("Open recent", parent)
        self._choose = choose
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        self.clear()
        paths = settings.recent()
        for path in paths:
            action = self.addAction(entry(_named(path, paths)))
            explain(action, path)
            action.triggered.connect(partial(_chosen, self._choose, path))
        if not paths:
            self.addAction("Nothing was opened yet").setEnabled(False)
            return
        self.addSeparator()
        self.addAction("Clear this list").triggered.connect(lambda: settings.forget_recent())


def _named(path: str, among: list[str]) -> str:
    """Its name, and where another one has the same name the folder, too."""
    name = Path(path).name
    same = sum(Path(other).name == name for other in among) > 1
    return f"{short(name)} in {short(Path(path).parent.name)}" if same else short(name)


def _chosen(choose: Callable[[str], object], path: str, checked: bool = False) -> None:
    choose(path)
