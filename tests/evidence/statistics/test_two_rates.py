"""Two rates: published numbers, agreement of test and interval, size and coverage."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from ontakt.contract import BadValue
from ontakt.evidence.statistics.intervals import Ends, Interval
from ontakt.evidence.statistics.p_value import Alternative
from ontakt.evidence.statistics.two_rates import RateTest, compare_rates, rate_ratio

TESTS: tuple[RateTest, ...] = ("conditional", "e-test")
EVENTS, HOURS = st.integers(0, 60), st.floats(0.5, 500)


def _known(interval: Interval | None) -> Interval:
    assert interval is not None
    return interval


def _p(
    x1: int,
    t1: float,
    x2: int,
    t2: float,
    test: RateTest = "conditional",
    alternative: Alternative = "two-sided",
) -> float:
    found = compare_rates(x1, t1, x2, t2, test, alternative)
    assert found is not None
    return found.p


def test_twelve_against_four_in_a_hundred_hours_each() -> None:
    """Two tests of one hypothesis lie on both sides of .05: that is why a result names its test."""
    assert _p(12, 100, 4, 100) == pytest.approx(0.0768, abs=5e-5)
    assert _p(12, 100, 4, 100, "e-test") == pytest.approx(0.0460, abs=5e-5)
    names = [found.test for test in TESTS if (found := compare_rates(12, 100, 4, 100, test))]
    assert names == ["conditional binomial", "poisson e-test"]


def test_the_ratio_of_twelve_to_four() -> None:
    """Clopper-Pearson of 12/16 is .476228 to .927338, by its odds."""
    found = _known(rate_ratio(12, 100, 4, 100))
    assert (found.low, found.high) == pytest.approx(
        (0.476228 / 0.523772, 0.927338 / 0.072662), rel=2e-5
    )
    assert found.method == "conditional clopper-pearson"


@given(EVENTS, HOURS, EVENTS, HOURS)
def test_laws_of_the_ratio(x1: int, t1: float, x2: int, t2: float) -> None:
    here, there = rate_ratio(x1, t1, x2, t2), rate_ratio(x2, t2, x1, t1)
    if x1 + x2 == 0:
        assert here is there is None
        return
    here, there = _known(here), _known(there)
    assert here.low == pytest.approx(1 / there.high if there.high else math.inf, rel=1e-9)
    assert here.low <= (x1 / t1) / (x2 / t2) <= here.high if x2 else here.high == math.inf
    minutes = _known(rate_ratio(x1, 60 * t1, x2, 60 * t2))
    assert (minutes.low, minutes.high) == pytest.approx((here.low, here.high), rel=1e-9)


@given(EVENTS, HOURS, EVENTS, HOURS)
def test_laws_of_the_test(x1: int, t1: float, x2: int, t2: float) -> None:
    p = _p(x1, t1, x2, t2)
    assert 0 < p <= 1
    assert _p(x2, t2, x1, t1) == pytest.approx(p)
    more = _p(x1, t1, x2, t2, alternative="greater")
    assert _p(x2, t2, x1, t1, alternative="less") == pytest.approx(more)
    assert _p(x1 + 1, t1, x2, t2, alternative="greater") <= more + 1e-12
    if x1 + x2 and abs(more - 0.05) > 1e-9:
        low = _known(rate_ratio(x1, t1, x2, t2, side="lower")).low
        assert (low > 1) == (more < 0.05), "the one-sided bound and the test are one"


@pytest.mark.parametrize(("side", "ends"), [("lower", (0.0, math.inf)), ("upper", (0.0, 1.0))])
def test_one_sided_ends(side: Ends, ends: tuple[float, float]) -> None:
    found = _known(rate_ratio(3, 10, 5, 10, side=side))
    assert (found.high == math.inf) == (side == "lower")
    assert (found.low == 0) == (side == "upper")
    assert found.method.endswith(f"one-sided {side}")


@pytest.mark.parametrize(("test", "size"), [("conditional", 0.05), ("e-test", 0.056)])
@pytest.mark.parametrize("longer", [1.0, 3.0])
def test_equal_rates_are_called_different_no_more_often_than_said(
    test: RateTest, size: float, longer: float
) -> None:
    """By enumeration; the E-test is a little too generous (.0545 here)."""
    most = 22
    refused = np.array(
        [
            [_p(a, 1.0, b, longer, test) <= 0.05 for b in range(round(most * longer))]
            for a in range(most)
        ]
    )
    for rate in (0.3, 1.0, 2.0, 4.0, 7.0):
        weights = np.outer(
            poisson.pmf(np.arange(most), rate),
            poisson.pmf(np.arange(round(most * longer)), rate * longer),
        )
        assert (weights * refused).sum() <= size


def test_the_ratio_is_covered() -> None:
    """By enumeration; no event at all is counted as covered, for it says nothing."""
    most = 40
    ends = [[rate_ratio(a, 1.0, b, 2.0) for b in range(most)] for a in range(most)]
    low = np.array([[one.low if one else 0.0 for one in row] for row in ends])
    high = np.array([[one.high if one else math.inf for one in row] for row in ends])
    for rate1, rate2 in [(0.2, 0.1), (1, 1), (1, 5), (6, 1), (10, 8)]:
        weights = np.outer(
            poisson.pmf(np.arange(most), rate1), poisson.pmf(np.arange(most), 2 * rate2)
        )
        held = (low <= rate1 / rate2) & (rate1 / rate2 <= high)
        assert (weights * held).sum() >= 0.95 - 1e-5


def test_without_exposure_or_events_little_is_said() -> None:
    assert compare_rates(0, 0.0, 3, 10.0) is None
    assert rate_ratio(0, 0.0, 3, 10.0) is None
    assert rate_ratio(0, 5.0, 0, 10.0) is None
    assert [_p(0, 5.0, 0, 10.0, test) for test in TESTS] == [1.0, 1.0]


@pytest.mark.parametrize("bad", [(-1, 2.0), (1, -2.0), (1, 0.0), (1, math.inf), (0, math.nan)])
def test_impossible_events_are_refused(bad: tuple[int, float]) -> None:
    with pytest.raises(BadValue):
        compare_rates(*bad, 1, 1.0)
    with pytest.raises(BadValue):
        rate_ratio(1, 1.0, *bad)
