"""Reading in a process of its own: the same points, and nothing that a file does there is felt here."""

from __future__ import annotations

import os
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.parts import Reader, Wrong
from engine.reading import apart, clouds, image_density
from engine.reading.clouds import cloud
from engine.reading.image_density import ImageDensity, density_of
from engine.reading.pictures import APART
from engine.registry import kinds
from tests.engine import files

NAMES = [
    name for kind in kinds("readers") if kind not in files.HEAVY for name in files.CLOUDS.get(kind, {"none": None})
]
NAMES += [name for name in files.PICTURES if not name.endswith(APART)]
HEAVY = [next(iter(files.CLOUDS[kind])) for kind in sorted(files.HEAVY)]  # their libraries take a second each


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    clouds._kept.clear()
    image_density._remembered.cache_clear()


@pytest.fixture
def apart_always(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was read apart."""
    asked: list[str] = []
    started = apart._started
    monkeypatch.setattr(apart, "QUICK", 0)
    monkeypatch.setattr(apart, "_started", lambda text, found: asked.append(text) or started(text, found))
    return asked


@pytest.mark.parametrize("name", [*NAMES, *HEAVY])
def test_the_same_is_read(tmp_path: Path, apart_always: list[str], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    path, read = next((path, read) for path, read in files.written(tmp_path).items() if path.name == name)
    there = read(str(path))
    assert len(apart_always) == 1
    apart.QUICK = 2**20
    for kind in files.HEAVY:
        monkeypatch.setattr(kinds("readers")[kind], "aside", Reader.aside)
    clouds._kept.clear()
    image_density._remembered.cache_clear()
    here = read(str(path))
    assert len(apart_always) == 1
    if isinstance(here, ImageDensity):
        assert np.array_equal(here.corners, there.corners) and np.array_equal(here.cumulated, there.cumulated)
    else:
        assert np.array_equal(here, there) and not there.flags.writeable


@pytest.mark.parametrize("name", NAMES)
def test_the_same_is_said(tmp_path: Path, apart_always: list[str], name: str) -> None:
    path, read = next((path, read) for path, read in files.written(tmp_path).items() if path.name == name)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 - 3])
    said = []
    for quick in (0, 2**20):
        apart.QUICK = quick
        clouds._kept.clear()
        image_density._remembered.cache_clear()
        try:
            said.append(len(read(str(path))))
        except Wrong as wrong:
            said.append((wrong.where, wrong.message))
    assert said[0] == said[1] and len(apart_always) == 1


ODD = """
    import os, time, numpy as np
    from engine.parts import Reader, Wrong
    def sleeps(path): time.sleep(60)
    def works(path):
        while True: pass
    def hoards(path): return np.ones(3 * 2**30 // 8)
    def dies(path): os.abort()
    def leaves(path): raise SystemExit(0)
    def fails(path): raise KeyError(path)
    def prints(path): print("[]"); return np.ones(3)
    def pickles(path): return np.array([{}])
    def complains(path): raise Wrong("path", "a \\x1b[2J b")
    def thinks(path): return np.array([os.environ["OMP_NUM_THREADS"] == "1", "torch" in __import__("sys").modules])
"""


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "odd_readers.py").write_text(textwrap.dedent(ODD))
    monkeypatch.syspath_prepend(str(tmp_path))
    module = __import__("odd_readers")
    yield module
    del sys.modules["odd_readers"]


BROKE_OFF = "a.x: cannot be read: what reads it broke off; give another file"
ODDITIES = {
    "hoards": "a.x: needs too much memory to read; give a smaller file",
    "dies": BROKE_OFF,
    "leaves": BROKE_OFF,
    "fails": BROKE_OFF,
    "pickles": BROKE_OFF,
    "complains": "a  [2J b",
}


@pytest.mark.parametrize("name", ODDITIES)
def test_what_happens_there_is_one_sentence_here(odd, name: str) -> None:
    if name == "hoards" and sys.platform != "linux":
        pytest.skip("no bound there")
    with pytest.raises(Wrong) as caught:
        apart.read(getattr(odd, name), "/somewhere/a.x")
    assert caught.value.where == "path" and caught.value.message == ODDITIES[name]


@pytest.mark.parametrize("name", ["sleeps", "works"])
def test_a_budget_of_time(odd, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(apart, "BUDGET", 0.5)
    start = time.perf_counter()
    with pytest.raises(apart.Late, match=r"a\.x: takes more than 0\.5 seconds to read"):
        apart.read(getattr(odd, name), "/somewhere/a.x")
    assert time.perf_counter() - start < 3


@pytest.mark.parametrize("before", [True, False])
def test_it_ends_when_nobody_wants_it(odd, before: bool) -> None:
    event, start = threading.Event(), time.perf_counter()
    if before:
        event.set()
    else:
        threading.Timer(0.3, event.set).start()
    with pytest.raises(apart.Ended), apart.endable(event):
        apart.read(odd.works, "/somewhere/a.x")
    assert time.perf_counter() - start < 2


def test_an_answer_is_what_the_function_returns(odd) -> None:
    assert apart.read(odd.prints, "x").tolist() == [1, 1, 1]
    assert apart.read(odd.thinks, "x").tolist() == [True, False]


def test_nothing_is_imported_from_the_folder_it_stands_in(odd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = tmp_path / "planted"
    planted.mkdir()
    for name in ("json", "numpy", "queue", "sitecustomize"):
        (planted / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(planted)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    assert apart.read(odd.prints, "x").tolist() == [1, 1, 1] and not (tmp_path / "ran").exists()


def test_a_large_file_is_read_once_for_all_dimensions(tmp_path: Path, apart_always: list[str]) -> None:
    """A change of the dimension asks again, in the window's thread."""
    np.save(tmp_path / "a.npy", np.ones((5, 2)))
    path = str(tmp_path / "a.npy")
    points = cloud(path, 2)
    for dim, right in ((1, 1), (3, 3)):
        with pytest.raises(Wrong, match=f"has 2 columns, but the dimension is {dim}; give exactly {right}"):
            cloud(path, dim)
    assert cloud(path, 2) is points and np.array_equal(cloud(path), points) and len(apart_always) == 1


# --- pictures that cost more than they weigh ---


def scans(folder: Path, count: int, side: int) -> str:
    """A progressive JPEG whose last scan stands there over and over."""
    path = folder / "scans.jpg"
    Image.new("L", (side, side), 128).save(path, progressive=True)
    content = path.read_bytes()
    last = content[content.rindex(b"\xff\xda") : -2]
    path.write_bytes(content[:-2] + last * (count - content.count(b"\xff\xda")) + content[-2:])
    return str(path)


def test_a_jpeg_of_500_scans_is_refused_at_once(tmp_path: Path) -> None:
    start = time.process_time()
    with pytest.raises(Wrong) as caught:
        density_of(scans(tmp_path, 500, 3000))
    assert caught.value.message.startswith("scans.jpg: goes over its pixels 500 times; 100 at most")
    assert time.process_time() - start < 2


@pytest.mark.parametrize(("count", "away"), [(16, 0), (60, 1)])
def test_a_jpeg_of_many_scans_is_read_apart(tmp_path: Path, monkeypatch, count: int, away: int) -> None:
    asked, started = [], apart._started
    monkeypatch.setattr(apart, "_started", lambda text, found: asked.append(text) or started(text, found))
    assert len(density_of(scans(tmp_path, count, 64)).corners) == 64 * 64
    assert len(asked) == away


def test_100_mb_of_comments_are_refused_soon(tmp_path: Path) -> None:
    path = tmp_path / "comments.csv"
    with path.open("wb") as file:
        for _ in range(100):
            file.write(b"#\n" * 500_000)
    start = time.perf_counter()
    with pytest.raises(Wrong, match="has more than 2,000,000 lines of comments; give the rows alone"):
        cloud(str(path), 2)
    assert time.perf_counter() - start < 15
    os.unlink(path)
