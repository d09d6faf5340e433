"""Does any step of the course wait? All lessons, gone through in the window with a clicker's keys alone.

Each step's times run from the key: until its picture is there (no panel waits) and its cue has begun; until its rounds
are those of the end of its cues; until its claims are measured. Beside them the longest time in which the window did
nothing else. ``cold``: with an empty cache, and what the program brings; then ``prepared``, all of it. Needs a display:
    .ci/display .venv/bin/python bench/course.py [--lessons 04_nutshell ...] [--seconds 2] [--only cold]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
WANTED = 1.0  # seconds
MOST = 60.0  # seconds that a step is waited for
SIZE = 1280, 720


class Clicker:
    """Presents the course, and watches."""

    def __init__(self, first: str) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        from app.application import assemble, begin

        self.app = QApplication.instance() or QApplication(sys.argv[:1])
        self.begun = time.monotonic()
        self.window = window = assemble(device="cpu")
        begin(window)
        window.document.see(theme="projector")
        window.activateWindow()
        self.key = lambda key: QTest.keyClick(window, key)
        self.keys = Qt.Key
        self.turn(window.isActiveWindow, 20.0)
        self.key(Qt.Key.Key_F5)  # begins with the first lesson of the course, or where it was left
        self.turn(lambda: window.isActiveWindow() and window.isFullScreen(), 20.0)
        if self.player.lesson is None or self.player.lesson.name != first:
            window.presenting.open(first)

    @property
    def player(self):
        return self.window.player

    def to(self, before: str | None, name: str, at: int) -> None:
        """The step after the one on show: beyond a lesson's last one, where a first press tells what comes next."""
        from app.lessons.reader import neighbour

        if at:
            self.key(self.keys.Key_PageDown)
        elif before is not None and neighbour(before, 1).name == name:
            self.key(self.keys.Key_PageDown)
            self.key(self.keys.Key_PageDown)
        elif before is not None:
            self.window.presenting.open(name)
        self.turn(lambda: self.player.lesson is not None, 10.0)

    def ready(self) -> bool:
        return all(self.player.prepared.ready(at) for at in range(len(self.player.lesson.steps)))

    def turn(self, over, seconds: float) -> float:
        """Handle events until this holds; the longest time that one round of them took."""
        end, longest = time.monotonic() + seconds, 0.0
        while time.monotonic() < end and not over():
            begun = time.monotonic()
            self.app.processEvents()
            longest = max(longest, time.monotonic() - begun)
            time.sleep(0.001)
        return longest

    def pictured(self) -> bool:
        """No panel on show waits, and the cue is under way."""
        from app.scene import compose

        controller, look = self.window.controller, self.window.document.look
        snapshot = controller.snapshot
        if not controller.current or not snapshot.rounds or snapshot.spec != self.window.document.experiment:
            return False
        if self.window.heartbeat._asked.keys() & {"stage"} and not look.playing:
            return False  # not painted yet
        missing = any(panel.waits for panel in compose.stage(snapshot, look))
        begun = self.player._cue is not None or not self.player._cues or self.player.asks
        return begun and not missing

    def finished(self) -> bool:
        """The rounds are those that the step ends with."""
        from app.lessons.reader import scene

        if self.player.asks:
            return True
        experiment, _ = scene(self.player.step, finished=True)
        controller = self.window.controller
        rounds = [one for one in controller.snapshot.rounds if one.number]
        return controller.current and sum(one.finished for one in rounds) >= experiment.rounds

    def measured(self) -> bool:
        return all(verdict.state != "missing" for _, verdict in self.player.verdicts)

    def step(self, act, stay: float) -> list[float]:
        """Seconds until picture, rounds and claims, and the longest hold, after this."""
        begun, longest, found = time.monotonic(), 0.0, []
        act()
        longest = time.monotonic() - begun
        for there in (self.pictured, self.finished, self.measured):
            longest = max(longest, self.turn(there, MOST))
            found.append(time.monotonic() - begun)
        longest = max(longest, self.turn(lambda: False, max(0.0, stay - (time.monotonic() - begun))))
        return [*found, longest]


def walk(names: list[str], stay: float, waits: bool) -> list[tuple[str, list[float]]]:
    """All steps of these lessons, one after another; ``waits``: until each lesson is prepared."""
    from app.lessons import reader

    clicker = Clicker(names[0])
    found = []
    for before, name in zip((None, *names), names, strict=False):
        for at in range(len(reader.shipped(name).steps)):
            if waits and at:
                clicker.turn(clicker.ready, MOST)
            times = clicker.step(lambda before=before, name=name, at=at: clicker.to(before, name, at), stay)
            assert (clicker.player.lesson.name, clicker.player.at) == (name, at), "a key went astray"
            found.append((f"{name} {at + 1}", times))
            print(told(*found[-1]), flush=True)
            if clicker.player.asks:
                answered = clicker.step(lambda: clicker.key(clicker.keys.Key_PageDown), stay)
                found.append((f"{name} {at + 1} answered", answered))
                print(told(*found[-1]), flush=True)
    clicker.key(clicker.keys.Key_Escape)
    clicker.window.close()
    return found


def told(name: str, times: list[float]) -> str:
    picture, rounds, claims, held = times
    mark = "  <-- waits" if picture > WANTED or rounds > WANTED else ""
    told = f"  {name:<32} picture {picture:5.2f}  rounds {rounds:5.2f}  claims {claims:5.2f}"
    return f"{told}  held {1000 * held:4.0f} ms{mark}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lessons", nargs="*", help="names; none: all, in their order")
    parser.add_argument("--seconds", type=float, default=2.0, help="that somebody stays at a step")
    parser.add_argument("--only", choices=("cold", "prepared"), help="prepared: with the user's own cache")
    options = parser.parse_args()
    from app.lessons import reader

    names = options.lessons or [head.name for head in reader.heads()]
    if options.only != "prepared":
        os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp()
    os.environ.setdefault("XDG_CONFIG_HOME", tempfile.mkdtemp())
    for turn in ("cold", "prepared"):
        if options.only not in (None, turn):
            continue
        if turn == "prepared" and options.only is None:
            from app.lessons.preparing import prepare

            for name in names:
                list(prepare(reader.shipped(name), "cpu"))
        print(f"{turn}, {os.cpu_count()} cores, {SIZE[0]} x {SIZE[1]}")
        found = walk(names, options.seconds, turn == "prepared")
        worst = [max(found, key=lambda one: one[1][k]) for k in range(4)]
        for what, k in (("picture", 0), ("rounds", 1), ("claims", 2), ("held", 3)):
            print(f"  worst {what}: {worst[k][1][k]:.2f} s, {worst[k][0]}")
        print(
            f"  steps that wait over {WANTED:.0f} s: {sum(max(t[0], t[1]) > WANTED for _, t in found)} of {len(found)}"
        )
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
