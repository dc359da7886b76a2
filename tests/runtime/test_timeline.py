"""Laws of the action timeline, against a slow and obvious reference."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract import SIDES, ActionChunk, ActionSpace, Side
from ontakt.runtime import ActionTimeline

SPACE = ActionSpace()


def chunk(observed: int, rows: int, mark: float = 0.0) -> ActionChunk:
    """Row i of the left side starts with observed + i / 100 + mark."""
    targets = np.zeros((rows, SPACE.width))
    targets[:] = (observed + np.arange(rows) / 100 + mark)[:, None]
    return ActionChunk(observed, targets)


def played(timeline: ActionTimeline, side: Side, tick: int) -> float | None:
    row = timeline.target(side, tick)
    return None if row is None else float(row.target[0])


def test_row_i_belongs_to_tick_at_plus_i() -> None:
    timeline = ActionTimeline(SPACE)
    assert timeline.insert(chunk(5, 3), 8, 8, timeline.ticket())
    assert [played(timeline, "left", t) for t in range(7, 12)] == [None, 5.0, 5.01, 5.02, None]
    row = timeline.target("right", 9)
    assert row is not None
    assert (row.target.shape, row.observed_tick) == ((8,), 5)


def test_consumed_ticks_decide_not_an_estimate() -> None:
    """A chunk for ticks 10.. that comes on tick 12 begins with its third row."""
    timeline = ActionTimeline(SPACE)
    assert timeline.insert(chunk(10, 5), 10, 12, timeline.ticket())
    assert [played(timeline, "left", t) for t in range(10, 16)] == [
        None, None, 10.02, 10.03, 10.04, None,
    ]  # fmt: skip


def test_a_chunk_that_is_all_late_changes_nothing() -> None:
    timeline = ActionTimeline(SPACE)
    timeline.insert(chunk(0, 30), 0, 0, timeline.ticket())
    assert not timeline.insert(chunk(10, 5), 10, 15, timeline.ticket())
    assert played(timeline, "left", 15) == 0.15


def test_an_answer_to_an_old_attempt_lands_nowhere() -> None:
    timeline = ActionTimeline(SPACE)
    ticket = timeline.ticket()
    timeline.invalidate(("left",))
    assert timeline.fresh(ticket) == ("right",)
    assert timeline.insert(chunk(0, 4), 2, 2, ticket)
    assert (played(timeline, "left", 2), played(timeline, "right", 2)) == (None, 0.0)
    timeline.invalidate(SIDES)
    assert not timeline.insert(chunk(0, 4), 2, 2, ticket)
    assert timeline.remaining("right", 2) == 0


def test_dropped_rows_leave_the_flight_alone() -> None:
    timeline = ActionTimeline(SPACE)
    ticket = timeline.ticket()
    timeline.insert(chunk(0, 4), 0, 0, ticket)
    timeline.drop(SIDES)
    assert timeline.remaining("left", 0) == 0
    assert timeline.insert(chunk(0, 4), 0, 0, ticket)


class Reference:
    """Every row that was ever meant for a tick; the newest wins."""

    def __init__(self) -> None:
        self.rows: dict[int, float] = {}
        self.generation = 0

    def insert(self, observed: int, rows: int, at: int, now: int, generation: int) -> bool:
        late = [t for t in range(at, at + rows) if t < now]
        if generation != self.generation or len(late) == rows:
            return False
        first = max(at, now)
        self.rows = {t: v for t, v in self.rows.items() if t < first}
        for i in range(rows):
            if at + i >= now:
                self.rows[at + i] = observed + i / 100
        return True


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),  # ticks that pass before
            st.integers(1, 8),  # rows
            st.integers(-10, 4),  # where, from now
            st.integers(0, 4),  # how many inferences ago the ticket was taken
            st.booleans(),  # the side starts afresh first
        ),
        max_size=25,
    )
)
def test_it_plays_what_the_reference_plays(
    story: list[tuple[int, int, int, int, bool]],
) -> None:
    timeline, reference, now = ActionTimeline(SPACE), Reference(), 20
    tickets = [timeline.ticket()]
    for passed, rows, where, ago, afresh in story:
        now += passed
        if afresh:
            timeline.invalidate(("left",))
            reference.generation += 1
            reference.rows = {}
        tickets.append(timeline.ticket())
        ticket = tickets[max(0, len(tickets) - 1 - ago)]
        landed = reference.insert(now + where, rows, now + where, now, ticket["left"])
        # the right side was never invalidated, so for it only lateness counts
        assert timeline.insert(chunk(now + where, rows), now + where, now, ticket) is (
            where + rows > 0
        )
        assert (played(timeline, "left", now + where + rows - 1) is not None) or not landed
        for tick in range(now, now + 20):
            assert played(timeline, "left", tick) == reference.rows.get(tick)
        count = timeline.remaining("left", now)
        assert all(timeline.target("left", now + i) is not None for i in range(count))
        assert timeline.target("left", now + count) is None
