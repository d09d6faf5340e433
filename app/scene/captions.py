"""Titles, captions and empty states of the stages. They promise only what holds."""

from __future__ import annotations

from app.scene.known import FLOW, crossed, floor
from app.scene.known import flow as flowing
from app.scene.layers.page_crossings import every
from app.scene.numbers import count
from engine.probes.page_crossings import Crossed
from engine.snapshot import Answer, RoundView, Snapshot
from engine.tree import title

NOTHING = 1e-9  # length²: a V below it is rounding
COARSE = 8  # Euler steps below which trajectories are not those of the flow
FLOW_TITLE = "Rectified flow   dZ/dt = v(Z, t)"
MAP_TITLE = "Distilled   T(z0) = z0 + v(z0, 0)"


def name(view: RoundView) -> str:
    """A round as people call it: ``2-rectified``, ``distilled``, ``refreshed 2``."""
    return title(view.name or str(view.number))


def interpolation_title(snapshot: Snapshot, view: RoundView | None) -> str:
    path = view.path if view is not None else snapshot.spec.path
    return f"Interpolation   {'X_t = t X1 + (1−t) X0' if path.straight else f'X_t: {path.kind} path'}"


def interpolation(snapshot: Snapshot, view: RoundView | None) -> str:
    if view is None:
        return ""
    marked = crossed(view)
    if snapshot.spec.dim > 2:
        return "lines that cross on the page mostly pass each other in space: turn the view and see"
    if marked is None:
        return ""
    found, lines = len(marked.at), f"{count(marked.of)} lines"
    if snapshot.spec.dim == 1:
        many = f"{count(found)} crossings of {lines}, each at one place and one time"
        return many + _ringed(marked) if found else f"no two of {lines} cross"
    if not found:
        return f"no page crossings of {lines}"
    return f"{count(found)} page crossings of {lines}, almost all at different t{_ringed(marked)}"


def flow_title(view: RoundView | None) -> str:
    """A distilled round is one map, no flow."""
    return MAP_TITLE if view is not None and view.one_step else FLOW_TITLE


def flow(snapshot: Snapshot, view: RoundView | None) -> str:
    """The claim, and below it whose flow this is."""
    found = flowing(view)
    if found is None:
        return ""
    left, wired = found.order_changes, rewired(view)
    claim = f"never at one place at one time{': rewired' if wired else ''}"
    if wired is False:
        claim = "no two lines crossed: nothing to rewire"
    if snapshot.spec.solver.order == 1 and snapshot.spec.solver.steps < COARSE:
        claim = "the exact flow never meets itself; so few steps may"
    if left:
        # An exact flow has none; what is left comes from the steps of the solver on display.
        claim = f"{count(left)} crossings, made by steps that are too coarse"
    elif left is not None and wired is not False:
        claim = f"0 crossings{': rewired' if wired else ''}"
    if view.one_step:
        claim = "one step, no flow between"
        return f"{claim}\nv: {view.velocity}, fitted at t = 0"
    until = " (until training starts)" if view.exact and not view.finished else ""
    whose = f"v: {view.velocity}{until}, {_solver(snapshot)}" if view.velocity else _solver(snapshot)
    return f"{claim}\n{whose}"


def rewired(view: RoundView) -> bool | None:
    """Whether lines of the interpolation met, so that the flow had anything to rewire; None where that is not known.

    Lines that never cross on the page meet nowhere; elsewhere V tells, in any dimension and on curved paths.
    """
    marked, v = crossed(view), floor(view)
    if marked is not None and (not len(marked.at) or v is None):
        return len(marked.at) > 0
    return v.value > NOTHING if v is not None else None


def remark(view: RoundView | None) -> str:
    """What is to be known about a round beside its picture: figures against it, numbers that are not the spec's."""
    if view is None:
        return ""
    old = "It was trained with other numbers than those at the left; Restart trains it anew." if view.outdated else ""
    return " ".join(words for words in (view.remark, old) if words)


def no_flow(snapshot: Snapshot, view: RoundView | None) -> str:
    """What the flow's stage says while there is no flow to show."""
    if view is None:
        return waiting(snapshot)
    answer = view.answer(FLOW)
    if answer is not None and answer.value is not None:
        return ""
    if answer is not None and answer.trouble:
        return answer.trouble
    if not flows(snapshot, view):
        return "The coupling alone has no flow.\nPick a later round below."
    if snapshot.phase == "stopped":
        return "No flow: the message says why."
    if snapshot.phase == "sampling":
        return waiting(snapshot)
    if snapshot.phase == "training":
        return "Training…\nThe flow appears after the first steps."
    return "Measuring…" if snapshot.busy else _press(snapshot)


def unanswered(snapshot: Snapshot, view: RoundView | None, answer: Answer | None, doing: str) -> tuple[str, bool]:
    """What a view says while a question about the flow has no answer, and whether there will be one."""
    if answer is not None:
        return answer.trouble, False
    if view is not None and view.one_step:
        return "A distilled round is one step: there is no flow between.", False
    return no_flow(snapshot, view) or doing, flows(snapshot, view)


def flows(snapshot: Snapshot, view: RoundView | None) -> bool:
    """Whether what is on show has a flow, or will have one: the coupling alone has none."""
    return view is None or view.number > 0 or len(snapshot.rounds) < 2


def _press(snapshot: Snapshot) -> str:
    return "Press Train to learn the velocity." if snapshot.spec.velocity.learns else "Press Run to simulate the flow."


def waiting(snapshot: Snapshot) -> str:
    """What both stages say before there are pairs."""
    if snapshot.phase in ("done", "starting", "stopped"):
        said = {"starting": "Starting…", "stopped": "No pairs: the message says why."}
        return said.get(snapshot.phase, "")
    return matching(snapshot) if snapshot.spec.coupling.costly and snapshot.phase == "sampling" else "Sampling…"


def matching(snapshot: Snapshot) -> str:
    """A matching with the share of its blocks that are done."""
    return f"Matching the points… {100 * snapshot.done:.0f} %" if snapshot.done else "Matching the points…"


def work(snapshot: Snapshot) -> str:
    """What is being done to the round in work, with its share: ``training… 38 %``."""
    if not snapshot.step and not snapshot.busy:
        return "not trained yet"
    share = f" {100 * snapshot.step // snapshot.steps} %" if snapshot.steps else ""
    return f"{snapshot.phase}{'…' if snapshot.busy else ''}{share}"


def _ringed(found: Crossed) -> str:
    return f"\n1 in {every(found)} ringed" if every(found) > 1 else ""


def _solver(snapshot: Snapshot) -> str:
    solver = snapshot.spec.solver
    name = f"{solver.kind} N = {solver.steps}" if solver.order else solver.kind
    return f"{name}, backward from P₁" if solver.backward else name
