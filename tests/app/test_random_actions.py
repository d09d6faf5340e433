"""No random actions crash the window, raise anything or make Qt complain: each run in a process of its own.

The long form: ``REWIRE_ACTIONS=30000 pytest tests/app/test_random_actions.py`` makes so many, a thousand a run.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WANTED = int(os.environ.get("REWIRE_ACTIONS", "300"))
ACTIONS = 1000 if WANTED >= 1000 else 150  # of a run
RUNS = max(1, WANTED // ACTIONS)


@pytest.mark.timeout(2 * ACTIONS + 60)
@pytest.mark.parametrize("seed", range(RUNS))
def test_random_actions(tmp_path, seed) -> None:
    trail = tmp_path / "trail"
    command = [sys.executable, "-m", "tests.app.wild_hand", str(seed), str(ACTIONS), str(trail)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=2 * ACTIONS)
    last = "\n".join(trail.read_text(encoding="utf-8").splitlines()[-25:])
    assert done.returncode == 0 and not done.stderr, f"{last}\n{done.stderr[-6000:]}"
