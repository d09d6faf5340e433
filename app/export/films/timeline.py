"""Films one after another, with words above them."""

from __future__ import annotations

from itertools import accumulate
from typing import Annotated, Any

import msgspec

from app.export.film import Film, Shot, Take, part_of
from app.scene.look import Look
from engine.parts import Wrong, knob
from engine.registry import check_ranges, part
from engine.snapshot import Snapshot


class Clip(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One film of a timeline."""

    film: Annotated[str, knob("film", tip="Its kind.")] = "sweep"
    seconds: Annotated[float, knob("lasts", 0.1, 600.0, unit="s", tip="How long.")] = 4.0
    words: Annotated[str, knob("words", tip="What stands above it.")] = ""
    knobs: dict[str, Any] = {}
    see: dict[str, Any] = {}  # fields of the look: view, round, t

    def made(self) -> Film:
        """Raises Wrong."""
        if self.film == "timeline":
            raise Wrong("film", "a timeline cannot be in a timeline")
        return part_of("films", self.film, self.knobs)

    def seen(self, look: Look) -> Look:
        """Raises Wrong."""
        for name in self.see:
            if name not in SEEN:
                raise Wrong("see", f"{name!r} cannot be set; there are {', '.join(SEEN)}")
        try:
            fields = {name: msgspec.convert(value, SEEN[name]) for name, value in self.see.items()}
        except msgspec.ValidationError as error:
            raise Wrong("see", str(error).lower()) from None
        return msgspec.structs.replace(look, **fields)


#: What a clip may look at elsewhere than the window does.
SEEN = {"view": str, "t": float, "round": int, "branch": str, "lines": int, "particles": int, "colour": str}
STORY = (
    Clip("sweep", 5.0, "Straight lines cross. The flow is rewired where they do.", see={"round": 1}),
    Clip("morph", 6.0, "From each line to its trajectory", {"turn": "once"}, {"round": 1}),
    Clip("rounds", 6.0, "Every reflow makes the flow straighter", {"order": "grid"}),
)


@part
class Timeline(Film, frozen=True, tag="timeline"):
    """Clips one after another; their lengths keep their proportions where another length is asked for."""

    title = "Timeline"
    hint = "Films joined one after another, each with its words above it."
    rank = 80

    clips: Annotated[tuple[Clip, ...], knob("clips", tip="One after another.")] = STORY

    @property
    def seconds(self) -> float:
        return sum(clip.seconds for clip in self.clips)

    @property
    def worded(self) -> bool:
        return any(clip.words or clip.made().worded for clip in self.clips)

    def check(self, dim: int) -> None:
        if not self.clips:
            raise Wrong("clips", "there are none; give at least one")
        for k, clip in enumerate(self.clips):
            try:
                check_ranges(clip)
                clip.made()
                clip.seen(Look())
            except Wrong as wrong:
                raise wrong.within(f"clips[{k}]") from None

    def unfit(self, snapshot: Snapshot, look: Look) -> str:
        found = (clip.made().unfit(snapshot, clip.seen(look)) for clip in self.clips)
        return next(filter(None, found), "")

    def shot(self, snapshot: Snapshot, look: Look, take: Take) -> Shot:
        cuts = [0, *(round(take.n * end / self.seconds) for end in accumulate(clip.seconds for clip in self.clips))]
        which = max(i for i in range(len(self.clips)) if cuts[i] <= take.k or not i)
        clip, part_take = (
            self.clips[which],
            Take(take.k - cuts[which], max(1, cuts[which + 1] - cuts[which]), take.rate),
        )
        film = clip.made()
        shot = film.shot(snapshot, clip.seen(look), part_take)
        return shot._replace(words=": ".join(filter(None, (clip.words, shot.words))))
