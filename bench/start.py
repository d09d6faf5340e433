"""Seconds from the start of the process to a visible window, to the first picture, and to the first training step.

Needs a display:  .ci/display .venv/bin/python bench/start.py
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nobody  # noqa: F401

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = """
import json, os, sys, time
born = float(os.environ["REWIRE_BORN"])
seen = {}
import main
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication
from app import application
class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Expose and "visible" not in seen:
            seen["visible"] = time.time() - born
            seen["torch"] = "torch" in sys.modules
        return False
app = QApplication([])
watch = Watch()
app.installEventFilter(watch)
begin = application.begin
def watched(window):
    begin(window)
    timer = QTimer(window)
    def look():
        snapshot = window.controller.snapshot
        if snapshot is not None:
            seen.setdefault("picture", time.time() - born)
            if snapshot.step > 0:
                seen.setdefault("training", time.time() - born)
                timer.stop()
                print(json.dumps(seen), flush=True)  # the program ends at once with its window
                window.close()
                app.quit()
    timer.timeout.connect(look)
    timer.start(5)
application.begin = watched
main.main([])
"""


def once() -> dict:
    surroundings = {**os.environ, "REWIRE_BORN": str(time.time())}
    if surroundings.pop("PYTHONDONTWRITEBYTECODE", ""):  # an installed program has its bytecode
        surroundings["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "rewire-bytecode")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=surroundings, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = [once() for _ in range(parser.parse_args().runs + 1)][1:]  # the first one fills the file cache
    print(f"{os.cpu_count()} cores, {len(runs)} runs after one to warm up; torch imported before the window: ", end="")
    print("yes" if any(run["torch"] for run in runs) else "no")
    for key in ("visible", "picture", "training"):
        times = sorted(run[key] for run in runs)
        print(f"{key:>9}: median {statistics.median(times):.2f} s, from {times[0]:.2f} to {times[-1]:.2f} s")


if __name__ == "__main__":
    main()
