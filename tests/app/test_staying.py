"""No edit empties the stage: until there is a new picture the one of before stays, dimmed, with what is being done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QSize

from app.canvas.still import image, thumbnail
from app.scene import compose, staying
from app.scene.look import Look
from app.scene.marks import Lines, Panel, Points
from app.scene.staying import GRACE, Stays
from app.theme import load
from app.views.marginals import LAWS
from engine.evidence.figures import Figures
from engine.registry import kinds
from engine.snapshot import Answer, Snapshot
from tests.app import snapshots
from tests.app.snapshots import answering
from tests.app.test_marginals import made as laws

VIEWS = tuple(kinds("views"))


def full(dim: int = 2, **fields: object) -> Snapshot:
    """Everything that a view may need, of every round."""
    made = snapshots.snapshot(dim=dim, n=200, **fields)
    return replace(made, rounds=tuple(answering(view, LAWS, laws(dim)) for view in made.rounds))


def matching(dim: int = 2, done: float = 0.37) -> Snapshot:
    """While the points of an optimal coupling are matched: nothing is known."""
    made = snapshots.empty(dim)
    optimal = msgspec.structs.replace(made.spec, coupling=kinds("couplings")["optimal"]())
    return replace(made, spec=optimal, phase="sampling", done=done, request=2)


def waiting_for_a_flow(snapshot: Snapshot) -> Snapshot:
    """The same ends under another velocity: pairs, and no answer of the flow yet."""
    first, second = snapshot.rounds[:2]
    return replace(
        snapshot,
        rounds=(first, replace(second, answers=second.answers[:2], finished=False)),
        phase="measuring",
        request=2,
    )


def drawn(panel: Panel) -> int:
    """How many places its marks have."""
    return sum(np.asarray(mark.xy).size for mark in panel.marks if isinstance(mark, Points | Lines))


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("kind", VIEWS)
def test_what_waits_shows_the_picture_of_before_and_says_how_far_the_new_one_is(kind: str, dim: int) -> None:
    look = Look(view=kind, round=2)
    stays, before = staying.stage(Stays(), full(dim), look, 10.0)
    if any(panel.empty for panel in before):
        pytest.skip("the hand-made snapshot has no answer for this view")
    assert not any(panel.stale for panel in before)
    stays, at_once = staying.stage(stays, matching(dim), Look(view=kind), 11.0)
    assert [p.key for p in at_once] == [p.key for p in before], "a short wait is not told: it would flicker"
    stays, told = staying.stage(stays, matching(dim), Look(view=kind), 11.0 + GRACE)
    for old, panel in zip(before, told, strict=True):
        assert panel.marks and panel.bounds == old.bounds and not panel.empty
        assert "of before" in panel.stale and "Matching the points… 37 %" in panel.stale
        assert panel.key != old.key, "it is painted anew, dimmed"
    stays, again = staying.stage(stays, full(dim), look, 12.0)
    assert [p.key for p in again] == [p.key for p in before] and stays.since is None


@pytest.mark.parametrize("kind", VIEWS)
def test_with_nothing_before_it_says_what_it_waits_for(kind: str) -> None:
    stays, panels = staying.stage(Stays(), matching(), Look(view=kind), 0.0)
    stays, panels = staying.stage(stays, matching(), Look(view=kind), 9.0)
    assert all("Matching the points… 37 %" in panel.empty and not panel.stale for panel in panels)


@pytest.mark.parametrize(("old", "new"), [(1, 2), (2, 1), (3, 1)])
def test_a_panel_that_stands_elsewhere_in_another_dimension_stays(old: int, new: int) -> None:
    """The plan has one panel more on the line; its costs are no figures of a net that has only begun to learn."""
    look = Look(view="plan")
    stays, before = staying.stage(Stays(), full(old), look, 0.0)
    bare = tuple(replace(view, figures=Figures()) for view in full(new).rounds)
    _, panels = staying.stage(stays, replace(full(new), rounds=bare), look, 0.1)
    assert len(panels) != len(before) and panels[-1].title == before[-1].title == "Cost by round"
    assert panels[-1].key == before[-1].key and panels[-1].marks
    for _ in range(3):  # whatever took its place meanwhile
        stays, panels = staying.stage(stays, replace(full(new), rounds=bare), look, 0.2)
    assert panels[-1].key == before[-1].key and len(stays.named) <= staying.NAMED


def test_a_flow_that_is_missing_leaves_the_new_pairs_alone() -> None:
    look, now = Look(view="crossings", round=1), full()
    stays, before = staying.stage(Stays(), now, look, 0.0)
    stays, _ = staying.stage(stays, waiting_for_a_flow(now), look, 1.0)
    stays, (left, right) = staying.stage(stays, waiting_for_a_flow(now), look, 2.0)
    assert not left.stale and left.key == before[0].key
    assert right.stale and drawn(right) == drawn(before[1])


def test_other_ends_are_shown_rather_than_the_flow_of_those_before() -> None:
    look, now = Look(view="crossings", round=1), full()
    stays, _ = staying.stage(Stays(), now, look, 0.0)
    moved = waiting_for_a_flow(now)
    moved = replace(moved, source=moved.source + 40, target=moved.target + 40)
    stays, (_, right) = staying.stage(stays, moved, look, 1.0)
    assert not right.empty and right.bounds == compose.stage(now, look)[1].bounds, "at first the picture of before"
    for later in (2.0, 2.1, 2.2):
        stays, (_, right) = staying.stage(stays, moved, look, later)
        assert right.empty and not right.stale and right.marks, "the new clouds, and what is to come, and no way back"


def test_a_few_points_of_a_matching_say_so() -> None:
    now = full()
    few = replace(now, phase="sampling", rounds=(replace(now.rounds[0], sketch=(256, 8192)),))
    _, (left, _) = staying.stage(Stays(), few, Look(), 0.0)
    assert left.caption.endswith("\n256 of 8\u2009192 points so far") and drawn(left)
    assert "so far" not in staying.stage(Stays(), now, Look(), 0.0)[1][0].caption


def test_the_coupling_alone_waits_for_no_flow() -> None:
    now = full()
    stays, _ = staying.stage(Stays(), now, Look(round=1), 0.0)
    stays, _ = staying.stage(stays, now, Look(round=0), 1.0)
    _, (_, right) = staying.stage(stays, now, Look(round=0), 2.0)
    assert "Pick a later round" in right.empty and not right.stale


def test_particles_of_the_picture_of_before_follow_t() -> None:
    stays, _ = staying.stage(Stays(), full(), Look(round=2, t=0.2), 0.0)
    moving: Callable[[Panel], np.ndarray] = lambda p: next(  # noqa: E731
        m.xy for m in p.marks if isinstance(m, Points) and m.moving
    )
    seen = [staying.stage(stays, matching(), Look(t=t), 9.0)[1] for t in (0.2, 0.8)]
    for one, two in zip(*seen, strict=True):
        assert not np.allclose(moving(one), moving(two))


@pytest.mark.parametrize("kind", VIEWS)
def test_a_snapshot_of_the_experiment_before_is_not_passed_off_as_the_new_one(kind: str) -> None:
    """The cards have changed and the engine has not answered yet: a slow file, an import, a long step."""
    look = Look(view=kind, round=2)
    stays, _ = staying.stage(Stays(), full(), look, 0.0)
    stays, quick = staying.stage(stays, full(), look, 1.0, behind=1.0)
    stays, slow = staying.stage(stays, full(), look, 1.0 + GRACE, behind=1.0)
    assert not any(panel.stale for panel in quick) and all(staying.AHEAD in panel.stale for panel in slow)


def test_an_answer_that_training_has_overtaken_is_not_dimmed() -> None:
    now = full()
    old = tuple(replace(v, answers=tuple(Answer(a.probe, a.value, fresh=False) for a in v.answers)) for v in now.rounds)
    for kind in VIEWS:
        stays = Stays()
        for seconds in (0.0, 1.0, 2.0):
            stays, panels = staying.stage(stays, replace(now, rounds=old), Look(view=kind, round=2), seconds)
        assert not any(panel.stale for panel in panels)


def test_little_pictures_stay_too() -> None:
    stays, _ = staying.stage(Stays(), full(), Look(), 0.0)
    cards = staying.thumbnails(stays, full(), Look())
    stays, _ = staying.stage(stays, matching(), Look(), 1.0)
    after = staying.thumbnails(stays, matching(), Look())
    assert [card[1:] for card in after] == [tuple(card[1:]) for card in compose.thumbnails(full(), Look())]
    assert len(after) == len(cards) and all(panel.stale and panel.marks for panel, *_ in after)
    assert all(cloud.stale and cloud.marks for cloud in staying.clouds(stays, matching()))
    assert not any(cloud.stale for cloud in staying.clouds(stays, full()))
    with_new = replace(full(rounds=1), request=3)
    stays, _ = staying.stage(stays, with_new, Look(), 2.0)
    assert not any(panel.stale for panel, *_ in staying.thumbnails(stays, with_new, Look()))


def test_charts_stay_until_there_is_something_new() -> None:
    """Dimmed while the new round has no reading; what is so for good takes their place."""
    look, now = Look(round=2), full()
    stays, before = staying.charts(Stays(), now, look, 0.0)
    assert not any(panel.stale or panel.empty for panel in before)
    fresh = replace(snapshots.empty(), phase="training")
    stays, quick = staying.charts(stays, fresh, Look(), 1.0)
    assert [panel.key for panel in quick] == [panel.key for panel in before], "a short wait would flicker"
    stays, after = staying.charts(stays, fresh, Look(), 1.0 + GRACE)
    for old, panel in zip(before, after, strict=True):
        assert (
            panel.stale
            and panel.caption == "of before"
            and panel.marks
            and panel.bounds == old.bounds
            and panel.choices
            and panel.key != old.key
        )
    exact = msgspec.structs.replace(fresh.spec, velocity=kinds("velocities")["exact"]())
    stays, (loss, *_) = staying.charts(stays, replace(fresh, spec=exact), Look(), 2.0)
    assert loss.empty == "nothing to train" and not loss.marks
    stays, again = staying.charts(stays, now, look, 3.0)
    assert stays.bare is None
    assert [panel.key for panel in again] == [panel.key for panel in before]


@pytest.mark.parametrize("space", ["plane", "chart"])
@pytest.mark.parametrize("theme", ["dark", "light", "projector"])
def test_the_painter_dims_it_and_says_so_in_a_corner(qapp, space: str, theme: str) -> None:
    """On screen, in stills and in thumbnails; the words stand in the upper left, and the marks keep half their
    contrast at most."""
    marks = (Lines(np.array([[[0.0, 5.0], [10.0, 5.0]]]), "text", width=8.0),)
    panel = Panel("", space, marks, (0.0, 10.0, 0.0, 10.0), equal=False)
    old = replace(panel, stale="Picture of before. Matching the points… 37 %")
    size, dress = QSize(500, 400), load(theme)

    def away(picture: object, rows: slice, columns: slice) -> np.ndarray:
        pixels = picture.convertToFormat(picture.Format.Format_RGB32)
        raw = np.array(pixels.constBits()).reshape(pixels.height(), pixels.width(), 4)[..., :3].astype(int)
        return np.abs(raw - raw[2, 2]).sum(-1)[rows, columns]

    middle = slice(150, 250), slice(200, 300)
    bright, dim = (image([p], size, dress) for p in (panel, old))
    assert 0.1 < away(dim, *middle).max() / away(bright, *middle).max() < 0.5
    silent = image([replace(panel, stale=" ")], size, dress)
    words = away(dim, slice(0, 400), slice(0, 500)) != away(silent, slice(0, 400), slice(0, 500))
    assert words.sum() > 300 and not words[180:].any(), "in the upper corner, for sentences float over the lower side"
    little = [thumbnail(p, dress, 120, 90).toImage() for p in (panel, old)]
    whole = slice(20, 70), slice(20, 100)
    assert away(little[1], *whole).max() < 0.6 * away(little[0], *whole).max()
