"""Writing a file: whole or not at all, under a name that nobody can guess or has taken, on the disk when it is said."""

from __future__ import annotations

import errno
import os
import signal
import stat
from pathlib import Path

import pytest

from engine import writing
from engine.parts import Wrong
from engine.writing import clear_scratch, made, write_atomically


@pytest.fixture
def scratches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were filled, before they got their own."""
    seen: list[str] = []
    real = os.replace

    def noted(old: Path, new: Path) -> None:
        seen.append(Path(old).name)
        real(old, new)

    monkeypatch.setattr(os, "replace", noted)
    return seen


def test_no_two_scratch_names_are_alike(tmp_path: Path, scratches: list[str]) -> None:
    for _ in range(20):
        write_atomically(tmp_path / "a.toml", b"x")
    assert len(set(scratches)) == 20 and not [name for name in scratches if str(os.getpid()) in name.split(".")]


def test_a_name_that_is_taken_is_not_written_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever guesses the name gets nothing: neither a file of his is filled, nor what a link of his leads to."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    monkeypatch.setattr(writing.secrets, "token_hex", lambda n: "0" * 2 * n)
    trap = tmp_path / f".a.toml.{'0' * 16}.part"
    trap.symlink_to(victim)
    with pytest.raises(Wrong, match="cannot be written"):
        write_atomically(tmp_path / "a.toml", b"theirs")
    assert victim.read_text() == "mine" and not (tmp_path / "a.toml").exists()


def test_everything_is_on_the_disk_before_the_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    real_sync, real_replace = os.fsync, os.replace

    def sync(handle: int) -> None:
        order.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else f"file of {os.fstat(handle).st_size}")
        real_sync(handle)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", lambda *rest: (order.append("name"), real_replace(*rest)))
    write_atomically(tmp_path / "a", b"12345")
    assert order == ["file of 5", "name", "folder"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o444, 0o755])
def test_the_mode_of_the_old_file_is_kept(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(mode)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new" and stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_has_the_mode_that_the_user_wants(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "a", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "a").symlink_to(tmp_path / "far" / "b")
    write_atomically(tmp_path / "a", b"x")
    assert (tmp_path / "a").is_symlink() and (tmp_path / "far" / "b").read_bytes() == b"x"


@pytest.mark.parametrize("kind", ["folder", "pipe", "circle", "zero", "gone", "file for folder"])
def test_what_cannot_be_written_is_said(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "circle":
        path.symlink_to(path)
    elif kind == "zero":
        path = tmp_path / "a\0b"
    elif kind == "gone":
        path = tmp_path / "none" / "a"
    else:
        path.touch()
        path = path / "b"
    with pytest.raises(Wrong, match="cannot be written") as caught:
        write_atomically(path, b"x")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 120
    assert not list(tmp_path.rglob("*.part"))


def test_a_disk_that_is_full_leaves_the_old_file(tmp_path: Path) -> None:
    """As the system says it: a limit on the size of files stands in for a full disk."""
    path = tmp_path / "a"
    path.write_bytes(b"old")
    resource = pytest.importorskip("resource")
    before, ignored = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(Wrong, match=rf"a: cannot be written \({os.strerror(errno.EFBIG)}\)"):
            write_atomically(path, b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert path.read_bytes() == b"old" and [p.name for p in tmp_path.iterdir()] == ["a"]


def test_what_the_killed_have_left_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    for name in (".a.toml.0123456789abcdef.part", ".run.ab12cd34.part", "a.part", ".a.part", "a.toml"):
        (tmp_path / name).touch()
    (tmp_path / ".b.0123456789abcdef.part").mkdir()
    clear_scratch(tmp_path)
    clear_scratch(tmp_path / "none")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [".a.part", ".b.0123456789abcdef.part", ".run.ab12cd34.part", "a.part", "a.toml"]


def test_folders_are_made_for_the_user_alone_to_write(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made(tmp_path / "a")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o755
    (tmp_path / "f").touch()
    with pytest.raises(Wrong, match="cannot be made a folder"):
        made(tmp_path / "f" / "g")
