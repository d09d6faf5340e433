"""The program as it is installed: all of it is in the wheel, and the pages of the Help menu are found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("app", "engine", "resources")
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
PAGES = "import app.pages as p, json; print(p.__file__, json.dumps([str(path) for _, path in p.pages()]), sep='\\n')"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built of a copy, for setuptools writes beside the source."""
    source, out = (tmp_path_factory.mktemp(name) for name in ("source", "wheel"))
    for name in (*PACKAGES, "docs"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("main.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    done([sys.executable, "-W", "ignore", "-c", BUILD, str(out)], source)
    (made,) = out.glob("rewire-*.whl")
    return made


def test_all_that_the_program_is_made_of_is_in_the_wheel(wheel) -> None:
    with zipfile.ZipFile(wheel) as file:
        there = set(file.namelist())
    sources = {path for name in PACKAGES for path in (ROOT / name).rglob("*") if path.is_file()}
    wanted = {path.relative_to(ROOT).as_posix() for path in sources if "__pycache__" not in path.parts}
    assert "main.py" in there and not wanted - there
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*") if path.is_file()}
    pages = {name for name in pages if not name.endswith((".py", ".pyc"))}
    inside = {name.partition("share/doc/rewire/")[2] for name in there if "share/doc/rewire/" in name}
    assert len(pages) > 50 and inside == pages
    assert wheel.stat().st_size < 10_000_000


def test_help_finds_its_pages_where_they_were_installed(wheel, tmp_path) -> None:
    install = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile", "--no-index"]
    install.append("--ignore-installed")  # or pip removes the one that is in use here
    done([sys.executable, "-m", "pip", *install, "--prefix", str(tmp_path / "there"), str(wheel)], tmp_path)
    (package,) = (tmp_path / "there").rglob("app/pages.py")
    found = done([sys.executable, "-c", PAGES], tmp_path, PYTHONPATH=str(package.parent.parent)).splitlines()
    assert Path(found[0]) == package, "the one that was installed"
    names = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert len(names) > 5 and all(f"there/share/doc/rewire/{name}" in found[1] for name in names)


def done(line: list[str], place: Path, **more: str) -> str:
    made = subprocess.run(line, cwd=place, env={**os.environ, **more}, capture_output=True, text=True, timeout=100)
    assert made.returncode == 0, made.stderr
    return made.stdout
