"""Proportions that only fall, where they cross, whether they fall at all, and two means."""

import numpy as np
import pytest
from scipy.optimize import isotonic_regression

from ontakt.contract import BadValue
from ontakt.evidence.statistics.isotonic import crossing, falling
from ontakt.evidence.statistics.trend import falling_trend
from ontakt.evidence.statistics.two_means import mean_difference


def test_the_fit_is_that_of_isotonic_regression() -> None:
    chance = np.random.default_rng(2)
    for _ in range(50):
        n = chance.integers(1, 40, 7)
        good = chance.binomial(n, np.linspace(0.95, 0.2, 7))
        theirs = isotonic_regression(good / n, weights=n, increasing=False).x
        assert falling(good.tolist(), n.tolist()) == pytest.approx(theirs)


def test_a_crossing_is_linear_between_rungs() -> None:
    assert crossing([0, 2, 4], [1.0, 0.9, 0.5], 0.7) == pytest.approx(3.0)
    assert crossing([0.8, 0.4, 0.0], [1.0, 1.0, 0.0], 0.5) == pytest.approx(0.2)
    assert crossing([0, 2, 4], [0.6, 0.5, 0.4], 0.7) is None
    assert crossing([0, 2, 4], [0.9, 0.8, 0.7], 0.7) is None
    with pytest.raises(BadValue, match="on every rung"):
        falling([1, 0], [2, 0])


def test_a_trend_is_seen_and_none_is_not() -> None:
    falls = falling_trend([30, 28, 20, 6], [30] * 4, 1)
    assert falls is not None
    assert falls.p < 0.001
    rises = falling_trend([6, 20, 28, 30], [30] * 4, 1)
    assert rises is not None
    assert rises.p > 0.99
    alike = falling_trend([30] * 4, [30] * 4, 1)
    assert alike is not None
    assert alike.p == 1.0
    assert falling_trend([3], [4], 1) is None


def test_a_trend_of_two_rungs_is_fishers_test() -> None:
    """Given all totals, two rungs leave one count free: the hypergeometric tail."""
    found = falling_trend([9, 4], [10, 10], 7)
    assert found is not None
    assert found.p == pytest.approx(0.0286, abs=0.006)  # scipy.stats.fisher_exact, greater


def test_two_means_far_apart_and_too_few() -> None:
    chance = np.random.default_rng(1)
    slow, quick = chance.normal(20, 2, 60), chance.normal(12, 2, 40)
    between = mean_difference(slow.tolist(), quick.tolist(), 5)
    assert between is not None
    assert between.low < 8 < between.high
    assert between.high - between.low < 2.5
    assert between == mean_difference(slow.tolist(), quick.tolist(), 5)
    assert mean_difference([1.0] * 7, [1.0] * 9, 5) is None
