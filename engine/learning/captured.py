"""Steps of training as a CUDA graph: captured once, replayed without Python, to the numbers of single steps."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

import torch

from engine.learning.ahead import Ahead
from engine.learning.batches import AHEAD, Batches
from engine.learning.rates import Rates
from engine.parts import reason
from engine.spec import Training

log = logging.getLogger("rewire")

Work = Callable[[torch.Tensor, torch.Tensor], None]  # one step

WARM = 3  # ordinary steps before a capture: cuBLAS sets up, kernels are compiled


class Captured:
    """Groups of steps: as many as are drawn at once, with that draw, as one graph, if the driver and the other threads
    let it be one. Before, between and after groups steps are made one by one.

    What a graph reads at each replay (weights, generator, the table of rates) lies in memory that stays; after a change
    of anything else it is ``forget``-ten.
    """

    def __init__(self, ahead: Ahead, batches: Batches, device: torch.device) -> None:
        self._ahead, self._batches, self._rates = ahead, batches, Rates(AHEAD, device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._warmed = 0  # ordinary steps of this process: one that goes on from a state has made none
        self._refused = False

    def forget(self) -> None:
        """Begin anew with ordinary steps: other kernels may have to be compiled."""
        self._graph, self._warmed = None, 0

    def next_is_group(self, step: int, most: int) -> bool:
        """Whether a group comes next, and has ``most`` steps or fewer. Groups end where the loss is read; the first
        steps come one by one, for there are key frames of each."""
        size = self._ahead.size
        begins = size == 1 or (step >= AHEAD and step % size == 0)
        ready = self._graph is not None or (self._warmed >= WARM and not self._refused)
        return ready and begins and not self._ahead.pending and size <= most

    def make(self, work: Work, training: Training, step: int, most: int) -> int:
        """The next step, or a group of ``most`` or fewer; how many were made. ``work`` makes one of a rate and a share.
        Raises OutOfMemoryError, which is an error of this training."""
        if self.next_is_group(step, most):
            self._rates.set(training, step, self._ahead.size)
            if self._graph is not None or self._capture(partial(self._group, work, training)):
                self._graph.replay()  # a capture runs nothing: these are the steps
                return self._ahead.size
        self._rates.set(training, step, 1)
        self._one(work)
        return 1

    def _group(self, work: Work, training: Training) -> None:
        """On the device, without a sync: this is what is captured."""
        self._ahead.draw(training, 0, again=False)
        for rate, share in self._rates.each[: self._ahead.size]:
            work(rate, share)

    def _one(self, work: Work) -> None:
        """An ordinary step; before a capture CUDA wants some on a side stream."""
        if self._warmed >= WARM or not torch.cuda.is_available():
            work(*self._rates.each[0])
        else:
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                work(*self._rates.each[0])
            torch.cuda.current_stream().wait_stream(side)
        self._warmed += 1

    def _capture(self, group: Callable[[], None]) -> bool:
        """False where they cannot be captured: none is made then, and it is not tried again."""
        random, stream = self._batches.random.get_state(), torch.cuda.current_stream()
        try:
            graph = torch.cuda.CUDAGraph()
            graph.register_generator_state(self._batches.random)
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):
                group()
        except RuntimeError as error:
            torch.cuda.set_stream(stream)  # a capture that cannot be ended leaves its own behind (torch 2.13)
            if memory := out_of_memory(error):
                raise memory from None
            log.warning("Training goes on without a CUDA graph, several times as slow (%s).", reason(error))
            self._refused = True
            self._ahead.drop()
            self._batches.renew(random)  # the generator may be neither here nor there
            return False
        self._graph = graph
        return True


def out_of_memory(error: BaseException | None) -> torch.cuda.OutOfMemoryError | None:
    """The want of memory behind an error: the end of a capture that lacked it complains of the capture alone."""
    while error is not None and not isinstance(error, torch.cuda.OutOfMemoryError):
        error = error.__cause__ or error.__context__
    return error
