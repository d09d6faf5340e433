"""Each loader, also those that have a process of their own, over damaged files: read or refused in a sentence, soon.

The long form, which makes so many of each, and tells:
``REWIRE_LOADER_FUZZ=2000 pytest -s -o faulthandler_timeout=0 tests/engine/test_loader_fuzz.py``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from engine.reading.pictures import APART
from tests.engine import files
from tests.engine.picture_mutants import lying

ROOT = Path(__file__).parent.parent.parent
COUNT = int(os.environ.get("REWIRE_LOADER_FUZZ", "200"))
MIB = 700  # more than with all libraries loaded and a good file of each read, which take 300
KINDS = {name: kind for kind, makers in files.CLOUDS.items() for name in makers} | dict.fromkeys(files.PICTURES, "")


@pytest.mark.parametrize("name", [name for name in files.PICTURES if not name.endswith(".svg")])
def test_pictures_lie_in_many_ways(tmp_path: Path, name: str) -> None:
    """Of fifty no two are alike, hardly one is what it was, and each still begins as its kind does."""
    files.PICTURES[name](tmp_path / name)
    content = (tmp_path / name).read_bytes()
    made = [lying(content, np.random.default_rng(k)) for k in range(50)]
    assert len(set(made)) > 35 and sum(one != content for one in made) > 40
    assert all(one[:2] == content[:2] for one in made)


@pytest.mark.timeout(120 + COUNT)
def test_every_loader_over_damaged_files(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    names = [name for makers in (*files.CLOUDS.values(), files.PICTURES) for name in makers]
    for makers in (*files.CLOUDS.values(), files.PICTURES):
        for name, make in makers.items():
            make(tmp_path / "good" / name)
    told, slowest, faults, broken, start = Counter(), {}, [], [], 0
    while True:
        given = [sys.executable, "-m", "tests.engine.loader_fuzz", str(tmp_path), str(COUNT), "0", str(start)]
        done = subprocess.run(given, cwd=ROOT, capture_output=True, text=True, timeout=100 + COUNT)
        *lines, last = (tmp_path / "log").read_text().splitlines() or [""]
        if done.returncode == 0:
            break
        assert last, f"it ended before it began: {done.stderr[-900:]}"
        at, name = json.loads(last)
        broken.append((name, at % COUNT, done.returncode, done.stderr[-300:]))
        assert (KINDS[name] in files.HEAVY or name.endswith(APART)) and len(broken) < COUNT / 20, (
            f"the process ended: {broken}"
        )
        (tmp_path / "log").write_text("\n".join([*lines, ""]))
        start = at + 1
    for line in lines:
        (at, name), (came, took, fault) = map(json.loads, line.split("\t"))
        told[f"{name} {came}"] += 1
        slowest[name] = max(slowest.get(name, 0.0), took)
        faults += [(name, at % COUNT, fault)] if fault else []
    end = json.loads(last)
    print(json.dumps(told, indent=1), max((took, name) for name, took in slowest.items()), end, broken)
    assert not faults, faults[:9]
    assert end["more"] < MIB and end["left"] == ["good", "log"], "nothing else is written anywhere"
    assert all(any(f"{name} {came}" in told for came in ("refused", "read", "left out")) for name in names)
