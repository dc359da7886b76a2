"""Beliefs under named priors."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from ontakt.contract import BadValue
from ontakt.evidence.statistics.bayes import (
    JEFFREYS,
    UNIFORM,
    Belief,
    Prior,
    chance_above,
    chance_all_good,
)

COUNTS = st.tuples(st.integers(0, 300), st.integers(1, 300)).filter(lambda c: c[0] <= c[1])


def _known(belief: Belief | None) -> float:
    assert belief is not None
    return belief.probability


@pytest.mark.parametrize(
    ("k", "n", "required", "jeffreys", "uniform"),
    [
        (128, 142, 0.9, 0.5073, 0.4629),
        (128, 142, 0.85, 0.9626, 0.9538),
        (299, 299, 0.99, 0.9858, 0.9510),
    ],
)
def test_known_chances(k: int, n: int, required: float, jeffreys: float, uniform: float) -> None:
    assert _known(chance_above(k, n, required)) == pytest.approx(jeffreys, abs=5e-5)
    assert _known(chance_above(k, n, required, UNIFORM)) == pytest.approx(uniform, abs=5e-5)


def test_a_shift_without_a_failure_after_five_hundred_cycles_without_one() -> None:
    """Laplace's rule of succession, 379 cycles on: 501 / 880."""
    assert _known(chance_all_good(500, 500, 379, UNIFORM)) == pytest.approx(501 / 880)
    assert _known(chance_all_good(500, 500, 379, UNIFORM)) == pytest.approx(0.5693, abs=5e-5)


def test_the_prior_goes_with_the_answer() -> None:
    mine = Prior(19.0, 1.0, "as good as the last cell")
    for prior in (JEFFREYS, UNIFORM, mine):
        above, all_good = chance_above(8, 9, 0.9, prior), chance_all_good(8, 9, 3, prior)
        assert above is not None
        assert all_good is not None
        assert above.prior is all_good.prior is prior


@given(COUNTS, st.floats(0.01, 0.99))
def test_the_uniform_prior_is_a_binomial_sum(counts: tuple[int, int], required: float) -> None:
    k, n = counts
    expected = float(binom.cdf(k, n + 1, required))
    assert _known(chance_above(k, n, required, UNIFORM)) == pytest.approx(expected, abs=1e-9)


@given(COUNTS, st.floats(0.01, 0.99), st.integers(0, 50))
def test_laws(counts: tuple[int, int], required: float, following: int) -> None:
    k, n = counts
    above = _known(chance_above(k, n, required))
    mirror = _known(chance_above(n - k, n, 1 - required))
    assert above == pytest.approx(1 - mirror, abs=1e-9)
    assert _known(chance_above(k + 1, n + 1, required)) >= above - 1e-12
    now, later = (_known(chance_all_good(k, n, m)) for m in (following, following + 1))
    assert later < now <= 1 + 1e-12
    again = _known(chance_all_good(k + following, n + following, 1))
    assert later == pytest.approx(now * again, rel=1e-6), "one cycle after the other"


def test_a_chance_is_calibrated_where_the_prior_is_true() -> None:
    chance = np.random.default_rng(3)
    truth = chance.beta(0.5, 0.5, 20_000)
    good = chance.binomial(12, truth)
    said = {int(k): _known(chance_above(int(k), 12, 0.9)) for k in range(13)}
    for k in (9, 10, 11, 12):
        seen = truth[good == k] > 0.9
        assert seen.mean() == pytest.approx(said[k], abs=3 * math.sqrt(0.25 / len(seen)))


def test_without_counts_there_is_only_the_prior() -> None:
    assert chance_above(0, 0, 0.9) is None
    assert chance_all_good(0, 0, 5) is None


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(BadValue, match="0 <= k <= n"):
        chance_above(3, 2, 0.9)
    with pytest.raises(BadValue, match="between 0 and 1"):
        chance_above(1, 2, 90)
    with pytest.raises(BadValue, match="not negative"):
        chance_all_good(1, 2, -1)
    with pytest.raises(BadValue, match="positive"):
        chance_above(1, 2, 0.9, Prior(0.0, 0.0, "haldane"))
