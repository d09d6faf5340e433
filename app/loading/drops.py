"""Files dragged over the window: what each place would make of them is shown, and what is dropped is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtWidgets import QWidget

from app.guard import guarded
from app.loading import pasted
from app.loading.drop_zone import DropZone, Place
from app.loading.outline import Outline
from app.loading.sorts import sort_by_name
from app.opening import Opening
from engine.wording import short

KINDS = QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.DragLeave, QEvent.Type.Drop
ENDS = "source", "target"


class Drops(QObject):
    """The window gets all drags: no widget within it accepts any. On the stage the half tells the end, on a card the
    card does; anywhere else a menu asks."""

    def __init__(
        self,
        window: QWidget,
        opening: Opening,
        stage: QWidget,
        cards: Mapping[str, QWidget],
        say: Callable[..., None],
    ) -> None:
        super().__init__(window)
        self._window, self._opening, self._stage, self._say = window, opening, stage, say
        self.zone = DropZone(stage)
        self._cards = dict(cards)
        self.outlines = {name: Outline(card) for name, card in cards.items()}
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    @guarded
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in KINDS:
            return False
        if event.type() == QEvent.Type.DragLeave:
            self._over()
            return True
        paths, held = paths_of(event), pasted.carries(event.mimeData())
        if not paths and not held:
            return False
        event.acceptProposedAction()
        spot = event.position().toPoint()
        if event.type() == QEvent.Type.Drop:
            end = self._end(spot)
            self._over()
            at = self._window.mapToGlobal(spot)
            self._drop(paths, end, at) if paths else self._opening.paste(event.mimeData(), end, at)
        elif paths:
            self._offer(short(Path(paths[0]).name), sort_by_name(paths[0]), len(paths), spot)
        else:
            self._offer(held, "picture" if held == "the picture" else "points", 1, spot)
        return True

    def _drop(self, paths: list[str], end: str, at: QPoint) -> None:
        self._opening.open(paths[0], end, at)
        if len(paths) > 1:
            self._say(f"{len(paths)} files were dropped: {short(Path(paths[0]).name)} is taken.")

    def _offer(self, name: str, sort: str, count: int, spot: QPoint) -> None:
        """What stands where, for a thing of this name and sort, with the cursor there."""
        becomes = "becomes" if sort else "may become"
        places = tuple(Place(end, end.capitalize(), f"{name} {becomes} the {end}") for end in ENDS)
        note = f"{count} files: the first of them is taken." if count > 1 else ""
        if sort == "project":
            places = (Place("project", "Open", f"{name}, in place of what is here"),)
        elif not sort:
            note = (
                "By its name this is none of the files that can be opened; its content is looked at when it is dropped."
            )
        here = "project" if sort == "project" else self._end(spot)
        self.zone.offer(places, here, note)
        for end, outline in self.outlines.items():
            able = sort != "project" and not (sort == "picture" and end == "coupling")
            outline.put("" if not able else "here" if end == here and not self._on_stage(spot) else "able")

    def _over(self) -> None:
        self.zone.hide()
        for outline in self.outlines.values():
            outline.put("")

    def _end(self, spot: QPoint) -> str:
        """The end that a place of the window stands for; empty where it is none."""
        if self._on_stage(spot):
            return ENDS[self._stage.mapFrom(self._window, spot).x() >= self._stage.width() / 2]
        widget = self._window.childAt(spot)
        while widget is not None:
            for end, card in self._cards.items():
                if widget is card:
                    return end
            widget = widget.parentWidget()
        return ""

    def _on_stage(self, spot: QPoint) -> bool:
        return self._stage.isVisible() and self._stage.rect().contains(self._stage.mapFrom(self._window, spot))


def paths_of(event: QEvent) -> list[str]:
    """The local files of a drag or drop."""
    urls = event.mimeData().urls() if event.mimeData().hasUrls() else []
    return [url.toLocalFile() for url in urls if url.isLocalFile()]
