"""What a person turns, points at and moves in the views of the field, on hand-made answers and closed forms. No Qt."""

from __future__ import annotations

import itertools
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from app.scene import compose, staying
from app.scene.camera import HOME
from app.scene.field_maps import INKS, UNITS, WORDS
from app.scene.frame import box
from app.scene.known import FLOW
from app.scene.look import Look
from app.scene.marks import Arrows, Curve, Lines, Panel, Points, Raster
from app.scene.projection import Ball
from app.scene.view import View
from app.views.averaging import Averaging
from app.views.field import NUDGE, SPEEDS, Field
from app.views.marginals import Marginals
from engine.probes.box_mass import Balance, BoxMass
from engine.probes.posterior import Posterior, PosteriorWeights
from engine.probes.speeds import PRESSURES, Grown
from engine.probes.streamlines import Streamlines
from engine.registry import kinds
from engine.snapshot import Snapshot
from tests.app import snapshots
from tests.app.snapshots import answering
from tests.app.test_views import known

DIMS = (1, 2, 3)
TURNED = [
    Field(lines="streamlines"),
    *(Field(heat=heat) for heat in WORDS),
    Averaging(show="one target"),
    Marginals(show="box"),
]


def looking(view: View, **fields) -> Look:
    return Look(view=view.kind, round=1, turned=(view,), **{"t": 0.5, **fields})


def marks(panel: Panel, kind: type) -> list:
    return [mark for mark in panel.marks if isinstance(mark, kind)]


def with_answer(plain: Snapshot, probe, value) -> Snapshot:
    return replace(plain, rounds=(plain.rounds[0], answering(plain.rounds[1], probe, value), *plain.rounds[2:]))


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize(
    "view", TURNED, ids=lambda view: f"{view.kind} {'-'.join(map(str, msgspec.structs.astuple(view)))}"
)
def test_every_way_to_look_draws_what_is_known(view: View, dim: int) -> None:
    look = looking(view)
    shown = known(dim, look)
    panels = compose.stage(shown, look)
    empty = [panel.empty for panel in panels if panel.empty]
    assert set(empty) <= {"v is v* itself: there is no gap."} and len(empty) <= 1
    before = compose.stage(replace(shown, rounds=tuple(replace(r, answers=()) for r in shown.rounds)), look)
    assert [panel.space == "chart" for panel in before] == [panel.space == "chart" for panel in panels]
    assert all(panel.empty for panel in before)


@pytest.mark.parametrize("kind", kinds("views"))
def test_what_titles_offer_can_be_chosen(kind: str) -> None:
    """Each choice gives a Look whose view has that knob, and gives it back."""
    view, plane = kinds("views")[kind](), snapshots.snapshot(dim=2, n=30)
    for name, values in view.knobs_in.items():
        for value in values:
            chosen = view.chosen(plane, Look(view=kind), f"{name}:{value}")
            if name in view.__struct_fields__:
                look = msgspec.structs.replace(Look(view=kind), **chosen)
                assert getattr(compose.view(look), name) == value
                assert compose.view(msgspec.structs.replace(look, view="crossings")).kind == "crossings"


def test_turned_views_go_with_their_dimension_and_disturb_nothing_at_rest() -> None:
    look = Look(lens=(1.0, 2.0), follow=3, turned=(Marginals(low=(0.0, 0.0), high=(1.0, 1.0)), Field(heat="gap")))
    assert look.still == Look().still
    same, other = (msgspec.structs.replace(look, **look.resized(dim)) for dim in (2, 3))
    assert (same.lens, same.turned) == (look.lens, look.turned) and same.follow == -1
    assert other.lens == () and other.turned == (Marginals(), Field(heat="gap"))


# the field


@pytest.mark.parametrize("dim", (1, 2))
@pytest.mark.parametrize("heat", WORDS)
def test_every_map_has_its_scale_and_unit(heat: str, dim: int) -> None:
    look = looking(Field(heat=heat))
    shown = known(dim, look)
    found = shown.rounds[1].found(compose.view(look).needs(look)[0])
    panel = compose.stage(shown, look)[1]
    if panel.empty:
        assert heat == "gap"
        return
    scale = next(mark for mark in marks(panel, Raster) if mark.name)
    values = np.linalg.norm(found.v, axis=-1) if heat == "speed" else getattr(found, heat)
    assert scale.name == UNITS[heat] and scale.ink == INKS[heat] and all(scale.ends)
    there = np.isfinite(values)
    assert np.sign(scale.values[there]) == pytest.approx(np.sign(np.round(values[there], 9)), abs=1)
    top = np.quantile(np.abs(values[there]), 0.98)
    np.testing.assert_allclose(scale.values[there], (values[there] / (top or 1.0)).clip(-1, 1), atol=1e-5)
    assert not scale.values[~there].any()


def test_streamlines_are_asked_for_only_when_they_are_drawn() -> None:
    plain, turned = (compose.needs(looking(Field(lines=lines))) for lines in ("arrows", "streamlines"))
    assert not [p for p in plain if isinstance(p, Streamlines)] and Streamlines(t=0.5) in turned


@pytest.mark.parametrize("across", "xyz")
def test_the_slice_lies_where_the_look_says(across: str) -> None:
    k, low_high = "xyz".index(across), []
    for at in (0.3, 0.7):
        look = looking(Field(across=across, at=at))
        shown = known(3, look)
        velocity, cut, *_ = compose.view(look).panels(shown, look)
        rim = marks(velocity, Lines)[-1].xy
        assert np.ptp(rim[..., k]) < 1e-6 and (np.ptp(rim, axis=1)[0][[i for i in range(3) if i != k]] > 0.5).all()
        starts = marks(velocity, Arrows)[0].xy
        np.testing.assert_allclose(starts[:, k], rim[0, 0, k], atol=1e-5)
        assert (cut.x_label, cut.y_label) == tuple(name for name in "xyz" if name != across)
        low_high.append(float(rim[0, 0, k]))
    assert low_high[1] > low_high[0]


def test_keys_and_the_hand_move_the_slice() -> None:
    plane = snapshots.snapshot(dim=3, n=40)
    view = Field(across="x", at=0.5)
    look = looking(view, camera=HOME.along("y"))
    moved = msgspec.structs.replace(look, **view.nudged(plane, look, -1))
    assert compose.view(moved).at == pytest.approx(0.5 - NUDGE)
    ball, (low, high) = Ball.about(box(plane), False), box(plane)[:2]
    by = 0.25 * (high - low) * ball.scale[0]  # a quarter of the box to the right, where x runs
    pulled = msgspec.structs.replace(look, **view.pulled(plane, look, 0, (0.0, 0.0), (by, 0.3)))
    assert compose.view(pulled).at == pytest.approx(0.75, abs=1e-4)
    along = looking(view, camera=HOME.along("x"))
    assert view.pulled(plane, along, 0, (0.0, 0.0), (0.2, 0.2)) == {}  # looked at along it
    far = Field(at=1.0)
    assert far.nudged(plane, looking(far), 1)["turned"][0].at == 1.0
    assert view.nudged(snapshots.snapshot(dim=2, n=20), look, 1) == {}


def test_a_press_on_the_slice_is_a_place_of_space() -> None:
    look = looking(Field(across="y", at=0.3))
    shown = known(3, look)
    found = shown.rounds[1].found(compose.view(look).needs(look)[0])
    lens = compose.view(look).pointed(shown, look, 1, (0.4, -0.2))["lens"]
    assert lens == pytest.approx((0.4, float(found.at[0, 0, 1]), -0.2))


@pytest.mark.parametrize("dim", DIMS)
def test_posterior_weights_are_sizes(dim: int) -> None:
    x1 = np.arange(5 * dim, dtype=float).reshape(5, dim)
    weight = np.array([0.6, 0.3, 0.09, 0.01, 0.0])
    found = Posterior(0.5, np.zeros(dim), x1, weight, weight @ x1, "law")
    look = looking(Field())
    shown = with_answer(known(dim, look), PosteriorWeights(at=(), t=0.5), found)
    panel = compose.view(look).panels(shown, look)[2]
    sized = {tuple(row): mark.size for mark in marks(panel, Points) if mark.ink == "target" for row in mark.xy.tolist()}
    sizes = [sized[tuple(row)] for row in x1.tolist()]
    assert sizes[0] > sizes[1] > sizes[2] > sizes[3] == sizes[4]
    assert "effectively 2.2 of its points" in panel.caption and "P₁ is 5 points" in panel.caption
    (arrow,) = marks(panel, Arrows)
    np.testing.assert_allclose(arrow.uv[0], 0.25 * found.mean, rtol=1e-5)


def test_growth_is_drawn_beside_the_pressure() -> None:
    grown = Grown(1 - 1 / PRESSURES, 2 * PRESSURES, 3 * PRESSURES, np.full(len(PRESSURES), 1.5), (2.0, 3.0))
    look = looking(Field(), t=0.9)
    panel = compose.view(look).panels(with_answer(known(2, look), SPEEDS, grown), look)[3]
    dashed = [mark for mark in marks(panel, Curve) if mark.dash]
    solid = [mark for mark in marks(panel, Curve) if not mark.dash]
    for one, other in zip(dashed, solid, strict=False):
        np.testing.assert_allclose(one.xy, other.xy)
    assert panel.log_x and panel.log_y and "mean c = 2.00" in panel.caption
    assert solid[-1].moving and solid[-1].xy[0, 0] == pytest.approx(10.0)


# averaging


def test_beside_the_flow_the_lens_takes_the_nearest_trajectory_and_stays_on_it() -> None:
    plane = snapshots.snapshot(dim=2, n=60)
    view, look = Averaging(), Look(view="averaging", round=1, lines=60)
    traced = plane.rounds[1].found(FLOW)
    k, i = 12, 7
    found = view.pointed(plane, look, 1, tuple(traced.z[k, i].tolist()))
    assert found["follow"] == i and found["t"] == pytest.approx(float(traced.times[k]))
    np.testing.assert_allclose(found["lens"], traced.z[k, i], rtol=1e-6)
    held = msgspec.structs.replace(look, **found)
    other = (i + 1) % 60  # over another one it stays on its own
    along = view.dragged(plane, held, 1, tuple(traced.z[20, other].tolist()))
    assert along["follow"] == i
    assert np.linalg.norm(traced.z[:, i] - np.array(along["lens"]), axis=1).min() < 1e-5
    assert view.pointed(plane, held, 0, (1.0, 2.0)) == {"lens": (1.0, 2.0), "follow": -1}
    assert view.pointed(plane, look, 1, (500.0, 500.0))["follow"] == -1  # none is near


@pytest.mark.parametrize("dim", DIMS)
def test_a_lens_that_rides_goes_with_t(dim: int) -> None:
    plane = snapshots.snapshot(dim=dim, n=40)
    traced = plane.rounds[1].found(FLOW)
    for k in (0, 9, 32):
        look = Look(view="averaging", round=1, follow=4, t=float(traced.times[k]))
        np.testing.assert_allclose(Averaging().carried(plane, look)["lens"], traced.z[k, 4], atol=1e-4)
    assert Averaging().carried(plane, Look(follow=-1)) == {} == Averaging().carried(plane, Look(follow=4000))


@pytest.mark.parametrize("azimuth", (-34.0, 120.0))
def test_in_space_the_lens_goes_with_the_hand(azimuth: float) -> None:
    """Where it was put, it is seen; as near as it was. Beside the flow it takes a trajectory."""
    plane = snapshots.snapshot(dim=3, n=40)
    look = Look(view="averaging", round=1, camera=HOME.turned(azimuth, 5.0), lines=40)
    lens = Averaging().pulled(plane, look, 0, (0.2, -0.1), (0.0, 0.0))["lens"]
    ball = Ball.about(box(plane), False)
    page, near = look.camera.seen(ball.inside(np.array(lens)))
    np.testing.assert_allclose([*page, near], [0.2, -0.1, 0.0], atol=1e-5)
    traced = plane.rounds[1].found(FLOW)
    at = tuple(look.camera.seen(ball.inside(traced.z[10, 5]))[0].tolist())
    found = Averaging().pulled(plane, look, 1, at, (0.0, 0.0))
    z = traced.z[:, found["follow"]]
    assert np.linalg.norm(z - np.array(found["lens"]), axis=1).min() < 1e-5


def test_what_is_seen_can_be_placed_again() -> None:
    for camera, xyz in itertools.product((HOME, HOME.turned(70, 20).zoomed(2.0).moved(0.2, 0.1)), np.eye(3) * 0.4):
        page, near = camera.seen(xyz)
        np.testing.assert_allclose(camera.place(tuple(page), float(near)), xyz, atol=1e-12)


@pytest.mark.parametrize("dim", DIMS)
def test_the_field_towards_one_point_points_there(dim: int) -> None:
    look = looking(Averaging(show="one target"))
    shown = known(dim, look)
    one, every, velocities = compose.view(look).panels(shown, look)
    found = shown.rounds[1].found(compose.view(look).needs(look)[1])
    (arrows,) = [mark for mark in marks(one, Arrows) if mark.ink == "warning"]
    left = (1 - np.asarray(arrows.t, float)).reshape(-1, 1) if dim == 1 else 1 - found.t
    ahead = (found.target - arrows.xy) / left
    share = (arrows.uv * ahead).sum(1) / (np.linalg.norm(arrows.uv, axis=1) * np.linalg.norm(ahead, axis=1))
    np.testing.assert_allclose(share, 1.0, atol=1e-3)
    assert [mark for mark in marks(every, Arrows) if mark.ink == "text" and len(mark.xy) > 3]
    assert [mark for mark in velocities.marks if getattr(mark, "name", "") == "towards a"]
    chosen = compose.view(look).pointed(shown, look, 0, (1.0, 2.0))
    assert (not chosen) if dim == 3 else chosen["turned"][0].target == ((2.0,) if dim == 1 else (1.0, 2.0))


# the box


def boxed(dim: int) -> tuple[Snapshot, Look, Balance]:
    look = looking(Marginals(show="box"))
    shown = known(dim, look)
    return shown, look, shown.rounds[1].found(BoxMass())


@pytest.mark.parametrize("dim", DIMS)
def test_the_two_sides_of_the_balance_lie_on_each_other(dim: int) -> None:
    shown, look, found = boxed(dim)
    place, mass, flows = compose.view(look).panels(shown, look)
    share, of_flow = [mark for mark in marks(mass, Curve) if mark.name]
    np.testing.assert_allclose(share.xy[:, 1], found.mass)
    z = shown.rounds[1].found(FLOW).z[-1]
    inside = ((z >= found.low) & (z < found.high)).all(1).mean()
    assert of_flow.xy[-1].tolist() == [1.0, pytest.approx(inside)]
    assert of_flow.error[-1] == pytest.approx(np.sqrt(inside * (1 - inside) / len(z)))
    named = {mark.name: mark.xy for mark in marks(flows, Curve) if mark.name}
    np.testing.assert_allclose(named["in − out"], named["d/dt P(X_t in B)"], atol=1e-4)
    np.testing.assert_allclose(named["in"][:, 1] + named["out"][:, 1], named["in − out"][:, 1], atol=1e-9)
    assert mass.caption == "exact" and place.marks
    rim = marks(place, Lines)[-1].xy
    np.testing.assert_allclose(np.unique(rim[..., 0]), [found.low[0], found.high[0]], rtol=1e-5)


@pytest.mark.parametrize("dim", DIMS)
def test_the_box_goes_where_one_presses_and_keeps_its_size(dim: int) -> None:
    shown, look, found = boxed(dim)
    view = compose.view(look)
    moved = view.pointed(shown, look, 0, (1.5, 0.5))["turned"][0]
    low, high = np.array(moved.low), np.array(moved.high)
    np.testing.assert_allclose(high - low, found.high - found.low)
    middle = (low + high) / 2
    np.testing.assert_allclose(middle[:2], [0.5] if dim == 1 else [1.5, 0.5])
    assert view.pointed(shown, look, 1, (0.0, 0.0)) == {}
    larger = view.chosen(shown, look, "size:larger")["turned"][0]
    np.testing.assert_allclose(np.array(larger.high) - larger.low, 1.25 * (found.high - found.low))
    assert larger.show == "box"


def test_in_space_time_the_plane_is_at_t() -> None:
    left, right = compose.stage(snapshots.snapshot(dim=2, n=40), Look(view="space-time", round=1, t=0.3))
    for panel in (left, right):
        grid, rim = marks(panel, Lines)[-2:]
        assert np.ptp(grid.xy[..., 0]) < 1e-6 and grid.moving and rim.moving
        np.testing.assert_allclose(grid.xy[..., 0].mean(), rim.xy[..., 0].mean(), atol=1e-6)


@pytest.mark.parametrize("page", ["xy", "xz", "yz"])
def test_in_space_the_box_moves_on_the_page_and_along_the_third_coordinate(page: str) -> None:
    shown, _, found = boxed(3)
    look = looking(Marginals(show="box", page=page))
    view, axes = compose.view(look), ["xyz".index(letter) for letter in page]
    third = 3 - sum(axes)
    place = view.panels(shown, look)[0]
    assert (place.x_label, place.y_label) == tuple(page) and f"along {'xyz'[third]}" in place.guide
    rim = marks(place, Lines)[-1].xy
    for k, axis in enumerate(axes):
        np.testing.assert_allclose(np.unique(rim[..., k]), [found.low[axis], found.high[axis]], rtol=1e-5)
    old = (found.low + found.high) / 2
    moved = view.pointed(shown, look, 0, (0.5, -0.25))["turned"][0]
    middle = (np.array(moved.low) + np.array(moved.high)) / 2
    np.testing.assert_allclose(middle[axes], [0.5, -0.25])
    assert middle[third] == pytest.approx(old[third])
    by = [(np.array(v.low) + v.high) / 2 for n in (1, -1) for v in view.nudged(shown, look, n)["turned"]]
    assert by[0][third] > old[third] > by[1][third]
    np.testing.assert_allclose(by[0][axes], old[axes])
    assert Marginals().nudged(shown, looking(Marginals()), 1) == {}


def test_which_coordinates_are_shown_is_chosen_in_space() -> None:
    shown, look, _ = boxed(3)
    view = compose.view(look)
    switches = view.switches(shown, look)
    assert [switch.on for switch in switches] == [True, False, False]
    after = msgspec.structs.replace(look, **switches[1].then)
    assert compose.view(after).axes == (0, 2) and not compose.view(look).switches(known(2, look), look)
    laws = msgspec.structs.replace(look, turned=(Marginals(page="yz"),))
    assert [(p.x_label, p.y_label) for p in compose.view(laws).panels(shown, laws)[:3]] == [("y", "z")] * 3
    assert view.chosen(shown, look, "page:yz")["turned"][0].page == "yz"


def test_the_box_is_moved_and_the_laws_are_panned() -> None:
    assert Marginals(show="box").pointing(Look()) and not Marginals().pointing(Look())


@pytest.mark.parametrize("view", [Marginals(show="box"), Averaging(show="one target"), Field(lines="streamlines")])
def test_another_way_to_look_is_waited_for_with_words_alone(view: View) -> None:
    """What is shown in its place is no picture of before, for there was none."""
    plain = Look(view=view.kind, round=1, t=0.5)
    shown = known(2, plain)
    stays, before = staying.stage(staying.Stays(), shown, plain, 0.0)
    assert all(not panel.waits for panel in before)
    stays, after = staying.stage(stays, shown, looking(view), 5.0)
    stays, after = staying.stage(stays, shown, looking(view), 9.0)
    for panel in after:
        assert not (panel.stale and panel.empty) and (panel.marks or panel.empty)
