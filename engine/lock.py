"""A folder that one process at a time writes into."""

from __future__ import annotations

from pathlib import Path

from engine.parts import Wrong
from engine.writing import made, reason

NAME = ".lock"


class Lock:
    """Held by one run, or sweep, per folder. The system lets go of it when the process ends, killed or not; the empty
    file stays, for whoever removed it could let two in. Raises Wrong, also where nothing can be written."""

    def __init__(self, folder: Path) -> None:
        from filelock import FileLock

        self._folder = made(folder)
        self._lock = FileLock(folder / NAME, timeout=0)

    def __enter__(self) -> None:
        from filelock import Timeout

        try:
            self._lock.acquire()
        except Timeout:
            told = "is in use by another run or sweep; wait for it, or choose another folder"
            raise Wrong(str(self._folder), told) from None
        except (OSError, NotImplementedError) as error:
            raise Wrong(str(self._folder), f"cannot be written into ({reason(error)})") from None

    def __exit__(self, *_: object) -> None:
        self._lock.release()
