"""The training, key frame by key frame."""

from __future__ import annotations

from app.export.film import Shot, Take, Turning, seen
from app.scene import captions
from app.scene.frame import shown
from app.scene.look import Look
from engine.registry import part
from engine.snapshot import Snapshot


@part
class Replay(Turning, frozen=True, tag="replay"):
    """Key frames lie at log-spaced steps: much happens in the first hundred."""

    title = "Training replay"
    hint = "The flow comes to be: key frames of the training, beside its loss and S."
    rank = 40

    @property
    def seconds(self) -> float:
        return 8.0

    def unfit(self, snapshot: Snapshot, look: Look) -> str:
        view = shown(snapshot, look)
        if view is None or not captions.flows(snapshot, view):
            return "The coupling alone has no training."
        if view.one_step:
            return "A distilled round is one step: there is no flow between."
        if not snapshot.spec.velocity.learns:
            return "Nothing is trained here: the velocity has a closed form or is fitted at once."
        return ""

    def shot(self, snapshot: Snapshot, look: Look, take: Take) -> Shot:
        return Shot((seen(look, snapshot, view="replay", frame=self.share(take), scrubbing=True),))
