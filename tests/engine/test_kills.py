"""SIGKILL at random moments, the start and the writing of files among them: a new start ends in the same bytes.

REWIRE_KILLS=100 is the long form; run it with -o faulthandler_timeout=0.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.engine.test_sweep import files as files_of_sweep

ROOT = Path(__file__).parent.parent.parent
KILLS = int(os.environ.get("REWIRE_KILLS", "1"))
PATIENCE = 100 if KILLS < 10 else 900  # seconds for one run
EXPERIMENT = """
rounds = 2
source = {kind = "gaussian"}
target = {kind = "two modes"}
coupling = {kind = "independent", pairs = 100}
velocity = {kind = "mlp", width = 4, depth = 1}
training = {steps = 400, batch = 16, warm = true}
measure = {samples = 64}
branches = [{name = "student", after = 1, operation = {kind = "distil"}}]
"""
SMALL = EXPERIMENT.replace("rounds = 2", "rounds = 1").partition("branches")[0]
SWEEP = "seeds = 2\nexperiment = {" + ", ".join(SMALL.strip().splitlines()) + "}\n"
COMMANDS = {"run": (EXPERIMENT, ()), "sweep": (SWEEP, ("--jobs", "2", "--metrics", "loss"))}
OFTEN = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import engine.checkpoint
engine.checkpoint.EVERY, engine.checkpoint.SHARE = 0.05, 0
import main
if __name__ == "__main__":
    sys.exit(main.main())
"""


@pytest.mark.timeout(145 if KILLS < 10 else 7200)  # below what faulthandler allows
@pytest.mark.parametrize("command", COMMANDS)
def test_killed_again_and_again_ends_in_the_same_bytes(command: str, tmp_path: Path) -> None:
    text, options = COMMANDS[command]
    (tmp_path / "asked.toml").write_text(text)
    (tmp_path / "often.py").write_text(OFTEN)
    asked = [command, str(tmp_path / "asked.toml"), "--device", "cpu", *options]

    def started(out: str) -> subprocess.Popen[str]:
        line = [sys.executable, str(tmp_path / "often.py"), *asked, "--out", str(tmp_path / out)]
        return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def ended_well(process: subprocess.Popen[str], out: str) -> dict[str, bytes]:
        told = process.communicate(timeout=PATIENCE)[1]
        assert process.returncode == 0 and "anew" not in told, told
        return files_of_sweep(tmp_path / out)

    begun = time.monotonic()
    whole = ended_well(started("whole"), "whole")
    took = time.monotonic() - begun
    rng, killed, finished = np.random.default_rng(), 0, 0
    while killed < KILLS:
        process = started("out")
        try:
            process.wait(float(rng.uniform(0.2, 1.0)) * took)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            killed += 1
        else:
            assert ended_well(process, "out") == whole
            finished += 1
        if finished and command == "sweep":  # it would find all its runs and do nothing: from the beginning again
            for path in sorted((tmp_path / "out").rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            finished = 0
    assert ended_well(started("out"), "out") == whole
    print(f"{command}: {killed} kills, each end of the same bytes; a whole one took {took:.1f} s")
