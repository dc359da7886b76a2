"""Intervals by drawing cycles anew."""

import numpy as np
import pytest

from ontakt.contract import BadValue
from ontakt.evidence.statistics.bootstrap import LEAST, ratio_interval


def test_the_same_seed_gives_the_same_interval() -> None:
    parts, wholes = [float(k % 5) for k in range(20)], [10.0 + k % 3 for k in range(20)]
    assert ratio_interval(parts, wholes, 4) == ratio_interval(parts, wholes, 4)
    assert ratio_interval(parts, wholes, 4) != ratio_interval(parts, wholes, 5)


def test_few_cycles_say_nothing() -> None:
    assert ratio_interval([1.0] * (LEAST - 1), [2.0] * (LEAST - 1), 0) is None
    assert ratio_interval([1.0] * LEAST + [0.0], [2.0] * (LEAST - 1) + [0.0, 0.0], 0) is None
    assert ratio_interval([], [], 0) is None


def test_cycles_that_are_all_alike_leave_nothing_open() -> None:
    found = ratio_interval([3.0] * 12, [4.0] * 12, 0)
    assert found is not None
    assert found.low == found.high == 0.75


def test_it_covers_the_true_ratio_about_as_often_as_it_says() -> None:
    chance = np.random.default_rng(1)
    hits = 0
    for trial in range(150):
        wholes = chance.uniform(50, 150, 30)
        parts = wholes * chance.uniform(0.0, 0.6, 30)
        found = ratio_interval(list(parts), list(wholes), trial)
        assert found is not None
        hits += found.low <= 0.3 <= found.high
    assert 0.89 <= hits / 150 <= 0.99


def test_parts_without_their_wholes_are_refused() -> None:
    with pytest.raises(BadValue):
        ratio_interval([1.0], [], 0)
