"""One run of a sweep, and how it is run in a process of its own: a folder that is whole or not there."""

from __future__ import annotations

import json
import os
import shutil
import traceback
import uuid
from pathlib import Path
from typing import Any

import msgspec

from engine.parts import Wrong
from engine.spec import Experiment
from engine.writing import SCRATCH, reason, write_atomically

MARKER = "finished.json"

#: In the environment before torch is imported: many processes with one thread each, not each with a thread per core.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)


class Trial(msgspec.Struct, frozen=True):
    """One run of a sweep. ``experiment`` is None where the values do not make one; ``error`` then says why."""

    number: int  # row of the table, from 0
    values: dict[str, Any]  # swept field -> value, as a cell of the table: a number, a truth value or a text
    seed: int
    name: str  # of its folder: swept values, seed, start of ``spec``
    spec: str = ""  # SHA-256 of the complete spec and of its data files
    experiment: Experiment | None = None
    error: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """How a run ended: done; diverged, with figures of the last good weights; failed, with none."""

    status: str
    error: str = ""
    device: str = ""

    @property
    def final(self) -> bool:
        """Whether it would end the same way again; a failure (a full disk, no GPU) is tried anew by the next sweep."""
        return self.status in ("done", "diverged")


def finished(trial: Trial, runs: Path) -> Outcome | None:
    """The outcome on disk, if this very spec was run to its end."""
    try:
        marker = json.loads((runs / trial.name / MARKER).read_text(encoding="utf-8"))
        outcome = msgspec.convert({k: v for k, v in marker.items() if k != "spec"}, Outcome)
        there = (runs / trial.name / "metrics.json").is_file()
    except (OSError, ValueError, AttributeError):
        return None
    return outcome if marker.get("spec") == trial.spec and (there or outcome.status == "failed") else None


def scratches(runs: Path, trial: Trial | None = None) -> list[Path]:
    """Folders in work, of one trial or of all; those of dead processes among them."""
    start = f".{trial.name}." if trial else "."
    return [path for path in runs.iterdir() if path.name.startswith(start) and path.name.endswith(SCRATCH)]


def run(trial: Trial, runs: Path, device: str) -> Outcome:
    """Run it into a hidden folder, which gets its name when it is whole. Never raises but for an interruption."""
    scratch = runs / f".{trial.name}.{uuid.uuid4().hex[:8]}{SCRATCH}"
    try:
        scratch.mkdir(parents=True)
        outcome = _computed(trial, scratch, device)
        marker = {"spec": trial.spec, **msgspec.to_builtins(outcome)}
        write_atomically(scratch / MARKER, (json.dumps(marker, indent=2, ensure_ascii=False) + "\n").encode())
        return _put(scratch, trial, runs, outcome)
    except Wrong as wrong:
        return Outcome("failed", str(wrong))
    except OSError as error:
        return Outcome("failed", f"{trial.name}: cannot be written ({reason(error)})")


def run_all(trials: list[Trial], runs: Path, device: str) -> list[Outcome]:
    return [run(trial, runs, device) for trial in trials]


def _computed(trial: Trial, scratch: Path, device: str) -> Outcome:
    try:
        from engine import headless as engine  # torch, only in the process that needs it
        from engine.learning.device import choose

        device = choose(device)
        tree = engine.run(trial.experiment, scratch, device, going_on=False)
    except Wrong as wrong:
        return Outcome("failed", str(wrong), device)
    except Exception as error:  # a fault of ours, or no memory left: the other runs go on
        (scratch / "error.txt").write_text(traceback.format_exc(), encoding="utf-8")
        told = " ".join(str(error).split())[:200]
        return Outcome("failed", f"{type(error).__name__}: {told}" if told else type(error).__name__, device)
    warnings = [held.learning.warning for _, held in tree if held.learning.warning]
    return Outcome("diverged", " ".join(warnings), device) if warnings else Outcome("done", "", device)


def _put(scratch: Path, trial: Trial, runs: Path, outcome: Outcome) -> Outcome:
    """Rename to the final place. A survivor of a killed sweep may have been there first: its outcome holds then."""
    place = runs / trial.name
    for _ in range(3):
        try:
            os.rename(scratch, place)
            return outcome
        except OSError:
            other = finished(trial, runs)
            if other is not None and other.final:
                shutil.rmtree(scratch, ignore_errors=True)
                return other
            shutil.rmtree(place, ignore_errors=True)
    return Outcome("failed", f"{trial.name}: its folder cannot be put in place", outcome.device)
