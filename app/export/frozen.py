"""A file as a frozen Snapshot, without a window and without a thread: what pictures and films are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from app.scene.look import Look
from engine import codec
from engine.parts import Wrong
from engine.probe import Probe
from engine.snapshot import Snapshot
from engine.spec import Experiment

if TYPE_CHECKING:
    from engine.lab import Lab

SLICE = 0.2  # seconds of work between two reports
Told = Callable[["Lab"], object]


class Frozen:
    """An experiment whose rounds are trained as far as a picture needs them. Drives a Lab in this thread."""

    def __init__(self, experiment: Experiment, look: Look | None = None, device: str = "auto") -> None:
        from engine.lab import Lab  # torch, only now

        self.experiment, self.look = experiment, look or Look()
        self.lab = Lab(device)
        self.lab.adopt(experiment)

    def known(
        self,
        probes: Iterable[Probe],
        shown: Iterable[str] = (),
        measured: bool = True,
        told: Told = lambda lab: None,
    ) -> Snapshot:
        """All rounds trained, ``measured`` if wanted, and the probes answered of the rounds that are ``shown``, by name
        (none: of the newest). Raises Wrong where there is nothing to show; ``told`` may end it by raising."""
        from engine.report import snapshot

        lab = self.lab
        lab.ask(tuple(probes), tuple(shown))
        while lab.advance(SLICE) and (measured or lab.phase != "measuring"):
            told(lab)
        while lab.asked:
            lab.look(1.0)
            told(lab)
        if lab.error and not lab.tree():
            raise Wrong("", lab.error)
        return snapshot(lab)


def opened(path: Path, device: str = "auto") -> Frozen:
    """A spec, with the Look of a first start. Raises Wrong."""
    return Frozen(codec.read(path), None, device)
