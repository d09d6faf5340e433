"""SIGKILL while something is exported: what lay there before is whole, or what takes its place is.

REWIRE_KILLS=75 is the long form: so many for each of the four commands.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent.parent
KILLS = int(os.environ.get("REWIRE_KILLS", "1"))
SPEC = """
rounds = 1
source = {kind = "gaussian"}
target = {kind = "two modes"}
coupling = {kind = "independent", pairs = 100}
velocity = {kind = "exact"}
measure = {samples = 64}
"""
SMALL = ("--size", "320x240", "--view", "crossings")
COMMANDS = {
    "film": ("a.mp4", (*SMALL, "--fps", "10", "--seconds", "1")),
    "slides": ("a.pptx", (*SMALL, "--fps", "10", "--seconds", "0.5")),
    "picture": ("a.pdf", SMALL),
    "data": ("a.npz", ("--what", "picture", "--view", "crossings")),
}


def _film(path: Path) -> None:
    import av

    with av.open(str(path)) as film:
        assert sum(1 for _ in film.decode(video=0)) == 10


def _deck(path: Path) -> None:
    with zipfile.ZipFile(path) as deck:
        assert deck.testzip() is None and "ppt/presentation.xml" in deck.namelist()


def _paper(path: Path) -> None:
    assert path.read_bytes().rstrip().endswith(b"%%EOF")


def _arrays(path: Path) -> None:
    with np.load(path) as arrays:
        every = [arrays[name] for name in arrays.files]  # each is checked as it is read
        assert any(one.size and one.dtype.kind in "fiu" and np.isfinite(one).all() for one in every)


WHOLE: dict[str, Callable[[Path], None]] = {"film": _film, "slides": _deck, "picture": _paper, "data": _arrays}


@pytest.mark.timeout(145 if KILLS < 10 else 3600)
@pytest.mark.parametrize("command", COMMANDS if KILLS > 1 else ["film"])
def test_killed_at_any_moment_there_is_a_whole_file(command: str, tmp_path: Path) -> None:
    name, options = COMMANDS[command]
    out, before = tmp_path / name, b"what lay there before"
    (tmp_path / "spec.toml").write_text(SPEC)
    line = [sys.executable, str(ROOT / "main.py"), command, str(tmp_path / "spec.toml"), *options]

    def started() -> subprocess.Popen[str]:
        full = [*line, "--device", "cpu", "--out", str(out)]
        return subprocess.Popen(full, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def ended_well(process: subprocess.Popen[str]) -> None:
        told = process.communicate(timeout=120)[1]
        assert process.returncode == 0, told
        WHOLE[command](out)

    out.write_bytes(before)
    begun = time.monotonic()
    ended_well(started())
    took, rng, killed = time.monotonic() - begun, np.random.default_rng(), 0
    while killed < KILLS:
        out.write_bytes(before)
        process = started()
        try:
            process.wait(float(rng.uniform(0.3, 1.0)) * took)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            killed += 1
            if out.read_bytes() != before:
                WHOLE[command](out)
        else:
            ended_well(process)
    if KILLS > 1:  # what was left behind is in nobody's way
        ended_well(started())
