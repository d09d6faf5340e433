"""Specs, sweeps, tables, arrays and pictures, damaged at random: read or refused in a sentence, soon, in little memory.

The long form: ``REWIRE_FUZZ=100000 pytest tests/engine/test_fuzz.py`` makes so many.
"""

from __future__ import annotations

import os
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine import codec
from engine.parts import Wrong
from engine.reading import apart
from engine.sweeps import plan
from tests.engine import files
from tests.engine.mutants import damaged, one_sentence, peak

ROOT = Path(__file__).parent.parent.parent
COUNT = int(os.environ.get("REWIRE_FUZZ", "1000"))
PORTION = 1000
SECONDS = 2.0  # of the processor, for one
MIB = 300  # more than after the first hundred, for all
SWEEP = """mode = "product"
seeds = 2
[experiment]
source = {kind = "gaussian"}
target = {kind = "two moons"}
[sweep]
"training.steps" = [100, 200]
target = ["ring", {kind = "two modes", at = 3.0}]
solver.steps = [4, 8]
"""
SPECS: dict[str, str] = {
    f"{path.stem}.toml": path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "resources/presets").glob("*.toml"))
}
SPECS |= {f"{name[:-5]}.json": codec.to_json(codec.parse(text)) for name, text in SPECS.items()}


def sources(folder: Path) -> dict[str, tuple[list[bytes], Callable[[str], object]]]:
    """Suffix -> good contents, and what reads a file of it; a sort each for a share of the mutants."""
    found: dict[str, tuple[list[bytes], Callable[[str], object]]] = {}
    for suffix in (".toml", ".json"):
        found[suffix] = ([text.encode() for name, text in SPECS.items() if name.endswith(suffix)], codec.read)
    found[".sweep.toml"] = ([SWEEP.encode()], lambda path: plan.read(Path(path)))
    for path, read in files.written(folder, heavy=False).items():
        found.setdefault(path.suffix, ([], read))[0].append(path.read_bytes())
    return found


@pytest.mark.parametrize("seed", range(-(-COUNT // PORTION)))
def test_whatever_is_damaged_is_read_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good").mkdir()
    (tmp_path / "bad").mkdir()
    every, told, slowest = sources(tmp_path / "good"), Counter(), (0.0, "")
    rng, start, faults = np.random.default_rng(seed), None, []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Pillow, which reads on
        for number in range(PORTION):
            suffix = list(every)[number % len(every)]
            good, read = every[suffix]
            content = damaged(good[int(rng.integers(len(good)))], good[int(rng.integers(len(good)))], rng)
            path = tmp_path / "bad" / f"{number}{suffix}"
            path.write_bytes(content)
            began = time.process_time()
            try:
                read(str(path))
                told[suffix, "read"] += 1
            except Wrong as wrong:
                told[suffix, "refused"] += 1
                if not one_sentence(str(wrong), suffix):
                    faults.append((f"{wrong}", content))
            except Exception as error:
                faults.append((f"{suffix}: {error!r}", content))
            slowest = max(slowest, (time.process_time() - began, suffix))
            if slowest[0] > SECONDS:
                faults.append((f"{suffix}: {slowest[0]:.1f} s", content))
                slowest = (0.0, "")
            path.unlink()
            start = start or (number > 100 and peak()) or None
    assert not faults, f"{len(faults)} of {PORTION:,}, the first of them: {faults[:9]}"
    assert start is None or peak() - start < MIB
    print(f"{PORTION:,}: {dict(sorted(told.items()))}, slowest {slowest}, {peak() - (start or 0):.0f} MiB more")
    assert (
        all(told[suffix, "refused"] for suffix in every)
        and sum(told[suffix, "read"] for suffix in every) > PORTION / 20
    )
    assert apart.QUICK > 200_000, "some would be read apart, where their memory does not show"
