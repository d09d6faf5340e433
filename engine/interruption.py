"""Being asked to end, from the keyboard or by the system."""

from __future__ import annotations

import signal
import threading


class Interruption:
    """Ctrl+C, or a polite end from outside, is answered between two steps, so that what was done is kept; the second
    one ends at once."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self.number = int(signal.SIGINT)
        self._asked = False

    def __call__(self) -> bool:
        return self._asked

    def __enter__(self) -> Interruption:
        heard: list[int] = []
        if threading.current_thread() is threading.main_thread():  # signals are no other thread's
            heard = [
                number for number in self.SIGNALS if signal.getsignal(number) is not signal.SIG_IGN
            ]  # as nohup does
        self._before = {number: signal.signal(number, self._note) for number in heard}
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _note(self, number: int, frame: object) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked, self.number = True, number
