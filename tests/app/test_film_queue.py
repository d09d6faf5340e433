"""Films beside the window: a process for each, one after another, and the pages of the dialog that ask for them."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from app.export.aside import PIECE, packed
from app.export.encoder import encoder_for
from app.export.encoders.mp4 import Mp4
from app.export.film import part_of
from app.export.film_sheet import FilmSheet
from app.export.gathering import Gathering, known
from app.export.job import FilmJob, SlidesJob
from app.export.order import Order
from app.export.page import Page
from app.export.queue import AHEAD, Entry, Queue
from app.export.queue_list import QueueList
from app.export.reel import Reel
from app.export.scrub import Scrub
from app.export.slide_sheet import SlideSheet
from app.export.slides import planned
from app.export.work import Work
from app.scene.look import Look
from engine import report
from engine.codec import build
from engine.lab import Lab
from engine.parts import Wrong
from engine.probes.field_map import FieldMap
from engine.registry import kinds
from engine.snapshot import Snapshot
from tests.app import snapshots
from tests.app.scripted import QUICK, Player, Script, rest

SNAPSHOT = snapshots.snapshot(n=40, rounds=2, training=False)
PAGE = Page(width=96, height=64, text=6.0)
FIELD = FieldMap()


def until(there: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end, "it does not come"
        rest(0.02)


def job(path: Path, seconds: float = 0.4, kind: str = "sweep", **fields: object) -> FilmJob:
    order = Order(part_of("films", kind, {}), Look(round=1, lines=10, particles=20), PAGE, 25, seconds)
    return FilmJob(path, SNAPSHOT, order, encoder_for(path))


@pytest.fixture
def queue(qapp) -> Iterator[Queue]:
    made = Queue()
    yield made
    made.close_down()
    made.deleteLater()


def count(path: Path) -> int:
    with av.open(str(path)) as file:
        return sum(1 for _ in file.decode(video=0))


def test_exports_are_made_one_after_another(queue: Queue, tmp_path: Path) -> None:
    slides = planned(SNAPSHOT, Look(round=1), PAGE, part_of("films", "sweep", {}), 5, 0.4)
    jobs = job(tmp_path / "a.mp4", 2.0), job(tmp_path / "b.gif"), SlidesJob(tmp_path / "c.pptx", SNAPSHOT, slides)
    order: list[tuple[str, str]] = []
    queue.ended.connect(lambda entry: order.append((entry.job.path.name, entry.state)))
    entries = [queue.add(job) for job in jobs]
    shares, at_once = [], 0
    assert [entry.state for entry in entries] == ["works", "waits", "waits"]

    def all_ended() -> bool:
        nonlocal at_once
        shares.append(entries[0].share)
        at_once = max(at_once, sum(entry.state == "works" for entry in entries))
        return not queue.busy

    until(all_ended)
    assert order == [("a.mp4", "done"), ("b.gif", "done"), ("c.pptx", "done")]
    assert at_once == 1 and shares == sorted(shares) and len(set(shares)) > 2 and shares[-1] == 1.0
    assert entries[0].words == "a.mp4: 96 x 64, 50 frames, 2.00 s"
    assert count(tmp_path / "a.mp4") == 50
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.gif", "c.pptx"]


def test_cancelling_leaves_nothing(queue: Queue, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"old")
    first, second = queue.add(job(tmp_path / "a.mp4", 600.0)), queue.add(job(tmp_path / "b.mp4"))
    until(lambda: first.done > 3)
    assert first.told().startswith("a.mp4: ") and " of 15000 frames" in first.told()
    rest(0.5)
    assert first.seconds_left > 1 and " left" in first.told()
    queue.cancel(first)
    until(lambda: not queue.busy)
    assert (first.state, second.state) == ("cancelled", "done")
    assert first.told() == "a.mp4: cancelled; nothing was written"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.mp4"]
    assert (tmp_path / "a.mp4").read_bytes() == b"old"


def test_closing_the_window_ends_the_process_and_what_it_began(queue: Queue, tmp_path: Path) -> None:
    entry = queue.add(job(tmp_path / "a.mp4", 600.0))
    until(lambda: entry.done > 100)  # the encoder looks that far ahead before it writes
    assert any(path.name.endswith(".part") for path in tmp_path.iterdir())
    began = time.monotonic()
    queue.close_down()
    assert time.monotonic() - began < 2.0 and not list(tmp_path.iterdir())


def test_a_process_whose_window_is_gone_puts_its_things_away(tmp_path: Path) -> None:
    """As after kill -9: its input ends."""
    import subprocess
    import sys

    from app.export.aside import START
    from app.export.queue import ROOT

    asked = job(tmp_path / "a.mp4", 600.0)
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-c", START, ROOT, *sys.path], stdin=pipe, stdout=pipe, stderr=pipe)
    process.stdin.writelines(packed(asked))
    process.stdin.flush()
    assert b'"done": 1' in process.stdout.readline()
    process.stdin.close()
    rest_of = process.stdout.read()
    assert process.wait(20) == 0 and b'"cancelled"' in rest_of and process.stderr.read() == b""
    process.stdout.close()
    process.stderr.close()
    assert not list(tmp_path.iterdir())


def test_what_goes_wrong_is_told_in_a_sentence(queue: Queue, tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    asked = job(folder / "a.mp4")
    folder.rmdir()
    entry = queue.add(asked)
    until(lambda: entry.ended)
    assert entry.state == "failed"
    assert entry.words == f"a.mp4: cannot be written: there is no folder {folder.resolve()}"


def test_a_process_that_is_killed_is_told_and_leaves_nothing(queue: Queue, tmp_path: Path) -> None:
    """The next one's turn comes."""
    entry, other = queue.add(job(tmp_path / "a.mp4", 600.0)), queue.add(job(tmp_path / "b.mp4"))
    until(lambda: entry.done > 100)
    queue._process.kill()
    until(lambda: not queue.busy)
    assert (entry.state, other.state) == ("failed", "done")
    assert entry.words == "a.mp4: the process that made it has ended"
    assert [path.name for path in tmp_path.iterdir()] == ["b.mp4"]


def test_another_process_paints_the_same(queue: Queue, tmp_path: Path) -> None:
    """Pixel for pixel what would be painted here."""
    asked = job(tmp_path / "a")
    queue.add(asked)
    until(lambda: not queue.busy)
    reel = Reel(SNAPSHOT, asked.order)
    for k, path in enumerate(sorted((tmp_path / "a").glob("*.png"))):
        found = np.array(Image.open(path).convert("RGB"))
        assert np.array_equal(found, reel.pixels(k)[..., 2::-1]), k
    assert k == 9


def test_jobs_cross_over_whole() -> None:
    asked = pickle.loads(pickle.dumps(job(Path("a.mp4"))))
    assert asked.order == job(Path("a.mp4")).order and asked.scratch.name.startswith(".a.mp4.")


def test_rows_of_the_queue(queue: Queue, tmp_path: Path, qtbot) -> None:
    rows = QueueList(queue)
    qtbot.addWidget(rows)
    assert rows.isHidden()
    entries = [queue.add(job(tmp_path / f"{k}.mp4", 600.0), ready=False) for k in range(5)]
    queue.asks(entries[0], "12 answers")
    assert [row.words.text() for row in rows.rows] == [
        "0.mp4: waits for 12 answers",
        "1.mp4: waits for ",
        "2.mp4: waits for ",
    ]
    assert not rows.isHidden()
    rows.rows[0].end.click()
    assert entries[0].state == "cancelled" and entries[0].words == "0.mp4: cancelled"
    assert rows.rows[0].words.text() == "1.mp4: waits for "
    for entry in entries[1:]:
        queue.cancel(entry)
    assert rows.rows[0].end.text() == "Clear"
    rows.rows[0].end.click()
    assert not queue.entries and rows.isHidden()


class Asking(QObject):
    """A controller that notes what it is asked."""

    said = Signal(str)

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot, self.asked = snapshot, ()

    def ask(self, probes: tuple, names: tuple, by: str = "") -> None:
        self.asked = names


def test_ordering_a_film_holds_nobody_up(queue: Queue, tmp_path: Path, monkeypatch) -> None:
    """Neither the look at all its frames nor the way of a large snapshot to the process; both can be cut short."""
    gathering = Gathering(Asking(SNAPSHOT), queue)
    free, ordered = threading.Event(), job(tmp_path / "a.mp4")
    monkeypatch.setattr(FilmJob, "needs", lambda self, stop: (free.wait(5.0), ((), ()))[1])
    began = time.monotonic()
    entry = gathering.begin(ordered)
    assert time.monotonic() - began < 2.0 and entry.told() == "a.mp4: waits for a look at its frames"
    free.set()
    until(lambda: entry.state != "asks")
    until(lambda: entry.ended)
    assert entry.state == "done"

    def fails(self: FilmJob, stop: object) -> None:
        raise Wrong("t", "is nowhere")

    monkeypatch.setattr(FilmJob, "needs", fails)
    entry = gathering.begin(ordered)
    until(lambda: entry.ended)
    assert (entry.state, entry.words) == ("failed", "a.mp4: T: is nowhere.")
    monkeypatch.undo()
    long = job(tmp_path / "b.mp4", 1800.0)
    gathering.begin(long)
    began = time.monotonic()
    gathering.close_down()
    assert time.monotonic() - began < 2.0
    gathering.deleteLater()
    assert len(long.order.needs(SNAPSHOT, lambda: True)[0]) == 0


def test_a_large_snapshot_goes_to_the_process_piece_by_piece(queue: Queue, tmp_path: Path) -> None:
    large = replace(SNAPSHOT, source=np.ones((8_000_000, 2), np.float32))
    pieces = list(packed(replace(job(tmp_path / "a.mp4"), snapshot=large)))
    assert max(map(len, pieces)) <= PIECE and sum(map(len, pieces)) > large.source.nbytes
    first = queue.add(replace(job(tmp_path / "a.mp4"), snapshot=large))
    assert 0 < queue._process.bytesToWrite() <= 2 * AHEAD
    until(lambda: first.ended)
    assert first.state == "done"
    second = queue.add(replace(job(tmp_path / "b.mp4"), snapshot=large))
    queue.cancel(second)
    until(lambda: second.ended and queue._process is None)
    assert second.state == "cancelled" and [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_a_snapshot_from_before_the_question_starts_no_film(queue: Queue, tmp_path: Path, monkeypatch) -> None:
    """What it was asked of other rounds is answered, and tells nothing of those that the film shows."""
    lab = Lab("cpu")
    lab.adopt(build(QUICK | {"rounds": 2}))
    while len(lab.rounds()) < 2:
        lab.advance(0.1)

    def answered(*names: str) -> Snapshot:
        lab.ask((FIELD,), names)
        while lab.asked:
            lab.look(0.2)
        return report.snapshot(lab)

    before = answered("1")
    assert before.shown == ("1",) and not before.unanswered

    monkeypatch.setattr(queue, "_next", lambda: None)
    asking = Asking(before)
    gathering = Gathering(asking, queue)
    both = FilmJob(tmp_path / "a.mp4", before, Order(part_of("films", "rounds", {}), Look(), PAGE, 5, 2.0), Mp4())
    monkeypatch.setattr(FilmJob, "needs", lambda self, stop: ((FIELD,), ("1", "2")))
    entry = gathering.begin(both)
    until(lambda: asking.asked == ("1", "2"))
    gathering._look()
    assert entry.state == "asks"
    asking.snapshot = answered("1", "2")
    gathering._look()
    assert entry.state == "waits" and entry.job.snapshot is asking.snapshot
    assert known(entry.job.snapshot, (FIELD,), ("1", "2"))
    queue.cancel(entry)
    gathering.close_down()
    gathering.deleteLater()


def test_closing_does_not_wait_for_ever(qapp, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that hangs, say."""
    monkeypatch.setattr("app.export.work.PATIENCE", 0.2)
    work, free = Work(), threading.Event()
    work.begin(lambda: free.wait(10.0))
    thread, began = work._thread, time.monotonic()
    work.finish()
    assert time.monotonic() - began < 5.0 and thread.is_alive() and not work.busy
    free.set()
    thread.join()
    work.deleteLater()


def test_the_scrub_plays_in_real_time(qtbot) -> None:
    scrub = Scrub()
    qtbot.addWidget(scrub)
    scrub.show_film(60, 30)
    assert scrub.frame in (29, 30) and scrub.words.text() == "1.00 of 2.00 s"
    seen: list[int] = []
    scrub.moved.connect(seen.append)
    scrub.button.click()
    rest(0.5)
    scrub.button.click()
    assert seen == sorted(seen) and 8 <= seen[-1] - seen[0] <= 20 and scrub.button.text() == "Play"
    scrub.show_film(120, 30)
    assert scrub.frame == pytest.approx(2 * seen[-1], abs=3)
    rest(0.1)
    assert scrub.frame == pytest.approx(2 * seen[-1], abs=3), "it goes on by itself"


# in the window


def test_films_and_slides_from_the_window(qapp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One window for all that a hand does with them."""
    player = Player(Script("films", "", ()))
    try:
        settled(player)
        every_film(player)
        formats_and_rates(player, tmp_path, monkeypatch)
        a_film_while_the_window_goes_on(player, tmp_path, monkeypatch)
        another_experiment_ends_what_waits(player, tmp_path, monkeypatch)
        slides_in_two_clicks(player, tmp_path, monkeypatch)
        quitting_names_what_would_end(player, tmp_path)
    finally:
        player.window.stills.close()
        player.window.close()
        player.window.deleteLater()
        rest(0.2)


def settled(player: Player) -> None:
    shown = lambda: player.window.controller.snapshot  # noqa: E731
    until(lambda: shown() is not None and player.window.controller.current and shown().phase == "done")


def sheet(player: Player, title: str) -> FilmSheet | SlideSheet:
    player.window.stills.export(title)
    rest(0.2)
    return player.window.stills.dialog.sheet


def saved(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """The hand chooses this name in the file dialog."""
    monkeypatch.setattr(QFileDialog, "open", lambda self: self.fileSelected.emit(str(path)))


def every_film(player: Player) -> None:
    """Each has its knobs and a preview; what cannot be says so in its place."""
    page = sheet(player, "Film")
    for cls in kinds("films").values():
        page.choose(cls.title)
        assert page.film == cls() and page.footing.seconds == pytest.approx(cls().seconds)
        if cls.__struct_config__.tag == "replay":
            rest(0.1)
            assert "Nothing is trained here" in page.preview._words
        else:
            page.preview._picture = None
            until(lambda: page.preview.picture is not None)
    page.choose("Timeline")
    page.clips.more.click()
    assert len(page.film.clips) == 4 and page.footing.seconds == page.film.seconds == 21.0
    page.choose("Sweep of t")


def a_film_while_the_window_goes_on(player: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lens asks for a place with each frame; nobody has looked at them before."""
    page, path = sheet(player, "Film"), tmp_path / "lens.mp4"
    page.choose("Moving lens")
    page._turn_footing("width", 96)
    page._turn_footing("height", 64)
    page._turn_footing("seconds", 0.5)
    saved(monkeypatch, path)
    player.window.stills.dialog.saver.click()
    (entry,) = page.gathering.queue.entries
    assert entry.state == "asks"
    until(lambda: entry.ended)
    assert entry.words == "lens.mp4: 96 x 64, 15 frames, 0.50 s" and count(path) == 15
    assert all(player.window.isVisible() for _ in range(2))
    page.gathering.queue.clear()
    page.choose("Sweep of t")


def another_experiment_ends_what_waits(player: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = sheet(player, "Film")
    page.choose("Moving lens")
    page._turn_footing("seconds", 20.0)
    saved(monkeypatch, tmp_path / "never.mp4")
    player.window.stills.dialog.saver.click()
    (entry,) = page.gathering.queue.entries
    player.window.document.patch("seed", seed=1)
    until(lambda: entry.ended)
    assert entry.state == "failed" and "the experiment was changed before" in entry.words
    player.window.document.undo()
    page.gathering.queue.clear()
    settled(player)
    player.window.stills.dialog.anew.click()


def formats_and_rates(player: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = sheet(player, "Film")
    page.choose("Sweep of t")
    page._turn_footing("shape", "9:16")
    page._turn_footing("lines", "4K")
    assert (page.footing.width, page.footing.height) == (2160, 3840)
    page._turn_footing("lines", "720p")
    page._turn_footing("shape", "square")
    assert (page.footing.width, page.footing.height) == (720, 720)
    page.pick_format("GIF")
    assert page.footing.rate == "25"
    page._turn_footing("rate", "30")
    player.window.stills.dialog.saver.click()
    assert "20, 25, 50" in player.window.stills.dialog.words.text()
    page.pick_format("MP4")
    page._turn_page("transparent", True)
    player.window.stills.dialog.saver.click()
    assert "MP4 has no transparency" in player.window.stills.dialog.words.text()
    page._turn_page("transparent", False)
    saved(monkeypatch, tmp_path / "nowhere" / "a.mp4")
    player.window.stills.dialog.saver.click()
    assert "there is no folder" in player.window.stills.dialog.words.text()
    assert not page.gathering.queue.entries


def slides_in_two_clicks(player: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two clicks and the name of the file."""
    page, path = sheet(player, "Slides"), tmp_path / "talk"
    page._turn_footing("seconds", 0.2)
    page._turn_footing("width", 96)
    page._turn_footing("height", 64)
    page.turn("views", ("crossings", "space-time"))
    page.step(1)
    assert page.words.text() == "2 of 2: Space-time"
    saved(monkeypatch, path)
    player.window.stills.dialog.saver.click()
    entry: Entry = page.gathering.queue.entries[-1]
    until(lambda: entry.ended)
    assert entry.words == "talk.pptx: 2 slides, 2 with a film"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["lens.mp4", "talk.pptx"]


def quitting_names_what_would_end(player: Player, tmp_path: Path) -> None:
    """It goes on while that is asked, and ends with the window."""
    window, gathering = player.window, player.window.stills.dialog.sheet.gathering
    assert window.stills.unfinished() == ""
    entries = [gathering.queue.add(job(tmp_path / f"{k}.mp4", 600.0)) for k in range(5)]
    until(lambda: entries[0].done > 100)
    window.document.stack.setClean()
    told = "Nothing is written of exports that are not finished: 0.mp4, 1.mp4, 2.mp4 and 2 more."
    for changed, answer in ((True, "Cancel"), (False, "Cancel"), (False, "Quit")):
        window.document.patch("seed", seed=7) if changed else window.document.undo()
        window.windowHandle().close()
        box = window.projects.question
        assert window.isVisible() and box.isVisible() and told in box.informativeText()
        assert ("Otherwise" in box.informativeText()) == changed
        next(button for button in box.buttons() if button.text().replace("&", "") == answer).click()
        until(lambda: window.projects.question is None)
        assert window.isVisible() == (answer == "Cancel")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["lens.mp4", "talk.pptx"]
