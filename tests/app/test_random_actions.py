"""No random actions crash the window, raise anything or make Qt complain: each run in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONG = bool(os.environ.get("REWIRE_LONG"))
RUNS, ACTIONS = (30, 1000) if LONG else (2, 150)


@pytest.mark.parametrize("seed", range(RUNS))
def test_random_actions(tmp_path, seed) -> None:
    trail = tmp_path / "trail"
    command = [sys.executable, "-m", "tests.app.wild_hand", str(seed), str(ACTIONS), str(trail)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3000 if LONG else 300)
    last = "\n".join(trail.read_text(encoding="utf-8").splitlines()[-25:])
    assert done.returncode == 0 and not done.stderr, f"{last}\n{done.stderr[-6000:]}"
