"""``(Snapshot, Look) -> Panels``: every picture of the window, as a pure function."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace

from app.scene import captions
from app.scene.chart import Chart
from app.scene.frame import shown
from app.scene.known import FLOW, PAIRS
from app.scene.look import CHARTS, Look
from app.scene.marks import Panel
from app.scene.projection import projected
from app.scene.same import still
from app.scene.selection import stands_out
from app.scene.strip import clouds, progress, thumbnails
from app.scene.view import View
from engine.probe import Probe
from engine.registry import kinds
from engine.snapshot import Snapshot

__all__ = [
    "chart_of",
    "charts",
    "clouds",
    "moving",
    "name",
    "needs",
    "on_page",
    "progress",
    "remark",
    "stage",
    "thumbnails",
    "view",
]

log = logging.getLogger("rewire")


def view(look: Look) -> View:
    """The view on the stage."""
    known = kinds("views")
    turned = next((view for view in look.turned if view.kind == look.view), None)
    return turned or known.get(look.view, next(iter(known.values())))()


def needs(look: Look) -> tuple[Probe, ...]:
    """The probes that everything on show needs, each once: of the little pictures, of the view, of the charts."""
    asked: list[Probe] = [PAIRS, FLOW]
    for shown_part in (view(look), *(chart_of(name) for name in look.charts)):
        try:
            asked += shown_part.needs(look)
        except Exception:
            log.exception("%s does not say what it needs", shown_part.kind)
    return tuple(dict.fromkeys(asked))


def stage(snapshot: Snapshot, look: Look, guided: bool = True) -> tuple[Panel, ...]:
    """The panels of the view on show; ``guided``: with what a hand can do there."""
    chosen = view(look)
    panels = _introduced(chosen, snapshot, _guarded(chosen.title, lambda: chosen.panels(snapshot, look)))
    if guided:
        panels = (replace(p, caption="\n".join(filter(None, (p.caption, p.guide)))) if p.guide else p for p in panels)
    return on_page(panels, look.selected)


def _introduced(chosen: View, snapshot: Snapshot, panels: tuple[Panel, ...]) -> tuple[Panel, ...]:
    """Where nothing is to be seen yet, and nothing comes by itself, the first panel says what the view would show."""
    comes = snapshot.busy or not snapshot.rounds or any(panel.empty.endswith("…") for panel in panels)
    if comes or not panels or any(panel.marks for panel in panels):
        return panels
    first, *rest = panels
    return (replace(first, empty="\n".join(filter(None, (chosen.hint, first.empty)))), *rest)


def charts(snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
    """The right column, from top to bottom; each can be exchanged for any other."""
    choices = tuple(choice for cls in kinds("charts").values() for choice in cls.offered(snapshot))
    panels = []
    for name in look.charts:
        chart = chart_of(name)
        (panel,) = _guarded(chart.title, lambda chart=chart: (chart.panel(snapshot, look),))
        panels.append(
            replace(
                panel, choices=choices, hint=panel.hint or chart.hint(), formula=panel.formula or chart.typed_formula()
            )
        )
    return on_page(panels, look.selected)


def moving(look: Look) -> bool:
    """Whether a chart on show follows t."""
    return any(chart_of(name).moving for name in look.charts)


def on_page(panels: Iterable[Panel], selected: tuple[int, ...] = ()) -> tuple[Panel, ...]:
    """Ready to be drawn: places on the page, the ``selected`` particles in front, and a key that tells whether the
    still picture has changed."""
    made = (stands_out(projected(panel), selected) for panel in panels)
    return tuple(replace(panel, key=still(panel)) for panel in made)


def remark(snapshot: Snapshot, look: Look) -> str:
    """One line about the round on show; empty where there is nothing to say."""
    return captions.remark(shown(snapshot, look))


def name(snapshot: Snapshot, look: Look) -> str:
    """The round on show as people call it; empty for the coupling alone, and before there are rounds."""
    view = shown(snapshot, look)
    return captions.name(view) if view is not None and view.number else ""


def chart_of(name: str) -> Chart:
    """The chart of this name; the first one where there is none any more."""
    found = (cls.named(name) for cls in kinds("charts").values())
    return next((chart for chart in found if chart is not None), None) or chart_of(CHARTS[0])


def _guarded(title: str, make: Callable[[], tuple[Panel, ...]]) -> tuple[Panel, ...]:
    """One view or chart that fails says so in its place, and takes nothing with it."""
    try:
        return make()
    except Exception as error:
        log.exception("%s cannot be drawn", title)
        told = " ".join(str(error).split())[:120]
        return (Panel(title, "plane", empty=f"This cannot be drawn ({type(error).__name__}: {told})."),)
