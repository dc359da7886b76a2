"""Laws of the action timeline, against a slow and obvious reference."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract import SIDES, ActionSpace, Array, Side
from ontakt.runtime import ActionTimeline, Wanted

SPACE = ActionSpace()
STANDING = np.full(SPACE.width, -1.0)


def rows(count: int, mark: float = 0.0) -> list[Wanted]:
    """Row i starts with mark + i / 100."""
    return [Wanted(np.full(8, mark + i / 100), round(mark)) for i in range(count)]


def first(row: Wanted | None) -> float | None:
    return None if row is None else float(row.target[0])


def test_rows_are_played_from_now_on_and_once() -> None:
    timeline = ActionTimeline(SPACE)
    timeline.lay("left", rows(3, 5.0), now=8, begun=7)
    assert [first(timeline.target("left", t)) for t in range(7, 12)] == [
        None, 5.0, 5.01, 5.02, None,
    ]  # fmt: skip
    assert timeline.age("left", 9) == 2
    assert timeline.remaining("left", 8) == 3
    assert timeline.target("right", 8) is None
    assert first(timeline.play("left", 8)) == 5.0
    assert timeline.play("left", 8) is None
    assert timeline.remaining("left", 9) == 2


def test_only_played_rows_count() -> None:
    timeline = ActionTimeline(SPACE)
    ticket = timeline.ticket(SIDES)
    timeline.lay("left", rows(2), now=0, begun=0)
    for tick in range(5):  # three of them are starved
        timeline.play("left", tick)
    assert (timeline.played_since("left", ticket), timeline.played_since("right", ticket)) == (2, 0)


def test_what_was_replaced_is_remembered() -> None:
    timeline = ActionTimeline(SPACE)
    timeline.lay("left", rows(5, 1.0), now=0, begun=0)
    timeline.lay("left", rows(5, 2.0), now=3, begun=1)
    assert first(timeline.superseded("left", 4)) == 1.04
    assert timeline.superseded("left", 2) is None
    assert timeline.superseded("left", 5) is None
    assert timeline.takeover("left") == range(3, 4)
    assert first(timeline.target("left", 3)) == 2.0


def test_an_old_attempt_is_not_fresh() -> None:
    timeline = ActionTimeline(SPACE)
    ticket = timeline.ticket(SIDES)
    timeline.lay("left", rows(4), now=0, begun=0)
    timeline.invalidate(("left",))
    assert timeline.fresh(ticket) == ("right",)
    assert timeline.remaining("left", 0) == 0
    assert timeline.fresh(timeline.ticket(SIDES)) == SIDES


def test_dropped_rows_leave_the_flight_alone() -> None:
    timeline = ActionTimeline(SPACE)
    ticket = timeline.ticket(SIDES)
    timeline.lay("left", rows(4), now=0, begun=0)
    timeline.drop(SIDES)
    assert timeline.remaining("left", 0) == 0
    assert timeline.age("left", 0) is None
    assert timeline.fresh(ticket) == SIDES


def test_a_plan_without_rows_is_standing() -> None:
    plan = ActionTimeline(SPACE).committed(3, 4, STANDING)
    np.testing.assert_array_equal(plan, np.tile(STANDING, (4, 1)))
    assert not plan.flags.writeable


def said(timeline: ActionTimeline, side: Side, tick: int, count: int) -> Array:
    """The slow reference of `committed`: tick by tick, the row or the last one again."""
    last, told = SPACE.side(STANDING, side), []
    for i in range(count):
        row = timeline.target(side, tick + i)
        if row is None:
            told += [last] * (count - i)
            break
        last = row.target
        told.append(last)
    return np.array(told)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 4),  # ticks that pass before, played
            st.integers(1, 8),  # rows
            st.sampled_from(("lay", "drop", "invalidate")),
            st.sampled_from(SIDES),
        ),
        max_size=20,
    ),
    st.integers(1, 12),
)
def test_it_commits_what_it_will_play(story: list[tuple[int, int, str, Side]], count: int) -> None:
    timeline, now, ticket = ActionTimeline(SPACE), 0, ActionTimeline(SPACE).ticket(SIDES)
    played = dict.fromkeys(SIDES, 0)
    for number, (passed, length, what, side) in enumerate(story):
        for _ in range(passed):
            for each in SIDES:
                there = timeline.target(each, now) is not None
                assert (timeline.play(each, now) is not None) is there
                played[each] += there
            now += 1
        if what == "lay":
            timeline.lay(side, rows(length, float(number)), now, now)
        elif what == "drop":
            timeline.drop((side,))
        else:
            timeline.invalidate((side,))
        plan = timeline.committed(now, count, STANDING)
        for each in SIDES:
            np.testing.assert_array_equal(SPACE.side(plan, each), said(timeline, each, now, count))
            assert timeline.played_since(each, ticket) == played[each]
            left = timeline.remaining(each, now)
            assert all(timeline.target(each, now + i) is not None for i in range(left))
            assert timeline.target(each, now + left) is None
