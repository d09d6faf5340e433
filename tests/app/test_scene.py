"""Pictures as values: what the panels hold, on hand-made Snapshots."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from app.scene import compose, frame
from app.scene.charts.velocity_gap import GAP
from app.scene.known import CROSSINGS, FLOOR, FLOW, PAIRS, pairs
from app.scene.layers.optimal_map import OptimalMap
from app.scene.look import Look
from app.scene.marks import Bars, Curve, Lines, Panel, Points
from app.scene.numbers import figure, number, short
from app.scene.projection import Ball
from engine.codec import build
from engine.evidence.estimate import Estimate
from engine.evidence.figures import Figures
from engine.preview import preview
from engine.probes.pairs import Ends
from engine.probes.velocity_gap import GapMap
from engine.registry import kinds
from engine.snapshot import Snapshot
from tests.app import snapshots
from tests.app.snapshots import answering

DIMS = (1, 2, 3)


@pytest.fixture(scope="module", params=DIMS)
def snapshot(request: pytest.FixtureRequest) -> Snapshot:
    return snapshots.snapshot(dim=request.param, n=200)


@pytest.fixture(scope="module")
def plane() -> Snapshot:
    return snapshots.snapshot(n=200)


def moving_points(panel: Panel) -> np.ndarray:
    """In the order of the rows of ``x0``: those on the drawn lines come last in the marks, to lie on top."""
    return np.concatenate([m.xy for m in panel.marks[::-1] if isinstance(m, Points) and m.moving])


def test_both_stages_show_the_same_particles(snapshot: Snapshot) -> None:
    view, dim = snapshot.rounds[1], snapshot.spec.dim
    ends, flow = view.found(PAIRS), view.found(FLOW)

    def page(points: np.ndarray, panel: Panel) -> np.ndarray:
        """The coordinates that stay themselves there: all but t."""
        if dim == 3:
            return Ball.about(panel.box, False).inside(points)
        return points[:, :2]

    start = compose.stage(snapshot, Look(t=0.0, round=1))
    np.testing.assert_allclose(moving_points(start[0]), moving_points(start[1]), atol=1e-5)
    np.testing.assert_allclose(moving_points(start[0])[:, -dim:], page(ends.x0, start[0]), atol=1e-5)
    # Half way, row i is on line i and on trajectory i.
    line, trajectory = compose.stage(snapshot, Look(t=0.5, round=1))
    np.testing.assert_allclose(moving_points(line)[:, -dim:], page((ends.x1 + ends.x0) / 2, line), atol=1e-4)
    np.testing.assert_allclose(moving_points(trajectory)[:, -dim:], page(flow.z[16], trajectory), atol=1e-4)


def test_particles_run_linearly_between_stored_times(plane: Snapshot) -> None:
    view = plane.rounds[1]
    _, flow = compose.stage(plane, Look(t=(0.25 * 3 + 1) / 32, round=1))
    share = np.float32(0.75)
    z = view.found(FLOW).z
    np.testing.assert_allclose(moving_points(flow), z[1] + share * (z[2] - z[1]), atol=1e-4)
    _, end = compose.stage(plane, Look(t=1.0, round=1))
    np.testing.assert_allclose(moving_points(end), view.found(FLOW).z[-1], atol=1e-5)


def test_bounds_and_still_marks_stay_while_t_plays(snapshot: Snapshot) -> None:
    first = compose.stage(snapshot, Look(t=0.0, round=1))
    assert first[0].bounds == first[1].bounds
    for t in (0.1, 0.62, 1.0):
        for before, now in zip(first, compose.stage(snapshot, Look(t=t, round=1)), strict=True):
            assert now.bounds == before.bounds
            assert now.key == before.key


def test_bounds_are_those_of_the_data_in_every_round(plane: Snapshot) -> None:
    boxes = {panel.bounds for k in range(4) for panel in compose.stage(plane, Look(round=k))}
    assert len(boxes) == 1


def test_an_outlier_does_not_shrink_the_picture(plane: Snapshot) -> None:
    source = plane.source.copy()
    source[0] = 1e6
    assert compose.stage(replace(plane, source=source), Look())[0].bounds[1] < 100


def test_keys_tell_what_must_be_drawn_anew(plane: Snapshot) -> None:
    look = Look(round=1)
    interpolation, flow = compose.stage(plane, look)
    again = [answering(v, PAIRS, Ends(v.found(PAIRS).x0.copy(), v.found(PAIRS).x1)) for v in plane.rounds]
    copied = replace(plane, rounds=tuple(again), made=2.0)
    assert compose.stage(copied, look)[0].key == interpolation.key
    was = plane.rounds[1].found(FLOW)
    bent = answering(plane.rounds[1], FLOW, replace(was, z=was.z + np.float32(0.01)))
    trained = replace(plane, rounds=(plane.rounds[0], bent, *plane.rounds[2:]))
    assert compose.stage(trained, look)[0].key == interpolation.key
    assert compose.stage(trained, look)[1].key != flow.key
    for other in (Look(round=2), Look(round=1, hidden=frozenset({"page crossings"})), Look(round=1, lines=10)):
        assert compose.stage(plane, other)[0].key != interpolation.key


def test_the_look_chooses_what_is_drawn(plane: Snapshot) -> None:
    optional = frozenset(kind for kind, layer in kinds("layers").items() if layer.optional and kind != "clouds")
    interpolation, flow = compose.stage(plane, Look(round=1, hidden=optional))
    for panel in (interpolation, flow):
        assert not [m for m in panel.marks if isinstance(m, Lines) or m.moving or getattr(m, "shape", "") == "ring"]
    interpolation, flow = compose.stage(plane, Look(round=1, lines=20))
    assert [len(m.xy) for m in interpolation.marks if isinstance(m, Lines)] == [20]
    (trajectories,) = [m for m in flow.marks if isinstance(m, Lines)]
    assert (trajectories.xy.shape, trajectories.ink, trajectories.ink_end) == ((20, 33, 2), "source", "target")


def test_rings_sit_on_the_crossings_of_the_snapshot(plane: Snapshot) -> None:
    rings = [m for m in compose.stage(plane, Look(round=1))[0].marks if getattr(m, "shape", "") == "ring"]
    known = {tuple(row) for row in plane.rounds[1].found(CROSSINGS).at.tolist()}
    assert rings[0].ink == "muted"  # almost none is a meeting
    assert {tuple(row) for row in rings[0].xy.tolist()} <= known


def test_captions_count_and_promise_only_what_holds() -> None:
    plane = snapshots.snapshot(n=60)
    interpolation, flow = compose.stage(plane, Look(round=1))
    found = len(plane.rounds[1].found(CROSSINGS).at)
    assert f"{found:,}".replace(",", "\u2009") + " page crossings of 150 lines" in interpolation.caption
    assert "almost all at different t" in interpolation.caption
    assert flow.caption == "never at one place at one time: rewired\nv: MLP 3 x 128, euler N = 32"
    line = snapshots.snapshot(dim=1, n=60)
    interpolation, flow = compose.stage(line, Look(round=1))
    assert "each at one place and one time" in interpolation.caption
    assert flow.caption.startswith("0 crossings: rewired")
    coarse = answering(line.rounds[1], FLOW, replace(line.rounds[1].found(FLOW), order_changes=7))
    left = compose.stage(replace(line, rounds=(line.rounds[0], coarse)), Look(round=1))[1].caption
    assert left.startswith("7 crossings") and "rewired" not in left
    space = compose.stage(snapshots.snapshot(dim=3, n=60), Look(round=1))[0]
    assert "pass each other in space" in space.caption
    assert not any(character.isdigit() for character in space.caption)  # nothing counted
    assert not any(getattr(mark, "shape", "") == "ring" for mark in space.marks)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_nothing_is_called_rewired_where_nothing_crossed(dim: int) -> None:
    """Lines to a single point meet nowhere before it, and all of them in it."""
    given = snapshots.snapshot(dim=dim, n=60)
    view = given.rounds[1]
    x0, x1 = view.found(PAIRS).x0, np.full_like(view.found(PAIRS).x1, 3.0)
    times, z = snapshots.flow(x0)
    z = (x0 + times[:, None, None] * (x1 - x0)).astype(np.float32)
    v = Estimate(0.0 if dim > 1 else 1e-12, 0.0, 64)
    view = replace(snapshots.seen(view, x0, x1, times, z, v), figures=Figures())
    flow = compose.stage(replace(given, rounds=(given.rounds[0], view)), Look(round=1))[1].caption
    assert flow.startswith("no two lines crossed: nothing to rewire") and "never" not in flow
    unknown = replace(view, answers=tuple(a for a in view.answers if a.probe not in (CROSSINGS, FLOOR)))
    flow = compose.stage(replace(given, rounds=(given.rounds[0], unknown)), Look(round=1))[1].caption
    assert "rewire" not in flow
    curved = replace(unknown, figures=Figures({"crossing": Estimate(2.0, 0.1, 64)}))
    assert ": rewired" in compose.stage(replace(given, rounds=(given.rounds[0], curved)), Look(round=1))[1].caption


def test_space_time_in_one_dimension() -> None:
    line = snapshots.snapshot(dim=1, n=60)
    for panel in compose.stage(line, Look(t=0.25, round=1)):
        assert not panel.equal
        assert np.allclose(moving_points(panel)[:, 0], 0.25)
        assert panel.bounds[0] < 0 < 1 < panel.bounds[1]


def test_a_round_without_flow_says_what_to_do() -> None:
    untrained = snapshots.snapshot(n=60, rounds=0, training=False)
    interpolation, flow = compose.stage(untrained, Look())
    assert interpolation.empty == "" and "Train" in flow.empty
    assert moving_points(interpolation).size
    trained = snapshots.snapshot(n=60)
    assert "later round" in compose.stage(trained, Look(round=0))[1].empty


def test_before_anything_is_known() -> None:
    nothing = snapshots.empty()
    assert all(panel.empty and not panel.marks for panel in compose.stage(nothing, Look()))
    assert all(panel.empty for panel in (*compose.charts(nothing, Look()), *compose.clouds(nothing)))
    assert compose.thumbnails(nothing, Look()) == ()
    assert compose.progress(nothing) is None


def test_charts_show_the_numbers_of_the_snapshot(plane: Snapshot) -> None:
    loss, straightness, euler, ledger = compose.charts(plane, Look(round=1))
    view = plane.rounds[1]
    curve, floor = loss.marks
    np.testing.assert_array_equal(curve.xy, view.losses)
    assert floor.dash and floor.name == "floor V = 13.7 ± 0.1"
    assert np.all(floor.xy[:, 1] == view.found(FLOOR).value)
    (S,) = straightness.marks
    np.testing.assert_array_equal(S.xy, [(k, plane.rounds[k].figures.single["straightness"].value) for k in (1, 2)])
    np.testing.assert_array_equal(S.error, [plane.rounds[k].figures.single["straightness"].error for k in (1, 2)])
    assert [label for _, label in straightness.x_ticks] == ["1", "2", "3"]
    assert [m.name for m in euler.marks] == ["round 1", "round 2"]
    ladder = view.figures.ladders["euler_error"]
    np.testing.assert_array_equal(euler.marks[0].xy, [(n, e.value) for n, e in ladder.items()])
    assert euler.log_x and euler.log_y
    assert [value for value, _ in euler.x_ticks] == [2**k for k in range(7)]
    before, after = ledger.marks
    assert isinstance(before, Bars) and before.hollow
    assert before.parts[0][2].tolist() == [plane.rounds[k].figures.single["pair_cost"].value for k in (1, 2)]
    heights = {name: values.tolist() for name, _, values in after.parts}
    names = {"after": "transport_cost", "S": "straightness", "V": "crossing"}
    assert heights == {n: [plane.rounds[k].figures.single[key].value for k in (1, 2)] for n, key in names.items()}


def with_ladders(plane: Snapshot, gap: GapMap | None = None) -> Snapshot:
    """Round 1 with every ladder by t and p, and its closed form."""
    view, known = plane.rounds[1], kinds("metrics")
    ladders = {
        kind: {x: Estimate(x**2, 0.1 * x, 64) for x in known[kind].ladder}
        for kind in ("marginal_gap", "marginal_gap_null", "cost_p", "mode_switch")
    }
    truth = {"cost_p": {x: Estimate(x**2 + 1, 0.1, 64) for x in known["cost_p"].ladder}}
    own = Figures(view.figures.single, {**view.figures.ladders, **ladders})
    view = replace(view, figures=own, beside=Figures(ladders=truth))
    view = answering(view, GAP, gap) if gap is not None else view
    return replace(plane, rounds=(plane.rounds[0], view, *plane.rounds[2:]))


def test_any_ladder_has_a_chart_with_what_stands_beside_it(plane: Snapshot) -> None:
    snapshot = with_ladders(plane)
    gap = compose.charts(snapshot, Look(round=1, charts=("loss", "straightness", "marginal_gap", "ledger")))[2]
    assert gap.title == "Marginal gap by t" and [m.name for m in gap.marks] == ["round 1", "marginal gap floor"]
    assert [m.dash for m in gap.marks] == [False, True] and not gap.log_x
    x = np.array(kinds("metrics")["marginal_gap"].ladder)
    np.testing.assert_allclose(gap.marks[0].xy, np.stack([x, x**2], -1))
    np.testing.assert_allclose(gap.marks[0].error, 0.1 * x)
    cost = compose.charts(snapshot, Look(round=1, charts=("loss", "straightness", "cost_p", "ledger")))[2]
    assert [m.name for m in cost.marks] == ["round 1", "v*"] and cost.log_y
    modes = compose.charts(snapshot, Look(round=1, charts=("loss", "straightness", "mode_switch", "ledger")))[2]
    assert modes.log_x and not modes.log_y and modes.bounds[2] == 0.0  # a share may be 0
    kinds_offered = [kind for kind, _ in gap.choices]
    ladders = ["cost_p", "marginal_gap", "euler_error", "mode_switch"]
    assert kinds_offered == ["loss", "straightness", *ladders, "ledger"]
    few = [kind for kind, _ in compose.charts(plane, Look(round=1))[2].choices]
    assert few == ["loss", "straightness", "euler_error", "ledger"]  # nothing else is known
    assert compose.charts(snapshot, Look(round=1, charts=("no such",)))[0].title == "Training loss"
    assert compose.charts(snapshot, Look(round=2, charts=("loss", "straightness", "marginal_gap", "ledger")))[2].empty


def test_the_map_shows_the_time_nearest_to_the_one_on_show(plane: Snapshot) -> None:
    v = np.zeros((2, 4, 5, 2), np.float32)
    v[1, 2, 3] = (3.0, 4.0)
    v[:, 0] = np.nan
    found = GapMap(np.array([0.25, 0.75]), (0.0, 5.0, 0.0, 4.0), v, np.zeros_like(v))
    snapshot = with_ladders(plane, found)
    early, late = (compose.charts(snapshot, Look(round=1, charts=("gap_map",), t=t))[0] for t in (0.1, 0.9))
    assert "t = 0.25" in early.title and "t = 0.75" in late.title and early.key != late.key
    where, gap = late.marks
    assert where.values[0].max() == 0.0 and where.values[1:].min() == 1.0  # where there is nothing to compare
    assert gap.values[2, 3] == 1.0 and np.isfinite(gap.values).all() and early.marks[1].values.max() == 0.0
    assert late.choices[-1] == ("gap_map", "Where v is not v*")
    assert compose.charts(plane, Look(round=1, charts=("gap_map",)))[0].empty


def test_charts_survive_what_is_not_finite(plane: Snapshot) -> None:
    view = plane.rounds[1]
    metrics = {**view.figures.single, "straightness": Estimate(float("nan"), None, 10), "crossing": Estimate(0.0)}
    losses = view.losses.copy()
    losses[3:9, 1] = (np.nan, np.inf, -np.inf, 0.0, -1.0, 1e300)
    ladder = {1: Estimate(float("inf"), 0.1, 5), 2: Estimate(0.0, 0.0, 5), 4: Estimate(0.5, None, 5)}
    bad = replace(view, losses=losses, figures=Figures(metrics, {"euler_error": ladder}))
    bad = answering(bad, FLOOR, Estimate(float("nan")))
    for panel in compose.charts(replace(plane, rounds=(plane.rounds[0], bad)), Look(round=1)):
        if panel.bounds is not None:
            assert np.isfinite(panel.bounds).all() and panel.bounds[2] < panel.bounds[3]


def test_an_exact_zero_gets_a_linear_axis(plane: Snapshot) -> None:
    exact = {**plane.rounds[2].figures.single, "straightness": Estimate(0.0)}
    rounds = (*plane.rounds[:2], replace(plane.rounds[2], figures=Figures(exact)))
    chart = compose.charts(replace(plane, rounds=rounds), Look())[1]
    assert not chart.log_y and chart.bounds[2] == 0.0


def test_the_strip_names_every_round(plane: Snapshot) -> None:
    cards = compose.thumbnails(plane, Look())
    assert [title for _, title, _, _ in cards] == ["coupling", "1-rectified", "2-rectified", "training… 38 %"]
    assert [caption for _, _, caption, _ in cards][:3] == ["E|X1−X0|² 343", "S 99.6", "S 0.310"]
    assert compose.progress(plane) == (3, pytest.approx(0.38))
    done = snapshots.snapshot(n=60, training=False)
    assert compose.progress(done) is None
    assert compose.progress(replace(done, phase="measuring", done=0.25)) == (3, 0.25)
    fresh = replace(plane, step=0, phase="paused")
    assert compose.thumbnails(fresh, Look())[3][1] == "not trained yet"
    assert compose.progress(fresh) is None
    again = compose.thumbnails(replace(plane, step=2000), Look())
    assert [panel.key for panel, *_ in again] == [panel.key for panel, *_ in cards]


def test_clouds_are_points_or_histograms() -> None:
    for dim, kind in ((1, Lines), (2, Points), (3, Points)):
        source, target = compose.clouds(snapshots.snapshot(dim=dim, n=60))
        assert source.bounds == target.bounds
        assert (source.marks[0].ink, target.marks[0].ink) == ("source", "target")
        assert isinstance(source.marks[0], kind)


def test_composing_is_pure(plane: Snapshot) -> None:
    before = msgspec.json.encode(plane.spec), plane.rounds[1].found(FLOW).z.copy()
    one, two = (compose.stage(plane, Look(round=1)) for _ in range(2))
    assert [len(panel.marks) for panel in one] == [len(panel.marks) for panel in two]
    assert before[0] == msgspec.json.encode(plane.spec)
    np.testing.assert_array_equal(before[1], plane.rounds[1].found(FLOW).z)


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(13.71, 0.12, 10), "13.7 ± 0.1"),
        (Estimate(343.2, 1.5, 10), "343 ± 2"),
        (Estimate(1.0, 0.096, 10), "1.0 ± 0.1"),
        (Estimate(0.0213, 0.0042, 10), "0.021 ± 0.004"),
        (Estimate(-0.2, 0.01, 10), "−0.20 ± 0.01"),
        (Estimate(2.0, None, 10), "2.00"),
        (Estimate(0.0), "0"),
        (Estimate(float("nan"), 0.1, 5), "not finite"),
    ],
)
def test_figures_carry_their_error(estimate: Estimate, text: str) -> None:
    assert figure(estimate) == text


def test_numbers() -> None:
    shorts = 8.0, 0.25, -3.0, 1e-5, 5.72e-5, 50_000.0, 1 / 3
    assert [short(x) for x in shorts] == ["8", "0.25", "−3", "1·10⁻⁵", "5.72·10⁻⁵", "50\u2009000", "0.3333"]
    assert [number(x) for x in (0.0, 1.5, 1874.0, 2.5e-7)] == ["0", "1.50", "1\u2009874", "2.5·10⁻⁷"]
    assert isinstance(compose.charts(snapshots.snapshot(n=60), Look(round=1))[0].marks[0], Curve)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_the_box_of_the_clouds_is_measured_once_for_a_snapshot(dim: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many views, layers, tools and little pictures ask for it: it was five times a beat."""
    from app.tools.tool import entries

    asked, quantile = [], np.quantile
    monkeypatch.setattr(frame.np, "quantile", lambda *given, **named: asked.append(given) or quantile(*given, **named))
    now = snapshots.snapshot(dim=dim, n=80)
    for kind in kinds("views"):
        compose.stage(now, Look(view=kind, round=1, t=0.3))
    compose.thumbnails(now, Look())
    compose.clouds(now)
    for kind, entry in entries().values():
        tool = kind(**dict(entry.knobs)).suited(now.spec)
        tool.panel(now, Look(), tool.begin(now.spec))
    measured = [given for given in asked if isinstance(given[0], np.ndarray) and given[1] == [0.005, 0.995]]
    assert len(measured) == (3 if dim == 3 else 2), "one for the page, one for space-time, in space one more"


@pytest.mark.parametrize("known", [True, False])
def test_the_optimal_map_stands_beside_the_flow_where_it_is_known(known: bool) -> None:
    """Lines from the same starts to grad phi of them; nothing where no potential tells it, or in the coupling alone."""
    ends = {"source": {"kind": "gaussian"}, "target": {"kind": "gaussian"}}
    map_ = {"kind": "gradient map", "potential": "quartic", "paired": "by the map", "pairs": 500}
    spec = build(ends | ({"coupling": map_} if known else {}))
    snapshot, layer = preview(spec, (PAIRS,)), OptimalMap()
    assert len(snapshot.rounds) == 2 and layer.marks(snapshot, Look(round=0)) == ()
    marks = layer.marks(snapshot, Look(round=1))
    assert bool(marks) == known
    if known:
        lines, crosses = marks
        x0 = pairs(snapshot.rounds[1]).x0[: len(lines.xy)].astype(float)
        there = x0 * (1 + (x0**2).sum(1, keepdims=True) / 4)  # of r²/2 + r⁴/16
        assert np.allclose(lines.xy[:, 0], x0) and np.allclose(crosses.xy, there, rtol=1e-5, atol=1e-5)
        assert np.array_equal(lines.xy[:, 1], crosses.xy) and lines.name == "optimal map"
