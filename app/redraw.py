"""What is drawn, one part at a time: the newest snapshot and the current look onto the widgets that show them."""

from __future__ import annotations

from collections.abc import Callable

from app.controller import Controller
from app.docks.cloud_picture import Cloud
from app.docks.experiment import ExperimentDock
from app.docks.measures import Measures
from app.docks.notice import Notice
from app.docks.round_strip import RoundStrip
from app.scene import compose
from app.stage import Stage
from app.theme import Theme
from engine.snapshot import Snapshot


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
    ) -> None:
        self._controller, self._document = controller, controller.document
        self._dock, self._stage, self._strip, self._measures, self._notice = dock, stage, strip, measures, notice
        self._clouds = {"source": Cloud(), "target": Cloud()}
        for end, cloud in self._clouds.items():
            dock.set_cloud(end, cloud)
        self._engine_said = False
        self._matched: Snapshot | None = None  # the last one drawn with arrows that had pairs
        self.theme: Theme | None = None

    def parts(self) -> dict[str, Callable[[], None]]:
        """By name, the moving picture first."""
        return {"stage": self.stage, "charts": self.charts, "strip": self.strip, "dock": self.dock}

    def stage(self) -> None:
        snapshot, look = self._controller.snapshot, self._document.look
        if snapshot is None:
            return
        panels = compose.stage(snapshot, look)
        drawing = self._document.drawing
        if drawing is not None and drawing.canvas.dim == snapshot.spec.dim:  # or it is one of the dimension before
            panel = drawing.tool.panel(self._with_clouds(), look, drawing.canvas)
            panels = (*compose.on_page((panel,)), *panels[1:])
        self._stage.show(panels, look, self.theme)

    def _with_clouds(self) -> Snapshot:
        """The newest snapshot, or while its pairs are still being matched the last one of the same ends."""
        new, old = self._controller.snapshot, self._matched
        if new.rounds or old is None or _ends(old) != _ends(new):
            self._matched = new
        return self._matched

    def charts(self) -> None:
        if (snapshot := self._controller.snapshot) is not None:
            look = self._document.look
            self._measures.draw(compose.charts(snapshot, look), snapshot, look, self.theme)

    def strip(self) -> None:
        if (snapshot := self._controller.snapshot) is not None:
            look = self._document.look
            cards = compose.thumbnails(snapshot, look)
            self._strip.draw(cards, look.shown(snapshot), self.theme, compose.progress(snapshot))
            self._strip.say(compose.remark(snapshot, look))

    def dock(self) -> None:
        if (snapshot := self._controller.snapshot) is None:
            return
        for end, panel in zip(("source", "target"), compose.clouds(snapshot), strict=True):
            self._clouds[end].draw(panel, self.theme)
        if self._controller.current:
            self._dock.show(snapshot, self._controller.running, self._document.look.shown(snapshot))
            if snapshot.message:
                self._notice.say(snapshot.message, True, "Undo", self._document.undo)
            elif self._engine_said:
                self._notice.say("")
            self._engine_said = bool(snapshot.message)


def _ends(snapshot: Snapshot) -> tuple[object, ...]:
    spec = snapshot.spec
    return spec.dim, spec.seed, spec.source, spec.target
