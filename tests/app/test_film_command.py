"""The command film, as in a container: no display, no OpenGL."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import av
import pytest

from app.export import commands
from app.export.film import Film
from app.scene.view import View
from engine.console import command_line
from engine.parts import Wrong
from engine.registry import kinds

ROOT = Path(__file__).resolve().parents[2]
SPEC = """
dim = 2
rounds = 1
source = { kind = "gaussian" }
target = { kind = "two modes", at = 4.0, separation = 4.0, std = 0.6 }
coupling = { kind = "independent", pairs = 64 }
velocity = { kind = "mlp", width = 8, depth = 1 }
training = { steps = 20, batch = 16 }
measure = { samples = 64 }
"""
TINY = ("--size", "96x64", "--fps", "5", "--seconds", "0.6")

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("spec") / "spec.toml"
    path.write_text(SPEC)
    return path


def run(*arguments: object) -> int:
    return command_line(["film", *map(str, arguments)], commands.COMMANDS)


def counted(path: Path) -> int:
    with av.open(str(path)) as file:
        return sum(1 for _ in file.decode(video=0))


@pytest.mark.parametrize("kind", kinds(Film.family))
def test_every_film(kind: str, spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(spec, "--film", kind, "--out", tmp_path / "a.mp4", *TINY) == 0
    assert capsys.readouterr().out == "a.mp4: 96 x 64, 3 frames, 0.60 s\n"
    assert counted(tmp_path / "a.mp4") == 3


@pytest.mark.parametrize("kind", kinds(View.family))
def test_every_view(kind: str, spec: Path, tmp_path: Path) -> None:
    assert run(spec, "--view", kind, "--out", tmp_path / "a.mp4", *TINY) == 0
    assert counted(tmp_path / "a.mp4") == 3


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--film", "swepe"), "film: 'swepe' is not known; did you mean 'sweep'"),
        (("--view", "crossing"), "view: 'crossing' is not known"),
        (("--size", "12"), "size: '12' is no size"),
        (("--size", "9x9"), "size: the picture would be 9 x 9 pixels"),
        (("--theme", "pink"), "theme: 'pink' is not known"),
        (("--theme", "transparent"), "transparent: MP4 has no transparency"),
        (("--fps", "500"), "fps: 500 is outside 1 to 120"),
        (("--seconds", "-1"), "seconds: -1.00 is outside"),
        (("--knob", "hold"), "'hold' is not of the form hold=1"),
        (("--knob", "hold=-1"), r"sweep\.hold: -1"),
        (("--round", "7"), "round: '7' is not there"),
        (("--out", "film.avi"), r"film\.avi: is not the name of a film"),
        (("--out", "nowhere/film.mp4"), r"film\.mp4: cannot be written: there is no folder"),
        (("--film", "lens", "--knob", "begin=[1]", "--knob", "end=[1]"), "lens: Begin and end need 2 numbers each"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    given: tuple[str, ...], told: str, spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Wrong, match=told) as found:
        run(spec, *(() if "--out" in given else ("--out", "a.mp4")), *given)
    assert "\n" not in str(found.value)
    assert not list(tmp_path.iterdir())


def test_a_film_from_a_file(spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    told = tmp_path / "story.toml"
    told.write_text(
        '[[clips]]\nfilm = "sweep"\nseconds = 0.4\nwords = "One"\n'
        '[[clips]]\nfilm = "orbit"\nseconds = 0.8\nwords = "Two"\nknobs = { degrees = 90 }\n'
    )
    assert run(spec, "--film", told, "--out", tmp_path / "a.gif", "--size", "96x64") == 0
    assert capsys.readouterr().out == "a.gif: 96 x 64, 30 frames, 1.20 s\n"


def test_without_a_display(spec: Path, tmp_path: Path) -> None:
    """As the README says it, in a shell that has neither a display nor a platform of Qt's, and no OpenGL to load."""
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_RUNTIME_DIR", "LD_LIBRARY_PATH"}
    env = {name: value for name, value in os.environ.items() if name not in hidden}
    command = [sys.executable, "main.py", "film", spec, "--film", "sweep", "--view", "crossings", "--theme", "light"]
    out = tmp_path / "clip.mp4"
    done = subprocess.run(
        [*command, "--fps", "10", "--seconds", "0.5", "--size", "321x181", "--out", out],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("clip.mp4: 322 x 182, 5 frames, 0.50 s; 321 x 181 was padded")
    assert counted(out) == 5
