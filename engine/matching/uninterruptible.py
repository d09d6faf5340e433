"""Work that cannot be interrupted, done aside: whoever waits for it may give up at any moment."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

ASIDE = "aside"
READING = "reading"  # the window's thread of this name may be waiting for a disk that does not answer
POLL = 0.01  # seconds between two looks at the work
#: Works at once. One that was given up goes on to its end; more of them would take the cores from what is wanted now.
_free = threading.BoundedSemaphore(2)


def aside(work: Callable[[], Any]) -> Iterator[Any]:
    """Yields None while ``work`` runs on a thread of its own, and its result, in a tuple, at the end.

    Dropping the iterator gives the work up: what it finds is thrown away. Only for work that lets go of the
    interpreter. Raises what the work raises.
    """
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


def running() -> list[threading.Thread]:
    """Works that go on, those that were given up among them."""
    return [thread for thread in threading.enumerate() if thread.name in (ASIDE, READING)]


def leave(status: int) -> int:
    """The last thing that a program does: it ends at once, whatever was given up and still goes on; else ``status``.

    Python itself can only wait for such a thread: compiled code that comes back to an interpreter that is being taken
    down aborts the whole process.
    """
    if running():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


@atexit.register
def _wait() -> None:
    for thread in running():
        if thread.name == ASIDE:
            thread.join()
