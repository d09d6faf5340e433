"""The layers of a stage panel, one over the other."""

from __future__ import annotations

import logging

from app.scene.frame import bounds
from app.scene.layer import Layer
from app.scene.look import Look
from app.scene.marks import Label, Mark
from app.scene.memo import once
from engine.probe import Probe
from engine.registry import kinds
from engine.snapshot import Snapshot

log = logging.getLogger("rewire")


def layers(panel: str, look: Look) -> list[Layer]:
    """Those that are drawn on this panel, bottom first."""
    found = [cls() for cls in kinds("layers").values() if panel in cls.panels]
    return [layer for layer in found if not layer.optional or layer.kind not in look.hidden]


def needs_of(panels: tuple[str, ...], look: Look) -> tuple[Probe, ...]:
    """What the layers of these panels need; one that fails to say so is left out, and tells it in its marks."""
    asked: list[Probe] = []
    for layer in (layer for panel in panels for layer in layers(panel, look)):
        try:
            asked += layer.needs(look)
        except Exception:
            log.exception("the layer %s does not say what it needs", layer.kind)
    return tuple(asked)


def marks_of(panel: str, snapshot: Snapshot, look: Look, page: bool = True) -> tuple[Mark, ...]:
    """Their marks; those of layers that rest are made once. Off the page, none that only it can show."""
    return tuple(
        mark
        for layer in layers(panel, look)
        if page or not layer.of_page
        for mark in (_guarded(snapshot, layer, look) if layer.moving else _still(snapshot, layer, look.still))
    )


@once
def _still(snapshot: Snapshot, layer: Layer, look: Look) -> tuple[Mark, ...]:
    return _guarded(snapshot, layer, look)


def _guarded(snapshot: Snapshot, layer: Layer, look: Look) -> tuple[Mark, ...]:
    """A layer that fails says so in a corner, and takes no other with it."""
    try:
        return layer.marks(snapshot, look)
    except Exception as error:
        log.exception("the layer %s cannot be drawn", layer.kind)
        low, _, bottom, _ = bounds(snapshot)
        told = f"{layer.title or layer.kind}: cannot be drawn ({type(error).__name__})"
        return (Label((low, bottom), told, "warning", anchor=(0.0, 1.0), moving=layer.moving),)
