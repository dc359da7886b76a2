"""Turns against a slow, obvious scheduler, and what the queue refuses."""

import threading
from asyncio import Future, new_event_loop
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.runtime.messages import Reset
from ontakt.runtime.server.limits import ServerLimits
from ontakt.runtime.server.sessions import Session
from ontakt.runtime.server.turns import Busy, Turn, Turns

WIDE = ServerLimits(queue=1000, session_queue=1000)


@pytest.fixture(scope="module")
def future() -> Iterator["Future[None]"]:
    loop = new_event_loop()
    yield loop.create_future()
    loop.close()


def turn_of(session: Session, number: int, over: "Future[None]") -> Turn:
    return Turn(session, Reset(sides=("left",), seed=number), float(number), over)


@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("put"), st.integers(0, 4)),
            st.tuples(st.just("take"), st.integers(1, 4)),
            st.tuples(st.just("withdraw"), st.integers(0, 60)),
        ),
        max_size=60,
    )
)
def test_turns_go_round_and_stay_in_order_within_a_session(
    steps: list[tuple[str, int]], future: "Future[None]"
) -> None:
    """The reference: the sessions that wait, in a list; a turn takes the front one's oldest
    request. When turns are over, their sessions go behind all that wait by then."""
    turns = Turns(WIDE)
    sessions = [Session() for _ in range(5)]
    line: list[tuple[Session, list[Turn]]] = []
    made: list[Turn] = []
    served: list[Session] = []
    for number, (what, value) in enumerate(steps):
        if what == "put":
            turn = turn_of(sessions[value], number, future)
            made.append(turn)
            turns.put(turn)
            mine = next((mine for session, mine in line if session is turn.session), None)
            if mine is None:
                line.append((turn.session, [turn]))
            else:
                mine.append(turn)
        elif what == "withdraw" and made:
            turn = made[value % len(made)]
            turns.withdraw(turn)
            for _, mine in line:
                if turn in mine:
                    mine.remove(turn)
            line = [(session, mine) for session, mine in line if mine]
        elif what == "take" and line:
            fresh = [each for each in line if each[0] not in served]
            line = fresh + sorted(
                (each for each in line if each[0] in served), key=lambda each: served.index(each[0])
            )
            served = [session for session, _ in line[:value]]
            expected = [mine.pop(0) for _, mine in line[:value]]
            line = [(session, mine) for session, mine in line if mine]
            taken = turns.take(value)
            assert list(taken) == expected
            assert len({id(turn.session) for turn in taken}) == len(taken)
        assert len(turns) == sum(len(mine) for _, mine in line)


def test_what_does_not_fit_is_refused_and_changes_nothing(future: "Future[None]") -> None:
    turns = Turns(ServerLimits(queue=3, session_queue=2))
    one, two, three = Session(), Session(), Session()
    for number in range(2):
        turns.put(turn_of(one, number, future))
    with pytest.raises(Busy, match="busy: 2 requests of this session are waiting; try again"):
        turns.put(turn_of(one, 2, future))
    turns.put(turn_of(two, 3, future))
    with pytest.raises(Busy, match="busy: 3 requests are waiting; try again"):
        turns.put(turn_of(three, 4, future))
    assert [turn.asked_at for turn in turns.take(8)] == [0.0, 3.0]
    turns.put(turn_of(three, 5, future))
    assert [turn.asked_at for turn in turns.take(8)] == [5.0, 1.0]
    assert len(turns) == 0


def test_take_waits_for_a_turn_and_ends_when_the_queue_is_closed(future: "Future[None]") -> None:
    turns, taken = Turns(WIDE), []
    thread = threading.Thread(target=lambda: taken.extend([turns.take(2), turns.take(2)]))
    thread.start()
    turn = turn_of(Session(), 0, future)
    turns.put(turn)
    turns.close()
    thread.join(10.0)
    assert not thread.is_alive()
    assert taken[-1] == ()
    assert len(turns) == 0
