"""Where space is looked at from: a frozen value, and the page that it gives."""

from __future__ import annotations

import math

import msgspec
import numpy as np

AWAY = 5.0  # half diagonals of the box between its middle and the eye
NEAREST = 0.2  # as little as that between the eye and what is drawn


class Camera(msgspec.Struct, frozen=True):
    """A turntable: z stays upright. Angles in degrees; ``centre`` in half diagonals of the box, from its middle."""

    azimuth: float = -62.0
    elevation: float = 22.0
    zoom: float = 1.0
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def axes(self) -> np.ndarray:
        """Right, up and towards the eye, as rows (3, 3)."""
        a, e = math.radians(self.azimuth), math.radians(self.elevation)
        towards = np.array([math.cos(e) * math.sin(a), -math.cos(e) * math.cos(a), math.sin(e)])
        right = np.array([math.cos(a), math.sin(a), 0.0])
        return np.stack([right, np.cross(towards, right), towards])

    def seen(self, xyz: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places (..., 3), in half diagonals from the middle of the box, on the page (..., 2), where the box fills
        -1 to 1, and how near they are (...): 1 at the front of the box, -1 at its back. Behind the eye: NaN."""
        turned = (np.asarray(xyz, float) - self.centre) @ self.axes.T
        away = AWAY / self.zoom - turned[..., 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.where(away > NEAREST, AWAY / away, np.nan)
        return turned[..., :2] * scale[..., None], turned[..., 2]

    def turned(self, right: float, up: float) -> Camera:
        """Orbited by so many degrees."""
        azimuth = (self.azimuth - right + 180.0) % 360.0 - 180.0
        return msgspec.structs.replace(self, azimuth=azimuth, elevation=min(90.0, max(-90.0, self.elevation + up)))

    def moved(self, right: float, up: float) -> Camera:
        """Shifted so that the picture moves by this on the page."""
        by = (right * self.axes[0] + up * self.axes[1]) / self.zoom
        centre = tuple(float(min(2.0, max(-2.0, c - d))) for c, d in zip(self.centre, by, strict=True))
        return msgspec.structs.replace(self, centre=centre)

    def zoomed(self, factor: float) -> Camera:
        return msgspec.structs.replace(self, zoom=min(4.0, max(0.25, self.zoom * factor)))


HOME = Camera()
#: The views along the axes.
FACES = {
    "front": Camera(azimuth=0.0, elevation=0.0),
    "right": Camera(azimuth=90.0, elevation=0.0),
    "top": Camera(azimuth=0.0, elevation=90.0),
}
