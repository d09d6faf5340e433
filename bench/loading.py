"""Seconds to read files of a million points, and how long the window's thread is held up meanwhile.

Needs a display:  .ci/display .venv/bin/python bench/loading.py [--window]

With --window the files are dropped on the whole window, which trains meanwhile; without, the reading alone is measured.
"""

from __future__ import annotations

import argparse
import gzip
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from app.opening import Opening

import nobody  # noqa: F401

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
PATIENCE = 60.0
ENDS = {"source": {"kind": "gaussian"}, "target": {"kind": "gaussian"}}


def made(folder: Path, n: int) -> list[Path]:
    """The same cloud in several formats."""
    from engine.cloud_files import save

    x = np.random.default_rng(0).standard_normal((n, 3)).round(6)
    save(folder / "points.csv", x[:, :2])
    save(folder / "points.ply", x)
    save(folder / "points.npy", x)
    (folder / "points.csv.gz").write_bytes(gzip.compress((folder / "points.csv").read_bytes(), 1))
    head = f"ply\nformat ascii 1.0\nelement vertex {n}\n" + "".join(f"property float {a}\n" for a in "xyz")
    rows = (folder / "rows.csv", folder / "ascii.ply")
    save(rows[0], x)
    text = rows[0].read_text().partition("\n")[2].replace(",", " ")
    rows[1].write_text(head + "end_header\n" + text)
    (folder / "blanks.xyz").write_text(text)
    rows[0].unlink()
    return sorted(folder.iterdir())


def spent() -> float:
    """Seconds of the processor, of processes that have ended too."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def measured(path: Path, opening: Opening) -> tuple[float, float, float, float, str]:
    """Seconds from the drop to the document, of the clock and of the processor; p95 and worst of the milliseconds
    between two beats meanwhile; what came of it."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from engine.reading import clouds

    clouds._kept.clear()
    said, beats = [], [time.perf_counter()]
    heard = [
        opening.opened.connect(lambda end, path: said.append("read")),
        opening.failed.connect(lambda end, why: said.append(why)),
        opening.asked.connect(lambda end, part, found: said.append("asked")),
    ]
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start(10)
    begun, used = time.perf_counter(), spent()
    opening.open(str(path), "target")
    while not said and time.perf_counter() - begun < PATIENCE:
        QApplication.processEvents()
        time.sleep(0.001)
    took = time.perf_counter() - begun
    gaps = 1000 * np.diff([*beats, time.perf_counter()])
    timer.stop()
    for signal, one in zip((opening.opened, opening.failed, opening.asked), heard, strict=True):
        signal.disconnect(one)
    return took, spent() - used, float(np.quantile(gaps, 0.95)), float(gaps.max()), said[0] if said else "too late"


def at_rest(seconds: float = 3.0) -> float:
    """p95 of the milliseconds between two beats while nothing is read."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    beats = [time.perf_counter()]
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start(10)
    while beats[-1] - beats[0] < seconds:
        QApplication.processEvents()
        time.sleep(0.001)
    timer.stop()
    return float(np.quantile(1000 * np.diff(beats), 0.95))


@contextmanager
def plainly(dim: int) -> Iterator[Opening]:
    """Nothing but the document."""
    from app.document import Document
    from app.opening import Opening
    from engine.codec import build

    opening = Opening(Document(build({"dim": dim, **ENDS})))
    yield opening
    opening.close()


@contextmanager
def windowed(dim: int) -> Iterator[Opening]:
    """A window that trains."""
    from PySide6.QtWidgets import QApplication

    from app.application import assemble, begin
    from engine.codec import build

    window = assemble(build({"dim": dim, **ENDS}), device="cpu")
    begin(window)
    window.resize(1280, 800)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.001)
        snapshot = window.controller.snapshot
        if snapshot is not None and snapshot.phase == "training" and snapshot.step > 50:
            break
    yield window.opening
    window.close()
    window.controller.engine.close(60.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--window", action="store_true", help="drop them on a window that trains")
    parser.add_argument("--only", default="", help="files whose name holds this")
    given = parser.parse_args()
    from PySide6.QtWidgets import QApplication

    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'':16}{'MiB':>7}{'s':>8}{'s of CPU':>10}{'beat p95, ms':>14}{'worst':>8}{'at rest':>9}")
        for path in made(Path(folder), given.points):
            if given.only not in path.name:
                continue
            with (windowed if given.window else plainly)(2 if "csv" in path.name else 3) as opening:
                rest = at_rest()
                took, used, p95, worst, said = measured(path, opening)
            size = path.stat().st_size / 2**20
            print(f"{path.name:16}{size:7.0f}{took:8.2f}{used:10.2f}{p95:14.1f}{worst:8.1f}{rest:9.1f}  {said}")
    application.quit()


if __name__ == "__main__":
    main()
