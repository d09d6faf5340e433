"""How many processor cores training may use."""

from __future__ import annotations

import os
from pathlib import Path

from engine.parts import Wrong

VARIABLE = "REWIRE_THREADS"  # in the environment of a process that shares the machine with others of its kind

_given: int | None = None


def physical() -> int:
    """Physical cores that this process may run on: two threads of one core share its multipliers."""
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    try:
        names = [f"/sys/devices/system/cpu/cpu{k}/topology/thread_siblings_list" for k in allowed]
        found = len({Path(name).read_text(encoding="ascii") for name in names})
    except OSError:
        found = len(allowed)
    return max(1, found or (os.cpu_count() or 1))


def give(threads: int | None, watched: bool = False) -> int:
    """Settle, once per process, how many threads train; returns it. None: what the environment says, or all physical
    cores, or, where a window is ``watched``, all but one: that is the window's and the picture's."""
    global _given
    if threads is None and (text := os.environ.get(VARIABLE, "")):
        threads = int(text) if text.isdecimal() else 0
    if threads is None:
        threads = max(1, physical() - watched)
    if not 1 <= threads <= 4096:
        raise Wrong("threads", "is not a whole number from 1 on")
    _given = threads
    return threads


def given() -> int:
    """How many threads train in this process."""
    return _given if _given is not None else give(None)
