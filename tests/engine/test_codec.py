"""Experiments as text: nothing is lost on the way, and every complaint is one sentence: the place and the remedy."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec
import numpy as np
import pytest
from PIL import Image as Pixels
from PIL import ImageFont

from engine.codec import build, parse, plain, read, to_json, to_toml, write
from engine.distributions.file import File
from engine.distributions.gaussian import Gaussian
from engine.distributions.two_moons import TwoMoons
from engine.laws.stroke import Stroke
from engine.parts import Part, Wrong
from engine.registry import Knob, kinds, knobs
from engine.spec import Experiment, Measure, Training
from engine.writing import write_atomically

ROOT = Path(__file__).parent.parent.parent
PLAIN = Experiment(source=Gaussian(), target=TwoMoons())
SLOTS = {
    "distributions": "target",
    "couplings": "coupling",
    "paths": "path",
    "velocities": "velocity",
    "solvers": "solver",
}
PARTS = [(family, kind) for family in SLOTS for kind in kinds(family)]
TOGETHER = {  # knobs that must fit each other, and those that name files
    "mixture": {
        "means": ((1.5, -2.0), (0.25, 0.0), (3.0, 1e-3)),
        "stds": (0.1, 0.2, 0.0),
        "weights": (1.0, 2.0, 0.5),
        "covariances": ((1.5, -0.3, -0.3, 1 / 3),),
    },
    "gaussian": {"correlation": 0.25},
    "drawn": {
        "dots": ((0.1, 0.2), (1 / 3, -4.0)),
        "arrows": ((0.1, 0.2, 1 / 3, -4.0),),
        "strokes": (
            Stroke("line", ((0.1, 1 / 3), (2.0, 3.0)), 1 / 3, 2, 0.7, (0.0, 1 / 3), holes=((0.1, 1 / 3, 0.0),)),
            Stroke("text", ((0.0, 0.0), (1 / 3, 0.0), (0.0, 1.0)), text='"A', body="round", depth=0.1),
            Stroke("stamp", ((0.0, 0.0), (1.0, 0.0), (0.0, 1 / 3)), law=kinds("distributions")["ring"](noise=1 / 3)),
        ),
        "classes": (3, 0),
    },
    "typed": {"a": "t^2", "b": "1 - t^3"},
    "couplings file": {
        "columns": ("4", "3", "2", "1"),
        "array": "none",
        "encoding": "cp1252",
        "separator": ",",
        "decimal": ".",
        "thousands": "'",
        "missing": ("-200", "x"),
        "header": "none",
    },
    "image": {"by": "red", "threshold": 1 / 3},
    "file": {
        "columns": ("2", "1"),
        "classes": "1",
        "only": ("1",),
        "weights": "2",
        "array": "none",
        "encoding": "cp1252",
        "separator": ",",
        "decimal": ".",
        "thousands": "'",
        "missing": ("-200", "x"),
        "header": "none",
        "origin": (0.1, 1 / 3),
        "unit": (0.5,),
    },
    "curve": {"x": "t^2 - 1", "y": "exp(-t)", "z": "sin(3*t)"},
    "density": {"p": "exp(-r^2)*(x > 0)"},
    "Lissajous": {"frequencies": (1, 2, 3), "phases": (0.1, 1 / 3, 2.0)},
    "gradient map": {"phi": "x^2 + exp(x)"},
    "text": {"text": 'say "ħi"\\'.replace("ħ", "h")},
}


def changed(knob: Knob) -> Any:
    """A value other than the default, in range, with digits to lose."""
    hint, default = knob.type, knob.default
    if get_origin(hint) is Literal:
        return next(choice for choice in get_args(hint) if choice != default)
    if isinstance(default, bool):
        return not default
    if isinstance(default, int):
        return default + 1 if knob.high is None or default < knob.high else default - 1
    if isinstance(default, float):
        return default * 0.7 + 1 / 3 if knob.high is None or knob.high > 1 else default * 0.7
    if knob.name == "grid":
        return "t^2"
    if knob.family:
        return kinds(knob.family)["ring"](noise=1 / 3)
    raise AssertionError(f"{knob.name}: say here how {hint} is changed")


def with_other_knobs(family: str, kind: str, folder: Path) -> Part:
    cls = kinds(family)[kind]
    values = {}
    for knob in knobs(cls):
        if knob.editor == "font":
            values[knob.name] = str(folder / "own.ttf")
            (folder / "own.ttf").write_bytes(ImageFont.load_default(20).font_bytes)
        elif knob.editor == "path":
            path = folder / ("ink.png" if kind == "image" else "points.csv")
            values[knob.name] = str(path)
            Pixels.linear_gradient("L").save(path) if kind == "image" else path.write_text(
                "1,2,3,4\n" if family == "couplings" else "1,2\n3,4\n"
            )
        else:
            values[knob.name] = TOGETHER.get(f"{family} {kind}", TOGETHER.get(kind, {})).get(knob.name) or changed(knob)
    return cls(**values)


@pytest.mark.parametrize("form", ["toml", "json"])
@pytest.mark.parametrize(("family", "kind"), PARTS, ids=lambda value: value)
def test_every_part_survives(family: str, kind: str, form: str, tmp_path: Path) -> None:
    """With every knob off its default; as text, and as a file in another folder than its data."""
    part = with_other_knobs(family, kind, tmp_path)
    default = {knob.name: knob.default for knob in knobs(type(part))}
    assert all(getattr(part, name) != value for name, value in default.items())
    experiment = msgspec.structs.replace(PLAIN, **{SLOTS[family]: part}).check()
    text = (to_toml if form == "toml" else to_json)(experiment)
    again = parse(text, form)
    assert again == experiment and type(getattr(again, SLOTS[family])) is type(part)
    assert (to_toml if form == "toml" else to_json)(again) == text
    (tmp_path / "specs").mkdir()
    file = tmp_path / "specs" / f"spec.{form}"
    write(experiment, file)
    assert read(file) == experiment


@pytest.mark.parametrize("section", [Training, Measure, Experiment])
def test_every_number_survives(section: type) -> None:
    numbers = {k.name: changed(k) for k in knobs(section) if isinstance(k.default, int | float) and k.name != "dim"}
    edit = numbers if section is Experiment else {section.__name__.lower(): section(**numbers)}
    made = msgspec.structs.replace(PLAIN, **edit).check()
    assert made != PLAIN
    assert parse(to_toml(made)) == parse(to_json(made), "json") == made


def test_everything_is_written_out() -> None:
    """A default that changes one day must not change what a file means."""
    written = tomllib.loads(to_toml(PLAIN))
    assert set(written) == set(Experiment.__struct_fields__)
    assert written["branches"] == []
    for name in ("source", "target", "velocity", "solver", "coupling", "path", "reference"):
        part = getattr(PLAIN, name)
        assert set(written[name]) == {"kind", *part.__struct_fields__}
    assert set(written["training"]) == set(Training.__struct_fields__)
    assert json.loads(to_json(PLAIN)) == written == json.loads(json.dumps(plain(PLAIN)))


def test_only_ends_are_required() -> None:
    assert parse('source = {kind = "gaussian"}\ntarget = {kind = "two moons"}') == PLAIN
    assert build({"source": {"kind": "gaussian"}, "target": {"kind": "two moons"}}) == PLAIN


def test_whole_numbers_are_numbers() -> None:
    text = 'source = {kind = "gaussian", mean = [1, 2], std = 3}\ntarget = {kind = "two moons"}'
    assert parse(text).source == Gaussian(mean=(1.0, 2.0), std=3.0)


# --- complaints ---

ENDS = 'source = {kind = "gaussian"}\ntarget = {kind = "two moons"}\n'
FIELDS = ", ".join(Experiment.__struct_fields__)
DISTRIBUTIONS = ", ".join(kinds("distributions"))
COMPLAINTS = {
    # unknown field
    "sede = 1\n" + ENDS: "sede: is not a known field; did you mean seed?",
    "zzz = 1\n" + ENDS: f"zzz: is not a known field; known fields are {FIELDS}",
    ENDS + "[training]\nstep = 5": "training.step: is not a known field; did you mean steps?",
    ENDS + '[velocity]\nkind = "mlp"\nwdith = 3': "velocity.wdith: is not a known field; did you mean width?",
    'source = {kind = "gaussian", qqq = 1}\ntarget = {kind = "gaussian"}': (
        "source.qqq: is not a known field; known fields are kind, mean, std, correlation"
    ),
    # wrong type
    'seed = "x"\n' + ENDS: "seed: 'x' is not a whole number",
    "seed = 1.5\n" + ENDS: "seed: 1.5 is not a whole number",
    "dim = 2.0\n" + ENDS: "dim: 2.0 is not a whole number",
    "seed = 1979-05-27\n" + ENDS: "seed: date is not a whole number",
    'source = {kind = "gaussian", std = "wide"}\ntarget = {kind = "gaussian"}': (
        "source.std: 'wide' is not a number or a list"
    ),
    'source = {kind = "gaussian", mean = ["a", 1]}\ntarget = {kind = "gaussian"}': (
        "source.mean[0]: 'a' is not a number"
    ),
    'source = "gaussian"\ntarget = {kind = "gaussian"}': "source: 'gaussian' is not a table",
    'source = [1]\ntarget = {kind = "gaussian"}': "source: a list is not a table",
    ENDS + "training = 3": "training: 3 is not a table",
    ENDS + '[velocity]\nkind = "mlp"\nactivation = [1]': "velocity.activation: a list is not text in quotes",
    # out of range
    'source = {kind = "gaussian"}\ntarget = {kind = "two moons", noise = -1.0}': "target.noise: -1 is below 0",
    "seed = -1\n" + ENDS: "seed: -1 is below 0",
    "dim = 4\n" + ENDS: "dim: 4 is above 3",
    "rounds = 21\n" + ENDS: "rounds: 21 is above 20",
    ENDS + "[training]\nrate = 0.0": "training.rate: 0 is not above 0",
    ENDS + "[training]\nrate = 1e9": "training.rate: 1e+09 is above 10",
    ENDS + '[solver]\nkind = "euler"\nsteps = 0': "solver.steps: 0 is below 1",
    ENDS + "[measure]\nsamples = 1": "measure.samples: 1 is below 64",
    ENDS + '[coupling]\nkind = "independent"\npairs = 1': "coupling.pairs: 1 is below 2",
    # missing
    'target = {kind = "gaussian"}': "source: is missing; give it as a table with a kind",
    "": "source: is missing; give it as a table with a kind",
    'source = {std = 1.0}\ntarget = {kind = "gaussian"}': "source.kind: is missing; name one of its kinds",
    # wrong dimension
    'source = {kind = "gaussian", mean = [1]}\ntarget = {kind = "gaussian"}': (
        "source.mean: has 1 number, but the dimension is 2; give 2, or a plain number for all axes"
    ),
    'dim = 3\nsource = {kind = "mixture", means = [[1, 2], [0]]}\ntarget = {kind = "gaussian"}': (
        "source.means: has 2 numbers in row 1, but the dimension is 3"
    ),
    # not finite
    'source = {kind = "gaussian", std = nan}\ntarget = {kind = "gaussian"}': "source.std: nan is not a finite number",
    'source = {kind = "gaussian", mean = [inf, 0]}\ntarget = {kind = "gaussian"}': (
        "source.mean: inf is not a finite number"
    ),
    ENDS + "[training]\nema = -inf": "training.ema: -inf is not a finite number",
    # unknown kind
    'source = {kind = "gausian"}\ntarget = {kind = "gaussian"}': (
        "source.kind: 'gausian' is not known; did you mean 'gaussian'?"
    ),
    'source = {kind = "qqqq"}\ntarget = {kind = "gaussian"}': (
        f"source.kind: 'qqqq' is not known; known are {DISTRIBUTIONS}"
    ),
    'source = {kind = 1}\ntarget = {kind = "gaussian"}': f"source.kind: 1 is not known; known are {DISTRIBUTIONS}",
    ENDS + '[solver]\nkind = "rk5"': "solver.kind: 'rk5' is not known; did you mean 'rk4'?",
    ENDS + '[velocity]\nkind = "mlp"\nactivation = "silo"': (
        "velocity.activation: 'silo' is not known; did you mean 'silu'?"
    ),
    # data
    'source = {kind = "file", path = "/nowhere/x.csv"}\ntarget = {kind = "gaussian"}': (
        "source.path: x.csv: does not exist; choose another file"
    ),
    'source = {kind = "file"}\ntarget = {kind = "gaussian"}': "source.path: no file is chosen; open one",
}


@pytest.mark.parametrize(("text", "sentence"), COMPLAINTS.items(), ids=[v[:60] for v in COMPLAINTS.values()])
def test_complaint(text: str, sentence: str) -> None:
    with pytest.raises(Wrong) as caught:
        parse(text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"seed": 1', "the spec: is not valid JSON (Input data was truncated)"),
        ("[1]", "the spec: a list is not a table"),
        ("null", "the spec: nothing is not a table"),
        ('{"source": null, "target": {"kind": "gaussian"}}', "source: nothing is not a table"),
        ('{"source": {"kind": "ring"}, "target": {"kind": "ring"}, "seed": "a"}', "seed: 'a' is not a whole number"),
        ('{"seed": NaN}', "the spec: is not valid JSON (JSON is malformed: invalid character (byte 9))"),
    ],
)
def test_complaint_about_json(text: str, sentence: str) -> None:
    with pytest.raises(Wrong) as caught:
        parse(text, "json")
    assert str(caught.value) == sentence


@pytest.mark.parametrize("text", ["seed = 1\nseed = 2", "seed =", "{}", "\0", ENDS + "[source.x]"])
def test_complaint_about_toml(text: str) -> None:
    """With the line, where the reader of TOML tells it."""
    with pytest.raises(Wrong, match=r"^the spec: is not valid TOML \(.*(line|end of document).*\)$"):
        parse(text)


# --- files ---


def complaint(path: Path) -> str:
    with pytest.raises(Wrong) as caught:
        read(path)
    return str(caught.value)


def test_file_that_is_no_spec(tmp_path: Path) -> None:
    binary = tmp_path / "binary.toml"
    binary.write_bytes(bytes(range(256)))
    assert complaint(binary) == "binary.toml: is not a text file; a spec is TOML or JSON in UTF-8"
    assert complaint(tmp_path) == f"{tmp_path.name}: cannot be read (it is a folder)"
    assert complaint(tmp_path / "gone.toml") == "gone.toml: cannot be read (No such file or directory)"
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    assert complaint(broken) == "broken.json: is not valid JSON (Input data was truncated)"


def test_signature_of_windows_editors_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbf" + ENDS.encode())
    assert read(tmp_path / "a.toml") == PLAIN


def test_data_files_are_relative_to_the_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the program stands; the folder can be moved as a whole."""
    folder = tmp_path / "here"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "points.csv").write_text("1,2\n3,4\n")
    spec = folder / "spec.toml"
    spec.write_text('source = {kind = "gaussian"}\ntarget = {kind = "file", path = "data/points.csv"}')
    found = read(spec)
    assert found.target.path == str(folder / "data" / "points.csv")
    write(found, spec)
    assert tomllib.loads(spec.read_text())["target"]["path"] == "data/points.csv"
    write(found, tmp_path / "beside.json")
    assert json.loads((tmp_path / "beside.json").read_text())["target"]["path"] == "here/data/points.csv"
    monkeypatch.chdir(tmp_path)
    assert read("here/spec.toml") == found
    shutil.move(folder, tmp_path / "there")
    assert read(tmp_path / "there" / "spec.toml").target.path == str(tmp_path / "there" / "data" / "points.csv")
    shutil.rmtree(tmp_path / "there" / "data")
    assert complaint(tmp_path / "there" / "spec.toml") == "target.path: points.csv: does not exist; choose another file"


def test_text_without_a_folder_keeps_its_paths(tmp_path: Path) -> None:
    (tmp_path / "points.npy").touch()
    np.save(tmp_path / "points.npy", np.zeros((3, 2)))
    experiment = msgspec.structs.replace(PLAIN, target=File(path=str(tmp_path / "points.npy")))
    assert tomllib.loads(to_toml(experiment))["target"]["path"] == str(tmp_path / "points.npy")


def test_write_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that refuses halfway: the old file is whole, and no scratch file is left."""
    spec = tmp_path / "spec.toml"
    write(PLAIN, spec)
    before = spec.read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for name, owner in (("replace", os), ("fsync", os)):
        with monkeypatch.context() as broken:
            broken.setattr(owner, name, refuse)
            with pytest.raises(Wrong) as caught:
                write(msgspec.structs.replace(PLAIN, seed=7), spec)
        assert str(caught.value) == "spec.toml: cannot be written (No space left on device)"
        assert spec.read_bytes() == before and os.listdir(tmp_path) == ["spec.toml"]
    write(msgspec.structs.replace(PLAIN, seed=7), spec)
    assert read(spec).seed == 7 and os.listdir(tmp_path) == ["spec.toml"]


def test_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    """A process that rewrites a file over and over: every look at it is a whole one."""
    code = (
        "import sys; from pathlib import Path; from engine.writing import write_atomically as w\n"
        "print(flush=True)\n"
        "for k in range(10**9): w(Path(sys.argv[1]), bytes([65 + k % 26]) * 100_000)"
    )
    file = tmp_path / "file"
    write_atomically(file, b"A" * 100_000)
    writer = subprocess.Popen([sys.executable, "-c", code, str(file)], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        writer.stdout.readline()
        for _ in range(300):
            content = file.read_bytes()
            assert len(content) == 100_000 and len(set(content)) == 1
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()
    assert len(set(file.read_bytes())) == 1


def test_write_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(Wrong, match=r"spec\.toml: cannot be written \(No such file or directory\)"):
        write(PLAIN, tmp_path / "nowhere" / "spec.toml")
