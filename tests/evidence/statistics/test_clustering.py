"""What resembling cycles are worth: known numbers, laws, and coverage where shifts differ."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ontakt.contract import BadValue
from ontakt.evidence.statistics.clustering import (
    LEAST_SHIFTS,
    clustering,
    design_effect,
    proportion_by_shift,
    rate_by_shift,
)
from ontakt.evidence.statistics.intervals import Ends, Interval, clopper_pearson, poisson_rate

SHIFT = st.tuples(st.integers(0, 40), st.integers(1, 40)).filter(lambda s: s[0] <= s[1])
SHIFTS = st.lists(SHIFT, min_size=3, max_size=8)


def _known(interval: Interval | None) -> Interval:
    assert interval is not None
    return interval


def spread(
    p: float, rho: float, shifts: int, cycles: int, trials: int, chance: np.random.Generator
) -> NDArray[np.int64]:
    """Good cycles of shifts whose success has a beta distribution. Shape (trials, shifts)."""
    worth = 1 / rho - 1
    each = chance.beta(p * worth, (1 - p) * worth, (trials, shifts))
    drawn: NDArray[np.int64] = chance.binomial(cycles, each)
    return drawn


def test_three_shifts_are_worth_less_than_one() -> None:
    """142 cycles at an intraclass correlation of .02: 426 cycles tell as much as 111.5."""
    assert design_effect(142, 0.02) == pytest.approx(3.82)
    assert 3 * 142 / design_effect(142, 0.02) == pytest.approx(111.5, abs=0.05)


def test_four_shifts_that_differ() -> None:
    """By hand: 514 of 568, squares about the mean 56.5, so rho .016188."""
    found = clustering([(128, 142), (131, 142), (120, 142), (135, 142)])
    assert found is not None
    between = sum(142 * (k / 142 - 514 / 568) ** 2 for k in (128, 131, 120, 135)) / 3
    within = sum(k * (1 - k / 142) for k in (128, 131, 120, 135)) / 564
    assert found.rho == pytest.approx((between - within) / (between + 141 * within))
    assert found.rho == pytest.approx(0.016188, abs=5e-7)
    assert found.effective_n == pytest.approx(568 / design_effect(142, found.rho))


@pytest.mark.parametrize(
    "counts",
    [[], [(9, 10)], [(9, 10), (0, 0)], [(5, 5), (7, 7)], [(0, 5), (0, 7)], [(1, 1), (0, 1)]],
)
def test_what_cannot_tell_gives_nothing(counts: list[tuple[int, int]]) -> None:
    assert clustering(counts) is None


def test_shifts_that_are_all_alike_or_all_different() -> None:
    alike, apart = clustering([(9, 10)] * 5), clustering([(10, 10), (0, 10)] * 3)
    assert alike is not None
    assert apart is not None
    assert (alike.design_effect, alike.effective_n) == (1.0, 50.0)
    assert alike.rho < 0
    assert apart.rho == 1.0
    assert apart.effective_n == pytest.approx(6), "each shift tells as much as one cycle"


def test_the_correlation_is_found_again() -> None:
    chance = np.random.default_rng(5)
    rows = spread(0.9, 0.03, 40, 142, 60, chance)
    found = [clustering([(int(k), 142) for k in row]) for row in rows]
    assert np.mean([one.rho for one in found if one]) == pytest.approx(0.03, abs=0.003)


def test_too_few_shifts_say_nothing() -> None:
    few = [(9, 10), (4, 10), (8, 10)][: LEAST_SHIFTS - 1]
    assert proportion_by_shift(few) is None
    assert proportion_by_shift([*few, (0, 0)]) is None
    assert rate_by_shift([(k, float(n)) for k, n in few]) is None


@given(SHIFTS, st.floats(0.6, 0.99), st.randoms())
def test_laws_of_the_proportion(
    counts: list[tuple[int, int]], confidence: float, chance: object
) -> None:
    k, n = sum(one[0] for one in counts), sum(one[1] for one in counts)
    found, pooled = (
        _known(proportion_by_shift(counts, confidence)),
        _known(clopper_pearson(k, n, confidence)),
    )
    assert 0 <= found.low <= pooled.low + 1e-9 <= k / n + 2e-9
    assert k / n <= pooled.high + 1e-9 <= found.high + 2e-9 <= 1 + 2e-9
    assert _known(proportion_by_shift(counts[::-1], confidence)) == found
    mirror = _known(proportion_by_shift([(m - j, m) for j, m in counts], confidence))
    assert (1 - mirror.high, 1 - mirror.low) == pytest.approx((found.low, found.high), abs=1e-7)
    half = 1 - (1 - confidence) / 2
    assert _known(proportion_by_shift(counts, half, "lower")).low == pytest.approx(found.low)
    assert _known(proportion_by_shift(counts, half, "upper")).high == pytest.approx(found.high)


@given(st.lists(st.tuples(st.integers(0, 20), st.floats(0.5, 20)), min_size=3, max_size=8))
def test_laws_of_the_rate(rates: list[tuple[int, float]]) -> None:
    events, hours = sum(x for x, _ in rates), math.fsum(t for _, t in rates)
    found, pooled = _known(rate_by_shift(rates)), _known(poisson_rate(events, hours))
    assert 0 <= found.low <= pooled.low * (1 + 1e-9)
    assert found.high >= pooled.high * (1 - 1e-9)
    minutes = _known(rate_by_shift([(x, 60 * t) for x, t in rates]))
    assert (60 * minutes.low, 60 * minutes.high) == pytest.approx((found.low, found.high), rel=1e-6)
    assert _known(rate_by_shift(rates[::-1])) == found


def test_alike_shifts_are_pooled_only_as_they_become_many() -> None:
    """Three perfect shifts prove little about shifts, four hundred all that their cycles do."""
    few, pooled = _known(proportion_by_shift([(10, 10)] * 3)), _known(clopper_pearson(30, 30))
    assert few.low < pooled.low - 0.2
    many, all_cycles = (
        _known(proportion_by_shift([(9, 10)] * 400)),
        _known(clopper_pearson(3600, 4000)),
    )
    assert (many.low, many.high) == pytest.approx((all_cycles.low, all_cycles.high), abs=1e-4)
    assert many.method == "korn-graubard over 400 shifts"


def test_one_sided_ends_are_open() -> None:
    counts = [(9, 10), (4, 10), (8, 10)]
    lower, upper = (_known(proportion_by_shift(counts, side=side)) for side in _SIDES)
    assert (lower.high, upper.low) == (1, 0)
    assert lower.method == "korn-graubard over 3 shifts, one-sided lower"
    assert _known(rate_by_shift([(1, 2.0)] * 4, side="lower")).high == math.inf
    assert _known(rate_by_shift([(1, 2.0)] * 4, side="upper")).low == 0


_SIDES: tuple[Ends, Ends] = ("lower", "upper")


def _coverage(p: float, rho: float, shifts: int, trials: int) -> tuple[float, float]:
    """Of the interval over shifts, and of the pooled one."""
    chance = np.random.default_rng((int(1e4 * p), int(1e4 * rho), shifts))
    own, pooled = 0, 0
    for row in spread(p, rho, shifts, 142, trials, chance):
        by_shift = _known(proportion_by_shift([(int(k), 142) for k in row]))
        together = _known(clopper_pearson(int(row.sum()), 142 * shifts))
        own += by_shift.low <= p <= by_shift.high
        pooled += together.low <= p <= together.high
    return own / trials, pooled / trials


@pytest.mark.parametrize("shifts", [LEAST_SHIFTS, 10])
def test_coverage_where_shifts_differ(shifts: int) -> None:
    own, pooled = _coverage(0.9, 0.03, shifts, 800)
    assert own > 0.93
    assert pooled < 0.7


@pytest.mark.slow
@pytest.mark.parametrize("p", [0.9, 0.97, 0.99])
@pytest.mark.parametrize("rho", [0.005, 0.01, 0.03])
@pytest.mark.parametrize("shifts", [LEAST_SHIFTS, 5, 8, 12, 20])
def test_coverage_over_a_grid(p: float, rho: float, shifts: int) -> None:
    own, pooled = _coverage(p, rho, shifts, 2000)
    assert own > 0.89
    assert own > pooled


@pytest.mark.parametrize(("rate", "unlike"), [(0.3, 0.7), (1.0, 0.3), (3.0, 0.7)])
def test_coverage_of_rates_where_shifts_differ(rate: float, unlike: float) -> None:
    """`unlike` is the coefficient of variation of the rate between shifts of 8 h."""
    chance = np.random.default_rng(7)
    each = chance.gamma(1 / unlike**2, rate * unlike**2, (2000, 8))
    held = 0
    for row in chance.poisson(8 * each):
        found = _known(rate_by_shift([(int(x), 8.0) for x in row]))
        held += found.low <= rate <= found.high
    assert held / 2000 > 0.93


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(BadValue, match="0 <= k <= n"):
        clustering([(3, 2)])
    with pytest.raises(BadValue, match="between 0 and 1"):
        proportion_by_shift([(1, 2)] * 3, confidence=95)
    for bad in [(-1, 2.0), (1, -2.0), (1, 0.0), (0, math.inf)]:
        with pytest.raises(BadValue, match="negative"):
            rate_by_shift([bad, (1, 1.0), (1, 1.0)])
