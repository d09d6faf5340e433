"""The sweep as people and strangers meet it: what it prints, what it runs, what it leaves."""

from __future__ import annotations

import io
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import main
from engine import console as commands
from engine.console import PER_PROCESSOR, Lines
from engine.parts import Wrong
from engine.printed import means
from engine.sweeps import executors
from engine.sweeps.chart import _arranged, clear
from engine.sweeps.executors import ROOT, _own_folder, on_cluster
from engine.sweeps.plan import plan
from engine.sweeps.results import Results, gathered
from engine.sweeps.sweep import sweep
from engine.sweeps.trial import Outcome
from tests.engine.test_sweep import TINY, ended, files, here, made, rows, written  # noqa: F401

LONG = [{"kind": "mlp", "width": w, "fourier": 3, "fourier_scale": 1.5, "time_features": 4} for w in (4, 5)]
SWEEPS = {
    "one field": {"sweep": {"training.rate": [1e-3, 2e-3]}},
    "seeds alone": {"seeds": 2},
    "five fields": {
        "sweep": {
            "training.rate": [1e-3, 2e-3],
            "training.batch": [8, 16],
            "coupling.pairs": [80, 100],
            "velocity.width": [4, 5],
            "source.std": [1.0, 2.0],
        }
    },
    "whole parts": {"sweep": {"velocity": LONG, "source.mean": [[0.25, -0.125], [1.0, 2.0]]}},
}


def results(keys: dict, figures: tuple[str, ...], branch: str = "") -> Results:
    """Of runs that were never made: every figure has a value of its own."""
    asked = made(**keys)
    ends, k = [], 0
    for one in asked.trials:
        for end in ("", branch) if branch else ("",):
            k += 1
            ends.append({"branch": end, "run": one.name, **one.values, "seed": one.seed, "status": "done"})
            ends[-1] |= {"round": f"{end}.1" if end else 2, **{name: 1000.5 * k + j for j, name in enumerate(figures)}}
    from engine.sweeps.results import _summary

    return Results(asked, [row for row in ends if not row["branch"]], ends, _summary(asked, ends), ends)


FIGURES = ("straightness", "transport_cost", "fit_gap", "fit_w2", "loss", "crossing", "euler_error_16")


def printed(found: Results, width: int | None) -> str:
    paper = Console(file=io.StringIO(), width=width or 10_000)
    for grid in means(found, FIGURES, width):
        paper.print(grid)
    return paper.file.getvalue()


@pytest.mark.parametrize("name", SWEEPS)
@pytest.mark.parametrize("branch", ["", "student"])
@pytest.mark.parametrize("width", [40, 80, 120, None])
def test_every_figure_is_shown_whole(name: str, branch: str, width: int | None) -> None:
    found = results(SWEEPS[name], FIGURES, branch)
    told = printed(found, width)
    assert "…" not in told or name == "whole parts"  # there in the values, past 60 letters of them
    assert all(len(line) <= width for line in told.splitlines() if width and "±" in line)
    for row in found.summary:
        for figure in FIGURES:
            assert f"{row[f'{figure}_mean']:.4g}" in told
    for figure in FIGURES:
        assert figure.replace("_", " ") in told
    assert ("student.1" in told) == bool(branch)


def test_control_characters_do_not_reach_the_terminal() -> None:
    found = results({"sweep": {"target": [{"kind": "text", "text": "a\x1b[2Jb"}, {"kind": "ring"}]}}, ("loss",))
    assert "\x1b" not in printed(found, 80) and "\u202e" not in printed(found, None)


# --- branches ---

TREE = {
    **TINY,
    "rounds": 2,
    "branches": [
        {"name": "student", "after": 1, "operation": {"kind": "distil"}},
        {"name": "soft", "after": 1, "operation": {"kind": "noise refresh"}, "rounds": 2},
    ],
}


def test_branches_stand_in_the_summary_and_in_the_pictures(tmp_path: Path, here: list[str]) -> None:  # noqa: F811
    asked = plan({"experiment": TREE, "seeds": 2, "sweep": {"training.rate": [1e-3, 2e-3]}}, ROOT)
    found = sweep(asked, tmp_path, device="cpu")
    summary = rows(tmp_path / "summary.csv")
    assert [row["round"] for row in summary] == ["2", "student.1", "soft.2"] * 2
    assert {(row["runs"], row["done"]) for row in summary} == {("2", "2")}
    by_round = {(row["run"], row["round"]): float(row["pair_cost"]) for row in rows(tmp_path / "rounds.csv")}
    for k, row in enumerate(summary):
        of = [value for (name, end), value in by_round.items() if end == row["round"]]
        assert float(row["pair_cost_mean"]) == pytest.approx(np.mean(of[2 * (k // 3) : 2 * (k // 3) + 2]), rel=1e-12)
    _, lines = _arranged(found, found.ends, "training.rate")
    assert list(lines) == ["trunk", "student", "soft"] and all(len(held) == 4 for held in lines.values())
    zipped = Results(plan({"experiment": TREE, "mode": "zip", "sweep": {"dim": [1, 2]}}, ROOT), *([[]] * 4))
    ends = [{"branch": end, "dim": d, "status": "done", "run": "a"} for d in (1, 2) for end in ("", "soft")]
    assert list(_arranged(zipped, ends, "dim")[1]) == ["trunk", "soft"]


def test_a_failed_run_counts_for_every_end(tmp_path: Path, here: list[str]) -> None:  # noqa: F811
    asked = plan({"experiment": TREE, "seeds": 2}, ROOT)
    sweep(asked, tmp_path, device="cpu")
    runs = tmp_path / "runs"
    found = gathered(asked, {0: Outcome("done"), 1: Outcome("failed", "no")}, runs)
    assert [(r["round"], r["runs"], r["done"], r["failed"]) for r in found.summary] == [
        (2, 2, 1, 1),
        ("student.1", 2, 1, 1),
        ("soft.2", 2, 1, 1),
    ]
    nothing = gathered(asked, {0: Outcome("failed", "no"), 1: Outcome("failed", "no")}, runs)
    assert [(r["round"], r["runs"], r["failed"]) for r in nothing.summary] == [(None, 2, 2)]


# --- pictures, limits, lines ---


def test_what_a_kill_leaves_goes_even_if_all_runs_are_there(tmp_path: Path, here: list[str]) -> None:  # noqa: F811
    """Half a table, and half a run beside its whole folder."""
    sweep(made(seeds=2), tmp_path, device="cpu")
    before = files(tmp_path)
    (tmp_path / f".results.parquet.{'0' * 16}.part").write_bytes(b"half")
    (tmp_path / "runs" / f".{here[0]}.ab12cd34.part" / "rounds").mkdir(parents=True)
    sweep(made(seeds=2), tmp_path, device="cpu")
    assert files(tmp_path) == before and len(here) == 2
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".part")]


def test_pictures_of_before_go(tmp_path: Path, here: list[str]) -> None:  # noqa: F811
    spec, out = written(tmp_path, seeds=2), tmp_path / "out"
    common = ["sweep", spec, "--out", str(out), "--device", "cpu", "--metrics"]
    assert main.main([*common, "loss", "euler_error_4"]) == 0
    (out / "mine.png").touch()
    assert {path.name for path in out.glob("*.png")} == {"loss.png", "euler_error_4.png", "mine.png"}
    assert main.main([*common, "straightness"]) == 0
    assert {path.name for path in out.glob("*.png")} == {"straightness.png", "mine.png"}
    clear(out, set())
    assert {path.name for path in out.glob("*.png")} == {"mine.png"}


@pytest.mark.parametrize("jobs", [10**9, PER_PROCESSOR * (os.cpu_count() or 1) + 1])
def test_jobs_have_a_limit(jobs: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = written(tmp_path, seeds=2)
    assert main.main(["sweep", spec, "--out", str(tmp_path / "out"), "--jobs", str(jobs)]) == 2
    most = PER_PROCESSOR * os.cpu_count()
    assert (
        capsys.readouterr().err == f"jobs: {jobs} is above {most}, {PER_PROCESSOR} for each processor of this machine\n"
    )


def test_a_plan_tells_how_far_it_is() -> None:
    seen: list[tuple[int, int]] = []
    plan({"experiment": TINY, "seeds": 30}, ROOT, lambda known, all: seen.append((known, all)))
    assert seen == [(k, 30) for k in range(1, 31)]


def test_a_log_gets_few_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """One now and then, and never the same one twice: 8,000 runs that were there before are one line."""
    now = [0.0]
    monkeypatch.setattr(commands.time, "monotonic", lambda: now[0])
    log = Console(file=io.StringIO(), width=80)
    lines = Lines(log)
    for _ in range(8000):
        lines.say(8000, 8000)
    for step in range(100):
        now[0] += 1.0
        lines.now_and_then(f"round 1 of 2: training, {step} %")
    told = log.file.getvalue().splitlines()
    assert told[0] == "8000 of 8000 runs" and len(told) == 11


# --- no code from folders ---


def planted(folder: Path, name: str = "queue") -> Path:
    """A folder with modules of well-known names, each of which tells that it was run."""
    folder.mkdir()
    for module in (name, "numpy", "grp", "tarfile", "engine", "joblib", "submitit", "cloudpickle"):
        (folder / f"{module}.py").write_text(
            f"open({str(folder / 'ran')!r}, 'a').write('{module} ')\nraise SystemExit(1)\n"
        )
    return folder


@pytest.mark.parametrize("how", [["--jobs", "2"], ["--cluster", "local"], ["--cluster", "debug"]], ids=" ".join)
@pytest.mark.parametrize("path", [None, ":"], ids=["no PYTHONPATH", "empty ones"])
def test_nothing_in_the_present_folder_is_run(how: list[str], path: str | None, tmp_path: Path) -> None:
    if path is not None and how != ["--cluster", "local"]:
        pytest.skip("once is enough")
    folder, spec = planted(tmp_path / "here"), written(tmp_path, seeds=2 if "--jobs" in how else 1)
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONSAFEPATH")}
    environment |= {"PYTHONPATH": path} if path is not None else {}
    command = [sys.executable, "-P", str(ROOT / "main.py"), "sweep", spec, "--out", str(tmp_path / "out")]
    if path is not None:  # the program itself must not be led astray by it; what it starts is the question
        start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import main; sys.exit(main.main())"
        command = [sys.executable, "-I", "-c", start, *command[3:]]
    done = subprocess.run(
        [*command, "--device", "cpu", *how], cwd=folder, env=environment, capture_output=True, text=True, timeout=100
    )
    assert not (folder / "ran").exists(), (folder / "ran").read_text()
    assert done.returncode == 0, done.stderr


def test_slurm_gets_no_empty_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a job's shell is told, run by a shell: no entry of the path is the folder that it happens to be in."""
    asked: dict = {}

    class Executor:
        def __init__(self, folder: Path, cluster: str) -> None:
            asked["mode"] = stat.S_IMODE(folder.stat().st_mode)

        def update_parameters(self, **wanted: object) -> None:
            asked.update(wanted)

        def map_array(self, *_: object) -> list:
            raise RuntimeError("no cluster here")

    import submitit

    monkeypatch.setattr(submitit, "AutoExecutor", Executor)
    with pytest.raises(Wrong, match="slurm takes no jobs"):
        list(on_cluster(made(seeds=1).trials, tmp_path / "runs", "cpu", 1, "slurm"))
    assert asked["mode"] == 0o700
    for before in (None, "", "/a:/b"):
        environment = {"PATH": os.environ["PATH"]} | ({"PYTHONPATH": before} if before is not None else {})
        script = "\n".join([*asked["slurm_setup"], 'echo "$PYTHONPATH|$PYTHONSAFEPATH|$OMP_NUM_THREADS"'])
        told = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, check=True).stdout
        path, safe, threads = told.strip().split("|")
        assert path.split(":") == [str(ROOT), *(before or "").split(":")] if before else path == str(ROOT)
        assert (safe, threads) == ("1", "1")


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("loose", ["jobs 0o770", "jobs 0o707", "parent 0o775", "parent 0o777", "link"])
def test_a_folder_that_others_may_write_to_is_refused(loose: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o755)
    out.chmod(0o755)
    if loose == "link":
        (tmp_path / "far").mkdir()
        (tmp_path / "far" / "1_submitted.pkl").touch()
        (out / "jobs").symlink_to(tmp_path / "far")
    else:
        where, mode = loose.split()
        (out / "jobs").mkdir(mode=0o700)
        (out / "jobs" if where == "jobs" else out).chmod(int(mode, 8))
    with pytest.raises(Wrong) as caught:
        _own_folder(out / "jobs")
    assert ("is a link" in str(caught.value)) if loose == "link" else ("chmod go-w" in str(caught.value))
    assert loose != "link" or (tmp_path / "far" / "1_submitted.pkl").exists()


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_nothing_of_the_jobs_is_left(tmp_path: Path) -> None:
    sweep(made(seeds=1), tmp_path, cluster="debug", device="cpu")
    assert not (tmp_path / "jobs").exists()
    folder = _own_folder(tmp_path / "jobs")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("1_submitted.pkl", "1_0_result.pkl", "1_0_log.out", "1_0_log.err", "mine.txt"):
        (folder / name).touch()
    executors._tidy(folder, False)
    assert sorted(path.name for path in folder.iterdir()) == ["1_0_log.err", "1_0_log.out", "mine.txt"]
    executors._tidy(folder, True)
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


# --- Ctrl+C ---


@pytest.mark.parametrize("after", [0.2, 0.8, 1.6, 2.4])
def test_ctrl_c_of_two_jobs_is_one_line(after: float, tmp_path: Path) -> None:
    """As a terminal sends it, to all processes at once, at any moment: while workers start, import and train."""
    slow = {**TINY, "training": {"steps": 1_000_000, "batch": 64}}
    spec, out = written(tmp_path, experiment=slow, seeds=6), tmp_path / "out"
    command = [sys.executable, "main.py", "sweep", spec, "--out", str(out), "--device", "cpu", "--jobs", "2"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 60
    while process.poll() is None and not (out / "runs").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(after)
    os.killpg(process.pid, signal.SIGINT)
    try:
        told = process.communicate(timeout=30)[1]
    finally:
        ended(process)
    assert process.returncode == 130
    assert re.fullmatch(r"Stopped( after 0 of 6 runs)?; the same command goes on from there\.\n", told)
