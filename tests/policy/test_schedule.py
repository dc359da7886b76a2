import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract import BadValue
from ontakt.policy.xr0.schedule import Schedule


def test_the_rate_goes_up_in_a_line_and_down_along_half_a_cosine() -> None:
    rate = Schedule().learning_rate
    assert rate(0) == 5e-7
    assert rate(1000) == pytest.approx((5e-7 + 1e-4) / 2, rel=1e-12)
    assert rate(2000) == 1e-4
    assert rate(16_000) == pytest.approx((5e-7 + 1e-4) / 2, rel=1e-12)
    quarter = 5e-7 + (1e-4 - 5e-7) * (1 + math.sqrt(0.5)) / 2
    assert rate(9_000) == pytest.approx(quarter, rel=1e-12)
    assert rate(30_000) == pytest.approx(5e-7, rel=1e-12)
    assert rate(10**9) == rate(30_000)


@given(st.integers(0, 40_000))
def test_the_rate_never_turns_back(step: int) -> None:
    rate = Schedule().learning_rate
    assert 5e-7 <= rate(step) <= 1e-4
    rises = rate(step + 1) - rate(step)
    assert rises > 0 if step < 2_000 else rises <= 0


def test_a_run_may_begin_at_its_peak() -> None:
    assert Schedule(warmup=0, steps=10).learning_rate(0) == 1e-4


def test_impossible_schedules_are_refused() -> None:
    with pytest.raises(BadValue, match="warmup"):
        Schedule(warmup=10, steps=10)
    with pytest.raises(BadValue, match="floor"):
        Schedule(floor=1.0)
