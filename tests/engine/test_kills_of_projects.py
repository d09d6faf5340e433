"""SIGKILL while projects are written: what was saved is there, whole, and so is the version before.

REWIRE_KILLS=100 is the long form.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from engine.projects.reader import read

ROOT = Path(__file__).parent.parent.parent
KILLS = int(os.environ.get("REWIRE_KILLS", "1"))
KEPT = Path(__file__).parent.parent / "projects" / "format-1.rewire"
#: Saves and autosaves in turn, a version after the other, and says of each when it is on the disk.
WRITER = f"""
import os, sys, threading
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
import msgspec, numpy as np
from engine.projects.project import Project
from engine.projects.reader import read
from engine.projects.writer import write
place, first = Path(sys.argv[1]), int(sys.argv[2])
kept = read(Path({str(KEPT)!r}))
wide = lambda x: np.tile(x, (400, 1))
many = tuple(replace(held, x0=wide(held.x0), x1=wide(held.x1), z1=None) for held in kept.rounds)
def version(k):
    return replace(kept, experiment=msgspec.structs.replace(kept.experiment, seed=k), rounds=many)
def autosaves():
    k = first
    while True:
        k += 1
        write(version(k), place / "auto.rewire", backup=False)
        os.write(1, b"auto %d\\n" % k)
threading.Thread(target=autosaves, daemon=True).start()
k = first
while True:
    k += 1
    write(version(k), place / "saved.rewire")
    os.write(1, b"saved %d\\n" % k)
"""


@pytest.mark.timeout(145 if KILLS < 10 else 20 * KILLS)
def test_what_was_saved_survives_any_kill(tmp_path: Path) -> None:
    (tmp_path / "writer.py").write_text(WRITER)
    place = tmp_path / "place"
    place.mkdir()
    rng, first, cut = np.random.default_rng(), 0, 0
    for _ in range(KILLS):
        told = tmp_path / "told"
        with told.open("wb") as out:
            command = [sys.executable, str(tmp_path / "writer.py"), str(place), str(first)]
            process = subprocess.Popen(command, stdout=out, env=os.environ | {"XDG_CACHE_HOME": str(tmp_path)})
        try:
            end = time.monotonic() + 60
            while told.read_bytes().count(b"saved") < 1 and time.monotonic() < end:
                time.sleep(0.005)
            time.sleep(float(rng.uniform(0.0, 0.4)))
        finally:
            process.kill()
            process.wait()
        said = [line.split() for line in told.read_text().splitlines() if line.count(" ") == 1]
        last = {name: max(int(k) for of, k in said if of == name) for name in {of for of, _ in said}}
        seen = {}
        for name in last:
            back = read(place / f"{name}.rewire")
            assert not back.lost and len(back.rounds) == 3 and len(back.rounds[0].x0) == 400 * 120
            seen[name] = back.experiment.seed
            assert seen[name] in (last[name], last[name] + 1), "the one that it said, or the one under way"
        before = place / "saved.rewire.bak"
        if before.exists():
            assert not read(before).lost and seen["saved"] - read(before).experiment.seed in (0, 1)
        cut += any(place.glob(".*.part"))
        first = seen["saved"]
    print(f"{KILLS} kills, {cut} of them left half a file aside, which nobody reads")
