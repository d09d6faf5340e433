"""Letters in the machine's fonts: their ink, what travels with a project, and what is no font."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image as Pixels

from engine import codec
from engine.distributions.drawn import Drawn
from engine.distributions.image import Image
from engine.distributions.text import Text
from engine.laws.stroke import Stroke
from engine.parts import Wrong
from engine.provenance import data
from engine.reading import fonts
from engine.reading.letters import edges, letters
from engine.spec import Experiment

FRAME = ((0.0, 0.0), (2.0, 0.0), (0.0, 2.0))


def face() -> str:
    """A file with Latin and Greek letters: tests have DejaVu where the set-up has been run."""
    found = dict(fonts.installed())
    for name in ("DejaVu Sans", "Arial", "Helvetica"):
        if name in found:
            return found[name]
    pytest.skip("none of three usual fonts is installed")


def test_every_font_that_is_named_can_be_read() -> None:
    names = fonts.installed()
    assert names == tuple(sorted(names, key=lambda pair: pair[0].lower()))
    for name, path in names:
        assert name and Path(path).is_file()
        try:
            assert letters("H", path).cumulated[-1] > 0
        except Wrong as wrong:  # symbols, emoji
            assert wrong.where == "text" and "lacks" in wrong.message


def test_a_capital_is_one_high_and_centred() -> None:
    x = letters("H", face()).scatter(20_000, np.random.default_rng(0))
    assert np.ptp(x[:, 1]) == pytest.approx(1.0, abs=0.03)
    assert abs(x.mean(0)).max() < 0.02
    assert len(np.unique(x[np.abs(x[:, 1]) > 0.3][:, 0] > 0)) == 2  # two stems


def test_letters_have_their_shares_and_classes() -> None:
    """I beside a dash, by the areas of their ink: l and l have the same, so that half of the points are of each."""
    law = Text(text="l l", font=face())
    x, label = law.classed(40_000, 2, np.random.default_rng(0))
    assert law.partition(2) == ("letter", 2)
    assert np.mean(label == 0) == pytest.approx(0.5, abs=0.01)
    assert (x[label == 0, 0] < x[label == 1, 0].min()).all()
    assert len(edges("a bc", face())) == 2
    assert not np.allclose(letters("R", face()).shape, letters("R").shape)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_beyond_ascii(dim: int) -> None:
    x = Text(text="é∫Ω", font=face()).sample(500, dim, np.random.default_rng(1))
    assert x.shape == (500, dim) and np.isfinite(x).all()


def test_a_copy_is_read_beside_the_program_and_gives_the_same(tmp_path: Path) -> None:
    """What lies outside the folders of fonts is not trusted: another process reads it."""
    path = shutil.copy(face(), tmp_path / "copy.ttf")
    one, two = letters("Rw", face()), letters("Rw", str(path))
    assert np.array_equal(one.which, two.which) and np.array_equal(one.cumulated, two.cumulated)


def test_a_way_out_of_the_folders_of_fonts_is_not_within(tmp_path: Path) -> None:
    """A stranger's spec would have its font read in this process."""
    out = Path(face()).parent / Path(*[".."] * 20) / str(tmp_path / "own.ttf").lstrip("/")
    assert fonts._is_installed(face()) and not fonts._is_installed(str(out))


@pytest.mark.parametrize(
    ("name", "content", "where", "message"),
    [
        ("a.ttf", b"no font", "font", "is no font that can be read"),
        ("a.ttf", b"", "font", "is no font that can be read"),
        ("a.otf", b"OTTO" + bytes(4000), "font", "is no font that can be read"),
        ("a.png", b"x", "font", "its name ends in none of .ttf"),
        ("gone.ttf", None, "font", "does not exist"),
    ],
)
def test_what_is_no_font(name: str, content: bytes | None, where: str, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(Wrong) as caught:
        Text(font=str(tmp_path / name)).check(2)
    assert caught.value.where == where and message in caught.value.message


def test_damaged_fonts_never_break_anything(tmp_path: Path) -> None:
    """A few bytes of a real one turned: it is read, or refused in one sentence."""
    content, rng = bytearray(Path(face()).read_bytes()), np.random.default_rng(5)
    for k in range(8):
        turned = content.copy()
        for at in rng.integers(0, 2000 if k % 2 else len(content), 40):
            turned[at] = int(rng.integers(256))
        (tmp_path / f"{k}.ttf").write_bytes(turned)
        try:
            letters("Flow", str(tmp_path / f"{k}.ttf"))
        except Wrong as wrong:
            assert wrong.where in ("font", "text") and "\n" not in wrong.message


@pytest.mark.parametrize(
    ("text", "message"), [("\u0378", "lacks"), ("a\tb", "lacks"), (" ", "leaves no ink"), ("x" * 41, "at most 40")]
)
def test_what_it_lacks(text: str, message: str) -> None:
    with pytest.raises(Wrong) as caught:
        Text(text=text, font=face()).check(2)
    assert caught.value.where == "text" and message in caught.value.message


def test_emoji_are_as_dense_as_they_are_dark() -> None:
    path = dict(fonts.installed()).get("Noto Color Emoji")
    if path is None:
        pytest.skip("no font of emoji is installed")
    ink = letters("\U0001f600\ufe0f", path)
    assert ink.shape[0] > 64 and len(np.unique(np.diff(ink.cumulated).round(2))) > 10


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two fonts in one file."""
    ttlib = pytest.importorskip("fontTools.ttLib")
    made, path = ttlib.TTCollection(), tmp_path_factory.mktemp("faces") / "two.ttc"
    made.fonts = [ttlib.TTFont(face()), ttlib.TTFont(dict(fonts.installed())["DejaVu Sans Mono"])]
    made.save(path)
    return str(path)


def test_each_face_of_a_collection_can_be_chosen(collection: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mono = dict(fonts.installed())["DejaVu Sans Mono"]
    for font, alone in ((collection, face()), (f"{collection}#0", face()), (f"{collection}#1", mono)):
        one, two = letters("iW", font), letters("iW", alone)
        assert np.array_equal(one.which, two.which) and np.array_equal(one.cumulated, two.cumulated)
    with pytest.raises(Wrong, match="has no face 2"):
        Text(text="a", font=f"{collection}#2").check(2)
    law = Text(text="a", font=f"{collection}#1")
    assert law.files() == (collection,) and law.elsewhere(lambda path: "/there/two.ttc").font == "/there/two.ttc#1"
    stroke = Stroke("text", FRAME, text="a", font=f"{collection}#1")
    assert stroke.files() == (collection,) and stroke.elsewhere(str.upper).font == f"{collection.upper()}#1"
    asked = Experiment(dim=2, source=law, target=Text(text="b"))
    assert codec.build(codec.plain(asked), Path(collection).parent) == asked
    name, digest = data(asked)["source.font"]
    assert name == "two.ttc#1" and digest
    assert fonts.faces(f"{collection}#1") == (collection, f"{collection}#1") and fonts.faces(face()) == (face(),)
    monkeypatch.setattr(fonts, "_files", lambda: [collection])
    assert sorted(fonts.installed.__wrapped__()) == [(face_name(), collection), ("DejaVu Sans Mono", f"{collection}#1")]


def face_name() -> str:
    return next(name for name, path in fonts.installed() if path == face())


def test_what_is_joined_is_one_letter_where_the_font_has_it() -> None:
    assert fonts.clusters("a\u200db c\U0001f3fb") == [0, 3, 4]
    with pytest.raises(Wrong, match="lacks"):  # this font joins nothing so
        Text(text="a\u200db", font=face()).check(2)
    for text in ("\u200da", "a\u200d"):
        with pytest.raises(Wrong):
            Text(text=text, font=face()).check(2)
    path = dict(fonts.installed()).get("Noto Color Emoji")
    if path is not None and fonts._raqm() >= 0:
        family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
        assert len(edges(f"{family}{family}", path)) == 1


def test_fonts_travel_with_the_experiment(tmp_path: Path) -> None:
    """Of letters as a law, of a stroke, and the picture of a stamp: each is a file that the experiment names."""
    picture = str(tmp_path / "p.png")
    Pixels.new("L", (8, 8)).save(picture)
    drawing = Drawn(
        dots=(),
        strokes=(
            Stroke("text", FRAME, text="é", font=face()),
            Stroke("stamp", FRAME, law=Image(path=picture)),
            Stroke("disc", FRAME),
        ),
    )
    assert drawing.files() == (face(), picture)
    asked = Experiment(dim=2, source=Text(text="a", font=face()), target=drawing)
    there = codec.moved(asked, lambda path: f"/there/{Path(path).name}")
    name = Path(face()).name
    assert there.source.font == f"/there/{name}"
    assert there.target.files() == (f"/there/{name}", "/there/p.png")
    assert codec.build(codec.plain(asked), tmp_path) == asked
    assert data(asked)["source.font"][0] == name


def test_a_stroke_in_a_font(tmp_path: Path) -> None:
    """Its ink in the axes of its points."""
    stroke = Stroke("text", FRAME, text="H", font=face())
    x = Drawn(dots=(), strokes=(stroke,), jitter=0.0).sample(4000, 2, np.random.default_rng(0))
    assert np.ptp(x[:, 1]) == pytest.approx(2.0, abs=0.06)
    with pytest.raises(Wrong) as caught:
        Drawn(dots=(), strokes=(msgspec.structs.replace(stroke, font=str(tmp_path / "gone.ttf")),)).check(2)
    assert caught.value.where.startswith("strokes[0]")
