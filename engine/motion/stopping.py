"""How work is told to stop: it asks often, and what is finished stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Stop = Callable[[], bool]


class Stopped(Exception):
    """The work was told to stop; what is finished stays."""


def never() -> bool:
    return False


_told: ContextVar[Stop] = ContextVar("stop", default=never)


@contextmanager
def heeding(stop: Stop) -> Iterator[None]:
    """Within this, ``heed`` asks ``stop``: it reaches what is called through the methods of parts, which know of none.

    Of this thread alone: work ``aside`` hears nothing of it.
    """
    token = _told.set(stop)
    try:
        yield
    finally:
        _told.reset(token)


def around() -> Stop:
    """The stop that is heeded here."""
    return _told.get()


def heed() -> None:
    """Raise Stopped if the work around was told to stop. For loops that last longer than a tenth of a second, between
    two of their turns: whoever called them makes them again from the beginning."""
    if _told.get()():
        raise Stopped


def portions(n: int, rows: int) -> Iterator[slice]:
    """Slices of ``rows`` rows that cover n (one empty slice of none); between two of them a stop is heeded."""
    for start in range(0, max(n, 1), rows):
        if start:
            heed()
        yield slice(start, min(start + rows, n))
