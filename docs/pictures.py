"""Makes the pictures of views.md, without a display: python docs/pictures.py [NAME ...]"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from PySide6.QtCore import QSize  # noqa: E402
from PySide6.QtGui import QGuiApplication  # noqa: E402

from app import presets, theme  # noqa: E402
from app.canvas.still import image  # noqa: E402
from app.export.frozen import Frozen  # noqa: E402
from app.export.page import Page  # noqa: E402
from app.scene import compose  # noqa: E402
from app.scene.look import Look  # noqa: E402
from engine.snapshot import Snapshot  # noqa: E402
from engine.spec import Experiment  # noqa: E402

SIZE, QUALITY = QSize(1120, 560), 72
THEMES = ("dark", "projector")
FOLDER = HERE / "views"

#: file: preset, rounds, and the fields of the look
PICTURES: dict[str, tuple[str, int, dict[str, Any]]] = {
    "crossings": ("rewiring", 1, {"view": "crossings", "t": 0.5}),
    "averaging": ("eight-gaussians", 1, {"view": "averaging", "t": 0.5}),
    "space-time": ("eight-gaussians", 1, {"view": "space-time", "t": 0.5}),
    "field": ("eight-gaussians", 1, {"view": "field", "t": 0.7}),
    "marginals": ("rewiring", 1, {"view": "marginals", "t": 0.5}),
    "plan": ("rewiring", 1, {"view": "plan"}),
    "compare": ("rewiring", 2, {"view": "compare", "t": 0.5}),
    "steps": ("rewiring", 1, {"view": "steps"}),
    "loss": ("rewiring", 2, {"view": "loss"}),
    "replay": ("rewiring", 1, {"view": "replay", "t": 0.5}),
    "one-point": ("one-point", 1, {"view": "one-point", "t": 0.5}),
    "knot-to-circle": ("knot-to-circle", 1, {"t": 0.5}),
    "linked-rings": ("linked-rings", 1, {"t": 0.5}),
    "octahedron-to-sphere": ("octahedron-to-sphere", 1, {"t": 0.6}),
    "roll-to-curve": ("roll-to-curve", 1, {"t": 0.6, "view": "field"}),
    "letters-in-space": ("letters-in-space", 1, {"t": 0.8}),
}


def experiment(preset: str, rounds: int) -> Experiment:
    """The scene of the preset, with so many rounds."""
    import msgspec

    scene = next(known for known in presets.presets() if known.name == preset).experiment()
    return msgspec.structs.replace(scene, rounds=rounds)


def known(asked: Experiment, look: Look) -> Snapshot:
    """Trained, everything answered that the view needs, and measured where it shows figures."""
    page = Page(charts=True)
    return Frozen(asked, look, "cpu").known(page.needs(look), look.names(), compose.view(look).measured)


def main() -> None:
    app = QGuiApplication(sys.argv[:1])
    FOLDER.mkdir(exist_ok=True)
    for name in sys.argv[1:] or PICTURES:
        preset, rounds, fields = PICTURES[name]
        found = known(experiment(preset, rounds), Look(**fields))
        for dress in THEMES:
            look = Look(theme=dress, **fields)
            made = image(compose.stage(found, look), SIZE, theme.load(dress, 1.0), 1.0, look.t)
            made.save(str(FOLDER / f"{name}-{dress}.webp"), quality=QUALITY)
        print(name, flush=True)
    del app


if __name__ == "__main__":
    main()
