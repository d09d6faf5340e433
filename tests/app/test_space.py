"""Space: where things lie in the unit ball, the camera, and one picture by OpenGL and by the painter."""

from __future__ import annotations

import itertools
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import theme as themes
from app.canvas import depth, still
from app.canvas import painter as painting
from app.canvas.arrangement import arrange
from app.canvas.capsules import capsules
from app.canvas.depth import Depth
from app.canvas.space import Space
from app.canvas.view import View
from app.scene import compose
from app.scene.camera import FACES, HOME, Camera
from app.scene.flat import PAGE, flat, words
from app.scene.look import Look
from app.scene.marks import Arrows, Label, Lines, Panel, Points
from app.scene.projection import Ball, projected
from tests.app import snapshots
from tests.app.test_views import known

ROOT = Path(__file__).resolve().parents[2]
CAMERAS = {"home": HOME, **{face: HOME.along(face) for face in FACES}, "near": Camera(120.0, -40.0, 2.0)}
BOX = (-2.0, 2.0, -1.0, 3.0, 0.0, 4.0)
SIZE = QSize(420, 380)
LEVELS = 48  # of 255 that a blurred pixel may differ by between the two ways to draw
FAINT = 120  # of 255 that an ink at the back may be off
SHARE = 0.02  # of the pixels that may differ by more


def panel(*marks, space: str = "space", camera: Camera = HOME) -> Panel:
    return projected(Panel("title", space, marks, box=BOX, camera=camera))


def ink(theme: themes.Theme, name: str) -> np.ndarray:
    return np.array([int(theme.ink(name)[k : k + 2], 16) for k in (1, 3, 5)])


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., 2::-1].astype(int)


def drawn(qtbot, of: Panel, theme: themes.Theme) -> tuple[Space, np.ndarray]:
    canvas = Space()
    qtbot.addWidget(canvas)
    canvas.resize(SIZE)
    canvas.draw(of, theme)
    canvas.show()
    qtbot.waitExposed(canvas)
    return canvas, pixels(canvas.picture())


@pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS)
def test_axes_are_a_rotation_and_the_middle_lies_in_the_middle(camera: Camera) -> None:
    axes = camera.axes
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(axes), 1.0)
    page, near = camera.seen(np.zeros(3))
    np.testing.assert_allclose([*page, near], 0.0, atol=1e-12)


def test_views_along_the_axes() -> None:
    """Looked at along x one sees y and z, and so on; towards the eye lies the third axis."""
    for face, (right, up, sign) in {"x": (1, 2, 0), "y": (0, 2, 1), "z": (0, 1, 2)}.items():
        camera = HOME.along(face)
        axes = camera.axes
        np.testing.assert_allclose(axes[0], np.eye(3)[right], atol=1e-12)
        np.testing.assert_allclose(axes[1], np.eye(3)[up], atol=1e-12)
        assert abs(axes[2][sign]) == pytest.approx(1.0)


def test_turning_there_and_back_comes_back_and_flying_keeps_its_eye() -> None:
    camera = HOME.turned(70.0, 10.0)
    assert camera.turned(-70.0, -10.0).axes == pytest.approx(HOME.axes)
    assert HOME.turned(360.0, 0.0).azimuth == pytest.approx(HOME.azimuth)
    flying = HOME.flying()
    np.testing.assert_allclose(flying.turned(30.0, 5.0).eye, flying.eye, atol=1e-9)
    assert np.linalg.norm(flying.zoomed(1.2).eye) < np.linalg.norm(flying.eye)
    np.testing.assert_allclose(flying.flying().axes, HOME.axes)


def test_moving_moves_the_picture() -> None:
    before, _ = HOME.seen(np.zeros(3))
    after, _ = HOME.moved(0.2, -0.1).seen(np.zeros(3))
    np.testing.assert_allclose(after - before, [0.2, -0.1], atol=1e-12)


def test_the_box_fills_the_unit_ball_with_one_scale() -> None:
    ball = Ball.about(BOX, False)
    assert np.ptp(ball.scale) == pytest.approx(0.0)
    corners = np.array([[BOX[i], BOX[2 + j], BOX[4 + k]] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    np.testing.assert_allclose(np.linalg.norm(ball.inside(corners), axis=1), 1.0, rtol=1e-6)


def test_space_time_has_t_along_its_first_axis() -> None:
    x = np.zeros((2, 5, 2), np.float32)
    made = projected(Panel("", "spacetime", (Lines(x, "source", t=np.linspace(0, 1, 5)),), box=(0, 1, -1, 1, -1, 1)))
    xyz = made.marks[0].xy
    assert xyz.shape == (2, 5, 3) and (np.diff(xyz[..., 0], axis=1) > 0).all() and np.ptp(xyz[..., 1:]) == 0.0


def test_arrows_turn_with_their_space_and_not_with_its_place() -> None:
    moved = projected(Panel("", "space", (Arrows(np.ones((1, 3)), np.array([[1.0, 2.0, 3.0]]), "source"),), box=BOX))
    scale = Ball.about(BOX, False).scale
    np.testing.assert_allclose(moved.marks[0].uv[0], scale * [1.0, 2.0, 3.0], rtol=1e-5)


@pytest.mark.parametrize("theme", themes.NAMES)
@pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS)
def test_opengl_and_the_painter_draw_one_picture(qtbot, monkeypatch, camera: Camera, theme: str) -> None:
    """Of a real round in space: particles, lines, trajectories, the box and its numbers."""
    look, theme = Look(round=1, camera=camera), themes.load(theme)
    shown = compose.stage(snapshots.snapshot(dim=3, n=60), look)[1]
    assert shown.space == "space" and {type(mark) for mark in shown.marks} >= {Points, Lines}
    canvas, one = drawn(qtbot, shown, theme)
    assert canvas._depth is not None
    _, other = _painted(qtbot, monkeypatch, shown, theme)
    blurred = [_blur(np.abs(picture.astype(float))) for picture in (one, other)]
    far = np.abs(blurred[0] - blurred[1]).max(-1) > LEVELS
    assert far.mean() < SHARE
    ground = ink(theme, "window")
    assert (np.abs(one - ground).max(-1) > LEVELS).mean() > 0.01  # neither is empty


def _painted(qtbot, monkeypatch, shown: Panel, theme: themes.Theme) -> tuple[Space, np.ndarray]:
    monkeypatch.setattr(depth.Context, "_trouble", "refused for this test")
    made = drawn(qtbot, shown, theme)
    monkeypatch.undo()
    return made


def _blur(picture: np.ndarray) -> np.ndarray:
    """Over 5 x 5: an edge may be smoothed in another way."""
    for axis in (0, 1):
        picture = sum(np.roll(picture, by, axis) for by in range(-2, 3)) / 5
    return picture


@pytest.mark.parametrize("by", ["opengl", "painter"])
def test_every_mark_is_in_its_place_in_its_ink(qtbot, monkeypatch, by: str) -> None:
    theme = themes.load("light")
    places = np.array([[-0.5, 0.0, 1.0], [1.0, 2.0, 3.0]])
    marks = {
        "points": Points(places, "source", size=4.0),
        "lines": Lines(np.stack([places, places + np.array([0.3, 0.0, 0.0])], 1), "target", width=4.0),
        "arrows": Arrows(places, np.array([[0.5, 0.5, 0.0]] * 2), "warning", width=4.0),
    }
    for name, mark in marks.items():
        canvas, made = (
            drawn(qtbot, panel(mark), theme) if by == "opengl" else _painted(qtbot, monkeypatch, panel(mark), theme)
        )
        for place in projected(Panel("", "space", (Points(places, "text"),), box=BOX)).marks[0].xy:
            at = canvas.to_window(place)
            patch = made[int(at.y()) - 3 : int(at.y()) + 4, int(at.x()) - 3 : int(at.x()) + 4]
            assert (np.abs(patch - ink(theme, mark.ink)).max(-1) < FAINT).any(), (name, by)


def test_the_first_picture_is_not_blank(qtbot) -> None:
    """vispy's first command would bind the frame of the screen, and the first picture would go there."""
    code = """
        import numpy as np
        from PySide6.QtGui import QColor
        from PySide6.QtWidgets import QApplication
        from app import theme
        from app.canvas.capsules import CAPSULE, capsules
        from app.canvas.depth import Depth
        from app.canvas.view import View
        from app.scene.camera import HOME
        from app.scene.flat import PAGE
        from app.scene.marks import Points
        from PySide6.QtCore import QRectF
        app = QApplication([])
        made = capsules((Points(np.zeros((1, 3), np.float32), "source", size=9.0),), theme.load())
        view = View.fit(PAGE, QRectF(0, 0, 80, 80), True)
        for _ in range(2):
            image = Depth().picture(made, made[:0], HOME, view, (80, 80), 1.0, QColor("#000000"))
            print(image.pixelColor(40, 40).value())
    """
    told = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=120, cwd=ROOT
    )
    assert not told.returncode, told.stderr
    first, second = map(int, told.stdout.split())
    assert first == second > 100, told.stderr


def test_half_a_turn_brings_the_back_to_the_front(qtbot) -> None:
    """Two clusters on one line of sight: the nearer one covers the other, and its rim has no third colour."""
    theme = themes.load("dark")
    far, near = np.array([[0.0, 1.0, 2.0]]), np.array([[0.0, -1.0, 2.0]])  # seen along y
    at = projected(Panel("", "space", (Points((far + near) / 2, "text"),), box=BOX)).marks[0].xy[0]
    seen = {}
    for turn in (0.0, 180.0):
        shown = panel(Points(far, "source", size=9), Points(near, "target", size=9))
        shown = replace(shown, camera=HOME.along("y").turned(turn, 0.0))
        canvas, made = drawn(qtbot, shown, theme)
        place = canvas.to_window(at)
        seen[turn] = made[round(place.y()), round(place.x())]
        inks = np.array([ink(theme, name) for name in ("source", "target", "window")], float)
        patch = made[int(place.y()) - 14 : int(place.y()) + 15, int(place.x()) - 14 : int(place.x()) + 15]
        low, high = inks.min(0) - 3, inks.max(0) + 3  # a blend of two of them lies between
        assert ((patch >= low) & (patch <= high)).all()
    for turn, front, back in ((0.0, "target", "source"), (180.0, "source", "target")):
        assert np.abs(seen[turn] - ink(theme, front)).sum() < 0.5 * np.abs(seen[turn] - ink(theme, back)).sum()


def test_the_mouse_orbits_moves_and_zooms(qtbot) -> None:
    canvas, _ = drawn(qtbot, panel(Points(np.zeros((1, 3)), "source")), themes.load())
    moved: list[Camera] = []
    canvas.camera_moved.connect(moved.append)
    middle = canvas.rect().center()

    def drag(modifier=Qt.KeyboardModifier.NoModifier) -> None:
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, modifier, middle)
        to = middle + QPoint(40, -20)
        _move(canvas, to, modifier)
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, modifier, to)

    drag()
    assert moved[-1].azimuth == pytest.approx(HOME.azimuth - 16.0) and moved[-1].centre == HOME.centre
    drag(Qt.KeyboardModifier.ControlModifier)
    assert moved[-1].centre != HOME.centre
    n = len(moved)
    _move(canvas, middle, Qt.KeyboardModifier.NoModifier)  # no button is held
    assert len(moved) == n


def _move(canvas: Space, to: QPoint, modifier: Qt.KeyboardModifier) -> None:
    button = Qt.MouseButton.LeftButton
    event = QMouseEvent(QEvent.Type.MouseMove, QPointF(to), canvas.mapToGlobal(QPointF(to)), button, button, modifier)
    QApplication.sendEvent(canvas, event)


def test_without_opengl_the_picture_is_painted_and_one_sentence_said(qtbot, monkeypatch) -> None:
    monkeypatch.setattr(depth.Context, "_trouble", "no driver")
    told: list[str] = []
    for _ in range(2):
        canvas = Space()
        qtbot.addWidget(canvas)
        canvas.told.connect(told.append)
        canvas.resize(SIZE)
        canvas.draw(panel(Points(np.zeros((1, 3)), "source", size=9.0)), themes.load())
        canvas.show()
        qtbot.waitExposed(canvas)
        for _ in range(3):
            made = pixels(canvas.picture())
        at = canvas.to_window(np.zeros(3))
        assert (np.abs(made - ink(themes.load(), "source")).max(-1) < FAINT).any(), at
    assert told and all("without OpenGL" in sentence and "no driver" in sentence for sentence in told)
    assert len(told) == 2  # each canvas says it once


def test_a_still_is_the_picture_of_the_window(qtbot) -> None:
    """Exports are painted: the camera of the window, the same places."""
    theme = themes.load("light")
    shown = panel(Points(np.array([[1.0, 2.0, 3.0]]), "source", size=9.0), camera=Camera(50.0, 30.0))
    canvas, _ = drawn(qtbot, shown, theme)
    made = pixels(still.image([shown], SIZE, theme, 1.0, None))
    at = canvas.to_window(shown.marks[0].xy[0])
    near = made[int(at.y()) - 30 : int(at.y()) + 30, int(at.x()) - 30 : int(at.x()) + 30]
    assert (np.abs(near - ink(theme, "source")).max(-1) < FAINT).any()


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30], ids=str)
def test_what_is_not_finite_is_left_out(bad: float) -> None:
    places = np.array([[0.0, 1.0, 2.0], [bad, 0.0, 0.0]])
    shown = panel(
        Points(places, "source"), Lines(np.stack([places, places], 1), "target"), Label((bad, 0.0, 0.0), "far", "text")
    )
    made = capsules(shown.marks, themes.load())
    assert np.isfinite(made["a"]).all() and np.isfinite(made["b"]).all() and len(made)
    assert flat(shown).marks


def test_an_empty_picture_is_the_ground(qtbot) -> None:
    made = Depth().picture(
        capsules((), themes.load()),
        capsules((), themes.load()),
        HOME,
        View.fit(PAGE, QRectF(0, 0, 40, 40), True),
        (40, 40),
        1.0,
        QColor("#336699"),
    )
    np.testing.assert_array_equal(np.unique(pixels(made).reshape(-1, 3), axis=0), [[0x33, 0x66, 0x99]])


@pytest.mark.parametrize("theme", themes.NAMES)
def test_numbers_of_the_axes_never_lie_on_each_other(qapp, monkeypatch, theme: str) -> None:
    """From everywhere, in a small picture: what is painted is apart, and the three axes that are seen have names."""
    drawn_words: list[tuple[str, QRectF]] = []
    draw = QPainter.drawText

    def spied(painter, place, *rest) -> None:
        if isinstance(place, QRectF) and isinstance(rest[-1], str):
            drawn_words.append((rest[-1], QRectF(place)))
        draw(painter, place, *rest)

    monkeypatch.setattr(painting.QPainter, "drawText", spied)
    for azimuth, elevation in itertools.product(range(-170, 190, 40), (-60, -20, 0, 22, 60)):
        drawn_words.clear()
        shown = panel(Points(np.zeros((1, 3)), "source"), camera=Camera(float(azimuth), float(elevation)))
        still.image([replace(shown, title="", caption="")], QSize(300, 240), themes.load(theme))
        places = [place for _, place in drawn_words]
        for one, other in itertools.combinations(places, 2):
            assert not one.intersects(other), (azimuth, elevation, drawn_words)
        told = " ".join(text for text, _ in drawn_words)
        assert sum(name in told for name in "xyz") >= 2


def test_names_stand_in_the_legend_of_both_pictures(qtbot, monkeypatch) -> None:
    """And move neither the box nor its numbers: words and marks lie in one plot."""
    theme = themes.load("dark")
    named = panel(
        Points(np.zeros((1, 3)), "source", size=6.0, name="points"),
        Lines(np.array([[[0.0, 0, 0], [1, 1, 1]]]), "target", name="lines", shade=np.array([0.2])),
        Arrows(np.zeros((1, 3)), np.ones((1, 3)), "warning", width=3.0, name="arrows"),
    )
    box = QRectF(0, 0, SIZE.width(), SIZE.height())
    assert arrange(named, box, theme) == arrange(words(named), box, theme)
    _, one = drawn(qtbot, named, theme)
    _, other = _painted(qtbot, monkeypatch, named, theme)
    place = arrange(named, box, theme).legend
    assert place.height() > 0
    band = slice(int(place.top()), int(place.bottom()))
    np.testing.assert_allclose(one[band], other[band], atol=LEVELS)
    assert (np.abs(one[band] - ink(theme, "warning")).max(-1) < FAINT).any()


@pytest.mark.parametrize(
    "kind", ["crossings", "averaging", "space-time", "field", "plan", "compare", "steps", "one-point"]
)
def test_all_spaces_of_a_view_have_the_camera_of_the_look(kind: str) -> None:
    look = Look(view=kind, round=1, t=0.5, camera=CAMERAS["near"])
    shown = [panel for panel in compose.stage(known(3, look), look) if panel.space in ("space", "spacetime")]
    assert shown and all(panel.camera == look.camera and panel.box is not None and panel.marks for panel in shown)
