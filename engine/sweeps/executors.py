"""Where the runs of a sweep are made: processes of this machine, or jobs of a cluster. Outcomes come as they are."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.parts import Wrong
from engine.sweeps.trial import ONE_THREAD, Outcome, Trial, finished, run, run_all, scratches

ROOT = Path(__file__).resolve().parent.parent
TASKS = 1000  # most tasks of one submission: Slurm's usual limit for an array

KILLED = "its process was ended from outside, perhaps for want of memory"

Outcomes = Iterator[tuple[Trial, Outcome]]


def on_this_machine(trials: Sequence[Trial], runs: Path, device: str, jobs: int) -> Outcomes:
    """In ``jobs`` processes. One that dies (no memory left) takes the pool with it: what was in work is tried alone."""
    left = {trial.number: trial for trial in trials}
    while left:
        for trial, outcome in _pool(list(left.values()), runs, device, jobs):
            yield left.pop(trial.number), outcome
        suspects = [trial for trial in left.values() if _discarded(trial, runs)] or list(left.values())[:1]
        for suspect in suspects:
            alone = [outcome for _, outcome in _pool([suspect], runs, device, 1)] or [Outcome("failed", KILLED)]
            _discarded(suspect, runs)
            yield left.pop(suspect.number), alone[0]


def _discarded(trial: Trial, runs: Path) -> bool:
    """Whether it was in work; what it left is removed."""
    found = scratches(runs, trial)
    for path in found:
        shutil.rmtree(path, ignore_errors=True)
    return bool(found)


def _pool(trials: list[Trial], runs: Path, device: str, jobs: int) -> Outcomes:
    """Outcomes as they come; ends early when a process dies."""
    from joblib.externals.loky import ProcessPoolExecutor, as_completed
    from joblib.externals.loky.process_executor import BrokenProcessPool

    # joblib.Parallel would run a single job in this process, and could not tell a dead process from a failed call
    pool = ProcessPoolExecutor(min(jobs, len(trials)), env=ONE_THREAD, initializer=_settle, initargs=(os.getpid(),))
    try:
        asked = {pool.submit(run, trial, runs, device): trial for trial in trials}
        for future in as_completed(asked):
            try:
                yield asked[future], future.result()
            except BrokenProcessPool:
                return
    finally:
        pool.shutdown(wait=True, kill_workers=True)


def _settle(parent: int) -> None:
    """In a worker: Ctrl+C is the parent's to answer, and without a parent there is nobody to work for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def on_cluster(
    trials: Sequence[Trial], runs: Path, device: str, jobs: int, kind: str, minutes: int = 60, partition: str = ""
) -> Outcomes:
    """As submitit's jobs, at most ``jobs`` at once; each task takes several runs where there are many. Raises Wrong."""
    import submitit

    wanted = {"timeout_min": minutes, "name": "rewire", "gpus_per_node": int(device == "cuda")}
    if kind == "slurm":
        setup = [f"export {name}={value}" for name, value in ONE_THREAD.items()]
        setup.append(f"export PYTHONPATH={shlex.quote(str(ROOT))}:$PYTHONPATH")
        wanted |= {"cpus_per_task": 1, "slurm_array_parallelism": jobs, "slurm_setup": setup}
        wanted |= {"slurm_partition": partition} if partition else {}
    tasks = {"local": jobs, "slurm": TASKS}.get(kind, len(trials))
    groups = [list(trials[k::tasks]) for k in range(min(tasks, len(trials)))]
    with _environment():
        try:
            executor = submitit.AutoExecutor(folder=runs.parent / "jobs", cluster=kind)
            executor.update_parameters(**wanted)
            asked = executor.map_array(run_all, groups, [runs] * len(groups), [device] * len(groups))
        except (RuntimeError, OSError, submitit.core.utils.FailedJobError) as error:
            raise Wrong("cluster", f"{kind} takes no jobs ({_line(error)})") from None
    waiting = list(zip(asked, groups, strict=True))
    try:
        yield from _collected(waiting, runs)
    finally:
        for job, _ in waiting:
            job.cancel(check=False)


def _collected(waiting: list[tuple[Any, list[Trial]]], runs: Path) -> Outcomes:
    """Folders that are whole, as they appear; the rest of a group from its job, once that has ended."""
    known: set[int] = set()
    while waiting:
        for job, group in list(waiting):
            ended = job.done()
            for trial in group:
                if trial.number not in known and (outcome := finished(trial, runs)):
                    known.add(trial.number)
                    yield trial, outcome
            if ended:
                waiting.remove((job, group))
                rest = [trial for trial in group if trial.number not in known]
                yield from zip(rest, _results(job, group, rest), strict=True)
        time.sleep(min(5.0, 0.2 + len(waiting) / 100))  # a look is some calls of a file system that may be far away


def _results(job: Any, group: list[Trial], rest: list[Trial]) -> list[Outcome]:
    """What a job that is over says of the runs that left no folder."""
    if not rest:
        return []
    try:
        told = dict(zip((trial.number for trial in group), job.result(), strict=True))
        return [told[trial.number] for trial in rest]
    except Exception as error:  # submitit wraps whatever happened in one of its own
        return [Outcome("failed", f"its job failed ({_line(error)})") for _ in rest]


def _line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip().strip("-")]
    return (lines[-1] if lines else type(error).__name__)[:200]


@contextmanager
def _environment() -> Iterator[None]:
    """What jobs inherit: one thread each, and where this program lies."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    wanted = {**ONE_THREAD, "PYTHONPATH": os.pathsep.join(paths)}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
