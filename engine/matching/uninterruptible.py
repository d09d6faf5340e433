"""Work that cannot be interrupted, done aside: whoever waits for it may give up at any moment."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from engine import cores
from engine.motion.stopping import heed

ASIDE = "aside"
READING = "reading"  # the window's thread of this name may be waiting for a disk that does not answer
POLL = 0.01  # seconds between two looks at the work
#: Works at once. One that was given up goes on to its end; more of them would take the cores from what is wanted now.
_free = threading.BoundedSemaphore(max(2, cores.physical()))


def aside(work: Callable[[], Any]) -> Iterator[Any]:
    """Yields None while ``work`` runs on a thread of its own, and its result, in a tuple, at the end.

    Dropping the iterator gives the work up: what it finds is thrown away. Only for work that lets go of the
    interpreter. Raises what the work raises.
    """
    if threading.current_thread().name == ASIDE:  # a work within a work waits for none, and so never for itself
        yield (work(),)
        return
    while not _free.acquire(timeout=POLL):
        yield None
    found: list[Any] = []
    trouble: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:  # raised again where somebody waits
            trouble.append(error)
        finally:
            _free.release()

    thread = threading.Thread(target=run, name=ASIDE, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(POLL)
        if thread.is_alive():
            yield None
    if trouble:
        raise trouble[0]
    yield (found[0],)


def waited(work: Callable[[], Any]) -> Any:
    """The result of ``work``, done aside; a stop is heeded meanwhile, and gives it up."""
    for step in aside(work):
        if step is None:
            heed()
    return step[0]


def side_by_side(works: Sequence[Callable[[], Any]], hands: int | None = None) -> list[Any]:
    """The results of these works in their order, ``hands`` of them at once, as many as may train if None; a stop is
    heeded meanwhile, and gives them up."""
    found, left, begun = [None] * len(works), list(enumerate(works))[::-1], {}
    while left or begun:
        while left and len(begun) < (hands or cores.given()):
            k, work = left.pop()
            begun[k] = aside(work)
        for k, steps in list(begun.items()):
            if (step := next(steps)) is not None:
                (found[k],) = step
                del begun[k]
        heed()
    return found


@contextmanager
def unheeding() -> Iterator[None]:
    """What this thread does meanwhile, an import say, cannot be ended: a program that leaves does not wait for it."""
    thread = threading.current_thread()
    name, thread.name = thread.name, ASIDE
    try:
        yield
    finally:
        thread.name = name


def running() -> list[threading.Thread]:
    """Works that go on, those that were given up among them."""
    return [thread for thread in threading.enumerate() if thread.name in (ASIDE, READING)]


def leave(status: int, at_once: bool = False) -> int:
    """The last thing that a program does: it ends at once, whatever was given up and still goes on; else ``status``.

    Python itself can only wait for such a thread: compiled code that comes back to an interpreter that is being taken
    down aborts the whole process. ``at_once``: whether there is one or not, since to take torch's interpreter down
    takes most of a second.
    """
    if at_once or running():
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


@atexit.register
def _wait() -> None:
    for thread in running():
        if thread.name == ASIDE:
            thread.join()
