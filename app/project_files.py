"""The document and its file: new, open, save, save as, save a copy; its name, and whether there is anything to save."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMainWindow

from app import file_dialog, leaving, look_text, presets, settings
from app.autosave import Autosave, Locked
from app.controller import Controller
from app.keeping import Keeping
from app.plain_text import Box
from app.saving import Saving
from app.scene.look import Look
from app.stamp import NEWER, Stamp, newer, stamp
from engine import codec
from engine.parts import Wrong
from engine.projects.project import SUFFIX, Project
from engine.projects.writer import write
from engine.rounds.kept import Kept
from engine.snapshot import RoundView
from engine.spec import Experiment
from engine.wording import short

UNTITLED = "Untitled"
NAMES = f"Projects (*{SUFFIX})"
Thumbnail = Callable[[], Callable[[], bytes]]
COPIES = f"{NAMES};;Specs, without the rounds (*.toml *.json)"


class ProjectFiles(QObject):
    """For the window that it belongs to; ``thumbnail`` gives what paints a PNG of its stage."""

    said = Signal(str, bool)  # a sentence, and whether it is about a fault
    renamed = Signal()  # another name, or another answer to whether there is something to save

    def __init__(self, window: QMainWindow, controller: Controller, thumbnail: Thumbnail) -> None:
        super().__init__(window)
        self._window, self._controller, self._document = window, controller, controller.document
        self.path: Path | None = None
        self._name = UNTITLED  # where there is no path
        self._begun = self._document.experiment  # what trains by itself at the start is nothing to be lost
        self._rounds: object = ()  # the mark of the rounds that are saved
        self._abandoned = self._closed = False
        self._documents = 0  # that were here: what is asked for of one is not done to another
        self._opening = False  # its rounds are not in a snapshot yet
        self._stamp: Stamp | None = None  # of the file, as it was read or written last
        self.question: Box | None = None  # whether to save first; kept while it is open
        self.doubt: Box | None = None  # whether to write over what another program wrote
        self._keeping, self._saving = Keeping(controller, thumbnail, self), Saving(self)
        self.autosave = Autosave(self._keeping, self._unsaved, self)
        self.autosave.failed.connect(lambda sentence: self.said.emit(sentence, True))
        self._was = self.title()
        self._document.stack.indexChanged.connect(self.look_again)
        self._document.stack.cleanChanged.connect(self.look_again)

    # what it is called, and whether it is saved

    @property
    def name(self) -> str:
        return self.path.name if self.path is not None else self._name

    def title(self) -> tuple[str, bool]:
        """Name, and whether there are changes."""
        return self.name, self.changed

    @property
    def changed(self) -> bool:
        """Whether there is something that no file has."""
        if not self._document.stack.isClean():
            return True
        of_the_start = self.path is None and self._document.experiment == self._begun
        return not (of_the_start or self._opening) and self._mark() != self._rounds

    def pulled(self) -> None:
        """A newer snapshot is there."""
        snapshot = self._controller.snapshot
        if self._opening and self._controller.current and snapshot.device:
            self._rounds, self._opening = self._mark(), False
            if snapshot.unrestored:
                self._lose([*snapshot.unrestored])
        self.look_again()

    def look_again(self) -> None:
        now = self.title()
        if now != self._was:
            self._was = now
            self.renamed.emit()

    def _mark(self, kept: tuple[Kept, ...] | None = None) -> tuple:
        """Another one when rounds have come, gone or been trained on. Of ``kept``: as these have them, which left the
        engine before what is shown now."""
        snapshot = self._controller.snapshot
        views = [] if snapshot is None or not snapshot.spec.velocity.learns else snapshot.rounds
        views = [view for view in views if view.number]
        if kept is None:
            return tuple((view.name, view.finished, len(view.losses)) for view in views)
        names = {node.lineage: node.name for node in self._document.experiment.nodes()}
        there = {names[held.lineage]: (held.finished, len(held.losses)) for held in kept if held.lineage in names}

        def saved(view: RoundView) -> tuple[bool, int]:
            now = view.finished, len(view.losses)
            return min(now, there.get(view.name, now if view.warning else (False, -1)))  # what broke is never kept

        return tuple((view.name, *saved(view)) for view in views)

    def _unsaved(self, kept: tuple[Kept, ...] | None = None) -> tuple | None:
        """For the autosave: what would be lost; None for nothing. The first entry: the rounds that are finished."""
        if not self.changed:
            return None
        document = self._document
        finished = tuple(name for name, done, _ in self._mark(kept) if done)
        look = msgspec.structs.replace(document.look, t=0.0, playing=False, scrubbing=False)
        return finished, self.path, document.experiment, document.stack.index(), look, self._mark(kept)

    # new, open

    def new(self) -> None:
        self.ask_before(lambda: self._become(presets.first()))

    def open(self, path: str, project: Project) -> None:
        """What a file held that was chosen, dropped or named; asks first where there is something to lose."""
        self.ask_before(lambda: self._open(Path(path), project))

    def _open(self, path: Path, project: Project) -> None:
        name, own = short(path.name), path.suffix.lower() == SUFFIX
        try:
            self._become(project.experiment, project)
        except Wrong as wrong:
            self.said.emit(f"{name}: {str(wrong).rstrip('.')}.", True)
            return
        self._name = path.stem.removesuffix(SUFFIX) or path.name
        if own:
            self._be(path)
        settings.used(str(path.absolute()))
        if project.lost:
            self._lose([*project.lost])
        self.look_again()

    def recover(self, project: Project, held: Locked) -> None:
        """The work of a session that has not ended well: its file stays until this is saved, by hand or by itself."""
        self._become(project.experiment, project)
        self.autosave.adopt(held)
        self._document.stack.resetClean()
        if project.document:
            path = Path(project.document)
            self._name = path.name
            if path.is_file():
                self._be(path)
                self._stamp = NEWER if newer(path, held.path) else self._stamp
        self.look_again()
        if project.lost:
            self._lose([*project.lost])
        else:
            self.said.emit("This is the work as it was saved last by itself; save it to keep it.", False)

    def _become(self, experiment: Experiment, project: Project | None = None) -> None:
        """Raises Wrong."""
        document = self._document
        experiment.check()
        look = msgspec.structs.replace(document.look, round=-1, branch="", selected=(), alone=-1, playing=False)
        running = look.after_edit != "wait"
        if project is not None and project.look is not None:
            names = [node.name for node in experiment.nodes()]
            look = look_text.read(project.look, experiment.dim, names)
        if project is not None and (project.look is not None or project.rounds):
            running = project.running
        look = msgspec.structs.replace(look, **look.resized(experiment.dim))
        self.autosave.forget()
        self._documents += 1
        self.path, self._stamp, self._name = None, None, UNTITLED
        self._rounds, self._opening = (), project is not None
        if project is None:
            self._begun = experiment
        self._controller.restore(experiment, project.rounds if project is not None else (), running)
        document.replace(experiment, look, project.steps if project is not None else None)
        self._keeping.know(project.rounds if project is not None else ())
        self.look_again()

    @property
    def whose(self) -> tuple[int, Path | None]:
        """Another one when another document has come, or this one was given a file."""
        return self._documents, self.path

    def script(
        self, experiment: Experiment, look: Look, name: str, rounds: tuple[Kept, ...] | None = None, step: str = ""
    ) -> None:
        """Become a step of a lesson of this name, of which nothing would be lost, with its rounds where they were
        prepared. Where a person's edits would be, it is one more undo step, called ``step``. Raises Wrong."""
        experiment.check()
        if not self._document.stack.isClean() and step:
            if rounds is not None and experiment != self._document.experiment:
                self._controller.restore(experiment, rounds, True)
                self._keeping.know(rounds)
            self._name = name
            self._document.edit(experiment, step)
            self.look_again()
            return
        self.autosave.forget()
        self._documents += 1
        self.path, self._stamp, self._name = None, None, name
        self._rounds, self._opening, self._begun = (), False, experiment
        if rounds is not None:
            self._controller.restore(experiment, rounds, True)
            self._keeping.know(rounds)
        self._document.replace(experiment, look)
        self.look_again()

    def _lose(self, names: list[str]) -> None:
        """Say what of a damaged file is lost; what is left is not saved yet."""
        self._document.stack.resetClean()
        self.autosave.spare()
        shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
        self.said.emit(f"{self.name} is damaged. Lost: {shown}. The rest is here, and can be saved.", True)

    # save

    def save(self, then: Callable[[], object] | None = None) -> None:
        """To its file, which is asked for where there is none; ``then`` only once it is there."""
        if self.path is None:
            self.save_as(then)
        elif self._stamp not in (None, stamp(self.path)):
            path = self.path
            more = "It is newer than this work" if self._stamp == NEWER else "Another program has written it since"
            more += "; its version would stay beside it, as .bak."
            self.doubt = Box("Save", f"Write over {self.name}?", more, self._window)
            self.doubt.ask("Write over it", self._of_this(path, lambda *_: self._save(path, then)))
            self.doubt.finished.connect(self._answered)
        else:
            self._save(self.path, then)

    def save_as(self, then: Callable[[], object] | None = None) -> None:
        self._choose("Save the project", NAMES, lambda path: self._save(Path(path), then))

    def save_copy(self) -> None:
        """The document stays that of its own file."""
        self._choose("Save a copy", COPIES, self._copy)

    def _choose(self, title: str, names: str, then: Callable[[str], object]) -> None:
        stem = self.path.stem if self.path is not None else Path(self._name).stem
        stem = "experiment" if stem == UNTITLED else stem
        file_dialog.ask(self._window, title, "project", names, then, save=f"{stem}{SUFFIX}")

    def _copy(self, path: str) -> None:
        if Path(path).suffix.lower() in (".toml", ".json"):
            try:
                codec.write(self._document.experiment, path)
            except Wrong as wrong:
                self.said.emit(f"{wrong}.", True)
            else:
                self.said.emit(f"Saved {Path(path).name}.", False)
            return
        written = self._of_this(
            Path(path), lambda made, rounds: self._write(made, Path(path), rounds is not None, None)
        )
        self._keeping.ask(written)

    def _of_this(self, path: Path, then: Callable[..., object]) -> Callable[..., object]:
        """``then``, unless another document has come meanwhile: its content does not belong into that file."""
        at = self._documents

        def same(*words: object) -> None:
            if at == self._documents:
                then(*words)
            else:
                self.said.emit(f"{short(path.name)} was not written: another document was opened meanwhile.", True)

        return same

    def _save(self, path: Path, then: Callable[[], object] | None) -> None:
        def kept(made: Callable[[], Project], rounds: tuple[Kept, ...] | None) -> None:
            document, at = self._document, self._documents
            saved = document.experiment, document.stack.index(), self._mark(rounds)
            there = rounds is not None or not saved[2]  # nothing that was trained is missing

            def done() -> None:
                settings.used(str(path.absolute()))
                if at != self._documents:
                    return
                self._be(path)
                if (document.experiment, document.stack.index()) == saved[:2]:
                    document.stack.setClean()
                self._rounds = saved[2] if there else None
                if not self.changed:
                    self.autosave.forget()
                self.look_again()
                if there and then is not None and not self._closed:
                    then()

            self._write(made, path, there, done)

        self._keeping.ask(self._of_this(path, kept))

    def _write(self, made: Callable[[], Project], path: Path, whole: bool, done: Callable[[], object] | None) -> None:
        def told(sentence: str, trouble: str) -> None:
            if trouble:
                self.said.emit(trouble, True)
                return
            older = "" if whole else " The engine is busy: the rounds are those of a while ago; save again later."
            self.said.emit(f"Saved {short(path.name)}. {sentence}".strip() + older, bool(sentence or older))
            if done is not None:
                done()

        self._saving.write(lambda: write(made(), path), told)

    def _be(self, path: Path) -> None:
        self.path, self._stamp = path.absolute(), stamp(path)

    # leaving

    def ask_before(self, then: Callable[[], object], ends: str = "") -> bool:
        """Do it, after a question where something would be lost. True where it is asked. ``ends``: what else it would
        end, in a sentence."""
        if not self.changed and not ends:
            then()
            return False
        if self.question is None:
            if self.changed:
                rounds = leaving.trained(self._controller.snapshot)
                self.question = leaving.ask(self._window, self.name, rounds, partial(self.save, then), then, ends)
            else:
                self.question = leaving.ask_to_end(self._window, ends, then)
            self.question.finished.connect(self._answered)
        return True

    def _answered(self) -> None:
        self.question = self.doubt = None

    def abandon(self) -> None:
        """The changes are not wanted."""
        self._abandoned = True

    def close(self) -> None:
        """What is not saved, and was not abandoned, is there when the program starts again."""
        if self._closed:
            return
        self._closed = True
        self._keeping.close()
        self._saving.close()
        self.autosave.close(self.changed and not self._abandoned)
        self._document.stack.indexChanged.disconnect(self.look_again)  # it says so once more at its end
        self._document.stack.cleanChanged.disconnect(self.look_again)
