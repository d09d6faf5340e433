"""A file as a frozen Snapshot, without a window and without a thread: what pictures and films are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from app import look_text
from app.export.carried import found
from app.scene.look import Look
from engine.motion.stopping import Stop, never
from engine.parts import Wrong
from engine.probe import Probe
from engine.projects.reader import read
from engine.snapshot import Snapshot
from engine.spec import Experiment
from engine.wording import short

if TYPE_CHECKING:
    from engine.lab import Lab

SLICE = 0.2  # seconds of work between two reports
Told = Callable[["Lab"], object]


class Frozen:
    """An experiment whose rounds are trained as far as a picture needs them. Drives a Lab in this thread."""

    def __init__(
        self, experiment: Experiment, look: Look | None = None, device: str = "auto", stop: Stop = never
    ) -> None:
        from engine.lab import Lab  # torch, only now

        self.experiment, self.look, self._stop = experiment, look or Look(), stop
        self.lab = Lab(device, stop=stop)
        self.lab.adopt(experiment)

    def known(
        self,
        probes: Iterable[Probe],
        shown: Iterable[str] = (),
        measured: bool = True,
        told: Told = lambda lab: None,
    ) -> Snapshot:
        """All rounds trained, ``measured`` if wanted, and the probes answered of the rounds that are ``shown``, by name
        (none: of the newest). Raises Wrong where there is nothing to show, KeyboardInterrupt where it is to stop."""
        from engine.report import snapshot

        lab = self.lab
        lab.ask(tuple(probes), tuple(shown))
        while not self._stop() and lab.advance(SLICE) and (measured or lab.phase != "measuring"):
            told(lab)
        while lab.asked and not self._stop():
            lab.look(1.0)
            told(lab)
        if self._stop():
            raise KeyboardInterrupt
        if lab.error and not lab.tree():
            raise Wrong("", lab.error)
        return snapshot(lab)


def opened(path: Path, device: str = "auto", stop: Stop = never) -> Frozen:
    """A spec, a project, the folder of a run, or a PNG that carries an experiment. Raises Wrong."""
    project = found(path) if path.suffix.lower() == ".png" and path.is_file() else read(path)
    if project is None:
        raise Wrong(short(path.name), "carries no experiment")
    names = [node.name for node in project.experiment.nodes()]
    look = look_text.read(project.look, project.experiment.dim, names)
    made = Frozen(project.experiment, look, device, stop)
    if project.rounds:
        made.lab.restore(project.experiment, project.rounds, damaged=True)
    return made
