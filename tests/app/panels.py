"""Hand-made Panels that hold every mark, in a plane and in a chart."""

from __future__ import annotations

import numpy as np

from app.scene.marks import Arrows, Bars, Curve, Label, Lines, Mark, Panel, Points, Raster

BOX = (0.0, 10.0, 0.0, 10.0)


def marks() -> tuple[Mark, ...]:
    """Every kind and every variant of it, apart from each other; some still, some moving."""
    return (
        Raster(np.array([[0.0, 0.3], [0.6, 1.0]]), (0.2, 1.8, 0.2, 1.8), "good", alpha=0.8),
        Points(np.array([[3.0, 1.0], [3.6, 1.0]]), "source", size=6.0, name="discs"),
        Points(np.array([[4.4, 1.0]]), "target", size=8.0, shape="ring"),
        Points(np.array([[5.4, 1.0]]), "warning", size=8.0, shape="x", moving=True),
        Lines(np.array([[[0.5, 3.0], [2.0, 3.6], [3.5, 3.0]]]), "good", width=2.0, name="lines"),
        Lines(np.array([[[0.5, 4.0], [3.5, 4.6]]]), "source", "target", width=2.0, alpha=0.6, name="both"),
        Lines(np.array([[[0.5, 5.0], [3.5, 5.4]]]), "pair", moving=True),
        Arrows(np.array([[4.5, 3.0]]), np.array([[2.0, 1.0]]), "warning", width=2.0, name="arrows"),
        Curve(np.array([[0.5, 7.0], [2.0, 8.0], [3.5, 7.0]]), "round_1", "curve", error=np.array([0.5, 0.4, 0.3])),
        Curve(np.array([[4.5, 7.0], [6.0, 8.0], [7.5, 7.0]]), "round_4", "hollow", dots=True, hollow=True),
        Curve(np.array([[4.5, 8.5], [7.5, 9.5]]), "flow", "dash", dash=True, dots=True),
        Bars(np.array([8.5]), (("low", "source", np.array([2.0])), ("high", "good", np.array([1.5])))),
        Bars(np.array([9.3]), (("open", "muted", np.array([3.0])),), hollow=True),
        Label((8.6, 6.0), "A", "text", anchor=(0.5, 0.5)),
    )


def every(space: str, axes: bool = False) -> Panel:
    """All marks in one panel."""
    return Panel(
        "Every mark   dZ/dt = v(Z, t)",
        space,
        marks(),
        BOX,
        "the claim\nand whose it is",
        "x in m",
        "y in s",
        axes=axes,
        key="every",
    )
