"""The laws of a stop: it gets harder and never softer, it ends, and only a person undoes it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ontakt.contract import StopCategory
from ontakt.runtime.stopping import BRAKE_S, POSTURE_S, Stopping

HZ = 30
BRAKE, POSTURE = round(BRAKE_S * HZ), round(POSTURE_S * HZ)
IMMEDIATE, CONTROLLED, STANDING = StopCategory
categories = st.sampled_from(list(StopCategory))


def phases(stop: Stopping, ticks: int, still_at: int | None, there_at: int | None) -> list[str]:
    """The phases of the next ticks; measured still and there from those ticks on."""
    return [
        stop.advance(
            tick,
            still_at is not None and tick >= still_at,
            there_at is not None and tick >= there_at,
        )
        for tick in range(1, ticks + 1)
    ]


def test_category_2_brakes_and_stands_with_power() -> None:
    stop = Stopping(HZ, posture=False)
    assert stop.ask(STANDING, 0) == "braking"
    assert phases(stop, 6, still_at=4, there_at=None) == ["braking"] * 3 + ["standing"] * 3
    assert stop.powered


def test_category_1_loses_power_at_a_stand() -> None:
    stop = Stopping(HZ, posture=False)
    assert stop.ask(CONTROLLED, 0) == "braking"
    assert stop.powered
    assert phases(stop, 6, still_at=4, there_at=None) == ["braking"] * 3 + ["unpowered"] * 3
    assert not stop.powered


def test_category_0_loses_power_at_once() -> None:
    stop = Stopping(HZ, posture=False)
    assert stop.ask(IMMEDIATE, 0) == "unpowered"
    assert not stop.powered


def test_a_body_that_could_fall_takes_its_posture_first() -> None:
    stop = Stopping(HZ, posture=True)
    assert stop.ask(IMMEDIATE, 0) == "posture"
    assert phases(stop, 3, still_at=0, there_at=3) == ["posture", "posture", "unpowered"]
    stop = Stopping(HZ, posture=True)
    stop.ask(CONTROLLED, 0)
    assert phases(stop, 5, still_at=2, there_at=4) == [
        "braking", "posture", "posture", "unpowered", "unpowered",
    ]  # fmt: skip


@pytest.mark.parametrize(("category", "end"), [(CONTROLLED, "unpowered"), (STANDING, "standing")])
def test_an_arm_that_never_stands_ends_the_braking_at_its_bound(
    category: StopCategory, end: str
) -> None:
    stop = Stopping(HZ, posture=False)
    stop.ask(category, 0)
    found = phases(stop, BRAKE + 1, None, None)
    assert found == ["braking"] * (BRAKE - 1) + [end] * 2


def test_a_posture_out_of_reach_ends_at_its_bound() -> None:
    stop = Stopping(HZ, posture=True)
    stop.ask(IMMEDIATE, 0)
    assert phases(stop, POSTURE, None, None) == ["posture"] * (POSTURE - 1) + ["unpowered"]


def test_a_harder_stop_takes_over_and_does_not_begin_anew() -> None:
    stop = Stopping(HZ, posture=False)
    stop.ask(STANDING, 0)
    phases(stop, BRAKE - 1, None, None)
    assert stop.ask(CONTROLLED, BRAKE - 1) == "braking"
    assert stop.advance(BRAKE, False, False) == "unpowered"  # the bound counts from the first


def test_from_standing_a_harder_stop_takes_the_power() -> None:
    stop = Stopping(HZ, posture=False)
    stop.ask(STANDING, 0)
    assert stop.advance(1, True, False) == "standing"
    assert stop.ask(CONTROLLED, 9) == "braking"
    assert stop.advance(10, True, False) == "unpowered"
    assert stop.ask(IMMEDIATE, 11) == "unpowered"
    assert stop.category is IMMEDIATE


def test_power_that_is_gone_is_not_given_back_for_the_posture() -> None:
    stop = Stopping(HZ, posture=True)
    stop.ask(CONTROLLED, 0)
    stop.advance(1, True, False)
    stop.advance(2, True, True)
    assert stop.ask(IMMEDIATE, 3) == "unpowered"


def test_a_stop_runs_to_its_end_before_it_can_be_ended() -> None:
    stop = Stopping(HZ, posture=False)
    assert not stop.restart()  # nothing was stopped
    stop.ask(STANDING, 0)
    assert not stop.restart()
    assert stop.phase == "braking"
    stop.advance(1, True, False)
    assert stop.restart()
    assert (stop.phase, stop.category) == ("running", None)
    assert stop.ask(STANDING, 5) == "braking"  # softer than nothing it is not


@settings(max_examples=40)  # each of 130 ticks and more
@given(categories, st.booleans(), st.lists(st.tuples(st.booleans(), st.booleans()), min_size=130))
def test_every_stop_ends_within_its_bounds(
    category: StopCategory, posture: bool, seen: list[tuple[bool, bool]]
) -> None:
    stop = Stopping(HZ, posture=posture)
    stop.ask(category, 0)
    for tick, (still, there) in enumerate(seen, start=1):
        stop.advance(tick, still, there)
    assert stop.phase == ("standing" if category is STANDING else "unpowered")


class Life(RuleBasedStateMachine):
    """Any sequence of stops, ticks and persons."""

    @initialize(posture=st.booleans())
    def begin(self, posture: bool) -> None:
        self.stop, self.posture, self.tick = Stopping(HZ, posture=posture), posture, 0
        self.asked: list[StopCategory] = []
        """Since the last person."""
        self.ticks = 0
        """Since the last change of category."""
        self.unpowered = False

    @rule(category=categories)
    def ask(self, category: StopCategory) -> None:
        if not self.asked or category < min(self.asked):
            self.ticks = 0
        self.asked.append(category)
        told = self.stop.ask(category, self.tick)
        assert told == self.stop.phase != "running"
        if category is IMMEDIATE and not self.posture:
            assert told == "unpowered"

    @rule(ticks=st.integers(1, 40), still=st.booleans(), there=st.booleans())
    def pass_time(self, ticks: int, still: bool, there: bool) -> None:
        for _ in range(ticks):
            self.tick += 1
            self.ticks += 1
            before, phase = self.stop.phase, self.stop.advance(self.tick, still, there)
            assert (before, phase) in {
                ("running", "running"), ("braking", "braking"), ("braking", "standing"),
                ("braking", "posture"), ("braking", "unpowered"), ("posture", "posture"),
                ("posture", "unpowered"), ("standing", "standing"), ("unpowered", "unpowered"),
            }  # fmt: skip
            assert phase != "unpowered" or before == "unpowered" or min(self.asked) < STANDING

    @precondition(lambda self: self.asked)
    @rule()
    def restart(self) -> None:
        over = self.stop.phase in ("standing", "unpowered")
        assert self.stop.restart() is over
        if over:
            self.asked, self.unpowered = [], False

    @invariant()
    def laws(self) -> None:
        stop = self.stop
        assert stop.category == (min(self.asked) if self.asked else None)  # never softer
        assert stop.stopped == bool(self.asked)  # only a person ends it
        assert not (self.unpowered and stop.powered)  # and power does not come back by itself
        self.unpowered = not stop.powered
        assert stop.phase != "posture" or self.posture
        assert not (stop.category is STANDING and not stop.powered)
        if self.asked and self.ticks >= BRAKE + POSTURE:
            assert not stop.under_way


Life.TestCase.settings = settings(max_examples=100, stateful_step_count=30)
TestLife = Life.TestCase
