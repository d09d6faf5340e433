"""The table of actions: everything that has a key or a place in the menus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import get_args

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence, QUndoStack
from PySide6.QtWidgets import QApplication, QMainWindow

from app.forms.controls import Line
from app.lessons.reader import heads
from app.plain_text import entry, explain
from app.scene.camera import FACES
from app.scene.colouring import WAYS
from app.scene.layer import Layer
from app.scene.look import AFTER_EDIT, Look, Turn
from app.tools.tool import entries
from app.view_tabs import views
from engine.registry import kinds

MENUS = ("File", "Edit", "View", "Layers", "Run", "Lessons", "Help")


@dataclass(frozen=True)
class Action:
    """One thing that can be done. ``call`` names its handler, which gets ``args``; ``|`` is a separator above it."""

    id: str
    menu: str
    text: str
    keys: tuple[str, ...]
    tip: str
    call: str
    args: tuple[object, ...] = ()
    listed: bool = True  # in the menu; otherwise only a key
    on: Callable[[Look], bool] | None = None  # whether what it switches is on


_ABOVE: tuple[Action, ...] = (
    Action("new", "File", "New", ("Ctrl+N",), "start from the first picture again", "new"),
    Action("open", "File", "Open…", ("Ctrl+O",), "open a project, or a spec, TOML or JSON", "open"),
    Action("presets", "File", "Presets…", ("Ctrl+P",), "ready-made experiments, by their pictures", "presets"),
    Action("open_run", "File", "Open run folder…", (), "with its trained rounds", "open_run"),
    Action("save", "File", "|Save", ("Ctrl+S",), "save the project: experiment, rounds, data and view", "save"),
    Action("save_as", "File", "Save as…", ("Ctrl+Shift+S",), "save the project under another name", "save_as"),
    Action("save_copy", "File", "Save a copy…", (), "a project, or the spec alone; the name stays", "save_copy"),
    Action("export_still", "File", "|Export…", ("Ctrl+E",), "pictures, and the data behind them", "export_still"),
    Action(
        "export_film", "File", "Export film…", ("Ctrl+Shift+E",), "what is on the stage, as a film", "export", ("Film",)
    ),
    Action("export_slides", "File", "Export slides…", (), "a film on each, for PowerPoint", "export", ("Slides",)),
    Action("quit", "File", "|Quit", ("Ctrl+Q",), "close the window", "quit"),
    Action("undo", "Edit", "Undo", ("Ctrl+Z",), "take the last edit back", "undo"),
    Action("redo", "Edit", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "make it again", "redo"),
    Action("copy_picture", "Edit", "|Copy picture", ("Ctrl+C",), "and the numbers of what is selected", "copy_picture"),
    Action("copy_python", "Edit", "Copy as Python", (), "a script that makes this experiment", "copy_python"),
    Action("paste", "Edit", "Paste data", ("Ctrl+V",), "a table, a picture or a file becomes a cloud", "paste"),
)
_BELOW: tuple[Action, ...] = (
    Action("load_source", "Edit", "Load the source…", (), "read the source from a file", "load", ("source",)),
    Action("load_target", "Edit", "Load the target…", (), "read the target from a file", "load", ("target",)),
    Action("load_pairs", "Edit", "Load the pairs…", (), "read the coupling from a file", "load", ("coupling",)),
    Action("new_seed", "Edit", "|New seed", (), "other random draws; starts the rounds anew", "new_seed"),
    Action("play", "View", "|Play or pause t", ("Space",), "let t run from 0 to 1", "play"),
    Action("back", "View", "t back", ("Left",), "t - 0.01", "step_t", (-0.01,), False),
    Action("forth", "View", "t on", ("Right",), "t + 0.01", "step_t", (0.01,), False),
    Action("back_far", "View", "t far back", ("Shift+Left",), "t - 0.1", "step_t", (-0.1,), False),
    Action("forth_far", "View", "t far on", ("Shift+Right",), "t + 0.1", "step_t", (0.1,), False),
    Action("scrub", "View", "Play or pause the view's own slider", ("M",), "morph, training, wipe or slice", "scrub"),
    Action("own_back", "View", "Its own slider back", ("Ctrl+Left",), "a twentieth", "step_own", (-0.05,), False),
    Action("own_forth", "View", "Its own slider on", ("Ctrl+Right",), "a twentieth", "step_own", (0.05,), False),
    Action("faster", "View", "Faster", ("Shift+Up",), "t runs faster, from 0.1 to 4 times", "speed", (1,)),
    Action("slower", "View", "Slower", ("Shift+Down",), "t runs slower", "speed", (-1,)),
    *(
        Action(
            f"turn_{way}",
            "View",
            f"At the end: {way}",
            ("Shift+Space",) if way == "there and back" else (),
            "what playing does at t = 1",
            "turn",
            (way,),
            on=lambda look, way=way: look.turn == way,
        )
        for way in get_args(Turn)
    ),
    Action("start", "View", "t = 0", ("Home",), "to the source", "jump_t", (0.0,)),
    Action("end", "View", "t = 1", ("End",), "to the target", "jump_t", (1.0,)),
    Action("round_back", "View", "|Previous round", ("Up",), "show the round before", "step_round", (-1,)),
    Action("round_on", "View", "Next round", ("Down",), "show the round after", "step_round", (1,)),
    *(
        Action(f"round_{k}", "View", f"Round {k}", (str(k),), "show it; 0 is the coupling", "go_round", (k,), False)
        for k in range(10)
    ),
    Action("home", "View", "|Whole picture", ("Ctrl+Home",), "back to where all is seen, and straight", "reset_view"),
    Action(
        "enlarge",
        "View",
        "One panel alone",
        ("F",),
        "the panel under the cursor, as by a double click; again: all of them",
        "enlarge",
        on=lambda look: look.alone >= 0,
    ),
    *(
        Action(
            f"along_{axis}",
            "View",
            f"Look along {axis}",
            (f"Shift+{axis.upper()}",),
            f"in space: along the {axis} axis",
            "look_along",
            (axis,),
        )
        for axis in FACES
    ),
    Action(
        "fly",
        "View",
        "Fly",
        ("Shift+F",),
        "in space: turn about the eye, not about the middle",
        "fly",
        on=lambda look: look.camera.flies,
    ),
    Action("nudge_down", "View", "|Slice down", ("Ctrl+[",), "in space: move the slice of the field", "nudge", (-1,)),
    Action("nudge_up", "View", "Slice up", ("Ctrl+]",), "and back", "nudge", (1,)),
    Action("larger", "View", "|Larger text", ("Ctrl++", "Ctrl+="), "text and lines a step larger", "text_size", (1,)),
    Action("smaller", "View", "Smaller text", ("Ctrl+-",), "a step smaller", "text_size", (-1,)),
    Action("normal", "View", "Normal text", ("Ctrl+0",), "the size it came with", "text_size", (0,)),
    Action("cycle_theme", "View", "|Next theme", ("T",), "dark, light, projector", "cycle_theme"),
    Action("hide_panels", "View", "Hide or show the panels", ("H",), "the stage alone", "hide_panels"),
    Action("full_screen", "View", "Full screen", ("F11",), "and back", "full_screen"),
    Action(
        "leave",
        "View",
        "Leave what is open",
        ("Esc",),
        "drawing, message, selection, full screen",
        "leave",
        (),
        False,
    ),
    Action("train", "Run", "Train or pause", ("Ctrl+Return", "Ctrl+Enter"), "go on, or pause", "train"),
    Action("next_round", "Run", "Reflow: next round", ("R",), "train on the pairs of the last flow", "next_round"),
    Action("branch", "Run", "Branch…", ("Shift+R",), "continue the round on show by another operation", "branch"),
    Action("restart", "Run", "|Restart", (), "throw the rounds away and train anew, same seed", "restart"),
    Action("present", "Lessons", "Present", ("F5",), "the stage and a step's words alone; Esc ends it", "present"),
    Action("lesson_on", "Lessons", "Next step", ("PgDown",), "of the lesson; a clicker's key", "lesson_on"),
    Action("lesson_back", "Lessons", "Step before", ("PgUp",), "the whole scene as it was", "lesson_back"),
    Action("script", "Lessons", "Back to the script", ("Backspace",), "the step as the lesson has it", "script"),
    Action("anew", "Lessons", "Train this step anew", ("Shift+F5",), "before the audience's eyes", "anew"),
    Action("presenter", "Lessons", "Presenter's window", (), "notes, next step, clock", "presenter"),
    Action(
        "open_lesson", "Lessons", "|Open a lesson…", (), "docs/writing-lessons.md says how to write one", "open_lesson"
    ),
    Action("add_step", "Lessons", "Add this state as a step…", (), "to a lesson of your own", "add_step"),
    Action("rewrite_step", "Lessons", "Edit this step…", (), "its words, claims, or scene", "rewrite_step"),
    Action("step_earlier", "Lessons", "Move this step back", (), "before the one before it", "move_step", (-1,)),
    Action("step_later", "Lessons", "Move this step on", (), "behind the next one", "move_step", (1,)),
    Action("delete_step", "Lessons", "Delete this step", (), "from the lesson's file; it can be undone", "delete_step"),
    Action("undo_lesson", "Lessons", "Undo in the lesson", (), "its file as before the last change", "undo_lesson"),
    Action("edit_lesson", "Lessons", "Edit its file", (), "in your editor; the window follows it", "edit_lesson"),
    Action("export_lesson", "Lessons", "Export the lesson…", (), "slides, handout, page or film", "export_lesson"),
    Action("close_lesson", "Lessons", "Close the lesson", (), "the scene stays", "close_lesson"),
    Action("palette", "Help", "Do anything…", ("Ctrl+K",), "find an action, a scene, a lesson, a step", "palette"),
    Action("pages", "Help", "Pages", (), "the course, how a lesson is written, the house, as text", "pages"),
    Action("shortcuts", "Help", "Keys", ("F1", "?"), "this sheet", "shortcuts"),
    Action("about", "Help", "About Rewire", (), "version and licence", "about"),
)


def table() -> tuple[Action, ...]:
    """Every action in the order of the menus, those of drawing tools, views and layers among them."""
    tools = [
        Action(
            f"draw_{name}",
            "Edit",
            f"{'' if k else '|'}{entry.text}",
            entry.keys,
            entry.tip,
            "draw",
            (name,),
            not entry.icon,
        )
        for k, (name, (_, entry)) in enumerate(entries().items())
    ]
    seen = [
        Action(f"view_{kind}", "View", view.title, (_key(k),), view.hint, "choose_view", (kind,))
        for k, (kind, view) in enumerate(views().items(), 1)
    ]
    layers = [
        Action(
            f"layer_{kind}",
            "Layers",
            cls.title,
            (),
            f"show or hide: {cls.title}",
            "switch_layer",
            (kind,),
            on=lambda look, kind=kind: kind not in look.hidden,
        )
        for kind, cls in kinds(Layer.family).items()
        if cls.optional
    ]
    colours = [
        Action(
            f"colour_{way}",
            "Layers",
            f"{'' if k else '|'}Colour: {way}",
            (f"Alt+{k + 1}",),
            f"colour tells {told}",
            "colour",
            (way,),
            on=lambda look, way=way: look.colour == way,
        )
        for k, (way, told) in enumerate(WAYS.items())
    ]
    edits = [
        Action(
            f"after_edit_{k}",
            "Run",
            f"{'' if k else '|'}After an edit: {then}",
            (),
            told,
            "after_edit",
            (then,),
            on=lambda look, then=then: look.after_edit == then,
        )
        for k, (then, told) in enumerate(AFTER_EDIT.items())
    ]
    own = (
        Action("choices", "Layers", "|What the view shows…", ("L",), "layers and knobs of the view on show", "choices"),
        Action("wipe", "Layers", "Wipe", ("W",), "two rounds in one panel", "wipe", on=lambda look: look.wiping),
    )
    taught, course = [], True
    for k, head in enumerate(heads()):
        above = "|" if not k or head.course != course else ""
        course = head.course
        taught.append(
            Action(f"lesson_{head.name}", "Lessons", f"{above}{head.title}", (), head.about, "lesson", (head.name,))
        )
    return (*_ABOVE, *tools, *_BELOW[:4], *seen, *_BELOW[4:], *edits, *layers, *colours, *own, *taught)


def _key(k: int) -> str:
    """Of the k-th view: those beyond the digits begin again with Shift."""
    return f"Ctrl+{k}" if k < 10 else f"Ctrl+Shift+{k - 9}"


def calls() -> set[str]:
    """The names of all handlers."""
    return {action.call for action in table()}


def build(window: QMainWindow, handlers: dict[str, Callable[..., object]]) -> dict[str, QAction]:
    """The actions by id, in the window and its menus. Raises KeyError for handlers that are missing."""
    missing = calls() - set(handlers)
    if missing:
        raise KeyError(f"no handler for {', '.join(sorted(missing))}")
    menus = {name: window.menuBar().addMenu(name) for name in MENUS}
    made = {}
    for action in table():
        text = action.text.removeprefix("|")
        made[action.id] = item = QAction(text, window)
        item.setObjectName(action.id)
        item.setShortcuts([QKeySequence(key) for key in action.keys])
        explain(item, tip(action))
        item.setStatusTip(action.tip)
        item.setCheckable(action.on is not None)
        item.setMenuRole(QAction.MenuRole.NoRole)  # macOS would move what sounds like "Quit" or "About"
        item.triggered.connect(partial(_do, handlers[action.call], action.args))
        window.addAction(item)  # keys work with the menu bar hidden, too
        if action.listed:
            if action.text.startswith("|"):
                menus[action.menu].addSeparator()
            menus[action.menu].addAction(item)
    return made


def follow(stack: QUndoStack, made: dict[str, QAction]) -> None:
    """Undo and redo say what they would do, and are grey when there is nothing."""
    for item, can, words, available in (
        (made["undo"], stack.canUndoChanged, stack.undoTextChanged, stack.canUndo()),
        (made["redo"], stack.canRedoChanged, stack.redoTextChanged, stack.canRedo()),
    ):
        verb = item.text()
        item.setEnabled(available)
        can.connect(item.setEnabled)
        words.connect(_Verb(item, verb).say)


class _Verb(QObject):
    """Writes what would be undone behind the verb; it goes with its item, which the stack outlives."""

    def __init__(self, item: QAction, verb: str) -> None:
        super().__init__(item)
        self._item, self._verb = item, verb

    def say(self, text: str) -> None:
        self._item.setText(entry(f"{self._verb} {text}".strip()))


def mark(made: dict[str, QAction], look: Look) -> None:
    """Which switches are on."""
    for action in table():
        if action.on is not None:
            made[action.id].setChecked(action.on(look))


def tip(action: Action) -> str:
    """What it does, and its keys."""
    return with_keys(action.tip, action.keys)


def with_keys(words: str, keys: tuple[str, ...]) -> str:
    """Words with the keys that do it behind them."""
    return f"{words} ({' or '.join(map(shown, keys))})" if keys else words


def shown(key: str) -> str:
    """A key as this system writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def _do(call: Callable[..., object], args: tuple[object, ...], checked: bool = False) -> None:
    """Call the handler, once what is being typed has reached the document: Ctrl+Return trains with it."""
    field = QApplication.focusWidget()
    if isinstance(field, Line) and field.isModified():
        field.editingFinished.emit()
    call(*args)
