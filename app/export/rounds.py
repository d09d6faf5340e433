"""A picture of each round of a run: ``main.py run --pictures``."""

from __future__ import annotations

from pathlib import Path

import msgspec

from app.export.format import save
from app.export.frozen import opened
from app.export.progress import Working
from app.export.qt import ready
from app.export.sizes import slide
from app.scene.look import place
from engine.motion.stopping import Stop
from engine.writing import made

FOLDER = "pictures"


def draw(run: Path, device: str, stop: Stop, progress: Working) -> list[Path]:
    """Of every round that the run's folder holds, with its charts and figures. Raises Wrong; KeyboardInterrupt."""
    ready()
    frozen, page, folder = opened(run, device, stop), slide(charts=True, figures=True), made(run / FOLDER)
    written = []
    for view in frozen.known((), told=progress.told).rounds[1:]:
        look = msgspec.structs.replace(frozen.look, **place(view))
        snapshot = frozen.known(page.needs(look), look.names(), told=progress.told)
        written.append(folder / f"{view.name}.png")
        progress.at(f"drawing round {view.name}", view.number / len(snapshot.rounds))
        save(written[-1], snapshot, look, page)
    return written
