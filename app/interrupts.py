"""Ctrl+C in the terminal, and the other ways to ask a process to end: the window closes as if by hand."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupts(QObject):
    """Python looks at signals between two of its own instructions, and a window at rest runs none: what wakes it is a
    byte in a socket. ``got`` is the signal that came, 0 before. A second one ends the process at once."""

    def __init__(self, close: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.got = 0
        self._close = close
        self._ear, self._mouth = socket.socketpair()
        for end in (self._ear, self._mouth):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._ear.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._wake)
        signal.set_wakeup_fd(self._mouth.fileno(), warn_on_full_buffer=False)
        for number in SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:  # nohup means it
                signal.signal(number, self._take)

    def _take(self, number: int, frame: object) -> None:
        if self.got:
            os._exit(128 + number)
        self.got = number

    def _wake(self) -> None:
        self._ear.recv(64)
        if self.got:
            self._close()
