"""Whether shifts were alike: size and power where failures are few, and which interval follows."""

from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from ontakt.contract import BadValue
from ontakt.evidence.statistics.clustering import proportion_by_shift
from ontakt.evidence.statistics.homogeneity import (
    POOL,
    homogeneity,
    pooled_or_by_shift,
    rate_homogeneity,
    rate_pooled_or_by_shift,
)
from ontakt.evidence.statistics.intervals import clopper_pearson, poisson_rate
from ontakt.evidence.statistics.p_value import PValue

FOUR = [(128, 142), (131, 142), (120, 142), (135, 142)]
SHIFT = st.tuples(st.integers(0, 30), st.integers(1, 30)).filter(lambda s: s[0] <= s[1])
SHIFTS = st.lists(SHIFT, min_size=2, max_size=6)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer draws a test, where many tests are made: still exact, a little less powerful."""
    monkeypatch.setattr("ontakt.evidence.statistics.homogeneity.DRAWS", 799)


def _known(found: PValue | None) -> PValue:
    assert found is not None
    return found


def test_four_shifts_that_differ() -> None:
    found = _known(homogeneity(FOUR, 0))
    assert found.statistic == pytest.approx(9.9046, abs=5e-5)
    assert found.p == pytest.approx(0.0194, abs=5e-5)
    assert found.test == "chi-square"
    table = np.array([[k, n - k] for k, n in FOUR])
    assert found.p == pytest.approx(chi2_contingency(table, correction=False).pvalue)


def test_few_failures_are_judged_by_drawn_tables() -> None:
    """Three failures, all in one of three shifts of 10, by enumeration."""
    found = _known(homogeneity([(10, 10), (7, 10), (10, 10)], 1))
    assert found.test == "chi-square, drawn"
    exact = 3 * comb(10, 3) / comb(30, 3)
    assert found.p == pytest.approx(exact, abs=4 * (exact / 9999) ** 0.5)


def test_rates_by_enumeration() -> None:
    """Four events, all in the shortest of three shifts."""
    seen, shares = (0, 4, 0), (0.4, 0.2, 0.4)

    def far(counts: tuple[int, ...]) -> float:
        return sum((x - 4 * q) ** 2 / (4 * q) for x, q in zip(counts, shares, strict=True))

    exact = 0.0
    for a, b in product(range(5), repeat=2):
        counts = (a, b, 4 - a - b)
        if counts[2] >= 0 and far(counts) >= far(seen) - 1e-9:
            exact += comb(4, a) * comb(4 - a, b) * 0.4**a * 0.2**b * 0.4 ** counts[2]
    found = _known(rate_homogeneity([(0, 8.0), (4, 4.0), (0, 8.0)], 0))
    assert found.p == pytest.approx(exact, abs=4 * (exact / 9999) ** 0.5)
    many = _known(rate_homogeneity([(80, 8.0), (100, 8.0), (44, 4.0)], 0))
    assert many.test == "chi-square"
    assert many.statistic == pytest.approx(80**2 / 89.6 + 100**2 / 89.6 + 44**2 / 44.8 - 224)


@settings(max_examples=25, deadline=None)
@given(SHIFTS, st.integers(0, 9), st.randoms())
def test_laws(counts: list[tuple[int, int]], seed: int, chance: object) -> None:
    here = _known(homogeneity(counts, seed))
    assert 0 < here.p <= 1
    assert homogeneity(counts[::-1], seed) == here, "the order of shifts"
    assert homogeneity([*counts, (0, 0)], seed) == here, "a shift without a cycle"
    bad = _known(homogeneity([(n - k, n) for k, n in counts], seed))
    assert bad.p == pytest.approx(here.p, abs=0.03), "which outcome is called good"
    assert bad.statistic == pytest.approx(here.statistic, abs=1e-9)
    rates = [(k, float(n)) for k, n in counts]
    assert rate_homogeneity(rates, seed) == rate_homogeneity(rates[::-1], seed)


def test_nothing_to_compare() -> None:
    assert (
        homogeneity([(9, 10)], 0) is homogeneity([], 0) is homogeneity([(9, 10), (0, 0)], 0) is None
    )
    assert rate_homogeneity([(1, 8.0)], 0) is None
    assert _known(homogeneity([(10, 10), (5, 5)], 0)).p == 1.0
    assert _known(homogeneity([(0, 10), (0, 5)], 0)).p == 1.0
    assert _known(rate_homogeneity([(0, 8.0), (0, 5.0)], 0)).p == 1.0


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("p", "trials"), [(0.99, 400), (0.9, 200)])
def test_alike_shifts_are_called_different_as_often_as_said(p: float, trials: int) -> None:
    """Ten shifts of 142 cycles. Chi-square's distribution would be wrong at .99."""
    chance = np.random.default_rng(11)
    rows = chance.binomial(142, p, (trials, 10))
    found = [_known(homogeneity([(int(k), 142) for k in row], 0)).p for row in rows]
    assert 0.02 <= np.mean([one <= 0.05 for one in found]) <= 0.08
    assert 0.15 <= np.mean([one < POOL for one in found]) <= 0.32


@pytest.mark.usefixtures("quick")
@pytest.mark.slow
@pytest.mark.parametrize("p", [0.9, 0.99, 0.998])
def test_size_with_many_trials(p: float) -> None:
    chance = np.random.default_rng(12)
    rows = chance.binomial(142, p, (4000, 10))
    wrong = np.mean(
        [_known(homogeneity([(int(k), 142) for k in row], 0)).p <= 0.05 for row in rows]
    )
    assert 0.01 <= wrong <= 0.06


@pytest.mark.usefixtures("quick")
def test_a_bad_shift_is_found() -> None:
    """Nine shifts at .99 and one at .92."""
    chance = np.random.default_rng(13)
    rows = np.column_stack([chance.binomial(142, 0.99, (200, 9)), chance.binomial(142, 0.92, 200)])
    found = [_known(homogeneity([(int(k), 142) for k in row], 0)).p for row in rows]
    assert np.mean([one <= 0.05 for one in found]) > 0.95


@pytest.mark.usefixtures("quick")
def test_a_bad_shift_of_interventions_is_found() -> None:
    chance = np.random.default_rng(14)
    rows = np.column_stack([chance.poisson(0.2 * 8, (200, 9)), chance.poisson(1.6 * 8, 200)])
    found = [_known(rate_homogeneity([(int(x), 8.0) for x in row], 0)).p for row in rows]
    assert np.mean([one <= 0.05 for one in found]) > 0.95
    alike = chance.poisson(0.2 * 8, (400, 10))
    wrong = [_known(rate_homogeneity([(int(x), 8.0) for x in row], 0)).p <= 0.05 for row in alike]
    assert 0.02 <= np.mean(wrong) <= 0.08


def test_shifts_that_differ_are_not_pooled() -> None:
    found = pooled_or_by_shift(FOUR, 0)
    assert not found.pooled
    assert found.differ
    assert found.interval == proportion_by_shift(FOUR)
    assert found.value == pytest.approx(514 / 568)
    assert found.clustering is not None


def test_shifts_alike_are_pooled() -> None:
    alike = [(140, 142), (141, 142), (140, 142)]
    found = pooled_or_by_shift(alike, 0, 0.9, "lower")
    assert found.pooled
    assert not found.differ
    assert found.interval == clopper_pearson(421, 426, 0.9, "lower")
    assert found.shifts == 3


def test_two_shifts_that_may_differ_are_unknown() -> None:
    found = pooled_or_by_shift([(142, 142), (120, 142)], 0)
    assert (found.pooled, found.interval) == (False, None)
    assert found.value is not None
    rate = rate_pooled_or_by_shift([(0, 8.0), (9, 8.0)], 0)
    assert (rate.pooled, rate.interval, rate.differ) == (False, None, True)


def test_one_shift_speaks_for_itself_and_none_for_nothing() -> None:
    one = pooled_or_by_shift([(9, 10)], 0)
    assert one.interval == clopper_pearson(9, 10)
    assert (one.pooled, one.homogeneity, one.shifts) == (True, None, 1)
    none = pooled_or_by_shift([], 0)
    assert (none.value, none.interval, none.shifts) == (None, None, 0)
    nothing = rate_pooled_or_by_shift([(0, 0.0)], 0)
    assert (nothing.value, nothing.interval) == (None, None)


def test_rates_choose_alike() -> None:
    alike = rate_pooled_or_by_shift([(1, 8.0), (0, 8.0), (2, 8.0)], 0)
    assert alike.interval == poisson_rate(3, 24.0)
    assert alike.value == 3 / 24
    apart = rate_pooled_or_by_shift([(0, 8.0), (0, 8.0), (9, 8.0)], 0)
    assert not apart.pooled
    assert apart.interval is not None
    assert apart.interval.method == "garwood over 3 shifts"


@pytest.mark.usefixtures("quick")
@pytest.mark.slow
@pytest.mark.parametrize(("rho", "least"), [(0.005, 0.93), (0.01, 0.91), (0.03, 0.89)])
def test_what_is_shown_covers_better_than_pooling(rho: float, least: float) -> None:
    """Ten shifts, mean .97; always pooling covers .89, .83 and .64 there."""
    chance = np.random.default_rng(15)
    worth, trials = 1 / rho - 1, 2000
    rows = chance.binomial(142, chance.beta(0.97 * worth, 0.03 * worth, (trials, 10)))
    shown = [pooled_or_by_shift([(int(k), 142) for k in row], 0).interval for row in rows]
    assert np.mean([one.low <= 0.97 <= one.high for one in shown if one]) > least


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(BadValue, match="0 <= k <= n"):
        pooled_or_by_shift([(3, 2), (1, 2)], 0)
    with pytest.raises(BadValue, match="negative"):
        rate_pooled_or_by_shift([(-1, 2.0), (1, 2.0)], 0)
