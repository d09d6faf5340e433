"""Slides: what PowerPoint, Keynote and LibreOffice find in the file."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import av
import msgspec
import numpy as np
import pptx
import pytest
from lxml import etree
from PIL import Image
from PySide6.QtGui import QColor

from app.export import commands, slides
from app.export.deck import Deck
from app.export.film import part_of
from app.export.page import Page
from app.export.rendering import Cancelled
from app.export.whole import scratch_for
from app.scene.look import Look
from app.theme import load
from engine.console import command_line
from engine.parts import Wrong
from tests.app import snapshots
from tests.app.test_film_command import SPEC

SNAPSHOT = snapshots.snapshot(n=40, rounds=2, training=False)
LOOK = Look(round=1, lines=20, particles=40)
PAGE = Page(width=160, height=90, text=6.0, theme="dark")
NAMES = {
    "p": "http://schemas.openxmlformats.org/presentationml/2006/main",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
}
OFFICE = shutil.which("soffice")

pytestmark = pytest.mark.usefixtures("qapp")


def plan(per: slides.Per = "view", film: str = "sweep", page: Page = PAGE, **knobs: object) -> tuple[slides.Slide, ...]:
    return slides.planned(SNAPSHOT, LOOK, page, part_of("films", film, knobs), 5, 0.6, per)


@pytest.fixture(scope="module")
def by_round(tmp_path_factory: pytest.TempPathFactory, qapp) -> Path:
    path = tmp_path_factory.mktemp("slides") / "deck.pptx"
    assert slides.write(SNAPSHOT, plan("round"), path) == "deck.pptx: 2 slides, 2 with a film"
    return path


def part(path: Path, name: str) -> etree._Element:
    with zipfile.ZipFile(path) as file:
        return etree.fromstring(file.read(name))


def test_a_slide_for_each_round(by_round: Path) -> None:
    deck = pptx.Presentation(by_round)
    assert [slide.shapes.title.text for slide in deck.slides] == ["1-rectified", "2-rectified"]
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, abs=0.001)
    for slide in deck.slides:
        kinds = [shape.shape_type for shape in slide.shapes]
        assert kinds.count(pptx.enum.shapes.MSO_SHAPE_TYPE.MEDIA) == 1 and len(kinds) == 2
        assert not slide._element.findall(".//p:cxnSp", NAMES), "connectors"
        movie = next(shape for shape in slide.shapes if shape.shape_type == pptx.enum.shapes.MSO_SHAPE_TYPE.MEDIA)
        assert movie.width / movie.height == pytest.approx(16 / 9, abs=0.01)
        assert movie.left > 0 and movie.left + movie.width < deck.slide_width
        assert slide.shapes.title.top + slide.shapes.title.height <= movie.top
        assert movie.top + movie.height < deck.slide_height
        alt = movie._element.nvPicPr.cNvPr.get("descr")
        assert "Interpolation" in alt and "Rectified flow" in alt and "\n" not in alt
        assert "t runs from the source" in slide.notes_slide.notes_text_frame.text


def test_films_play_by_themselves_and_again(by_round: Path) -> None:
    """One timing for each slide, one node in it for each film."""
    for k in (1, 2):
        slide = part(by_round, f"ppt/slides/slide{k}.xml")
        assert len(slide.findall("p:timing", NAMES)) == 1
        (node,) = slide.findall(".//p:cMediaNode", NAMES)
        time = node.find("p:cTn", NAMES)
        assert time.get("repeatCount") == "indefinite"
        assert [cond.get("delay") for cond in time.findall(".//p:cond", NAMES)] == ["0"]
        ids = [one.get("id") for one in slide.iter(f"{{{NAMES['p']}}}cTn")]
        assert len(ids) == len(set(ids))
        shape = node.find(".//p:spTgt", NAMES).get("spid")
        assert slide.find(f".//p:cNvPr[@id='{shape}']", NAMES).get("descr")


def test_what_keynote_wants(by_round: Path) -> None:
    root = part(by_round, "ppt/presentation.xml")
    names = [etree.QName(one).localname for one in root]
    assert names.index("notesMasterIdLst") == names.index("sldMasterIdLst") + 1 < names.index("sldIdLst")
    (entry,) = root.find("p:notesMasterIdLst", NAMES)
    relation = entry.get("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id")
    rels = part(by_round, "ppt/_rels/presentation.xml.rels")
    (target,) = [one.get("Target") for one in rels if one.get("Id") == relation]
    assert target.endswith("notesMaster1.xml")
    assert root.find("p:sldSz", NAMES).get("type") is None


def test_films_and_posters_are_inside(by_round: Path) -> None:
    with zipfile.ZipFile(by_round) as file:
        names = [name for name in file.namelist() if name.startswith("ppt/media/")]
        films = [file.read(name) for name in names if name.endswith(".mp4")]
        posters = [Image.open(BytesIO(file.read(name))) for name in names if name.endswith(".png")]
    assert len(films) == len(posters) == 2
    for content, poster in zip(films, posters, strict=True):
        with av.open(BytesIO(content)) as film:
            frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
        assert len(frames) == 3 and poster.size == (160, 90)
        assert np.abs(frames[1].astype(int) - np.array(poster.convert("RGB")).astype(int)).mean() < 6


def test_one_film_twice_is_stored_once(tmp_path: Path) -> None:
    (slide, _), path = plan("round"), tmp_path / "a.pptx"
    slides.write(SNAPSHOT, (slide, msgspec_copy(slide), slide), path)
    with zipfile.ZipFile(path) as file:
        assert sum(name.endswith(".mp4") for name in file.namelist()) == 1
    assert len(pptx.Presentation(path).slides) == 3


def msgspec_copy(slide: slides.Slide) -> slides.Slide:
    """Another slide with an equal order."""
    return slides.Slide("again", msgspec.structs.replace(slide.order))


def test_two_films_on_one_slide_have_a_node_each() -> None:
    """A deck of ours has one on each; the code holds for more."""
    deck = Deck(16 / 9, "#ffffff", "#000000")
    poster = BytesIO()
    Image.new("RGB", (16, 9)).save(poster, "PNG")
    deck.film("a", b"film", poster, 16 / 9, "alt", "notes", True)
    slide = deck._deck.slides[0]
    slide.shapes.add_movie(BytesIO(b"film"), 0, 0, 9, 9, poster_frame_image=poster, mime_type="video/mp4")
    assert len(slide._element.findall("p:timing", NAMES)) == 1
    assert len(slide._element.findall(".//p:cMediaNode", NAMES)) == 2
    assert sum(p.partname.endswith(".mp4") for p in deck._deck.part.package.iter_parts()) == 1


def test_views_and_what_does_not_move(tmp_path: Path) -> None:
    """A slide for each view; the loss does not change with t, and is a picture."""
    page = msgspec.structs.replace(PAGE, views=("crossings", "loss"))
    path, told = tmp_path / "a.pptx", []
    said = slides.write(SNAPSHOT, plan(page=page), path, lambda done, of: told.append((done, of)))
    assert said == "a.pptx: 2 slides, 1 with a film"
    assert told[-1] == (4, 4) and [done for done, _ in told] == sorted(done for done, _ in told)
    first, second = pptx.Presentation(path).slides
    assert (first.shapes.title.text, second.shapes.title.text) == ("Crossings", "Loss and fit")
    assert second.shapes[1].shape_type == pptx.enum.shapes.MSO_SHAPE_TYPE.PICTURE
    assert second.shapes[1]._element.nvPicPr.cNvPr.get("descr")


def test_descriptions_tell_no_hand_what_to_do() -> None:
    for view in ("averaging", "field", "marginals"):
        (slide,) = plan(page=msgspec.structs.replace(PAGE, views=(view,)))
        told = slides.described(SNAPSHOT, slide.order)
        assert not [word for word in ("Click", "drag", "Ctrl") if word in told], told


def test_a_film_that_plays_once(tmp_path: Path) -> None:
    slides.write(SNAPSHOT, plan(film="sweep", turn="once"), path := tmp_path / "a.pptx")
    time = part(path, "ppt/slides/slide1.xml").find(".//p:cMediaNode/p:cTn", NAMES)
    assert time.get("repeatCount") is None and time.find(".//p:cond", NAMES).get("delay") == "0"


def test_ground_and_title_have_the_inks_of_the_theme(by_round: Path) -> None:
    theme = load("dark")
    slide = part(by_round, "ppt/slides/slide1.xml")
    colours = [one.get("val").lower() for one in slide.iter(f"{{{NAMES['a']}}}srgbClr")]
    assert colours == [theme.ink("window")[1:], theme.ink("text")[1:]]


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_and_renders_it(by_round: Path, tmp_path: Path) -> None:
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    for kind in ("png", "odp"):
        command = [OFFICE, home, "--headless", "--convert-to", kind, "--outdir", tmp_path, by_round]
        done = subprocess.run(command, capture_output=True, text=True, timeout=55)
        assert (tmp_path / f"deck.{kind}").exists(), done.stderr
    page = np.array(Image.open(tmp_path / "deck.png").convert("RGB"))
    assert tuple(page[5, 5]) == QColor(load("dark").ink("window")).getRgb()[:3]
    high, wide, _ = page.shape
    inside = page[high // 4 : -high // 10, wide // 6 : -wide // 6].reshape(-1, 3)
    assert len(np.unique(inside, axis=0)) > 40, "the poster is not there"
    with zipfile.ZipFile(tmp_path / "deck.odp") as file:  # what it has understood of it
        content = file.read("content.xml").decode()
    assert content.count("<draw:page ") == 2 and content.count("draw:plugin") >= 2


@pytest.mark.parametrize("end", ["cancelled", "failed"])
def test_nothing_is_left_of_slides_that_were_not_finished(
    end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.pptx"
    path.write_bytes(b"old")
    if end == "failed":
        monkeypatch.setattr(Deck, "content", lambda self: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(Wrong, match=r"a\.pptx: cannot be written \(No space left on device\)"):
            slides.write(SNAPSHOT, plan(), path)
    else:
        with pytest.raises(Cancelled):
            slides.write(SNAPSHOT, plan(), path, stop=lambda: True)
    assert [one.name for one in tmp_path.iterdir()] == ["a.pptx"] and path.read_bytes() == b"old"


def test_slides_that_are_killed_leave_nothing_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever ends the process drops the place that the job names."""
    made, elsewhere = tmp_path / "made", tmp_path / "elsewhere"
    made.mkdir()
    elsewhere.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    scratch, begun = scratch_for(made / "a.pptx"), []

    def told(done: int, of: int) -> None:
        begun.append([path.name for path in (*made.iterdir(), *elsewhere.iterdir())])

    slides.write(SNAPSHOT, plan(), made / "a.pptx", told, scratch=scratch)
    assert set(map(tuple, begun)) == {(scratch.name,)}
    assert [path.name for path in (*made.iterdir(), *elsewhere.iterdir())] == ["a.pptx"]


def test_a_package_that_is_missing_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.export.deck.find_spec", lambda name: None)
    with pytest.raises(Wrong, match="Slides need the package python-pptx: python -m pip install python-pptx"):
        slides.check(Path("a.pptx"))
    with pytest.raises(Wrong, match=r"a\.odp: is not the name of slides; end it in \.pptx"):
        slides.check(Path("a.odp"))


@pytest.mark.parametrize("per", ["view", "round"])
def test_the_command(per: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    spec = tmp_path / "spec.toml"
    spec.write_text(SPEC.replace("rounds = 1", "rounds = 2"))
    given = ("--view", "crossings", "--view", "steps") if per == "view" else ()
    size = ("--size", "96x64", "--fps", "5", "--seconds", "0.6")
    done = command_line(
        ["slides", str(spec), "--out", str(tmp_path / "a.pptx"), "--per", per, *given, *size], commands.COMMANDS
    )
    assert done == 0 and capsys.readouterr().out.startswith("a.pptx: 2 slides, ")
    assert len(pptx.Presentation(tmp_path / "a.pptx").slides) == 2


def test_without_a_display(tmp_path: Path) -> None:
    (tmp_path / "spec.toml").write_text(SPEC)
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [
            sys.executable,
            root / "main.py",
            "slides",
            "spec.toml",
            "--out",
            "a.pptx",
            "--size",
            "96x64",
            "--seconds",
            "0.1",
        ],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "a.pptx: 1 slide, 1 with a film\n"
