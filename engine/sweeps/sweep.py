"""A sweep: every trial of a plan that is not finished yet, then the tables and pictures of all of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from engine.lock import Lock
from engine.sweeps.executors import on_cluster, on_this_machine
from engine.sweeps.plan import Plan
from engine.sweeps.results import Results, gathered
from engine.sweeps.trial import Outcome, Trial, finished, scratches
from engine.writing import clear_scratch, made

Cluster = Literal["slurm", "local", "debug"]
Progress = Callable[[int, int, Trial, Outcome], None]  # known, all, what has become known


def sweep(
    plan: Plan,
    out: Path,
    jobs: int = 1,
    cluster: Cluster | None = None,
    device: str = "auto",
    minutes: int = 60,
    partition: str = "",
    progress: Progress = lambda known, all, trial, outcome: None,
) -> Results:
    """Run what is missing and write the tables into ``out``. Raises Wrong; a failed run is a row, not an exception.

    One sweep per folder at a time: a lock that ends with its process, however that ends. Folders of runs that this
    plan does not have are left alone, so a plan may grow, shrink and grow again.
    """
    runs = made(out / "runs")
    with Lock(out):
        clear_scratch(out)
        outcomes = _known(plan, runs)
        for trial in plan.trials:
            if trial.number in outcomes:
                progress(len(outcomes), len(plan.trials), trial, outcomes[trial.number])
        missing = [trial for trial in plan.trials if trial.number not in outcomes]
        _clear(missing, runs)
        if missing:
            if cluster is None:
                under_way = on_this_machine(missing, runs, device, jobs)
            else:
                under_way = on_cluster(missing, runs, device, jobs, cluster, minutes, partition)
            try:
                for trial, outcome in under_way:
                    outcomes[trial.number] = outcome
                    progress(len(outcomes), len(plan.trials), trial, outcome)
            finally:
                under_way.close()  # ends its processes now, not when somebody collects it
        results = gathered(plan, outcomes, runs)
        results.write(out)
        return results


def _known(plan: Plan, runs: Path) -> dict[int, Outcome]:
    """Number of a trial -> outcome: of those that cannot be run, and of those that were."""
    known = {}
    for trial in plan.trials:
        if trial.experiment is None:
            known[trial.number] = Outcome("failed", trial.error)
        elif (outcome := finished(trial, runs)) and outcome.final:
            known[trial.number] = outcome
    return known


def _clear(missing: list[Trial], runs: Path) -> None:
    """Remove what killed sweeps left half-way, and the failures that are tried again."""
    for folder in [*scratches(runs), *(runs / trial.name for trial in missing)]:
        shutil.rmtree(folder, ignore_errors=True)
