"""Specs, sweeps, tables, arrays and pictures, damaged at random: read or refused in a sentence, soon, in little memory.

The long form: ``REWIRE_FUZZ=100000 pytest tests/engine/test_fuzz.py`` makes so many.
"""

from __future__ import annotations

import os
import re
import sys
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
from engine.registry import FAMILIES, kinds
from engine.sweeps import plan
from tests.engine import files

ROOT = Path(__file__).parent.parent.parent
COUNT = int(os.environ.get("REWIRE_FUZZ", "1000"))
PORTION = 1000
SECONDS = 2.0  # of the processor, for one
MIB = 300  # more than after the first hundred, for all
INSIDES = re.compile(r"usecols|<\w|object at|0x[0-9a-f]{8}|Traceback|\bast\.|numpy\.(?!save)|errno|zlib|NoneType|codec")
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
WORDS = [
    *("nan", "inf", "-1", "0", "1e400", "1e308", "-0.0", "0x" + "f" * 40, "9" * 25, "true", "''", '""', "[]", "{}"),
    *("[", "]", "{", "}", '"', "'", '"""', "'''", "#", "=", ",", ".", "\n", "\r", "\t", "\\", "\\u0000", "a.b.c.d"),
    *("\0", "\x1b[2J", "\u202e", "\u2028", "\ud7ff", "é", "[[branches]]", "[training]", "kind", "null", "1979-05-27"),
    *("/dev/zero", "..", "(True, 2)", "(2**62,)", "-2", "1_0", "0o7", "file", "image", "plugins = ['a']", "[" * 40),
    *(kind for family in FAMILIES for kind in kinds(family)),
]


def damaged(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """The content after one to three accidents; ``other`` is one of its kind."""
    bad = bytearray(content)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        i, j = sorted(rng.integers(len(bad) + 1, size=2).tolist())
        near = min(len(bad), i + int(rng.integers(1, 9)))
        match int(rng.integers(9)):
            case 0:
                bad[i:near] = rng.bytes(near - i)
            case 1:
                bad[i:i] = rng.choice(WORDS).encode(errors="replace")
            case 2:
                bad[i:near] = rng.choice(WORDS).encode(errors="replace")
            case 3:
                del bad[i:near]
            case 4 if rng.random() < 0.3:
                del bad[i:]
            case 5 if j - i < 2000:
                bad[j:j] = bad[i:j] * int(rng.integers(1, 20))
            case 6:
                k = int(rng.integers(len(other) + 1))
                bad[i:near] = other[k : k + int(rng.integers(1, 60))]
            case 7:  # a number becomes another
                numbers = list(re.finditer(rb"-?\d+(?:\.\d+)?", bytes(bad[:20_000])))
                if numbers:
                    at = numbers[int(rng.integers(len(numbers)))]
                    bad[at.start() : at.end()] = rng.choice(WORDS[:9]).encode()
            case 8:
                bad[i:near] = bytes(255 - x for x in bad[i:near])
        if not bad:
            break
    return bytes(bad[:200_000])


def sources(folder: Path) -> dict[str, tuple[list[bytes], Callable[[str], object]]]:
    """Suffix -> good contents, and what reads a file of it; a sort each for a share of the mutants."""
    found: dict[str, tuple[list[bytes], Callable[[str], object]]] = {}
    for suffix in (".toml", ".json"):
        found[suffix] = ([text.encode() for name, text in SPECS.items() if name.endswith(suffix)], codec.read)
    found[".sweep.toml"] = ([SWEEP.encode()], lambda path: plan.read(Path(path)))
    for path, read in files.written(folder, heavy=False).items():
        found.setdefault(path.suffix, ([], read))[0].append(path.read_bytes())
    return found


def one_sentence(said: str, suffix: str) -> bool:
    """Of ours: about a data file, none that a library says about its insides; what the file holds is in quotes."""
    if not said.isprintable() or not 10 < len(said) < 900:
        return False
    ours = re.sub(r"'[^']*'", "", said)
    return suffix in (".toml", ".json", ".sweep.toml") or not INSIDES.search(ours)


def peak() -> float:
    """MiB, the most that this process has ever had."""
    if sys.platform == "win32":
        return 0.0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 2**20)


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
