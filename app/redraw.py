"""What is drawn, one part at a time: the newest snapshot and the current look onto the widgets that show them."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from app.controller import Controller
from app.docks.cloud_picture import Cloud
from app.docks.experiment import ExperimentDock
from app.docks.measures import Measures
from app.docks.notice import Notice
from app.docks.round_strip import RoundStrip
from app.docks.selection import Selection
from app.plain_text import explain
from app.scene import compose, staying
from app.scene.staying import Stays
from app.stage import Stage
from app.theme import Theme
from engine.snapshot import Snapshot

FRAME = 0.05  # seconds: the picture that says so is drawn after the wait was found long


class Redraw:
    """``parts`` are what the heartbeat draws; ``theme`` is the one to draw in."""

    def __init__(
        self,
        controller: Controller,
        dock: ExperimentDock,
        stage: Stage,
        strip: RoundStrip,
        measures: Measures,
        notice: Notice,
        selection: Selection,
    ) -> None:
        self._controller, self._document = controller, controller.document
        self._dock, self._stage, self._strip, self._measures, self._notice = dock, stage, strip, measures, notice
        self._selection = selection
        self._clouds = {"source": Cloud(), "target": Cloud()}
        for end, cloud in self._clouds.items():
            dock.set_cloud(end, cloud)
            explain(cloud, f"double click: draw the {end}")
            cloud.opened.connect(lambda end=end: dock.draw_requested.emit(end))
        self._engine_said = False
        self._stays = Stays()
        self.theme: Theme | None = None

    def parts(self) -> dict[str, Callable[[], None]]:
        """By name, the moving picture first."""
        return {"stage": self.stage, "charts": self.charts, "strip": self.strip, "dock": self.dock}

    def all(self) -> None:
        """Every part, now."""
        for draw in self.parts().values():
            draw()

    def stage(self) -> None:
        snapshot, look = self._controller.snapshot, self._document.look
        if snapshot is None:
            return
        now, behind = time.monotonic(), self._controller.behind_since
        self._stays, panels = staying.stage(self._stays, snapshot, look, now, behind)
        drawing = self._document.drawing
        if drawing is not None and drawing.canvas.dim == snapshot.spec.dim:  # or it is one of the dimension before
            panel = drawing.tool.panel(self._with_clouds(), look, drawing.canvas)
            panels = (*compose.on_page((panel,)), *panels[1:])
            look = msgspec.structs.replace(look, alone=min(look.alone, 0))  # the panel that is drawn on
        self._stage.show(panels, look, self.theme, snapshot.spec.dim)

    def notice(self) -> None:
        """Keep what a snapshot shows that another one may overtake before it is drawn: the flow, while a hand drags."""
        snapshot, look = self._controller.snapshot, self._document.look
        since = self._controller.behind_since
        if since is not None:
            self._stays, _ = staying.stage(self._stays, snapshot, look, time.monotonic(), since)

    @property
    def soon(self) -> bool:
        """Whether the stage has to say before long that it waits."""
        return self._stays.since is not None and not self._stays.late(time.monotonic() - FRAME)

    def _with_clouds(self) -> Snapshot:
        """The newest snapshot, or while its pairs are still being matched the last one of the same ends."""
        new = self._controller.snapshot
        old = self._stays.told(new)
        return old if _ends(old) == _ends(new) else new

    def charts(self) -> None:
        if (snapshot := self._controller.snapshot) is not None:
            look = self._document.look
            self._stays, panels = staying.charts(self._stays, snapshot, look, time.monotonic())
            self._measures.draw(panels, snapshot, look, self.theme)

    def strip(self) -> None:
        if (snapshot := self._controller.snapshot) is not None:
            look = self._document.look
            cards = staying.thumbnails(self._stays, snapshot, look)
            at = look.shown(self._stays.told(snapshot))
            name = compose.name(snapshot, look)
            self._strip.draw(cards, at, self.theme, compose.progress(snapshot), name)
            self._strip.say(compose.remark(snapshot, look))
            self._selection.draw(self._stays.told(snapshot), look)

    def dock(self) -> None:
        if (snapshot := self._controller.snapshot) is None:
            return
        for end, panel in zip(("source", "target"), staying.clouds(self._stays, snapshot), strict=True):
            self._clouds[end].draw(panel, self.theme)
        if self._controller.behind and self._engine_said:
            self._notice.say("")
            self._engine_said = False
        if self._controller.current:
            self._dock.show(snapshot, self._controller.running, self._document.look.shown(snapshot))
            if snapshot.message:
                self._notice.say(snapshot.message, True, "Undo", self._document.undo, lasts=True)
            elif self._engine_said:
                self._notice.say("")
            self._engine_said = bool(snapshot.message)


def _ends(snapshot: Snapshot) -> tuple[object, ...]:
    spec = snapshot.spec
    return spec.dim, spec.seed, spec.source, spec.target
