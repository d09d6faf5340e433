"""The main window: puts the docks around the stage and joins them to the controller; no logic of its own."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QCloseEvent, QCursor, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QVBoxLayout, QWidget

from app import actions, commands, leaving, presets, settings, theme
from app.columns import Columns
from app.controller import Controller
from app.docks.experiment import ExperimentDock
from app.docks.measures import Measures
from app.docks.notice import Notice
from app.docks.round_strip import RoundStrip
from app.docks.selection import Selection
from app.guard import guarded
from app.hand import Hand
from app.heartbeat import Heartbeat
from app.loading.asking import Asking
from app.loading.drops import Drops
from app.menu_corner import MenuCorner
from app.opening import Opening
from app.palette import Palette
from app.picker.picking import Picking
from app.playing import Playing
from app.pointing import Pointing
from app.presenting.authoring import Authoring
from app.presenting.exporting import Exporting
from app.presenting.player import Player
from app.presenting.presenting import Presenting
from app.presenting.step_panel import StepPanel
from app.project_files import ProjectFiles
from app.recent import Recent
from app.redraw import Redraw
from app.scene import compose
from app.scene.camera import HOME
from app.scene.look import Look, place
from app.selecting import Selecting
from app.settings import TEXT_SCALES as SCALES
from app.stage import Stage
from app.stills import Stills
from app.tool_bar import ToolBar
from app.tools.tool import entries
from app.top_row import TopRow
from app.view_choices import ViewChoices
from app.view_tabs import ViewTabs
from engine.spec import Experiment

SPEEDS = 0.1, 0.25, 0.5, 1.0, 2.0, 4.0
SETTLED = 150  # ms without another size: then the window has been resized
LAYERS = 4  # of layouts in each other: each asks the one around it


class Window(QMainWindow):
    """Everything that is visible. ``controller`` holds the engine, ``heartbeat`` draws."""

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self.controller, self.document = controller, controller.document
        self.opening = Opening(self.document, self)
        self.stills, self.picking = Stills(self), Picking(self)
        self.projects = ProjectFiles(self, controller, lambda: self.stage.thumbnail())
        self._meant = False  # whether nobody is to be asked
        self.playing = Playing(self.document)
        self.player = Player(controller, self.projects, self)
        self._settled = False
        self.theme: theme.Theme | None = None
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(SETTLED)
        self._settling.timeout.connect(self._dress)
        self._make()
        self.pointing = Pointing(controller, self.stage, self)
        self.selecting = Selecting(controller, self.stage, self)
        floats = self.notice, self.selection
        self.redraw = Redraw(controller, self.dock, self.stage, self.strip, self.measures, *floats)
        self.heartbeat = Heartbeat(self._pull, self.playing.step, self.redraw.parts(), self._training, self)
        self._join()
        self._dress()

    # building

    def _make(self) -> None:
        self.dock = ExperimentDock(self.document)
        self.tabs, self.stage, self.strip, self.measures = ViewTabs(), Stage(), RoundStrip(), Measures()
        self.notice = Notice(self.stage.panes, lambda: self.document.experiment)
        self.selection = Selection(self.stage.panes, self.notice)
        self.tool_bar = ToolBar(self.document)
        self.choices = ViewChoices(self.document, lambda: self.controller.snapshot)
        self.top = TopRow(self.tabs, self.choices, self.tool_bar)
        self.hand = Hand(self.document, self.stage, self)
        self.title = MenuCorner()
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.stage, 1)
        column.addWidget(self.strip)
        self.columns = Columns(self.dock, middle, self.measures)
        whole = QWidget()
        rows = QVBoxLayout(whole)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2)
        rows.addWidget(self.top)
        rows.addWidget(self.columns, 1)
        self.step_panel = StepPanel(self.player)
        rows.addWidget(self.step_panel)
        self.setCentralWidget(whole)
        self.resize(1280, 800)

    def _join(self) -> None:
        self.made = actions.build(self, self._handlers())
        actions.follow(self.document.stack, self.made)
        self.tabs.show_view(self.document.look.view)
        actions.mark(self.made, self.document.look)
        self.recent = Recent(self.open_path, self)
        file_menu = next(action.menu() for action in self.menuBar().actions() if action.text() == "File")
        file_menu.insertMenu(self.made["open_run"], self.recent)
        self.title.presets_asked.connect(self.picking.presets)
        self.title.theme_asked.connect(self.cycle_theme)
        self.document.experiment_changed.connect(lambda: self.heartbeat.ask())
        self.document.experiment_changed.connect(self.notice.pass_on)
        self.document.look_changed.connect(self._look_changed)
        self.document.drawing_changed.connect(lambda: self.heartbeat.ask("stage"))
        for refuses in (self.document, self.tool_bar):
            refuses.refused.connect(lambda sentence: self.notice.say(sentence, error=True))
        self.tool_bar.done.connect(self.leave_drawing)
        self.controller.said.connect(self._hint)
        self.controller.changed.connect(lambda: self.heartbeat.ask("dock"))
        self.stage.turned.connect(self.turn)
        self.stage.play_toggled.connect(self.play)
        self.stage.camera_moved.connect(lambda camera: self.document.see(camera=camera))
        self.stage.told.connect(self.notice.say)
        self.stage.enlarged.connect(self._double_clicked)
        self.selection.closed.connect(self.selecting.clear)
        self.tabs.chosen.connect(self.choose_view)
        self.strip.picked.connect(self.pick)
        self.strip.asked.connect(self.branch_off)
        self.measures.chosen.connect(self.choose_chart)
        dock = self.dock
        dock.train_toggled.connect(self.train)
        dock.next_round.connect(self.next_round)
        dock.restart.connect(self.controller.restart)
        dock.new_seed.connect(self.new_seed)
        dock.head.said.connect(self._hint)
        dock.draw_requested.connect(self.draw)
        dock.load_requested.connect(self.load)
        dock.browse_requested.connect(self.picking.laws)
        dock.save_requested.connect(lambda end: self.stills.export("Data", end))
        dock.dropped.connect(lambda end, path: self.opening.open(path, end))
        dock.reread.connect(self.opening.read)
        self.opening.busy.connect(self._reading)
        self.opening.failed.connect(self._refused)
        self.opening.found.connect(self.projects.open)
        self.tool_bar.wanted.connect(
            lambda name, path: self.opening.consider(path, lambda: self.tool_bar.turn(name, path))
        )
        self.opening.taught.connect(lambda path: self.authoring.open(path))
        self.asking = Asking(self.opening, self, self.notice.say)
        dock.columns_requested.connect(self.opening.look)
        self.opening.resize = dock.head.dimensions.resize
        self.opening.resized.connect(dock.head.tell)
        self.projects.said.connect(lambda sentence, fault: self.notice.say(sentence, error=fault, lasts=fault))
        self.projects.renamed.connect(self._name)
        self._name()
        self.opening.opened.connect(lambda end, path: self.dock.say(end, "") if end else self.notice.say(""))
        self.presenting, self.authoring = Presenting(self), Authoring(self)
        self.exporting = Exporting(self)
        files = {name: dock.cards[name] for name in (*dock.ends, "coupling")}
        self.drops = Drops(self, self.opening, self.stage, files, self.notice.say)

    def _handlers(self) -> dict:
        see = self.document.see
        return {
            "new": self.projects.new,
            "open": lambda: self.opening.choose("", self),
            "presets": self.picking.presets,
            "open_run": lambda: self.opening.choose_run(self),
            "save": self.projects.save,
            "save_as": self.projects.save_as,
            "save_copy": self.projects.save_copy,
            "export_still": self.stills.export,
            "export": self.stills.export,
            "copy_picture": self.stills.copy,
            "copy_python": self.stills.copy_python,
            "paste": self.paste,
            "quit": self.quit,
            "undo": self.document.undo,
            "redo": self.document.redo,
            "draw": self.draw,
            "load": self.load,
            "new_seed": self.new_seed,
            "play": lambda: self.play("t", not self.document.look.playing),
            "scrub": self.scrub,
            "step_own": self.step_own,
            "speed": self.change_speed,
            "turn": lambda way: see(turn=way),
            "wipe": lambda: see(
                view="compare", wiping=not (look := self.document.look).wiping or look.view != "compare"
            ),
            "choices": self.choices.open,
            "step_t": lambda by: see(t=min(1.0, max(0.0, round(self.document.look.t + by, 4))), playing=False),
            "jump_t": lambda t: see(t=t, playing=False),
            "step_round": self.step_round,
            "go_round": self.go_round,
            "choose_view": self.choose_view,
            "switch_layer": self.switch_layer,
            "colour": lambda way: see(colour=way),
            "after_edit": lambda then: see(after_edit=then),
            "reset_view": self.reset_view,
            "enlarge": lambda: self.enlarge(self.stage.panes.under(QCursor.pos())),
            "look_along": lambda axis: see(camera=self.document.look.camera.along(axis)),
            "nudge": lambda by: self.pointing.nudge(by),
            "fly": lambda: see(camera=self.document.look.camera.flying()),
            "branch": self.strip.branch.click,
            "text_size": self.text_size,
            "cycle_theme": self.cycle_theme,
            "hide_panels": self.hide_panels,
            "full_screen": lambda: self.showNormal() if self.isFullScreen() else self.showFullScreen(),
            "leave": self.leave,
            "train": self.train,
            "next_round": self.next_round,
            "restart": self.controller.restart,
            "present": lambda: self.presenting.toggle(),
            "lesson": lambda name: self.presenting.open(name),
            "lesson_on": self.player.forward,
            "lesson_back": self.player.back,
            "script": self.player.resume,
            "anew": self.player.anew,
            "presenter": lambda: self.presenting.show_presenter(),
            "close_lesson": self.player.close,
            "open_lesson": lambda: self.authoring.choose(),
            "add_step": lambda: self.authoring.add(),
            "rewrite_step": lambda: self.authoring.rewrite(),
            "move_step": lambda by: self.authoring.move(by),
            "delete_step": lambda: self.authoring.delete(),
            "undo_lesson": lambda: self.authoring.undo(),
            "edit_lesson": lambda: self.authoring.edit(),
            "export_lesson": lambda: self.exporting.choose(),
            "palette": lambda: Palette(commands.entries(self), self).show(),
            "pages": self.stills.pages,
            "shortcuts": self.stills.keys,
            "about": self.stills.about,
        }

    def _dress(self) -> None:
        """Everything in the theme of the look and of the window's height, at once: one repaint."""
        if self._worn() == self.theme:
            return
        self.theme = self.redraw.theme = self._worn()
        self.setUpdatesEnabled(False)
        try:
            theme.apply(QApplication.instance(), self.theme)
            self.top.dress(self.theme)
            self.step_panel.dress(self.theme)
            self.title.dress(self.theme.name)
            self.menuBar().setCornerWidget(self.title)  # again: it keeps the size that it had then
            self.title.show()
            self.columns.fit(self.theme.text_px)
            self.redraw.all()
            self.picking.dress()
            for _ in range(LAYERS):
                QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        finally:
            self.setUpdatesEnabled(True)

    def _name(self) -> None:
        """The document's in the title, with a mark while it has changes."""
        name, changed = self.projects.title()
        self.setWindowTitle(f"{name}[*] - Rewire")
        self.setWindowModified(changed)

    def _worn(self) -> theme.Theme:
        look = self.document.look
        return theme.load(look.theme, look.text_scale * theme.fit(look.theme, self.height()))

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self.isVisible():
            self._dress()
        elif self._worn() != self.theme:
            self._settling.start()  # while an edge is dragged the text keeps its size
        self.step_panel.look_again()

    # what the heartbeat asks

    def _pull(self) -> bool:
        if self.redraw.soon:
            self.heartbeat.ask("stage")
        if not self.controller.pull():
            return False
        self.redraw.notice()
        self.projects.pulled()
        self.player.pulled()
        if not self._settled and self.controller.snapshot.device:
            self._settled = True
            self.heartbeat.settle()
        return True

    def _training(self) -> bool:
        return self.controller.snapshot is not None and self.controller.snapshot.phase == "training"

    def _look_changed(self) -> None:
        look = self.document.look
        if (look.theme, look.text_scale) != (self._still.theme, self._still.text_scale):
            self._dress()
        if look.calm != self._still:
            self.heartbeat.ask()
            self.tabs.show_view(look.view)
            actions.mark(self.made, look)
        else:
            self.heartbeat.ask("stage")
            if compose.moving(look):
                self.heartbeat.ask("charts")
        self._still = look.calm

    _still = Look().calm

    # what is done

    def train(self) -> None:
        self._hint(self.controller.train_or_pause())

    def next_round(self) -> None:
        self._hint(self.controller.next_round())

    def _hint(self, sentence: str) -> None:
        self.notice.say("")  # asked again, it is said again
        self.notice.say(sentence)

    def load_preset(self, preset: presets.Preset) -> None:
        self._replace(preset.experiment(self.document.experiment), f"preset {preset.title}")

    def _replace(self, experiment: Experiment, text: str) -> None:
        """Begin with another experiment; the rounds of the one before are an undo away."""
        rounds = leaving.trained(self.controller.snapshot)
        self.document.edit(experiment, text)
        if rounds and self.controller.behind:
            back = f"Undo brings {leaving.counted(rounds)} of the experiment before back."
            self.notice.say(back, False, "Undo", self.document.undo)

    def new_seed(self) -> None:
        self.document.patch("new seed", seed=(self.document.experiment.seed + 1) % 2**31)

    def step_round(self, by: int) -> None:
        if self.controller.snapshot is not None:
            self.pick(self.document.look.shown(self.controller.snapshot) + by)

    def go_round(self, number: int) -> None:
        rounds = self.controller.snapshot.rounds if self.controller.snapshot is not None else ()
        if 0 <= number < sum("." not in view.name for view in rounds):
            self.document.see(round=number, branch="")

    def pick(self, number: int) -> None:
        """Show this view of the strip."""
        rounds = self.controller.snapshot.rounds if self.controller.snapshot is not None else ()
        if 0 <= number < len(rounds):
            self.document.see(**place(rounds[number]))

    def branch_off(self, kind: str) -> None:
        """Continue the round on show by another operation."""
        self._hint(self.controller.branch_off(kind))

    def choose_chart(self, at: int, name: str) -> None:
        charts = self.document.look.charts
        self.document.see(charts=(*charts[:at], name, *charts[at + 1 :]))
        self.heartbeat.ask("charts")

    def choose_view(self, kind: str) -> None:
        self.document.see(view=kind, scrubbing=False, alone=-1)

    def play(self, name: str, on: bool) -> None:
        """Play or pause t, or the slider of the view's own."""
        self.playing.begin(name, "playing" if name == "t" else "scrubbing", on)

    def scrub(self) -> None:
        look = self.document.look
        if name := compose.view(look).slider(look, self.document.experiment.dim):
            self.play(name, not look.scrubbing)

    def turn(self, name: str, value: float) -> None:
        """A slider below the stage, by hand."""
        look = self.document.look
        self.document.see(
            **compose.view(look).slide(look, name, value), **{"playing" if name == "t" else "scrubbing": False}
        )

    def step_own(self, by: float) -> None:
        look = self.document.look
        view = compose.view(look)
        if name := view.slider(look, self.document.experiment.dim):
            self.turn(name, min(1.0, max(0.0, round(view.slid(look, name) + by, 4))))

    def change_speed(self, by: int) -> None:
        """A step along ``SPEEDS``."""
        at = min(range(len(SPEEDS)), key=lambda k: abs(SPEEDS[k] - self.document.look.speed)) + by
        self.document.see(speed=SPEEDS[min(len(SPEEDS) - 1, max(0, at))])

    def enlarge(self, panel: int) -> None:
        """This panel alone, or all of them again."""
        self.document.see(alone=-1 if self.document.look.alone >= 0 else panel)

    def _double_clicked(self, panel: int) -> None:
        """On what is drawn: there one draws on; anywhere else the panel has the stage."""
        self.selecting.take_back()
        if end := self.selecting.drawing():
            self.draw(end)
        else:
            self.enlarge(panel)

    def switch_layer(self, kind: str) -> None:
        self.document.see(hidden=self.document.look.hidden ^ {kind})

    def reset_view(self) -> None:
        self.stage.reset_view()
        self.document.see(camera=HOME)

    def text_size(self, by: int) -> None:
        at = SCALES.index(self.document.look.text_scale) + by if by else SCALES.index(1.0)
        self.document.see(text_scale=SCALES[min(len(SCALES) - 1, max(0, at))])

    def cycle_theme(self) -> None:
        at = theme.NAMES.index(self.document.look.theme)
        self.document.see(theme=theme.NAMES[(at + 1) % len(theme.NAMES)])

    def hide_panels(self) -> None:
        bare = not self.strip.isHidden()
        self.columns.bare(bare)
        self.strip.setHidden(bare)

    def draw(self, name: str) -> None:
        """Draw on the left stage: the source, the target, whatever a tool has an entry for."""
        kind, entry = entries()[name]
        self.document.begin(kind, dict(entry.knobs))

    def leave_drawing(self) -> None:
        self.document.leave()
        self.stage.setFocus()  # or the next button would get it, and the next Return

    def load(self, end: str) -> None:
        self.opening.choose(end, self)

    def paste(self) -> None:
        """What the clipboard holds; on the card that has the focus, else a menu asks for the end."""
        focus = QApplication.focusWidget()
        cards = {name: self.dock.cards[name] for name in (*self.dock.ends, "coupling")}
        end = next((name for name, card in cards.items() if focus is not None and card.isAncestorOf(focus)), "")
        self.opening.paste(QGuiApplication.clipboard().mimeData(), end)

    def leave(self) -> None:
        """Esc: the innermost thing that can be left."""
        if self.presenting.leave():
            return
        if self.opening.reading:
            self.opening.cancel()
        elif self.document.drawing is not None:
            self.leave_drawing()
        elif self.notice.dismiss() or self.selecting.clear():
            return
        elif self.document.look.alone >= 0:
            self.document.see(alone=-1)
        elif self.isFullScreen():
            self.showNormal()

    def _reading(self, end: str, sentence: str) -> None:
        self.dock.say(end, sentence) if end else self.notice.say(sentence, False, "Cancel", self.opening.cancel)

    def _refused(self, end: str, sentence: str) -> None:
        self.dock.say(end, sentence) if end else self.notice.say(sentence, error=True)

    def open_path(self, path: str) -> None:
        """A file named on the command line."""
        self.opening.open(path)

    # coming and going

    def restore(self) -> None:
        """Theme, text size and place as they were left."""
        name, scale = settings.look()
        self.document.see(theme=name, text_scale=scale)
        place = settings.geometry()
        if place is not None and self.restoreGeometry(place):
            return
        if screen := QGuiApplication.primaryScreen():
            room = screen.availableSize()
            wide, high = (0.94 * side for side in room.toTuple())  # a frame has its room, too
            self.resize(min(1600, round(wide)), min(1000, round(high)))

    def quit(self) -> None:
        """Close the window, unless something would be lost: then that is asked."""
        self.projects.ask_before(self._leave, self._unfinished())

    def _unfinished(self) -> str:
        """What of exports would end with the window, in a sentence."""
        return " ".join(filter(None, (self.stills.unfinished(), self.exporting.unfinished())))

    def _leave(self) -> None:
        """What is not saved is not wanted."""
        self.projects.abandon()
        self.close()

    @guarded
    def close(self) -> bool:
        """Without a question: whoever closes it from a program, or by a signal, means it."""
        self._meant = True
        return super().close()

    @guarded
    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._meant and (self.projects.changed or self._unfinished()):  # by hand
            event.ignore()
            self.quit()
            return
        settings.keep(self.document.look.theme, self.document.look.text_scale, self.saveGeometry())
        self.exporting.close()
        self.presenting.close()
        self.hide()
        self.stills.close()
        self.picking.close()
        self.document.leave()
        self.asking.close()
        self.opening.close()
        self.projects.close()
        # last: until the engine has ended, garbage must not be collected on its thread
        if self.controller.engine.close():
            self.heartbeat.stop()
        super().closeEvent(event)
