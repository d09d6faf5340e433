"""The engine thread: a Lab behind two one-place mailboxes.

Only values cross the thread: a Request goes in, Snapshots come out, and the reader pulls them at its own pace.
torch is imported here, by the thread itself, so that the window does not wait for it.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from dataclasses import dataclass, replace

from engine.mailbox import Mailbox
from engine.parts import Wrong
from engine.picture import preview
from engine.snapshot import Snapshot
from engine.spec import Experiment

WATCHING = 6.0  # training time per time spent on pictures, at least: watching costs a seventh here at most
NEVER_SOONER = 0.25  # seconds between two pictures
MATCHED_LIVE = 2048  # points of an exact assignment, which cannot be interrupted: about half a second


@dataclass(frozen=True)
class Request:
    """What the window asks for, always as a whole; the newest request is the only one that counts.

    ``serial`` counts requests; ``running`` False pauses training; a new ``attempt`` number throws the rounds of this
    experiment away and starts anew.
    """

    experiment: Experiment
    serial: int = 0
    running: bool = True
    attempt: int = 0


class Engine:
    """``submit`` requests, take ``snapshots``; ``close`` ends the thread within about a second at any moment."""

    def __init__(self, device: str = "auto") -> None:
        self.snapshots: Mailbox[Snapshot] = Mailbox()
        self._requests: Mailbox[Request] = Mailbox()
        self._closing = threading.Event()
        self._newer = threading.Event()  # a request came in that the thread has not read
        self._device = device
        self._asked: Request | None = None
        self._thread = threading.Thread(target=self._main, name="engine", daemon=False)

    def start(self) -> None:
        self._thread.start()

    def submit(self, request: Request) -> None:
        self._requests.put(request)
        self._newer.set()

    def close(self, timeout: float = 5.0) -> bool:
        """True when the thread has ended."""
        self._closing.set()
        self._newer.set()
        self._requests.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _main(self) -> None:
        try:
            request = self._first()
            if request is not None:
                self._serve(request)
        except Exception as error:  # the last resort: the window must be able to say why nothing moves any more
            traceback.print_exc(file=sys.stderr)
            self._say(f"The engine stopped: {error}")

    def _first(self) -> Request | None:
        """Wait for the first request and answer it with a picture that needs no torch."""
        while not self._closing.is_set():
            request = self._requests.take(timeout=0.5)
            if request is not None:
                self._asked = request
                try:
                    first = preview(request.experiment)
                    self.snapshots.put(replace(first, request=request.serial))
                except Wrong:
                    pass  # a data file that has gone, say: the Lab will come to it, and tell
                except Exception:
                    traceback.print_exc(file=sys.stderr)
                return request
        return None

    def _serve(self, request: Request) -> None:
        from engine.lab import Lab

        lab = Lab(self._device, MATCHED_LIVE, stop=lambda: self._newer.is_set() or self._closing.is_set())
        lab.adopt(request.experiment, request.attempt)
        busy, shown, cost = True, 0.0, 0.0
        while not self._closing.is_set():
            self._newer.clear()
            newer = self._requests.take(timeout=0.0 if busy else 0.5)
            if newer is not None:
                request = self._asked = newer
                lab.adopt(request.experiment, request.attempt)
            elif not busy:
                continue
            try:
                busy = lab.advance(0.03, train=request.running)
            except Exception as error:  # one experiment must not take the engine with it
                traceback.print_exc(file=sys.stderr)
                lab.fail(f"This experiment cannot go on: {type(error).__name__}: {error}")
                busy = False
            now = time.monotonic()
            if newer is not None or not busy or now - shown >= max(NEVER_SOONER, WATCHING * cost):
                try:
                    self.snapshots.put(lab.snapshot(request.serial))
                except Exception as error:
                    traceback.print_exc(file=sys.stderr)
                    self._say(f"This experiment cannot be shown: {type(error).__name__}: {error}")
                    busy = False
                shown = time.monotonic()
                cost = shown - now

    def _say(self, sentence: str) -> None:
        if self._asked is not None:
            self.snapshots.put(
                Snapshot(self._asked.experiment, self._asked.serial, "stopped", time.monotonic(), message=sentence)
            )
