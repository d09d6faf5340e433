"""What plays moves by the clock: t, and the slider that a view has of its own."""

from __future__ import annotations

from app.document import Document
from app.scene import compose

PERIOD = 4.0  # seconds that a slider takes from end to end at speed 1
REST = 0.6  # seconds at an end before it starts again, or turns


class Playing:
    """Of one document. Only the way that each slider goes, and how long it has rested, is no part of the Look."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._rested: dict[str, float] = {}
        self._back: set[str] = set()  # sliders on their way to 0

    def step(self, dt: float) -> bool:
        """Move what plays by so many seconds; whether anything moved."""
        look, fields = self._document.look, {}
        view = compose.view(look)
        slider = view.slider(look, self._document.experiment.dim)
        for name, flag in (("t", "playing"), (slider, "scrubbing")):
            if name and getattr(look, flag):
                at = self._moved(name, view.slid(look, name), dt, look.speed, look.turn)
                fields |= {flag: False} if at is None else view.slide(look, name, at) if at >= 0 else {}
        if fields:
            self._document.see(**fields)
        return bool(fields)

    def _moved(self, name: str, at: float, dt: float, speed: float, turn: str) -> float | None:
        """Where it goes; below 0 while it rests, None once it is over."""
        if turn != "there and back":
            self._back.discard(name)
        end = 0.0 if name in self._back else 1.0
        if at != end:
            self._rested[name] = 0.0
            by = dt * speed / PERIOD
            return max(0.0, at - by) if name in self._back else min(1.0, at + by)
        if turn == "once":
            return None
        self._rested[name] = self._rested.get(name, 0.0) + dt
        if self._rested[name] < REST:
            return -1.0
        self._rested[name] = 0.0
        if turn == "there and back":
            self._back ^= {name}
            return self._moved(name, at, dt, speed, turn)
        return 0.0

    def begin(self, name: str, flag: str, on: bool) -> None:
        """Play this slider, or pause it; from its end it begins anew."""
        look, fields = self._document.look, {flag: on}
        view = compose.view(look)
        if on and look.turn == "once" and view.slid(look, name) >= 1.0:
            fields |= view.slide(look, name, 0.0)
        self._document.see(**fields)
