"""A one-place mailbox: the newest value wins, the reader pulls at its own pace."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds at most one value. ``put`` replaces what was not taken; nothing queues up behind a slow reader."""

    def __init__(self) -> None:
        self._filled = threading.Condition()
        self._value: T | None = None

    def put(self, value: T) -> None:
        with self._filled:
            self._value = value
            self._filled.notify_all()

    def take(self, timeout: float = 0.0) -> T | None:
        """The newest value, or None after ``timeout`` seconds."""
        with self._filled:
            if self._value is None and timeout > 0:
                self._filled.wait(timeout)
            value, self._value = self._value, None
            return value
