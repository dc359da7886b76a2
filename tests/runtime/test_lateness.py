"""The histogram of lateness, against all values kept."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.runtime.lateness import Lateness

SECONDS = st.one_of(st.floats(0, 1e-5), st.floats(0, 0.05), st.floats(0, 60))


def _filled(values: list[float], limit: float = 0.003) -> Lateness:
    lateness = Lateness(limit)
    for value in values:
        lateness.add(value)
    return lateness


@given(st.lists(SECONDS, min_size=1, max_size=200), st.floats(0, 1))
def test_a_quantile_is_never_below_the_true_one_and_at_most_a_step_above(
    values: list[float], share: float
) -> None:
    true = sorted(values)[max(1, math.ceil(share * len(values) - 1e-9)) - 1]
    told = _filled(values).quantile(share)
    assert true - 2e-9 <= told <= true * (1 + 1 / 32) + 34e-9


@given(st.lists(SECONDS, min_size=1, max_size=100), st.floats(1e-6, 0.1))
def test_count_greatest_and_those_over_the_limit_are_exact(
    values: list[float], limit: float
) -> None:
    figures = _filled(values, limit).read()
    assert figures.ticks == len(values)
    assert figures.max == max(values)
    assert figures.over == sum(value > limit for value in values)
    assert figures.limit == limit
    assert figures.p50 <= figures.p95 <= figures.p99 <= figures.max


def test_without_ticks_nothing_is_known() -> None:
    figures = Lateness().read()
    assert (figures.ticks, figures.over) == (0, 0)
    assert all(math.isnan(q) for q in (figures.p50, figures.p95, figures.p99, figures.max))


def test_what_is_beyond_the_table_counts_at_its_end() -> None:
    lateness = _filled([0.001] * 98 + [1000.0, 5000.0])
    assert lateness.quantile(0.5) == pytest.approx(0.001, rel=1 / 32)
    assert 60 < lateness.quantile(1.0) <= lateness.read().max == 5000.0
