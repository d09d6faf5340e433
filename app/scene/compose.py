"""``(Snapshot, Look) -> Panels``: every picture of the window, as a pure function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.scene import captions
from app.scene.charts import gap, ladder, ledger, loss, straightness
from app.scene.frame import bounds, shown
from app.scene.layers import clouds as cloud_layer
from app.scene.layers import crossings, ends, pairs, particles, trajectories
from app.scene.look import Look
from app.scene.marks import Mark, Panel
from app.scene.same import Same
from app.scene.strip import clouds, progress, thumbnails
from engine.snapshot import Snapshot

__all__ = ["charts", "clouds", "progress", "remark", "stages", "thumbnails"]

Layer = Callable[[Snapshot, Look], tuple[Mark, ...]]

#: Bottom first.
INTERPOLATION: tuple[Layer, ...] = (
    ends.layer,
    pairs.layer,
    cloud_layer.layer,
    crossings.layer,
    particles.now,
    particles.interpolated,
)
FLOW: tuple[Layer, ...] = (ends.layer, cloud_layer.layer, trajectories.layer, particles.now, particles.flowing)


def stages(snapshot: Snapshot, look: Look) -> tuple[Panel, Panel]:
    """The interpolation and the flow of the round on show, with the same particles and the same bounds."""
    view = shown(snapshot, look)
    box = bounds(snapshot)
    seen = Same(
        snapshot.source, snapshot.target, look.paths, look.lines, look.crossings, look.theme, snapshot.spec.path
    )
    drawn = (view.number > 0, view.x0, view.x1, view.crossings) if view else ()
    solved = (view.times, view.z) if view else ()

    def panel(title: str, layers: tuple[Layer, ...], caption: str, empty: str, *key: object) -> Panel:
        marks = tuple(mark for layer in layers for mark in layer(snapshot, look)) if box else ()
        equal = snapshot.spec.dim > 1
        return Panel(title, "plane", marks, box, caption, equal=equal, empty=empty, key=Same(title, box, seen, *key))

    return (
        panel(
            captions.interpolation_title(snapshot),
            INTERPOLATION,
            captions.interpolation(snapshot, view),
            "" if view else captions.waiting(snapshot),
            *drawn,
        ),
        panel(
            captions.flow_title(view),
            FLOW,
            captions.flow(snapshot, view),
            captions.no_flow(snapshot, view),
            *solved,
        ),
    )


def remark(snapshot: Snapshot, look: Look) -> str:
    """One line about the round on show; empty where there is nothing to say."""
    return captions.remark(shown(snapshot, look))


def charts(snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
    """The right column, from top to bottom."""
    chosen = gap.chart(snapshot, look) if look.ladder == gap.KIND else ladder.chart(snapshot, look)
    choices = ladder.offered(snapshot)
    if any(view.gap_map is not None for view in snapshot.rounds):
        choices += ((gap.KIND, gap.LABEL),)
    return (
        loss.chart(snapshot, look),
        straightness.chart(snapshot, look),
        replace(chosen, choices=choices if len(choices) > 1 else ()),
        ledger.chart(snapshot, look),
    )
