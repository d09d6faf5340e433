"""A user's own parts: from a file, a folder or a package, wherever the program's own are; and what is refused."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import pytest

import main
from engine import plugins, registry
from engine.codec import build, parse, plain, read, to_json, to_toml, write
from engine.distributions.gaussian import Gaussian
from engine.parts import Distribution, Wrong, knob
from engine.provenance import fingerprint
from engine.registry import complaints, kinds, knobs, origin, part, plug_in
from engine.spec import Experiment
from engine.sweeps.plan import plan

ROOT = Path(__file__).parent.parent.parent
LAWS = '''
"""Laplace coordinates, a coupling that turns the target round, and a figure."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from engine.evidence.estimate import Estimate
from engine.evidence.metric import Metric
from engine.parts import Coupling, Distribution, Pairs, knob
from engine.registry import part


@part
class Laplace(Distribution, frozen=True, tag="laplace"):
    """Each coordinate Laplace about 0."""

    about = "Independent coordinates with density exp(-|x|/b) / 2b."

    scale: Annotated[float, knob("scale b", above=0.0, high=100.0, tip="Standard deviation √2 b.")] = 1.0

    def sample(self, n, dim, rng):
        return rng.laplace(0.0, self.scale, (n, dim))


@part
class Upside(Coupling, frozen=True, tag="upside down"):
    """Row i with row n - i."""

    pairs: Pairs = 1000

    def pair(self, x0, x1, rng):
        return x0, x1[::-1]


@part
class Answer(Metric, frozen=True, tag="answer"):
    """Always 42."""

    label, formula, group = "the answer", "42", "cost"

    def of(self, evidence):
        return Estimate(42.0)
'''
ASKED = {
    "rounds": 1,
    "source": {"kind": "laplace", "scale": 0.5},
    "target": {"kind": "gaussian"},
    "coupling": {"kind": "upside down", "pairs": 100},
    "velocity": {"kind": "mlp", "width": 4, "depth": 1},
    "training": {"steps": 2, "batch": 8},
    "measure": {"samples": 64},
}


@pytest.fixture
def own(tmp_path: Path, parts_as_they_were: None) -> Path:
    """A folder with the plug-in my_laws, which is not loaded."""
    folder = tmp_path / "own"
    folder.mkdir(mode=0o755)
    written(folder, "my_laws", LAWS)
    return folder


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / f"{name}.py"
    file.write_text(text)
    file.chmod(0o644)
    return file


def touching(path: Path) -> str:
    """A plug-in that is known to have run."""
    return f"from pathlib import Path\nPath({str(path)!r}).touch()\n"


def refused(path: Path) -> str:
    with pytest.raises(Wrong) as caught:
        plug_in(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def rewire(*arguments: str | Path, **variables: str | Path) -> subprocess.CompletedProcess:
    """The program in a process of its own, which knows of plug-ins what the variables say."""
    told = {name: value for name, value in os.environ.items() if name != plugins.VARIABLE}
    told |= {"PYTHONPATH": str(ROOT)} | {name: str(value) for name, value in variables.items()}
    arguments = [sys.executable, str(ROOT / "main.py"), *map(str, arguments)]
    return subprocess.run(arguments, env=told, capture_output=True, text=True, timeout=100)


# --- a part that comes late is a part like any other ---


def test_everywhere(own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """engine.spec was imported long before."""
    plug_in(own / "my_laws.py")
    assert "laplace" in kinds("distributions") and "upside down" in kinds("couplings") and "answer" in kinds("metrics")
    experiment = build(ASKED)
    assert type(experiment.source) is kinds("distributions")["laplace"] and experiment.source.scale == 0.5
    assert experiment == build(ASKED) != build(ASKED | {"source": {"kind": "laplace"}})
    for text, form in ((to_toml(experiment), "toml"), (to_json(experiment), "json")):
        assert parse(text, form) == experiment
    assert tomllib.loads(to_toml(experiment))["plugins"] == plain(experiment)["plugins"] == ["my_laws"]
    assert "plugins" not in plain(build(ASKED | {"source": {"kind": "ring"}, "coupling": {"kind": "sorted"}}))
    write(experiment, tmp_path / "spec.toml")
    assert read(tmp_path / "spec.toml") == experiment
    assert main.main(["parts"]) == 0
    listed = capsys.readouterr().out.splitlines()
    at = next(k for k, line in enumerate(listed) if line.startswith("  laplace  -  Independent coordinates"))
    assert listed[at].endswith(f"(from the plug-in my_laws, {own / 'my_laws.py'})")
    assert listed[at + 1].strip() == "scale = 1.0   number, above 0 to 100   Standard deviation √2 b."


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        ({"kind": "laplac"}, "source.kind: 'laplac' is not known; did you mean 'laplace'?"),
        ({"kind": "laplace", "scal": 1.0}, "source.scal: is not a known field; did you mean scale?"),
        ({"kind": "laplace", "scale": "x"}, "source.scale: 'x' is not a number"),
        ({"kind": "laplace", "scale": 0.0}, "source.scale: 0 is not above 0"),
    ],
)
def test_complaints_about_it_are_those_about_any(own: Path, edit: dict, sentence: str) -> None:
    plug_in(own)
    with pytest.raises(Wrong) as caught:
        build(ASKED | {"source": edit})
    assert str(caught.value) == sentence


def test_operations_of_branches_are_named_too(own: Path) -> None:
    text = """
from engine.parts import Operation
from engine.registry import part


@part
class Again(Operation, frozen=True, tag="again"):
    def continued(self, finished, rng):
        return finished.x0, finished.x1
"""
    plug_in(written(own, "my_operations", text))
    branches = [{"name": "twig", "operation": {"kind": "again"}}]
    experiment = build({"source": {"kind": "ring"}, "target": {"kind": "ring"}, "branches": branches})
    assert plain(experiment)["plugins"] == ["my_operations"]
    assert parse(to_toml(experiment)) == experiment and experiment.branches[0].operation.kind == "again"
    with pytest.raises(Wrong, match=r"^branches\[0\].operation.kind: 'agin' is not known; did you mean 'again'\?$"):
        build({"source": {"kind": "ring"}, "target": {"kind": "ring"}, "branches": [
            {"name": "twig", "operation": {"kind": "agin"}}]})  # fmt: skip


def test_a_plug_in_that_was_edited_is_another_experiment(own: Path) -> None:
    """A sweep goes on where it was stopped; what was computed with other code is not finished."""
    plug_in(own)
    sweep = {"experiment": ASKED, "sweep": {"source": ["laplace", "ring"]}}
    before = [trial.spec for trial in plan(sweep, ROOT).trials]
    assert before == [trial.spec for trial in plan(sweep, ROOT).trials]
    written(own, "my_laws", LAWS.replace("self.scale,", "2 * self.scale,"))
    assert all(old != trial.spec for old, trial in zip(before, plan(sweep, ROOT).trials, strict=True))
    gaussian = build({"source": {"kind": "gaussian"}, "target": {"kind": "gaussian"}})
    written(own, "my_laws", LAWS)
    assert fingerprint(gaussian) == fingerprint(gaussian) and before == [t.spec for t in plan(sweep, ROOT).trials]


def test_read_anew(own: Path) -> None:
    """Within the same second, and of the same length: as when a notebook's user corrects a digit."""
    plug_in(own / "my_laws.py")
    old = kinds("distributions")["laplace"]
    written(own, "my_laws", LAWS.replace("= 1.0", "= 2.0"))
    plug_in(own / "my_laws.py")
    new = kinds("distributions")["laplace"]
    assert (old().scale, new().scale) == (1.0, 2.0) and origin(new).name == "my_laws"
    assert not list(own.rglob("*.pyc"))


def test_a_folder_is_a_package(own: Path) -> None:
    package = own / "more"
    package.mkdir(mode=0o755)
    written(package, "__init__", "from . import laws")
    written(
        package, "laws", LAWS.replace('"laplace"', '"laplace 2"').replace("upside", "downside").replace("answer", "n")
    )
    written(package, "_unused", "raise RuntimeError")
    plug_in(own)
    assert origin(kinds("distributions")["laplace"]).name == "my_laws"
    assert origin(kinds("distributions")["laplace 2"]).name == "more"
    assert plain(build(ASKED | {"target": {"kind": "laplace 2"}}))["plugins"] == ["more", "my_laws"]


@pytest.mark.usefixtures("parts_as_they_were")
def test_a_notebooks_part() -> None:
    """It can be defined again, as when a cell runs twice; no file brings it, and none is named."""

    def cell(default: float) -> type[Distribution]:
        @part
        class Toy(Distribution, frozen=True, tag="toy"):
            spread: Annotated[float, knob("spread")] = default

        return Toy

    cell(1.0)
    toy = cell(2.0)
    assert kinds("distributions")["toy"] is toy and registry.homeless(toy) and origin(toy) is None
    assert not registry.homeless(Gaussian) and origin(Gaussian) is None
    experiment = build({"source": {"kind": "toy"}, "target": {"kind": "ring"}})
    assert experiment.source.spread == 2.0 and "plugins" not in plain(experiment)


@pytest.mark.usefixtures("parts_as_they_were")
@pytest.mark.parametrize(
    ("points", "told"),
    [
        (np.zeros(50), "has the shape (50,)"),
        (np.zeros((50, 3)), "has the shape (50, 3)"),
        (np.full((50, 2), np.nan), "has numbers that are not finite"),
    ],
)
def test_a_law_that_gives_no_points(points: np.ndarray, told: str) -> None:
    class Odd(Distribution, frozen=True, tag="odd"):
        def sample(self, n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
            return points

    coupling = kinds("couplings")["independent"](pairs=50)
    with pytest.raises(Wrong) as caught:
        list(coupling.draw(Gaussian(), Odd(), 2, 0))
    assert str(caught.value) == f"target: what odd gives {told}; give finite (50, 2)"


# --- what is refused ---

TAIL = "class Toy(Distribution, frozen=True, tag='toy'):\n    "
HEAD = "from typing import Any\nfrom engine.parts import Distribution\nfrom engine.registry import part\n@part\n"
BAD = {
    "no Python": ("def", "SyntaxError: "),
    "fails": ("1 / 0", "ZeroDivisionError: division by zero"),
    "leaves": ("raise SystemExit(3)", "SystemExit: 3"),
    "says much": ("raise ValueError('a\\nb' * 1000)", "ValueError: a ba ba b"),
    "lacks a library": ("import nowhere_to_be_found", "ModuleNotFoundError: No module named"),
    "takes a kind": (HEAD + TAIL.replace("toy", "gaussian") + "pass", "TypeError: distributions has a part named"),
    "no default": (HEAD + TAIL + "size: float", "TypeError: Toy has a knob without a default"),
    "odd type": (HEAD + TAIL + "size: complex = 1j", "TypeError: Toy has a knob without a default, or of a type"),
    "unknown type": (HEAD + TAIL + "size: 'Nowhere' = 1", "TypeError: Toy has a knob without a default, or of a type"),
    "can change": (HEAD + TAIL.replace("frozen=True, ", "frozen=False, ") + "pass", "TypeError: "),
    "other tag field": (HEAD + TAIL.replace("tag=", "tag_field='sort', tag=") + "pass", "TypeError: Toy must be"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "start"), BAD.values(), ids=BAD)
def test_bad_plug_in_takes_nothing_with_it(own: Path, text: str, start: str) -> None:
    """Neither the others, nor the program; what it has registered before it failed is taken back."""
    good = HEAD + TAIL.replace("toy", "first").replace("Toy", "First") + "pass\n"
    file = written(own, "bad", good + text)
    before = dict(kinds("distributions"))
    assert refused(file).startswith(f"plug-in bad ({file}) cannot be loaded: {start}") and len(refused(file)) < 400
    assert dict(kinds("distributions")) == before
    plug_in(own / "my_laws.py")
    assert build(ASKED).source.kind == "laplace" and "first" not in kinds("distributions")
    written(own, "bad", good)
    plug_in(file)
    assert "first" in kinds("distributions")


def test_two_of_one_name(own: Path, tmp_path: Path) -> None:
    plug_in(own)
    (tmp_path / "other").mkdir(mode=0o755)
    other = written(tmp_path / "other", "my_laws", LAWS)
    assert refused(other) == f"plug-in my_laws is there twice; {own / 'my_laws.py'} is used, not {other}"
    kind = written(tmp_path / "other", "new_name", LAWS)
    assert "TypeError: distributions has a part named 'laplace' already; give Laplace another tag" in refused(kind)
    assert origin(kinds("distributions")["laplace"]).place == str(own / "my_laws.py")


def test_what_is_no_plug_in(own: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    (tmp_path / "empty").mkdir()
    odd = written(own, "my-laws", "")
    for path in (tmp_path / "nowhere.py", tmp_path / "notes.txt"):
        assert refused(path).startswith(f"plug-in {path}: cannot be read (")
    assert refused(tmp_path / "empty").endswith("empty: is neither a file NAME.py nor a folder that holds one")
    assert refused(odd) == f"plug-in {odd}: its name must be made of letters, digits and _"


@pytest.mark.skipif(os.name != "posix", reason="no such permissions here")
@pytest.mark.parametrize(
    "what", ["file", "folder", "target of a link", "folder of a link's target", "inside a package"]
)
@pytest.mark.parametrize("mode", [0o020, 0o002])
def test_what_others_may_write_to_is_not_run(own: Path, tmp_path: Path, what: str, mode: int) -> None:
    ran = tmp_path / "ran"
    text = touching(ran)
    asked = file = written(own, "open_door", text)
    (tmp_path / "links").mkdir(mode=0o755)
    if what.endswith("link") or what.endswith("target"):
        asked = tmp_path / "links" / "linked.py"
        asked.symlink_to(file)
    if what == "inside a package":
        asked = own / "package"
        asked.mkdir(mode=0o755)
        written(asked, "__init__", text)
        file = written(asked, "other", "")
    bad = own if "folder" in what else file
    bad.chmod(bad.stat().st_mode | mode)
    told = f"plug-in {asked.stem} is not loaded, because others may write to {bad}; chmod go-w {bad}"
    assert refused(asked) == told and not ran.exists()
    bad.chmod(bad.stat().st_mode & ~mode)
    plug_in(asked)
    assert ran.exists()


def test_in_a_folder_where_everybody_keeps_their_own(tmp_path: Path, parts_as_they_were: None) -> None:
    """As /tmp is: others may make files there, but not touch this one."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    plug_in(written(shared, "my_laws", LAWS))
    assert "laplace" in kinds("distributions")


# --- specs that name plug-ins ---


@pytest.mark.parametrize("name", ["my_laws", "../../evil", "x" * 5000, "a\nb", ""])
def test_a_plug_in_that_is_not_here(own: Path, name: str) -> None:
    with pytest.raises(Wrong) as caught:
        build({"plugins": [name]} | ASKED)
    text = str(caught.value)
    assert text.startswith("plugins: ") and "\n" not in text and len(text) < 400
    if name == "my_laws":
        where = f"put my_laws.py into {plugins.folder()}, or install the package that brings it"
        assert text == f"plugins: 'my_laws' is not installed; {where}"
    else:
        assert "put" not in text


@pytest.mark.parametrize("named", ["my_laws", [1], {"a": 1}, [["my_laws"]], 3])
def test_names_that_are_none(own: Path, named: object) -> None:
    with pytest.raises(Wrong, match=r"^plugins: is not a list of names$"):
        build({"plugins": named} | ASKED)


def test_a_plug_in_that_failed_says_why(own: Path) -> None:
    refused(written(own, "bad", "1 / 0"))
    with pytest.raises(Wrong, match=r"^plugins: 'bad' is there, but cannot be used: plug-in bad .*: division by zero$"):
        build({"plugins": ["bad"]} | ASKED)


def test_a_spec_makes_nothing_load(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not from beside it, not from where the program stands, not by a path."""
    ran = tmp_path / "ran"
    file = written(own, "evil", touching(ran))
    monkeypatch.chdir(own)
    for name in ("evil", "evil.py", str(file), "rewire_plugins.evil"):
        (own / "spec.json").write_text(json.dumps({"plugins": [name]} | ASKED))
        with pytest.raises(Wrong, match="is not installed"):
            read(own / "spec.json")
    assert not ran.exists() and "evil" not in sys.modules


# --- other processes ---


def installed(folder: Path, module: str = "their_laws") -> Path:
    """A folder for PYTHONPATH with a package as pip leaves it, whose entry point is this module."""
    folder.mkdir(mode=0o755)
    written(folder, "their_laws", LAWS)
    about = folder / "rewire_laws-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: rewire-laws\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text(f"[rewire.parts]\nlaws = {module}\n")
    return folder


@pytest.mark.parametrize("how", ["variable", "folder of plug-ins", "entry point"])
def test_run_sweep_and_read_back(own: Path, tmp_path: Path, how: str) -> None:
    """Every process is a fresh one, workers too, and in one without the plug-in the spec says what is missing."""
    known: dict[str, str | Path] = {"XDG_CONFIG_HOME": tmp_path / "settings"}
    if how == "variable":
        known[plugins.VARIABLE] = own / "my_laws.py"
    elif how == "folder of plug-ins":
        (tmp_path / "settings" / "rewire").mkdir(parents=True)
        own.rename(tmp_path / "settings" / "rewire" / "plugins")
    else:
        known["PYTHONPATH"] = f"{installed(tmp_path / 'site')}{os.pathsep}{ROOT}"
    name = "laws" if how == "entry point" else "my_laws"
    sweep, out = tmp_path / "sweep.json", tmp_path / "out"
    sweep.write_text(json.dumps({"experiment": ASKED, "sweep": {"source": ["laplace", "ring"]}}))
    jobs = "2" if how == "variable" else "1"  # a process more for each takes seconds
    swept = rewire("sweep", sweep, "--out", out, "--jobs", jobs, "--device", "cpu", **known)
    assert swept.returncode == 0, swept.stderr
    with (out / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    told = [(row["source"], row["status"], float(row["answer"])) for row in rows]
    assert told == [("laplace", "done", 42.0), ("ring", "done", 42.0)]
    made = out / "runs" / rows[0]["run"]
    assert tomllib.loads((made / "experiment.toml").read_text())["plugins"] == [name]
    if how == "variable":
        again = rewire("run", made / "experiment.toml", "--out", tmp_path / "again", "--device", "cpu", **known)
        assert again.returncode == 0 and "the answer" in again.stdout, again.stderr
        swept, alone = ((folder / "metrics.json").read_text() for folder in (made, tmp_path / "again"))
        cores = re.compile(r'"threads": \d+')  # two runs at once have half of the cores each, to the same numbers
        assert cores.sub("", swept) == cores.sub("", alone)
    without = rewire("run", made / "experiment.toml", "--out", tmp_path / "no", XDG_CONFIG_HOME=tmp_path / "empty")
    assert without.returncode == 2
    assert without.stderr.startswith(f"plugins: '{name}' is not installed; put {name}.py into {tmp_path / 'empty'}")


def test_on_a_cluster(own: Path, tmp_path: Path) -> None:
    sweep = tmp_path / "sweep.json"
    sweep.write_text(json.dumps({"experiment": ASKED, "seeds": 2}))
    out = tmp_path / "out"
    done = rewire("sweep", sweep, "--out", out, "--cluster", "local", "--device", "cpu", REWIRE_PLUGINS=own)
    assert done.returncode == 0 and (out / "results.csv").read_text().count(",done,") == 2, done.stderr


def test_sentences_on_the_command_line(own: Path, tmp_path: Path) -> None:
    """One line each on the error stream, and everything else goes on."""
    bad, open_door = written(own, "bad", "1 / 0"), written(own, "open_door", "")
    open_door.chmod(0o666)
    site = installed(tmp_path / "site", "nowhere")
    named = os.pathsep.join(map(str, (own, tmp_path / "gone")))
    done = rewire("parts", REWIRE_PLUGINS=named, PYTHONPATH=f"{site}{os.pathsep}{ROOT}")
    assert done.returncode == 0 and "  laplace  -  " in done.stdout
    assert sorted(done.stderr.splitlines()) == sorted([
        f"plug-in {tmp_path / 'gone'}: cannot be read (No such file or directory)",
        f"plug-in bad ({bad}) cannot be loaded: ZeroDivisionError: division by zero",
        f"plug-in open_door is not loaded, because others may write to {open_door}; chmod go-w {open_door}",
        "plug-in laws (package rewire-laws 1.2) cannot be loaded: ModuleNotFoundError: No module named 'nowhere'",
    ])  # fmt: skip


def test_processes_to_come_know_it(own: Path) -> None:
    plug_in(own / "my_laws.py")
    plug_in(own / "my_laws.py")
    assert os.environ[plugins.VARIABLE] == str(own / "my_laws.py")
    code = "from engine.registry import complaints, kinds; print('laplace' in kinds('distributions'), complaints())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "True ()\n", done.stderr


def test_without_any_there_is_nothing_to_say() -> None:
    assert complaints() == () and isinstance(Experiment(source=Gaussian(), target=Gaussian()), msgspec.Struct)
    assert all(origin(cls) is None for family in registry.FAMILIES for cls in kinds(family).values() if knobs(cls))
