"""Arrows from source to target: draws the pairs of the coupling."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec
import numpy as np

from app.dimension import recast
from app.forms.typed_values import write_number
from app.scene import marks
from app.scene.camera import Camera
from app.scene.frame import framed
from app.scene.known import pairs
from app.scene.layers.clouds import Clouds
from app.scene.layers.interpolation_lines import lines
from app.scene.layers.time_ends import TimeEnds
from app.scene.look import Look
from app.scene.marks import Lines, Mark, Panel, Points
from app.scene.projection import Ball
from app.scene.ring import Ring
from app.tools.tool import Canvas, Entry, Place, Tool, Verb
from engine.parts import Coupling
from engine.registry import kinds, part
from engine.snapshot import Snapshot
from engine.spec import Experiment

MOST = 1000  # arrows of a drawing
GRIP = 10.0  # px around an end, within which a press takes hold of it
NEAR = 6.0  # px from a shaft, within which a click chooses the arrow
CAUGHT = 14.0  # px from a point of a cloud, within which a place is as deep as that
CLICK = 4.0  # px that the cursor may move in a click
CAPTION = "drag: a new arrow, or move an end · click, Del: take away · Esc when done"


@dataclass(frozen=True, eq=False)
class Aimed(Canvas):
    """``rows`` are starts and ends (n, 2, k), k at least the dimension: coordinates that are not shown are kept.

    ``at`` is where the button was pressed.
    """

    chosen: int = -1  # row of the chosen arrow
    hold: int | None = None  # its end that follows the cursor: 0, 1
    before: np.ndarray | None = None  # the rows that the stroke in progress started from
    camera: Camera | None = None  # of space, which sees the data through ``ball``
    ball: Ball | None = None
    clouds: tuple[np.ndarray, ...] = ()  # both ends as they are shown in the ball: they tell how deep a place is

    def page(self) -> np.ndarray:
        """Starts and ends on the page, (n, 2, 2)."""
        if self.ball is not None:
            return self.camera.seen(self.ball.inside(self.rows[..., :3]))[0]
        if self.dim > 1:
            return self.rows[..., :2]
        return np.stack([np.broadcast_to([0.0, 1.0], self.rows.shape[:2]), self.rows[..., 0]], -1)

    def spot(self, at: Place) -> np.ndarray:
        """The point (k,) that a place of the page means: 0 in coordinates that are not on it."""
        shown = at[1:] if self.dim == 1 else at
        return np.round(np.pad(np.asarray(shown, float), (0, self.rows.shape[-1] - len(shown))), 4)

    def deep(self, at: Place, end: int, unit: Place, usual: np.ndarray) -> np.ndarray:
        """The place of space (3,) that is meant on the page: as near as the end's point under the cursor, else as a
        ``usual`` place (3,)."""
        near = float(self.camera.seen(self.ball.inside(usual))[1])
        if end < len(self.clouds) and len(self.clouds[end]):
            page, depths = self.camera.seen(self.clouds[end])
            px = np.linalg.norm((page - at) / unit, axis=1)
            near = float(depths[np.nanargmin(px)]) if np.nanmin(px) <= CAUGHT else near
        return np.round(self.ball.outside(self.camera.place(at, near)), 4)

    def under(self, at: Place, unit: Place) -> tuple[int, int | None]:
        """Which arrow is at this place (-1: none), and which of its ends, if it is one."""
        if not len(self.rows):
            return -1, None
        px = (self.page() - at) / unit  # the cursor is at 0
        to_ends = np.linalg.norm(px, axis=-1)
        row, which = np.unravel_index(to_ends.argmin(), to_ends.shape)
        if to_ends[row, which] <= GRIP:
            return int(row), int(which)
        a, along = px[:, 0], px[:, 1] - px[:, 0]
        share = np.clip(-(a * along).sum(1) / np.maximum((along**2).sum(1), 1e-12), 0, 1)
        to_shaft = np.linalg.norm(a + share[:, None] * along, axis=1)
        row = int(to_shaft.argmin())
        return (row, None) if to_shaft[row] <= NEAR else (-1, None)


def delete(tool: ArrowTool, canvas: Aimed) -> Aimed:
    """Without the chosen arrow."""
    if canvas.chosen < 0:
        return canvas
    return replace(canvas, rows=np.delete(canvas.rows, canvas.chosen, axis=0), chosen=-1, did="delete an arrow")


def clear(tool: ArrowTool, canvas: Aimed) -> Aimed:
    """An empty canvas. The experiment keeps its last arrows until there is one again."""
    return replace(canvas, rows=canvas.rows[:0], chosen=-1, did="clear arrows") if len(canvas.rows) else canvas


@part
class ArrowTool(Tool, frozen=True, tag="arrows"):
    """A drag draws a new arrow, or moves the end that it starts on; a click chooses the arrow under it, or none.

    In 1-D starts lie on t = 0, ends on t = 1, and of a press only x counts. In 3-D a new arrow's ends are as deep as
    the points under the cursor, and a moved one stays as deep as it was, unless there are some.
    """

    about = "Draws the arrows that the pairs follow."
    rank = 20
    entries = (Entry("arrows", "Draw the pairs", ("A",), "arrows from source to target"),)
    verbs = (
        Verb("Delete", "take the chosen arrow away", delete, ("Del",)),
        Verb("Clear", "an empty canvas", clear),
    )
    title = "Arrows of the coupling"
    spatial = True
    hint = "drag from a source point to where it shall go"

    @property
    def section(self) -> str:
        return "coupling"

    def begin(self, experiment: Experiment) -> Aimed:
        """The arrows of the coupling where it is a drawn one, else an empty canvas."""
        return Aimed(experiment.dim, arrows(experiment.coupling, experiment.dim))

    def aimed(self, canvas: Aimed, panel: Panel) -> Aimed:
        # After a change of dimension the picture of before stays for a moment, and has no frame for this canvas.
        if canvas.dim < 3 or panel.space != "space" or panel.box is None:
            return replace(canvas, camera=None, ball=None, clouds=())
        seen = {mark.ink: np.asarray(mark.xy) for mark in panel.marks if isinstance(mark, Points) and not mark.moving}
        clouds = tuple(seen.get(end, np.zeros((0, 3))) for end in ("source", "target"))
        return replace(canvas, camera=panel.camera, ball=Ball.about(panel.box, False), clouds=clouds)

    def press(self, canvas: Aimed, at: Place, unit: Place) -> Aimed:
        chosen, _ = canvas.under(at, unit)
        return replace(canvas, at=at, chosen=chosen, hold=None, before=canvas.rows, did="", refused="")

    def move(self, canvas: Aimed, at: Place, unit: Place) -> Aimed:
        if canvas.at is None:
            return canvas
        if canvas.hold is None:
            canvas = self._take(canvas, at, unit)
            if canvas.hold is None:
                return canvas
        rows = canvas.before.copy()
        if canvas.ball is not None:
            old = rows[canvas.chosen, canvas.hold, :3]
            page = self.seen_at(canvas, old) + np.subtract(at, canvas.at)
            rows[canvas.chosen, canvas.hold, :3] = canvas.deep(tuple(page), canvas.hold, unit, old)
            return replace(canvas, rows=rows)
        held = rows[canvas.chosen, canvas.hold] + canvas.spot(at) - canvas.spot(canvas.at)
        rows[canvas.chosen, canvas.hold] = np.round(held, 4)
        return replace(canvas, rows=rows)

    @staticmethod
    def seen_at(canvas: Aimed, place: np.ndarray) -> np.ndarray:
        return canvas.camera.seen(canvas.ball.inside(place))[0]

    def release(self, canvas: Aimed) -> Aimed:
        return replace(canvas, at=None, hold=None, before=None)

    def hover(self, canvas: Aimed, at: Place, unit: Place) -> Ring | None:
        """A ring where a press would take hold of an end."""
        if canvas.at is not None or canvas.under(at, unit)[1] is None:
            return None
        return Ring(at, (GRIP * unit[0], GRIP * unit[1]), "text")

    def edit(self, canvas: Aimed, experiment: Experiment) -> Experiment | None:
        if not len(canvas.rows):
            return None
        made = drawn(canvas.rows, experiment.coupling, experiment.dim)
        return msgspec.structs.replace(experiment, coupling=made)

    def said(self, canvas: Aimed) -> str:
        n = len(canvas.rows)
        count = f"{write_number(n)} arrow{'' if n == 1 else 's'}"
        return count if n else f"{count}: the coupling stays as it is"

    def panel(self, snapshot: Snapshot, look: Look, canvas: Aimed) -> Panel:
        """Both clouds, the pairs that follow the arrows so far, and the arrows, the chosen one apart."""
        first = snapshot.rounds[0] if snapshot.rounds else None
        still: tuple[Mark, ...] = (*TimeEnds().marks(snapshot, look), *Clouds().marks(snapshot, look))
        ends = pairs(first)
        if ends is not None and snapshot.spec.coupling.kind == "drawn":
            times, xt = lines(first.path, ends, look.lines)
            still = (Lines(xt, "pair", width=0.8, alpha=0.35, t=times), *still)
        dim, chosen = snapshot.spec.dim, np.arange(len(canvas.rows)) == canvas.chosen
        page = canvas.rows[..., :3] if canvas.dim == dim == 3 else canvas.page()
        moving = (*_shown(page[~chosen], "text", 1.8), *_shown(page[chosen], "warning", 2.6))
        caption = CAPTION if dim < 3 else f"as deep as the points under the cursor · {CAPTION} · a right drag orbits"
        panel = framed(Panel("Draw arrows from source to target", "plane", caption=caption), snapshot, look)
        return replace(panel, marks=(*still, *moving))

    def _take(self, canvas: Aimed, at: Place, unit: Place) -> Aimed:
        """Take hold of an end, once the cursor is so far away that this is no click: an old one, or a new arrow's."""
        if np.hypot(*np.subtract(at, canvas.at) / unit) <= CLICK:
            return canvas
        chosen, hold = canvas.under(canvas.at, unit)
        if hold is not None:
            return replace(canvas, chosen=chosen, hold=hold, did="move an arrow")
        n = len(canvas.before)
        if n >= MOST:
            full = f"A drawing has {write_number(MOST)} arrows at most: delete some to go on."
            return replace(self.release(canvas), refused=full)
        spot = canvas.spot(canvas.at)
        if canvas.ball is not None:
            spot[:3] = canvas.deep(canvas.at, 0, unit, canvas.ball.middle)
        before = np.concatenate([canvas.before, [[spot, spot]]])
        return replace(canvas, before=before, chosen=n, hold=1, did="draw an arrow")


def _shown(page: np.ndarray, ink: str, width: float) -> tuple[Mark, ...]:
    if not len(page):
        return ()
    start, end = page[:, 0], page[:, 1]
    arrows = marks.Arrows(start, end - start, ink, width=width, moving=True)
    return Points(start, ink, size=6.0, moving=True), arrows


def drawn(rows: np.ndarray, old: Coupling, dim: int) -> Coupling:
    """The drawn coupling with these arrows (n, 2, k); its other knobs stay as far as ``old`` has them."""
    cls = kinds("couplings")["drawn"]
    made = old if isinstance(old, cls) else recast(old, cls, dim)
    return msgspec.structs.replace(made, arrows=tuple(map(tuple, rows.reshape(len(rows), -1).tolist())))


def arrows(coupling: Coupling, dim: int) -> np.ndarray:
    """The arrows of a drawn coupling (n, 2, k) with all coordinates, k at least ``dim``; none of any other coupling."""
    if not isinstance(coupling, kinds("couplings")["drawn"]):
        return np.zeros((0, 2, dim))
    rows = np.asarray(coupling.arrows, float).reshape(len(coupling.arrows), 2, -1)
    return np.pad(rows, ((0, 0), (0, 0), (0, max(0, dim - rows.shape[-1]))))
