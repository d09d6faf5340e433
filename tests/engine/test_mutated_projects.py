"""Project files that somebody, or a disk, has changed: an answer or a sentence, soon, and never anything else.

REWIRE_MUTATIONS=5000 is the long form.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.lab import Lab
from engine.parts import Wrong
from engine.projects import reader
from engine.projects.archive import Member, found, pieces
from engine.projects.arrays import npy, read_tensors, tensors
from engine.projects.reader import read
from engine.report import snapshot
from tests.engine.test_lab import few_figures  # noqa: F401

MUTATIONS = int(os.environ.get("REWIRE_MUTATIONS", "200"))
KEPT = Path(__file__).parent.parent / "projects" / "format-1.rewire"
LATEST = 2.0  # seconds
VALUES = (
    None,
    True,
    -1,
    0,
    1e308,
    2**70,
    "",
    "x" * 3000,
    "../../x",
    [],
    [[]],
    {},
    [None] * 50,
    "\x1b[2J",
    float("nan"),
)
DTYPES = ("<f8", "<f4", "<i8", "|u1")


@cache
def good() -> dict[str, bytes]:
    return {name: bytes(member) for name, member in found(KEPT.read_bytes()).items()}


def archived(members: dict[str, bytes]) -> bytes:
    return b"".join(pieces({name: Member(member) for name, member in members.items()}))


def whole(member: Member) -> bytes:
    return b"".join(member.buffers)


def _bytes(rng: np.random.Generator) -> bytes:
    """As a disk damages them: bits, holes, pieces that are gone, twice there or elsewhere."""
    content = bytearray(KEPT.read_bytes())
    for _ in range(int(rng.integers(1, 12))):
        at, size = int(rng.integers(len(content))), int(rng.integers(1, 3000))
        how = rng.integers(6)
        if how == 0:
            content[at] ^= 1 << int(rng.integers(8))
        elif how == 1:
            content[at : at + size] = bytes(len(content[at : at + size]))
        elif how == 2:
            del content[at : at + size]
        elif how == 3:
            content[at:at] = content[at : at + size]
        elif how == 4:
            content[at : at + size] = rng.bytes(size)
        else:
            del content[at:]
        if not content:
            break
    return bytes(content)


def _json(rng: np.random.Generator) -> bytes:
    """As somebody writes them: good checksums around values that no project has."""
    members = dict(good())
    names = [name for name in members if name.endswith(".json")]
    for _ in range(int(rng.integers(1, 4))):
        name = names[int(rng.integers(len(names)))]
        told = json.loads(members[name])
        _turn(told, rng)
        members[name] = json.dumps(told).encode()
    return archived(members)


def _turn(told: Any, rng: np.random.Generator) -> None:
    """One value somewhere inside."""
    while True:
        keys = list(told) if isinstance(told, dict) else list(range(len(told)))
        if not keys:
            return
        key = keys[int(rng.integers(len(keys)))]
        if isinstance(told[key], dict | list) and told[key] and rng.random() < 0.8:
            told = told[key]
            continue
        if isinstance(told, dict) and rng.random() < 0.2:
            del told[key]
        else:
            told[key] = VALUES[int(rng.integers(len(VALUES)))]
        return


def _arrays(rng: np.random.Generator) -> bytes:
    """Arrays of other shapes, types and numbers; those of one member in another."""
    members = dict(good())
    names = [name for name in members if name.endswith((".npy", ".safetensors"))]
    for _ in range(int(rng.integers(1, 4))):
        name = names[int(rng.integers(len(names)))]
        if rng.random() < 0.2:
            members[name] = members[names[int(rng.integers(len(names)))]]
        elif name.endswith(".npy"):
            shape = tuple(int(n) for n in rng.choice([0, 1, 2, 3, 119, 120, 5000], size=rng.integers(0, 4)))
            members[name] = whole(npy(rng.choice([0.0, 1e300, np.nan, 1.0], size=shape[:2] + (2,) * (len(shape) < 2))))
        elif members[name] == good()[name]:
            held = dict(read_tensors(memoryview(members[name])))
            key = list(held)[int(rng.integers(len(held)))]
            kind = DTYPES[int(rng.integers(len(DTYPES)))]
            shape = (
                held[key].shape if rng.random() < 0.5 else tuple(int(n) for n in rng.integers(0, 9, rng.integers(3)))
            )
            with np.errstate(all="ignore"):
                held[key] = (rng.standard_normal(shape) * 10.0 ** rng.integers(-3, 30)).astype(kind)
            if rng.random() < 0.3:
                del held[key]
            members[name] = whole(tensors(held))
    return archived(members)


def _members(rng: np.random.Generator) -> bytes:
    """Members that are missing, empty, named otherwise or in another order."""
    names = list(good())
    rng.shuffle(names)
    kept = names[: int(rng.integers(1, len(names) + 1))]
    members = {name: good()[name] for name in kept}
    for name in kept[: int(rng.integers(0, 3))]:
        members[name] = b"" if rng.random() < 0.5 else members[name][: int(rng.integers(len(members[name]) + 1))]
    return archived(members)


WAYS: list[Callable[[np.random.Generator], bytes]] = [_bytes, _json, _arrays, _members]


@pytest.mark.timeout(max(120, MUTATIONS))
@pytest.mark.filterwarnings("ignore")  # numbers that overflow while a net is trained on nonsense
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
def test_a_mutated_project_is_an_answer_or_a_sentence(
    way: Callable[[np.random.Generator], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "cache", lambda: tmp_path / "cache")
    path, slowest, opened, told = tmp_path / "a.rewire", 0.0, 0, 0
    for seed in range(MUTATIONS // len(WAYS)):
        rng = np.random.default_rng([seed, WAYS.index(way)])
        path.write_bytes(way(rng))
        begun = time.monotonic()
        try:
            back = read(path)
        except Wrong as wrong:
            sentence = str(wrong)
            assert sentence.isprintable() and len(sentence) < 900, (seed, sentence)
            told += 1
        else:
            opened += 1
            assert all(words.isprintable() for words in back.lost), seed
            if back.experiment.coupling.pairs <= 1000 and back.experiment.velocity.learns:
                made = Lab("cpu", matched=64)
                made.restore(back.experiment, back.rounds, damaged=True)
                snapshot(made)
                made.advance(0.02)
                snapshot(made)
        slowest = max(slowest, time.monotonic() - begun)
        assert slowest < LATEST, (seed, slowest)
    assert opened
    print(f"{way.__name__}: {opened} opened, {told} told, the slowest after {slowest:.2f} s")


@pytest.mark.parametrize("knob", ["batch", "steps", "ema", "rate"])
def test_a_training_that_nobody_could_ask_for_is_no_round(knob: str, tmp_path: Path) -> None:
    """Or the Lab would draw 10⁹ pairs for its next step."""
    words = json.loads(good()["rounds/1/round.json"])
    assert knob in words["training"]
    words["training"][knob] = 10**9 if knob in ("batch", "steps") else -7.0
    (tmp_path / "a.rewire").write_bytes(archived(good() | {"rounds/1/round.json": json.dumps(words).encode()}))
    opened = read(tmp_path / "a.rewire")
    assert opened.lost and all(held.lineage for held in opened.rounds)


def test_headers_that_claim_long_names_cost_nothing() -> None:
    """Each claims the 64 KiB behind it as its name."""
    header = b"PK\3\4" + bytes(22) + b"\xff\xff\0\0"
    begun = time.process_time()
    assert found(header * (2 * 2**20 // len(header))) == {}
    assert time.process_time() - begun < LATEST
