"""One painter of whole panels: the picture is the same in the window, in a file and without a display."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QIODevice, QLineF, QPoint, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QImage,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
    QPixmap,
    QTransform,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsView, QWidget

from app import theme as themes
from app.canvas import grid, stamps
from app.canvas.arrangement import arrange
from app.canvas.chart import Chart
from app.canvas.legend import SIZE as SIZE_OF_NAMES
from app.canvas.legend import entries
from app.canvas.panel_painter import paint_panel
from app.canvas.plane import Plane
from app.canvas.still import image, thumbnail
from app.canvas.strokes import WHOLE, at_memory, strokes
from app.canvas.view import View
from app.canvas.words import face, headline, wrapped
from app.scene import compose
from app.scene.look import Look
from app.scene.marks import Arrows, Bars, Curve, Label, Lines, Mark, Panel, Points, Raster
from app.scene.ring import Ring
from app.stage import Stage
from app.stills import Stills
from app.theme import Theme
from engine.parts import Wrong
from tests.app import panels, snapshots

ROOT = Path(__file__).resolve().parents[2]
BOX = panels.BOX
SIZE = QSize(420, 380)

#: How well two pictures of one panel agree: at most this share of the pixels differs by more than this many of 255
#: levels. On one machine they are equal; another version of Qt or of its fonts may round a glyph's rim otherwise.
SHARE, LEVELS = 0.001, 8
NEAR = 4  # px of a thumbnail: what is painted in one of two sizes is painted this near in the other


def levels(picture: QImage) -> np.ndarray:
    """Red, green and blue (h, w, 3) as integers."""
    picture = picture.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.array(picture.constBits()).reshape(picture.height(), picture.bytesPerLine())
    return rows[:, : 4 * picture.width()].reshape(picture.height(), -1, 4)[..., 2::-1].astype(int)


def differ(one: QImage, other: QImage, by: int = LEVELS) -> float:
    """The share of pixels that differ by more than so many levels."""
    assert one.size() == other.size()
    return float((np.abs(levels(one) - levels(other)).max(-1) > by).mean())


def blank(size: QSize, ratio: float = 1.0) -> QImage:
    made = QImage(size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    return made


def painted(panel: Panel, theme: Theme, size: QSize = SIZE, ratio: float = 1.0, **how: object) -> QImage:
    """By the painter alone, without a widget."""
    made = blank(size, ratio)
    with QPainter(made) as painter:
        paint_panel(painter, QRectF(0, 0, size.width(), size.height()), panel, theme, **{"ground": "window"} | how)
    return made


def shown(widget: QWidget, ratio: float) -> QImage:
    """What the window shows, on a screen of that ratio."""
    widget.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    widget.show()
    made = blank(widget.size(), ratio)
    widget.render(made, QPoint())
    return made


@pytest.fixture
def plane(qtbot) -> Plane:
    made = Plane()
    qtbot.addWidget(made)
    made.resize(SIZE)
    return made


# the same everywhere


@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("name", themes.NAMES)
@pytest.mark.parametrize("axes", [False, True])
def test_the_window_shows_what_the_painter_paints(plane: Plane, name: str, ratio: float, axes: bool) -> None:
    theme, panel = themes.load(name), panels.every("plane", axes)
    plane.draw(panel, theme)
    assert differ(shown(plane, ratio), painted(panel, theme, ratio=ratio)) <= SHARE
    plane.set_view(((2.0, 6.0), (1.0, 5.0)))
    zoomed = shown(plane, ratio)
    assert differ(zoomed, painted(panel, theme, ratio=ratio, seen=plane.seen)) <= SHARE
    assert differ(zoomed, painted(panel, theme, ratio=ratio)) > 10 * SHARE, "another view is another picture"


@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("name", themes.NAMES)
def test_the_chart_shows_what_the_painter_paints(qtbot, name: str, ratio: float) -> None:
    theme, panel, chart = themes.load(name), panels.every("chart"), Chart()
    qtbot.addWidget(chart)
    chart.resize(SIZE)
    chart.draw(panel, theme)
    assert differ(shown(chart, ratio), painted(panel, theme, ratio=ratio, ground="panel")) <= SHARE


@pytest.mark.parametrize("space", ["plane", "chart"])
@pytest.mark.parametrize("name", themes.NAMES)
def test_still_and_moving_together_are_all(name: str, space: str) -> None:
    theme, panel, made = themes.load(name), panels.every(space), blank(SIZE)
    with QPainter(made) as painter:
        for part in ("still", "moving"):
            paint_panel(painter, QRectF(0, 0, SIZE.width(), SIZE.height()), panel, theme, marks=part, ground="window")
    moved = replace(panel, marks=tuple(sorted(panel.marks, key=lambda mark: mark.moving)))
    assert differ(made, painted(moved, theme)) == 0.0


def spread(mask: np.ndarray, by: int) -> np.ndarray:
    """What lies at most ``by`` pixels from the mask."""
    padded, (high, wide) = np.pad(mask, by), mask.shape
    near = np.zeros_like(mask)
    for y in range(2 * by + 1):
        for x in range(2 * by + 1):
            near |= padded[y : y + high, x : x + wide]
    return near


@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("name", themes.NAMES)
@pytest.mark.parametrize("mark", panels.marks(), ids=lambda mark: type(mark).__name__)
def test_a_thumbnail_is_the_window_made_smaller(plane: Plane, mark: Mark, name: str, ratio: float) -> None:
    theme, panel = themes.load(name), Panel("", "plane", (mark,), BOX)
    plane.draw(panel, theme)
    small = thumbnail(panel, theme, 248, 248, ratio).toImage()
    place = arrange(panel, QRectF(plane.rect()), theme).plot
    side = min(place.width(), place.height())
    middle = QRectF(place.center().x() - side / 2, place.center().y() - side / 2, side, side)
    whole = shown(plane, ratio)
    cut = QRect((middle.topLeft() * ratio).toPoint(), (middle.size() * ratio).toSize())
    inner = QRect(round(4 * ratio), round(4 * ratio), round(240 * ratio), round(240 * ratio))
    how = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    pair = [levels(small.copy(inner)), levels(whole.copy(cut).scaled(inner.size(), *how))]
    ground = np.array(QColor(theme.ink("window")).getRgb()[:3])
    off = [np.abs(picture - ground).max(-1) for picture in pair]
    for one, other in (off, off[::-1]):
        assert (one > 60).any()
        assert not ((one > 60) & ~spread(other > 20, round(NEAR * ratio))).any()


def test_the_painter_needs_no_display(tmp_path, qapp) -> None:
    """A QGuiApplication on a machine without a screen writes the picture that this process paints."""
    program = textwrap.dedent(
        """
        import sys
        from PySide6.QtCore import QSize
        from PySide6.QtGui import QGuiApplication
        app = QGuiApplication([])
        from app import theme
        from app.canvas.still import image, thumbnail
        from tests.app import panels
        both = panels.every("plane", axes=True), panels.every("chart")
        for name in theme.NAMES:
            image(both, QSize(800, 400), theme.load(name), 2.0, t=0.62).save(f"{sys.argv[1]}/{name}.png")
        thumbnail(both[0], theme.load(), 140, 90).save(f"{sys.argv[1]}/small.png")
        assert type(QGuiApplication.instance()) is QGuiApplication and app.platformName() == "offscreen"
        assert "pyqtgraph" not in sys.modules
        """
    )
    without = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    words = [sys.executable, "-c", program, str(tmp_path)]
    surroundings = without | {"QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(words, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and not done.stderr, done.stderr
    both = panels.every("plane", axes=True), panels.every("chart")
    for name in themes.NAMES:
        here = image(both, QSize(800, 400), themes.load(name), 2.0, t=0.62)
        there = QImage(str(tmp_path / f"{name}.png"))
        assert (there.width(), there.height()) == (1600, 800)
        assert differ(here, there) <= SHARE
    assert differ(thumbnail(both[0], themes.load(), 140, 90).toImage(), QImage(str(tmp_path / "small.png"))) <= SHARE


# vectors


def svg(panel: Panel, theme: Theme, size: QSize) -> str:
    buffer, made = QBuffer(), QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    made.setOutputDevice(buffer)
    made.setSize(size)
    made.setViewBox(QRect(QPoint(), size))
    with QPainter(made) as painter:
        paint_panel(painter, QRectF(0, 0, size.width(), size.height()), panel, theme, ground="window")
    return bytes(buffer.data().data()).decode()


@pytest.mark.parametrize("space", ["plane", "chart"])
def test_svg_holds_text_and_paths(space: str) -> None:
    panel = panels.every(space, axes=True)
    drawn = svg(panel, themes.load("light"), SIZE)
    words = [text for text, _ in texts(drawn)]
    assert "Every mark   dZ/dt = v(Z, t)" in words and "x in m" in words and "y in s" in words
    assert {"discs", "lines", "arrows", "curve", "low", "A", "0", "8"} <= set(words)
    assert drawn.count("<polyline") >= 10 and drawn.count("<circle") >= 4 and "clip-path" in drawn
    assert drawn.count("<image") == 0, "a map is areas"
    three = re.findall(r'<polyline[^>]*points="(?:[^ "]+ ){3}"', drawn)
    assert len(three) >= 4, "a thick line, two curves and an arrow's head are one path each"
    assert len(drawn) < 60_000


def test_pdf_holds_a_page_with_fonts(tmp_path) -> None:
    path = tmp_path / "panel.pdf"
    writer = QPdfWriter(str(path))
    writer.setResolution(72)
    writer.setPageMargins(writer.pageLayout().margins() * 0.0)
    writer.setPageSize(QPageSize(QSizeF(420, 380), QPageSize.Unit.Point))
    with QPainter(writer) as painter:
        paint_panel(painter, QRectF(0, 0, 420, 380), panels.every("plane", axes=True), themes.load("light"))
    content = path.read_bytes()
    assert content.startswith(b"%PDF") and b"%%EOF" in content[-10:]
    assert len(re.findall(rb"/Type\s*/Page\b", content)) == 1
    assert re.search(rb"/Type\s*/Font\b", content) and b"/FontFile2" in content


def texts(drawn: str) -> list[tuple[str, QRectF]]:
    """Every text of an SVG with the place that its letters take."""
    found = []
    for group in re.finditer(r'transform="matrix\(([^)]*)\)"[^>]*>\s*((?:<text.*?</text>\s*)+)', drawn, re.DOTALL):
        turn = QTransform(*(float(number) for number in group[1].split(",")))
        for one in re.finditer(
            r'<text [^>]*x="([^"]*)" y="([^"]*)"[^>]*font-size="(\d+)" font-weight="(\d+)"[^>]*>(.*?)</text>',
            group[2],
            re.DOTALL,
        ):
            font = QFont("DejaVu Sans")
            font.setPixelSize(int(one[3]))
            font.setBold(int(one[4]) > 500)
            words = one[5].strip("\n").lstrip("\n")
            place = QFontMetricsF(font).tightBoundingRect(words).translated(float(one[1]), float(one[2]))
            found.append((words, turn.mapRect(place)))
    return found


LONG = "A title that is far too long for so narrow a place   with a formula dZ/dt = v(Z, t) behind it"
NAMED = tuple(
    Curve(np.array([[1.0, 1.0 + k], [9.0, 2.0 + k]]), f"round_{k + 1}", f"a curve with a long name {k}")
    for k in range(6)
)
TALKATIVE = (
    Panel(LONG, "plane", NAMED, BOX, f"{LONG}\n{LONG}\n{LONG}", "the first coordinate", "the second", axes=True),
    Panel(LONG, "plane", NAMED, BOX, LONG),
    Panel("Short", "plane", (), BOX, axes=True),
    Panel(LONG, "chart", NAMED, (1e-7, 1e-4, 1e-9, 1e12), LONG, LONG, LONG, log_x=True, log_y=True),
    Panel("Cost", "chart", NAMED, (0.0, 123456.0, -1e-9, 1e-9), "n = 4096", x_label="by step"),
    Panel("Figure", "chart", NAMED, BOX, "n = 4096", choices=(("a", "A"), ("b", "B"))),
    Panel("Rungs", "chart", NAMED, BOX, x_ticks=tuple((0.25 * k, f"{k} steps") for k in range(41))),
    Panel(LONG, "chart", (), None, LONG, empty="appears after round 1"),
)


@pytest.mark.parametrize("size", [(120, 90), (160, 160), (220, 150), (300, 420), (640, 480), (1400, 300)])
@pytest.mark.parametrize("name", themes.NAMES)
@pytest.mark.parametrize("panel", TALKATIVE, ids=range(len(TALKATIVE)))
def test_words_neither_overlap_nor_are_cut(panel: Panel, name: str, size: tuple[int, int]) -> None:
    box = QRectF(0, 0, *size)
    found = texts(svg(panel, themes.load(name), QSize(*size)))
    assert found or min(size) < 8 * themes.load(name).text_px
    for k, (words, place) in enumerate(found):
        assert box.adjusted(-1, -1, 1, 1).contains(place), (words, place)
        for other, taken in found[k + 1 :]:
            assert not place.adjusted(0.5, 0.5, -0.5, -0.5).intersects(taken.adjusted(0.5, 0.5, -0.5, -0.5)), (
                words,
                other,
            )


@pytest.mark.parametrize("name", themes.NAMES)
def test_a_legend_says_how_many_names_found_no_room(name: str) -> None:
    theme, named = themes.load(name), Panel("", "chart", NAMED, BOX)
    metrics, counts = QFontMetricsF(face(theme, SIZE_OF_NAMES)), set()
    for width in range(120, 1800, 7):
        found = entries(named, theme, width)
        missing = [int(entry.name) for entry in found if entry.mark is None]
        assert len([entry for entry in found if entry.mark is not None]) + sum(missing) == len(NAMED)
        for entry in found:
            before = 0 if entry.mark is None else 1.65 * theme.text_px
            assert entry.x + before + metrics.horizontalAdvance(entry.name) <= width + 1.01
        counts.add(sum(missing))
    assert counts == {0, 2, 3, 4}


@pytest.mark.parametrize("size", [(1, 1), (30, 20), (120, 90), (160, 160), (640, 480), (3000, 90)])
@pytest.mark.parametrize("name", themes.NAMES)
@pytest.mark.parametrize("panel", TALKATIVE, ids=range(len(TALKATIVE)))
def test_the_parts_of_a_panel_lie_apart_in_its_box(panel: Panel, name: str, size: tuple[int, int]) -> None:
    theme, box = themes.load(name), QRectF(7, 11, *size)
    places = arrange(panel, box, theme)
    parts = [part for part in places[:4] if part.height()]
    assert places.plot in parts or size == (1, 1)
    for k, part in enumerate(parts):
        assert box.adjusted(-0.01, -0.01, 0.01, 0.01).contains(part) or size[0] * size[1] < 1000
        assert not any(part.intersects(other) for other in parts[k + 1 :])
    if min(size) >= 90:
        assert min(places.plot.width(), places.plot.height()) >= 3 * theme.text_px


def test_titles_and_captions_give_way_in_order() -> None:
    theme = themes.load()
    metrics = QFontMetricsF(face(theme))
    whole = metrics.horizontalAdvance("Flow   dZ/dt = v(Z, t)")
    assert headline("Flow   dZ/dt = v(Z, t)", face(theme), whole + 1)[1] == "Flow   dZ/dt = v(Z, t)"
    shrunk, text = headline("Flow   dZ/dt = v(Z, t)", face(theme), 0.9 * whole)
    assert text == "Flow   dZ/dt = v(Z, t)" and shrunk.pixelSize() < theme.text_px
    assert headline("Flow   dZ/dt = v(Z, t)", face(theme), 0.6 * whole)[1] == "Flow"
    assert headline("Flow   dZ/dt = v(Z, t)", face(theme), 20)[1].endswith("…")
    width = metrics.horizontalAdvance("one two three")
    assert wrapped("one two three four\nfive", metrics, width, 3) == ["one two three", "four", "five"]
    assert wrapped("one two three four\nfive", metrics, width, 2) == ["one two three", "four · five"]
    assert wrapped("one two three four\nfive", metrics, width, 1)[0].endswith("…")
    assert wrapped("one two", metrics, width, 0) == []
    assert wrapped("", metrics, width, 2) == [] and wrapped("a\n\nb", metrics, width, 3) == ["a", "", "b"]


# every mark where it belongs, in its ink


class Probe:
    """A panel of one mark, without words, and the colours at places of its plot."""

    def __init__(self, mark: Mark, space: str, **fields: object) -> None:
        plain = themes.load("dark")
        self.theme = replace(plain, inks={**plain.inks, "grid": plain.ink("window")})  # no grid behind the mark
        panel = Panel("", space, (mark,), **{"bounds": BOX} | fields)
        self.ratio = 4.0  # so that the middle of a thin line is a pixel of its own
        self.picture = levels(painted(panel, self.theme, ratio=self.ratio))
        box = QRectF(0, 0, SIZE.width(), SIZE.height())
        self.view = View.of(panel, arrange(panel, box, self.theme).plot)

    def at(self, x: float, y: float, right: float = 0.0, down: float = 0.0) -> np.ndarray:
        """The colour at (x, y), so many px to the right and down."""
        ((left, top),) = self.view.px(np.array([[x, y]]))
        return self.picture[round((top + down) * self.ratio), round((left + right) * self.ratio)]

    def is_ink(self, ink: str, x: float, y: float, right: float = 0.0, down: float = 0.0) -> bool:
        want = QColor(self.theme.ink(ink)).getRgb()[:3]
        return bool(np.abs(self.at(x, y, right, down) - want).max() <= 6)


SPACES = pytest.mark.parametrize("space", ["plane", "chart"])


@SPACES
def test_points(space: str) -> None:
    spots = np.array([[2.0, 3.0], [7.0, 8.0]])
    disc = Probe(Points(spots, "source", size=10.0), space)
    ring = Probe(Points(spots, "target", size=20.0, shape="ring"), space)
    cross = Probe(Points(spots, "warning", size=20.0, shape="x"), space)
    for x, y in spots:
        assert all(disc.is_ink("source", x, y, *off) for off in ((0, 0), (4, 0), (0, -4), (-4, 0)))
        assert all(disc.is_ink("window", x, y, *off) for off in ((6, 0), (0, 6), (4, 4)))
        assert ring.is_ink("window", x, y) and all(ring.is_ink("target", x, y, *off) for off in ((10, 0), (0, 10)))
        assert all(cross.is_ink("warning", x, y, *off) for off in ((0, 0), (8, 8), (-8, 8)))
        assert cross.is_ink("window", x, y, 8, 0) and cross.is_ink("window", x, y, 0, 8)


@SPACES
def test_lines(space: str) -> None:
    way = np.array([[[1.0, 1.0], [5.0, 9.0], [9.0, 1.0]]])
    plain = Probe(Lines(way, "good", width=4.0), space)
    assert all(plain.is_ink("good", x, y) for x, y in ((2.0, 3.0), (4.0, 7.0), (6.0, 7.0)))
    assert plain.is_ink("window", 5.0, 5.0) and plain.is_ink("window", 1.0, 3.0)
    runs = Probe(Lines(np.array([[[1.0, 5.0], [9.0, 5.0]]]), "source", "target", width=4.0), space)
    ends = [np.array(QColor(runs.theme.ink(ink)).getRgb()[:3]) for ink in ("source", "target")]
    for x in (1.2, 3.2, 4.8, 7.2, 8.8):
        share = (np.floor(x - 1) + 0.5) / 8  # eight pieces
        assert np.abs(runs.at(x, 5.0) - (ends[0] + share * (ends[1] - ends[0]))).max() <= 6
    faint = Probe(Lines(way, "good", width=4.0, alpha=0.5), space)
    ground, ink = (np.array(QColor(faint.theme.ink(name)).getRgb()[:3]) for name in ("window", "good"))
    assert np.abs(faint.at(2.0, 3.0) - (ground + ink) / 2).max() <= 6


@SPACES
def test_arrows(space: str) -> None:
    drawn = Probe(Arrows(np.array([[2.0, 5.0]]), np.array([[4.0, 0.0]]), "warning", width=2.0), space)
    assert all(drawn.is_ink("warning", x, 5.0) for x in (2.1, 4.0, 5.9))
    assert drawn.is_ink("warning", 6.0, 5.0, -4, 2) and drawn.is_ink("warning", 6.0, 5.0, -4, -2), "its head"
    assert drawn.is_ink("window", 2.0, 5.0, 4, 2) and drawn.is_ink("window", 6.3, 5.0)


@SPACES
def test_raster(space: str) -> None:
    values = np.zeros((10, 10))
    values[7:, :3] = 1.0  # row 0 lies at the bottom
    drawn = Probe(Raster(values, (2.0, 8.0, 2.0, 8.0), "good"), space)
    assert drawn.is_ink("good", 2.7, 7.4)
    assert all(drawn.is_ink("window", x, y) for x, y in ((7.4, 7.4), (2.7, 2.7), (1.7, 7.4), (2.7, 8.4)))


@SPACES
def test_curves(space: str) -> None:
    xy = np.array([[1.0, 2.0], [5.0, 6.0], [9.0, 2.0]])
    drawn = Probe(Curve(xy, "source", width=3.0, dots=True, error=np.array([1.0, 2.0, 0.0])), space)
    assert all(drawn.is_ink("source", x, y) for x, y in ((1, 2), (3, 4), (5, 6), (7, 4), (5, 7.5), (5, 4.5), (1, 3)))
    assert drawn.is_ink("source", 5.0, 8.0, 2, 0) and drawn.is_ink("source", 5.0, 4.0, -2, 0), "caps"
    assert drawn.is_ink("window", 5.0, 8.3) and drawn.is_ink("window", 9.0, 3.0)
    hollow = Probe(Curve(xy, "source", dots=True, hollow=True), space)
    assert hollow.is_ink("window", 5.0, 6.0) and hollow.is_ink("source", 5.0, 6.0, 0, -3)
    dashed = Probe(Curve(np.array([[1.0, 5.0], [9.0, 5.0]]), "source", width=2.0, dash=True), space)
    seen = [dashed.is_ink("source", x, 5.0) for x in np.linspace(1.1, 8.9, 200)]
    assert 0.4 < np.mean(seen) < 0.75, "four of seven"


@SPACES
def test_bars(space: str) -> None:
    parts = (("a", "source", np.array([2.0, 4.0])), ("b", "good", np.array([3.0, 0.0])))
    drawn = Probe(Bars(np.array([2.0, 6.0]), parts, width=2.0), space)
    assert drawn.is_ink("source", 2.0, 1.0) and drawn.is_ink("good", 2.0, 3.5) and drawn.is_ink("source", 6.7, 3.9)
    assert all(drawn.is_ink("window", x, y) for x, y in ((2.0, 5.2), (6.0, 4.3), (4.0, 1.0)))
    hollow = Probe(Bars(np.array([2.0]), (("a", "source", np.array([2.0])),), width=2.0, hollow=True), space)
    assert hollow.is_ink("window", 2.0, 1.0) and hollow.is_ink("source", 1.0, 1.0) and hollow.is_ink("source", 2.0, 2.0)


@SPACES
@pytest.mark.parametrize("anchor", [(0.0, 0.0), (1.0, 1.0), (0.5, 0.5)])
def test_labels(space: str, anchor: tuple[float, float]) -> None:
    drawn = Probe(Label((5.0, 5.0), "HHHHHHHH", "target", anchor), space)
    ink = np.array(QColor(drawn.theme.ink("target")).getRgb()[:3])
    ys, xs = np.nonzero(np.abs(drawn.picture - ink).max(-1) <= 6)
    metrics, ((x, y),) = QFontMetricsF(face(drawn.theme, 0.85)), drawn.view.px(np.array([[5.0, 5.0]]))
    left, top = x - anchor[0] * metrics.horizontalAdvance("HHHHHHHH"), y - anchor[1] * metrics.height()
    assert len(xs) > 200
    np.testing.assert_allclose(xs.min() / 4, left, atol=2)
    np.testing.assert_allclose(xs.max() / 4, left + metrics.horizontalAdvance("HHHHHHHH"), atol=2)
    np.testing.assert_allclose(ys.max() / 4, top + metrics.ascent(), atol=2)


def test_logarithmic_axes_hold_every_mark() -> None:
    box, spots = (1.0, 100.0, 0.01, 100.0), np.array([[10.0, 1.0], [-1.0, 1.0], [10.0, 0.0]])
    where = {"bounds": box, "log_x": True, "log_y": True}
    drawn = Probe(Points(spots, "source", size=12.0), "chart", **where)
    assert drawn.is_ink("source", 10.0, 1.0)
    shown = np.abs(drawn.picture - QColor(drawn.theme.ink("source")).getRgb()[:3]).max(-1) <= 6
    assert shown.sum() == pytest.approx(np.pi * 36 * 16, rel=0.1), "one of three has a place"
    bar = Probe(Bars(np.array([10.0]), (("", "good", np.array([1.0])),), width=10.0), "chart", **where)
    assert bar.is_ink("good", 10.0, 0.02) and bar.is_ink("good", 10.0, 0.9) and bar.is_ink("window", 10.0, 2.0)
    curve = Curve(np.array([[1.0, 0.1], [100.0, 10.0]]), "target", width=3.0, error=np.array([0.2, 0.0]))
    line = Probe(curve, "chart", **where)
    assert line.is_ink("target", 10.0, 1.0) and line.is_ink("target", 1.0, 0.02), "to zero is off the bottom"


# what may not be


@pytest.mark.parametrize("name", themes.NAMES)
@pytest.mark.parametrize("space", ["plane", "chart"])
def test_nothing_is_painted_outside_the_box(name: str, space: str) -> None:
    far = np.array([[-40.0, 5.0], [50.0, 5.0], [5.0, -40.0], [5.0, 50.0]])
    rim = np.array([[0.0, 0.0], [10.0, 10.0], [0.0, 10.0], [10.0, 0.0]])
    marks = (
        *panels.marks(),
        Points(np.concatenate([far, rim]), "source", size=60.0),
        Lines(far.reshape(2, 2, 2), "good", width=20.0),
        Arrows(rim, far - rim, "warning", width=9.0),
        Raster(np.ones((3, 3)), (-20.0, 30.0, -20.0, 30.0), "good", alpha=0.5),
        Label((10.0, 10.0), "a label that runs off the plot", "text"),
        Bars(np.array([5.0]), (("", "source", np.array([1e3])),), width=30.0),
    )
    box = QRectF(40, 30, 300, 260)
    for empty in ("", "a sentence that is said over the marks " * 9):
        panel = replace(panels.every(space, axes=True), title=LONG, caption=LONG * 3, marks=marks, empty=empty)
        made = blank(SIZE)
        with QPainter(made) as painter:
            paint_panel(
                painter, box, panel, themes.load(name), ring=Ring((9.0, 9.0), (30.0, 30.0), "warning"), ground="panel"
            )
        alpha = np.array(made.constBits()).reshape(SIZE.height(), SIZE.width(), 4)[..., 3]
        inside = np.zeros_like(alpha, bool)
        inside[30:290, 40:340] = True
        assert (alpha[inside] == 255).all() and (alpha[~inside] == 0).all()


@pytest.mark.parametrize("name", themes.NAMES)
@pytest.mark.parametrize("space", ["plane", "chart"])
def test_marks_cover_no_words(name: str, space: str) -> None:
    theme, panel = themes.load(name), panels.every(space, axes=True)
    flood = Raster(np.ones((2, 2)), (-50.0, 60.0, -50.0, 60.0), "good")
    box = QRectF(0, 0, SIZE.width(), SIZE.height())
    plot, rim = arrange(panel, box, theme).plot, theme.text_px * (0.4 if space == "chart" else 0.0) + 1
    words = np.ones((SIZE.height(), SIZE.width()), bool)
    words[
        int(plot.top() - rim) : int(plot.bottom() + rim) + 1, int(plot.left() - rim) : int(plot.right() + rim) + 1
    ] = 0
    before, after = (levels(painted(replace(panel, marks=m), theme)) for m in (panel.marks, (*panel.marks, flood)))
    assert (before != after)[~words].mean() > 0.5 and not (before != after)[words].any()


def test_the_painter_is_left_as_it_was() -> None:
    made = blank(SIZE)
    with QPainter(made) as painter:
        painter.setPen(QColor("red"))
        paint_panel(painter, QRectF(0, 0, 100, 100), panels.every("plane", axes=True), themes.load())
        assert not painter.hasClipping() and painter.pen().color() == QColor("red") and painter.transform().isIdentity()


BAD = np.array([[np.nan, 1.0], [1.0, np.inf], [1e300, 3.0], [-1e30, 1e30], [1e308, -1e308]])
NONSENSE = (
    Points(BAD, "source", size=10.0),
    Points(BAD, "source", size=10.0, shape="ring", moving=True),
    Points(BAD, "source", size=10.0, shape="x"),
    Points(np.zeros((0, 2)), "source"),
    Lines(BAD[None], "source", width=3.0),
    Lines(BAD[None], "source", "source", width=3.0),
    Lines(np.zeros((0, 0, 2)), "source"),
    Lines(np.ones((3, 1, 2)), "source"),
    Arrows(BAD, BAD, "source"),
    Raster(np.full((3, 3), np.nan), BOX, "source"),
    Raster(np.ones((3, 3)), (0.0, np.nan, 0.0, 1e300), "source"),
    Raster(np.zeros((0, 3)), BOX, "source"),
    Label((np.nan, 0.0), "no", "source"),
    Label((1e300, 0.0), "no", "source"),
    Curve(BAD, "source", error=np.full(5, np.inf), dots=True),
    Curve(np.zeros((0, 2)), "source", dots=True),
    Bars(np.array([np.nan, np.inf, 1e300]), (("", "source", np.array([1.0, 1.0, 1.0])),)),
    Bars(np.array([1.0, 2.0]), (("", "source", np.array([np.nan, np.inf])),)),
)


@SPACES
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("mark", NONSENSE, ids=lambda mark: type(mark).__name__)
def test_what_has_no_place_is_not_painted(space: str, log: bool, mark: Mark) -> None:
    theme = themes.load()
    box = (0.1, 10.0, 0.1, 10.0) if log else BOX
    panel = Panel("", space, (mark,), box, log_x=log, log_y=log)
    assert differ(painted(panel, theme), painted(replace(panel, marks=()), theme)) == 0.0


@SPACES
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    "bounds",
    [
        (0.0, 0.0, 0.0, 0.0),
        (np.nan, 1.0, 0.0, 1.0),
        (-np.inf, np.inf, 0.0, 1.0),
        (-1e308, 1e308, -1e308, 1e308),
        (1.0, -1.0, 5.0, 2.0),
        (1e16, 1e16 + 2, 1e-300, 2e-300),
        (-5.0, -1.0, 0.0, 1e-12),
    ],
)
def test_any_bounds_can_be_painted(plane: Plane, space: str, log: bool, bounds: tuple[float, ...]) -> None:
    panel = replace(panels.every(space, axes=True), bounds=bounds, log_x=log, log_y=log)
    if space == "plane":
        plane.draw(panel, themes.load())
        shown(plane, 1.0)
    made = painted(panel, themes.load())
    assert (np.abs(levels(made) - QColor(themes.load().ink("window")).getRgb()[:3]).max(-1) > 40).sum() > 200


@SPACES
def test_an_empty_panel_says_its_sentence(space: str) -> None:
    for panel in (
        Panel("Title", space, empty="Press Train"),
        Panel("Title", space, panels.marks(), BOX, empty="Press Train"),
    ):
        assert "Press Train" in [words for words, _ in texts(svg(panel, themes.load(), SIZE))]
    assert levels(thumbnail(Panel("", space, empty="…"), themes.load(), 140, 90).toImage()).max() > 80


# several panels


@pytest.mark.parametrize(("n", "shape"), [(0, (0, 0)), (1, (1, 1)), (2, (2, 1)), (3, (3, 1)), (4, (2, 2)), (7, (3, 3))])
def test_the_grid(n: int, shape: tuple[int, int]) -> None:
    box = QRectF(5, 6, 901, 503)
    made = grid.places(n, box)
    assert len(made) == n
    assert (len({place.left() for place in made}), len({place.top() for place in made})) == shape
    for k, place in enumerate(made):
        assert box.contains(place) and place == QRectF(place.toRect())
        assert not any(place.intersects(other) for other in made[k + 1 :])
    assert len({place.top() for place in grid.places(n, box, across=1)}) == n
    assert all(place.isEmpty() for place in grid.places(4, QRectF(0, 0, 1, 1)))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_a_still_holds_every_panel(n: int) -> None:
    theme = themes.load("light")
    some = [replace(panels.every("chart" if k % 2 else "plane"), title=f"Panel {k}") for k in range(n)]
    made = image(some, QSize(700, 500), theme, 2.0)
    assert (made.width(), made.height(), made.devicePixelRatio()) == (1400, 1000, 2.0)
    for panel, place in zip(some, grid.places(n, QRectF(0, 0, 700, 500)), strict=True):
        cut = QRect(place.toRect().topLeft() * 2, place.toRect().size() * 2)
        alone = painted(panel, theme, place.toRect().size(), 2.0)
        assert differ(made.copy(cut), alone) == 0.0


def test_a_still_may_be_transparent_and_has_a_size() -> None:
    theme = themes.load("light")
    made = image([panels.every("plane")], QSize(200, 200), theme, 1.0, transparent=True)
    alpha = np.array(made.constBits()).reshape(200, 200, 4)[..., 3]
    assert made.hasAlphaChannel() and (alpha == 0).mean() > 0.5 and (alpha == 255).any()
    assert not image([panels.every("plane")], QSize(200, 200), theme).hasAlphaChannel()
    for size, ratio in ((QSize(0, 10), 1.0), (QSize(20000, 10), 2.0), (QSize(10, 10), 0.0)):
        with pytest.raises(Wrong, match=r"pixels; each side can have"):
            image([], size, theme, ratio)


def test_every_device_is_painted_on(qapp) -> None:
    made = QPixmap(SIZE)
    with QPainter(made) as painter:
        paint_panel(
            painter, QRectF(0, 0, SIZE.width(), SIZE.height()), panels.every("plane"), themes.load(), ground="window"
        )
    assert differ(made.toImage(), painted(panels.every("plane"), themes.load())) <= SHARE


@pytest.fixture
def stage(qtbot) -> Stage:
    made = Stage()
    qtbot.addWidget(made)
    made.resize(900, 600)
    return made


def test_the_stage_holds_any_panels(stage: Stage) -> None:
    theme, look = themes.load(), Look()
    plane, chart = panels.every("plane"), panels.every("chart")
    first = stage.interpolation
    for some in ((plane,), (plane, chart), (plane, plane, plane), (chart, plane, plane, chart), (plane, plane)):
        stage.show(some, look, theme)
        shown(stage, 1.0)
        assert [canvas.panel for canvas in stage.panes.shown] == list(some)
        places = grid.places(len(some), QRectF(stage.panes.rect()))
        assert [canvas.geometry() for canvas in stage.panes.shown] == [place.toRect() for place in places]
        visible = [canvas for canvas in stage.panes.shown if canvas.isVisible()]
        assert len(visible) == len(some)
    assert stage.panes.shown == [first, stage.flow]


def test_planes_of_other_bounds_keep_their_view(stage: Stage) -> None:
    near, far = panels.every("plane"), replace(panels.every("plane"), bounds=(0.0, 99.0, 0.0, 99.0))
    stage.show((near, near, far), Look(), themes.load())
    shown(stage, 1.0)
    one, two, three = stage.panes.shown
    before = three.view_range
    one.set_view(((2.0, 4.0), (2.0, 4.0)))
    one.view_changed.emit()
    np.testing.assert_allclose(two.view_range, one.view_range, atol=0.02)  # a pixel wider
    assert three.view_range == before


def test_the_picture_that_leaves_the_window(stage: Stage) -> None:
    """Panels and t as on the stage, zoomed as there, and no buttons."""
    snapshot, look, theme = snapshots.snapshot(n=100), Look(t=0.25, round=1), themes.load()
    stage.show(compose.stage(snapshot, look), look, theme)
    shown(stage, 1.0)
    stage.interpolation.set_view(((5.0, 9.0), (-2.0, 2.0)))
    said: list[str] = []
    known = {"controller": SimpleNamespace(snapshot=snapshot), "document": SimpleNamespace(look=look)}
    window = SimpleNamespace(stage=stage, notice=SimpleNamespace(say=said.append), **known)
    stills = Stills(window)
    made = stills.picture()
    assert (made.width(), made.height()) == (1800, 1200)
    box = QRectF(0, 0, 900, 600 - round(2.2 * theme.text_px))
    for canvas, place in zip(stage.panes.shown, grid.places(2, box), strict=True):
        alone = painted(canvas.panel, theme, place.toRect().size(), 2.0, seen=canvas.seen)
        assert differ(made.copy(QRect(place.toRect().topLeft() * 2, place.toRect().size() * 2)), alone) <= SHARE
    stills.copy()
    assert differ(QGuiApplication.clipboard().image(), made) == 0.0 and said
    QGuiApplication.clipboard().clear()


def test_words_that_are_cut_short_are_told_whole(qtbot, plane: Plane) -> None:
    plane.draw(Panel(LONG, "plane", (), BOX, f"{LONG}\n{LONG}"), themes.load())
    shown(plane, 1.0)
    scene = plane.findChild(QGraphicsView).scene()
    places = arrange(plane.panel, QRectF(plane.rect()), themes.load())
    for place, words in ((places.title, LONG), (places.caption, f"{LONG}\n{LONG}")):
        assert words in [item.toolTip() for item in scene.items(place.center())]
    assert not [item.toolTip() for item in scene.items(places.plot.center()) if item.toolTip()]
    assert plane.accessibleName() == LONG.partition("   ")[0] and plane.accessibleDescription() == f"{LONG}\n{LONG}"


def test_memory_is_read_as_qt_reads_it() -> None:
    """Dots and segments are handed over as memory: its layout is that of Qt's values."""
    made = stamps._fragments(2)
    made["middle"], made["from"], made["size"] = (1.5, 2.5), (3, 4), (5, 6)
    seen = at_memory(made, QPainter.PixmapFragment)
    assert (seen.x, seen.y, seen.sourceLeft, seen.sourceTop) == (1.5, 2.5, 3, 4)
    assert (seen.width, seen.height, seen.scaleX, seen.scaleY, seen.rotation, seen.opacity) == (5, 6, 1, 1, 0, 1)
    ends = np.array([[1.0, 2.0, 3.0, 4.0]])
    line = at_memory(ends, QLineF)
    assert (line.x1(), line.y1(), line.x2(), line.y2()) == (1, 2, 3, 4)


@pytest.mark.parametrize("rim", [0.0, 1.5])
def test_stamped_dots_are_the_discs_that_qt_draws(qapp, rim: float) -> None:
    """Many at once lie where each alone would, in its colour, and one that is nowhere is left out."""
    rng = np.random.default_rng(0)
    px = np.concatenate([rng.integers(80, 1500, (40, 2)) / 4, [[np.nan, np.nan], [1e9, 3.0]]])
    tints, which = [QColor("#0072b2"), QColor("#b35900")], np.arange(42) % 2
    seen = []
    for few in (0, 10_000):
        picture = QImage(400, 400, QImage.Format.Format_RGB32)
        picture.fill(QColor("white"))
        stamps_few, stamps.FEW = stamps.FEW, few
        try:
            with QPainter(picture) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                order = np.argsort(which, kind="stable")
                stamps.dots(painter, px[order], tints, which[order], 7.0, rim)
        finally:
            stamps.FEW = stamps_few
        seen.append(np.frombuffer(picture.constBits(), np.uint8).astype(int))
    assert (seen[1] < 200).any()
    assert np.abs(seen[0] - seen[1]).max() <= 3


@pytest.mark.parametrize("alpha", [0.3, 0.65])
@pytest.mark.parametrize("width", [1.5, 2.5, 4.0])
def test_thin_lines_side_by_side_are_a_thick_one(qapp, width: float, alpha: float) -> None:
    """In every direction: as much ink, at the same places, as the one line that a still has."""
    turn = np.linspace(0, np.pi, 24, endpoint=False)
    half = 90 * np.stack([np.cos(turn), np.sin(turn)], 1)
    middle = 110.3 + 220 * np.stack([np.arange(24) % 6, np.arange(24) // 6], 1)
    lines = np.stack([middle - half, middle + half], 1)
    seen = []
    for whole in (True, False):
        picture = QImage(1320, 880, QImage.Format.Format_RGB32)
        picture.fill(QColor("white"))
        ink = QColor("#143ca0")
        ink.setAlphaF(alpha)
        with QPainter(picture) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(WHOLE, whole)
            strokes(painter, lines, QPen(ink, width))
        seen.append(255.0 - np.frombuffer(picture.constBits(), np.uint8).reshape(880, 1320, 4)[..., 2])  # red
    for row, column in np.ndindex(4, 6):
        one, other = (s[220 * row :, 220 * column :][:220, :220] for s in seen)
        assert other.sum() == pytest.approx(one.sum(), rel=0.2)
        assert np.abs(one - other).max() < 0.45 * one.max()
    assert np.abs(seen[0] - seen[1])[seen[0] > 0].mean() < 0.16 * seen[0].max()
