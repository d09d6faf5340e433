"""What holds for every view on hand-made snapshots, and what each one shows. No Qt, no torch."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from app.scene import compose
from app.scene.camera import HOME
from app.scene.known import FLOW, PAIRS
from app.scene.look import Look
from app.scene.marks import Arrows, Bars, Lines, Panel, Points, Raster
from app.scene.velocities import ellipses
from app.scene.view import View
from app.views.averaging import STEP
from app.views.compare import compared
from app.views.plan import BEST
from engine.probe import Frame, Subject, answered
from engine.probes.averaging import Averaging
from engine.probes.field_map import Mapped
from engine.probes.optimal_plan import OptimalPlan
from engine.registry import kinds
from engine.snapshot import Snapshot
from engine.solvers.euler import Euler
from tests.app import snapshots
from tests.app.snapshots import answering
from tests.engine.test_averaging import LEFT, RIGHT
from tests.engine.test_metrics import closed_form, problem

VIEWS = kinds("views")
DIMS = (1, 2, 3)


def known(dim: int, look: Look) -> Snapshot:
    """Every probe of the look answered, of mixtures whose v is v*."""
    plain = snapshots.snapshot(dim=dim, n=80)
    laws = (LEFT, RIGHT)
    laws = (
        tuple(type(law)(means=tuple(mean[:1] for mean in law.means), stds=law.stds) for law in laws)
        if dim != 2
        else laws
    )
    given = problem(*laws, dim, pairs=400)
    v = closed_form(given)
    subject = Subject(given, Euler(), v, v, True, frames=(Frame(0, v), Frame(10, v)))
    views = []
    for view in plain.rounds:
        for probe in compose.needs(look):
            if view.number and probe not in (PAIRS, FLOW) and probe.applies(subject):
                view = answering(view, probe, answered(probe, subject))
        views.append(view)
    return replace(plain, rounds=tuple(views))


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("kind", VIEWS)
def test_every_view_draws_what_is_known(kind: str, dim: int) -> None:
    look = Look(view=kind, round=1, t=0.5)
    panels = compose.stage(known(dim, look), look)
    assert panels and all(panel.title and "cannot be drawn" not in panel.empty for panel in panels)
    assert sum(bool(panel.marks) for panel in panels) >= max(1, len(panels) - 1), [panel.empty for panel in panels]
    for panel in panels:
        assert not panel.marks or panel.bounds is not None or panel.box is not None or panel.empty


@pytest.mark.parametrize("state", ["empty", "coupling", "training", "no answers"])
@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("kind", VIEWS)
def test_every_view_has_something_to_say_before(kind: str, dim: int, state: str) -> None:
    """Before there is anything, of the coupling alone, and while nothing has been answered: no failure, no blank."""
    whole = snapshots.snapshot(dim=dim, n=40)
    made = {
        "empty": snapshots.empty(dim),
        "coupling": replace(whole, rounds=whole.rounds[:1], phase="sampling"),
        "training": whole,
        "no answers": replace(whole, rounds=tuple(replace(view, answers=()) for view in whole.rounds)),
    }[state]
    for round in (-1, 0, 1):
        for panel in compose.stage(made, Look(view=kind, round=round)):
            assert "cannot be drawn" not in panel.empty
            assert panel.empty or panel.marks, (panel.title, state, round)


@pytest.mark.parametrize("kind", VIEWS)
def test_every_view_has_a_tab_and_a_sentence(kind: str) -> None:
    view: type[View] = VIEWS[kind]
    assert view.title and view.hint.endswith(".") and len(view.title) < 20 and len(view.hint) < 120


def test_ranks_of_tabs_differ() -> None:
    ranks = [view.rank for view in VIEWS.values()]
    assert len(set(ranks)) == len(ranks)


def marks(panel: Panel, kind: type) -> list:
    return [mark for mark in panel.marks if isinstance(mark, kind)]


def test_space_time_lifts_trajectories_by_their_t() -> None:
    plane = snapshots.snapshot(dim=2, n=60)
    left, right = compose.stage(plane, Look(view="space-time", round=1, t=0.25))
    assert left.space == right.space == "spacetime" and left.box == right.box and left.box[:2] == (0.0, 1.0)
    trajectories = marks(right, Lines)[0].xy
    times = plane.rounds[1].found(FLOW).times
    assert trajectories.shape[1:] == (len(times), 3)
    along = trajectories[0, :, 0]
    np.testing.assert_allclose((along - along[0]) / (along[-1] - along[0]), times, atol=1e-5)
    now = marks(left, Lines)[-1]
    assert now.moving and np.ptp(now.xy[..., 0]) < 1e-6
    assert not [mark for mark in marks(left, Points) if mark.shape == "ring"]  # crossings of the page alone


def test_on_the_line_space_time_is_the_page() -> None:
    left, _ = compose.stage(snapshots.snapshot(dim=1, n=60), Look(view="space-time", round=1))
    assert left.space == "plane" and not left.equal


def test_compare_has_the_first_the_shown_and_the_newest() -> None:
    many = snapshots.snapshot(dim=2, n=40)
    names = [view.name for view in compared(many, Look(round=1))]
    assert names == ["1", "2", "3"]
    more = replace(many, rounds=(*many.rounds, *(replace(many.rounds[3], number=k, name=str(k)) for k in range(4, 8))))
    assert [view.name for view in compared(more, Look(round=3))] == ["1", "3", "6", "7"]
    assert [view.name for view in compared(more, Look(round=-1))] == ["1", "5", "6", "7"]
    panels = compose.stage(many, Look(view="compare", round=1, t=0.0))
    starts = [np.concatenate([mark.xy for mark in marks(panel, Points) if mark.moving]) for panel in panels]
    for other in starts[1:]:
        np.testing.assert_allclose(other, starts[0])  # the same particles


def test_loss_is_stacked_of_floor_and_gap() -> None:
    plane = snapshots.snapshot(dim=2, n=40)
    _, stack, _, straight = compose.stage(plane, Look(view="loss", round=2))
    hollow, parts = marks(stack, Bars)
    for k in (0, 1):
        single = plane.rounds[k + 1].figures.single
        assert hollow.parts[0][2][k] == single["loss"].value
        assert [part[2][k] for part in parts.parts] == [single["crossing"].value, single["fit_gap"].value]
    assert straight.marks[0].xy.tolist() == [
        [view.figures.single["loss"].value, view.figures.single["straightness"].value] for view in plane.rounds[1:3]
    ]


def test_the_lens_points_along_the_average() -> None:
    look = Look(view="averaging", round=1, lens=(1.0, 0.0), t=0.5)
    shown = known(2, look)
    fan = shown.rounds[1].found(Averaging(at=(1.0, 0.0), t=0.5))
    left, right, scatter = compose.stage(shown, look)
    for panel in (left, right):
        best, of_net = marks(panel, Arrows)
        np.testing.assert_allclose(best.xy[0], [1.0, 0.0])
        np.testing.assert_allclose(best.uv[0], STEP * fan.exact, rtol=1e-6)
        np.testing.assert_allclose(of_net.uv[0], STEP * fan.net, rtol=1e-6)
    assert sum(len(mark.xy) for mark in marks(left, Lines) if mark.ink == "pair") == 96
    assert "x = (1.00, 0) at t = 0.50" in left.caption
    assert sum(len(mark.xy) for mark in marks(scatter, Points) if mark.ink == "pair") == 96


@pytest.mark.parametrize("dim", DIMS)
def test_a_press_moves_the_lens(dim: int) -> None:
    shown, view = snapshots.snapshot(dim=dim, n=40), VIEWS["averaging"]()
    found = view.pointed(shown, Look(t=0.3), 0, (0.25, 2.0))
    line = {"t": 0.25, "lens": (2.0,), "playing": False, "follow": -1}
    assert found == {1: line, 2: {"lens": (0.25, 2.0), "follow": -1}, 3: {}}[dim]
    assert view.pointed(shown, Look(), 2, (0.0, 0.0)) == {}


def test_what_a_hand_moves_at_every_beat_leaves_the_rest_alone() -> None:
    """Layers at rest, charts, thumbnails and cards stay as they are while one orbits or drags the lens."""
    moved = Look(t=0.9, playing=True, camera=HOME.turned(30.0, 5.0).zoomed(1.5), lens=(1.0, 2.0))
    assert moved.still == Look().still
    assert Look(camera=HOME.flying()).still != Look().still  # the menu shows it
    plane = snapshots.snapshot(dim=3, n=40)
    panels = [compose.stage(plane, Look(round=1, camera=camera))[1] for camera in (HOME, HOME.turned(30.0, 0.0))]
    assert panels[0].key != panels[1].key  # but the picture is another one


def test_an_ellipse_has_its_covariance() -> None:
    covariance = np.array([[2.0, 0.6], [0.6, 1.0]])
    (rim,) = ellipses(np.array([3.0, 4.0]), covariance)
    off = rim - [3.0, 4.0]
    np.testing.assert_allclose(np.einsum("ni,ij,nj->n", off, np.linalg.inv(covariance), off), 1.0, atol=1e-5)
    assert len(ellipses(np.zeros(3), np.eye(3))) == 3


@pytest.mark.parametrize("dim", DIMS)
def test_the_optimal_plan_is_optimal(dim: int) -> None:
    given = problem(LEFT if dim == 2 else RIGHT, RIGHT if dim == 2 else LEFT, 2, pairs=60)
    given = replace(given, dim=dim, x0=given.x0[:, :1].repeat(dim, 1), x1=given.x1[:, :1].repeat(dim, 1))
    found = answered(OptimalPlan(count=60), Subject(given, Euler()))
    order = np.argsort(given.x0[:, 0])
    sorted_cost = dim * np.mean((np.sort(given.x1[:, 0]) - given.x0[order, 0]) ** 2)
    assert found.cost == pytest.approx(sorted_cost) and found.paired == pytest.approx(
        ((given.x1 - given.x0) ** 2).sum(1).mean()
    )
    np.testing.assert_allclose(np.sort(found.x1[:, 0]), np.sort(given.x1[:, 0]), rtol=1e-5)


def test_a_far_shift_leaves_the_plan_as_it_is() -> None:
    given = problem(LEFT, RIGHT, 2, pairs=50)
    near = answered(OptimalPlan(count=50), Subject(given, Euler()))
    far = answered(OptimalPlan(count=50), Subject(replace(given, x1=given.x1 + 1e5), Euler()))
    np.testing.assert_allclose(far.x1 - 1e5, near.x1, atol=0.02)  # float32 at 1e5


def test_on_the_line_the_plan_of_the_flow_keeps_the_order() -> None:
    look = Look(view="plan", round=1)
    shown = known(1, look)
    _, of_flow, best, ranks, _ = compose.stage(shown, look)
    xy = marks(of_flow, Points)[0].xy
    assert (np.diff(xy[np.argsort(xy[:, 0]), 1]) > -1e-3).all()
    traced = next(mark for mark in marks(ranks, Points) if mark.name == "flow").xy
    np.testing.assert_allclose(traced[:, 0], traced[:, 1], atol=0.02)
    assert marks(best, Points) and BEST in compose.needs(look)


def test_steps_draws_polygons_of_their_corners_and_marks_who_is_lost() -> None:
    look = Look(view="steps", round=1)
    shown = known(1, look)
    found = shown.rounds[1].found(compose.view(look).needs(look)[0])
    first, second, third, errors = compose.stage(shown, look)
    for panel, n in ((first, 1), (second, 2), (third, 3)):
        polygon = marks(panel, Lines)[-1]
        assert polygon.xy.shape[1:] == (n + 1, 2) and f"N = {n}" in panel.title
        share = 100 * found.switched[found.steps.index(n)].mean()
        assert f"{share:.0f} % end in another mode" in panel.caption
    assert errors.log_x and errors.marks[0].xy[:, 0].tolist() == list(map(float, found.steps))
    slope = errors.marks[1].xy
    np.testing.assert_allclose(slope[:, 1] * slope[:, 0], slope[0, 1] * slope[0, 0])


def test_a_field_that_points_outwards_is_all_orange() -> None:
    """Where div v is positive everywhere, nothing is blue; arrows go where v does."""

    at = np.stack(np.meshgrid(np.linspace(-1, 1, 8), np.linspace(-1, 1, 8)), -1).astype(np.float32)
    look = Look(view="field", round=1, t=0.5)
    probe = compose.view(look).needs(look)[0]
    given = Mapped((-1.0, 1.0, -1.0, 1.0), at, np.full((8, 8), 0.5), 2 * at, np.full((8, 8), 4.0), None, None)
    plain = snapshots.snapshot(dim=2, n=40)
    shown = replace(plain, rounds=(plain.rounds[0], answering(plain.rounds[1], probe, given), *plain.rounds[2:]))
    velocity, divergence, *_ = compose.stage(shown, look)
    (arrows,) = marks(velocity, Arrows)
    assert (np.sign(arrows.uv) == np.sign(arrows.xy)).all()
    _, out = marks(divergence, Raster)
    assert (out.values == 1).all() and out.ink_low and out.ends == ("−4.00", "4.00")
    for heat in ("variance", "gap"):
        seen = replace_look(look, VIEWS["field"](heat=heat))
        assert compose.stage(shown, seen)[1].empty == "No closed form is known here."


def replace_look(look: Look, *turned: View) -> Look:
    return msgspec.structs.replace(look, turned=turned)


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("t", [0.0, 0.5, 1.0])
def test_one_point_is_reached_at_one_by_all(dim: int, t: float) -> None:
    """In data coordinates: particles at (1 - t) of their way, one Euler step that lands; distances r exp(-tau)."""
    look, plane = Look(view="one-point", t=t), snapshots.snapshot(dim=dim, n=60)
    lines, pressure, over_tau, potential = compose.view(look).panels(plane, look)
    a = np.median(plane.target.astype(float), axis=0)
    (ways,) = [mark for mark in marks(lines, Lines) if mark.ink == "flow"]
    (at_now,) = [mark for mark in marks(lines, Points) if mark.ink == "particle"]
    np.testing.assert_allclose(ways.xy[:, 0], plane.source[:60])
    np.testing.assert_allclose(ways.xy[:, 1], np.broadcast_to(a, ways.xy[:, 1].shape), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(at_now.xy - a, (1 - t) * (plane.source[:60] - a), atol=1e-4)
    (step,) = marks(lines, Arrows)
    np.testing.assert_allclose(step.xy + step.uv, a[None], atol=1e-4)
    tau = [mark.xy for mark in over_tau.marks if getattr(mark, "ink", "") == "flow"]
    balls = [mark.xy[0] for mark in marks(potential, Points)]
    for curve, ball in zip(tau, balls, strict=True):
        r = curve[0, 1]
        np.testing.assert_allclose(curve[:, 1], r * np.exp(-curve[:, 0]))
        np.testing.assert_allclose(ball, [t, 0.5 * (r * (1 - t)) ** 2])
    normal, plain = (
        [mark.xy for mark in potential.marks if getattr(mark, "ink", "") == ink] for ink in ("flow", "muted")
    )
    assert all(one[-1, 1] == 0.0 < other[-1, 1] for one, other in zip(normal, plain, strict=True))
    steep = pressure.marks[0].xy
    np.testing.assert_allclose(steep[:, 1] * (1 - steep[:, 0]), 1.0)


@pytest.mark.parametrize("kind", ["averaging", "field", "steps"])
def test_a_distilled_round_does_not_wait_for_a_flow(kind: str) -> None:
    """Their probes are never asked of one map, so nothing is on its way."""
    plain = snapshots.snapshot(dim=2, n=40)
    distilled = replace(plain.rounds[2], one_step=True)
    shown = replace(plain, rounds=(*plain.rounds[:2], distilled, *plain.rounds[3:]))
    panels = compose.stage(shown, Look(view=kind, round=2))
    assert {panel.empty for panel in panels} == {"A distilled round is one step: there is no flow between."}
    assert not any(panel.waits for panel in panels)
