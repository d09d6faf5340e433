"""Sweeps: from the file to the tables, killed and started again. The nets are tiny: what is tested is around them."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cloudpickle
import pytest
from pyarrow import parquet

import main
from engine.codec import parse
from engine.headless import run
from engine.parts import Wrong
from engine.provenance import fingerprint
from engine.registry import kinds
from engine.sweeps import executors, trial
from engine.sweeps.chart import check_field
from engine.sweeps.executors import on_this_machine
from engine.sweeps.plan import MAX_RUNS, Plan, plan, read
from engine.sweeps.results import _figures, as_parquet, gathered
from engine.sweeps.sweep import sweep
from engine.sweeps.trial import MARKER, ONE_THREAD, Outcome, Trial, finished, scratches

ROOT = Path(__file__).parent.parent.parent
TINY = {
    "rounds": 1,
    "source": {"kind": "gaussian"},
    "target": {"kind": "ring"},
    "coupling": {"kind": "independent", "pairs": 100},
    "velocity": {"kind": "mlp", "width": 4, "depth": 1},
    "training": {"steps": 2, "batch": 8},
    "solver": {"kind": "euler", "steps": 7},
    "measure": {"samples": 64},
}
# two couplings where there are two, otherwise two sizes of one
TWO = {"coupling": ["independent", "optimal"]} if "optimal" in kinds("couplings") else {"coupling.pairs": [80, 100]}


def made(**keys: object) -> Plan:
    return plan({"experiment": TINY, **keys}, ROOT)


def written(folder: Path, **keys: object) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sweep.json"
    path.write_text(json.dumps({"experiment": TINY, **keys}))
    return str(path)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def files(folder: Path) -> dict[str, bytes]:
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: content for name, content in found.items() if name != ".lock"}


def markers(out: Path) -> dict[str, tuple[int, int]]:
    """Finished runs: inode and time of their marker, which a repeated run would change."""
    found = list((out / "runs").glob(f"[!.]*/{MARKER}"))
    return {path.parent.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Runs in this process instead of others; the names of those that were made."""
    asked: list[str] = []

    def at_once(trials: list[Trial], runs: Path, device: str, jobs: int) -> object:
        for one in trials:
            asked.append(one.name)
            yield one, trial.run(one, runs, device)

    monkeypatch.setattr("engine.sweeps.sweep.on_this_machine", at_once)
    return asked


# --- the file ---


def test_product_and_seeds() -> None:
    found = made(seeds=[4, 9], sweep={"solver.steps": [1, 2], "training": {"rate": [0.1, 0.2, 0.3]}})
    assert found.fields == ("solver.steps", "training.rate") and [t.number for t in found.trials] == list(range(12))
    asked = [(t.experiment.solver.steps, t.experiment.training.rate, t.experiment.seed) for t in found.trials]
    assert asked == [(n, rate, seed) for n in (1, 2) for rate in (0.1, 0.2, 0.3) for seed in (4, 9)]
    assert [(*t.values.values(), t.seed) for t in found.trials] == asked
    assert found.trials[0].name == f"solver.steps=1_training.rate=0.1_seed=4-{found.trials[0].spec[:8]}"
    assert len({t.name for t in found.trials}) == 12


def test_zip() -> None:
    found = made(mode="zip", seeds=2, sweep={"solver.steps": [1, 2, 3], "rounds": [3, 2, 1]})
    asked = [(t.experiment.solver.steps, t.experiment.rounds, t.seed) for t in found.trials]
    assert asked == [(1, 3, 0), (1, 3, 1), (2, 2, 0), (2, 2, 1), (3, 1, 0), (3, 1, 1)]


def test_seeds_go_on_from_the_spec() -> None:
    assert [t.seed for t in plan({"experiment": {**TINY, "seed": 5}, "seeds": 3}, ROOT).trials] == [5, 6, 7]
    assert [t.seed for t in plan({"experiment": {**TINY, "seed": 5}, "sweep": {"dim": [1]}}, ROOT).trials] == [5]


def test_bare_kind_keeps_shared_knobs() -> None:
    """Euler and Heun share their steps; what only the new kind has is its default, what only the old one had goes."""
    asked = ["euler", "heun", {"kind": "heun"}]
    told = [t.experiment.solver for t in made(sweep={"solver": asked}).trials]
    assert [(s.kind, s.steps) for s in told] == [("euler", 7), ("heun", 7), ("heun", kinds("solvers")["heun"]().steps)]
    both = made(sweep={"target": ["gaussian", "two moons"], "target.noise": [0.25]}).trials
    assert both[1].experiment.target.noise == 0.25 and "noise" in both[0].error
    if "optimal" in kinds("couplings"):
        assert [t.experiment.coupling.pairs for t in made(sweep=TWO).trials] == [100, 100]


def test_file_beside_and_inline(tmp_path: Path) -> None:
    """A base file, in TOML, is the same as the spec inline; both spellings of a field are the same."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "points.csv").write_text("0,1\n1,0\n2,2\n")
    spec = 'source = {kind = "gaussian"}\ntarget = {kind = "file", path = "points.csv"}\n'
    (tmp_path / "sub" / "base.toml").write_text(spec)
    (tmp_path / "a.toml").write_text('spec = "sub/base.toml"\n[sweep]\n"training.rate" = [0.1]\n')
    inline = spec.replace("points", "sub/points").replace("\n", ", ").rstrip(", ")
    (tmp_path / "b.toml").write_text(f"experiment = {{{inline}}}\n[sweep.training]\nrate = [0.1]\n")
    a, b = (read(tmp_path / name) for name in ("a.toml", "b.toml"))
    assert a == b and a.trials[0].experiment.target.path == str(tmp_path / "sub" / "points.csv")
    (tmp_path / "sub" / "points.csv").write_text("0,1\n1,0\n2,3\n")
    assert read(tmp_path / "a.toml").trials[0].spec != a.trials[0].spec  # other data is another experiment


def test_fingerprint_is_the_whole_spec() -> None:
    text = 'source = {kind = "gaussian"}\ntarget = {kind = "ring"}\n'
    assert (
        fingerprint(parse(text)) == fingerprint(parse(f"seed = 0\n{text}")) != fingerprint(parse(f"seed = 1\n{text}"))
    )


BAD = {
    "key": ({"sweeps": {}}, "sweeps: is not a known field; did you mean sweep?"),
    "nothing": ({}, "sweep: is missing; give lists of values for some fields, or seeds"),
    "mode": ({"mode": "zap", "seeds": 2}, "mode: 'zap' is not known; known are product, zip"),
    "field": (
        {"sweep": {"training.rat": [1]}},
        "sweep.training.rat: is not a known field; did you mean training.rate?",
    ),
    "nested field": (
        {"sweep": {"training": {"rat": [1]}}},
        "sweep.training.rat: is not a known field; did you mean training.rate?",
    ),
    "section": ({"sweep": {"trainin": [1]}}, "sweep.trainin: is not a known field; did you mean training?"),
    "too deep": (
        {"sweep": {"solver.steps.x": [1]}},
        "sweep.solver.steps.x: is not a known field; did you mean solver.steps?",
    ),
    "knob of a number": ({"sweep": {"dim.x": [1]}}, "sweep.dim.x: is not a known field; known fields are none"),
    "part of a list": (
        {"sweep": {"branches.rounds": [1, 2]}},
        "sweep.branches.rounds: is a part of a list; give whole lists, as in branches = [[], [...]]",
    ),
    "kind": ({"sweep": {"solver": ["eular"]}}, "sweep.solver: 'eular' is not known; did you mean 'euler'?"),
    "seed": ({"sweep": {"seed": [1]}}, "sweep.seed: is not swept as a field; give seeds = [...] above [sweep]"),
    "no table": ({"sweep": [1]}, "sweep: is not a table of lists"),
    "no list": ({"sweep": {"dim": 2}}, "sweep.dim: is not a list; give its values in brackets"),
    "no list in a table": ({"sweep": {"training": {}}}, "sweep.training: is not a list; give its values in brackets"),
    "empty": ({"sweep": {"dim": []}}, "sweep.dim: is an empty list; give at least one value"),
    "twice": ({"sweep": {"training.rate": [1], "training": {"rate": [1]}}}, "sweep.training.rate: stands twice"),
    "unequal": (
        {"mode": "zip", "sweep": {"dim": [1, 2], "solver.steps": [1, 2, 3]}},
        "sweep: lists of unequal length cannot be zipped: dim has 2, solver.steps has 3",
    ),
    "too many": (
        {"seeds": 101, "sweep": {"training.rate": [k / 1000 for k in range(1, 101)]}},
        f"sweep: asks for 10,100 runs; {MAX_RUNS:,} are the most",
    ),
    "same value": ({"sweep": {"dim": [2, 2]}}, "are the same experiment; give every value once"),
    "no seeds": ({"seeds": []}, "seeds: is an empty list; give at least one seed"),
    "seed twice": ({"seeds": [1, 2, 1]}, "seeds: 1 stands twice"),
    "no number of seeds": ({"seeds": "ten"}, "seeds: is neither a whole number nor a list of whole numbers"),
    "seeds below": ({"seeds": 0}, "seeds: 0 is not from 1 to 10,000; give how many, or a list"),
    "truth value": ({"seeds": True}, "seeds: is neither a whole number nor a list of whole numbers"),
    "two specs": ({"spec": "a.toml", "seeds": 2}, "spec: stands beside [experiment]; give one of them"),
    "base field": (
        {"seeds": 2, "experiment": {**TINY, "sede": 1}},
        "experiment.sede: is not a known field; did you mean seed?",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_sweep(case: str) -> None:
    keys, sentence = BAD[case]
    with pytest.raises(Wrong) as caught:
        made(**keys)
    assert str(caught.value).endswith(sentence) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("s.toml", "seeds = ", "s.toml: is not valid TOML ("),
        ("s.json", "[]", "s.json: is not a table"),
        ("s.toml", "seeds = 2", "spec: is missing; name a spec file"),
        ("s.toml", "spec = 1\nseeds = 2", "spec: is not text in quotes; name a spec file"),
        ("s.toml", 'spec = "gone.toml"\nseeds = 2', "spec: gone.toml: cannot be read (No such file or directory)"),
        ("s.toml", 'spec = "base.toml"\nseeds = 2', "spec: base.toml: dim: 9 is above 3"),
    ],
)
def test_bad_file(name: str, text: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "base.toml").write_text('dim = 9\nsource = {kind = "gaussian"}\ntarget = {kind = "ring"}\n')
    (tmp_path / name).write_text(text)
    assert main.main(["sweep", str(tmp_path / name), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr()
    assert told.err.startswith(sentence) and told.err.count("\n") == 1 and not told.out
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (["--metrics", "straigtness"], "metrics: 'straigtness' is not known; did you mean 'straightness'?"),
        (["--jobs", "0"], "jobs: 0 is below 1"),
        (["--against", "dimm"], "against: 'dimm' is not a swept field; did you mean dim?"),
    ],
)
def test_bad_option(option: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = written(tmp_path, sweep={"dim": [1, 2]})
    assert main.main(["sweep", spec, "--out", str(tmp_path / "out"), *option]) == 2
    assert capsys.readouterr().err == f"{sentence}\n"


def test_against_nothing() -> None:
    with pytest.raises(Wrong, match="swept are seeds alone"):
        check_field((), "dim")


# --- the runs ---


def python(*arguments: str) -> list[str]:
    return [sys.executable, "main.py", "sweep", *arguments, "--device", "cpu", "--metrics", "fit_gap"]


def ended(process: subprocess.Popen[str]) -> None:
    """Whatever of its session is left would train for hours: a test that fails must not slow those after it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()


def test_killed_half_way_goes_on(tmp_path: Path) -> None:
    """Two couplings, five seeds; SIGKILL; again. Nothing finished is repeated, and the table is whole."""
    slow = {**TINY, "training": {"steps": 100, "batch": 32}}
    spec, out = written(tmp_path, experiment=slow, seeds=5, sweep=TWO), tmp_path / "out"
    process = subprocess.Popen(python(spec, "--out", str(out), "--jobs", "1"), cwd=ROOT, stderr=subprocess.DEVNULL)
    while len(markers(out)) < 3 and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    before = markers(out)
    assert 3 <= len(before) < 10 and not (out / "results.csv").exists()
    (out / "runs" / ".left.behind.part").mkdir()
    time.sleep(1.0)  # its workers notice and end; one may still have finished a run
    before = markers(out)
    done = subprocess.run(python(spec, "--out", str(out), "--jobs", "1"), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "10 of 10 runs\n" in done.stderr, "a log sees the progress, too"
    after = markers(out)
    assert {name: after[name] for name in before} == before
    assert len(after) == 10 and not scratches(out / "runs")
    told = rows(out / "results.csv")
    assert len(told) == 10 and {row["status"] for row in told} == {"done"}
    assert parquet.read_table(out / "results.parquet").num_rows == 10 and len(rows(out / "rounds.csv")) == 10


def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    slow = {**TINY, "training": {"steps": 1_000_000, "batch": 64}}
    spec, out = written(tmp_path, experiment=slow, seeds=3), tmp_path / "out"
    command = python(spec, "--out", str(out))
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while process.poll() is None and not ((out / "runs").exists() and scratches(out / "runs")):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    try:
        told = process.communicate(timeout=20)[1]  # the pipe closes: no worker is left that holds it
    finally:
        ended(process)
    assert process.returncode == 130
    assert told.strip() == "Stopped after 0 of 3 runs; the same command goes on from there."


def test_tables_equal_the_runs(tmp_path: Path, here: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    spec, out = written(tmp_path, experiment={**TINY, "rounds": 2}, seeds=2, sweep=TWO), tmp_path / "out"
    common = ["--device", "cpu", "--metrics", "straightness"]
    arguments = ["sweep", spec, "--out", str(out), *common]
    assert main.main(arguments) == 0 and len(here) == 4
    printed = capsys.readouterr().out
    results, rounds, summary = (rows(out / f"{name}.csv") for name in ("results", "rounds", "summary"))
    table = parquet.read_table(out / "results.parquet").to_pylist()
    assert [len(results), len(rounds), len(summary), len(table)] == [4, 8, 2, 4]
    for k, row in enumerate(results):
        held = json.loads((out / "runs" / row["run"] / "metrics.json").read_text())["rounds"]
        for told, figures in zip(
            (rounds[2 * k], rounds[2 * k + 1], row, table[k]), [*held, held[1], held[1]], strict=True
        ):
            assert int(told["round"]) == figures["round"] and float(told["loss"]) == figures["loss"]
            assert float(told["loss_se"]) == figures["standard_error"]["loss"]
            assert float(told["euler_error_4"]) == figures["euler_error"]["4"]
        assert float(row["fit_w2_se"]) == table[k]["fit_w2_se"] == held[1]["standard_error"]["fit_w2"] > 0
    for k, row in enumerate(summary):
        a, b = (float(results[2 * k + i]["straightness"]) for i in (0, 1))
        assert float(row["straightness_mean"]) == pytest.approx((a + b) / 2, rel=1e-12)
        assert float(row["straightness_sd"]) == pytest.approx(abs(a - b) / 2**0.5, rel=1e-9)
        assert f"{float(row['straightness_mean']):.4g} ±" in printed
    assert (out / "straightness.png").read_bytes().startswith(b"\x89PNG")
    # again: nothing is run, the tables are the same bytes
    before = files(out)
    assert main.main(arguments) == 0 and len(here) == 4 and files(out) == before
    # a run is what `rewire run` makes of the same spec
    run(read(Path(spec)).trials[0].experiment, tmp_path / "alone", "cpu")
    first = files(out / "runs" / results[0]["run"])
    assert {name: content for name, content in first.items() if name != MARKER} == files(tmp_path / "alone")
    # elsewhere: the same bytes, and a plan that grows runs what is new
    assert main.main(["sweep", spec, "--out", str(tmp_path / "other"), *common]) == 0
    assert files(tmp_path / "other") == before
    here.clear()
    spec = written(tmp_path, experiment={**TINY, "rounds": 2}, seeds=3, sweep=TWO)
    assert main.main(["sweep", spec, "--out", str(out), *common]) == 0
    assert len(here) == 2 and len(rows(out / "results.csv")) == 6


def test_columns_of_the_figures_beside() -> None:
    errors = {"straightness": 0.2, "closed_form": {"straightness": 0.1, "cost_p": {"1": 0.3}}}
    beside = {"straightness": 1.0, "cost_p": {"1": 3.0}}
    assert _figures({"round": 1, "straightness": 2.0, "standard_error": errors, "closed_form": beside}) == {
        **{"round": 1, "straightness": 2.0, "straightness_se": 0.2},
        **{"straightness_closed_form": 1.0, "straightness_closed_form_se": 0.1},
        **{"cost_p_1_closed_form": 3.0, "cost_p_1_closed_form_se": 0.3},
    }


def test_failed_runs_are_rows(tmp_path: Path, here: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """One out of range, one that fails in its second round, one that diverges, and one that is well."""
    kinds_of_run = [
        {"kind": "mlp", "width": -4},
        {"kind": "finite data", "points": 20},
        {"kind": "mlp", "width": 5, "depth": 1},
    ]
    experiment = {**TINY, "rounds": 2, "training": {"steps": 400, "batch": 8}}
    keys = {"experiment": experiment, "sweep": {"velocity": kinds_of_run, "training.rate": [1e-3, 10.0]}}
    spec, out = written(tmp_path, **keys), tmp_path / "out"
    assert main.main(["sweep", spec, "--out", str(out), "--device", "cpu", "--metrics", "loss"]) == 1
    told = rows(out / "results.csv")
    assert [row["status"] for row in told] == ["failed"] * 4 + ["done", "diverged"] and len(here) == 4
    assert told[0]["error"] == "velocity.width: -4 is below 1" and told[0]["straightness"] == ""
    assert "finite data holds for the first round" in told[2]["error"]
    assert told[4]["error"] == "" and told[5]["error"].startswith("Training of round 1 diverged at step")
    assert told[5]["loss"] != "" and told[0]["error"] in capsys.readouterr().err
    counts = [(row["done"], row["diverged"], row["failed"]) for row in rows(out / "summary.csv")]
    assert counts == [("0", "0", "1")] * 4 + [("1", "0", "0"), ("0", "1", "0")]
    assert rows(out / "summary.csv")[5]["loss_mean"] == ""
    # again: what failed while running is tried anew, what diverged is known
    kept = markers(out)[told[5]["run"]]
    assert main.main(["sweep", spec, "--out", str(out), "--device", "cpu", "--metrics", "loss"]) == 1
    assert len(here) == 6 and markers(out)[told[5]["run"]] == kept


def test_fault_of_a_run_is_its_row(tmp_path: Path, here: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    real = run

    def faulty(experiment: object, out: Path, device: str, going_on: bool) -> object:
        if experiment.seed == 1:
            raise MemoryError("no\nroom")
        return real(experiment, out, device, going_on=going_on)

    monkeypatch.setattr("engine.headless.run", faulty)
    found = sweep(made(seeds=3), tmp_path, device="cpu")
    assert [row["error"] for row in found.rows] == ["", "MemoryError: no room", ""] and found.failed == 1
    assert "faulty" in (tmp_path / "runs" / found.rows[1]["run"] / "error.txt").read_text()


def test_stale_folders_are_redone(tmp_path: Path, here: list[str]) -> None:
    """Without a marker, with another spec's, or with a broken one."""
    two = made(seeds=2)
    sweep(two, tmp_path, device="cpu")
    for content in (None, '{"spec": "other", "status": "done"}', "{", "[]"):
        marker = tmp_path / "runs" / two.trials[1].name / MARKER
        marker.unlink() if content is None else marker.write_text(content)
        (marker.parent / "half").touch()
        assert finished(two.trials[1], tmp_path / "runs") is None
        here.clear()
        sweep(two, tmp_path, device="cpu")
        assert here == [two.trials[1].name] and not (marker.parent / "half").exists()


def test_two_sweeps_into_one_folder(tmp_path: Path, here: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def second(*_: object) -> None:
        with pytest.raises(Wrong, match="is in use by another run or sweep; wait for it, or choose another folder"):
            sweep(made(seeds=1), tmp_path, device="cpu")

    sweep(made(seeds=1), tmp_path, device="cpu", progress=second)
    sweep(made(seeds=1), tmp_path, device="cpu")  # let go of


def test_survivor_of_a_killed_sweep_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes at one run: the first whole folder stays."""
    one = made(seeds=1).trials[0]
    assert trial.run(one, tmp_path, "cpu").status == "done"
    before = files(tmp_path)
    assert trial.run(one, tmp_path, "cpu").status == "done"
    assert files(tmp_path) == before and not scratches(tmp_path)


# --- where they are run ---


def _probe(one: Trial, runs: Path, device: str) -> Outcome:
    """In a worker, in place of a run: threads, modules; the second trial's process dies."""
    import torch

    (runs / f".{one.name}.x.part").mkdir()
    if one.number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    environment = {name: os.environ.get(name) for name in ONE_THREAD}
    qt = [
        name for name in sys.modules if name.partition(".")[0] in ("PySide6", "shiboken6", "pyqtgraph", "vispy", "app")
    ]
    (runs / f".{one.name}.x.part").rmdir()
    told = {"threads": torch.get_num_threads(), "environment": environment, "qt": qt, "pid": os.getpid()}
    return Outcome("done", json.dumps(told))


def test_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread each and no Qt; a process that is killed costs its own run alone."""
    module = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(module)  # a worker cannot import a test
    monkeypatch.setattr(executors, "run", _probe)
    try:
        told = {one.number: outcome for one, outcome in on_this_machine(made(seeds=3).trials, tmp_path, "cpu", 2)}
    finally:
        cloudpickle.unregister_pickle_by_value(module)
    assert sorted(told) == [0, 1, 2] and told[1] == Outcome("failed", executors.KILLED)
    for number in (0, 2):
        seen = json.loads(told[number].error)
        assert seen["threads"] == 1 and set(seen["environment"].values()) == {"1"} and seen["qt"] == []
        assert seen["pid"] != os.getpid()


@pytest.mark.parametrize("cluster", ["local", "debug"])
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_submitit(cluster: str, tmp_path: Path) -> None:
    """submitit leaves log files and processes for the collector to close; hence the two filters."""
    plan = made(
        seeds=2, sweep={"velocity": [{"kind": "mlp", "width": 4}, {"kind": "finite data", "points": 20}], "rounds": [2]}
    )
    found = sweep(plan, tmp_path, jobs=1, cluster=cluster, device="cpu")
    assert [row["status"] for row in found.rows] == ["done", "done", "failed", "failed"]
    assert "first round" in found.rows[3]["error"] and len(markers(tmp_path)) == 4


def test_no_slurm_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Wrong, match="cluster: slurm takes no jobs"):
        sweep(made(seeds=1), tmp_path, cluster="slurm")


# --- the tables ---


def test_columns_of_every_sort(tmp_path: Path) -> None:
    """Numbers, text, tables and mixtures of them; a figure that no run has."""
    mixed = made(sweep={"source.std": [1, 0.5, [1.0, 2.0]], "training.schedule": ["constant", "cosine"]})
    found = gathered(mixed, {t.number: Outcome("failed", "no") for t in mixed.trials}, tmp_path)
    assert [row["source.std"] for row in found.rows] == [1, 1, 0.5, 0.5, "[1.0, 2.0]", "[1.0, 2.0]"]
    (tmp_path / "t.parquet").write_bytes(as_parquet(found.rows))
    table = parquet.read_table(tmp_path / "t.parquet")
    assert table["source.std"].to_pylist() == ["1", "1", "0.5", "0.5", "[1.0, 2.0]", "[1.0, 2.0]"]
    rows = [{"a": 1, "b": 1.5, "c": None, "d": True}, {"a": 2, "b": 3, "c": None, "d": False}]
    (tmp_path / "t.parquet").write_bytes(as_parquet(rows))
    types = [str(kind) for kind in parquet.read_table(tmp_path / "t.parquet").schema.types]
    assert types == ["int64", "double", "double", "bool"]


def test_loads_neither_window_nor_torch() -> None:
    modules = "engine.sweeps.sweep, engine.sweeps.plan, engine.sweeps.chart"
    code = f"import sys, {modules}; print(*{{n.partition('.')[0] for n in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100)
    loaded = set(done.stdout.split())
    assert done.returncode == 0 and not loaded & {"PySide6", "pyqtgraph", "vispy", "app", "torch", "matplotlib"}
