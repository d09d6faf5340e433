"""The process around the window: how it begins, how it ends, and what it leaves in the log."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import logbook
from app.qt_words import refusal

ROOT = Path(__file__).resolve().parents[2]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="about X11 and Wayland")


def surroundings(tmp_path: Path, **more: str) -> dict[str, str]:
    """This process's environment with its own log and settings; an empty value takes a variable away."""
    home = {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    return {name: value for name, value in (os.environ | home | more).items() if value}


def log_of(tmp_path: Path) -> str:
    return (tmp_path / "state" / "rewire" / "rewire.log").read_text()


def program(tmp_path: Path, body: str, *, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """The window's own start, with ``later(seconds, call)`` and ``app_window()`` at hand."""
    head = """
        import faulthandler, os, signal, sys, threading, time
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication
        import app.application as application
        made, whole = [], application.assemble
        application.assemble = lambda: made.append(whole(device="cpu")) or made[0]
        kept = []
        def later(seconds, call):
            QTimer.singleShot(int(1000 * seconds), call)
        begin = application.begin
        def begun(window):
            begin(window)
            plan()
        application.begin = begun
    """
    tail = "\nsys.exit(application.start())\n"
    code = textwrap.dedent(head) + textwrap.dedent(body) + tail
    command = [sys.executable, "-c", code]
    env = surroundings(tmp_path)
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=timeout)


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_closes_the_window(tmp_path, name) -> None:
    body = f"""
        def plan():
            later(1.5, lambda: os.kill(os.getpid(), signal.{name}))
            made[0].heartbeat._timer.stop()  # a window at rest
    """
    done = program(tmp_path, body)
    assert done.returncode == 128 + getattr(signal, name)
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
def test_a_signal_that_is_ignored_stays_ignored(tmp_path) -> None:
    """Such as SIGHUP of a program that nohup started."""
    body = """
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        def plan():
            later(0.3, lambda: os.kill(os.getpid(), signal.SIGHUP))
            later(0.8, lambda: print("still there"))
            later(1.0, made[0].close)
    """
    done = program(tmp_path, body)
    assert done.returncode == 0 and "still there" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
def test_a_second_ctrl_c_waits_for_nothing(tmp_path) -> None:
    body = """
        def stuck():
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(30)
        def plan():
            later(0.5, stuck)
    """
    begun = time.monotonic()
    assert program(tmp_path, body).returncode == 130
    assert time.monotonic() - begun < 25


@pytest.fixture
def screen() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """An X server of its own, that can be lost."""
    if sys.platform != "linux" or shutil.which("Xvfb") is None:
        pytest.skip("no Xvfb")
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    yield f":{int(server.stdout.readline())}", server
    server.kill()
    server.wait()
    server.stdout.close()


@pytest.mark.parametrize("delay", [0.5, 6.0], ids=["before training", "while it trains"])
def test_the_process_ends_with_its_screen(tmp_path, screen, delay) -> None:
    display, server = screen
    env = surroundings(tmp_path, DISPLAY=display, QT_QPA_PLATFORM="xcb")
    running = subprocess.Popen([sys.executable, "main.py"], cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
    path = tmp_path / "state" / "rewire" / "rewire.log"
    while not path.exists():
        assert running.poll() is None
        time.sleep(0.05)
    time.sleep(delay)
    assert running.poll() is None
    server.kill()
    try:
        _, said = running.communicate(timeout=8)
    finally:
        running.kill()
    assert running.returncode == 1 and "connection broke" in said + log_of(tmp_path)


@LINUX
@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"DISPLAY": ":987", "QT_QPA_PLATFORM": ""}, "DISPLAY ':987'"),
        ({"DISPLAY": ":987", "QT_QPA_PLATFORM": "xcb"}, "DISPLAY ':987'"),
        ({"DISPLAY": "", "WAYLAND_DISPLAY": "nowhere", "QT_QPA_PLATFORM": ""}, "WAYLAND_DISPLAY 'nowhere'"),
        ({"DISPLAY": ":987", "WAYLAND_DISPLAY": "nowhere", "QT_QPA_PLATFORM": ""}, "or WAYLAND_DISPLAY 'nowhere'"),
        ({"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}, "No display was found"),
        ({"QT_QPA_PLATFORM": "xbc"}, "QT_QPA_PLATFORM is 'xbc'"),
    ],
)
def test_without_a_screen_there_is_one_sentence(tmp_path, env, words) -> None:
    env = surroundings(tmp_path, **env)
    done = subprocess.run([sys.executable, "main.py"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and not done.stdout
    assert words in done.stderr and "main.py run SPEC.toml --out DIR" in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    if "No display" not in words:
        assert "plugin" in log_of(tmp_path), "what Qt said itself"


def test_whatever_else_qt_cannot_do_is_said_too(monkeypatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert refusal("xcb-cursor0 is needed").startswith("Qt cannot open a window here")


def test_the_version(tmp_path) -> None:
    command = [sys.executable, "main.py", "--version"]
    done = subprocess.run(command, cwd=ROOT, env=surroundings(tmp_path), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and not done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("Rewire ") and f"Python {sys.version.split()[0]}" in first and "numpy" in first
    assert second.startswith("log: ") and second.endswith("rewire.log")


# the log


def test_a_crash_of_compiled_code_leaves_its_stack(tmp_path) -> None:
    body = """
        def crash_here():
            faulthandler._sigsegv()
        def plan():
            later(0.3, crash_here)
    """
    done = program(tmp_path, body)
    assert done.returncode != 0
    assert "Segmentation fault" in log_of(tmp_path) and "crash_here" in log_of(tmp_path)


def test_errors_of_slots_threads_and_qt_are_logged_and_end_nothing(tmp_path) -> None:
    body = """
        from PySide6.QtCore import qWarning
        def in_a_slot():
            [][0]
        def in_a_thread():
            {}["key"]
        def plan():
            later(0.3, in_a_slot)
            later(0.4, lambda: kept.append(threading.Thread(target=in_a_thread)) or kept[0].start())
            later(0.5, lambda: qWarning("a line of Qt"))
            later(0.8, lambda: print(made[0].notice.text.text()))
            later(1.0, made[0].close)
    """
    done = program(tmp_path, body)
    assert done.returncode == 0, done.stderr
    assert "Something went wrong (IndexError" in done.stdout, "and the window says it"
    assert "version: Rewire" in log_of(tmp_path) and f"Python {sys.version.split()[0]}" in log_of(tmp_path)
    for words in ("IndexError", "in_a_slot", "KeyError", "in_a_thread", "Qt: a line of Qt"):
        assert words in log_of(tmp_path) and words.removeprefix("Qt: ") in done.stderr


def test_the_log_is_bounded_and_kept_once(tmp_path) -> None:
    path = tmp_path / "deep" / "rewire.log"
    for _ in range(5):
        book = logbook.Logbook(path)
        for k in range(2000):
            book.emit(logging.LogRecord("x", logging.ERROR, "", 0, f"{k} " + 500 * "é", (), None))
        book.close()
        files = list(path.parent.iterdir())
        assert sum(file.stat().st_size for file in files) <= 4 * logbook.MOST + 100 and len(files) <= 2
    assert path.read_text().endswith("This run's log is full.\n")
    assert path.stat().st_mode & 0o077 == 0 or sys.platform == "win32"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_place_that_is_no_file_is_left_alone(tmp_path) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "rewire.log").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError):
        logbook.Logbook(tmp_path / "rewire.log")
    assert (tmp_path / "victim").read_text() == "mine"
    (tmp_path / "a file").write_text("")
    with pytest.raises(OSError):
        logbook.Logbook(tmp_path / "a file" / "rewire.log")


@pytest.mark.skipif(sys.platform != "linux", reason="the other systems have one place each")
@pytest.mark.parametrize("given", ["", "relative", "/tmp/elsewhere"])
def test_the_place_follows_the_platform(monkeypatch, given) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", given)
    there = Path("/tmp/elsewhere") if given.startswith("/") else Path.home() / ".local" / "state"
    assert logbook.place() == there / "rewire" / "rewire.log"
