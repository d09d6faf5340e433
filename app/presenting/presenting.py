"""The mode in which somebody presents: stage and a step's words alone, the keys of a clicker, two screens or one."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QScreen
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QPlainTextEdit

from app import settings
from app import theme as themes
from app.guard import guarded
from app.lessons import reader
from app.lessons.lesson import Lesson
from app.presenting import formulas
from app.presenting.chart_beside import ChartBeside
from app.presenting.overlay import Overlay
from app.presenting.player import Player
from app.presenting.presenter import PresenterWindow
from app.presenting.step_panel import StepPanel, enlarged
from engine.parts import Wrong

FORTH = {Qt.Key.Key_PageDown, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter}
BACK = {Qt.Key.Key_PageUp, Qt.Key.Key_Left, Qt.Key.Key_Up}
#: These are of the script also while somebody draws.
CLICKED = {Qt.Key.Key_PageDown, Qt.Key.Key_PageUp, Qt.Key.Key_Backspace}
#: What the keys do while somebody presents, for the sheet.
KEYS = (
    ("Page Down, →, Space", "next step"),
    ("Page Up, ←", "the step before"),
    ("1 to 9", "this step"),
    ("Backspace", "back to the script"),
    ("Shift+F5", "train it anew before their eyes"),
    ("C", "the step's chart beside the stage"),
    ("B or .", "black"),
    ("W", "white"),
    ("L", "laser pointer; a drag draws"),
    ("E", "wipe what was drawn"),
    ("P", "the presenter's window"),
    ("X", "swap the screens"),
    ("Esc", "end the show"),
)


class Presenting(QObject):
    """Joins the player, the panel of words and the overlay to the window."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.player: Player = window.player
        self.panel: StepPanel = window.step_panel
        self.on = False
        self.overlay = Overlay(window.centralWidget())
        self.chart = ChartBeside(window)
        self.presenter: PresenterWindow | None = None
        self._before: Callable[[], object] | None = None  # brings the window back as it was
        self._setting: threading.Thread | None = None
        self._unset = threading.Event()  # for the thread that sets a lesson's formulas: nobody wants them
        self._at: tuple[object, int] = None, 0
        self.player.said.connect(window.notice.say)
        self.player.onward.connect(self.open)
        self.player.changed.connect(self._changed)
        self.panel.present.connect(self.toggle)
        QGuiApplication.instance().screenRemoved.connect(self._screen_gone)

    # lessons

    def open(self, name: str, at: int = 0, then: Callable[[], object] | None = None) -> None:
        """A lesson that comes with the program, from this step on; ``then`` only once it is open."""
        try:
            lesson = reader.shipped(name)
        except Wrong as wrong:
            self._window.notice.say(f"{str(wrong).rstrip('.')}.", error=True)
            return

        def begin() -> None:
            self.begin(lesson, at)
            if then is not None:
                then()

        begin() if self.player.playing else self._window.projects.ask_before(begin)

    def begin(self, lesson: Lesson, at: int = 0, again: bool = False) -> None:
        """From this step on; whether anything would be lost was asked before."""
        self._set(lesson)
        self.player.open(lesson, at, again)
        if lesson.name in {head.name for head in reader.heads()}:
            self.player.prepared.train(lesson.name)

    def _set(self, lesson: Lesson) -> None:
        """Its formulas beside the window, for the first ones take a third of a second."""
        theme, texts = self._window.theme, [step.text for step in lesson.steps]
        ink = theme.ink("text")
        shown = (enlarged(screen.size().height()) for screen in QGuiApplication.screens())
        sizes = {themes.font(theme, scale).pixelSize() for scale in (1.0, *shown)}
        self._unset.set()
        self._unset = unset = threading.Event()
        work = lambda: [formulas.ready(texts, px, ink, unset.is_set) for px in sorted(sizes)]  # noqa: E731
        self._setting = threading.Thread(target=work, name="formulas", daemon=True)
        self._setting.start()

    def offer(self) -> None:
        """At a start: the step of a lesson that was open at the end, or, once, the tour. What is said already stays."""
        if not self._window.notice.isHidden():
            return
        name, at = settings.lesson()
        say = self._window.notice.say
        if name in {lesson.name for lesson in reader.heads()}:
            title = next(lesson.title for lesson in reader.heads() if lesson.name == name)
            say(f"“{title}” was open at step {at + 1}.", False, "Go on", lambda: self.open(name, at))
        elif not settings.toured():
            say("New here? A tour shows the idea in ten minutes.", False, "Start", lambda: self.open("10_tour"))

    def _changed(self) -> None:
        at = self.player.lesson, self.player.at
        if at != self._at:
            self._at = at
            self.overlay.wipe()
            if self.on:
                self.chart.follow(self.player.step)
        if self.player.lesson is None and self.on:
            self.leave()

    # the mode

    def toggle(self) -> None:
        """F5."""
        if self.on:
            self.leave()
            return
        if self.player.lesson is not None:
            self._enter()
            return
        name, at = settings.lesson()
        ours = [head.name for head in reader.heads()]
        self.open(name, at, self._enter) if name in ours else self.open(ours[0], 0, self._enter)

    def _enter(self) -> None:
        window = self._window
        parts = (window.top, window.strip, window.menuBar())
        hidden, full, place = [part.isHidden() for part in parts], window.isFullScreen(), window.saveGeometry()

        def before() -> None:
            window.columns.bare(hidden[1])
            for part, was in zip(parts, hidden, strict=True):
                part.setHidden(was)
            if not full:
                window.showNormal()
                window.restoreGeometry(place)

        self._before, self.on = before, True
        self.chart.follow(self.player.step)
        for part in parts:
            part.hide()
        home = window.screen()
        others = [screen for screen in QGuiApplication.screens() if screen is not home]
        if others:
            self._move(others[0])
            self.show_presenter(home)
        window.showFullScreen()
        self.panel.large(True)
        QApplication.instance().installEventFilter(self)
        window.stage.setFocus()

    def leave(self) -> bool:
        """Esc: what stands over the picture first; False where nobody presents."""
        if not self.on:
            return False
        if self.overlay.cover or self.overlay.pointing:
            self.overlay.cover = ""
            self.overlay.point(False)
            return True
        if self._window.document.drawing is not None:
            self._window.leave_drawing()
            return True
        self.on = False
        QApplication.instance().removeEventFilter(self)
        self.overlay.wipe()
        if self.presenter is not None:
            self.presenter.close()
        self.chart.end()
        self._before()
        self.panel.large(False)
        return True

    def close(self) -> None:
        """The program ends; the next one may go on at this step."""
        if self.on:
            self.overlay.blank("")
            self.overlay.point(False)
            self._window.document.leave()
            self.leave()
        elif self.presenter is not None:
            self.presenter.close()
        self.player.leave()
        self._unset.set()
        if self._setting is not None:
            self._setting.join()

    # screens

    def show_presenter(self, screen: QScreen | None = None) -> None:
        """The presenter's window, on this screen."""
        if self.presenter is not None:
            self.presenter.raise_()
            return
        self.presenter = PresenterWindow(self.player, self._seen)
        self.presenter.swap.connect(self.swap)
        self.presenter.closed.connect(self._presenter_gone)
        if screen is not None:
            self.presenter.setGeometry(screen.availableGeometry().adjusted(40, 40, -40, -40))
        self.presenter.begin()

    def swap(self) -> None:
        """The audience's window to the other screen, the presenter's to its place."""
        here = self._window.screen()
        others = [screen for screen in QGuiApplication.screens() if screen is not here]
        if not others or not self.on:
            return
        self._window.showNormal()
        self._move(others[0])
        self._window.showFullScreen()
        if self.presenter is not None:
            self.presenter.setGeometry(here.availableGeometry().adjusted(40, 40, -40, -40))

    def _move(self, screen: QScreen) -> None:
        self._window.setGeometry(screen.availableGeometry().adjusted(20, 20, -20, -20))

    def _screen_gone(self, screen: QScreen) -> None:
        """One was unplugged: all that was on it is on the one that is left, and the step as it was."""
        left = [other for other in QGuiApplication.screens() if other is not screen]
        if not self.on or not left:
            return
        if self._window.screen() is screen or not self._window.isVisible():
            self._window.showNormal()
            self._move(left[0])
            self._window.showFullScreen()
        if self.presenter is not None and self.presenter.screen() is screen:
            self.presenter.setGeometry(left[0].availableGeometry().adjusted(40, 40, -40, -40))

    def _presenter_gone(self) -> None:
        if self.presenter is not None:
            self.presenter.deleteLater()
            self.presenter = None

    def _seen(self) -> QImage | None:
        """What the audience sees: a copy of what the window has painted last."""
        window = self._window
        store = window.backingStore() if window.isVisible() else None
        device = store.paintDevice() if store is not None else None
        return device.copy() if isinstance(device, QImage) else None

    # keys

    @guarded
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            return False
        active = QApplication.activeWindow()
        if active not in (self._window, self.presenter) or QApplication.activePopupWidget() is not None:
            return False
        if isinstance(QApplication.focusWidget(), QLineEdit | QPlainTextEdit):
            return False
        done = self._what(event)
        if done is None:
            return False
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            done()
        return True

    def _what(self, event: QKeyEvent) -> Callable[[], object] | None:
        key, held = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        drawing = self._window.document.drawing is not None  # its keys are the tool's
        if held or (drawing and key not in CLICKED):
            return None
        if key in FORTH:
            return self.player.forward
        if key in BACK:
            return self.player.back
        if Qt.Key.Key_1 <= key <= Qt.Key.Key_9:
            return lambda: self.player.go(key - Qt.Key.Key_1)
        return {
            Qt.Key.Key_Backspace: self.player.resume,
            Qt.Key.Key_C: self.chart.toggle,
            Qt.Key.Key_B: lambda: self.overlay.blank("black"),
            Qt.Key.Key_Period: lambda: self.overlay.blank("black"),
            Qt.Key.Key_W: lambda: self.overlay.blank("white"),
            Qt.Key.Key_L: lambda: self.overlay.point(not self.overlay.pointing),
            Qt.Key.Key_E: self.overlay.wipe,
            Qt.Key.Key_P: self.show_presenter,
            Qt.Key.Key_X: self.swap,
            Qt.Key.Key_H: lambda: None,  # nothing is to be hidden or shown
        }.get(key)
