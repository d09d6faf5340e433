"""A mesh as numbers, and places on its faces by area."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Mesh:
    """Vertices (n, 3) and triangles (m, 3) between them."""

    vertices: np.ndarray
    faces: np.ndarray

    @cached_property
    def areas(self) -> np.ndarray:
        """(m,); 0 of a face that is not finite."""
        if not len(self.faces):
            return np.zeros(0)
        with np.errstate(all="ignore"):
            a, b, c = (self.vertices[self.faces[:, k]] for k in range(3))
            areas = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
        return np.where(np.isfinite(areas), areas, 0.0)

    @property
    def area(self) -> float:
        return float(self.areas.sum())


def joined(pieces: list[Mesh]) -> Mesh:
    """One mesh; faces that name a vertex that there is not are left out."""
    kept, start = [], 0
    for piece in pieces:
        good = ((piece.faces >= 0) & (piece.faces < len(piece.vertices))).all(axis=1)
        kept.append(piece.faces[good] + start)
        start += len(piece.vertices)
    return Mesh(np.concatenate([piece.vertices for piece in pieces]), np.concatenate(kept))


def vertices(mesh: Mesh) -> np.ndarray:
    """The vertices, of a mesh each place once: a corner stands there for each of its faces."""
    if not len(mesh.faces):
        return mesh.vertices
    _, first = np.unique(mesh.vertices, axis=0, return_index=True)
    return mesh.vertices[np.sort(first)]


def on_faces(mesh: Mesh, n: int, rng: np.random.Generator) -> np.ndarray:
    """``n`` independent places (n, 3), uniform by area."""
    cumulated = np.cumsum(mesh.areas)
    which = np.searchsorted(cumulated, cumulated[-1] * rng.random(n), side="right")
    face = mesh.faces[which.clip(max=len(cumulated) - 1)]
    a, b, c = (mesh.vertices[face[:, k]] for k in range(3))
    u, v = rng.random((2, n, 1))
    over = u + v > 1
    u, v = np.where(over, 1 - u, u), np.where(over, 1 - v, v)
    return a + u * (b - a) + v * (c - a)
