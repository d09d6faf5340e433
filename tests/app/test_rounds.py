"""Lines that become trajectories, true meetings, rounds beside each other, the training replayed. No Qt, no torch."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from app.scene import compose
from app.scene.chart import FAINT
from app.scene.frame import bounds
from app.scene.known import CROSSINGS, FLOW, PAIRS, PROVISIONAL
from app.scene.look import Look
from app.scene.marks import Bars, Curve, Lines, Panel, Points
from app.scene.morph import between, morphed, repaired
from app.scene.numbers import count
from app.views.compare import compared
from app.views.steps import ASKED as POLYGONS
from app.views.steps import odd_and_even
from engine.distributions.two_modes import TwoModes
from engine.evidence.crossings import nearest
from engine.evidence.figures import Figures
from engine.fields.field import Given
from engine.probe import Frame, Subject, answered
from engine.probes.meetings import Meetings, met
from engine.probes.page_crossings import PageCrossings
from engine.probes.pairs import Ends, Pairs
from engine.probes.replay import Replay, Replayed, Seen
from engine.probes.trajectories import Traced, Trajectories
from engine.snapshot import RoundView, Snapshot
from engine.solvers.euler import Euler
from tests.app import snapshots
from tests.app.snapshots import answering
from tests.engine.test_averaging import LEFT, RIGHT
from tests.engine.test_metrics import closed_form, problem

DIMS = (1, 2, 3)


def curves(panel: Panel) -> list[Lines]:
    """Lines of more than two points."""
    return [mark for mark in panel.marks if isinstance(mark, Lines) and len(mark.xy) > 2]


# morph


@pytest.mark.parametrize("dim", DIMS)
def test_morph_goes_from_the_line_to_the_trajectory_to_the_last_bit(dim: int) -> None:
    view = snapshots.snapshot(dim=dim, n=60).rounds[1]
    ends, traced = view.found(PAIRS), view.found(FLOW)
    assert morphed(view, Look(morph=0.0)) is None, "the lines as they are"
    xt = np.stack([view.path.at(ends.x0, ends.x1, t)[0] for t in traced.times.tolist()]).astype(np.float32)
    np.testing.assert_array_equal(between(xt, traced.z, 0.0), xt)
    times, whole = morphed(view, Look(morph=1.0))
    np.testing.assert_array_equal(whole, traced.z.swapaxes(0, 1))
    np.testing.assert_array_equal(times, traced.times)
    _, half = morphed(view, Look(morph=0.25))
    np.testing.assert_allclose(half, (0.75 * xt + 0.25 * traced.z).swapaxes(0, 1), atol=1e-5)
    np.testing.assert_allclose(half[:, 0], ends.x0, atol=1e-5, err_msg="from the same starts")


@pytest.mark.parametrize("dim", DIMS)
def test_at_the_end_of_the_morph_both_panels_show_the_same(dim: int) -> None:
    whole = snapshots.snapshot(dim=dim, n=60)
    left, right = compose.stage(whole, Look(round=1, morph=1.0, t=0.4))
    np.testing.assert_allclose(curves(left)[0].xy, curves(right)[0].xy, atol=1e-5)
    last = [[mark for mark in panel.marks if isinstance(mark, Points) and mark.moving] for panel in (left, right)]
    for one, other in zip(*last, strict=True):
        np.testing.assert_allclose(one.xy, other.xy, atol=1e-5)


def test_lines_of_another_mode_stand_out() -> None:
    """Four pairs of two classes: two are led to the other class."""
    plain = snapshots.snapshot(dim=1, n=4, rounds=1, training=False)
    x0 = np.array([[-1.0], [-2.0], [1.0], [2.0]], np.float32)
    ends = Ends(x0, -x0, np.array([0, 0, 1, 1]), np.array([1, 1, 1, 1]), (2, 2))
    times = np.linspace(0, 1, 5, dtype=np.float32)
    traced = Traced(times, np.broadcast_to(x0, (5, 4, 1)), 0, class1=np.array([0, 0, 1, 1]))
    view = answering(answering(plain.rounds[1], PAIRS, ends), FLOW, traced)
    which, how = repaired(view, 10)
    assert which.tolist() == [True, True, False, False] and "mode" in how
    left, _ = compose.stage(replace(plain, rounds=(plain.rounds[0], view)), Look(round=1, morph=0.5))
    bright = [mark for mark in curves(left) if mark.width > 1.0] or [
        m for m in left.marks if getattr(m, "width", 0) == 1.5
    ]
    assert len(bright) == 1 and len(bright[0].xy) == 2 and "2 of 4" in left.caption
    crosses = [mark for mark in left.marks if isinstance(mark, Points) and mark.shape == "x"]
    assert len(crosses) == 1
    np.testing.assert_allclose(crosses[0].xy[:, 1], [1.0, 2.0], err_msg="where their lines led")
    hidden = Look(round=1, morph=0.5, hidden=frozenset({"re-paired lines"}))
    (left, _) = compose.stage(replace(plain, rounds=(plain.rounds[0], view)), hidden)
    assert not [mark for mark in left.marks if isinstance(mark, Points) and mark.shape == "x"]


@pytest.mark.parametrize("dim", DIMS)
def test_without_classes_another_lines_end_is_another_partner(dim: int) -> None:
    view = snapshots.snapshot(dim=dim, n=60).rounds[1]
    ends, traced = view.found(PAIRS), view.found(FLOW)
    which, _ = repaired(view, 60)
    z1, x1 = traced.z[-1].astype(float), ends.x1.astype(float)
    right = [int(np.linalg.norm(x1 - z, axis=1).argmin()) != i for i, z in enumerate(z1)]
    assert which.tolist() == right
    same = answering(view, FLOW, replace(traced, z=np.stack([ends.x0, ends.x1])))
    assert not repaired(same, 60)[0].any(), "who keeps the partner is not re-paired"


# meetings


@pytest.mark.parametrize("dim", [2, 3])
def test_two_lines_through_one_place_at_one_time_meet_there(dim: int) -> None:
    rng = np.random.default_rng(0)
    place, t = rng.normal(size=dim), 0.37
    x0 = np.stack([rng.normal(size=dim), rng.normal(size=dim)])
    x1 = x0 + (place - x0) / t
    when, where = nearest(np.stack([x0, x1]), np.array([0.0, 1.0]), np.array([0]), np.array([1]))
    np.testing.assert_allclose(when, t, atol=1e-9)
    np.testing.assert_allclose(where, place[None], atol=1e-9)
    found = met(np.stack([x0, x1]), np.array([0.0, 1.0]))
    assert len(found.at) == 1 and found.of == 2
    late = x0 + (place - x0) / np.array([[0.37], [0.60]])  # the same page crossing, at two times
    assert len(met(np.stack([x0, late]), np.array([0.0, 1.0])).at) == 0


@pytest.mark.parametrize("dim", [2, 3])
def test_each_meeting_is_as_near_as_it_says(dim: int) -> None:
    given = problem(*laws(dim), dim, pairs=400)
    found = answered(Meetings(lines=300), Subject(given, Euler()))
    assert len(found.at) > 0
    fine = np.linspace(0, 1, 2001)
    x = given.x0[:300] + fine[:, None, None] * (given.x1 - given.x0)[:300]
    for at, t in list(zip(found.at, found.t, strict=True))[:20]:
        k = int(np.abs(fine - t).argmin())
        apart = np.sort(np.linalg.norm(x[k] - at, axis=1))[:2]
        assert (apart < found.reach).all(), "two lines are within reach of the place at that time"


def laws(dim: int) -> tuple:
    if dim == 2:
        return LEFT, RIGHT
    fill = lambda law: type(law)(means=tuple((*mean[:2], 0.0)[:dim] for mean in law.means), stds=law.stds)  # noqa: E731
    return fill(LEFT), fill(RIGHT)


@pytest.mark.parametrize("dim", DIMS)
def test_lines_meet_and_trajectories_do_not(dim: int) -> None:
    """The flow of v* at fine steps: 150 trajectories keep their order on the line, and elsewhere none come within 1 %
    of the spread; lines do, in the plane often, in space seldom."""
    given = problem(*laws(dim), dim, pairs=400)
    v = closed_form(given)
    traced = answered(Trajectories(count=150), Subject(given, Euler(steps=512), v, v, True))
    if dim == 1:
        x0, x1 = given.x0[:150, 0], given.x1[:150, 0]
        lines = int(np.triu((x0[:, None] - x0) * (x1[:, None] - x1) < 0).sum())
        assert traced.order_changes == 0 and lines > 1000
        return
    lines = answered(Meetings(lines=150), Subject(given, Euler()))
    assert len(lines.at) >= {2: 100, 3: 3}[dim] and len(traced.met.at) == 0


@pytest.mark.parametrize("dim", [2, 3])
def test_meetings_are_marked_and_counted_apart_from_page_crossings(dim: int) -> None:
    given = problem(*laws(dim), dim, pairs=400)
    found = answered(Meetings(), Subject(given, Euler()))
    plain = snapshots.snapshot(dim=dim, n=200)
    whole = replace(plain, rounds=tuple(answering(view, Meetings(), found) for view in plain.rounds))
    left, _ = compose.stage(whole, Look(round=1))
    dots = [mark for mark in left.marks if isinstance(mark, Points) and mark.ink == "warning"]
    assert len(dots) == 1 and len(dots[0].xy) == len(found.at) and dots[0].shape == "o"
    rings = [mark for mark in left.marks if isinstance(mark, Points) and mark.shape == "ring"]
    assert len(rings) == (1 if dim == 2 else 0), "on the page of space crossings depend on the camera"
    assert f"{count(len(found.at))} true meeting" in left.caption
    assert ("page crossings" in left.caption) == (dim == 2)
    hidden = Look(round=1, hidden=frozenset({"meetings"}))
    assert len(compose.stage(whole, hidden)[0].marks) == len(left.marks) - 1


# particles


def test_five_thousand_particles_are_asked_for_and_drawn() -> None:
    look = Look(particles=5000, round=1)
    asked = compose.needs(look)
    assert PAIRS in asked and FLOW in asked and Pairs(5000) in asked and Trajectories(5000) in asked
    assert {type(probe) for probe in compose.needs(Look())} >= {Pairs, Trajectories}
    assert Pairs(5000) not in compose.needs(Look())
    big = snapshots.snapshot(dim=2, n=5000, rounds=1, training=False)
    view = big.rounds[1]
    few = answering(view, PAIRS, Ends(*(x[:400] for x in (view.found(PAIRS).x0, view.found(PAIRS).x1))))
    few = answering(few, FLOW, replace(view.found(FLOW), z=view.found(FLOW).z[:, :400]))
    more = answering(answering(few, Pairs(5000), view.found(PAIRS)), Trajectories(5000), view.found(FLOW))
    for held, n in ((few, 400), (more, 5000)):
        panels = compose.stage(replace(big, rounds=(big.rounds[0], held)), look)
        for panel in panels:
            moving = [mark for mark in panel.marks if isinstance(mark, Points) and mark.moving]
            assert sum(len(mark.xy) for mark in moving) == n


# compare


def test_two_to_four_rounds_are_chosen() -> None:
    whole = snapshots.snapshot(dim=2, n=40)
    look = Look(view="compare", compared=("1", "3"))
    assert [view.name for view in compared(whole, look)] == ["1", "3"]
    rounds = {switch.text: switch for switch in compose.view(look).switches(whole, look) if "Rounds" in switch.group}
    assert [switch.on for switch in rounds.values()] == [True, False, True]
    assert rounds["2-rectified"].then == {"compared": ("1", "2", "3")}
    assert rounds["1-rectified"].then == {}, "one alone is no comparison"
    for gone in (("7", "8"), ("1",)):
        assert len(compared(whole, Look(compared=gone))) == 3, "what is not there is no choice: the default"


@pytest.mark.parametrize("dim", DIMS)
def test_a_wipe_holds_two_rounds_in_one_panel(dim: int) -> None:
    whole = snapshots.snapshot(dim=dim, n=40)
    beside = compose.stage(whole, Look(view="compare", compared=("1", "2")))
    (panel,) = compose.stage(whole, Look(view="compare", compared=("1", "2"), wiping=True, wipe=0.3))
    assert panel.divide == 0.3 and len(beside) == 2
    for marks, of in ((panel.marks, beside[0]), (panel.other, beside[1])):
        assert len(marks) == len(of.marks)
        for one, other in zip(marks, of.marks, strict=True):
            if hasattr(one, "xy") and not isinstance(one.xy, tuple):
                np.testing.assert_array_equal(one.xy, other.xy)
    key = lambda at: compose.stage(whole, Look(view="compare", wiping=True, wipe=at))[0].key  # noqa: E731
    assert key(0.3) == key(0.3) and key(0.3) != key(0.4)


def test_a_press_takes_the_divider() -> None:
    whole = snapshots.snapshot(dim=2, n=40)
    look = Look(view="compare", wiping=True)
    view, (low, high, *_) = compose.view(look), bounds(whole)
    assert view.pointing(look) and not view.pointing(msgspec.structs.replace(look, wiping=False))
    assert view.slider(look, 2) == "wipe" and view.slider(Look(view="compare"), 2) == ""
    for share in (0.0, 0.25, 1.0):
        told = view.pointed(whole, look, 0, (low + share * (high - low), 0.0))
        assert told["wipe"] == pytest.approx(share)
    assert view.pointed(whole, look, 0, (low - 5.0, 0.0))["wipe"] == 0.0


def test_many_lines_are_asked_of_all_that_are_compared_and_drawn_alike() -> None:
    """The same particles in each panel: as many as every round knows, and the number is said while it is fewer."""
    big = snapshots.snapshot(dim=2, n=5000, training=False)
    look, few = Look(view="compare", lines=1000, particles=5000, compared=("1", "3")), Look(view="compare")
    view = compose.view(look)
    assert Trajectories(5000) in compose.needs(look) and view.others(big, look) == ("1", "3")
    assert view.others(big, few) == () and Trajectories(5000) not in compose.needs(few)

    def known(n: int) -> RoundView:
        found = big.rounds[3].found(FLOW)
        return answering(big.rounds[3], FLOW, replace(found, z=found.z[:, :n]))

    for n in (400, 5000):
        panels = compose.stage(replace(big, rounds=(*big.rounds[:3], known(n))), look)
        for panel in panels:
            assert [len(mark.xy) for mark in panel.marks if isinstance(mark, Lines)] == [min(n, 1000)]
            assert sum(len(mark.xy) for mark in panel.marks if isinstance(mark, Points) and mark.moving) == n
            assert ("400 of 1 000 lines, 400 of 5 000 particles" in panel.caption.replace("\u2009", " ")) == (n < 5000)


# replay


def replayed(view: RoundView, n: int = 5) -> Replayed:
    """Frame k has the trajectories of the flow, shrunk to k / (n - 1) of their way."""
    traced = view.found(FLOW)
    start = traced.z[:1]
    share = np.arange(n, dtype=np.float32) / (n - 1)
    frames = tuple(
        Seen(traced.times, start + s * (traced.z - start), (float(s), 0.1), (5.0 - float(s), 0.2)) for s in share
    )
    return Replayed((0, 1, 10, 100, 1000)[:n], frames)


@pytest.mark.parametrize("dim", DIMS)
def test_the_slider_walks_through_the_key_frames(dim: int) -> None:
    plain = snapshots.snapshot(dim=dim, n=40)
    found = replayed(plain.rounds[1])
    whole = replace(plain, rounds=(plain.rounds[0], answering(plain.rounds[1], Replay(), found), *plain.rounds[2:]))
    for k, (step, frame) in enumerate(zip(found.steps, found.frames, strict=True)):
        flow, chart = compose.stage(whole, Look(view="replay", round=1, frame=k / 4, t=0.5))
        assert (f"{count(step)} step" if step else "before training") in flow.title
        drawn = curves(flow)[0].xy
        z = frame.z.swapaxes(0, 1)
        if dim == 1:
            np.testing.assert_allclose(drawn[..., 1], z[..., 0], atol=1e-5)
        elif dim == 2:
            np.testing.assert_allclose(drawn, z, atol=1e-5)
        dots = [mark.xy[0] for mark in chart.marks if isinstance(mark, Curve) and mark.moving and len(mark.xy) == 1]
        np.testing.assert_allclose(dots, [[max(step, 0.5), frame.loss[0]], [max(step, 0.5), frame.S[0]]])


def test_s_against_loss_has_the_key_frames() -> None:
    plain = snapshots.snapshot(dim=2, n=40)
    found = replayed(plain.rounds[1])
    whole = replace(plain, rounds=(plain.rounds[0], answering(plain.rounds[1], Replay(), found), *plain.rounds[2:]))
    straight = compose.stage(whole, Look(view="loss", round=1))[-1]
    trail = next(mark for mark in straight.marks if isinstance(mark, Curve) and mark.name == "key frames")
    np.testing.assert_allclose(trail.xy, np.column_stack([found.curve("loss")[0], found.curve("S")[0]]))


def test_frames_of_a_known_field_have_known_s_and_loss() -> None:
    """v = c: straight trajectories, S = 0, and E|dX - c|² over the pairs."""
    given = problem(LEFT, RIGHT, 2, pairs=400)
    c = np.array([3.0, -1.0])
    frame = Frame(7, Given(lambda x, t: 0 * x + c))
    found = answered(Replay(count=400), Subject(given, Euler(), frame.v, frames=(frame,)))
    assert found.steps == (7,) and found.frames[0].S[0] == pytest.approx(0.0, abs=1e-12)
    right = ((given.x1 - given.x0 - c) ** 2).sum(1)[:400]
    assert found.frames[0].loss[0] == pytest.approx(right.mean())
    assert found.frames[0].loss[1] == pytest.approx(right.std(ddof=1) / 20)
    np.testing.assert_allclose(found.frames[0].z[-1] - found.frames[0].z[0], np.broadcast_to(c, (150, 2)), atol=1e-4)


# steps


def test_odd_n_strides_over_the_crossing() -> None:
    """On two modes with v*: N = 2 lets none change sides, N = 3 a large share; one sentence says so."""
    ends = TwoModes(at=0.0, separation=15.0, std=0.5), TwoModes(at=15.0, separation=15.0, std=0.5)
    given = problem(*ends, 2, pairs=400)
    found = answered(POLYGONS, Subject(given, Euler(), closed_form(given)))
    share = {n: float(found.switched[k].mean()) for k, n in enumerate(found.steps)}
    assert share[2] == 0.0 and share[3] > 0.2
    told = odd_and_even(found)
    assert "odd N" in told and f"{100 * share[3]:.0f} % against 0 %" in told
    assert odd_and_even(replace(found, switched=0 * found.switched)) == ""
    assert odd_and_even(replace(found, switched=None)) == ""


def test_a_view_says_what_can_be_chosen_about_it() -> None:
    """Layers come from the registry, knobs from the Look; nothing is named that is not there."""
    from engine.registry import kinds, knobs

    names = {knob.name for knob in knobs(Look)}
    for dim in DIMS:
        whole: Snapshot = snapshots.snapshot(dim=dim, n=20)
        for kind, cls in kinds("views").items():
            look = Look(view=kind)
            view = cls()
            assert set(view.knobs) <= names and (not view.scrub or view.scrub in names)
            for switch in view.switches(whole, look):
                assert switch.text and set(switch.then) <= names | set(Look.__struct_fields__)
            layers = [switch for switch in view.switches(whole, look) if switch.group == "Layers"]
            assert bool(layers) == bool(view.layers)
            for switch in layers:
                after = msgspec.structs.replace(look, **switch.then)
                (same,) = [other for other in view.switches(whole, after) if other.text == switch.text]
                assert switch.on and not same.on


def test_crossings_are_those_of_the_lines_that_are_drawn() -> None:
    asked = compose.needs(Look(lines=40))
    assert PageCrossings(40) in asked and CROSSINGS in asked and Meetings(40) in asked
    assert sum(isinstance(probe, PageCrossings) for probe in compose.needs(Look())) == 1


def test_the_plan_tells_the_cost_before_and_after_each_round() -> None:
    plain = snapshots.snapshot(dim=2, n=40, training=False)
    chart = compose.stage(plain, Look(view="plan", round=2))[-1]
    before, after = (mark for mark in chart.marks if isinstance(mark, Bars))
    single = [view.figures.single for view in plain.rounds[1:]]
    np.testing.assert_allclose(before.parts[0][2], [own["pair_cost"].value for own in single])
    np.testing.assert_allclose(after.parts[0][2], [own["transport_cost"].value for own in single])
    np.testing.assert_allclose(after.parts[1][2], [own["straightness"].value for own in single], rtol=1e-3)


def test_costs_of_a_net_in_training_are_drawn_lighter() -> None:
    plain = snapshots.snapshot(dim=2, n=40, training=False)
    first, second = plain.rounds[:2]
    learning = answering(replace(second, figures=Figures(), finished=False), PROVISIONAL, second.figures)
    chart = compose.stage(replace(plain, rounds=(first, learning)), Look(view="plan"))[-1]
    assert [mark.alpha for mark in chart.marks if isinstance(mark, Bars)] == [FAINT] * 2 and "training" in chart.caption
    assert PROVISIONAL in compose.needs(Look(view="plan", charts=()))
