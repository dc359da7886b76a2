"""The beat grid is exact: it never drifts, and a delay moves it by itself and no more."""

from fractions import Fraction
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract import BadValue
from ontakt.line.takt import Takt, exact


def test_76_s_at_30_hz_is_2280_ticks() -> None:
    takt = Takt(76.0, 30)
    beats = [takt.due]
    for _ in range(142):
        takt.leave(takt.due)
        beats.append(takt.due)
    assert beats == [k * 2280 for k in range(143)]


def test_a_takt_of_7_77_s_does_not_drift() -> None:
    """233.1 ticks: ten beats are 2331 ticks, ten thousand are 2 331 000, to the tick."""
    takt = Takt(7.77, 30)
    dues = []
    for _ in range(10_000):
        takt.leave(takt.due)
        dues.append(takt.due)
    assert dues[0] == 234
    assert dues[9] == 2331
    assert dues[-1] == 2_331_000
    steps = {b - a for a, b in pairwise(dues)}
    assert steps == {233, 234}


def test_written_decimals_are_meant_exactly() -> None:
    assert exact(7.77) == Fraction(777, 100)
    assert exact(0.1) * 30 == 3


def test_on_time_keeps_the_grid_and_late_begins_it_anew() -> None:
    takt = Takt(40.0, 30, start=5)
    assert (takt.due, takt.next_due) == (5, 1205)
    assert takt.leave(400) == 0
    assert takt.due == 1205
    assert takt.leave(2405) == 0  # exactly on the beat is in time
    assert takt.due == 2405
    assert takt.leave(3700) == 95
    assert (takt.due, takt.next_due) == (3700, 4900)


def test_a_beat_that_could_not_be_used_happens_later() -> None:
    takt = Takt(40.0, 30)
    takt.leave(1200)
    assert takt.restart(1500) == 300
    assert (takt.due, takt.next_due) == (1500, 2700)
    assert takt.restart(1500) == 0
    assert takt.due == 1500


def test_time_does_not_run_backwards() -> None:
    takt = Takt(40.0, 30)
    takt.leave(1200)
    with pytest.raises(ValueError, match="before its own beat on 1200"):
        takt.leave(1199)
    with pytest.raises(ValueError, match="before the beat on 1200"):
        takt.restart(1199)


@pytest.mark.parametrize("takt_s", [0.0, -76.0, 0.01, float("nan"), float("inf")])
def test_no_such_takt(takt_s: float) -> None:
    with pytest.raises(BadValue, match="takt is"):
        Takt(takt_s, 30)


@given(
    hundredths=st.integers(10, 20_000),
    hz=st.sampled_from([10, 25, 30, 50, 100]),
    works=st.lists(st.integers(0, 9_000), min_size=1, max_size=60),
)
def test_beats_are_the_release_plus_whole_takts(hundredths: int, hz: int, works: list[int]) -> None:
    takt = Takt(hundredths / 100, hz)
    period = Fraction(hundredths, 100) * hz
    release, beat, lost_in_all = 0, 0, 0
    for work in works:
        due = takt.due
        assert due == release + ceil(beat * period)
        lost = takt.leave(due + work)
        if lost:
            assert takt.due == due + work
            release, beat = due + work, 0
        else:
            beat += 1
        lost_in_all += lost
        assert lost >= 0
    # the line's time is the takts that it ran plus what it stood, to within rounding up per release
    assert 0 <= takt.due - lost_in_all - len(works) * period < len(works) + 1
