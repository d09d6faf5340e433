"""Reading that may be ended at any moment: in a process of its own, of bounded time and memory.

For what is untrusted and may be slow: a picture of 78 kB can keep its decoder busy for 15 seconds, and neither decoders
nor readers of tables look up from their work.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import numpy as np

from engine.parts import Wrong
from engine.reading.limits import fault

QUICK = 2**20  # bytes of a file that is read at once anyway: a process takes a third of a second to start
BUDGET = 30.0  # seconds
MEMORY = 2 * 2**30  # bytes, where the platform can bound it
ANSWER = 256 * 2**20  # bytes that are taken back
POLL = 0.02  # seconds
ROOT = str(Path(__file__).resolve().parents[2])
START = "import sys; sys.path[:] = sys.argv[2:]; from engine.reading.apart import answer; answer(sys.argv[1])"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

_ending: ContextVar[threading.Event | None] = ContextVar("ending", default=None)


class Ended(BaseException):
    """Nobody wants it any more. No fault: what takes exceptions for faults lets it pass."""


class Late(Wrong):
    """It took too long: here, and now; another time it may not."""


@contextmanager
def endable(event: threading.Event) -> Iterator[None]:
    """What this thread reads inside is ended within ``POLL`` seconds when the event is set, and raises Ended."""
    before = _ending.set(event)
    try:
        yield
    finally:
        _ending.reset(before)


def read(function: Callable[..., Any], path: str, *given: str | int | bool | None) -> Any:
    """What a function of a module returns for this file and these values: an array, or a text and several arrays.

    Raises Wrong: the function's own, or at ``path`` for what takes too much time (Late) or memory; raises Ended.
    """
    asked = json.dumps([function.__module__, function.__qualname__, path, *given])
    ending, start = _ending.get(), time.monotonic()
    with tempfile.TemporaryFile() as found:
        process = _started(asked, found)
        try:
            while process.poll() is None:
                if ending is not None and ending.is_set():
                    raise Ended
                if time.monotonic() - start > BUDGET:
                    why = f"takes more than {BUDGET:g} seconds to read; give a simpler file"
                    raise Late("path", fault(path, why).message)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(POLL)
        finally:
            process.kill()
            process.wait()
        found.seek(0)
        answered = io.BytesIO(found.read(ANSWER))
    try:
        complaint = json.loads(answered.readline())
        if not complaint:
            text, count = json.loads(answered.readline())
            arrays = [np.load(answered, allow_pickle=False) for _ in range(count)]
            return arrays[0] if text is None else (text, arrays)
    except (ValueError, EOFError, RecursionError, TypeError, IndexError):
        raise fault(path, "cannot be read: what reads it broke off; give another file") from None
    raise Wrong(*complaint)


def _started(asked: str, found: IO[bytes]) -> subprocess.Popen[bytes]:
    """Nothing is imported from the folder that the program stands in."""
    places = [place for place in sys.path if os.path.isabs(place)]
    return subprocess.Popen(
        [sys.executable, "-P", "-c", START, asked, *places, *([] if ROOT in places else [ROOT])],
        stdin=subprocess.DEVNULL,
        stdout=found,
        stderr=subprocess.DEVNULL,
        env=os.environ | ONE_THREAD,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def answer(asked: str) -> None:
    """The other process, to standard output: a line of JSON, ``[]`` or ``[where, message]``, one with the text and the
    count of arrays, and the arrays."""
    out = sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a library may print is no answer
    _bound()
    module, name, *given = json.loads(asked)
    try:
        found = getattr(import_module(module), name)(*given)
        text, arrays = found if isinstance(found, tuple) else (None, [np.ascontiguousarray(found)])
        told: list[Any] = []
    except Wrong as wrong:
        told = [wrong.where, wrong.message]
    except MemoryError:
        told = ["path", fault(given[0], "needs too much memory to read; give a smaller file").message]
    out.write(json.dumps(told).encode() + b"\n")
    if not told:
        out.write(json.dumps([text, len(arrays)]).encode() + b"\n")
        for array in arrays:
            np.save(out, array, allow_pickle=False)
    out.flush()


def _bound() -> None:
    """Where the platform can: memory, and time too, should the program that waits be killed."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, int(BUDGET) + 1), (resource.RLIMIT_CORE, 0)):
        try:
            hard = resource.getrlimit(what)[1]
            resource.setrlimit(what, (most if hard < 0 else min(most, hard), hard))
        except (ValueError, OSError):  # macOS bounds no address space
            continue
