"""A command of the program in a process of its own, which gives way to the window and ends with it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QProcess

ROOT = str(Path(__file__).resolve().parents[2])
#: Also where the window is killed: then its input ends.
START = (
    "import os, sys, threading\n"
    "sys.path[:0] = sys.argv[1].split(os.pathsep)\n"
    "getattr(os, 'nice', int)(int(sys.argv[2]))\n"
    "threading.Thread(target=lambda: (os.read(0, 1), os.kill(os.getpid(), 15)), daemon=True).start()\n"
    "import main\n"
    "sys.exit(main.main(sys.argv[3:]))"
)


def begun(parent: QObject, nice: int, words: list[str], ended: Callable[[int], object]) -> QProcess:
    """Begin it; ``ended`` gets its exit status, or -1 where it cannot be started. Its errors can be read."""
    process = QProcess(parent)
    process.setStandardOutputFile(QProcess.nullDevice())
    process.finished.connect(lambda status, *_: ended(status))
    process.errorOccurred.connect(lambda error: ended(-1) if error == QProcess.ProcessError.FailedToStart else None)
    paths = os.pathsep.join(dict.fromkeys((ROOT, *filter(None, sys.path))))
    process.start(sys.executable, ["-c", START, paths, str(nice), *words])
    return process


def forget(process: QProcess) -> None:
    """Nobody hears of its end any more."""
    process.finished.disconnect()
    process.errorOccurred.disconnect()
