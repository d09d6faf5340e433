"""The marginals view: its marks on a hand-made answer, and the window that shows it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.scene import compose
from app.scene.look import Look
from app.scene.marks import Curve, Raster
from app.views.marginals import LAWS
from engine.probes.marginals import Laws
from engine.snapshot import Answer, Snapshot
from tests.app import snapshots
from tests.app.snapshots import answering


def made(dim: int) -> Laws:
    """Two times; at the second one the flow has moved all mass of the left half to the right."""
    shape = (1, 4) if dim == 1 else (2, 4)
    x = np.full((2, *shape), 0.25, np.float32)
    z = x.copy()
    z[1, :, :2], z[1, :, 2:] = 0.0, 0.5
    bounds = (0.0, 4.0, 0.0, 1.0) if dim == 1 else (0.0, 4.0, 0.0, 2.0)
    gap, null = np.array([[0.1, 2.0], [0.01, 0.1]]), np.array([[0.1, 0.1], [0.02, 0.02]])
    exact = x if dim == 1 else None
    return Laws(np.array([0.0, 1.0]), bounds, x, z, exact, np.array([0.0, 1.0]), gap, null, 512, 16384, 4096)


def shown(dim: int) -> Snapshot:
    plain = snapshots.snapshot(dim=dim, n=60)
    view = answering(plain.rounds[1], LAWS, made(dim))
    return replace(plain, rounds=(plain.rounds[0], view, *plain.rounds[2:]))


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_the_difference_tells_where_the_flow_has_more(dim: int) -> None:
    early, late = (compose.stage(shown(dim), Look(view="marginals", round=1, t=t)) for t in (0.1, 0.9))
    assert [len(panels) for panels in (early, late)] == [4, 4] and "t = 1.00" in late[0].title
    if dim == 1:
        (away,) = [mark for mark in late[2].marks if isinstance(mark, Curve) and mark.ink == "good"]
        np.testing.assert_allclose(away.xy, [(0.5, -0.25), (1.5, -0.25), (2.5, 0.25), (3.5, 0.25)])
        assert [mark.name for mark in late[0].marks] == ["pairs", "closed form"]
    else:
        (away,) = late[2].marks
        assert isinstance(away, Raster) and (away.ink, away.ink_low) == ("warning", "source")
        assert away.values[0].tolist() == [-1, -1, 1, 1] and not early[2].marks[0].values.any()
        assert ("page of x and y" in late[0].caption) == (dim == 3)


def test_the_gap_stands_in_its_null_band() -> None:
    panel = compose.stage(shown(2), Look(view="marginals", round=1, t=0.3))[3]
    high, low, gap, now = panel.marks
    np.testing.assert_allclose(high.xy[:, 1], [0.14, 0.14])
    np.testing.assert_allclose(low.xy[:, 1], [0.06, 0.06])
    np.testing.assert_allclose(gap.xy, [(0, 0.1), (1, 2.0)])
    np.testing.assert_allclose(gap.error, [0.01, 0.1])
    assert now.moving and now.xy[:, 0].tolist() == [0.3, 0.3] and panel.bounds[3] > 2.1
    assert panel.caption == "sliced W2, n = 512"


def test_what_there_is_to_say_before_there_is_an_answer() -> None:
    plain = snapshots.snapshot(n=60)
    panels = compose.stage(plain, Look(view="marginals", round=1))
    assert len(panels) == 4 and {panel.empty for panel in panels} == {"Comparing the laws…"}
    assert "coupling alone" in compose.stage(plain, Look(view="marginals", round=0))[0].empty
    failed = replace(plain.rounds[1], answers=(*plain.rounds[1].answers, Answer(LAWS, None, True, "no room")))
    told = compose.stage(replace(plain, rounds=(plain.rounds[0], failed)), Look(view="marginals", round=1))
    assert {panel.empty for panel in told} == {"no room"}
    assert compose.stage(snapshots.empty(), Look(view="marginals"))[0].empty


def test_it_asks_for_the_laws_and_for_nothing_that_only_crossings_need() -> None:
    asked = compose.needs(Look(view="marginals"))
    assert LAWS in asked and not any(probe.kind == "page crossings" for probe in asked)
    assert LAWS not in compose.needs(Look())
