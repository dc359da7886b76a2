"""Quantiles between order statistics."""

import math
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ontakt.contract import BadValue
from ontakt.evidence.statistics.quantile import quantile_interval


def test_the_median_of_twenty_lies_between_the_sixth_and_the_fifteenth() -> None:
    """As in every table of the sign test: 95.86 %."""
    found = quantile_interval([float(k) for k in range(20, 0, -1)], 0.5)
    assert found is not None
    assert (found.low, found.high) == (6.0, 15.0)


@pytest.mark.parametrize(("n", "known"), [(20, False), (71, False), (72, True)])
def test_a_high_quantile_has_no_upper_end_until_there_are_enough(n: int, known: bool) -> None:
    """0.95 ** n must fall to 0.025: 71.92 values."""
    found = quantile_interval(list(range(n)), 0.95)
    assert found is not None
    assert math.isfinite(found.high) == known == (0.95**n <= 0.025)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60),
    st.sampled_from([0.05, 0.5, 0.9, 0.95]),
    st.sampled_from([0.8, 0.95]),
)
def test_coverage_by_the_binomial_sum(
    values: list[float], quantile: float, confidence: float
) -> None:
    n, ordered = len(values), sorted(values)
    found = quantile_interval(values, quantile, confidence)
    assert found is not None
    terms = [comb(n, k) * quantile**k * (1 - quantile) ** (n - k) for k in range(n + 1)]
    tail = (1 - confidence) / 2
    # the true quantile is below value number r (from 1) with probability P(fewer than r below it)
    low = [r for r in range(1, n + 1) if sum(terms[:r]) <= tail + 1e-12]
    high = [r for r in range(1, n + 1) if sum(terms[r:]) <= tail + 1e-12]
    assert found.low == (ordered[max(low) - 1] if low else -math.inf)
    assert found.high == (ordered[min(high) - 1] if high else math.inf)


def test_without_values_there_is_no_interval() -> None:
    assert quantile_interval([], 0.5) is None
    with pytest.raises(BadValue):
        quantile_interval([1.0], 1.0)
