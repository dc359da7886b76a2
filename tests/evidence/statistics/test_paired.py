"""The paired difference: exact where it says so, against definitions written out slowly."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import ndtri

from ontakt.contract import BadValue
from ontakt.evidence.statistics import paired
from ontakt.evidence.statistics.intervals import clopper_pearson
from ontakt.evidence.statistics.paired import paired_difference, score


@pytest.mark.parametrize("n", [1, 3, 8, 20, 29, 59, 100])
def test_without_a_change_it_is_the_bound_of_clopper_and_pearson(n: int) -> None:
    """Nothing lost of n: what may be lost is what 0 of n cannot rule out."""
    found = paired_difference(0, 0, n, side="lower")
    exact = clopper_pearson(0, n, side="upper")
    assert found is not None
    assert exact is not None
    assert found.low == pytest.approx(-exact.high, abs=1e-3)
    assert found.low <= -exact.high + 3e-6, "never on the near side of it"
    assert found.high == 1.0


def test_nineteen_pairs_without_a_loss_are_enough_for_fifteen_points() -> None:
    bounds = {n: paired_difference(0, 0, n, side="lower") for n in (18, 19)}
    assert [b.low > -0.15 for b in bounds.values() if b] == [False, True]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 12))
def test_what_is_gained_one_way_is_lost_the_other(gains: int, losses: int, alike: int) -> None:
    n = gains + losses + alike
    here, there = paired_difference(gains, losses, n), paired_difference(losses, gains, n)
    if n == 0:
        assert here is there is None
        return
    assert here is not None
    assert there is not None
    assert here.low == pytest.approx(-there.high, abs=3e-6)
    assert here.low <= (gains - losses) / n <= here.high


@pytest.mark.parametrize("n", [4, 7])
def test_coverage_is_never_below_what_it_says(n: int) -> None:
    """Every possible table is counted with its probability, for many true shares."""
    tables = [(g, k) for g, k in product(range(n + 1), repeat=2) if g + k <= n]
    bounds = {t: paired_difference(*t, n, side="lower") for t in tables}
    worst = 1.0
    for gain, loss in product(np.linspace(0.0, 0.9, 19), repeat=2):
        if gain + loss > 1:
            continue
        covered = sum(
            math.factorial(n)
            / (math.factorial(g) * math.factorial(k) * math.factorial(n - g - k))
            * gain**g * loss**k * (1 - gain - loss) ** (n - g - k)
            for (g, k), bound in bounds.items()
            if bound is not None and bound.low <= gain - loss + 1e-9
        )  # fmt: skip
        worst = min(worst, float(covered))
    assert 0.95 - 1e-3 <= worst < 0.99


@pytest.mark.parametrize(("gains", "losses", "n"), [(0, 1, 44), (5, 9, 150), (3, 3, 20), (7, 1, 9)])
@pytest.mark.parametrize("difference", [-0.3, -0.07, 0.0, 0.11, 0.4])
def test_the_score_holds_the_likeliest_share_under_the_hypothesis(
    gains: int, losses: int, n: int, difference: float
) -> None:
    """Tango's closed form against the likelihood maximised by search."""

    def unlikely(loss: float) -> float:
        gain, rest = loss + difference, 1 - 2 * loss - difference
        parts = ((gains, gain), (losses, loss), (n - gains - losses, rest))
        return -sum(k * math.log(max(p, 1e-300)) for k, p in parts if k)

    ends = (max(0.0, -difference), (1 - difference) / 2)
    loss = minimize_scalar(unlikely, bounds=ends, method="bounded", options={"xatol": 1e-12}).x
    variance = n * (2 * loss + difference - difference**2)
    expected = (gains - losses - n * difference) / math.sqrt(variance)
    found = score(np.array([float(gains)]), np.array([float(losses)]), n, difference)[0]
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_many_pairs_take_the_score_and_hardly_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = paired_difference(4, 7, 100, 0.9)
    monkeypatch.setattr(paired, "EXACT_TO", 99)
    quick = paired_difference(4, 7, 100, 0.9)
    assert exact is not None
    assert quick is not None
    assert exact.method.startswith("exact")
    assert quick.method.startswith("tango")
    assert quick.low == pytest.approx(exact.low, abs=0.006)
    assert quick.high == pytest.approx(exact.high, abs=0.006)


def test_the_score_bound_has_a_closed_form_without_a_change() -> None:
    n, z = 1000, -float(ndtri(0.05))
    found = paired_difference(0, 0, n, side="lower")
    assert found is not None
    assert found.low == pytest.approx(-(z**2) / (n + z**2), abs=3e-6)


@pytest.mark.parametrize(
    ("gains", "losses", "n", "confidence"), [(-1, 0, 3, 0.9), (2, 2, 3, 0.9), (0, 0, 3, 1.0)]
)
def test_what_cannot_be_is_refused(gains: int, losses: int, n: int, confidence: float) -> None:
    with pytest.raises(BadValue):
        paired_difference(gains, losses, n, confidence)
