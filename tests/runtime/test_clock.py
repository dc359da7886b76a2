"""Laws of the two clocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract import Clock
from ontakt.runtime import VirtualClock, WallClock


class Wall:
    """A monotonic time that only sleeping and `spend` move."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def spend(self, seconds: float) -> None:
        self.now += seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self, hz: int) -> WallClock:
        return WallClock(hz, lambda: self.now, self.sleep, lambda: round(self.now * 1e9))


@given(st.integers(1, 200), st.lists(st.integers(0, 10_000)))
def test_virtual_time_depends_on_the_sum_of_ticks_alone(hz: int, advances: list[int]) -> None:
    clock: Clock = VirtualClock(hz, 1_000)
    for ticks in advances:
        clock.advance(ticks)
    assert clock.tick == sum(advances)
    assert clock.utc_ns() == 1_000 + sum(advances) * 10**9 // hz
    assert (clock.skips, clock.late) == (True, 0)


def test_an_hour_of_virtual_ticks_is_an_hour() -> None:
    clock = VirtualClock(30, 7)
    clock.advance(30 * 3600)
    assert clock.utc_ns() == 7 + 3600 * 10**9


def test_a_resumed_shift_goes_on_at_its_tick() -> None:
    assert VirtualClock(10, 0, tick=50).utc_ns() == 5 * 10**9


@pytest.mark.parametrize("clock", [VirtualClock(30, 0), Wall().clock(30)])
def test_time_does_not_go_back(clock: Clock) -> None:
    with pytest.raises(ValueError, match="-1"):
        clock.advance(-1)
    assert clock.tick == 0


def test_work_within_the_tick_does_not_change_the_pace() -> None:
    wall = Wall()
    clock = wall.clock(10)
    for spent in (0.0, 0.03, 0.0999, 0.05):
        wall.spend(spent)
        clock.advance()
    assert wall.now == pytest.approx(100.4)
    assert (clock.tick, clock.late) == (4, 0)


def test_a_late_tick_is_counted_and_not_made_up_for() -> None:
    wall = Wall()
    clock = wall.clock(10)
    wall.spend(0.35)  # three and a half ticks of work in one
    clock.advance()
    assert (clock.tick, clock.late, wall.slept) == (3, 1, [])  # two ticks passed beside it
    for _ in range(3):
        clock.advance()
    assert wall.slept == pytest.approx([0.1, 0.1, 0.1])
    assert (clock.tick, clock.late) == (6, 1)


@given(st.lists(st.floats(0, 0.5), max_size=30))
def test_no_two_ticks_are_closer_than_a_period_unless_the_one_before_slept(
    work: list[float],
) -> None:
    """What a burst would break: between the starts of ticks lies a period, or all of the work."""
    wall = Wall()
    clock = wall.clock(10)
    begun = wall.now
    for spent in work:
        wall.spend(spent)
        clock.advance()
        assert wall.now - begun >= max(0.1, spent) - 1e-9
        begun = wall.now
    assert clock.late == sum(spent > 0.1 + 1e-9 for spent in work)


def test_a_long_wait_is_one_sleep_and_utc_stands_within_a_tick() -> None:
    wall = Wall()
    clock = wall.clock(10)
    clock.advance(25)
    assert wall.slept == pytest.approx([2.5])
    stamp = clock.utc_ns()
    wall.spend(0.04)
    assert clock.utc_ns() == stamp == 102_500_000_000
    clock.advance(0)
    assert (clock.tick, clock.utc_ns()) == (25, stamp)


@given(st.lists(st.tuples(st.floats(0, 0.5), st.floats(0, 0.2)), max_size=30))
def test_lateness_is_told_of_every_wait(days: list[tuple[float, float]]) -> None:
    """Work that takes `spent` and a system that wakes us `slept_on` late, against the rule written
    out: deadlines a period apart, moved only by work that overran one."""
    told: list[float] = []
    wall, oversleep = Wall(), [0.0]

    def sleep(seconds: float) -> None:
        wall.sleep(seconds + oversleep[0])

    clock = WallClock(10, lambda: wall.now, sleep, lambda: 0, late_by=told.append)
    due, expected, overran = wall.now, [], 0
    for spent, oversleep[0] in days:
        wall.spend(spent)
        due += 0.1
        late = wall.now - due if wall.now > due else oversleep[0]
        expected.append(late)
        if wall.now > due or late > 0.05:
            due, overran = due + late, overran + 1
        clock.advance()
    assert told == pytest.approx(expected, abs=1e-9)
    assert clock.late == overran
    assert all(late >= 0 for late in told)


def test_a_sleep_that_ends_early_is_not_early_lateness() -> None:
    told: list[float] = []
    clock = WallClock(10, lambda: 0.0, lambda _: None, lambda: 0, late_by=told.append)
    clock.advance()
    assert told == [0.0]


def test_a_sleep_that_lasts_far_too_long_is_a_late_tick_and_no_burst_follows() -> None:
    wall, oversleep = Wall(), [0.0]

    def sleep(seconds: float) -> None:
        wall.sleep(seconds + oversleep[0])

    clock = WallClock(10, lambda: wall.now, sleep, lambda: 0)
    begun = []
    for oversleep[0] in (0.0, 0.09, 0.0, 0.25, 0.0):
        clock.advance()
        begun.append(wall.now - 100.0)
    assert begun == pytest.approx([0.1, 0.29, 0.39, 0.74, 0.84])
    assert (clock.tick, clock.late) == (8, 2)


@given(st.lists(st.floats(0, 0.5), max_size=40))
def test_ticks_are_the_time_that_passed(work: list[float]) -> None:
    """However late ticks are, by however little: ticks tell the time to within one."""
    wall = Wall()
    clock = wall.clock(10)
    for spent in work:
        wall.spend(spent)
        clock.advance()
        assert abs((wall.now - 100.0) * 10 - clock.tick) < 1.0 + 1e-6
