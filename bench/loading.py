"""Seconds to read files of a million points, and how long the window's thread is held up meanwhile.

Needs a display:  .ci/display .venv/bin/python bench/loading.py
"""

from __future__ import annotations

import argparse
import gzip
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
PATIENCE = 60.0


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


def measured(path: Path) -> tuple[float, float, float, float, str]:
    """Seconds from the drop to the document, of the clock and of the processor; p95 and worst of the milliseconds
    between two beats meanwhile; what came of it."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.document import Document
    from app.opening import Opening
    from engine.codec import build
    from engine.reading import clouds

    clouds._kept.clear()
    dim = 2 if "csv" in path.name else 3
    ends = {"source": {"kind": "gaussian"}, "target": {"kind": "gaussian"}}
    opening = Opening(Document(build({"dim": dim, **ends})))
    said, beats = [], [time.perf_counter()]
    opening.opened.connect(lambda end, path: said.append("read"))
    opening.failed.connect(lambda end, why: said.append(why))
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
    opening.close()
    return took, spent() - used, float(np.quantile(gaps, 0.95)), float(gaps.max()), said[0] if said else "too late"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000)
    count = parser.parse_args().points
    from PySide6.QtWidgets import QApplication

    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'':16}{'MiB':>7}{'s':>8}{'s of CPU':>10}{'beat p95, ms':>14}{'worst':>8}")
        for path in made(Path(folder), count):
            took, used, p95, worst, said = measured(path)
            size = path.stat().st_size / 2**20
            print(f"{path.name:16}{size:7.0f}{took:8.2f}{used:10.2f}{p95:14.1f}{worst:8.1f}  {said}")
    application.quit()


if __name__ == "__main__":
    main()
