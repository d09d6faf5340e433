"""What is asked of a film: one frozen value, the same for the window, the command line and another process."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from app.export.film import Film, Shot, Take
from app.export.page import Page
from app.scene.look import Look
from engine.motion.stopping import Stop, never
from engine.parts import Wrong
from engine.probe import Probe
from engine.snapshot import Snapshot

RATES, SECONDS, MOST = (1, 120), (0.05, 3600.0), 50_000


class Order(msgspec.Struct, frozen=True):
    """A film of what a look shows, ``rate`` frames a second. ``seconds`` 0: as long as the film is by itself."""

    film: Film
    look: Look
    page: Page
    rate: int = 30
    seconds: float = 0.0

    def check(self) -> Order:
        """The same with a page that is spelled out. Raises Wrong."""
        if not RATES[0] <= self.rate <= RATES[1]:
            raise Wrong("fps", f"{self.rate} is outside {RATES[0]} to {RATES[1]} frames a second")
        if not SECONDS[0] <= self.long <= SECONDS[1]:
            raise Wrong("seconds", f"{self.long:.2f} is outside {SECONDS[0]:.2f} to {SECONDS[1]:,.0f} s")
        if self.n > MOST:
            raise Wrong("seconds", f"{self.n:,} frames are more than {MOST:,}; take a shorter film or fewer a second")
        page, look = self.page.check(), self.look
        if len(page.views) == 1:
            page, look = msgspec.structs.replace(page, views=()), msgspec.structs.replace(look, view=page.views[0])
        return msgspec.structs.replace(self, page=page, look=look)

    @property
    def long(self) -> float:
        return self.seconds or self.film.seconds

    @property
    def n(self) -> int:
        return max(1, round(self.long * self.rate))

    def shot(self, snapshot: Snapshot, k: int) -> Shot:
        return self.film.shot(snapshot, self.look, Take(k, self.n, self.rate))

    def shots(self, snapshot: Snapshot) -> Iterator[Shot]:
        return (self.shot(snapshot, k) for k in range(self.n))

    def page_of(self, look: Look) -> Page:
        """The page of this look: a film that chooses its view shows that alone."""
        return self.page if look.view == self.look.view else msgspec.structs.replace(self.page, views=())

    def measured(self, snapshot: Snapshot) -> bool:
        """Whether any frame shows figures."""
        return any(self.page_of(look).measured(look) for shot in self.shots(snapshot) for look in shot.looks)

    def needs(self, snapshot: Snapshot, stop: Stop = never) -> tuple[tuple[Probe, ...], tuple[str, ...]]:
        """The probes behind all frames, each once, and the names of the rounds that they are asked of; not all of them
        once ``stop`` says that nobody wants to know."""
        probes: dict[Probe, None] = {}
        names: dict[str, None] = {}
        for shot in self.shots(snapshot):
            if stop():
                break
            for look in shot.looks:
                probes |= dict.fromkeys(self.page_of(look).needs(look))
                names |= dict.fromkeys(_names(snapshot, look))
        return tuple(probes), tuple(names)


def _names(snapshot: Snapshot, look: Look) -> tuple[str, ...]:
    """Of the rounds on show, the newest one by its name too."""
    if named := look.names():
        return named
    return (snapshot.rounds[look.shown(snapshot)].name,) if snapshot.rounds else ()
