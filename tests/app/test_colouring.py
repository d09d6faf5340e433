"""One particle has one colour, wherever it is drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.scene import compose
from app.scene.colouring import WAYS, Plain, Shades, coloured
from app.scene.known import PAIRS
from app.scene.look import Look
from app.scene.marks import Lines, Points
from engine.probes.pairs import Ends
from tests.app.snapshots import answering, snapshot

COLOURS = list(WAYS)


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("colour", COLOURS)
def test_a_particle_has_one_colour_on_its_line_its_trajectory_and_itself(dim: int, colour: str) -> None:
    scene, look = snapshot(dim), Look(colour=colour, round=1, lines=40)
    panels = compose.stage(scene, look)
    found = [m for p in panels for m in p.marks if isinstance(m, Lines) and len(m.xy) == 40]
    found += [m for p in panels for m in p.marks if isinstance(m, Points) and m.ink == "particle" and len(m.xy) == 40]
    assert len(found) == 4
    expected = coloured(scene, scene.rounds[1], colour).first(40)
    for mark in found:
        if not expected:
            assert mark.shade is None
        else:
            assert np.array_equal(mark.shade, expected["shade"]) and mark.palette == expected["palette"]
    little = compose.thumbnails(scene, look)[1][0].marks[0]
    assert (little.shade is None) == (not expected)
    if expected:
        assert np.array_equal(little.shade[:40], expected["shade"])


def ends(x0: list, x1: list, **classes: object) -> Ends:
    return Ends(np.array(x0, np.float32), np.array(x1, np.float32), **classes)


def tint(found: Ends, colour: str, dim: int = 2) -> Shades | Plain:
    scene = snapshot(dim)
    scene = replace(scene, source=found.x0, target=found.x1)
    return coloured(scene, answering(scene.rounds[1], PAIRS, found), colour)


def test_the_start_is_told_by_mode_where_there_are_few_else_by_the_place() -> None:
    x0 = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]
    x1 = [[5.0, 0.0], [6.0, 0.0], [7.0, 0.0], [8.0, 0.0]]
    assert np.allclose(tint(ends(x0, x1), "start").shade, [0.0, 0.25, 0.5, 0.75])
    label = np.array([0, 1, 1, 0])
    by_mode = tint(ends(x0, x1, class0=label, of=(2, 0)), "start")
    assert by_mode.palette == "classes" and len(set(by_mode.shade[label == 0])) == 1
    assert by_mode.shade[0] != by_mode.shade[1]
    assert tint(ends(x0, x1, class0=np.arange(4), of=(9, 0)), "start").palette == "wheel"


def test_on_the_line_the_place_is_its_rank() -> None:
    found = tint(ends([[3.0], [1.0], [2.0]], [[0.0], [0.0], [0.0]]), "start", 1)
    assert found.palette == "ramp" and list(np.argsort(found.shade)) == [1, 2, 0]


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_of_one_point_the_partner_is_told_and_of_two_nothing(dim: int) -> None:
    one, many = [[0.5] * dim] * 4, [[float(k)] * dim for k in range(4)]
    assert np.array_equal(tint(ends(one, many), "start", dim).shade, tint(ends(one, many), "partner", dim).shade)
    assert tint(ends(one, one), "start", dim) == Plain()
    assert len(tint(ends(one, one), "speed", dim).shade) == 4


def test_the_class_is_that_of_the_end_or_else_of_the_start() -> None:
    x = [[0.0, 0.0], [1.0, 1.0]]
    a, b = np.array([0, 1]), np.array([1, 0])
    assert tint(ends(x, x, class0=a, class1=b, of=(2, 2)), "class").shade[0] > 0.1
    assert tint(ends(x, x, class0=a, of=(2, 0)), "class").shade[0] < 0.1
    assert tint(ends(x, x), "class") == Plain()


def test_more_particles_than_pairs_have_a_colour_too() -> None:
    found = Shades(np.array([0.1, 0.9]), "ramp")
    assert list(found.first(4)["shade"]) == [0.1, 0.9, 0.5, 0.5]
    assert list(found.first(3, 2)["shade"]) == [0.5]
    assert len(found.first(0, 0)["shade"]) == 0
