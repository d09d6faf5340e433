"""A script: what a hand does in the window, line by line, and the picture that it must come to.

One file in ``tests/scripts``, TOML: ``about`` says what is to be seen; ``preset`` (a title) or ``[experiment]`` is what
is opened, the second over the first; ``size`` of the window; ``shows`` what is compared; ``measured`` where the figures
belong to it; ``like`` another script that must come to the same picture; ``tolerance`` the share of the picture's tiles
that may differ; ``act`` the lines. Each line is a verb and its words:

    do ID                          an action of the menus, by its id (app/actions.py)
    key KEYS                       "Ctrl+3", "Space"
    t NUMBER                       the slider of the timeline, 0 to 1
    see FIELD VALUE                a field of the look, as TOML writes it
    click PANEL X Y [MODIFIER]     shares of the panel's width and height, from the left and the top
    double PANEL X Y
    hover PANEL X Y
    drag PANEL X Y X2 Y2 [MODIFIER]
    trace PANEL X Y X2 Y2 X3 Y3 ... a drag through all these places
    wheel PANEL X Y NOTCHES
    tool KNOB VALUE                of the drawing tool in hand, as TOML writes it
    choose SECTION KIND            the picker of a card
    type SECTION.KNOB TEXT         into the field of a knob
    dimension 1|2|3
    search WORDS                   in the picker of presets or laws
    browse source|target           the laws of an end, by their pictures
    size WIDTH HEIGHT
    wait                           until everything that was asked for is there
"""

from __future__ import annotations

import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QCursor, QImage, QKeySequence, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGraphicsView, QLineEdit, QWidget

from app import presets
from app.application import assemble, begin
from app.scene.compose import needs, view
from app.scene.known import PAIRS
from app.scene.staying import GRACE
from app.window import Window
from engine.codec import build

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
QUICK = {  # nothing is trained: closed forms look the same on every machine
    "source": {"kind": "gaussian"},
    "target": {"kind": "two modes", "at": 4.0, "separation": 4.0, "std": 0.6},
    "coupling": {"kind": "independent", "pairs": 400},
    "velocity": {"kind": "exact"},
    "measure": {"samples": 128},
    "rounds": 1,
}
MODIFIERS = {
    "shift": Qt.KeyboardModifier.ShiftModifier,
    "ctrl": Qt.KeyboardModifier.ControlModifier,
    "alt": Qt.KeyboardModifier.AltModifier,
    "": Qt.KeyboardModifier.NoModifier,
}
SIDE = 4  # px of a tile of the kept picture
LEVELS = 20  # of 255, between two tiles that look alike
PATIENCE = 90.0  # seconds
TICK = 0.03
SETTLED = GRACE + 0.25


@dataclass(frozen=True)
class Script:
    """One file."""

    name: str
    about: str
    act: tuple[str, ...]
    experiment: dict[str, Any] = field(default_factory=dict)
    preset: str = ""
    size: tuple[int, int] = (960, 640)
    shows: str = "stage"  # or window, charts, strip, dock, popup, picker
    tolerance: float = 0.01
    measured: bool = False  # wait for the figures, too
    like: str = ""  # the script whose picture this one must come to as well

    @property
    def kept(self) -> Path:
        """The picture that it must come to, at half the size."""
        return SCRIPTS / f"{self.like or self.name}.webp"


def read(path: Path) -> Script:
    """Raises TypeError for a field that no script has."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    raw["act"], raw["size"] = tuple(raw.get("act", ())), tuple(raw.get("size", (960, 640)))
    return Script(path.stem, **raw)


def scripts() -> list[Script]:
    """All of the folder."""
    return [read(path) for path in sorted(SCRIPTS.glob("*.toml"))]


def rest(seconds: float) -> None:
    """Handle events for so long. Not by QTest.qWait, which keeps the interpreter from the engine's thread."""
    end = time.monotonic() + seconds
    QApplication.processEvents()
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 0.004))
        QApplication.processEvents()


class Player:
    """The window that a script is played in; ``close`` it."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.window: Window = assemble(build(self._asked()), device="cpu")
        begin(self.window)
        self.window.resize(*script.size)
        self.window.document.see(t=0.5, playing=False, theme="dark", text_scale=1.0)  # not as the last one left it
        self.window.hand._timer.blockSignals(True)  # a brush held still sprays: how long it is held is the machine's
        corner = self.window.screen().geometry().bottomRight()
        QCursor.setPos(corner)  # not where a test before has left it, over what opens here
        self.window.activateWindow()  # keys go to the window that is active
        if not QTest.qWaitForWindowActive(self.window, 10_000):
            raise TimeoutError("the window does not become active")

    def _asked(self) -> dict[str, Any]:
        if not self.script.preset:
            return QUICK | self.script.experiment
        name = next(preset.name for preset in presets.presets() if preset.title == self.script.preset)
        raw = tomllib.loads(presets._text(name))
        return raw | {key: QUICK[key] for key in ("velocity", "measure", "rounds")} | self.script.experiment

    def play(self) -> QImage:
        """Every line, then the picture."""
        self.wait()
        for line in self.script.act:
            verb, *words = line.split()
            method = getattr(self, f"_{verb}", None)
            if method is None:
                raise ValueError(f"{self.script.name}: {line!r} begins with no verb that there is")
            method(*words)
            QApplication.processEvents()
        self.wait()
        return self.picture()

    def picture(self) -> QImage:
        """What is compared, at half of its size."""
        window = self.window
        window.redraw.all()  # what is known, whichever beat it would be drawn at
        QApplication.processEvents()
        shown: dict[str, QWidget] = {"window": window, "stage": window.stage, "charts": window.measures}
        shown |= {"strip": window.strip, "dock": window.dock, "popup": QApplication.activePopupWidget() or window}
        shown |= {"picker": window.picking.dialog or window}
        whole = shown[self.script.shows].grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        smooth = Qt.TransformationMode.SmoothTransformation
        return whole.scaled(whole.width() // 2, whole.height() // 2, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)

    def wait(self) -> None:
        """Until the engine has nothing left to do for what is on show."""
        end, calm, phases = time.monotonic() + PATIENCE, 0.0, ("done", "paused", "stopped")
        if not self.script.measured:
            phases = (*phases, "measuring")
        # What the engine leaves unanswered does not apply; the picture of before may stay for a moment in its place.
        controller, missing = self.window.controller, True
        while calm < (SETTLED if missing else 3 * TICK):
            rest(TICK)
            over = controller.current and controller.snapshot.phase in phases
            missing = not over or bool(self._missing())
            calm = calm + TICK if over and not (missing and controller.engine.unanswered) else 0.0
            if time.monotonic() > end:
                state = controller.snapshot.phase, controller.current, self._missing()
                raise TimeoutError(f"{self.script.name}: the picture does not come: {state}")

    def _missing(self) -> list[str]:
        """What the view on show still waits for."""
        snapshot, look = self.window.controller.snapshot, self.window.document.look
        answers = snapshot.rounds[look.shown(snapshot)].answers if snapshot.rounds else ()
        asked = needs(look) if self.script.measured else (PAIRS, *view(look).needs(look))
        due = [probe for probe in asked if not probe.pause]  # what nobody waits for is not waited for
        wanted = [probe for probe in due if not any(a.probe == probe and a.fresh for a in answers)]
        return [type(probe).__name__ for probe in wanted]

    def close(self) -> None:
        self.window.close()
        if not self.window.controller.engine.close(60.0):  # it may be importing torch
            raise TimeoutError("the engine does not end")
        self.window.deleteLater()
        QApplication.processEvents()

    # verbs

    def _do(self, *action: str) -> None:
        self.window.made[" ".join(action)].trigger()

    def _key(self, keys: str) -> None:
        combination = QKeySequence(keys)[0]
        QTest.keyClick(QApplication.focusWidget() or self.window, combination.key(), combination.keyboardModifiers())

    def _t(self, t: str) -> None:
        self.window.stage.timeline.slider.setValue(round(1000 * float(t)))

    def _see(self, name: str, *value: str) -> None:
        known = tomllib.loads(f"v = {' '.join(value)}")["v"]
        kind = type(getattr(self.window.document.look, name))
        self.window.document.see(**{name: kind(known) if kind in (tuple, frozenset) else known})

    def _spot(self, panel: str, x: str, y: str) -> tuple[QWidget, QPoint]:
        """The widget that gets the mouse there, and the place in it."""
        canvas = self.window.stage.panes.shown[int(panel)]
        inner = canvas.findChild(QGraphicsView)
        widget = inner.viewport() if inner is not None else canvas
        return widget, QPoint(round(float(x) * (widget.width() - 1)), round(float(y) * (widget.height() - 1)))

    def _click(self, panel: str, x: str, y: str, modifier: str = "") -> None:
        widget, at = self._spot(panel, x, y)
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, MODIFIERS[modifier], at)

    def _double(self, panel: str, x: str, y: str) -> None:
        widget, at = self._spot(panel, x, y)
        QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=at)

    def _hover(self, panel: str, x: str, y: str) -> None:
        widget, at = self._spot(panel, x, y)
        QTest.mouseMove(widget, at + QPoint(3, 3))
        QTest.mouseMove(widget, at)

    def _drag(self, panel: str, x: str, y: str, x2: str, y2: str, modifier: str = "") -> None:
        widget, begin_at = self._spot(panel, x, y)
        _, end = self._spot(panel, x2, y2)
        held = MODIFIERS[modifier]
        QTest.mousePress(widget, Qt.MouseButton.LeftButton, held, begin_at)
        for share in np.linspace(0.0, 1.0, 9)[1:]:
            between = begin_at + (end - begin_at) * float(share)
            QTest.mouseMove(widget, between)
            QApplication.processEvents()
        QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, held, end)

    def _trace(self, panel: str, *places: str) -> None:
        spots = [self._spot(panel, *places[k : k + 2]) for k in range(0, len(places), 2)]
        widget, at = spots[0]
        QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=at)
        for _, end in spots[1:]:
            for share in np.linspace(0.0, 1.0, 6)[1:]:
                QTest.mouseMove(widget, at + (end - at) * float(share))
                QApplication.processEvents()
            at = end
        QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=at)

    def _tool(self, name: str, *value: str) -> None:
        self.window.document.turn(name, tomllib.loads(f"v = {' '.join(value)}")["v"])

    def _wheel(self, panel: str, x: str, y: str, notches: str) -> None:
        widget, at = self._spot(panel, x, y)
        there, none = QPointF(widget.mapToGlobal(at)), Qt.MouseButton.NoButton
        for _ in range(abs(int(notches))):
            turn = QPoint(0, 120 if int(notches) > 0 else -120)
            event = QWheelEvent(
                QPointF(at), there, QPoint(), turn, none, MODIFIERS[""], Qt.ScrollPhase.NoScrollPhase, False
            )
            QApplication.sendEvent(widget, event)

    def _choose(self, section: str, *kind: str) -> None:
        box = self.window.dock.cards[section].kind
        index = box.findText(" ".join(kind))
        if index < 0:
            raise ValueError(f"{self.script.name}: {section} has no kind {' '.join(kind)!r}")
        box.setCurrentIndex(index)
        box.activated.emit(index)

    def _type(self, knob: str, *text: str) -> None:
        section, name = knob.split(".")
        card = self.window.dock.cards[section]
        card.unfold(True)
        typed = card.form.rows[name].field.focusProxy()
        typed.setFocus()
        typed.selectAll()
        typed.insert(" ".join(text)) if isinstance(typed, QLineEdit) else typed.insertPlainText(" ".join(text))
        QTest.keyClick(typed, Qt.Key.Key_Return)
        self.window.stage.setFocus()

    def _dimension(self, dim: str) -> None:
        self.window.dock.head.group.button(int(dim)).click()

    def _size(self, width: str, height: str) -> None:
        self.window.resize(int(width), int(height))

    def _browse(self, end: str) -> None:
        self.window.dock.ends[end].browse.click()
        self._search()

    def _search(self, *words: str) -> None:
        picker = self.window.picking.dialog
        picker.resize(760, 560)
        picker.search.setText(" ".join(words))
        while picker.pictures.waiting:
            rest(TICK)

    def _wait(self) -> None:
        self.wait()


def tiles(picture: QImage) -> np.ndarray:
    """Mean colour of squares of ``SIDE`` px, (rows, columns, 3) in 0 to 255: text a hair aside makes no difference."""
    picture = picture.convertToFormat(QImage.Format.Format_RGB888)
    rows, columns = picture.height() // SIDE, picture.width() // SIDE
    pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
    pixels = pixels[: rows * SIDE, : columns * SIDE * 3].reshape(rows, SIDE, columns, SIDE, 3)
    return pixels.mean(axis=(1, 3))


def differing(one: np.ndarray, other: np.ndarray) -> float:
    """The share of tiles that look different; 1 for other numbers of them."""
    return 1.0 if one.shape != other.shape else float(np.mean(np.abs(one - other).max(axis=2) > LEVELS))


def apart(one: QImage, other: QImage) -> float:
    """The share of the tiles that look different; 1 for pictures of different sizes."""
    return differing(tiles(one), tiles(other)) if one.size() == other.size() else 1.0
