"""``main.py picture`` as people run it: a process without display and OpenGL."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from app import look_text
from app.export import carried
from app.export.frozen import Frozen
from app.export.options import NAMED, Options, measured
from app.export.page import Page
from app.export.painting import image
from app.scene.look import Look
from app.scene.view import View
from engine import codec
from engine.parts import Wrong
from engine.registry import kinds
from main import main
from tests.app.test_painter import levels

ROOT = Path(__file__).resolve().parents[2]
VIEWS = tuple(kinds(View.family))
SPEC = """
seed = 3
rounds = 2
dim = {dim}
[source]
kind = "gaussian"
[target]
kind = "two modes"
[coupling]
kind = "independent"
pairs = 600
[velocity]
kind = "{velocity}"
[training]
steps = 20
batch = 64
[measure]
samples = 64
points = 64
ladder = [1, 2]
"""


def spec(folder: Path, dim: int = 2, velocity: str = "mlp") -> Path:
    path = folder / "spec.toml"
    path.write_text(SPEC.format(dim=dim, velocity=velocity), encoding="utf-8")
    return path


def bare() -> dict[str, str]:
    """No display of any kind, and nothing that Qt could take one from."""
    gone = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_RUNTIME_DIR", "LIBGL_ALWAYS_SOFTWARE")
    return {name: value for name, value in os.environ.items() if name not in gone}


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, str(ROOT / "main.py"), *arguments]
    env = bare() | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=100)


@pytest.mark.parametrize(("dim", "size"), [(2, "1920x1080"), (3, "3840x2160")])
def test_without_a_display(tmp_path: Path, dim: int, size: str) -> None:
    """In a shell as in a container, in the words of the issue: no display, no OpenGL, space larger than any window."""
    spec(tmp_path, dim)
    asked = ["--view", "crossings", "--t", "0.62", "--size", size, "--theme", "light"]
    asked += ["--out", "a.pdf", "--out", "a.png"]
    done = run("picture", "spec.toml", *asked, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "Qt" not in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    made = QImage(str(tmp_path / "a.png"))
    assert f"{made.width()}x{made.height()}" == size
    drawn = (levels(made) != 255).any(-1)
    assert drawn[: len(drawn) // 2, : drawn.shape[1] // 2].any(), "nothing in a corner"
    assert drawn[len(drawn) // 2 :, drawn.shape[1] // 2 :].any(), "nothing in the other"
    held = carried.found(tmp_path / "a.png")
    assert held.experiment == codec.read(tmp_path / "spec.toml")
    assert look_text.read(held.look, dim) == Look(t=0.62)


@pytest.fixture(scope="module")
def frozen(qapp, tmp_path_factory: pytest.TempPathFactory) -> Frozen:
    return Frozen(codec.read(spec(tmp_path_factory.mktemp("spec"), velocity="mlp")), Look(), "cpu")


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_has_its_answers(frozen: Frozen, view: str) -> None:
    """No panel waits for anything once the snapshot is there; nothing is trained twice."""
    page, look = Page(views=(view,), charts=True, figures=True, width=640, height=360, text=9.0), Look()
    snapshot = frozen.known(page.needs(look), (), page.measured(look))
    assert [round.finished for round in snapshot.rounds] == [True] * 3
    from app.scene import compose

    for panel in compose.stage(snapshot, page.looks(look)[0]):
        assert not panel.waits
        assert "cannot be drawn" not in panel.empty
    for panel in compose.stage(snapshot, page.looks(look)[0], guided=False):
        for word in ("click", "drag", "Ctrl"):
            assert word not in panel.caption.lower().replace("ctrl", "Ctrl"), "a picture has no mouse"
    assert not image(snapshot, look, page).isNull()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--size", "3"), "size: '3' is no size; give 1920x1080, 85x55mm, or one of slide,"),
        (("--size", "99999x9"), "size: the picture would be 99,999 x 9 pixels; each side can have 16 to 32,767"),
        (("--size", "10.5x9"), "size: '10.5x9' is not in whole pixels"),
        (("--size", "1x1mm"), "size: '1x1mm' is outside 5 to 2,000 mm"),
        (("--scale", "0"), "scale: 0 is outside 0.01 to 100"),
        (("--scale", "nan"), "scale: not finite is outside 0.01 to 100"),
        (("--theme", "drak"), "theme: 'drak' is not known; did you mean 'dark'?"),
        (("--view", "crosings"), "view: 'crosings' is not known; did you mean 'crossings'?"),
        (("--out", "a.gif"), "a.gif: is not the name of a picture; end it in one of .png, .svg, .pdf"),
        (("--out", "/no/such/folder/a.png"), "there is no folder"),
        (("--round", "7"), "round: '7' is not there; known are 0, 1, 2"),
        (("--t", "3"), "t: 3 is not between 0 and 1"),
        (("--t", "nan"), "t: not finite is not between 0 and 1"),
        (("--look", "lines=0"), "lines: 0 is below 1"),
        (("--look", "lin=1"), "look: 'lin' is not known; did you mean 'lines'?"),
        (("--look", "lines"), "look: 'lines' is not of the form lines=300"),
        (("--look", "colour=klass"), "colour: 'klass' is not known; known are start, partner, class, speed, plain"),
        (("--font", "0.1"), "text: 0.1 px high is outside 2 to 2,000 px"),
        (("--no-stage",), "parts: nothing is chosen; take the stage, the charts, the strip or the figures"),
    ],
)
def test_what_is_asked_wrongly_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture, qapp, arguments: tuple[str, ...], told: str
) -> None:
    """At once: nothing is trained for it, and nothing written."""
    assert main(["picture", str(spec(tmp_path)), "--out", str(tmp_path / "a.png"), *arguments]) == 2
    said = capsys.readouterr().err.strip()
    assert told in said
    assert "\n" not in said
    assert sorted(child.name for child in tmp_path.iterdir()) == ["spec.toml"]


@pytest.mark.parametrize("name", NAMED)
def test_named_sizes(name: str) -> None:
    page = Options(size=name).page()
    assert (page.width, page.height) == NAMED[name]
    assert page.theme == "light"


def test_sizes_of_paper() -> None:
    assert measured(" 85 x 60mm ") == (85.0, 60.0, True)
    page = Options(size="85x60mm", font=9.0, dpi=600).page()
    assert page.millimetres == pytest.approx((85, 60), rel=1e-3)
    assert page.points == pytest.approx(9.0)
    assert (page.theme, page.t, page.caption) == ("print", False, False)
    assert Options(size="85x60mm", theme="transparent").page().transparent


def test_a_picture_opens_without_a_window_too(tmp_path: Path, qapp) -> None:
    """A PNG carries what it was made from: the same picture comes out of it in another size."""
    asked = ["picture", str(spec(tmp_path, velocity="exact")), "--size", "320x200", "--timeline", "off"]
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    assert main([*asked, "--look", "lines=9", "--t", "0.25", "--out", str(first)]) == 0
    (tmp_path / "spec.toml").unlink()
    again = ["picture", str(first), "--size", "320x200", "--timeline", "off", "--out", str(second)]
    assert main(again) == 0
    assert first.read_bytes() == second.read_bytes()


def test_a_file_that_is_none(tmp_path: Path, qapp, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(Wrong):
        Frozen(codec.read(tmp_path / "no.toml"))
    assert main(["picture", str(tmp_path / "no.png"), "--out", str(tmp_path / "a.png")]) == 2
    assert "no.png: cannot be read" in capsys.readouterr().err


def test_a_project_and_a_run_are_not_trained_again(tmp_path: Path, qapp) -> None:
    """Their rounds are there, and the project's look; the pictures are the same but for that."""
    from app.export.frozen import opened
    from engine.headless import run as run_headless
    from engine.projects.project import Project
    from engine.projects.writer import write
    from engine.rounds.leaving import kept

    experiment = codec.read(spec(tmp_path))
    tree = run_headless(experiment, tmp_path / "run", "cpu")
    rounds = tuple(kept(node.lineage, held) for node, held in tree)
    look = look_text.plain(Look(t=0.25, lines=9, view="plan"))
    write(Project(experiment, rounds, look), tmp_path / "a.rewire")
    for source in ("a.rewire", "run"):
        frozen = opened(tmp_path / source, "cpu")
        phases = []
        snapshot = frozen.known((), told=lambda lab, phases=phases: phases.append(lab.phase))
        assert "training" not in phases, source
        assert [view.name for view in snapshot.rounds if view.finished] == ["", "1", "2"]
        S = snapshot.rounds[2].figures.single["straightness"].value
        assert tree[1][1].own.figures.single["straightness"].value == S
    asked = ["picture", str(tmp_path / "a.rewire"), "--size", "320x200", "--out", str(tmp_path / "a.png")]
    assert main(asked) == 0
    held = carried.found(tmp_path / "a.png")
    assert look_text.read(held.look, 2) == Look(t=0.25, lines=9, view="plan")


def test_a_run_writes_a_picture_of_each_round(tmp_path: Path) -> None:
    """Without a display; each shows its round, with its charts and figures."""
    path = spec(tmp_path)
    branch = '[[branches]]\nname = "again"\nafter = 1\noperation = {kind = "noise refresh"}\n'
    path.write_text(path.read_text().replace("rounds = 2", "rounds = 1") + branch)
    done = run("run", str(path), "--out", "out", "--pictures", "--device", "cpu", cwd=tmp_path)
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    names = sorted(child.name for child in (tmp_path / "out" / "pictures").iterdir())
    assert names == ["1.png", "again.1.png"]
    for name in names:
        held = carried.found(tmp_path / "out" / "pictures" / name)
        look = look_text.read(held.look, 2, [node.name for node in held.experiment.nodes()])
        assert f"{look.branch}.{look.round}".lstrip(".") == name.removesuffix(".png")


def test_nothing_to_write(tmp_path: Path, qapp, capsys: pytest.CaptureFixture) -> None:
    assert main(["picture", str(spec(tmp_path))]) == 2
    assert capsys.readouterr().err.strip() == "out: is missing; name a file, a.png say"


def test_every_command_of_the_table_is_known_by_its_name() -> None:
    """main.py imports the table for these names alone."""
    from app.export.commands import COMMANDS
    from main import EXPORTS

    assert set(COMMANDS) == set(EXPORTS)
