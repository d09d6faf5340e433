"""What is mutable in the window: the current Experiment, Look and drawing, and the one undo stack."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.guard import guarded
from app.scene.look import Look
from app.state import State
from app.tools.tool import Canvas, Drawing, Tool
from engine.parts import Wrong
from engine.projects.project import Steps
from engine.registry import check_ranges
from engine.spec import Experiment


class Document(QObject):
    """Holds the current Experiment and canvases (undoable), the Look and the tool in hand (not undoable)."""

    experiment_changed = Signal()
    look_changed = Signal()
    drawing_changed = Signal()
    refused = Signal(str)  # what a stroke could not do, in one sentence

    def __init__(self, experiment: Experiment, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = State(experiment.check())
        self._look = Look()
        self._drawing: Drawing | None = None
        self._turned: dict[str, dict[str, object]] = {}  # by tool: the knobs that were turned by hand
        self._strokes, self._lived = 0, False  # so far; whether the one in progress has changed the experiment
        self._still = False  # while steps of another document are put on the stack
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(200)

    @property
    def experiment(self) -> Experiment:
        return self._state.experiment

    @property
    def look(self) -> Look:
        return self._look

    @property
    def drawing(self) -> Drawing | None:
        """The tool in hand and its canvas, a stroke in progress included; None: nothing is being drawn."""
        return self._drawing

    def edit(self, experiment: Experiment, text: str, merge: str = "") -> None:
        """Make this the current Experiment. Raises Wrong, and changes nothing, when it cannot be.

        ``merge``: consecutive edits with the same non-empty name become one undo step (a slider being dragged). A
        stroke in progress ends before it, as a step of its own.
        """
        experiment.check(self.experiment)
        self.finish()
        if experiment != self.experiment:
            self.stack.push(Edit(self, self._state, self._state.edited(experiment), text, merge))

    def patch(self, text: str, merge: str = "", **fields: object) -> None:
        """``edit`` with some fields of the Experiment replaced."""
        self.finish()
        self.edit(msgspec.structs.replace(self.experiment, **fields), text, merge)

    def see(self, **fields: object) -> None:
        """Change the Look."""
        look = msgspec.structs.replace(self._look, **fields)
        if look != self._look:
            self._look = look
            self.look_changed.emit()

    def replace(self, experiment: Experiment, look: Look, steps: Steps | None = None) -> None:
        """Become another document, with the undo ``steps`` that it comes with. Raises Wrong, and changes nothing, when
        it cannot be."""
        state = State(experiment.check())
        self.leave()
        self._turned.clear()
        self.stack.clear()
        if steps is not None and steps.experiments:
            states = [State(other) for other in steps.experiments]
            states[steps.at] = state
            self._still = True
            try:
                for before, after, text in zip(states[:-1], states[1:], steps.texts, strict=True):
                    self.stack.push(Edit(self, before, after, text))
                self.stack.setIndex(steps.at)
            finally:
                self._still = False
        self.stack.setClean()
        self._state = state
        self.experiment_changed.emit()
        self._look = look
        self.look_changed.emit()

    def steps(self) -> Steps:
        """The undo steps that changed the experiment."""
        edits = [self.stack.command(k) for k in range(self.stack.count())]
        found, texts, at = [self.experiment], [], 0
        for k, edit in enumerate(edits):
            before, after = edit.experiments
            if before is not after:
                found = found if texts else [before]
                found.append(after)
                texts.append(edit.text())
                at += k < self.stack.index()
        return Steps(tuple(found), tuple(texts), at)

    def undo(self) -> None:
        """Take the last step back; while a stroke is in progress, that stroke and no more."""
        if not self._drop():
            self.stack.undo()

    def redo(self) -> None:
        """Make the next step again; a stroke in progress is dropped."""
        self._drop()
        self.stack.redo()

    # drawing

    def begin(self, kind: type[Tool], knobs: Mapping[str, object]) -> None:
        """Take a tool in hand with these knobs; its others are as a hand left them, or suit the experiment."""
        self.finish()
        shared = self._turned.setdefault(_drawer(kind), {})
        shared |= {name: value for name, value in knobs.items() if kind.palette}
        turned = {name: value for name, value in shared.items() if name in kind.__struct_fields__}
        self._open(_turned(kind().suited(self.experiment), {**turned, **knobs}))
        self.drawing_changed.emit()

    def leave(self) -> None:
        """Put the tool away; a stroke in progress is kept."""
        self.finish()
        if self._drawing is not None:
            self._drawing = None
            self.drawing_changed.emit()

    def turn(self, name: str, value: object) -> None:
        """Turn a knob of the tool in hand. Raises Wrong, and changes nothing, for a value that it cannot have."""
        if self._drawing is None:
            return
        tool = self._drawing.tool.turned(name, value)
        check_ranges(tool)
        if tool.subject != self._drawing.tool.subject:
            self.finish()
            self._open(tool)
        before = self._drawing.tool
        changed = {name for name in tool.__struct_fields__ if getattr(tool, name) != getattr(before, name)}
        kept = self._turned.setdefault(_drawer(type(tool)), {})
        kept.update({name: getattr(tool, name) for name in (*changed, name)})
        self._drawing = replace(self._drawing, tool=tool)
        self.drawing_changed.emit()
        self.draw(tool.taken(self._drawing.canvas, name))

    def draw(self, canvas: Canvas) -> None:
        """This is on the canvas now. Once no stroke is in progress, what is new on it becomes one undo step."""
        old = self._drawing
        if old is None or canvas is old.canvas:
            return
        self._drawing = replace(old, canvas=canvas)
        refused = canvas.refused if canvas.refused != old.canvas.refused else ""
        if canvas.at is not None and old.canvas.at is None:
            self._strokes, self._lived = self._strokes + 1, False
        if canvas.at is None or old.tool.live:
            stroke = old.tool.live and not (canvas.at is None and old.canvas.at is None)
            refused = self._settle(self._drawing, f"stroke {self._strokes}" if stroke else "") or refused
        self.drawing_changed.emit()
        if refused:
            self.refused.emit(refused)

    def finish(self) -> None:
        """End the stroke in progress, if there is one, and keep it."""
        if self._drawing is not None and self._drawing.canvas.at is not None:
            self.draw(self._drawing.tool.release(self._drawing.canvas))

    def _settle(self, now: Drawing, merge: str = "") -> str:
        """Make an undo step of what is new. Where it cannot be, the canvas is as before; returns why in a sentence.

        A stroke in progress goes on after it: what is kept is its canvas at rest.
        """
        before, goes_on = self._state, now.canvas.at is not None
        rests = replace(now, canvas=now.tool.release(now.canvas)) if goes_on else now
        if now.canvas.same(before.canvases[now.tool.subject]):
            self._state = before.showing(rests)  # a choice, say
            return ""
        try:
            made = now.tool.edit(now.canvas, before.experiment)
            experiment = before.experiment if made in (None, before.experiment) else made.check(before.experiment)
        except Wrong as wrong:
            self._open(now.tool)
            return f"This cannot be drawn: {wrong.message.rstrip('.')}."
        after = before.edited(experiment).showing(rests)
        self._lived = True
        self.stack.push(Edit(self, before, after, now.canvas.did, merge, now.tool))
        if goes_on:
            self._drawing = now
        return ""

    def _drop(self) -> bool:
        """Forget the stroke in progress; False where there is none."""
        if self._drawing is None or self._drawing.canvas.at is None:
            return False
        lived = self._drawing.tool.live and self._lived
        self._open(self._drawing.tool)
        if lived:
            self.stack.undo()
        self.drawing_changed.emit()
        return True

    def _open(self, tool: Tool) -> None:
        """The tool with its canvas as it was left, or with a new one where what it draws has become another."""
        if tool.subject not in self._state.canvases:
            self._state = self._state.showing(Drawing(tool, tool.begin(self.experiment)))
        self._drawing = Drawing(tool, self._state.canvases[tool.subject])

    def become(self, state: State, tool: Tool | None) -> None:
        """For the steps of the stack. One of a canvas alone takes its tool in hand: nobody would see it otherwise."""
        if self._still:
            return
        old, self._state = self._state, state
        now = self._drawing.tool if self._drawing is not None else None
        if old.experiment is state.experiment and tool is not None and (now is None or now.subject != tool.subject):
            now = tool
        if now is not None:
            self._open(now)
            self.drawing_changed.emit()
        if old.experiment is not state.experiment:
            self.experiment_changed.emit()


def _turned(tool: Tool, knobs: Mapping[str, object]) -> Tool:
    """With these knobs, but those that it cannot have: a line may be thin, and a brush not."""
    for name, value in knobs.items():
        made = msgspec.structs.replace(tool, **{name: value})
        with suppress(Wrong):
            check_ranges(made)
            tool = made
    return tool


def _drawer(kind: type[Tool]) -> str:
    """Where the knobs that a hand turned are kept: tools of one palette share them."""
    return kind.palette or kind.__struct_config__.tag


class Edit(QUndoCommand):
    """The one undo command: the state before and after, and the tool that made it, if one did."""

    def __init__(
        self, document: Document, before: State, after: State, text: str, merge: str = "", tool: Tool | None = None
    ) -> None:
        super().__init__(text)
        self._document = weakref.proxy(document)  # no cycle: the collector crashes in those that Qt owns a part of
        self._before, self._after, self._merge, self._tool = before, after, merge, tool

    @property
    def experiments(self) -> tuple[Experiment, Experiment]:
        """Before and after."""
        return self._before.experiment, self._after.experiment

    @guarded
    def id(self) -> int:
        return hash(self._merge) & 0x7FFFFFF if self._merge else -1

    @guarded
    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, Edit) or not self._merge or other._merge != self._merge:
            return False
        self._after = other._after
        if self._after.same(self._before):  # a slider that came back: the stack drops the step
            self.setObsolete(True)
        return True

    @guarded
    def undo(self) -> None:
        self._document.become(self._before, self._tool)

    @guarded
    def redo(self) -> None:
        self._document.become(self._after, self._tool)
