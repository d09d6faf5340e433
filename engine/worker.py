"""The engine thread: a Lab behind two one-place mailboxes.

Only values cross the thread: a Request goes in, Snapshots come out, and the reader pulls them at its own pace.
torch is imported here, by the thread itself, so that the window does not wait for it.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace
from typing import Any

from engine.mailbox import Mailbox
from engine.matching.uninterruptible import running, unheeding
from engine.motion.stopping import Stopped, heeding
from engine.parts import Wrong, reason
from engine.preview import preview
from engine.probe import Probe
from engine.reading.apart import Ended, endable
from engine.rounds.kept import KeptRounds
from engine.snapshot import Snapshot
from engine.spec import Experiment

PAUSE = 6.0  # times as long as a snapshot took before the next one: watching costs a seventh at most
NEVER_SOONER = 0.25  # seconds between two snapshots, unless somebody waits for an answer
MATCHED_LIVE = 2048  # points of an exact assignment, which cannot be interrupted: about half a second
HASTE = 0.5  # seconds
GREETING = 0.5  # seconds at most in which an edit that comes on top of another one has to wait
FLOWS = 0.2  # seconds between two flows that a drag shows at least: between them its pairs come first
REST = 0.2  # seconds without an edit before all points of a costly coupling are matched
LOOK = 0.05  # seconds for probes between two looks at the mailbox

log = logging.getLogger("rewire")


@dataclass(frozen=True)
class Request:
    """What the window asks for, always as a whole; the newest request is the only one that counts.

    ``serial`` counts edits; ``running`` False pauses training; another ``attempt`` than that of the rounds of this
    experiment throws them away and starts anew. ``probes`` are what the views on show need, of the rounds that are
    ``shown`` by name (none: of the newest one); neither belongs to the experiment. ``warm``: rounds that an edit starts
    anew go on from the weights of those before it. ``restored``: rounds from a file, which are taken in once. Another
    ``keep`` than 0 and the last one asks for the rounds themselves; the snapshots have them from then on, until 0.
    ``first``: figures that somebody waits for.
    """

    experiment: Experiment
    serial: int = 0
    running: bool = True
    attempt: int = 0
    probes: tuple[Probe, ...] = ()
    shown: tuple[str, ...] = ()
    warm: bool = False
    restored: KeptRounds | None = None
    keep: int = 0
    first: tuple[str, ...] = ()


class Engine:
    """``submit`` requests, take ``snapshots``; ``close`` ends the thread within about a second at any moment."""

    def __init__(self, device: str = "auto") -> None:
        self.snapshots: Mailbox[Snapshot] = Mailbox()
        self._requests: Mailbox[Request] = Mailbox()
        self._closing = threading.Event()
        self._flowed = 0.0  # when a flow was shown last
        self.unanswered = True  # whether something that was asked may still get its answer
        self._deaf = 0.0  # until when no newer request is heard, a time of time.monotonic()
        self._newer = threading.Event()  # a request came in that the thread has not read
        self._device = device
        self._asked: Request | None = None
        self._restored = 0  # serial of the rounds that were taken in last
        self._unrestored: tuple[str, ...] = ()
        self._kept: KeptRounds | None = None
        self._thread = threading.Thread(target=self._main, name="engine", daemon=False)

    def start(self) -> None:
        self._thread.start()

    def submit(self, request: Request) -> None:
        self._requests.put(request)
        self._newer.set()

    def close(self, timeout: float | None = None) -> bool:
        """True when the thread has ended within so many seconds. None: as many as it may need, but no more than
        ``HASTE`` while it imports torch. It then ends right afterwards; a program that leaves has no need to wait."""
        self._closing.set()
        self._newer.set()
        self._requests.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout or (HASTE if self._thread in running() else 5.0))
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _main(self) -> None:
        try:
            with endable(self._closing):
                request = self._first()
                if request is not None:
                    self._serve(request)
        except Ended:
            return  # closed while it read a file
        except Exception as error:  # the last resort: the window must be able to say why nothing moves any more
            log.exception("the engine stopped")
            self._say(f"The engine stopped: {reason(error)}")

    def _first(self) -> Request | None:
        """Wait for the first request and answer it with a picture that needs no torch."""
        while not self._closing.is_set():
            request = self._requests.take(timeout=0.5)
            if request is not None:
                self._asked = request
                try:
                    with heeding(self._closing.is_set):
                        first = preview(request.experiment, request.probes)
                    self.snapshots.put(replace(first, request=request.serial))
                except (Wrong, Stopped):
                    pass  # a data file that has gone, say: the Lab will come to it, and tell
                except Exception:
                    log.exception("the first picture failed")
                return request
        return None

    def _serve(self, request: Request) -> None:
        """Work on the newest request until the engine is closed. Whatever raises is a failure of this request: it is
        told, and the next one finds the engine at work."""
        with unheeding():  # torch, which takes seconds the first time
            from engine.lab import Lab

        lab: Lab | None = None
        newer, busy, failed, shown, cost = request, False, False, 0.0, 0.0
        while not self._closing.is_set():
            came = asked = False
            try:
                if newer is not None:
                    request, failed = newer, False
                    self._asked, self.unanswered = request, True
                    lab = lab or Lab(self._device, MATCHED_LIVE, stop=self._interrupted, sketches=True, watched=True)
                    others = self._adopt(lab, request)
                    lab.ask(request.probes, request.shown)
                    lab.first = request.first
                    busy = True
                    if self._keep(lab, request.keep):
                        shown = 0.0  # somebody waits for them
                    if others:
                        self._greet(lab, request)
                        self._newer.clear()
                        few = lab.drawn and lab.run.x0 is None
                        newer = self._requests.take(timeout=REST if few else 0.0)
                        if newer is not None:
                            continue
                    else:  # the place of a lens: its picture follows the hand, and training waits for it
                        came = lab.look(LOOK)
                if not failed:
                    worked = busy
                    if not came and lab.unseen:
                        came = lab.look(LOOK, light=True)
                    elif not came:
                        busy = busy and lab.advance(0.03, train=request.running)
                        came = lab.look(LOOK)
                    asked = lab.asked
                    now = time.monotonic()
                    due = newer is not None or not busy or now - shown >= max(NEVER_SOONER, PAUSE * cost)
                    if came or (worked and due):
                        self._tell(lab, request.serial)
                        shown = time.monotonic()
                        cost = shown - now
                    self.unanswered = asked or came
            except Exception as error:
                log.exception("an experiment failed")
                self._failed(lab, f"This experiment cannot go on: {reason(error)}")
                busy, failed = False, True
            self._newer.clear()
            newer = self._requests.take(timeout=0.0 if busy or came else 0.05 if asked else 0.5)

    def _adopt(self, lab: Any, request: Request) -> bool:
        """Make this the Lab's experiment, with the rounds that come with it. True where the rounds are other ones."""
        of = request.restored
        came = of is not None and of.serial != self._restored
        if came:
            self._restored = of.serial
            self._unrestored = lab.restore(of.experiment, of.rounds, of.attempt, damaged=True)
        return lab.adopt(request.experiment, request.attempt, request.warm) or came

    def _keep(self, lab: Any, serial: int) -> bool:
        """Hold the rounds as they are now, where they are asked for; True where they are."""
        if not serial:
            self._kept = None
        elif self._kept is None or self._kept.serial != serial:
            try:
                self._kept = KeptRounds(lab.experiment, lab.kept(), serial)
            except Exception:  # for want of memory, say: nobody's training ends because it could not be saved
                log.exception("the rounds cannot be kept")
                return False
            return True
        return False

    def _tell(self, lab: Any, serial: int) -> None:
        """A snapshot, for whoever takes it."""
        from engine.report import snapshot

        known = snapshot(lab, serial)
        self.snapshots.put(replace(known, kept=self._kept, unrestored=self._unrestored))

    def _greet(self, lab: Any, request: Request) -> None:
        """What an edit shows first, its pairs and then the flow, without being cut short by the next one: of thirty
        edits a second none would ever be seen."""
        end = self._deaf = time.monotonic() + GREETING
        for there in (lambda: lab.drawn, lambda: lab.begun):
            while not there() and time.monotonic() < end and lab.advance(0.0, request.running):
                pass
            lab.look(max(LOOK, end - time.monotonic()), light=True)
            self._tell(lab, request.serial)
            if self._newer.is_set() and time.monotonic() - self._flowed < FLOWS:
                break
        else:
            self._flowed = time.monotonic()
        self._deaf = 0.0

    def _interrupted(self) -> bool:
        heard = self._newer.is_set() and time.monotonic() >= self._deaf
        return heard or self._closing.is_set()

    def _failed(self, lab: Any, sentence: str) -> None:
        """Say why the newest request comes to nothing, beside what there is of it if that can still be shown."""
        try:
            if lab is not None and lab.experiment is self._asked.experiment:
                lab.fail(sentence)
                self._tell(lab, self._asked.serial)
                return
        except Exception:
            log.exception("what there is cannot be shown")
        self._say(sentence)

    def _say(self, sentence: str) -> None:
        if self._asked is not None:
            self.snapshots.put(
                Snapshot(self._asked.experiment, self._asked.serial, "stopped", time.monotonic(), message=sentence)
            )
