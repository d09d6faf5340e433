"""The history of a loss, in bounded memory however long the training is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

MOST = 4096  # points that are kept; when there are as many, every two become one


class History:
    """Readings of a loss at rising steps. Each point is the mean of equally many readings, at the step of the last."""

    def __init__(self) -> None:
        self._points = np.zeros((MOST, 2))
        self._count = 0
        self._each = 1  # readings behind a point
        self._waiting: list[float] = []  # readings that do not make a point yet

    def __len__(self) -> int:
        return self._count

    def add(self, step: int, loss: float) -> None:
        self._waiting.append(loss)
        if len(self._waiting) < self._each:
            return
        self._points[self._count] = step, sum(self._waiting) / self._each
        self._count += 1
        self._waiting.clear()
        if self._count == MOST:
            half = self._points.reshape(-1, 2, 2)
            self._points[: MOST // 2] = np.column_stack([half[:, 1, 0], half[:, :, 1].mean(1)])
            self._count, self._each = MOST // 2, 2 * self._each

    def state(self) -> dict[str, np.ndarray]:
        """What ``restored`` makes the same history of."""
        return {"points": self.points, "each": np.array(self._each), "waiting": np.array(self._waiting, float)}

    @classmethod
    def restored(cls, state: Mapping[str, np.ndarray]) -> History:
        made, points = cls(), state["points"]
        made._points[: len(points)] = points
        made._count, made._each, made._waiting = len(points), int(state["each"]), np.ravel(state["waiting"]).tolist()
        return made

    @property
    def points(self) -> np.ndarray:
        """(k, 2): step, mean loss since the point before; a copy."""
        return self._points[: self._count].copy()
