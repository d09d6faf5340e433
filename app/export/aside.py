"""The process that makes a film beside the window: a job comes in, lines of JSON go out.

A thread would share the interpreter with the training; this costs a second at its start, and less attention of the
machine than the window and the training have. It ends when its input does: nobody is there any more who wants it.
"""

from __future__ import annotations

import json
import os
import pickle
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

LENGTH = struct.Struct("<Q")
PIECE = 2**18  # bytes
NICE = 10  # of a system that asks for it: training and window go first
START = "import sys; sys.path[:] = sys.argv[1:]; from app.export.aside import answer; sys.exit(answer())"


def packed(job: object) -> Iterator[bytes]:
    """What the process reads, piece by piece: one copy of all its arrays would hold the window up."""
    arrays: list[pickle.PickleBuffer] = []
    content = memoryview(pickle.dumps(job, 5, buffer_callback=arrays.append))
    parts = content, *(array.raw() for array in arrays)
    yield b"".join(LENGTH.pack(many) for many in (len(parts), *(part.nbytes for part in parts)))
    for part in parts:
        for begin in range(0, part.nbytes, PIECE):
            yield bytes(part[begin : begin + PIECE])


def answer() -> int:
    """The other process: make the job that stands in the input. 0: it was made, or is not wanted any more."""
    from app.export.qt import ready
    from app.export.rendering import Cancelled
    from engine.parts import Wrong, reason
    from engine.registry import FAMILIES, kinds

    with suppress(OSError, AttributeError):
        os.nice(NICE)
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # a word of some library is no line of ours
    import app.families  # noqa: F401

    for family in tuple(FAMILIES):
        kinds(family)  # plug-ins, of whose parts the job may be made
    try:
        lengths = [_length() for _ in range(_length())]
        content, *arrays = [_read(length) for length in lengths]
    except EOFError:  # cancelled before it was all there
        return 0
    job = pickle.loads(content, buffers=arrays)  # of our own window, through a pipe that nobody else has
    gone = threading.Event()
    threading.Thread(target=_listen, args=(gone,), daemon=True).start()
    ready()

    def told(done: int, of: int) -> None:
        _say(out, gone, {"done": done, "of": of})

    try:
        _say(out, gone, {"said": job.make(told, gone.is_set)})
    except Cancelled:
        _say(out, gone, {"cancelled": True})
    except Wrong as wrong:
        _say(out, gone, {"wrong": str(wrong)})
    except Exception as error:
        _say(out, gone, {"wrong": f"This cannot be made ({reason(error)})"})
        raise
    return 0


def _length() -> int:
    return LENGTH.unpack(_read(LENGTH.size))[0]


def _read(many: int) -> bytearray:
    """So many bytes of the input; unbuffered, for a thread will listen to it until the end."""
    found = bytearray()
    while len(found) < many:
        some = os.read(0, min(many - len(found), 2**20))
        if not some:
            raise EOFError
        found += some
    return found


def _listen(gone: threading.Event) -> None:
    os.read(0, 1)
    gone.set()


def _say(out: IO[str], gone: threading.Event, words: dict[str, object]) -> None:
    try:
        out.write(json.dumps(words) + "\n")
        out.flush()
    except OSError:
        gone.set()
