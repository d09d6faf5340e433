"""What a film is: a pure function from the number of a frame to what is looked at then."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, NamedTuple

import msgspec
import numpy as np

from app.scene import compose
from app.scene.look import Look
from engine.parts import Part, Wrong, knob
from engine.registry import FAMILIES, check_ranges, kinds, nearest
from engine.snapshot import Snapshot

FAMILIES["films"] = "app.export.films"

Turn = Literal["loop", "there and back", "once"]
Ease = Literal["even", "smooth"]


TurnKnob = Annotated[
    Turn, knob("at the end", tip="loop: begin again; there and back: the same way home; once: rest at the end.")
]
EaseKnob = Annotated[Ease, knob("pace", tip="smooth: slow at both ends; even: the same speed throughout.")]


class Take(NamedTuple):
    """Frame ``k`` of ``n``, at so many a second."""

    k: int
    n: int
    rate: float


class Shot(NamedTuple):
    """What one frame shows: looks side by side, most often one; words above all, and a name above each."""

    looks: tuple[Look, ...]
    words: str = ""
    names: tuple[str, ...] = ()


class Film(Part):
    """A frozen value with knobs; the same snapshot, look and frame give the same shot."""

    family = "films"

    title: ClassVar[str] = ""
    hint: ClassVar[str] = ""  # what is to be seen, in a sentence
    rank: ClassVar[int] = 50

    @property
    def seconds(self) -> float:
        """How long it lasts unless another length is asked for."""
        return 6.0

    @property
    def repeats(self) -> bool:
        """Whether it begins again at its end, where the format can say so."""
        return True

    @property
    def worded(self) -> bool:
        """Whether words stand above its frames: all of them leave room then, or the picture would jump."""
        return False

    def unfit(self, snapshot: Snapshot, look: Look) -> str:
        """Why there is no such film of this, in a sentence; empty where there is."""
        return ""

    def shot(self, snapshot: Snapshot, look: Look, take: Take) -> Shot:
        raise NotImplementedError


class Turning(Film):
    """A film in which one number goes from 0 to 1."""

    turn: TurnKnob = "loop"
    ease: EaseKnob = "even"
    hold: Annotated[float, knob("rest", 0.0, 60.0, unit="s", tip="How long it rests at both ends.")] = 0.5
    times: Annotated[int, knob("times", 1, 50, tip="How often it is repeated within the film.")] = 1

    @property
    def repeats(self) -> bool:
        return self.turn != "once"

    def share(self, take: Take) -> float:
        """The number at this frame: 0 at the first one and, but for "there and back", 1 at the last."""
        lap = min(self.times - 1, take.k * self.times // take.n)
        first, end = (-(-take.n * i // self.times) for i in (lap, lap + 1))
        return self._lap(take.k - first, end - first, take.rate)

    def _lap(self, k: int, n: int, rate: float) -> float:
        last, legs = n - 1, 2 if self.turn == "there and back" else 1
        if last <= 0:
            return 0.0
        # A picture that rests for h frames is shown by h frames, of which the moving part has the last, or the first.
        rest = min(max(round(self.hold * rate), 1) - 1, last // (2 * legs + 1))
        if legs == 1:
            at = np.interp(k, [rest, last - rest], [0.0, 1.0])
        else:
            # Whole frames there, or 1 would fall between two. Without a rest, 0 comes with the next lap, and not twice.
            home = last if rest else n
            way = (home - 2 * rest) // 2
            at = np.interp(k, [rest, rest + way, 2 * rest + way, home], [0.0, 1.0, 1.0, 0.0])
        return float(at * at * (3 - 2 * at)) if self.ease == "smooth" else float(at)


def seen(look: Look, snapshot: Snapshot, **fields: object) -> Look:
    """The look with these fields, nothing playing by itself, and what its view carries along with t."""
    made = msgspec.structs.replace(look, playing=False, **fields)
    carried = compose.view(made).carried(snapshot, made)
    return msgspec.structs.replace(made, **carried) if carried else made


def part_of(family: str, kind: str, knobs: dict[str, object]) -> Part:
    """The film, or the encoder, of this kind with these knobs. Raises Wrong."""
    known = kinds(family)
    if kind not in known:
        near = nearest(kind, list(known))
        raise Wrong(family[:-1], f"{kind!r} is not known; " + _instead(near, list(known)))
    for name in knobs:
        if name not in known[kind].__struct_fields__:
            raise Wrong(f"{kind}.{name}", "is no knob of it; " + _instead("", list(known[kind].__struct_fields__)))
    try:
        made = msgspec.convert({"kind": kind, **knobs}, known[kind])
    except msgspec.ValidationError as error:
        raise Wrong(kind, str(error).replace(" - at `$.", " at `").lower()) from None
    try:
        check_ranges(made)
        made.check(0)
    except Wrong as wrong:
        raise wrong.within(kind) from None
    return made


def _instead(near: str, known: list[str]) -> str:
    if near:
        return f"did you mean {near!r}?"
    return f"there are {', '.join(known)}" if known else "it has none"
