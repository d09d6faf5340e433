"""A parted picture: the left part shows one set of marks, the right part the other, however it is painted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QSize

from app import theme as themes
from app.canvas import depth, still
from app.canvas.plane import Plane
from app.canvas.space import Space
from app.scene.camera import HOME
from app.scene.marks import Panel, Points
from app.scene.projection import projected
from app.scene.same import still as key
from tests.app.test_space import pixels

SIZE = QSize(420, 380)
SHARES = (0.4, 0.5, 0.65)


def dots(dim: int) -> np.ndarray:
    """A grid that fills the page."""
    axes = [np.linspace(-1, 1, 21)] * 2
    xy = np.stack(np.meshgrid(*axes), -1).reshape(-1, 2)
    if dim == 2:
        return xy
    return np.column_stack([xy[:, 0], np.zeros(len(xy)), xy[:, 1]])  # seen from the front: x to the right, z up


def parted(dim: int, at: float | None, moving: bool = False) -> Panel:
    one, other = (Points(dots(dim).astype(np.float32), name, size=5.0, moving=moving) for name in ("source", "target"))
    told = {"other": (other,), "divide": at} if at is not None else {}
    if dim == 2:
        made = Panel("title", "plane", (one,), bounds=(-1.1, 1.1, -1.1, 1.1), **told)
    else:
        made = Panel("title", "space", (one,), box=(-1.0, 1.0) * 3, camera=HOME.along("y"), **told)
    made = projected(made)
    return replace(made, key=key(made))


def sides(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The columns in which each ink is: the source's is blue, the target's orange, paler where it is deep."""
    warm = picture[..., 0] - picture[..., 2]
    return np.flatnonzero((warm < -60).any(0)), np.flatnonzero((warm > 60).any(0))


def canvas(qtbot, panel: Panel, theme: themes.Theme) -> np.ndarray:
    made = Plane() if panel.space == "plane" else Space()
    qtbot.addWidget(made)
    made.resize(SIZE)
    made.draw(panel, theme)
    made.show()
    qtbot.waitExposed(made)
    return pixels(made.picture())


@pytest.mark.parametrize("at", SHARES)
@pytest.mark.parametrize("moving", [False, True])
@pytest.mark.parametrize("way", ["plane", "opengl", "painted", "still of the plane", "still of space"])
def test_each_part_has_its_own_marks(qtbot, monkeypatch, way: str, moving: bool, at: float) -> None:
    theme, dim = themes.load(), 2 if "plane" in way else 3
    if way == "painted":
        monkeypatch.setattr(depth.Context, "_trouble", "refused for this test")
    panel = parted(dim, at, moving)
    picture = pixels(still.image([panel], SIZE, theme, 1.0, None)) if "still" in way else canvas(qtbot, panel, theme)
    left, right = sides(picture)
    assert len(left) and len(right)
    assert left.max() <= right.min() + 2, "no mark of one part stands in the other"
    whole, _ = sides(canvas(qtbot, parted(dim, None, moving), theme))
    if "still" not in way and dim == 2:
        edge = whole.min() + (at * 2.2 - 0.1) / 2.0 * (whole.max() - whole.min())
        assert left.max() - 3 <= edge <= right.min() + 3, "parted at that share of the bounds"


@pytest.mark.parametrize("dim", [2, 3])
def test_at_its_ends_one_of_them_is_whole(qtbot, dim: int) -> None:
    theme = themes.load()
    for at, name in ((0.0, "target"), (1.0, "source")):
        found = dict(zip(("source", "target"), sides(canvas(qtbot, parted(dim, at), theme)), strict=True))
        alone = sides(canvas(qtbot, parted(dim, None), theme))[0]
        other = "source" if name == "target" else "target"
        assert len(found[other]) <= 8, "but for the rim at the edge"
        assert abs(found[name].min() - alone.min()) <= 3 and abs(found[name].max() - alone.max()) <= 3
