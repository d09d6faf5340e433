"""Each loader, also those that have a process of their own, over damaged files: read or refused in a sentence, soon.

The long form: ``REWIRE_LOADER_FUZZ=2000 pytest -s tests/engine/test_loader_fuzz.py`` makes so many of each, and tells.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine import files

ROOT = Path(__file__).parent.parent.parent
COUNT = int(os.environ.get("REWIRE_LOADER_FUZZ", "200"))
MIB = 700  # more than with all libraries loaded and a good file of each read, which take 300


@pytest.mark.timeout(120 + COUNT)
def test_every_loader_over_damaged_files(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    names = [name for makers in (*files.CLOUDS.values(), files.PICTURES) for name in makers]
    for makers in (*files.CLOUDS.values(), files.PICTURES):
        for name, make in makers.items():
            make(tmp_path / "good" / name)
    given = [sys.executable, "-m", "tests.engine.loader_fuzz", str(tmp_path), str(COUNT), "0"]
    done = subprocess.run(given, cwd=ROOT, capture_output=True, text=True, timeout=100 + COUNT)
    at = tmp_path / "at"
    assert done.returncode == 0, f"it ended at {at.read_text() if at.exists() else 'the start'}: {done.stderr[-900:]}"
    found = json.loads((tmp_path / "told.json").read_text())
    print(json.dumps(found, indent=1))
    assert not found["faults"], found["faults"][:9]
    assert found["more"] < MIB and found["left"] == ["at", "good"], "nothing else is written anywhere"
    assert all(any(f"{name} {came}" in found["told"] for came in ("refused", "read", "left out")) for name in names)
