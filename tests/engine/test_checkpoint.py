"""Unfinished runs: what is kept of them in files, and that the same command goes on to the same bytes."""

from __future__ import annotations

import dataclasses
import errno
import os
import signal
import threading
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import pytest

import engine.checkpoint
import engine.headless
import engine.writing
import main
from engine.codec import parse, write
from engine.headless import run
from engine.lab import Lab
from engine.lock import Lock
from engine.parts import Wrong
from engine.rounds.packed import packed, unpacked
from engine.spec import Experiment
from tests.engine.test_kept import TRAININGS, all_of
from tests.engine.test_lab import few_figures, finished, lab, until  # noqa: F401
from tests.engine.test_run import TINY, files

ROOT = Path(__file__).parent.parent.parent
TREE = """
rounds = 2
source = {kind = "gaussian"}
target = {kind = "two modes"}
coupling = {kind = "independent", pairs = 100}
velocity = {kind = "mlp", width = 4, depth = 1}
training = {steps = 120, batch = 16, warm = true}
measure = {samples = 64}
branches = [{name = "student", after = 1, operation = {kind = "distil"}}]
"""


def plain(value: object) -> object:
    """Comparable, arrays by their bytes."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return plain(value.state()) if hasattr(value, "state") else value


@pytest.mark.parametrize("name", TRAININGS)
@pytest.mark.parametrize("steps", [1, 26, 10_000])
def test_every_field_of_a_round_comes_back(name: str, steps: int) -> None:
    """Half-trained and finished, of every sort of training; and the Lab goes on from it to the same numbers."""
    of = lab(TRAININGS[name])
    while not any(r.learning.trainee and r.learning.trainee.step >= steps for r in of.rounds()) and of.advance(0.0):
        pass
    for held in of.kept():
        back = unpacked(packed(held))
        for field in dataclasses.fields(held):
            assert plain(getattr(back, field.name)) == plain(getattr(held, field.name)), field.name
    other = Lab("cpu", matched=64)
    other.restore(TRAININGS[name], tuple(unpacked(packed(held)) for held in of.kept()))
    assert all_of(finished(other)) == all_of(finished(of))


def test_what_was_never_written_is_no_round(tmp_path: Path) -> None:
    of = lab()
    until(of, lambda: bool(of.rounds()))
    good = packed(of.kept()[0])
    np.savez_compressed(tmp_path / "small.npz", x0=np.zeros((10**6, 2)))
    np.savez(tmp_path / "pickle.npz", told=np.array([{"a": 1}], dtype=object))
    with zipfile.ZipFile(tmp_path / "huge.npz", "w") as archive:
        archive.writestr(
            "x0.npy", b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}"
        )
    bad = [b"", b"PK", good[:-30], good[:100], *(path.read_bytes() for path in sorted(tmp_path.iterdir()))]
    for content in bad:
        with pytest.raises(Wrong, match="is not a round that was kept"):
            unpacked(content)


def stopped_after(looks: int) -> object:
    """A stop that is answered with yes after so many questions."""
    asked = iter(range(10**9))
    return lambda: next(asked) >= looks


@pytest.mark.parametrize("looks", [60, 150, 400])
def test_stopped_anywhere_goes_on_to_the_same_bytes(looks: int, tmp_path: Path) -> None:
    """In the middle of a round's training, of its figures, of pairs, again and again."""
    experiment = parse(TREE)
    run(experiment, tmp_path / "whole", "cpu")
    ended = 0
    while True:
        try:
            run(experiment, tmp_path / "broken", "cpu", stop=stopped_after(looks + 9 * ended))
            break
        except KeyboardInterrupt:
            ended += 1
            assert (tmp_path / "broken" / "unfinished").is_dir()
        assert ended < 200
    assert ended >= 1
    assert files(tmp_path / "broken") == files(tmp_path / "whole")


def test_rounds_are_kept_while_they_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any warning before the end: a kill loses no more than ``EVERY`` seconds."""
    monkeypatch.setattr(engine.checkpoint, "EVERY", 0.0)
    monkeypatch.setattr(engine.checkpoint, "SHARE", 0)
    monkeypatch.setattr(engine.headless, "SLICE", 0.0)
    seen: list[int] = []
    folder = tmp_path / "unfinished"
    run(parse(TREE), tmp_path, "cpu", lambda lab: seen.append(len(list(folder.glob("*.npz")))))
    assert max(seen) == 3 and not folder.exists()


def left(tmp_path: Path, experiment: Experiment) -> Path:
    with pytest.raises(KeyboardInterrupt):
        run(experiment, tmp_path / "out", "cpu", stop=stopped_after(60))
    return tmp_path / "out" / "unfinished"


@pytest.mark.parametrize("harm", ["seed", "version", "cut", "emptied", "of a stranger", "no key", "first round gone"])
def test_what_cannot_be_gone_on_with_is_said(
    harm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    experiment = parse(TREE)
    run(msgspec.structs.replace(experiment, seed=int(harm == "seed")), tmp_path / "whole", "cpu")
    folder = left(tmp_path, experiment)
    first = next(folder.glob("1-*.npz"))
    if harm == "seed":
        experiment = msgspec.structs.replace(experiment, seed=1)
    elif harm == "version":
        (folder / "of.txt").write_text("other")
    elif harm == "no key":
        (folder / "of.txt").unlink()
    elif harm == "cut":
        first.write_bytes(first.read_bytes()[:-40])
    elif harm == "emptied":
        first.write_bytes(b"")
    elif harm == "of a stranger":  # well-formed, and nothing fits
        held = unpacked(first.read_bytes())
        first.write_bytes(packed(dataclasses.replace(held, x0=held.x0[:, :1], x1=held.x1[:5])))
    else:
        first.rename(first.with_name("2-000000000000.npz"))
        held = unpacked(first.with_name("2-000000000000.npz").read_bytes())
        lineage = (parse(TREE).branches[0].operation,)
        first.with_name("2-000000000000.npz").write_bytes(packed(dataclasses.replace(held, lineage=lineage)))
    run(experiment, tmp_path / "out", "cpu")
    assert files(tmp_path / "out") == files(tmp_path / "whole")
    assert [r.message for r in caplog.records if "cannot be gone on with" in r.message and "starts anew" in r.message]


def test_foreign_files_stay(tmp_path: Path) -> None:
    folder = left(tmp_path, parse(TREE))
    (folder / "mine.txt").write_text("x")
    run(parse(TREE), tmp_path / "out", "cpu")
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


def test_data_that_vanishes_is_read_from_the_copy(tmp_path: Path) -> None:
    """While it runs, and before it is gone on with from the folder alone."""
    points = tmp_path / "points.csv"
    points.write_text("\n".join(f"{k % 7},{k % 5}" for k in range(60)))
    text = TREE.replace('{kind = "two modes"}', f'{{kind = "file", path = "{points}"}}')
    experiment = parse(text)
    run(experiment, tmp_path / "whole", "cpu")
    with pytest.raises(KeyboardInterrupt):
        run(experiment, tmp_path / "out", "cpu", lambda lab: points.unlink(missing_ok=True), stop=stopped_after(60))
    assert (
        main.main(["run", str(tmp_path / "out" / "experiment.toml"), "--out", str(tmp_path / "out"), "--device", "cpu"])
        == 0
    )
    assert files(tmp_path / "out") == files(tmp_path / "whole")


def test_two_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(parse(TINY), tmp_path / "spec.toml")
    command = ["run", str(tmp_path / "spec.toml"), "--out", str(tmp_path / "out"), "--device", "cpu"]
    with Lock(tmp_path / "out"):
        assert main.main(command) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
    assert told == [f"{tmp_path / 'out'}: is in use by another run or sweep; wait for it, or choose another folder"]
    assert main.main(command) == 0


def test_without_last_pairs(tmp_path: Path) -> None:
    """Pairs that a round continues are there; those that nobody asks for are not; the figures are the same."""
    experiment = parse(TREE)
    run(experiment, tmp_path / "with", "cpu")
    run(experiment, tmp_path / "without", "cpu", last_pairs=False)
    with_, without = files(tmp_path / "with"), files(tmp_path / "without")
    differ = [name for name in with_ if with_[name] != without[name]]
    assert differ == ["rounds/2.npz", "rounds/student.1.npz"] and with_.keys() == without.keys()
    for name in differ:
        with np.load(tmp_path / "without" / name) as file:
            assert file["z0"].shape == file["z1"].shape == (0, 2)


def test_first_pairs_and_losses_are_written(tmp_path: Path) -> None:
    run(parse(TREE), tmp_path, "cpu")
    with np.load(tmp_path / "pairs.npz") as pairs, np.load(tmp_path / "rounds" / "1.npz") as one:
        assert pairs["x0"].shape == pairs["x1"].shape == (100, 2) and np.array_equal(pairs["x0"], one["z0"])
        assert one["losses"].shape == (5, 2) and one["losses"][-1, 0] == 120 and (one["losses"][:, 1] > 0).all()


def test_ctrl_c_and_a_polite_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process: the signal comes while a round is trained, and is answered within a moment."""
    (tmp_path / "spec.toml").write_text(TREE.replace("steps = 120", "steps = 1000000"))
    command = ["run", str(tmp_path / "spec.toml"), "--out", str(tmp_path / "out"), "--device", "cpu"]
    for number in (signal.SIGINT, signal.SIGTERM):
        timer = threading.Timer(1.0, os.kill, (os.getpid(), number))
        timer.start()
        before = signal.getsignal(number)
        assert main.main(command) == 128 + number
        timer.join()
        assert signal.getsignal(number) is before
        told = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
        assert told[-1] == "Stopped in round 1 of 3; the same command goes on from there."
        assert number == signal.SIGINT or told[0] == "Goes on with round 1 of 3, which was not finished."


@pytest.mark.parametrize(
    "name", ["metrics.json", "1.npz", "1.safetensors", "pairs.npz", "2-", "experiment.toml", "of.txt"]
)
def test_a_full_disk_costs_nothing_that_was_kept(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever file it is that has no room: one sentence, and the same command goes on once there is some."""
    monkeypatch.setattr(engine.checkpoint, "EVERY", 0.0)
    monkeypatch.setattr(engine.checkpoint, "SHARE", 0)
    monkeypatch.setattr(engine.headless, "SLICE", 0.0)
    (tmp_path / "spec.toml").write_text(TREE)
    command = ["run", str(tmp_path / "spec.toml"), "--device", "cpu", "--out"]
    assert main.main([*command, str(tmp_path / "whole")]) == 0
    capsys.readouterr()
    real = engine.writing._fill

    def full(scratch: Path, *rest: object) -> None:
        if scratch.name.startswith(f".{name}"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(scratch, *rest)

    with monkeypatch.context() as broken:
        broken.setattr(engine.writing, "_fill", full)
        assert main.main([*command, str(tmp_path / "out")]) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
    assert len(told) == 1 and f"cannot be written ({os.strerror(errno.ENOSPC)})" in told[0]
    assert ("goes on from what was kept" in told[0]) == (name not in ("experiment.toml", "of.txt", "pairs.npz"))
    assert not list(tmp_path.rglob("*.part"))
    assert main.main([*command, str(tmp_path / "out")]) == 0
    assert files(tmp_path / "out") == files(tmp_path / "whole")
