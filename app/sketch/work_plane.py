"""The plane in space that a hand draws on: where it lies, how it is moved, tilted and snapped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from app.scene.marks import Lines, Mark
from app.sketch.sketch import Sketch
from app.tools.tool import Verb
from engine.laws.placement import rotation
from engine.laws.stroke import HOME

CELLS = 8  # of its grid, along each axis
STEP = 20  # steps of its keys in the span
TILT = 15.0  # degrees
FACES = {"x": (0, 1, 0, 0, 0, 1), "y": (1, 0, 0, 0, 0, 1), "z": (1, 0, 0, 0, 1, 0)}  # both axes, by what stands on it
Does = Callable[[Any, Sketch], Sketch]


def laid(canvas: Sketch, origin: np.ndarray, axes: np.ndarray) -> Sketch:
    """The work plane there; ``axes`` (2, 3)."""
    plane = tuple((np.round(np.concatenate([origin, np.ravel(axes)]), 9) + 0.0).tolist())
    return replace(canvas, plane=plane)


def _snap(face: str) -> Does:
    return lambda tool, canvas: (
        laid(canvas, canvas.axes[0], np.array(FACES[face], float)) if canvas.dim == 3 else canvas
    )


def _facing(tool: object, canvas: Sketch) -> Sketch:
    """Towards the eye, through its origin."""
    if canvas.dim < 3 or canvas.camera is None:
        return canvas
    return laid(canvas, canvas.axes[0], canvas.camera.axes[:2])


def _move(by: int) -> Does:
    def does(tool: object, canvas: Sketch) -> Sketch:
        if canvas.dim < 3:
            return canvas
        origin, first, second, up = canvas.axes
        return laid(canvas, origin + by * canvas.span / STEP * up, np.stack([first, second]))

    return does


def _tilt(axis: int, degrees: float) -> Does:
    def does(tool: object, canvas: Sketch) -> Sketch:
        if canvas.dim < 3:
            return canvas
        origin, first, second, _ = canvas.axes
        turn = rotation(tuple((degrees * (first, second)[axis]).tolist()), 3)
        return laid(canvas, origin, np.stack([first, second]) @ turn.T)

    return does


def _home(tool: object, canvas: Sketch) -> Sketch:
    return replace(canvas, plane=HOME) if canvas.dim == 3 else canvas


def _verb(text: str, tip: str, does: Does, key: str) -> Verb:
    return Verb(text, tip, does, (key,), aside=True, dims=(3,))


VERBS = (
    _verb("⊥ x", "work plane on the x axis", _snap("x"), "X"),
    _verb("⊥ y", "work plane on the y axis", _snap("y"), "Y"),
    _verb("⊥ z", "work plane on the z axis", _snap("z"), "Z"),
    _verb("to the eye", "work plane to the camera", _facing, "Q"),
    _verb("nearer", "work plane nearer", _move(1), "."),
    _verb("farther", "work plane farther", _move(-1), ","),
    _verb("tilt ↑", "tilt the work plane up", _tilt(0, -TILT), "Alt+Up"),
    _verb("tilt ↓", "tilt the work plane down", _tilt(0, TILT), "Alt+Down"),
    _verb("tilt ←", "tilt the work plane left", _tilt(1, -TILT), "Alt+Left"),
    _verb("tilt →", "tilt the work plane right", _tilt(1, TILT), "Alt+Right"),
    _verb("home", "work plane as at first", _home, "Ctrl+Alt+Z"),
)


def shown(canvas: Sketch, revolved: bool) -> tuple[Mark, ...]:
    """Its grid, and the axis that bodies are revolved about."""
    if canvas.dim < 3:
        return ()
    far = canvas.span / 2
    at = np.linspace(-far, far, CELLS + 1)
    across = np.array([[(a, -far), (a, far)] for a in at] + [[(-far, a), (far, a)] for a in at])
    places = canvas.lifted(across.reshape(-1, 2)).reshape(len(across), 2, 3)
    made: list[Mark] = [Lines(places, "muted", width=0.7, alpha=0.35, moving=True)]
    if revolved:
        axis = canvas.lifted(np.array([[0.0, -far], [0.0, far]]))
        made.append(Lines(axis[None], "warning", width=1.4, alpha=0.9, moving=True))
    return tuple(made)
