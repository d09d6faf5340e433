"""Training replay: what the flow was at key frames of the training, beside the loss and S."""

from __future__ import annotations

import numpy as np

from app.scene import captions
from app.scene.axes import padded
from app.scene.colouring import shades
from app.scene.frame import bounds, framed, shown
from app.scene.layers.clouds import Clouds
from app.scene.layers.time_ends import TimeEnds
from app.scene.layers.time_now import TimeNow
from app.scene.look import Look
from app.scene.marks import Curve, Lines, Mark, Panel, Points
from app.scene.numbers import count, figure
from app.scene.view import PLAYING, View
from engine.evidence.estimate import Estimate
from engine.probe import Probe
from engine.probes.replay import DRAWN, HANDFUL, Replayed, Seen
from engine.probes.replay import Replay as Asked
from engine.registry import part
from engine.snapshot import RoundView, Snapshot

FEW, ASKED = Asked(frames=HANDFUL), Asked()  # a handful comes first, for it takes seconds
TITLES = "Flow", "Loss and S by step"
UNTRAINED = 0.5  # where step 0 stands on a logarithmic axis


SEEKING = "Going through the key frames…"


@part
class Replay(View, frozen=True, tag="replay"):
    """Key frames at log-spaced steps: much happens in the first hundred, and little in the last thousand."""

    title = "Replay"
    hint = "How the flow came to be: the training frame by frame, beside its loss and S."
    rank = 100
    knobs = ("colour", *PLAYING)
    scrub = "frame"

    def needs(self, look: Look) -> tuple[Probe, ...]:
        return FEW, ASKED

    def panels(self, snapshot: Snapshot, look: Look) -> tuple[Panel, ...]:
        view = shown(snapshot, look)
        answer = view.answer(ASKED) if view is not None else None
        if answer is None or answer.value is None:
            why, waits = _waiting(snapshot, view), answer is None
            if answer is not None:
                why = answer.trouble
            plane = framed(Panel(TITLES[0], "plane", empty=why, waits=waits), snapshot, look)
            return plane, Panel(TITLES[1], "chart", empty=why, waits=waits)
        found: Replayed = answer.value
        k = at(found, look)
        return (
            _flow(snapshot, look, view, found, k),
            _curves(found, k),
        )


def at(found: Replayed, look: Look) -> int:
    """The number of the frame that the look shows."""
    return round(look.frame * (len(found.steps) - 1))


def _waiting(snapshot: Snapshot, view: RoundView | None) -> str:
    if view is None:
        return captions.waiting(snapshot)
    if view.one_step:
        return "A distilled round is one step: there is no flow between."
    if not captions.flows(snapshot, view):
        return "The coupling alone has no training.\nPick a later round below."
    if not snapshot.spec.velocity.learns:
        return "Nothing is trained here: the velocity has a closed form or is fitted at once."
    if not view.number or (not len(view.losses) and not view.finished):
        return captions.no_flow(snapshot, view) or "The first key frames come with the first steps."
    if view.finished and not snapshot.busy:
        return f"{SEEKING}\nA round that came ready, with a lesson say, has none: Restart trains it anew."
    return SEEKING


def _flow(snapshot: Snapshot, look: Look, view: RoundView, found: Replayed, k: int) -> Panel:
    frame, step = found.frames[k], found.steps[k]
    told = f"frame {k + 1} of {len(found.steps)}: S = {figure(Estimate(*frame.S, 0))}"
    marks = _marks(snapshot, look, view, frame) if bounds(snapshot) else ()
    words = f"Flow after {count(step)} step{'' if step == 1 else 's'}" if step else "Flow before training"
    return framed(Panel(words, "plane", marks, caption=told), snapshot, look)


def _marks(snapshot: Snapshot, look: Look, view: RoundView, frame: Seen) -> tuple[Mark, ...]:
    still = [mark for layer in (TimeEnds(), Clouds()) for mark in layer.marks(snapshot, look)]
    z = frame.z[:, : min(look.lines, DRAWN)]
    tint = shades(snapshot, view, look).first(z.shape[1])
    k = int(np.clip(np.searchsorted(frame.times, look.t, side="right") - 1, 0, len(frame.times) - 2))
    share = np.float32((look.t - frame.times[k]) / (frame.times[k + 1] - frame.times[k]))
    now = z[k] + share * (z[k + 1] - z[k])
    lines = Lines(
        z.swapaxes(0, 1), "source", "target", width=1.0, alpha=0.65, moving=look.scrubbing, t=frame.times, **tint
    )
    dots = Points(now, "particle", size=4.2, moving=True, t=look.t, **tint)
    return (*still, lines, *TimeNow().marks(snapshot, look), dots)


def _curves(found: Replayed, k: int) -> Panel:
    """Loss and S by step, which have one unit, on a logarithmic axis of steps, with a mark at the frame on show."""
    steps = np.maximum(np.array(found.steps, float), UNTRAINED)
    (loss, loss_error), (S, S_error) = found.curve("loss"), found.curve("S")
    # Before the first steps S is nearly nothing, and nothing that an axis should be drawn for.
    (low, high), log = padded([*loss, *S[len(S) // 4 :], float(S.max())], zero=True)
    marks = [Curve(np.array([[steps[k], low], [steps[k], high]]), "muted", width=1.2, moving=True)]
    for y, ink, name in ((loss, "flow", "loss"), (S, "good", "straightness S")):
        marks.append(Curve(np.column_stack([steps, y]), ink, name, dots=True, width=1.6))
        marks.append(Curve(np.array([[steps[k], y[k]]]), "warning", dots=True, width=3.0, moving=True))
    last = max(float(steps[-1]), 1.0)
    ticks = [(UNTRAINED, "0")] if found.steps[0] == 0 else []
    ticks += [(float(x), count(x)) for x in (10**p for p in range(7)) if x <= last]
    told = f"loss {figure(Estimate(loss[k], loss_error[k], 0))}, S {figure(Estimate(S[k], S_error[k], 0))}"
    box = (steps[0] / 1.2, last * 1.3, low, high)
    return Panel(TITLES[1], "chart", tuple(marks), box, told, log_x=True, log_y=log, x_ticks=tuple(ticks))
