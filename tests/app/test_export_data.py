"""Numbers and text that leave the window: every kind in every format, read back by the programs they are for."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load

from app.export.data.figures import tex
from app.export.datum import Datum, Matter, data
from app.export.frozen import Frozen
from app.export.page import Page
from app.scene import compose
from app.scene.look import Look
from app.scene.view import View
from engine import registry
from engine.cloud_files import SUFFIXES
from engine.codec import build
from engine.parts import Wrong
from engine.reading.choice import Choice
from engine.reading.clouds import cloud
from engine.weights import as_onnx
from tests.app import snapshots

SPEC = {
    "source": {"kind": "gaussian"},
    "target": {"kind": "two modes"},
    "coupling": {"kind": "independent", "pairs": 300},
    "training": {"steps": 15, "batch": 64},
    "measure": {"samples": 64, "points": 64, "ladder": [1, 2]},
    "rounds": 2,
    "seed": 5,
}
EVERY = [(cls.__struct_config__.tag, suffix) for cls in data() for suffix in cls.suffixes]


@pytest.fixture(scope="module")
def matter(qapp) -> Matter:
    """A trained net, with all that any kind needs."""
    frozen, look, page = Frozen(build(SPEC), device="cpu"), Look(t=0.3), Page(charts=True)
    found = Matter(frozen.known(()), look, page)
    probes = tuple(dict.fromkeys(probe for cls in data() for probe in cls().needs(found)))
    made = Matter(frozen.known(probes), look, page)
    ROUNDS[id(made.snapshot.spec)] = frozen.lab.kept()
    return made


def content(matter: Matter, kind: str, suffix: str) -> bytes:
    return registry.kinds(Datum.family)[kind]().content(matter, suffix)


def rows(matter: Matter, kind: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content(matter, kind, ".csv").decode())))


def arrays(matter: Matter, kind: str) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(content(matter, kind, ".npz")), allow_pickle=False) as file:
        return dict(file)


@pytest.mark.parametrize(("kind", "suffix"), EVERY)
def test_every_kind_in_every_format(matter: Matter, kind: str, suffix: str) -> None:
    """Not empty; the same again; and before there is anything, a sentence."""
    made = content(matter, kind, suffix)
    assert len(made) > 50
    if suffix != ".npz":  # whose entries have their time
        assert content(matter, kind, suffix) == made
    nothing = Matter(snapshots.empty(), matter.look, matter.page)
    if kind not in ("script", "source", "target"):
        with pytest.raises(Wrong) as caught:
            content(nothing, kind, suffix)
        assert "\n" not in str(caught.value)


def test_pairs_and_trajectories(matter: Matter) -> None:
    """NPZ and CSV hold the same numbers, and these are the round's own."""
    ends, traced = arrays(matter, "pairs"), arrays(matter, "trajectories")
    assert ends["x0"].shape == ends["x1"].shape == (300, 2)
    assert traced["z"].shape == (len(traced["times"]), 300, 2)
    np.testing.assert_allclose(traced["z"][0], ends["x0"], atol=1e-6)
    table = rows(matter, "pairs")
    assert list(table[0])[:5] == ["particle", "x0", "y0", "x1", "y1"]
    np.testing.assert_allclose([[float(row[c]) for c in ("x1", "y1")] for row in table], ends["x1"])
    path = [row for row in rows(matter, "trajectories") if row["particle"] == "7"]
    np.testing.assert_allclose([[float(row["x"]), float(row["y"])] for row in path], traced["z"][:, 7])
    np.testing.assert_allclose([float(row["t"]) for row in path], traced["times"])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_any_cloud_can_be_had_and_loaded_again(matter: Matter, tmp_path: Path, suffix: str) -> None:
    """What was drawn or loaded comes back exactly; samples are of the law; what was generated is where the
    flow ends."""
    drawn = [[0.5, 1.25], [3.0, -2.0], [1e-3, 7.0]]
    spec = build({**SPEC, "source": {"kind": "drawn", "dots": drawn}})
    snapshot = replace(matter.snapshot, spec=spec)
    found = {}
    for kind in ("source", "target", "generated"):
        path = tmp_path / f"{kind}{suffix}"
        path.write_bytes(content(Matter(snapshot, matter.look, matter.page), kind, suffix))
        found[kind] = cloud(str(path), 2, Choice(columns=("x", "y")) if suffix != ".npy" else Choice())
    np.testing.assert_array_equal(found["source"], drawn)
    assert found["target"].shape == (20_000, 2)
    assert found["target"].std(axis=0) == pytest.approx(
        spec.target.sample(20_000, 2, np.random.default_rng(1)).std(axis=0), rel=0.05
    )
    ends = arrays(matter, "trajectories")["z"][-1]
    np.testing.assert_allclose(found["generated"][: len(ends)], ends, atol=1e-5)


@pytest.mark.parametrize("view", tuple(registry.kinds(View.family)))
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_behind_any_picture(qapp, view: str, dim: int) -> None:
    """All that is drawn is in both files, in data coordinates."""
    snapshot, look = snapshots.snapshot(dim, n=60, training=False), Look(view=view)
    matter = Matter(snapshot, look, Page(charts=True))
    about = json.loads(str(arrays(matter, "picture")["about"]))
    drawn = [
        *compose.view(look).panels(snapshot, look),
        *(compose.chart_of(n).panel(snapshot, look) for n in look.charts),
    ]
    assert [panel["title"] for panel in about] == [panel.title for panel in drawn]
    assert [len(panel["marks"]) for panel in about] == [len(panel.marks) + len(panel.other) for panel in drawn]
    table = rows(matter, "picture")
    assert {row["panel"] for row in table} == {p.title.partition("   ")[0] for p in drawn if p.marks or p.other}
    if view == "crossings":
        found = arrays(matter, "picture")
        lines = next(m for m in about[0]["marks"] if m["is"] == "lines")
        xy = found[next(name for name in lines["arrays"] if name.endswith("_xy"))]
        assert xy.shape[-1] == dim
        mine = [row for row in table if row["mark"] == f"{lines['mark']} lines" and row["panel"] == "Interpolation"]
        names = "xyz"[:dim]
        np.testing.assert_allclose([[float(row[n]) for n in names] for row in mine], xy.reshape(-1, dim), rtol=1e-6)
        assert float(mine[0]["t"]) == 0.0


def test_figures(matter: Matter) -> None:
    """CSV has every digit, the other two what people read."""
    table = rows(matter, "figures")
    view = matter.snapshot.rounds[2]
    S = next(row for row in table if (row["round"], row["figure"]) == ("2", "straightness"))
    assert float(S["value"]) == view.figures.single["straightness"].value
    assert float(S["standard_error"]) == view.figures.single["straightness"].error
    rungs = [row["rung"] for row in table if (row["round"], row["figure"]) == ("1", "euler_error")]
    assert [float(x) for x in rungs] == [1.0, 2.0]
    markdown = content(matter, "figures", ".md").decode().splitlines()
    assert markdown[0] == "|  | round 1 | round 2 |"
    assert len({line.count("|") for line in markdown}) == 1
    latex = content(matter, "figures", ".tex").decode()
    assert latex.startswith("\\begin{tabular}{lrr}\n\\hline\n & round 1 & round 2 \\\\")
    assert latex.isascii(), set(re.findall(r"[^\x00-\x7f]", latex))
    assert {line.count(" & ") for line in latex.splitlines() if line.endswith("\\\\")} == {2}


def test_latex_of_numbers() -> None:
    assert tex("5.7·10⁻⁵ ± 3 000") == r"5.7$\cdot$10$^{-5}$ $\pm$ 3 000"
    assert tex("a_b & 50 %") == r"a\_b \& 50 \%"
    assert tex("E|X1−X0|²") == r"E$|$X1$-$X0$|$$^{2}$"


def test_the_script_makes_the_same_experiment(matter: Matter, capsys: pytest.CaptureFixture) -> None:
    """Run as a person would: it trains, and its figures are those of the picture."""
    script = content(matter, "script", ".py").decode()
    assert len(script.splitlines()) < 40
    names: dict = {"__name__": "__main__"}
    exec(compile(script, "experiment.py", "exec"), names)
    assert names["asked"] == matter.snapshot.spec
    found = names["result"].rounds["2"].figures["straightness"].value
    assert found == matter.snapshot.rounds[2].figures.single["straightness"].value
    assert "straightness" in capsys.readouterr().out


def test_every_preset_as_a_script() -> None:
    from app.presets import presets
    from engine.script import as_python

    for preset in presets():
        names: dict = {"__name__": "experiment"}
        exec(compile(as_python(preset.experiment()), preset.name, "exec"), names)
        assert names["asked"] == preset.experiment(), preset.name


# weights


def test_safetensors(matter: Matter) -> None:
    """Those of the net, by the names that a run writes."""
    found = load(content(matter, "weights", ".safetensors"))
    assert {"norm", "layer0.weight", "layer0.bias", "layer3.weight"} <= set(found)
    assert found["layer3.bias"].shape == (2,)


NETS = [
    {"kind": "mlp", "width": 16, "depth": 2, "activation": activation, "time_features": 2 * k, "fourier": 3 * (k % 2)}
    for k, activation in enumerate(("silu", "tanh", "gelu", "relu", "selu"))
] + [
    {"kind": "residual", "width": 12, "depth": 2, "expansion": 2},
    {"kind": "residual", "width": 12, "depth": 2, "linear_stream": True, "time_features": 3, "fourier": 4},
]


@pytest.mark.parametrize("velocity", NETS, ids=lambda net: f"{net['kind']}-{net.get('activation', '')}-{len(net)}")
@pytest.mark.parametrize("dim", [1, 3])
def test_onnx_computes_the_same_velocity(velocity: dict, dim: int) -> None:
    """By the runtime that others use, for any number of points."""
    import onnxruntime

    from engine.lab import Lab
    from engine.probe import answered
    from engine.probes.weights import Weights

    lab = Lab("cpu")
    lab.adopt(build(SPEC | {"dim": dim, "velocity": velocity, "rounds": 1, "training": {"steps": 3, "batch": 32}}))
    while not (lab.tree() and lab.tree()[0][1].v is not None):
        lab.advance(0.5)
    held = lab.tree()[0][1]
    subject = held.subject(lab.experiment.solver, lab.experiment.seed)
    session = onnxruntime.InferenceSession(as_onnx(answered(Weights(), subject)), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(1)
    for n in (1, 50):
        x, t = 3 * rng.standard_normal((n, dim)).astype(np.float32), rng.random((n, 1)).astype(np.float32)
        (made,) = session.run(["v"], {"x": x, "t": t})
        from engine.fields.field import evaluate

        wanted = evaluate(held.v, x, t)
        np.testing.assert_allclose(made, wanted, rtol=2e-4, atol=2e-5 * np.abs(wanted).max())


def test_without_a_net_there_are_no_weights(qapp) -> None:
    with pytest.raises(Wrong, match="has no net"):
        content(Matter(snapshots.snapshot(n=20), Look(), Page()), "weights", ".onnx")


def test_without_the_library_it_is_said(matter: Matter, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(Wrong, match=r"pip install rewire\[onnx\]"):
        content(matter, "weights", ".onnx")


@pytest.mark.parametrize("one", data(), ids=lambda one: one.__struct_config__.tag)
def test_every_kind_without_a_window(matter: Matter, tmp_path: Path, one: type[Datum]) -> None:
    """By the command, from a project that is not trained again: the same numbers as in the window."""
    from main import main

    kind = one.__struct_config__.tag
    paths = {suffix: tmp_path / f"a{suffix.upper()}" for suffix in one.suffixes}
    asked = ["data", str(project(matter, tmp_path)), "--what", kind, "--t", "0.3", "--charts", "--device", "cpu"]
    assert main([*asked, *(word for path in paths.values() for word in ("--out", str(path)))]) == 0
    for suffix, path in paths.items():
        made, wanted = path.read_bytes(), content(matter, kind, suffix)
        if suffix == ".npz":
            with np.load(io.BytesIO(made)) as mine, np.load(io.BytesIO(wanted)) as other:
                assert list(mine) == list(other)
                for name in mine:
                    np.testing.assert_array_equal(mine[name], other[name])
        else:
            both = zip(made.split(b"\n"), wanted.split(b"\n"), strict=True)
            assert not [(a, b) for a, b in both if a != b]


def project(matter: Matter, folder: Path) -> Path:
    from engine.projects.project import Project
    from engine.projects.writer import write

    write(Project(matter.snapshot.spec, ROUNDS[id(matter.snapshot.spec)]), folder / "a.rewire")
    return folder / "a.rewire"


ROUNDS: dict[int, tuple] = {}  # of the experiment, as they were kept


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--what", "figurs", "--out", "a.csv"), "what: 'figurs' is not known; did you mean 'figures'?"),
        (("--out", "a.npz"), "a.npz: is not the name of such a file; figures can be had as .csv or .md or .tex"),
        ((), "out: is missing; name a file, a.csv say"),
        (("--out", "/no/such/folder/a.csv"), "a.csv: cannot be written: there is no folder /no/such/folder"),
    ],
)
def test_what_is_asked_wrongly(capsys: pytest.CaptureFixture, qapp, arguments: tuple[str, ...], told: str) -> None:
    from main import main

    assert main(["data", "no.toml", *arguments]) == 2
    assert capsys.readouterr().err.strip() == told
