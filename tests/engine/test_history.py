"""The history of a loss: bounded, whatever is trained, and cheap to look at."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest

from engine.learning.history import MOST, History


def test_two_million_readings_take_no_more_memory_than_a_few_thousand() -> None:
    """50 million steps: days of training."""
    history, sizes = History(), []
    tracemalloc.start()
    try:
        for k in range(2_000_000):
            history.add(25 * k, 1.0)
            if k in (10_000, 1_999_999):
                sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert len(history) < MOST and sizes[1] - sizes[0] < 20_000
    begun = time.perf_counter()
    for _ in range(100):
        found = history.points
    assert (time.perf_counter() - begun) / 100 < 0.001, "it is copied for each snapshot"
    assert found.shape == (len(history), 2)


@pytest.mark.parametrize("n", [0, 1, 24, MOST - 1, MOST, MOST + 1, 3 * MOST, 40_001])
def test_points_are_the_means_of_all_readings(n: int) -> None:
    readings = np.random.default_rng(n).random(n)
    history = History()
    for k, reading in enumerate(readings):
        history.add(k + 1, reading)
    found = history.points
    each = int(found[0, 0]) if len(found) else 1
    assert len(found) == n // each and len(found) < MOST
    whole = readings[: len(found) * each].reshape(-1, each)
    assert np.array_equal(found[:, 0], each * np.arange(1, len(found) + 1))
    assert np.allclose(found[:, 1], whole.mean(1))
    again = History.restored(history.state())
    for both in (history, again):
        for k in range(7):
            both.add(n + 1 + k, 0.5)
    assert np.array_equal(history.points, again.points)
