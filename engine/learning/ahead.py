"""Batches that are drawn for several steps at once, and what the net still misses of those it was trained on."""

from __future__ import annotations

import torch

from engine.learning.batches import Batch, Batches
from engine.learning.net import Net
from engine.spec import Training


class Ahead:
    """``used`` of the drawn batches are trained on; of these, ``summed`` are in the ``loss``, in units of the net's.

    ``grouped``: draws end at whole numbers of their size, where the loss is read and a group of steps may begin."""

    def __init__(self, batches: Batches, net: Net, grouped: bool) -> None:
        self._batches, self._net, self._grouped = batches, net, grouped
        self.loss = torch.zeros((), device=net.flat.device)
        self.used = self.summed = 0

    def resize(self, batch: int) -> None:
        """Memory for batches of this size, none drawn yet."""
        self._rests = self._net.flat.new_empty((self._batches.ahead(batch), self._net.dim, batch))
        self._slots = self._rests.unbind(0)
        self._from: torch.Tensor | None = None  # the generator before they were drawn
        self.drop()

    def fit(self, batch: int) -> None:
        """The same, where another number is drawn at once by now."""
        if self._batches.ahead(batch) != self.size:
            self.resize(batch)

    def drop(self) -> None:
        """None is drawn."""
        self._drawn: list[Batch] = []
        self.used = self.summed = 0

    @property
    def size(self) -> int:
        """How many are drawn at once."""
        return len(self._slots)

    @property
    def pending(self) -> bool:
        """Whether a drawn batch was not trained on yet."""
        return self.used < len(self._drawn)

    def draw(self, training: Training, step: int, again: bool = True) -> None:
        """The batches of this step and the next ones. ``again``: they can be drawn again (``state``), for which the
        generator is asked: a graph that is captured must not do that."""
        self._from = self._batches.random.get_state() if again else None
        self._drawn = self._batches.draw(training, self.size - step % self.size if self._grouped else self.size)
        self.used = self.summed = 0

    @property
    def next(self) -> tuple[torch.Tensor, Batch]:
        """Where its rest goes, and the batch."""
        return self._slots[self.used], self._drawn[self.used]

    def tick(self, unit: torch.Tensor) -> None:
        """The next one was trained on; with the last one all are in the loss, each square of a rest as ``unit``."""
        self.used += 1
        if not self.pending:
            self.sum(unit)

    def sum(self, unit: torch.Tensor) -> None:
        """Adds to the loss what was not in it yet: at the end of what was drawn, and before a reading."""
        if self.summed == self.used:
            return
        rests = self._rests[self.summed : self.used]
        if self._drawn[0].shown is not None:
            shown = torch.stack([batch.shown for batch in self._drawn[self.summed : self.used]])
            self.loss.add_((rests.square() * shown).sum() * unit)
        else:
            rests = rests.view(-1)
            self.loss.addcmul_(torch.dot(rests, rests), unit)
        self.summed = self.used

    def state(self) -> tuple[torch.Tensor, torch.Tensor, int, int]:
        """Generator, the rests that are not in the loss, used, summed: what ``resume`` goes on from."""
        rests = self._rests[self.summed : self.used]
        if self.pending:
            return self._from, rests, self.used, self.summed
        return self._batches.random.get_state(), rests, 0, 0

    def resume(self, training: Training, step: int, rests: torch.Tensor, used: int, summed: int) -> None:
        """Draw again what was drawn before ``step``, of which so many were used and summed: the generator is as it was
        then."""
        self.draw(training, step - used)
        self.used, self.summed = used, summed
        self._rests[summed:used] = rests
