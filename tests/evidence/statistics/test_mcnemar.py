"""The exact test of changed parts."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract import BadValue
from ontakt.evidence.statistics.mcnemar import mcnemar


def test_eleven_against_two() -> None:
    assert mcnemar(11, 2).p == pytest.approx(0.022461, abs=5e-7)
    assert mcnemar(11, 2).p == pytest.approx(2 * sum(comb(13, k) for k in range(3)) / 2**13)


def test_no_change_is_no_evidence() -> None:
    """Where the approximation with a continuity correction says p = 0."""
    assert mcnemar(0, 0).p == 1.0


def test_five_parts_can_show_nothing_and_six_can() -> None:
    assert mcnemar(5, 0).p == 2 / 2**5 > 0.05 > mcnemar(6, 0).p


@given(st.integers(0, 200), st.integers(0, 200))
def test_laws(gains: int, losses: int) -> None:
    two = mcnemar(gains, losses).p
    more, less = mcnemar(gains, losses, "greater").p, mcnemar(gains, losses, "less").p
    assert two == pytest.approx(mcnemar(losses, gains).p)
    assert two == pytest.approx(min(1.0, 2 * min(more, less)))
    assert more == pytest.approx(mcnemar(losses, gains, "less").p)
    assert mcnemar(gains + 1, losses, "greater").p <= more + 1e-12


@pytest.mark.parametrize("changed", [1, 5, 6, 13, 40])
def test_equal_chances_are_called_different_no_more_often_than_said(changed: int) -> None:
    refused = [g for g in range(changed + 1) if mcnemar(g, changed - g).p <= 0.05]
    assert sum(comb(changed, g) for g in refused) / 2**changed <= 0.05


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(BadValue, match="negative"):
        mcnemar(-1, 2)
