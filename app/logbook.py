"""The log: a file with what went wrong, whole, where the platform keeps logs; crashes of compiled code among it."""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import threading
from pathlib import Path

MOST = 256 * 1024  # bytes of one run, and of those before that are kept
NAME = "rewire.log"
PACKAGES = ("PySide6", "PySide6-Essentials", "numpy", "torch")


def place() -> Path:
    """Where the log is."""
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Logs" / "Rewire" / NAME
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "rewire" / "Logs" / NAME
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if os.path.isabs(state) else home / ".local" / "state") / "rewire" / NAME


def versions() -> str:
    """The program and what it stands on, in one line; imports none of it."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    from engine.library import __version__

    known = [f"Rewire {__version__}", f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            known.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join([*known, f"{platform.system()} {platform.release()}"])


class Logbook(logging.Handler):
    """Appends to the file until ``MOST`` bytes of this run are in it. A disk that refuses is no reason to end."""

    def __init__(self, path: Path) -> None:
        """Raises OSError where there can be no such file."""
        super().__init__()
        self.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists() and path.stat().st_size > MOST:
            os.replace(path, path.with_suffix(".old.log"))
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        self.file = os.fdopen(os.open(path, flags, 0o600), "ab", buffering=0)
        self._left = MOST

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = (self.format(record) + "\n").encode(errors="backslashreplace")
            if self._left <= 0:
                return
            self._left -= len(line)
            self.file.write(line if self._left > 0 else b"This run's log is full.\n")
        except (OSError, ValueError):
            self._left = 0

    def close(self) -> None:
        super().close()
        self.file.close()


def begin() -> Logbook | None:
    """Log from now on, to the file and to the terminal: what is logged, what a thread dies of, a crash's stacks."""
    screen = logging.StreamHandler()
    screen.setFormatter(logging.Formatter("%(message)s"))
    root = logging.getLogger()
    root.addHandler(screen)
    sys.excepthook = wrong
    threading.excepthook = _in_a_thread
    try:
        book = Logbook(place())
    except OSError as error:
        faulthandler.enable()
        logging.getLogger("log").warning("There is no log file: %s.", error)
        return None
    root.addHandler(book)
    faulthandler.enable(book.file)
    return book


def introduce(book: Logbook | None) -> None:
    """Which program this is; later than ``begin``, since finding out takes a hundredth of a second."""
    if book is not None:
        book.emit(logging.LogRecord("version", logging.INFO, "", 0, versions(), (), None))


def _in_a_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_type is not SystemExit:
        wrong(told.exc_type, told.exc_value, told.exc_traceback)


def wrong(kind: type[BaseException], error: BaseException | None, trace: object) -> None:
    """An error that nobody expected."""
    logging.getLogger("error").critical("Something went wrong.", exc_info=(kind, error, trace))
