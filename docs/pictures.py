"""Makes the pictures of views.md, without a display: python docs/pictures.py [NAME ...]"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import drawings  # noqa: E402 - beside this file
from PySide6.QtCore import QSize  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from app import presets, theme  # noqa: E402
from app.canvas.still import image  # noqa: E402
from app.export.frozen import Frozen  # noqa: E402
from app.export.page import Page  # noqa: E402
from app.picker.dialog import Picker  # noqa: E402
from app.picker.entries import of_laws, of_presets  # noqa: E402
from app.scene import compose  # noqa: E402
from app.scene.look import Look  # noqa: E402
from engine.snapshot import Snapshot  # noqa: E402
from engine.spec import Experiment  # noqa: E402

SIZE, HALF, QUALITY = QSize(1120, 560), QSize(640, 560), 72
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


def columns(dress: theme.Theme, folder: Path, parent: QWidget) -> QWidget:
    """The dialog of a table with an index, missing cells, more numbers than coordinates, and words that are classes."""
    from app.loading.dialog import LoadDialog
    from app.loading.question import looked_at
    from engine.registry import kinds

    rng, path = np.random.default_rng(3), folder / "leaves.csv"
    rows = ["id;length;width;area;tree"]
    for k in range(150):
        long, wide = (6.0, 2.2) if k % 3 else (4.0, 3.4)
        a, b = long + rng.normal(0, 0.5), wide + 0.3 * rng.normal(0, 0.8)
        cells = [f"{a:.2f}", "" if k % 37 == 5 else f"{b:.2f}", f"{a * b * 0.7:.1f}"]
        rows.append(";".join([str(k + 1), *(cell.replace(".", ",") for cell in cells), "willow" if k % 3 else "beech"]))
    path.write_text("\n".join(rows))
    law = kinds("distributions")["file"](path=str(path), columns=("length", "width"), classes="tree")
    return LoadDialog("target", law, looked_at(law, 2), 2, lambda: dress, parent)


def picker(at: str, dress: theme.Theme, folder: Path, parent: QWidget) -> QWidget:
    """The dialog of presets, or of laws where one of them is the card to be current, with all of its pictures."""
    dialog, laws = Picker(parent), of_laws(2)
    entries = laws if any(entry.name == at for entry in laws) else of_presets(presets.presets())
    parent.resize(1160, 720)
    dialog.offer("", entries, "Open", dress, at)
    while dialog.pictures.waiting:
        QApplication.processEvents()
    return dialog


#: file: what makes it, dressed
DIALOGS = {
    "columns": columns,
    "picker-presets": partial(picker, "knot-to-circle"),
    "picker-laws": partial(picker, "star"),
}


def main() -> None:
    app = QApplication(sys.argv[:1])
    FOLDER.mkdir(exist_ok=True)
    wanted = sys.argv[1:] or [*PICTURES, *DIALOGS, *drawings.EDITORS]
    for name, dress in ((name, dress) for name in wanted if name in drawings.EDITORS for dress in THEMES):
        made = image([drawings.panel(name, Look(theme=dress))], HALF, theme.load(dress, 1.0), 1.0, 0.5)
        made.save(str(FOLDER / f"{name}-{dress}.webp"), quality=QUALITY)
    for name, dress in ((name, dress) for name in wanted if name in DIALOGS for dress in THEMES):
        theme.apply(app, theme.load(dress, theme.fit(dress, 800)))
        with TemporaryDirectory() as folder:
            parent = QWidget()
            made = DIALOGS[name](theme.load(dress, theme.fit(dress, 800)), Path(folder), parent)
            made.resize(QSize(1120, 680))
            made.show()
            app.processEvents()
            made.grab().save(str(FOLDER / f"{name}-{dress}.webp"), quality=QUALITY)
            made.close()
        print(name, flush=True)
    for name in (name for name in wanted if name in PICTURES):
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
