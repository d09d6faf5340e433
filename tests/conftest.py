"""What holds for every test: nothing of the user's is touched, and nothing is left running.

Python's warnings and Qt's log lines fail a test too: see pyproject.toml.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator

import pytest

# Both before anything is imported that reads them. Workers of OpenMP would spin while the window wants the core.
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy's would, too; the program itself sets this (main.py)
HOME = tempfile.mkdtemp(prefix="rewire-tests-")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ.pop("REWIRE_PLUGINS", None)
# What runs behind, or under nohup, ignores these, and so would every process that a test starts.
for number, as_usual in {"SIGINT": signal.default_int_handler, "SIGHUP": signal.SIG_DFL}.items():
    heard = getattr(signal, number, None)  # Windows has no SIGHUP
    if heard is not None and signal.getsignal(heard) == signal.SIG_IGN:
        signal.signal(heard, as_usual)
for place in ("CONFIG", "DATA", "STATE", "CACHE"):
    os.environ[f"XDG_{place}_HOME"] = f"{HOME}/{place.lower()}"


@pytest.fixture(scope="session", autouse=True)
def own_settings() -> None:
    """Settings and standard paths in a temporary folder, never the user's."""
    core = sys.modules.get("PySide6.QtCore")
    if core is None:
        return
    if sys.platform != "linux":  # there XDG_*_HOME above does it, and test mode would write to ~/.qttest
        core.QStandardPaths.setTestModeEnabled(True)
    core.QSettings.setDefaultFormat(core.QSettings.Format.IniFormat)
    for kind in (core.QSettings.Format.IniFormat, core.QSettings.Format.NativeFormat):
        for scope in (core.QSettings.Scope.UserScope, core.QSettings.Scope.SystemScope):
            core.QSettings.setPath(kind, scope, HOME)


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fails a test that leaves threads running or windows open (and with these their timers)."""
    before = set(threading.enumerate())
    yield
    windows = open_windows()
    forget_widgets()
    threads = threads_since(before)
    assert not windows, f"windows left open: {windows}"
    assert not threads, f"threads left running: {threads}"


@pytest.fixture(autouse=True, scope="module")
def no_window_stays() -> Iterator[None]:
    """Fails a file that leaves one of our windows behind, hidden: with each theme that is put on Qt goes through all of
    its widgets again, and the tests that come after take ten times as long."""
    yield
    forget_widgets()
    widgets = sys.modules.get("PySide6.QtWidgets")
    there = widgets.QApplication.topLevelWidgets() if widgets and widgets.QApplication.instance() else []
    stay = [x for x in there if type(x).__module__ == "app.window"]
    for window in stay:
        window.deleteLater()
    forget_widgets()
    assert not stay, f"{len(stay)} windows were closed and not deleted"


def threads_since(before: set[threading.Thread], patience: float = 20.0) -> list[str]:
    """Names of the threads that have come since and do not end within ``patience`` seconds.

    Python keeps a dummy for every foreign thread that ever called it (Qt's pool, say); those are not ours to end.
    """
    late = [x for x in threading.enumerate() if x not in before and not isinstance(x, threading._DummyThread)]
    deadline = time.monotonic() + patience
    for thread in late:
        while thread.ident is None and time.monotonic() < deadline:  # another thread is just starting it
            time.sleep(0.01)
        # a matching that was given up ends by itself, and nothing waits for it
        thread.join(60.0 if thread.name == "aside" else max(0.0, deadline - time.monotonic()))
    return [thread.name for thread in late if thread.is_alive()]


def open_windows() -> list[str]:
    """Closes what is still visible and names it. Hidden top-levels are usual: menus, tooltips, a warm canvas."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return []
    left = [x for x in widgets.QApplication.topLevelWidgets() if x.isVisible()]
    names = [f"{type(x).__name__} {x.windowTitle()!r}" for x in left]
    for widget in left:
        for timer in widget.findChildren(sys.modules["PySide6.QtCore"].QTimer):
            timer.stop()
        widget.close()
        widget.deleteLater()
    return names


def forget_widgets() -> None:
    """What a test has put away by deleteLater is deleted now: Qt does so only in an event loop of its own, which a test
    need not have, and each window that stays is dressed again with every window that comes."""
    core, widgets = sys.modules.get("PySide6.QtCore"), sys.modules.get("PySide6.QtWidgets")
    if widgets is not None and widgets.QApplication.instance() is not None:
        core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete)


@pytest.fixture
def parts_as_they_were(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever the test registers, and every plug-in that it loads, is gone afterwards."""
    from engine import plugins, registry

    known: dict[str, dict[str, type]] = {}
    while len(known) < len(registry.FAMILIES):  # a walk through one may bring others
        known |= {family: dict(registry.kinds(family)) for family in tuple(registry.FAMILIES)}
    monkeypatch.setattr(registry, "_parts", known)
    monkeypatch.setattr(registry, "_sorted", {})
    monkeypatch.setattr(plugins, "_known", {})
    monkeypatch.setattr(plugins, "_complaints", [])
    monkeypatch.setenv(plugins.VARIABLE, "")
    modules = set(sys.modules)
    yield
    for name in set(sys.modules) - modules:
        if name.startswith(plugins.PACKAGE):
            del sys.modules[name]
