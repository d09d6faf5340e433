"""The engine as a library: the lines of the README as they stand there, and what a notebook leans on."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import engine
from engine.evidence.estimate import Estimate
from engine.parts import Wrong

ROOT = Path(__file__).parent.parent.parent
TINY = {
    "training": {"steps": 60, "batch": 64},
    "coupling": {"kind": "independent", "pairs": 500},
    "measure": {"samples": 256},
}


def block() -> str:
    """The code of "As a library"."""
    section = (ROOT / "README.md").read_text("utf-8").partition("## As a library")[2]
    return re.search(r"```python\n(.*?)```", section, re.DOTALL)[1]


def test_the_lines_of_the_readme() -> None:
    """In a process of its own: at most ten lines, no window, no thread that stays; figures as in closed form."""
    assert len([line for line in block().splitlines() if line.strip()]) <= 10
    told = """
import sys, threading, time
end = time.monotonic() + 20
while threading.active_count() > 1 and time.monotonic() < end:  # what trained beside ends by itself after a second
    time.sleep(0.05)
assert not [name for name in sys.modules if name.startswith(("PySide6", "pyqtgraph", "vispy"))]
assert threading.active_count() == 1
shapes = [a.shape for a in (x0, x1, z1, velocity, times, z)]
print(V.value, first.reference["straightness"].value, *shapes)
"""
    code = "import warnings; warnings.simplefilter('error')\n" + block() + told
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    V, S, *shapes = done.stdout.split(maxsplit=2)
    assert float(V) == pytest.approx(np.pi, rel=1e-3) and float(S) == pytest.approx(2 * (2 - np.pi / 2), rel=1e-2)
    n = int(re.match(r"\((\d+), 2\)", shapes[0])[1])
    assert shapes[0].strip() == f"({n}, 2) ({n}, 2) ({n}, 2) (100, 2) (33,) (33, 100, 2)"


@pytest.fixture(scope="module")
def result() -> engine.Result:
    asked = engine.experiment("gaussian", {"kind": "gaussian", "mean": 3.0}, seed=3, rounds=2, **TINY)
    before = threading.active_count()
    found = engine.run(asked, device="cpu")
    end = time.monotonic() + 20
    while threading.active_count() > before and time.monotonic() < end:  # what trained beside ends after a second
        time.sleep(0.05)
    assert threading.active_count() == before
    return found


def test_a_result_is_arrays_and_figures(result: engine.Result) -> None:
    assert list(result.rounds) == ["1", "2"] and not result.message and "2 of 2 rounds" in repr(result)
    for round in result.rounds.values():
        assert {a.dtype for a in (round.x0, round.x1, round.z1)} == {np.dtype(np.float64)}
        assert isinstance(round.figures["straightness"], Estimate)
        assert isinstance(round.figures["euler_error"][4], Estimate) and round.losses.shape[1] == 2
    first, second = result.rounds.values()
    assert np.array_equal(second.x1, first.z1) and first.reference["straightness"].n == 256


def test_the_velocity_takes_arrays_of_any_shape_that_means_points(result: engine.Result) -> None:
    v, x = result.rounds["1"].v, np.random.default_rng(0).standard_normal((5, 2))
    whole = v(x, 0.3)
    assert whole.shape == (5, 2) and whole.dtype == np.float64 and isinstance(whole, np.ndarray)
    for times in (np.full(5, 0.3), np.full((5, 1), 0.3), [0.3] * 5, np.float32(0.3), np.array(0.3)):
        np.testing.assert_allclose(v(x, times), whole, atol=1e-5)
    np.testing.assert_allclose(v(x[0], 0.3), whole[0], atol=1e-6)
    np.testing.assert_allclose(v(x.tolist(), 0.3), whole, atol=1e-6)
    np.testing.assert_allclose(v(x.astype(np.float32), 0.3), whole, atol=1e-5)
    assert v(np.zeros((0, 2)), 0.5).shape == (0, 2)
    frozen = x.copy()
    frozen.flags.writeable = False
    np.testing.assert_allclose(v(frozen, 0.3), whole, atol=1e-6)


@pytest.mark.parametrize(
    ("x", "t", "sentence"),
    [
        (np.zeros((4, 3)), 0.5, "x: has the shape (4, 3); give points (n, 2), or one point (2,)"),
        (np.zeros((2, 4, 2)), 0.5, "x: has the shape (2, 4, 2); give points (n, 2), or one point (2,)"),
        (0.5, 0.5, "x: has the shape (); give points (n, 2), or one point (2,)"),
        (
            np.zeros((4, 2)),
            np.zeros(3),
            "t: has the shape (3,); give a number, (4,) or (4, 1), one time for each point",
        ),
        (np.zeros((4, 2)), np.zeros((1, 4)), "t: has the shape (1, 4); give a number, (4,) or (4, 1), one time"),
        (np.zeros((4, 2)), 1.5, "t: 1.5 is not between 0 and 1"),
        (np.full((4, 2), np.nan), 0.5, "x: holds numbers that are not finite"),
        ("points", 0.5, "x: is not an array of numbers"),
        (np.zeros((4, 2)), None, "t: "),
    ],
)
def test_wrong_shapes_get_one_sentence(result: engine.Result, x: object, t: object, sentence: str) -> None:
    with pytest.raises(Wrong) as said:
        result.rounds["1"].v(x, t)
    assert str(said.value).startswith(sentence) and isinstance(said.value, ValueError)


def test_trajectories_start_where_they_are_told(result: engine.Result) -> None:
    round, x = result.rounds["1"], np.array([[0.0, 1.0], [2.0, -1.0]])
    times, z = round.trajectories(x, steps=5)
    assert times.tolist() == pytest.approx(np.linspace(0, 1, 6).tolist()) and z.shape == (6, 2, 2)
    assert np.allclose(z[0], x) and round.trajectories(x[0], steps=5)[1].shape == (6, 2)
    by_hand, state = x.copy(), result.experiment.solver
    for k in range(5):
        by_hand = by_hand + 0.2 * round.v(by_hand, 0.2 * k)
    if state.kind == "euler":
        np.testing.assert_allclose(z[-1], by_hand, atol=1e-4)
    for bad in (0, 1.5, True, "ten"):
        with pytest.raises(Wrong, match="steps"):
            round.trajectories(x, steps=bad)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"source": "gausian"}, "source.kind: 'gausian' is not known; did you mean 'gaussian'?"),
        ({"source": {"kind": "gaussian", "std": "wide"}}, "source.std: 'wide' is not a number"),
        ({"rounds": 2.5}, "rounds: 2.5 is not a whole number"),
        ({"training": {"stepz": 3}}, "training.stepz: is not a known field; did you mean steps?"),
        ({"source": 3}, "source: 3 is not a table"),
    ],
)
def test_complaints_are_those_about_spec_files(given: dict, sentence: str) -> None:
    with pytest.raises(Wrong) as said:
        engine.experiment(**{"source": "gaussian", "target": "ring", **given})
    assert str(said.value).startswith(sentence)


def test_numbers_may_be_those_of_numpy_and_parts_values() -> None:
    made = engine.experiment(
        engine.kinds("distributions")["gaussian"](std=2.0),
        {"kind": "mixture", "means": np.array([[0.0, 1.0], [2.0, 3.0]]), "stds": (0.5, 0.5), "weights": np.ones(2)},
        seed=np.int64(4),
    )
    assert made.source.std == 2.0 and made.target.means == ((0.0, 1.0), (2.0, 3.0)) and made.seed == 4


def test_files_are_those_of_the_command(tmp_path: Path, result: engine.Result) -> None:
    again = engine.run(result.experiment, tmp_path / "out", device="cpu")
    assert (tmp_path / "out" / "metrics.json").is_file()
    assert engine.read(tmp_path / "out" / "experiment.toml") == result.experiment
    assert np.array_equal(again.rounds["2"].z1, result.rounds["2"].z1)
    kept = np.load(tmp_path / "out" / "rounds" / "1.npz")
    assert np.array_equal(kept["z1"], result.rounds["1"].z1)


def test_an_interruption_keeps_what_is_finished() -> None:
    asked = engine.experiment("gaussian", "gaussian", rounds=2, **{**TINY, "training": {"steps": 400, "batch": 64}})

    def stop(words: str) -> None:
        if words.startswith("round 2 of 2: training"):
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="Interrupted"):
        found = engine.run(asked, device="cpu", progress=stop)
    assert list(found.rounds) == ["1"] and found.message.startswith("Interrupted") and found.rounds["1"].figures
    with pytest.raises(KeyboardInterrupt):  # nothing is finished: nothing to give
        engine.run(asked, device="cpu", progress=lambda words: (_ for _ in ()).throw(KeyboardInterrupt))


def test_what_cannot_be_says_why() -> None:
    with pytest.raises(Wrong, match="no closed form starts from 'uniform box'"):
        engine.run(engine.experiment("uniform box", "gaussian", velocity="exact", **TINY), device="cpu")
    with pytest.raises(Wrong, match=r"engine\.experiment\(\.\.\.\)"):
        engine.run({"source": "gaussian"})


def test_the_import_costs_nothing_and_names_are_found() -> None:
    show = "print(*sys.modules, sep='\\n')"
    code = f"import sys, engine; {show}; engine.experiment; print('--'); {show}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    first, _, later = done.stdout.partition("--")
    assert "numpy" not in first.split() and "torch" not in later.split() and "numpy" in later.split()
    for name in engine.__all__:
        assert getattr(engine, name) is not None and name in dir(engine)
    with pytest.raises(AttributeError, match="no attribute 'tensor'"):
        engine.tensor  # noqa: B018
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert engine.__version__


@pytest.mark.usefixtures("parts_as_they_were")
def test_a_notebooks_part_says_in_the_file_that_nobody_can_read_it(tmp_path: Path) -> None:
    """A warning while it runs, a comment in experiment.toml, and one sentence for whoever reads it elsewhere."""

    @engine.part
    class Blob(engine.Distribution, frozen=True, tag="blob of mine"):
        """Normal."""

        def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
            return rng.normal(size=(n, dim))

    asked = engine.experiment("blob of mine", "ring", **{**TINY, "training": {"steps": 2, "batch": 8}}, rounds=1)
    with pytest.warns(UserWarning, match="source: 'blob of mine' is defined in this session alone"):
        engine.run(asked, tmp_path / "out", device="cpu")
    first = (tmp_path / "out" / "experiment.toml").read_text().splitlines()[0]
    assert first.startswith("# source: 'blob of mine' was defined in a notebook") and first.endswith("plug-in file.")
    assert engine.read(tmp_path / "out" / "experiment.toml") == asked  # in this session
    command = [
        sys.executable,
        "main.py",
        "run",
        str(tmp_path / "out" / "experiment.toml"),
        "--out",
        str(tmp_path / "b"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 2 and done.stderr.startswith("source.kind: 'blob of mine' is not known; ")
    assert done.stderr.count("\n") == 1


def test_a_net_as_a_file(result: engine.Result, tmp_path: Path) -> None:
    """The whole velocity for other programs, or the weights; anything else is told."""
    import onnxruntime
    from safetensors.numpy import load_file

    first = result.rounds["1"]
    first.save(tmp_path / "v.onnx")
    first.save(str(tmp_path / "v.safetensors"))
    session = onnxruntime.InferenceSession(tmp_path / "v.onnx", providers=["CPUExecutionProvider"])
    x, t = first.x0[:40].astype(np.float32), np.full((40, 1), 0.25, np.float32)
    np.testing.assert_allclose(session.run(["v"], {"x": x, "t": t})[0], first.v(x, t), rtol=1e-3, atol=1e-4)
    assert "layer0.weight" in load_file(tmp_path / "v.safetensors")
    with pytest.raises(Wrong, match=r"end it in .safetensors or .onnx"):
        first.save(tmp_path / "v.pt")
    exact = engine.run(engine.experiment("gaussian", "gaussian", velocity="exact", rounds=1, **TINY), device="cpu")
    with pytest.raises(Wrong, match="round 1 has no net"):
        exact.rounds["1"].save(tmp_path / "w.onnx")
