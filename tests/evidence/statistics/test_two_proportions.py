"""Two proportions of different parts: published numbers, laws, coverage and size by enumeration."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binom, boschloo_exact

from ontakt.contract import BadValue
from ontakt.evidence.statistics.intervals import Ends, Interval
from ontakt.evidence.statistics.p_value import Alternative
from ontakt.evidence.statistics.two_proportions import Exact, compare_proportions, newcombe

TRUE = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
TESTS: tuple[Exact, ...] = ("boschloo", "barnard", "fisher")
Floats = NDArray[np.float64]
COUNTS = st.tuples(
    st.integers(0, 12), st.integers(1, 12), st.integers(0, 12), st.integers(1, 12)
).filter(lambda c: c[0] <= c[1] and c[2] <= c[3])


def _known(interval: Interval | None) -> Interval:
    assert interval is not None
    return interval


def _p(k1: int, n1: int, k2: int, n2: int, test: Exact = "boschloo") -> float:
    found = compare_proportions(k1, n1, k2, n2, test)
    assert found is not None
    return found.p


def _more(k1: int, n1: int, k2: int, n2: int, test: Exact) -> float:
    found = compare_proportions(k1, n1, k2, n2, test, "greater")
    assert found is not None
    return found.p


def _chances(n1: int, n2: int, p1: float, p2: float) -> Floats:
    """Probability of each pair of counts. Shape (n1 + 1, n2 + 1)."""
    weights: Floats = np.outer(
        binom.pmf(np.arange(n1 + 1), n1, p1), binom.pmf(np.arange(n2 + 1), n2, p2)
    )
    return weights


def test_seventeen_against_fourteen_of_twenty() -> None:
    """The worked case of docs: no test finds a difference there, and they disagree by how much."""
    interval = _known(newcombe(17, 20, 14, 20))
    assert (interval.low, interval.high) == pytest.approx((-0.111062, 0.389752), abs=5e-7)
    ps = [_p(17, 20, 14, 20, test=test) for test in TESTS]
    assert ps == pytest.approx([0.287145, 0.289416, 0.450576], abs=5e-7)


def test_newcombe_s_own_example() -> None:
    """Newcombe (1998), table II, case a: 56/70 against 48/80 gives .0524 to .3339."""
    interval = _known(newcombe(56, 70, 48, 80))
    assert (interval.low, interval.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@pytest.mark.parametrize("test", ["boschloo", "barnard"])
def test_many_parts_are_answered_by_fisher_and_it_says_so(test: Exact) -> None:
    found = compare_proportions(1090, 1100, 1060, 1100, test)
    assert found is not None
    assert found.test == f"fisher, for 1100 and 1100 are many for {test}"
    assert found.p == _p(1090, 1100, 1060, 1100, test="fisher")


@pytest.mark.parametrize(
    ("counts", "p"),
    [((151, 154, 205, 207), 0.571934), ((42, 42, 154, 155), 0.735851), ((0, 1, 1, 3), 0.875)],
)
def test_barnard_finds_the_worst_common_proportion(
    counts: tuple[int, int, int, int], p: float
) -> None:
    """Written out over a fine grid; scipy 1.17 gives .466, .621 and .730 here."""
    k1, n1, k2, n2 = counts
    x1, x2 = np.arange(n1 + 1)[:, None], np.arange(n2 + 1)[None, :]
    together = (x1 + x2) / (n1 + n2)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (x1 / n1 - x2 / n2) / np.sqrt(together * (1 - together) * (1 / n1 + 1 / n2))
    z = np.nan_to_num(np.abs(z))
    extreme = z >= z[k1, k2] * (1 - 1e-9)
    near = np.geomspace(1e-4, 0.5, 500)
    worst = max(
        float((_chances(n1, n2, q, q) * extreme).sum()) for q in np.concatenate([near, 1 - near])
    )
    assert _p(*counts, test="barnard") == pytest.approx(worst, abs=2e-5)
    assert worst == pytest.approx(p, abs=2e-5)


@pytest.mark.parametrize("counts", [(17, 20, 14, 20), (59, 60, 33, 38), (4, 5, 0, 9)])
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_boschloo_is_scipy_s(counts: tuple[int, int, int, int], alternative: Alternative) -> None:
    k1, n1, k2, n2 = counts
    expected = boschloo_exact([[k1, k2], [n1 - k1, n2 - k2]], alternative).pvalue
    found = compare_proportions(*counts, alternative=alternative)
    assert found is not None
    assert found.p == pytest.approx(float(expected), abs=1e-7)


@pytest.mark.parametrize("test", TESTS)
@settings(max_examples=30, deadline=None)
@given(COUNTS)
def test_laws_of_tests(test: Exact, counts: tuple[int, int, int, int]) -> None:
    k1, n1, k2, n2 = counts
    p = _p(*counts, test=test)
    assert 0 < p <= 1
    assert _p(k2, n2, k1, n1, test=test) == pytest.approx(p, abs=1e-6), "which one is the first"
    bad = _p(n1 - k1, n1, n2 - k2, n2, test=test)
    assert bad == pytest.approx(p, abs=1e-6), "which outcome is called good"
    if k1 < n1:
        assert _more(k1 + 1, n1, k2, n2, test) <= _more(*counts, test) + 1e-6, "more speaks for it"


@settings(max_examples=30, deadline=None)
@given(COUNTS)
def test_one_sided_boschloo_finds_what_fisher_finds(counts: tuple[int, int, int, int]) -> None:
    assert _more(*counts, "boschloo") <= _more(*counts, "fisher") + 1e-6


@given(COUNTS, st.floats(0.6, 0.99))
def test_laws_of_the_interval(counts: tuple[int, int, int, int], confidence: float) -> None:
    k1, n1, k2, n2 = counts
    here, there = (
        _known(newcombe(*counts, confidence)),
        _known(newcombe(k2, n2, k1, n1, confidence)),
    )
    assert (here.low, here.high) == pytest.approx((-there.high, -there.low), abs=1e-12)
    assert -1 <= here.low <= k1 / n1 - k2 / n2 <= here.high <= 1
    half = 1 - (1 - confidence) / 2
    sides: tuple[Ends, Ends] = ("lower", "upper")
    lower, upper = (_known(newcombe(*counts, half, side)) for side in sides)
    assert (lower.low, upper.high) == pytest.approx((here.low, here.high), abs=1e-12)
    assert (lower.high, upper.low) == (1, -1)
    assert lower.method == "newcombe, one-sided lower"


@pytest.mark.parametrize(("n1", "n2"), [(10, 10), (30, 50)])
def test_newcombe_covers_on_average_and_nowhere_much_less(n1: int, n2: int) -> None:
    ends = [[_known(newcombe(a, n1, b, n2)) for b in range(n2 + 1)] for a in range(n1 + 1)]
    low = np.array([[one.low for one in row] for row in ends])
    high = np.array([[one.high for one in row] for row in ends])
    coverage = []
    for p1, p2 in product(TRUE, TRUE):
        held = (low <= p1 - p2 + 1e-12) & (p1 - p2 <= high + 1e-12)
        coverage.append(float((_chances(n1, n2, p1, p2) * held).sum()))
    assert min(coverage) > 0.94
    assert 0.95 < np.mean(coverage) < 0.99


def _worst_size(n1: int, n2: int, test: Exact) -> float:
    refused = np.array(
        [[_p(a, n1, b, n2, test=test) <= 0.05 for b in range(n2 + 1)] for a in range(n1 + 1)]
    )
    grid = np.concatenate([np.linspace(0.01, 0.99, 99), [0.995, 0.999]])
    return max(float((_chances(n1, n2, p, p) * refused).sum()) for p in grid)


@pytest.mark.parametrize("test", TESTS)
def test_equal_proportions_are_called_different_no_more_often_than_said(test: Exact) -> None:
    assert _worst_size(11, 8, test) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("test", TESTS)
def test_size_with_more_parts(test: Exact) -> None:
    assert 0.01 < _worst_size(40, 31, test) <= 0.05


def test_nothing_is_known_from_one_side_alone() -> None:
    assert newcombe(3, 4, 0, 0) is newcombe(0, 0, 3, 4) is None
    assert compare_proportions(3, 4, 0, 0) is None


@pytest.mark.parametrize("test", TESTS)
def test_what_is_all_alike_is_no_difference(test: Exact) -> None:
    assert _p(20, 20, 12, 12, test=test) == _p(0, 20, 0, 12, test=test) == 1.0


@pytest.mark.parametrize("counts", [(5, 4, 1, 2), (1, 2, -1, 2), (0, -1, 1, 2)])
def test_impossible_counts_are_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(BadValue, match="0 <= k <= n"):
        compare_proportions(*counts)
    with pytest.raises(BadValue, match="0 <= k <= n"):
        newcombe(*counts)
    with pytest.raises(BadValue, match="between 0 and 1"):
        newcombe(1, 2, 1, 2, confidence=95)
