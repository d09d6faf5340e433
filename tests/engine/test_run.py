"""The commands without a window, from the arguments to the bytes of the files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from safetensors import safe_open

import main
from engine import cores
from engine.codec import parse, read
from engine.headless import run
from engine.learning.net import restored
from engine.motion.flow import ACCURATE, end_points
from engine.registry import FAMILIES, kinds, knobs
from engine.spec import Experiment, Measure, Training
from engine.velocities.mlp import MLP

ROOT = Path(__file__).parent.parent.parent
SPEC = """
seed = 3
rounds = 2
[source]
kind = "gaussian"
[target]
kind = "file"
path = "data/points.csv"
[coupling]
kind = "independent"
pairs = 200
[velocity]
kind = "mlp"
width = 8
depth = 1
[training]
steps = 30
batch = 32
[measure]
samples = 64
"""
TINY = """
rounds = 1
source = {kind = "gaussian"}
target = {kind = "ring"}
coupling = {kind = "independent", pairs = 100}
velocity = {kind = "mlp", width = 4, depth = 1}
training = {steps = 2, batch = 8}
measure = {samples = 64}
"""
FIGURES = {
    "loss",
    "crossing",
    "fit_gap",
    "straightness",
    "pair_cost",
    "transport_cost",
    "relative_transport_cost",
    "curvature",
    "fit_w2",
    "fit_w2_floor",
    "euler_error",
}

#: What does not apply to points of a file in the plane on straight paths, and to the pairs of a later round.
NOWHERE = {
    "distillation",
    "transform_residual",
    "crossings_1d",
    "crossings_1d_after",
    "map_error",
    "mode_switch",
    "memorisation",
    "finite_by_t",
    "finite_by_t_heldout",
}
FIRST = {"loss_heldout", "loss_by_t_heldout"}
WINDOW = ("PySide6", "shiboken6", "pyqtgraph", "vispy", "app")


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=100)


def files(folder: Path) -> dict[str, bytes]:
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: content for name, content in found.items() if not name.endswith(".lock")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spec with its data, and what two processes made of it."""
    place = tmp_path_factory.mktemp("run")
    (place / "data").mkdir()
    np.savetxt(place / "data" / "points.csv", np.random.default_rng(0).normal(3, 1, (40, 2)), delimiter=",")
    (place / "spec.toml").write_text(SPEC)
    return place


@pytest.fixture(scope="module")
def first(folder: Path) -> subprocess.CompletedProcess[str]:
    """The run as a user starts it, in a process that tells what it imports."""
    command = ["main.py", "run", str(folder / "spec.toml"), "--out", str(folder / "first"), "--device", "cpu"]
    return python("-X", "importtime", *command)


def told(done: subprocess.CompletedProcess[str]) -> tuple[set[str], list[str]]:
    """What a process imported, and what else it said on stderr."""
    lines = done.stderr.splitlines()
    imported = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
    return imported, [line for line in lines if line.strip() and not line.startswith("import time:")]


@pytest.fixture(scope="module")
def metrics(folder: Path, first: subprocess.CompletedProcess[str]) -> dict:
    return json.loads((folder / "first" / "metrics.json").read_text())


def test_run_ends_well_and_loads_no_window(first: subprocess.CompletedProcess[str]) -> None:
    imported, said = told(first)
    assert first.returncode == 0 and said == []
    assert "torch" in imported and not any(name.startswith(WINDOW) for name in imported)
    for word in ("round 1", "round 2", "loss", "euler error, N = 64", "±"):
        assert word in first.stdout


def test_files_of_a_run(folder: Path, first: subprocess.CompletedProcess[str]) -> None:
    assert set(files(folder / "first")) == {
        "metrics.json",
        "experiment.toml",
        "pairs.npz",
        "data/target/points.csv",
        *(f"rounds/{k}.{suffix}" for k in (1, 2) for suffix in ("npz", "safetensors")),
    }


def test_metrics(metrics: dict) -> None:
    assert set(metrics) == {"experiment", "rounds", "about", "made_by"}
    assert [held["round"] for held in metrics["rounds"]] == [1, 2]
    for held in metrics["rounds"]:
        known = set(kinds("metrics")) - NOWHERE - (FIRST if held["round"] > 1 else set())
        assert known >= FIGURES
        assert set(held) - {"closed_form"} == {"round", "standard_error", "velocity"} | known
        for kind in known:
            ladder, error = kinds("metrics")[kind].ladder, held["standard_error"][kind]
            if ladder:
                assert list(held[kind]) == list(error) == [f"{x:g}" for x in ladder]
            for value in (*held[kind].values(), *error.values()) if ladder else (held[kind], error):
                assert isinstance(value, float)
        assert {"1", "2"} <= set(held["euler_error"]) and "0.875" in held["marginal_gap"]
        assert held["velocity"] == "net" and held["loss"] > 0 and held["standard_error"]["fit_w2"] > 0
    beside, errors = metrics["rounds"][0]["closed_form"], metrics["rounds"][0]["standard_error"]["closed_form"]
    assert (
        list(errors) == list(beside) and errors["straightness"] > 0 and list(errors["cost_p"]) == list(beside["cost_p"])
    )
    assert metrics["rounds"][1]["crossing"] < 0.1 * metrics["rounds"][0]["crossing"]


def test_metrics_say_what_they_are(metrics: dict) -> None:
    assert set(metrics["about"]) == set(kinds("metrics")) - NOWHERE
    for kind, about in metrics["about"].items():
        metric = kinds("metrics")[kind]
        assert (about["unit"], about["formula"]) == (metric.unit, metric.formula)
        pairs, clouds = ["pair_cost", "pair_cost_p", "page_crossings", "meetings"], 8 * kind.startswith("marginal_gap")
        assert about["samples"] == (200 if kind in pairs else clouds or 64)


def test_metrics_hold_the_whole_experiment(metrics: dict) -> None:
    asked = metrics["experiment"]
    assert set(asked) == set(Experiment.__struct_fields__)
    assert asked["seed"] == 3 and asked["velocity"]["activation"] == MLP().activation
    assert asked["training"] == msgspec.to_builtins(Training(steps=30, batch=32))
    assert asked["target"]["path"] == "points.csv"  # nothing of where it ran


def test_rounds_hold_the_coupling_and_the_weights(folder: Path, first: subprocess.CompletedProcess[str]) -> None:
    """From the files alone: the net of round 1 takes z0 to z1, and z1 is what round 2 was trained on."""
    rounds = folder / "first" / "rounds"
    with np.load(rounds / "1.npz") as one, np.load(rounds / "2.npz") as two:
        z0, z1 = one["z0"], one["z1"]
        assert z0.shape == z1.shape == (200, 2) and z0.dtype == z1.dtype == np.float64
        assert np.array_equal(two["z0"], z0) and not np.array_equal(two["z1"], z1)
    with safe_open(rounds / "1.safetensors", "pt") as stored:
        part = msgspec.convert(json.loads(stored.metadata()["about"])["velocity"], MLP)
        tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 - not a dictionary
    assert part == MLP(width=8, depth=1)
    assert np.allclose(end_points(restored(part, tensors), z0, ACCURATE), z1, atol=1e-6)


def test_second_run_writes_the_same_bytes(
    folder: Path, first: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    assert main.main(["run", str(folder / "spec.toml"), "--out", str(tmp_path), "--device", "cpu"]) == 0
    one, two = files(folder / "first"), files(tmp_path)
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


def test_written_experiment_reruns_to_the_same_bytes(
    folder: Path, first: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    """In another place, with the original data gone."""
    moved = tmp_path / "moved"
    moved.mkdir()
    for name, content in files(folder / "first").items():
        (moved / name).parent.mkdir(parents=True, exist_ok=True)
        (moved / name).write_bytes(content)
    experiment = read(moved / "experiment.toml")
    assert experiment.target.path == str(moved / "data" / "target" / "points.csv")
    assert main.main(["run", str(moved / "experiment.toml"), "--out", str(tmp_path / "again"), "--device", "cpu"]) == 0
    one, two = files(folder / "first"), files(tmp_path / "again")
    assert [name for name in one if one[name] != two.get(name)] == []


def test_run_into_its_own_folder(folder: Path, tmp_path: Path) -> None:
    """The data of experiment.toml are the copy itself: it must not be copied onto itself, or lost."""
    tiny = TINY.replace('{kind = "ring"}', f'{{kind = "file", path = "{folder / "data" / "points.csv"}"}}')
    (tmp_path / "spec.toml").write_text(tiny)
    assert main.main(["run", str(tmp_path / "spec.toml"), "--out", str(tmp_path / "out"), "--device", "cpu"]) == 0
    before = files(tmp_path / "out")
    again = ["run", str(tmp_path / "out" / "experiment.toml"), "--out", str(tmp_path / "out"), "--device", "cpu"]
    assert main.main(again) == 0
    assert files(tmp_path / "out").keys() == before.keys()
    assert files(tmp_path / "out")["data/target/points.csv"] == before["data/target/points.csv"]


def test_same_bytes_every_time(tmp_path: Path) -> None:
    """Eight runs: an order that is drawn by lot would show."""
    experiment = parse(TINY)
    found = set()
    for k in range(8):
        run(experiment, tmp_path / str(k), "cpu")
        found.add(tuple(sorted(files(tmp_path / str(k)).items())))
    assert len(found) == 1


def test_fewer_rounds_leave_no_old_ones(tmp_path: Path) -> None:
    """A folder holds what its experiment.toml asks for, and nothing of an earlier run."""
    experiment = parse(TINY)
    run(msgspec.structs.replace(experiment, rounds=2), tmp_path / "used", "cpu")
    run(experiment, tmp_path / "used", "cpu")
    run(experiment, tmp_path / "fresh", "cpu")
    assert sorted(files(tmp_path / "used")) == sorted(files(tmp_path / "fresh"))


def test_json_and_other_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--seed is the same as the seed in the spec; a JSON spec is the same as a TOML one."""
    (tmp_path / "a.toml").write_text(TINY)
    plain = msgspec.to_builtins(msgspec.structs.replace(parse(TINY), seed=11))
    (tmp_path / "b.json").write_bytes(msgspec.json.encode(plain))
    base = ["--device", "cpu", "--out"]
    assert main.main(["run", str(tmp_path / "a.toml"), "--seed", "11", *base, str(tmp_path / "a")]) == 0
    assert main.main(["run", str(tmp_path / "b.json"), *base, str(tmp_path / "b")]) == 0
    assert main.main(["run", str(tmp_path / "a.toml"), *base, str(tmp_path / "c")]) == 0
    a, b, c = (files(tmp_path / name)["metrics.json"] for name in "abc")
    assert json.loads(a)["experiment"]["seed"] == 11 and a == b != c
    capsys.readouterr()
    assert main.main(["run", str(tmp_path / "a.toml"), "--seed", "-1", *base, str(tmp_path / "d")]) == 2
    assert capsys.readouterr().err == "seed: -1 is below 0\n"


def test_without_rounds(tmp_path: Path) -> None:
    run(msgspec.structs.replace(parse(TINY), rounds=0), tmp_path, "cpu")
    found = json.loads((tmp_path / "metrics.json").read_text())
    assert found["rounds"] == [] and set(found["about"]) == set(kinds("metrics"))


# --- bad input ---

BAD = {
    "TOML": ("seed = ", "spec.toml: is not valid TOML"),
    "field": ("sede = 1\n" + TINY, "sede: is not a known field; did you mean seed?"),
    "type": ('seed = "x"\n' + TINY, "seed: 'x' is not a whole number"),
    "range": ("dim = 4\n" + TINY, "dim: 4 is above 3"),
    "missing": ("seed = 1", "source: is missing; give it as a table with a kind"),
    "kind": (TINY.replace("ring", "rang"), "target.kind: 'rang' is not known; did you mean 'ring'?"),
    "not finite": (
        TINY.replace('"ring"', '"ring", radius = nan'),
        "target.radius: nan is not a finite number",
    ),
    "no file": (
        TINY.replace('"ring"', '"file", path = "gone.csv"'),
        "target.path: gone.csv: does not exist; choose another file",
    ),
    "no closed form": (
        TINY.replace('{kind = "mlp", width = 4, depth = 1}', '{kind = "exact"}').replace('"ring"', '"checkerboard"'),
        "velocity: no closed form leads to 'checkerboard'; choose a mixture or finite points as target",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_spec_is_one_line(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, sentence = BAD[case]
    (tmp_path / "spec.toml").write_text(text)
    assert main.main(["run", str(tmp_path / "spec.toml"), "--out", str(tmp_path / "out"), "--device", "cpu"]) == 2
    told = capsys.readouterr()
    lines = [line for line in told.err.splitlines() if line.strip()]
    assert len(lines) == 1 and lines[0].startswith(sentence) and not told.out
    assert not (tmp_path / "out" / "metrics.json").exists()


def test_bad_spec_in_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(bytes(range(256)))
    done = python("main.py", "run", str(tmp_path / "binary.toml"), "--out", str(tmp_path / "out"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "binary.toml: is not a text file; a spec is TOML or JSON in UTF-8\n"
    assert not (tmp_path / "out").exists()


def test_spec_or_folder_that_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "spec.toml").write_text(TINY)
    (tmp_path / "file").touch()
    spec, out = str(tmp_path / "spec.toml"), str(tmp_path / "out")
    no_run = f"{tmp_path.name}: is a folder without experiment.toml; open a spec, a project or the folder of a run"
    for arguments, sentence in (
        ([str(tmp_path / "none.toml"), "--out", out], "none.toml: cannot be read (No such file or directory)"),
        ([str(tmp_path), "--out", out], no_run),
        ([spec, "--out", str(tmp_path / "file")], f"{tmp_path / 'file'}: cannot be made a folder (File exists)"),
    ):
        assert main.main(["run", *arguments, "--device", "cpu"]) == 2
        told = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
        assert told == [sentence]


def test_word_that_is_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["rum"]) == 2
    assert capsys.readouterr().err == "rum: is neither a command nor a file; did you mean run?\n"
    assert main.main(["spec.toml", "more"]) == 2


def test_later_round_that_cannot_be_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Finite data has a closed form for the first round alone: what was asked was not done, and the exit says so."""
    spec = TINY.replace('{kind = "mlp", width = 4, depth = 1}', '{kind = "finite data", points = 20}')
    (tmp_path / "spec.toml").write_text(spec.replace("rounds = 1", "rounds = 2"))
    status = main.main(["run", str(tmp_path / "spec.toml"), "--out", str(tmp_path / "out"), "--device", "cpu"])
    assert status != 0
    assert "finite data holds for the first round" in capsys.readouterr().err


def test_diverged_round_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "spec.toml").write_text(TINY.replace("{steps = 2, batch = 8}", "{steps = 500, batch = 8, rate = 10.0}"))
    assert main.main(["run", str(tmp_path / "spec.toml"), "--out", str(tmp_path / "out"), "--device", "cpu"]) == 1
    assert "Training of round 1 diverged at step" in " ".join(capsys.readouterr().err.split())
    held = json.loads((tmp_path / "out" / "metrics.json").read_text())["rounds"]
    assert len(held) == 1 and held[0]["warning"].startswith("Training of round 1 diverged at step")


def test_interruption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("engine.lab.Lab.advance", interrupted)
    (tmp_path / "spec.toml").write_text(TINY)
    assert main.main(["run", str(tmp_path / "spec.toml"), "--out", str(tmp_path / "out"), "--device", "cpu"]) == 130
    assert "Stopped" in capsys.readouterr().err
    assert not (tmp_path / "out" / "metrics.json").exists()


# --- parts ---


def test_parts_lists_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["parts"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for family in FAMILIES:
        start = lines.index(family)  # two families may have parts of one name
        for kind, cls in kinds(family).items():
            at = next(k for k in range(start, len(lines)) if lines[k].startswith(f"  {kind}  -  "))
            for knob in knobs(cls):
                at += 1
                assert lines[at].strip().startswith(f"{knob.name} = ") and lines[at].endswith(knob.tip)
    for section in (Training, Measure):
        for knob in knobs(section):
            assert any(line.strip().startswith(f"{knob.name} = ") and knob.tip in line for line in lines)


def test_parts_names_types_as_people_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["parts"]) == 0
    told = capsys.readouterr().out
    for words in ("whole number, from", "number or list of numbers", "one of silu, tanh", "true or false", "text"):
        assert words in told
    for noise in ("numberss", "typing", "class '", "e+09"):
        assert noise not in told


def test_parts_lists_what_the_window_adds_and_needs_neither_qt_nor_torch() -> None:
    imported, said = told(done := python("-X", "importtime", "main.py", "parts"))
    assert done.returncode == 0 and said == [] and "engine.console" in imported
    assert not any(name.startswith((*WINDOW[:-1], "torch")) for name in imported)
    lines = done.stdout.splitlines()
    for family, kind in (("views", "marginals"), ("layers", "clouds"), ("charts", "ledger"), ("tools", "brush")):
        assert any(line.startswith(f"  {kind}  -  ") and line[-1] == "." for line in lines[lines.index(family) :])


def test_any_number_of_threads_gives_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that is cut into lanes, and plans side by side; metrics.json alone tells how many threads there were."""
    monkeypatch.setattr(cores, "_given", None)
    spec, found = tmp_path / "spec.toml", []
    wide = "velocity = {kind = 'mlp', width = 128, depth = 3}\ntraining = {steps = 2, batch = 1024}"
    few = "measure = {samples = 300, points = 300, ladder = [1, 4]}"
    spec.write_text("\n".join([*TINY.splitlines()[:-3], wide, few]), encoding="utf-8")
    for threads in ("1", "2"):
        out = tmp_path / threads
        assert main.main(["run", str(spec), "--out", str(out), "--threads", threads]) == 0
        assert cores.given() == int(threads)
        files = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
        told = json.loads(files["metrics.json"])
        assert told["made_by"].pop("threads") == int(threads)
        found.append(files | {"metrics.json": json.dumps(told).encode()})
    assert found[0] == found[1]


@pytest.mark.parametrize("threads", ["0", "-2"])
def test_threads_that_cannot_be_are_refused(threads: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "spec.toml"
    spec.write_text(TINY, encoding="utf-8")
    assert main.main(["run", str(spec), "--out", str(tmp_path / "out"), f"--threads={threads}"]) == 2
    assert "threads" in "".join(capsys.readouterr())
    assert not (tmp_path / "out").exists()
