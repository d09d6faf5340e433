"""Key frames of a training: its weights at log-spaced steps, so that one sees afterwards how the flow came to be."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from engine.learning.net import Net
from engine.probe import MOST_FRAMES as MOST
from engine.probe import Frame

ROOM = 24_000_000  # bytes of one training's frames: a large net has fewer
FINEST = 8  # frames for each doubling of the step, at most


class KeyFrames:
    """Steps 0, 1, 2, ... and then ``each`` for every doubling. Where they become too many, each second one goes: which
    steps have a frame follows from the last step and the size of the net alone, not from how training was sliced.

    ``grain``: where so many steps are made at once, each later frame is of the next whole number of grains."""

    def __init__(self) -> None:
        self._each: float = FINEST
        self.grain = 1
        self._frames: dict[int, Frame] = {}

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def frames(self) -> tuple[Frame, ...]:
        """In the order of their steps."""
        return tuple(self._frames.values())

    def due(self, step: int) -> bool:
        """Whether there is to be a frame at this step."""
        return step not in self._frames and self._on(step)

    def take(self, step: int, v: Net) -> None:
        """Keep this one; make room where it is one too many."""
        self._frames[step] = Frame(step, v)
        most = int(np.clip(ROOM // (4 * v.flat.numel()), 4, MOST))
        while len(self._frames) >= most:  # one place is the end's
            self._each /= 2
            self._frames = {at: frame for at, frame in self._frames.items() if self._on(at)}

    def end(self, step: int, v: Net) -> None:
        """The last one, whatever its step."""
        self._frames.setdefault(step, Frame(step, v))

    def _on(self, step: int) -> bool:
        """Whether the step is one of 0, 2^(k / each) rounded up, beyond a grain to whole ones."""
        if step < 1:
            return step == 0
        k = np.floor(np.log2(step) * self._each + 1e-9)
        last = int(np.ceil(2 ** (k / self._each) - 1e-9))
        if step > self.grain:
            return step % self.grain == 0 and last > step - self.grain
        return step == 1 or last == step

    def state(self) -> dict[str, np.ndarray]:
        """Steps (k,) and weights (k, p): what ``restored`` makes the same frames of."""
        if not self._frames:
            return {}
        weights = np.stack([frame.v.flat.cpu().numpy() for frame in self.frames])
        found = {"steps": np.array(list(self._frames)), "weights": weights, "each": np.array(self._each)}
        return found | ({"grain": np.array(self.grain)} if self.grain > 1 else {})

    @classmethod
    def restored(cls, state: Mapping[str, np.ndarray], of: Net) -> KeyFrames:
        """Of nets like ``of``, with these weights."""
        made = cls()
        if state:
            made._each, made.grain = float(state["each"]), int(state.get("grain", 1))
            for step, flat in zip(state["steps"].tolist(), state["weights"], strict=True):
                made._frames[step] = Frame(step, of.at(torch.from_numpy(flat.copy()).to(of.flat.device)))
        return made
