"""Films decoded again: what a player finds in each format."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence
from PySide6.QtGui import QColor

from app.export.encoder import Encoder, encoder_for
from app.export.film import Turning, part_of
from app.export.order import Order
from app.export.page import Page
from app.export.reel import Reel
from app.export.rendering import Cancelled, render
from app.export.whole import whole
from app.scene.look import Look
from app.theme import load
from engine.parts import Wrong
from engine.registry import kinds
from tests.app import snapshots

SNAPSHOT = snapshots.snapshot(n=40, rounds=2, training=False)
LOOK = Look(round=1, lines=20, particles=40)
WIDE, HIGH, TEXT = 480, 270, 40.0
ROOT = Path(__file__).resolve().parents[2]
ENDS = {"mp4": ".mp4", "webm": ".webm", "gif": ".gif", "apng": ".apng", "webp": ".webp", "png": ""}
FILES = [name for name in ENDS if name != "png"]

pytestmark = pytest.mark.usefixtures("qapp")


def order(rate: int = 25, seconds: float = 0.4, size: tuple[int, int] = (WIDE, HIGH), **page) -> Order:
    film = part_of("films", "sweep", {"hold": page.pop("hold", 0.0)})
    return Order(film, LOOK, Page(width=size[0], height=size[1], text=TEXT, **page), rate, seconds)


def made(folder: Path, kind: str, asked: Order) -> Path:
    path = folder / f"film{ENDS[kind]}"
    render(SNAPSHOT, asked, encoder_for(path), path)
    return path


def frames(path: Path) -> list[np.ndarray]:
    """Every frame of a file, (h, w, 3 or 4) uint8, as a player shows it."""
    if path.is_dir():
        return [np.array(Image.open(one).convert("RGBA")) for one in sorted(path.glob("*.png"))]
    if path.suffix in (".gif", ".webp"):
        with Image.open(path) as file:
            return [np.array(frame.convert("RGBA")) for frame in ImageSequence.Iterator(file)]
    with av.open(str(path)) as file:
        kind = "rgba" if path.suffix == ".apng" else "rgb24"
        return [frame.to_ndarray(format=kind) for frame in file.decode(video=0)]


def lasts(path: Path) -> float:
    """Seconds."""
    if path.suffix in (".gif", ".webp", ".apng"):
        return sum(times(path)) / 1000
    with av.open(str(path)) as file:
        return file.duration / av.time_base


def times(path: Path) -> list[float]:
    """Milliseconds of each frame of a picture that moves."""
    with Image.open(path) as file:
        return [(frame.load(), frame.info["duration"])[1] for frame in ImageSequence.Iterator(file)]


def spot(frame: np.ndarray, x: float, y: float) -> np.ndarray:
    """The colour there, of 5 x 5 pixels."""
    x, y = round(x), round(y)
    return frame[y - 2 : y + 3, x - 2 : x + 3, :3].reshape(-1, 3).mean(0)


def ink(name: str, theme: str = "light") -> np.ndarray:
    return np.array(QColor(load(theme).ink(name)).getRgb()[:3])


def dot(t: float) -> tuple[float, float]:
    """A place on the mark of t that is none of its line: as ``paint_time`` has it."""
    from PySide6.QtGui import QFontMetricsF

    from app.canvas.words import face

    theme = load("light")
    zoom = TEXT / theme.text_px
    px = theme.text_px
    words = QFontMetricsF(face(theme, 1.05)).horizontalAdvance("t = 0.00") + 4
    left, right = px, WIDE / zoom - words - 2 * px
    return (left + t * (right - left)) * zoom, HIGH - 1.1 * TEXT - 0.23 * TEXT


@pytest.mark.parametrize("kind", ENDS)
def test_frames_first_and_last(kind: str, tmp_path: Path) -> None:
    """All frames are there, the first at t = 0 and the last at t = 1, with the inks that they were painted in."""
    path = made(tmp_path, kind, order())
    found = frames(path)
    assert len(found) == 10
    assert all(frame.shape[:2] == (HIGH, WIDE) for frame in found)
    for frame, t in ((found[0], 0.0), (found[-1], 1.0)):
        assert np.abs(spot(frame, *dot(t)) - ink("accent")).max() <= 3
        assert np.abs(spot(frame, 3, 3) - ink("window")).max() <= 3
        assert np.abs(spot(frame, *dot(1.0 - t)) - ink("accent")).max() > 30
    painted = Reel(SNAPSHOT, order())
    for k in (0, 4, 9):
        wanted = painted.pixels(k)[..., 2::-1].astype(int)
        assert np.abs(found[k][..., :3] - wanted).mean() < 1.5


@pytest.mark.parametrize("theme", ["dark", "light", "projector", "print"])
@pytest.mark.parametrize("kind", ["mp4", "webm", "gif"])
def test_inks_keep_their_colours(kind: str, theme: str, tmp_path: Path) -> None:
    found = frames(made(tmp_path, kind, order(seconds=0.08, theme=theme)))
    for frame, t in zip(found, (0.0, 1.0), strict=True):
        assert np.abs(spot(frame, *dot(t)) - ink("accent", theme)).max() <= 3
        assert np.abs(spot(frame, 3, 3) - ink("window", theme)).max() <= 3


@pytest.mark.parametrize("kind", FILES)
def test_61_frames_last_61_thirtieths(kind: str, tmp_path: Path) -> None:
    """An encoder that is not flushed loses the last ones; a variable rate gives another length."""
    rate = 30 if kind != "gif" else 50
    path = made(tmp_path, kind, order(rate, 61 / rate, size=(96, 64)))
    assert len(frames(path)) == 61
    assert lasts(path) == pytest.approx(61 / rate, abs=0.002)


def test_mp4_says_what_it_is(tmp_path: Path) -> None:
    """Codec, layout of pixels, BT.709 said four times, constant rate, and the index first."""
    path = made(tmp_path, "mp4", order(30, 0.5))
    with av.open(str(path)) as file:
        (stream,) = file.streams
        context = stream.codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)
        assert stream.average_rate == stream.base_rate == 30
        shown = [float(frame.pts * frame.time_base) for frame in file.decode(stream)]
    assert np.allclose(np.diff(shown), 1 / 30)
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_odd_sizes_are_padded(kind: str, tmp_path: Path) -> None:
    """1001 x 751 is written as 1002 x 752: a column and a row of background, nothing scaled; and it is told."""
    asked = order(seconds=0.08, size=(401, 301))
    path = tmp_path / f"film{ENDS[kind]}"
    told = render(SNAPSHOT, asked, encoder_for(path), path)
    assert "402 x 302" in told and "401 x 301 was padded with the background" in told
    wanted = Reel(SNAPSHOT, asked).pixels(0)[..., 2::-1].astype(int)
    found = frames(path)[0][..., :3].astype(int)
    assert found.shape == (302, 402, 3)
    assert np.abs(found[:301, :401] - wanted).mean() < 1.5
    assert np.abs(found[301] - ink("window")).max() <= 3
    assert np.abs(found[:, 401] - ink("window")).max() <= 3


@pytest.mark.parametrize("rate", [20, 25, 50])
def test_gif_holds_for_a_second(rate: int, tmp_path: Path) -> None:
    """Equal frames are merged, and their times are added: a second of rest lasts a second, and none is below 20 ms."""
    path = made(tmp_path, "gif", order(rate, 4.0, hold=1.0, size=(120, 80), caption=False, t=False))
    found = times(path)
    assert sum(found) == pytest.approx(4000, abs=20)
    assert found[0] == pytest.approx(1000, abs=50) and found[-1] == pytest.approx(1000, abs=50)
    assert min(found) >= 20
    with Image.open(path) as file:
        assert file.info["loop"] == 0


@pytest.mark.parametrize(("kind", "rate"), [("gif", 30), ("gif", 60), ("gif", 24)])
def test_rates_that_a_gif_has_not(kind: str, rate: int, tmp_path: Path) -> None:
    with pytest.raises(Wrong, match="20, 25, 50"):
        made(tmp_path, kind, order(rate))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["webm", "apng", "webp", "png"])
def test_transparent_films(kind: str, tmp_path: Path) -> None:
    """Nothing where nothing is painted, and the inks where something is."""
    path = made(tmp_path, kind, order(seconds=0.08, theme="transparent"))
    if kind == "webm":  # ffmpeg's own decoder of VP9 knows no alpha plane
        with av.open(str(path)) as file:
            assert file.streams.video[0].metadata.get("alpha_mode") == "1"
            decoder = av.CodecContext.create("libvpx-vp9", "r")
            found = [f.to_ndarray(format="rgba") for p in file.demux(video=0) for f in decoder.decode(p)]
    else:
        found = frames(path)
    assert len(found) == 2
    assert found[0][3, 3, 3] <= 2
    x, y = dot(0.0)
    assert found[0][round(y), round(x), 3] >= 250
    assert np.abs(spot(found[0], x, y) - ink("accent")).max() <= 4


@pytest.mark.parametrize("kind", ["mp4", "gif"])
def test_no_transparent_film_there(kind: str, tmp_path: Path) -> None:
    with pytest.raises(Wrong, match="has no transparency; take WebM"):
        made(tmp_path, kind, order(theme="transparent"))


def test_the_same_pictures_again() -> None:
    """The same snapshot and order give the same frames to the last bit: what encoders are handed."""
    asked = order(seconds=0.12, size=(96, 64))
    one, two = Reel(SNAPSHOT, asked), Reel(SNAPSHOT, asked)
    for _ in range(3):
        assert all((one.pixels(k) == two.pixels(k)).all() for k in range(len(two)))
        two = Reel(SNAPSHOT, asked)


@pytest.mark.parametrize("kind", ENDS)
def test_the_same_file_again(kind: str, tmp_path: Path) -> None:
    """To the last byte, or for encoders that promise none of it (x264 chose another bit on one machine in hundreds of
    runs, and a WebM has an identity of its own) the same frames to the eye."""
    asked = order(seconds=0.12, size=(96, 64))
    one, two = (made(tmp_path, kind, asked), tmp_path / f"kept{ENDS[kind]}")
    one.rename(two)
    made(tmp_path, kind, asked)
    if kind == "png":
        names = sorted(path.name for path in one.iterdir())
        assert names == ["beamer.tex", "frame-0000.png", "frame-0001.png", "frame-0002.png"]
        assert all((one / name).read_bytes() == (two / name).read_bytes() for name in names)
    elif kind in ("mp4", "webm"):
        assert lasts(one) == lasts(two)
        for a, b in zip(frames(one), frames(two), strict=True):
            assert np.abs(a.astype(int) - b).mean() < 0.5
    else:
        assert one.read_bytes() == two.read_bytes()


def test_beamer_lines(tmp_path: Path) -> None:
    path = tmp_path / "my clip.png"
    render(SNAPSHOT, order(seconds=0.12, size=(96, 64)), encoder_for(path), path)
    told = (tmp_path / "my clip" / "beamer.tex").read_text()
    assert r"\animategraphics[autoplay,loop,width=\linewidth]{25}{my clip/frame-}{0000}{0002}" in told


@pytest.mark.parametrize("kind", ENDS)
@pytest.mark.parametrize("end", ["cancelled", "failed"])
def test_nothing_is_left_of_a_film_that_was_not_finished(
    kind: str, end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what was there before is there still."""
    path = tmp_path / f"film{ENDS[kind]}"
    asked, seen = order(seconds=0.6, size=(96, 64)), []
    if kind != "png":
        path.write_bytes(b"old")
    if end == "failed":
        monkeypatch.setattr(Reel, "pixels", _failing(Reel.pixels))
        with pytest.raises(MemoryError):
            render(SNAPSHOT, asked, encoder_for(path), path)
    else:
        with pytest.raises(Cancelled):
            render(SNAPSHOT, asked, encoder_for(path), path, lambda k, n: seen.append(k), lambda: len(seen) > 5)
        assert len(seen) == 6
    assert [one.name for one in tmp_path.iterdir()] == ([path.name] if kind != "png" else [])
    assert kind == "png" or path.read_bytes() == b"old"


def _failing(pixels: Callable) -> Callable:
    def some(self: Reel, k: int) -> np.ndarray:
        if k == 7:
            raise MemoryError
        return pixels(self, k)

    return some


def test_an_encoder_that_fails_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds("encoders")["png"], "write", lambda self, path, footage: 1 / 0)
    with pytest.raises(Wrong, match=r"^film: cannot be encoded \(ZeroDivisionError"):
        made(tmp_path, "png", order())
    assert not list(tmp_path.iterdir())


def test_places_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "film").mkdir()
    (tmp_path / "film" / "thesis.tex").write_text("mine")
    with pytest.raises(Wrong, match="holds other files"):
        made(tmp_path, "png", order())
    assert (tmp_path / "film" / "thesis.tex").read_text() == "mine"
    with pytest.raises(Wrong, match="there is no folder"):
        made(tmp_path / "nowhere", "mp4", order())
    with pytest.raises(Wrong, match=r"is not the name of a film; end it in \.mp4"):
        encoder_for(Path("film.avi"))


def test_a_folder_that_nothing_can_be_put_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.export.whole.os.access", lambda place, how: False)  # as for whoever is not root
    with pytest.raises(Wrong, match=r"film\.mp4: cannot be written: nothing can be put into"):
        made(tmp_path, "mp4", order())


FULL = """
import resource, signal, sys
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
from app.export.qt import ready
ready()
from tests.app.test_film_files import ENDS, made, order
from engine.parts import Wrong
try:
    made(Path(sys.argv[1]), sys.argv[2], order(seconds=1.0))
except Wrong as wrong:
    print(wrong)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of a file's size there")
@pytest.mark.parametrize("kind", ENDS)
def test_a_disk_that_takes_no_more_is_one_sentence(kind: str, tmp_path: Path) -> None:
    """Files of this process cannot be larger than 3 kB, as on a disk that is nearly full."""
    path = tmp_path / f"film{ENDS[kind]}"
    if kind != "png":
        path.write_bytes(b"old")
    command = [sys.executable, "-B", "-c", FULL, str(tmp_path), kind]  # else half of a bytecode file would stay
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("film") and done.stdout.count("\n") == 1, done.stderr
    assert "cannot be" in done.stdout and "File too large" in done.stdout
    assert [one.name for one in tmp_path.iterdir()] == ([path.name] if kind != "png" else [])
    assert kind == "png" or path.read_bytes() == b"old"


def test_a_folder_that_cannot_be_exchanged_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under its own name, with what it held; and one that was exchanged is settled on the disk."""
    place, settled = tmp_path / "frames", []
    monkeypatch.setattr("app.export.whole.settle", settled.append)
    for content in (b"old", b"new"):
        with whole(place) as scratch:
            scratch.mkdir()
            (scratch / "frame-1.png").write_bytes(content)
        assert settled.pop() == place.parent.resolve()
    replace = os.replace

    def stuck(one: Path, other: Path) -> None:
        if (Path(one) / "frame-1.png").read_bytes() == b"newest":
            raise OSError(5, "Input/output error")
        replace(one, other)

    monkeypatch.setattr("app.export.whole.os.replace", stuck)
    with pytest.raises(Wrong, match=r"frames: cannot be written \(Input/output error\)"), whole(place) as scratch:
        scratch.mkdir()
        (scratch / "frame-1.png").write_bytes(b"newest")
    assert list(tmp_path.iterdir()) == [place] and (place / "frame-1.png").read_bytes() == b"new" and not settled


def test_a_library_that_is_missing_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.export.encoder.find_spec", lambda name: None)
    with pytest.raises(Wrong, match="MP4 needs the package av: python -m pip install av"):
        made(tmp_path, "mp4", order())


@pytest.mark.parametrize("cls", kinds(Encoder.family).values(), ids=lambda cls: cls.__name__)
def test_every_format_tells_what_it_is(cls: type[Encoder]) -> None:
    assert cls.title and cls.hint and cls.suffixes and cls.__struct_config__.tag in ENDS
    for suffix in cls.suffixes:
        assert type(encoder_for(Path(f"a{suffix}"))) is cls
    with pytest.raises(Wrong) if cls.most else _nothing():
        cls().fits(20_000, 20_000, 50_000, cls.rates[0], False)


class _nothing:  # noqa: N801
    def __enter__(self) -> None: ...
    def __exit__(self, *error: object) -> None: ...


def test_pace_of_what_turns() -> None:
    """As many frames rest as are asked for, and both ends are reached exactly."""
    from app.export.film import Take

    class Some(Turning, frozen=True, tag="some"):
        pass

    def shares(n: int, rate: float = 10.0, **knobs: object) -> list[float]:
        return [Some(**knobs).share(Take(k, n, rate)) for k in range(n)]

    once = shares(61, hold=1.0)
    assert once[:10] == [0.0] * 10 and once[-10:] == [1.0] * 10 and once[10] > 0.0 and once[-11] < 1.0
    assert np.allclose(shares(11, hold=0.0), np.linspace(0, 1, 11))
    back = shares(61, hold=1.0, turn="there and back")
    assert back[:10] == [0.0] * 10 and back.count(1.0) in (9, 10, 11) and back[-1] == 0.0 and back[10] > 0.0
    for n in range(2, 40):
        for knobs in ({"hold": 0.0}, {"hold": 0.3}, {"hold": 5.0}, {"hold": 0.0, "ease": "smooth"}):
            back = shares(n, turn="there and back", **knobs)
            top = back.index(1.0)
            assert back[0] == 0.0 and np.all(np.diff(back[: top + 1]) >= 0) and np.all(np.diff(back[top:]) <= 0)
            assert n < 3 or knobs["hold"] or (back.count(0.0) == back.count(1.0) == 1), (
                "a loop stands still for a frame"
            )
    assert shares(8, hold=0.0, turn="there and back") == [0.0, 0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25]
    smooth = shares(61, hold=0.0, ease="smooth")
    assert smooth[0] == 0.0 and smooth[-1] == 1.0 and smooth[1] < 1 / 60 and smooth[30] == 0.5
    twice = shares(20, hold=0.0, times=2)
    assert twice[:10] == twice[10:] and twice[9] == 1.0
    assert shares(1) == [0.0] and shares(2, hold=9.0) == [0.0, 1.0]
    assert all(np.all(np.diff(shares(n, hold=h)) >= 0) for n in range(2, 40) for h in (0.0, 0.3, 5.0))
