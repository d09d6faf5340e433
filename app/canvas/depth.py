"""Draws capsules with OpenGL, through vispy's gloo, into a picture that any QPainter takes.

Off screen, not in a widget of its own: a native child would bring its own window, its own words and its own clock, and
a machine without OpenGL another program. Reading the picture back costs half a millisecond.

Everything is blended, far capsules first: a depth test would leave rims where a smooth edge hides what is behind it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor, QGuiApplication, QImage, QOffscreenSurface, QOpenGLContext, QSurfaceFormat

from app.canvas.capsules import CAPSULE
from app.canvas.view import View
from app.scene.camera import AWAY, NEAREST, Camera
from app.scene.flat import FAINT, STRONG, THICK, THIN

log = logging.getLogger("rewire")

CORNERS = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32)
TRIANGLES = np.array([0, 1, 2, 0, 2, 3], np.uint32)

VERTEX = f"""
attribute vec3 a; attribute vec3 b; attribute vec2 half_width; attribute vec4 colour; attribute float kind;
attribute vec2 corner;
uniform mat3 axes; uniform vec3 centre; uniform float zoom; uniform vec4 view; uniform vec2 size; uniform float ratio;
varying vec2 at; varying vec2 start; varying vec2 end; varying vec2 radius; varying vec4 tint; varying float shape;
vec4 seen(vec3 place) {{
    vec3 turned = (place - centre) * axes;
    float away = {AWAY:.1f} / zoom - turned.z;
    return vec4(turned.xy * ({AWAY:.1f} / max(away, {NEAREST:.2f})) * view.xy + view.zw, turned.z, away);
}}
void main() {{
    vec4 from = seen(a), to = seen(b);
    float share = clamp((from.z + to.z) * 0.25 + 0.5, 0.0, 1.0);
    start = from.xy; end = to.xy;
    radius = half_width * ratio * mix({THIN:.2f}, {THICK:.2f}, share);
    tint = vec4(colour.rgb, colour.a * mix({FAINT:.2f}, {STRONG:.2f}, share));
    shape = kind;
    vec2 along = end - start;
    float far = length(along);
    vec2 u = far > 1e-6 ? along / far : vec2(1.0, 0.0);
    float out_ = max(radius.x, radius.y) + 1.0;
    at = (corner.x < 0.0 ? start : end) + (u * corner.x + vec2(-u.y, u.x) * corner.y) * out_;
    gl_Position = vec4(at / size * 2.0 - 1.0, 0.0, 1.0);
    if (from.w < {NEAREST:.2f} || to.w < {NEAREST:.2f}) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
}}
"""
FRAGMENT = """
uniform float thin;
varying vec2 at; varying vec2 start; varying vec2 end; varying vec2 radius; varying vec4 tint; varying float shape;
void main() {
    vec2 along = end - start, off = at - start;
    float square = dot(along, along);
    float share = square > 1e-9 ? dot(off, along) / square : 0.0;
    float cover;
    if (shape < 0.5 || shape > 3.5) {
        if (share < 0.0 || share >= 1.0) discard;  // smooth ends would show as beads where segments meet
        cover = mix(radius.x, radius.y, share) + 0.5 - length(off - share * along);
    } else if (shape < 1.5) {
        cover = radius.x + 0.5 - length(off);
    } else if (shape < 2.5) {
        cover = thin + 0.5 - abs(length(off) - radius.x);
    } else {
        vec2 arm = abs(off);
        cover = min(thin + 0.5 - abs(arm.x - arm.y) * 0.7071, radius.x + 0.5 - max(arm.x, arm.y));
    }
    gl_FragColor = vec4(tint.rgb, tint.a * clamp(cover, 0.0, 1.0));
}
"""


class NoOpenGL(Exception):
    """This machine cannot draw with OpenGL, and why."""


class Context:
    """The one OpenGL context of the program. Raises NoOpenGL."""

    _one: Context | None = None
    _trouble = ""  # said once, then known

    def __init__(self) -> None:
        from PySide6.QtOpenGL import QOpenGLFramebufferObject  # the picture that is drawn into

        app = QCoreApplication.instance()
        self.surface, self.context = QOffscreenSurface(None, app), QOpenGLContext(app)
        kind = QSurfaceFormat()
        self.surface.setFormat(kind)
        self.context.setFormat(kind)
        self.surface.create()
        if not self.surface.isValid() or not self.context.create() or not self.context.makeCurrent(self.surface):
            raise NoOpenGL("no context can be made")
        if not QOpenGLFramebufferObject.hasOpenGLFramebufferObjects():
            raise NoOpenGL("it has no framebuffers")
        from vispy.gloo.context import FakeCanvas

        self.commands = FakeCanvas()
        self.commands.flush()  # its first command binds the screen's frame, and would take the first picture there

    @classmethod
    def get(cls) -> Context:
        """The context, made at the first call and then current. A machine that has none is asked once."""
        if cls._trouble:
            raise NoOpenGL(cls._trouble)
        if cls._one is None:
            try:
                if QGuiApplication.platformName() == "offscreen":
                    raise NoOpenGL("the platform draws nothing on a screen")
                cls._one = Context()
            except Exception as error:  # of a library, a driver: whatever it is, pictures are painted without it
                cls._trouble = str(error) or type(error).__name__
                log.warning("OpenGL cannot be used (%s): space is painted without it", cls._trouble)
                raise NoOpenGL(cls._trouble) from error
        if not cls._one.context.makeCurrent(cls._one.surface):
            raise NoOpenGL("its context is lost")
        return cls._one


class Depth:
    """One picture of capsules. ``rest`` are kept on the graphics processor while they are the same array."""

    BROUGHT = "vispy", "vispy.util", "vispy.color", "vispy.gloo.gl", "vispy.gloo"
    STEPS = len(BROUGHT) + 2  # of ``warm``

    def __init__(self) -> None:
        self._context = Context.get()
        from vispy import gloo

        self._gloo = gloo
        self._buffer: Any = None
        self._program = gloo.Program(VERTEX, FRAGMENT)
        self._index = gloo.IndexBuffer()
        self._rest: np.ndarray | None = None
        self._size = 0
        self._frame: Any = None

    def picture(
        self,
        rest: np.ndarray,
        moving: np.ndarray,
        camera: Camera,
        view: View,
        size: tuple[int, int],
        ratio: float,
        ground: QColor,
    ) -> QImage:
        """``size`` in px of the screen, ``ratio`` of them a logical one; ``view`` from the page to logical px.

        Raises NoOpenGL.
        """
        from PySide6.QtOpenGL import QOpenGLFramebufferObject

        self._context = Context.get()
        if self._frame is None or (self._frame.width(), self._frame.height()) != size:
            self._frame = QOpenGLFramebufferObject(*size)
        if not self._frame.bind():
            raise NoOpenGL("a picture cannot be drawn into")
        gloo, every = self._gloo, np.concatenate([rest, moving])
        self._upload(rest, moving)
        gloo.set_viewport(0, 0, *size)
        gloo.set_state(blend=True, depth_test=False, cull_face=False)
        gloo.set_blend_func("src_alpha", "one_minus_src_alpha", "one", "one_minus_src_alpha")
        gloo.clear(ground.getRgbF())
        if len(every):
            near = ((every["a"] + every["b"]) / 2) @ camera.axes[2].astype(np.float32)
            order = np.argsort(near, kind="stable").astype(np.uint32)
            self._index.set_data((4 * order[:, None] + TRIANGLES).ravel())
            self._uniforms(camera, view, size, ratio)
            self._program.draw("triangles", self._index)
        self._context.commands.flush()
        made = self._frame.toImage()
        self._frame.release()
        return made

    @classmethod
    def warm(cls) -> Iterator[None]:
        """What the first picture would have to wait for, in so many ``STEPS``. Raises NoOpenGL."""
        for name in cls.BROUGHT:
            import_module(name)
            yield
        Context.get()
        yield
        one = np.zeros(1, CAPSULE)
        one["b"], one["half_width"], one["colour"] = 0.1, 1.0, 1.0
        cls().picture(one, one[:0], Camera(), View(4.0, 4.0, -4.0, 4.0), (8, 8), 1.0, QColor("black"))
        yield

    def _upload(self, rest: np.ndarray, moving: np.ndarray) -> None:
        n = len(rest) + len(moving)
        if self._buffer is None or n != self._size or rest is not self._rest:
            self._size, self._rest = n, rest
            self._buffer = self._gloo.VertexBuffer(_corners(np.concatenate([rest, moving])))
            self._program.bind(self._buffer)
        elif len(moving):
            self._buffer.set_subdata(_corners(moving), 4 * len(rest))

    def _uniforms(self, camera: Camera, view: View, size: tuple[int, int], ratio: float) -> None:
        program = self._program
        program["axes"] = camera.axes.astype(np.float32)
        program["centre"] = camera.centre
        program["zoom"] = camera.zoom
        # a picture of OpenGL has its first row at the bottom
        program["view"] = ratio * view.sx, -ratio * view.sy, ratio * view.ox, size[1] - ratio * view.oy
        program["size"] = size
        program["ratio"] = ratio
        program["thin"] = max(0.5, 0.75 * ratio)


def _corners(made: np.ndarray) -> np.ndarray:
    """Four vertices of each capsule."""
    found = np.empty((len(made), 4), [*CAPSULE.descr, ("corner", "f4", 2)])
    for name in CAPSULE.names:
        found[name] = made[name][:, None]
    found["corner"] = CORNERS
    return found.ravel()
