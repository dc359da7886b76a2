"""Strata taken together: known numbers, Simpson's trap, and what a single stratum gives."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from ontakt.contract import BadValue
from ontakt.evidence.statistics.stratified import (
    Stratified,
    Stratum,
    cochran_mantel_haenszel,
)

KNOWN: list[Stratum] = [(17, 20, 14, 20), (33, 40, 34, 40), (45, 50, 38, 50)]
STRATUM = st.tuples(
    st.integers(0, 15), st.integers(1, 15), st.integers(0, 15), st.integers(1, 15)
).filter(lambda s: s[0] <= s[1] and s[2] <= s[3])


def _known(strata: list[Stratum], confidence: float = 0.95) -> Stratified:
    found = cochran_mantel_haenszel(strata, confidence)
    assert found is not None
    return found


def test_three_cells() -> None:
    found = _known(KNOWN)
    assert found.strata == 3
    assert found.chi_square.statistic == pytest.approx(2.497557, abs=5e-7)
    assert found.chi_square.p == pytest.approx(0.114023, abs=5e-7)
    assert found.odds_ratio == pytest.approx(1.759494, abs=5e-7)


def test_sums_over_cells_can_say_the_opposite() -> None:
    """Way 1 is better in the easy and in the hard cell, and worse in the sum: it was given the hard
    one more often."""
    strata: list[Stratum] = [(38, 40, 320, 360), (180, 360, 12, 40)]
    assert sum(s[0] for s in strata) < sum(s[2] for s in strata)
    found = _known(strata)
    assert found.odds_ratio is not None
    assert found.odds_ratio > 2
    assert found.chi_square.p < 0.05


@given(STRATUM.filter(lambda s: 0 < s[0] + s[2] < s[1] + s[3]))
def test_one_stratum_is_fisher_s_test(stratum: Stratum) -> None:
    k1, n1, k2, n2 = stratum
    exact = fisher_exact(np.array([[k1, n1 - k1], [k2, n2 - k2]])).pvalue
    assert _known([stratum]).exact.p == pytest.approx(float(exact), abs=1e-9)


def test_one_stratum_has_woolf_s_interval() -> None:
    found = _known([(17, 20, 14, 20)])
    width = 1.959964 * math.sqrt(1 / 17 + 1 / 3 + 1 / 14 + 1 / 6)
    assert found.interval is not None
    assert found.odds_ratio == pytest.approx(17 * 6 / (14 * 3))
    assert math.log(found.interval.high / found.interval.low) == pytest.approx(2 * width, rel=1e-6)


@settings(max_examples=40)
@given(st.lists(STRATUM, min_size=1, max_size=5), st.randoms())
def test_laws(strata: list[Stratum], chance: object) -> None:
    here = _known(strata)
    there = _known([(k2, n2, k1, n1) for k1, n1, k2, n2 in reversed(strata)])
    assert here.chi_square.p == pytest.approx(there.chi_square.p)
    assert here.exact.p == pytest.approx(there.exact.p, rel=1e-6)
    assert 0 < here.exact.p <= 1
    if here.odds_ratio and math.isfinite(here.odds_ratio):
        assert there.odds_ratio == pytest.approx(1 / here.odds_ratio)
        assert here.interval is not None
        assert here.interval.low < here.odds_ratio < here.interval.high
    else:
        assert here.interval is None
    silent: list[Stratum] = [(4, 4, 9, 9), (0, 3, 0, 1), (2, 5, 0, 0)]
    assert _known(strata + silent) == here, "a stratum that cannot tell changes nothing"


def test_what_cannot_tell_says_so() -> None:
    assert cochran_mantel_haenszel([]) is None
    assert cochran_mantel_haenszel([(3, 4, 0, 0)]) is None
    alike = _known([(20, 20, 20, 20)])
    assert (alike.strata, alike.odds_ratio, alike.interval) == (0, None, None)
    assert alike.chi_square.p == alike.exact.p == 1.0
    assert _known([(5, 5, 3, 5)]).odds_ratio == math.inf
    assert _known([(0, 5, 3, 5)]).odds_ratio == 0


def test_size_near_one_and_coverage() -> None:
    """Five cells of 60 against 60 with success .90 to .995, and odds that are equal or halved: the
    exact test stays below .05, chi-square near it, and the interval covers."""
    chance, trials, n = np.random.default_rng(2), 400, 60
    for ratio in (1.0, 0.5):
        odds = np.array([9.0, 19.0, 30.0, 70.0, 199.0])
        first, second = odds * ratio / (1 + odds * ratio), odds / (1 + odds)
        k1 = chance.binomial(n, first, (trials, 5))
        k2 = chance.binomial(n, second, (trials, 5))
        found = [
            _known([(int(a), n, int(b), n) for a, b in zip(*rows, strict=True)])
            for rows in zip(k1, k2, strict=True)
        ]
        held = [one.interval.low <= ratio <= one.interval.high for one in found if one.interval]
        assert 0.93 <= np.mean(held) <= 0.98
        if ratio == 1.0:
            assert np.mean([one.exact.p <= 0.05 for one in found]) <= 0.05
            assert 0.025 <= np.mean([one.chi_square.p <= 0.05 for one in found]) <= 0.075


def test_impossible_strata_are_refused() -> None:
    with pytest.raises(BadValue, match="0 <= k <= n"):
        cochran_mantel_haenszel([(3, 2, 1, 2)])
    with pytest.raises(BadValue, match="between 0 and 1"):
        cochran_mantel_haenszel(KNOWN, confidence=95)
