"""The conditioned delay."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ontakt.runtime.delay import ConditionedDelay


def after(*ticks: int) -> int:
    delay = ConditionedDelay()
    for each in ticks:
        delay.saw(each)
    return delay.ticks


def test_nothing_known_is_one_tick() -> None:
    assert after() == 1
    assert after(0) == 1


def test_the_warm_up_holds_until_there_is_better() -> None:
    assert after(90) == 90
    assert after(90, 3) == 3


def test_a_spike_is_forgotten() -> None:
    assert after(1, 40, *[3] * 20) == 3
    assert after(1, 3, 3, 40) == 40


@given(st.lists(st.integers(0, 200), min_size=2, max_size=60))
def test_at_least_19_of_20_of_the_window_are_not_later(ticks: list[int]) -> None:
    window = ticks[1:][-20:]
    known = after(*ticks)
    assert np.mean(np.array(window) <= known) >= 0.95
    assert known == 1 or known in window
