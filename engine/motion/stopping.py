"""How work is told to stop: it asks often, and what is finished stays."""

from __future__ import annotations

from collections.abc import Callable

Stop = Callable[[], bool]


class Stopped(Exception):
    """The work was told to stop; what is finished stays."""


def never() -> bool:
    return False
