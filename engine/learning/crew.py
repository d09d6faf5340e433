"""The threads that train beside the first one: asleep when there is nothing to do, gone after a second.

Work is cut into lanes by what it is (``engine/learning/gradient.py``), never by how many threads there are, so the
numbers are the same for any number of them.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from functools import partial
from queue import Empty, SimpleQueue

import torch

from engine.motion.stopping import Stop, Stopped, around, heeding

LINGER = 1.0  # seconds until a thread without work ends


class _Worker(threading.Thread):
    """Does what lies in its queue."""

    def __init__(self) -> None:
        super().__init__(name="training", daemon=True)
        self.queue: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def run(self) -> None:
        torch.set_grad_enabled(False)  # of this thread
        torch.get_num_threads()  # takes the process's setting over: one, for each product
        while True:
            try:
                work = self.queue.get(timeout=LINGER)
            except Empty:
                with _lock:
                    if self in _idle:  # nobody has taken it meanwhile
                        _idle.remove(self)
                        return
                continue
            work()
            del work  # it holds the memory of a batch
            with _lock:
                _idle.append(self)


_idle: list[_Worker] = []
_lock = threading.Lock()


def _hired() -> _Worker:
    with _lock:
        if _idle:
            return _idle.pop()
    worker = _Worker()
    worker.start()
    return worker


def together(hands: Sequence[Callable[[int], None]], pieces: int) -> None:
    """Let the ``hands`` take the pieces 0, 1, ... one after the other, the first one in this thread. Returns when all
    are done. What one of them raises ends the others at their next ``heed``, or piece, and is raised here."""
    if len(hands) == 1:
        for k in range(pieces):
            hands[0](k)
        return
    counter, failed, done = itertools.count(), [], SimpleQueue()

    def work(hand: Callable[[int], None], stop: Stop) -> None:
        try:
            with heeding(stop):
                while (k := next(counter)) < pieces and not failed:  # next is one call of C: no two get the same
                    hand(k)
        except BaseException as error:
            failed.append(error)
        done.put(None)

    for hand in hands[1:]:
        _hired().queue.put(partial(work, hand, lambda: bool(failed)))
    stop = around()
    work(hands[0], stop)
    for _ in hands:
        while True:
            try:
                done.get(timeout=0.05)
                break
            except Empty:
                if not failed and stop():
                    failed.append(Stopped())
    if failed:
        raise failed[0]
