"""A film, or slides, as one value that another process can make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.export import slides
from app.export.encoder import Encoder
from app.export.order import Order
from app.export.rendering import render
from app.export.slides import Slide
from app.export.whole import scratch_for
from engine.motion.stopping import Stop, never
from engine.probe import Probe
from engine.snapshot import Snapshot

Told = Callable[[int, int], object]


@dataclass(frozen=True)
class Job:
    """Something to be written to ``path``, by way of ``scratch`` beside it. ``snapshot`` has all that it shows."""

    path: Path
    snapshot: Snapshot
    scratch: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scratch", scratch_for(self.path.resolve()))

    def needs(self, stop: Stop = never) -> tuple[tuple[Probe, ...], tuple[str, ...]]:
        """Probes, and the names of the rounds that they are asked of. It takes seconds for a long film."""
        raise NotImplementedError

    def make(self, told: Told, stop: Callable[[], bool]) -> str:
        """Write it; a sentence. Raises Wrong, Cancelled."""
        raise NotImplementedError


@dataclass(frozen=True)
class FilmJob(Job):
    order: Order
    encoder: Encoder

    def needs(self, stop: Stop = never) -> tuple[tuple[Probe, ...], tuple[str, ...]]:
        return self.order.needs(self.snapshot, stop)

    def make(self, told: Told, stop: Callable[[], bool]) -> str:
        return render(self.snapshot, self.order, self.encoder, self.path, told, stop, self.scratch)


@dataclass(frozen=True)
class SlidesJob(Job):
    slides: tuple[Slide, ...]

    def needs(self, stop: Stop = never) -> tuple[tuple[Probe, ...], tuple[str, ...]]:
        return slides.needs(self.slides, self.snapshot, stop)

    def make(self, told: Told, stop: Callable[[], bool]) -> str:
        return slides.write(self.snapshot, self.slides, self.path, told, stop, self.scratch)
