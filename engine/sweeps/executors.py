"""Where the runs of a sweep are made: processes of this machine, or jobs of a cluster. Outcomes come as they are."""

from __future__ import annotations

import itertools
import os
import shlex
import shutil
import signal
import stat
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from engine.cores import VARIABLE, physical
from engine.parts import Wrong
from engine.sweeps.trial import ONE_THREAD, Outcome, Trial, finished, run, run_all, scratches
from engine.writing import reason

ROOT = Path(__file__).resolve().parents[2]  # where main.py and the packages lie
TASKS = 1000  # most tasks of one submission: Slurm's usual limit for an array

SAFE = (
    "PYTHONSAFEPATH",
    "1",
)  # python -m and -c look for modules in the present folder first, where anybody may have put some

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
    from multiprocessing import resource_tracker

    from joblib.externals.loky import FIRST_COMPLETED, ProcessPoolExecutor, wait
    from joblib.externals.loky.process_executor import BrokenProcessPool

    # joblib.Parallel would run a single job in this process, and could not tell a dead process from a failed call
    with _environment():
        resource_tracker.ensure_running()  # of Python's own, now: starting it later would end being deaf
        jobs = min(jobs, len(trials))
        share = {VARIABLE: str(max(1, physical() // jobs))}  # of the cores, for training
        pool = ProcessPoolExecutor(jobs, env=ONE_THREAD | share, initializer=_settle, initargs=(os.getpid(),))
        try:
            waiting = iter(trials)
            # no more than are in work: loky's own thread trips over what waits when it is shut down
            with _deaf():
                asked = {pool.submit(run, trial, runs, device): trial for trial in itertools.islice(waiting, jobs)}
            while asked:
                for future in wait(asked, return_when=FIRST_COMPLETED).done:
                    trial, outcome = asked.pop(future), future.result()
                    if (another := next(waiting, None)) is not None:
                        with _deaf():
                            asked[pool.submit(run, another, runs, device)] = another
                    yield trial, outcome
        except BrokenProcessPool:
            return
        finally:
            pool.shutdown(wait=True, kill_workers=True)


@contextmanager
def _deaf() -> Iterator[None]:
    """Ctrl+C waits for a moment: a process that is started now inherits that it does not hear it, imports included."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
        setup = [f"export {name}={value}" for name, value in (*ONE_THREAD.items(), (VARIABLE, "1"), SAFE)]
        setup.append(f"export PYTHONPATH={shlex.quote(str(ROOT))}${{PYTHONPATH:+:$PYTHONPATH}}")  # an empty one is here
        wanted |= {"cpus_per_task": 1, "slurm_array_parallelism": jobs, "slurm_setup": setup}
        wanted |= {"slurm_partition": partition} if partition else {}
    tasks = {"local": jobs, "slurm": TASKS}.get(kind, len(trials))
    groups = [list(trials[k::tasks]) for k in range(min(tasks, len(trials)))]
    folder = _own_folder(runs.parent / "jobs")
    with _environment():
        try:
            executor = submitit.AutoExecutor(folder=folder, cluster=kind)
            executor.update_parameters(**wanted)
            asked = executor.map_array(run_all, groups, [runs] * len(groups), [device] * len(groups))
        except (RuntimeError, OSError, submitit.core.utils.FailedJobError) as error:
            raise Wrong("cluster", f"{kind} takes no jobs ({_line(error)})") from None
    waiting = list(zip(asked, groups, strict=True))
    well = False
    try:
        failed = 0
        for trial, outcome in _collected(waiting, runs):
            failed += outcome.status == "failed"
            yield trial, outcome
        well = not failed
    finally:
        for job, _ in waiting:
            job.cancel(check=False)
        _tidy(folder, well)


def _own_folder(folder: Path) -> Path:
    """Made for this user alone: whoever may write there decides what the jobs run. Raises Wrong."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if os.name == "posix":
            _refuse_others(folder)
            folder.chmod(0o700)
        _tidy(folder, True)  # of a sweep before
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise Wrong(str(folder), f"cannot be made a folder ({reason(error)})") from None
    return folder


def _refuse_others(folder: Path) -> None:
    """Raise Wrong where another user could put something in the place of this folder, or into it."""
    for path in (folder, folder.parent, folder.resolve(), folder.resolve().parent):
        found = path.stat()
        loose = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not found.st_mode & stat.S_ISVTX
        if loose:
            raise Wrong(str(path), f"others may write there, and it decides what the jobs run; chmod go-w {path}")
        if path == folder and (path.is_symlink() or found.st_uid != os.geteuid()):
            raise Wrong(str(path), "is a link, or belongs to another user; remove it")


def _tidy(folder: Path, well: bool) -> None:
    """Remove what jobs were run from, and, where all went ``well``, what they said."""
    for pattern in ("*_submitted.pkl", "*_result.pkl", *(("*_log.*", "submission_file_*.sh") if well else ())):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
    with suppress(OSError):  # there is something else in it
        folder.rmdir()


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
    """What processes inherit: one thread each, where this program lies, and that the present folder holds no code."""
    paths = [str(ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    wanted = {**ONE_THREAD, VARIABLE: "1", "PYTHONPATH": os.pathsep.join(paths), SAFE[0]: SAFE[1]}
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
