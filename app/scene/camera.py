"""Where space is looked at from: a frozen value, and the page that it gives."""

from __future__ import annotations

import math
from functools import lru_cache

import msgspec
import numpy as np

AWAY = 5.0  # half diagonals of the box between what is looked at and the eye
NEAREST = 0.2  # as little as that between the eye and what is drawn
FARTHEST = 4.0  # from the middle of the box, along each axis
NEAR, FAR = 8.0, 0.25  # zooms


class Camera(msgspec.Struct, frozen=True):
    """z stays upright. Angles in degrees; ``centre``, which is looked at, in half diagonals of the box from its middle.

    A turntable turns about the centre. One that flies turns about its own eye, and comes nearer by moving.
    """

    azimuth: float = -34.0
    elevation: float = 22.0
    zoom: float = 1.0
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)
    flies: bool = False

    @property
    def axes(self) -> np.ndarray:
        """Right, up and towards the eye, as rows (3, 3)."""
        return _axes(self.azimuth, self.elevation)

    @property
    def eye(self) -> np.ndarray:
        return np.array(self.centre) + AWAY / self.zoom * self.axes[2]

    def seen(self, xyz: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places (..., 3), in half diagonals from the middle of the box, on the page (..., 2), where the box fills
        -1 to 1, and how near they are (...): 1 at the front of the box, -1 at its back. Behind the eye: NaN."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            turned = (np.asarray(xyz, float) - self.centre) @ self.axes.T
            away = AWAY / self.zoom - turned[..., 2]
            scale = np.where(away > NEAREST, AWAY / away, np.nan)
            return turned[..., :2] * scale[..., None], turned[..., 2]

    def place(self, page: tuple[float, float], near: float) -> np.ndarray:
        """The place (3,) that is seen there on the page, so near: ``seen`` the other way round."""
        share = (AWAY / self.zoom - near) / AWAY
        return np.array([page[0] * share, page[1] * share, near]) @ self.axes + self.centre

    def turned(self, right: float, up: float) -> Camera:
        """Orbited by so many degrees, or looked around where it flies."""
        azimuth = (self.azimuth - right + 180.0) % 360.0 - 180.0
        elevation = min(90.0, max(-90.0, self.elevation + up))
        made = msgspec.structs.replace(self, azimuth=azimuth, elevation=elevation)
        return made._at(self.eye - AWAY / self.zoom * made.axes[2]) if self.flies else made

    def moved(self, right: float, up: float) -> Camera:
        """Shifted so that the picture moves by this on the page."""
        by = (right * self.axes[0] + up * self.axes[1]) / self.zoom
        return self._at(np.array(self.centre) - by)

    def zoomed(self, factor: float) -> Camera:
        """Nearer by this factor; where it flies, forward."""
        if self.flies:
            return self._at(np.array(self.centre) - math.log(factor) * AWAY / self.zoom * self.axes[2])
        return msgspec.structs.replace(self, zoom=min(NEAR, max(FAR, self.zoom * factor)))

    def along(self, face: str) -> Camera:
        """One of ``FACES``, looked at from as near as now."""
        azimuth, elevation = FACES[face]
        return msgspec.structs.replace(self, azimuth=azimuth, elevation=elevation)

    def flying(self) -> Camera:
        """The same view, turning about the eye from now on; or again about the centre."""
        return msgspec.structs.replace(self, flies=not self.flies)

    def _at(self, centre: np.ndarray) -> Camera:
        return msgspec.structs.replace(self, centre=tuple(float(min(FARTHEST, max(-FARTHEST, c))) for c in centre))


@lru_cache(maxsize=64)
def _axes(azimuth: float, elevation: float) -> np.ndarray:
    """Asked for with every mark of a picture."""
    a, e = math.radians(azimuth), math.radians(elevation)
    towards = np.array([math.cos(e) * math.sin(a), -math.cos(e) * math.cos(a), math.sin(e)])
    right = np.array([math.cos(a), math.sin(a), 0.0])
    made = np.stack([right, np.cross(towards, right), towards])
    made.flags.writeable = False
    return made


HOME = Camera()
#: The views along the axes: azimuth and elevation.
FACES = {"x": (90.0, 0.0), "y": (0.0, 0.0), "z": (0.0, 90.0)}
