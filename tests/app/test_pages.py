"""Pictures that leave the window: every view, part, size and theme; SVG and PDF against the PNG."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pypdfium2
import pytest
from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from app import look_text
from app import theme as themes
from app.canvas.panel_painter import paint_panel
from app.export import carried, painting
from app.export.format import Format, known, of, save
from app.export.page import Page
from app.export.painting import Frames, image
from app.export.sizes import paper, slide
from app.scene import compose
from app.scene.camera import Camera
from app.scene.look import Look
from app.scene.marks import Panel, Points, Raster
from app.scene.projection import projected
from app.scene.view import View
from app.stage import Stage
from engine.parts import Wrong
from engine.registry import kinds
from engine.snapshot import NONE, Snapshot
from tests.app import snapshots
from tests.app.test_painter import levels

VIEWS = tuple(kinds(View.family))
SMALL = slide(width=480, height=270, text=8.0)
FULL = slide(charts=True, strip=True, figures=True, heading="Two modes")


@pytest.fixture(scope="module")
def known_rounds(qapp) -> Snapshot:
    return snapshots.snapshot(n=400, training=False)


def corner(picture: QImage) -> tuple[int, ...]:
    return picture.pixelColor(1, 1).getRgb()


def far(one: np.ndarray, other: np.ndarray) -> float:
    """The share of pixels that differ plainly, about as the edges of letters and lines do."""
    return float((np.abs(one - other).max(-1) > 60).mean())


# sizes, parts, themes


@pytest.mark.parametrize(
    ("view", "theme"),
    [*((view, "print") for view in VIEWS), *(("crossings", name) for name in (*themes.NAMES, "transparent"))],
)
def test_every_view_and_every_theme(known_rounds: Snapshot, view: str, theme: str) -> None:
    page = msgspec.structs.replace(SMALL, theme=theme, views=(view,)).check()
    made = image(known_rounds, Look(), page)
    assert (made.width(), made.height()) == (480, 270)
    assert made.hasAlphaChannel() == (theme == "transparent")
    ground = themes.load(page.theme).ink("window")
    rgb = tuple(int(ground[k : k + 2], 16) for k in (1, 3, 5))
    assert corner(made) == ((0, 0, 0, 0) if theme == "transparent" else (*rgb, 255))
    assert len(np.unique(levels(made).reshape(-1, 3), axis=0)) > 5, "nothing was drawn"


@pytest.mark.parametrize("part", ["stage", "charts", "strip", "figures", "heading", "title", "caption", "legend", "t"])
def test_every_part_can_be_on_or_off(known_rounds: Snapshot, part: str) -> None:
    whole = msgspec.structs.replace(FULL, views=("crossings", "plan"), height=1600)
    less = msgspec.structs.replace(whole, **{part: "" if part == "heading" else False})
    words, fewer = (svg_text(known_rounds, page) for page in (whole, less))
    gone = {
        "stage": "Interpolation",
        "charts": "Training loss",
        "strip": "coupling",
        "figures": "S  straightness",
        "heading": "Two modes",
        "title": "Interpolation",
        "caption": "no two lines crossed",
        "legend": "+ S: dynamic",
        "t": "t = 0.62",
    }[part]
    assert any(gone in word for word in words)
    assert not any(gone in word for word in fewer)


def svg_text(snapshot: Snapshot, page: Page) -> list[str]:
    content = of("a.svg").content(snapshot, Look(), page).decode()
    return re.findall(r"<text[^>]*>([^<]*)</text>", content)


@pytest.mark.parametrize("view", ["crossings", "space-time", "plan", "loss"])
def test_axes(known_rounds: Snapshot, view: str) -> None:
    """All, those of the window, or none: in the plane, in space and around charts."""
    page = slide(views=(view,), title=False, caption=False, legend=False, t=False)
    count = {
        axes: sum(bool(re.fullmatch(r"[-−\d.k]+", word)) for word in svg_text(known_rounds, page_with))
        for axes in ("all", "as shown", "none")
        for page_with in [msgspec.structs.replace(page, axes=axes)]
    }
    assert count["all"] > 2
    assert count["none"] == 0
    assert (count["as shown"] > 2) == (view != "crossings")


def test_size_and_scale(known_rounds: Snapshot, tmp_path: Path) -> None:
    """At any size; twice as many pixels are the same picture, finer, and as large on paper."""
    once, twice = SMALL, SMALL.scaled(2)
    made = [levels(image(known_rounds, Look(), page)).astype(float) for page in (once, twice)]
    assert made[1].shape == (540, 960, 3)
    halved = made[1].reshape(270, 2, 480, 2, 3).mean((1, 3))
    assert far(made[0], halved) < 0.02
    column = paper(85.0, 60.0, 8.0)
    save(tmp_path / "a.png", known_rounds, Look(), column)
    read = QImage(str(tmp_path / "a.png"))
    assert (read.width(), read.height()) == (1004, 709)
    assert read.dotsPerMeterX() == pytest.approx(300 / 0.0254, rel=1e-3)
    assert column.points == pytest.approx(8.0)
    assert column.millimetres == pytest.approx((85, 60), rel=1e-3)


def test_a_look_alone_and_a_zoomed_plane(known_rounds: Snapshot) -> None:
    """As on screen: one panel where one is enlarged, and the part of the plane that is seen."""
    alone = Look(alone=1)
    assert "Interpolation" not in "".join(svg_of(known_rounds, alone))
    page = msgspec.structs.replace(SMALL, seen=((0.0, 1.0, 0.0, 1.0),))
    assert image(known_rounds, Look(), page) != image(known_rounds, Look(), SMALL)


def svg_of(snapshot: Snapshot, look: Look) -> list[str]:
    content = of("a.svg").content(snapshot, look, slide()).decode()
    return re.findall(r"<text[^>]*>([^<]*)</text>", content)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"theme": "drak"}, "theme: 'drak' is not known; did you mean 'dark'?"),
        ({"views": ("crossing",)}, "view: 'crossing' is not known; did you mean 'crossings'?"),
        ({"width": 8}, "size: the picture would be 8 x 1,080 pixels; each side can have 16 to 32,767"),
        ({"width": 32000, "height": 32000}, "size: 32,000 x 32,000 pixels are more than fit into a GiB of memory"),
        ({"text": 1.0}, "text: 1.0 px high is outside 2 to 2,000 px"),
        ({"dpi": 1.0}, "dpi: 1 is outside 10 to 10,000"),
        ({"stage": False}, "parts: nothing is chosen; take the stage, the charts, the strip or the figures"),
    ],
)
def test_what_cannot_be_is_told(fields: dict, told: str) -> None:
    with pytest.raises(Wrong) as caught:
        slide(**fields).check()
    assert str(caught.value) == told


# films paint the same


@pytest.mark.parametrize("view", VIEWS)
def test_frames_are_the_pictures(known_rounds: Snapshot, view: str) -> None:
    """What stands still is painted once: the pixels are those of a picture of its own, whatever came before."""
    frames = Frames(msgspec.structs.replace(SMALL, views=(view,), charts=True))
    for look in (Look(t=0.0), Look(t=0.5), Look(t=0.5, particles=50), Look(t=1.0), Look(t=0.5)):
        assert frames.image(known_rounds, look) == image(known_rounds, look, frames.page)


# SVG and PDF


@pytest.mark.parametrize("page", [FULL, slide(theme="dark"), paper(caption=True)], ids=["full", "dark", "paper"])
def test_vectors_look_like_the_pixels(known_rounds: Snapshot, page: Page) -> None:
    look = Look(t=0.4)
    pixels = levels(image(known_rounds, look, page))
    renderer = QSvgRenderer(QByteArray(of("a.svg").content(known_rounds, look, page)))
    assert renderer.isValid()
    drawn = QImage(page.width, page.height, QImage.Format.Format_RGB32)
    with QPainter(drawn) as painter:
        renderer.render(painter)
    assert far(levels(drawn), pixels) < 0.012
    document = pypdfium2.PdfDocument(of("a.pdf").content(known_rounds, look, page))
    width, height = document[0].get_size()
    assert (width / 72, height / 72) == pytest.approx((page.width / page.dpi, page.height / page.dpi), abs=0.02)
    drawn = document[0].render(scale=page.dpi / 72).to_pil().convert("RGB").resize((page.width, page.height))
    assert far(np.asarray(drawn).astype(int), pixels) < 0.012
    document.close()


def with_a_map(snapshot: Snapshot) -> Snapshot:
    """All that a picture can hold: a map in two inks, which pixels would be quickest for."""
    across = np.linspace(-1, 1, 40)
    mark = Raster(across[None] * np.ones((30, 1)), (-3.0, 3.0, -3.0, 3.0), "target", 0.8, ink_low="source", name="v")
    return snapshot, mark


@pytest.mark.parametrize("view", VIEWS)
def test_vectors_hold_no_pixels(known_rounds: Snapshot, view: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a view draws, a map among it, is lines, areas and letters."""
    _, mark = with_a_map(known_rounds)
    stage = compose.stage

    def with_map(snapshot: Snapshot, look: Look, guided: bool) -> tuple:
        return tuple(replace(panel, marks=(mark, *panel.marks)) for panel in stage(snapshot, look, guided))

    monkeypatch.setattr(painting.compose, "stage", with_map)
    page = msgspec.structs.replace(FULL, views=(view,))
    content = of("a.svg").content(known_rounds, Look(), page)
    assert b"<image" not in content
    words = re.findall(rb"<text[^>]*>([^<]*)</text>", content)
    assert b"Two modes" in words
    document = pypdfium2.PdfDocument(of("a.pdf").content(known_rounds, Look(), page))
    found = list(document[0].get_objects(max_depth=9))
    text = document[0].get_textpage().get_text_range()
    assert found
    assert not [item for item in found if item.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
    assert "Two modes" in text
    assert "Round 3" in text
    document.close()


@pytest.mark.parametrize("view", VIEWS)
def test_no_word_of_an_svg_is_clipped_away(known_rounds: Snapshot, view: str) -> None:
    """QtSvg draws without clipping, browsers do not: QSvgGenerator keeps a clip beyond its end."""
    content = of("a.svg").content(known_rounds, Look(), msgspec.structs.replace(FULL, views=(view,))).decode()
    path = r'<clipPath id="(\w+)">\s*<path [^>]*d="([^"]*)"'
    clips = {name: np.array(re.findall(r"(-?[\d.]+),(-?[\d.]+)", d), float) for name, d in re.findall(path, content)}
    words = 0
    for group in re.split(r"\n(?=<g clip-path)", content)[1:]:
        clip = clips[re.match(r'<g clip-path="url\(#(\w+)\)"', group)[1]]
        a, b, c, d, e, f = map(float, re.search(r"matrix\(([^)]*)\)", group)[1].split(","))
        for x, y, word in re.findall(r'<text[^>]* x="([^"]*)" y="([^"]*)"[^>]*>([^<]*)<', group, re.DOTALL):
            at = np.array([a * float(x) + c * float(y) + e, b * float(x) + d * float(y) + f])
            assert (at >= clip.min(0) - 4).all(), word
            assert (at <= clip.max(0) + 4).all(), word
            words += 1
    assert words > 20


def test_a_map_in_vectors_is_that_of_the_pixels(known_rounds: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    _, mark = with_a_map(known_rounds)
    stage = compose.stage

    def with_map(snapshot: Snapshot, look: Look, guided: bool) -> tuple:
        return tuple(replace(panel, marks=(mark,)) for panel in stage(snapshot, look, guided))

    monkeypatch.setattr(painting.compose, "stage", with_map)
    renderer = QSvgRenderer(QByteArray(of("a.svg").content(known_rounds, Look(), slide())))
    drawn = QImage(1920, 1080, QImage.Format.Format_RGB32)
    with QPainter(drawn) as painter:
        renderer.render(painter)
    apart = np.abs(levels(drawn) - levels(image(known_rounds, Look(), slide()))).max(-1)
    assert (apart > 16).mean() < 0.005


# files


@pytest.mark.parametrize("one", known(), ids=lambda one: one.kind)
def test_every_format_is_written_whole_and_the_same_again(known_rounds: Snapshot, one: Format, tmp_path: Path) -> None:
    path = tmp_path / f"a{one.suffix.upper()}"
    save(path, known_rounds, Look(), SMALL)
    if one.kind != "pdf":  # which holds when it was made
        first = path.read_bytes()
        save(path, known_rounds, Look(), SMALL)
        assert path.read_bytes() == first
    assert [child.name for child in tmp_path.iterdir()] == [path.name]
    with pytest.raises(Wrong) as caught:
        save(tmp_path / "no" / path.name, known_rounds, Look(), SMALL)
    assert "cannot be written" in str(caught.value)


def test_the_name_says_the_format() -> None:
    with pytest.raises(Wrong) as caught:
        of("a.jpg")
    assert str(caught.value) == "a.jpg: is not the name of a picture; end it in one of .png, .svg, .pdf"


def test_a_picture_carries_its_experiment(known_rounds: Snapshot, tmp_path: Path) -> None:
    look = Look(t=0.3, lines=77, view="plan", selected=(1, 4), hidden=frozenset({"clouds"}), round=2)
    save(tmp_path / "a.png", known_rounds, look, SMALL)
    held = carried.found(tmp_path / "a.png")
    assert held.experiment == known_rounds.spec
    assert look_text.read(held.look, 2, ["1", "2", "3"]) == look
    assert not QImage(str(tmp_path / "a.png")).isNull()
    plain = tmp_path / "b.png"
    image(known_rounds, look, SMALL).save(str(plain))
    assert carried.found(plain) is None


@pytest.mark.parametrize("bomb", [False, True])
def test_what_a_picture_carries_is_not_believed(known_rounds: Snapshot, tmp_path: Path, bomb: bool) -> None:
    """Any byte changed, cut anywhere, or a text that unpacks without end: a sentence, or nothing."""
    import zlib

    path = tmp_path / "a.png"
    save(path, known_rounds, Look(t=0.3), SMALL)
    whole = path.read_bytes()
    size = struct.unpack(">I", whole[33:37])[0]
    if bomb:
        text = zlib.compress(b" " * 30_000_000, 9)
        body = carried.KEYWORD + b"\0\1\0\0\0" + text
        path.write_bytes(whole[:33] + carried._chunk(b"iTXt", body) + whole[33 + 12 + size :])
        with pytest.raises(Wrong, match="more than 5 MiB"):
            carried.found(path)
        return
    rng = np.random.default_rng(0)
    for k in range(300):
        broken = bytearray(whole[: rng.integers(20, 33 + size)] if k % 3 == 0 else whole)
        for _ in range(rng.integers(1, 4)):
            broken[rng.integers(0, min(len(broken), 45 + size))] ^= 1 << rng.integers(0, 8)
        path.write_bytes(broken)
        try:
            found = carried.found(path)
        except Wrong as wrong:
            assert len(str(wrong)) < 300
        else:
            assert found is None or found.experiment == known_rounds.spec


# figures


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_says_whether_it_shows_figures(known_rounds: Snapshot, view: str) -> None:
    """Else a picture of it without a window would not wait for them."""
    bare = replace(known_rounds, rounds=tuple(replace(r, figures=NONE, beside=NONE) for r in known_rounds.rounds))
    look = Look(view=view)
    same = [a.key == b.key for a, b in zip(compose.stage(known_rounds, look), compose.stage(bare, look), strict=True)]
    assert kinds(View.family)[view].measured or all(same)
    assert Page().measured(look) == kinds(View.family)[view].measured
    assert Page(strip=True).measured(look)


# space


def test_space_larger_than_the_window_is_the_window_s(qtbot) -> None:
    """T12: at four times its size the picture fills its frame; made smaller again it is what the window shows, which
    is drawn with OpenGL where there is any. T13: seen from behind the near and the far have changed places."""
    snapshot, theme = snapshots.snapshot(3, n=300, training=False), themes.load("light")
    stage = Stage()
    qtbot.addWidget(stage)
    stage.resize(900, 600)
    for azimuth in (0, 180):
        look = Look(t=0.4, theme="light", camera=Look().camera.turned(azimuth, 0))
        stage.show(compose.stage(snapshot, look), look, theme)
        stage.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        stage.show()
        panes = stage.panes
        seen = panes.grab().toImage()
        page = Page(
            width=panes.width(), height=panes.height(), text=float(theme.text_px), theme="light", t=False, across=2
        )
        made = levels(image(snapshot, look, page.scaled(4))).astype(float)
        assert made.shape == (4 * panes.height(), 4 * panes.width(), 3)
        small = made.reshape(panes.height(), 4, panes.width(), 4, 3).mean((1, 3))
        assert np.abs(small - levels(seen)).mean() < 3
        assert (made != 255).any(-1)[:, -made.shape[1] // 4 :].any()


def test_what_is_in_front_covers_what_is_behind(qapp) -> None:
    """T13: two translucent discs, one behind the other: from behind the order flips, and no rim is darker than both."""
    near, far = np.array([[0.0, -0.8, 0.0]]), np.array([[0.0, 0.8, 0.0]])
    theme, colours = themes.load("light"), []
    front, back = (np.array(QColor(theme.ink(ink)).getRgb()[:3]) for ink in ("source", "target"))
    marks = tuple(Points(at, ink, size=120.0, alpha=0.8) for at, ink in ((near, "source"), (far, "target")))
    for azimuth in (0.0, 180.0):
        camera = Camera(azimuth=azimuth, elevation=0.0)
        panel = Panel("", "space", marks, box=(-1.0, 1.0, -1.0, 1.0, -1.0, 1.0), camera=camera, worded=frozenset())
        made = QImage(300, 300, QImage.Format.Format_RGB32)
        made.fill(QColor("#ffffff"))
        with QPainter(made) as painter:
            paint_panel(painter, QRectF(0, 0, 300, 300), projected(panel), theme)
        colours.append(made.pixelColor(150, 150).getRgb()[:3])
        inside = levels(made)[100:200, 100:200].reshape(-1, 3)
        assert (inside >= np.minimum(front, back) - 3).all()
        assert inside.min(1).max() < 250, "and no white one"
    assert np.linalg.norm(colours[0] - front) < np.linalg.norm(colours[0] - back)
    assert np.linalg.norm(colours[1] - back) < np.linalg.norm(colours[1] - front)


@pytest.mark.parametrize("size", [(16, 16), (4000, 16), (16, 4000), (800, 600)])
def test_a_preview_of_any_page_is_a_page(size: tuple[int, int]) -> None:
    for by in (1e-3, 0.05, 0.3, 1.0):
        made = Page(width=size[0], height=size[1], text=2.0).scaled(by).check()
        assert made.width <= max(size) and made.height <= max(size)
