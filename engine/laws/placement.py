"""Where a cloud lies: a stretch along its axes, a turn, a scale and a shift, in that order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.laws.mixture import Mixture

SHEARED = 1e-9
LEVEL = 1e-12  # of a turn, or of what lies beside the diagonal of a covariance: below it there is rounding


@dataclass(frozen=True, eq=False)
class Placement:
    """x -> scale R S x + shift, with R the rotation ``turn`` (d, d) and S = diag(``stretch``), of which None is as much
    as ones; ``shift`` (d,)."""

    shift: np.ndarray
    scale: float
    turn: np.ndarray
    stretch: np.ndarray | None = None

    @classmethod
    def of(
        cls,
        dim: int,
        shift: float | tuple[float, ...] = 0.0,
        scale: float = 1.0,
        angle: float | tuple[float, ...] = 0.0,
        stretch: float | tuple[float, ...] = 1.0,
    ) -> Placement:
        """From numbers that people type: ``angle`` as in ``rotation``."""
        along: np.ndarray | None = np.full(dim, stretch, float)
        along = None if (along == 1).all() else along
        return cls(np.full(dim, shift, float), float(scale), rotation(angle, dim), along)

    @classmethod
    def about(
        cls,
        centre: np.ndarray,
        scale: float = 1.0,
        turn: np.ndarray | None = None,
        stretch: np.ndarray | None = None,
    ) -> Placement:
        """Stretched, scaled and turned about ``centre`` (d,), which stays where it is."""
        centre = np.asarray(centre, float)
        turn = np.eye(len(centre)) if turn is None else turn
        made = cls(np.zeros(len(centre)), float(scale), turn, stretch)
        return replace(made, shift=centre - made.linear @ centre)

    @property
    def even(self) -> bool:
        """Whether all axes are scaled alike."""
        return self.stretch is None

    @property
    def linear(self) -> np.ndarray:
        """scale R S, (d, d)."""
        return self.scale * (self.turn if self.stretch is None else self.turn * self.stretch)

    @property
    def turned(self) -> bool:
        return bool((np.abs(self.turn - np.eye(len(self.turn))) > LEVEL).any())

    @property
    def shifted(self) -> bool:
        return bool(self.shift.any())

    @property
    def moves(self) -> bool:
        """Whether it changes anything."""
        return self.turned or self.shifted or self.scale != 1.0 or not self.even

    def at(self, x: np.ndarray) -> np.ndarray:
        """Points (n, d) where they come to lie."""
        x = np.asarray(x, float) if self.stretch is None else np.asarray(x, float) * self.stretch
        return self.scale * (x @ self.turn.T if self.turned else x) + self.shift

    def back(self, x: np.ndarray) -> np.ndarray:
        """Where points (n, d) came from."""
        back = (np.asarray(x, float) - self.shift) @ self.turn / self.scale
        return back if self.stretch is None else back / self.stretch

    def after(self, before: Placement) -> Placement:
        """Both, the one ``before`` first. Raises ValueError where that would shear: a stretch along other axes than
        those that a turn has left."""
        shift, scale = self.at(before.shift[None])[0], self.scale * before.scale
        if self.stretch is None:
            return Placement(shift, scale, self.turn @ before.turn, before.stretch)
        both = replace(self, scale=1.0).linear @ replace(before, scale=1.0).linear
        stretch = np.linalg.norm(both, axis=0)
        turn = both / stretch
        if np.abs(turn.T @ turn - np.eye(len(turn))).max() > SHEARED:
            raise ValueError("what has been turned can be scaled along all axes alike, and along none of them alone")
        if np.ptp(stretch) <= LEVEL * stretch.max():
            return Placement(shift, scale * float(stretch[0]), turn)
        return Placement(shift, scale, turn, stretch)

    def covariances(self, covs: np.ndarray) -> np.ndarray:
        """Those of moved points, (k, d, d): scale² R S C S Rᵀ, symmetric to the last bit."""
        turn = self.turn if self.stretch is None else self.turn * self.stretch
        made = self.scale**2 * (turn @ covs @ turn.T)
        return (made + made.transpose(0, 2, 1)) / 2

    def mixture(self, law: Mixture) -> Mixture:
        """The law of moved points, exactly."""
        means = self.at(law.means)
        round_ = not law.tied and (law.stds == law.stds[:, :1]).all()
        along = self.scale if self.stretch is None else self.scale * self.stretch
        if (round_ and self.even) or not (self.turned or law.tied):  # a turn changes nothing that is round
            return Mixture(law.weights, means, along * law.stds)
        covs = self.covariances(law.covariances)
        small = np.abs(covs) <= LEVEL * np.abs(covs).max((1, 2), keepdims=True)
        covs[small & ~np.eye(covs.shape[-1], dtype=bool)] = 0.0
        return Mixture.of(law.weights, means, covs)


def axes(x: np.ndarray) -> float | tuple[float, ...]:
    """A vector (d,) as a knob holds it: one number where all are equal."""
    x = np.asarray(x, float) + 0.0  # no minus zero
    return float(x[0]) if (x == x[0]).all() else tuple(x.tolist())


def rotation(angle: float | tuple[float, ...], dim: int) -> np.ndarray:
    """The matrix (d, d) of a turn in degrees: none on the line; in the plane one number, from the first axis to the
    second; in space the axis times the angle, or one number about the third axis (Rodrigues)."""
    if dim == 1 or not np.any(angle):
        return np.eye(dim)
    if dim == 2:
        a = np.radians(float(np.ravel(angle)[-1]))
        return np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    axis = np.radians((0.0, 0.0, angle) if np.ndim(angle) == 0 else angle)
    size = float(np.linalg.norm(axis))
    x, y, z = axis / size
    across = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + np.sin(size) * across + (1 - np.cos(size)) * across @ across


def angle_of(turn: np.ndarray) -> float | tuple[float, ...]:
    """The degrees that make this rotation (d, d), from -180 to 180; the way back from ``rotation``.

    In space by its quaternion, from its largest component: the trace alone loses the digits near half a turn.
    """
    dim = len(turn)
    if dim == 1:
        return 0.0
    if dim == 2:
        return float(np.degrees(np.arctan2(turn[1, 0], turn[0, 0])))
    trace = np.trace(turn)
    four = np.array([1 + trace, *(1 - trace + 2 * np.diag(turn))])  # 4 times the squares of w, x, y, z
    k = int(four.argmax())
    w = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    if k == 0:
        q = np.array([four[0], *w])
    else:
        i = k - 1
        q = np.array([w[i], *(turn[i] + turn[:, i])])
        q[k] = four[k]
    q /= np.linalg.norm(q) * (1.0 if q[0] >= 0 else -1.0)
    size = float(np.linalg.norm(q[1:]))
    if size == 0.0:
        return 0.0
    made = np.degrees(2 * np.arctan2(size, q[0])) * q[1:] / size
    return float(made[2]) if not made[:2].any() else tuple(made.tolist())
