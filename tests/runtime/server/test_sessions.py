"""Named sessions: whose they are, how many, for how long."""

import pytest

from ontakt.runtime.server.limits import ServerLimits
from ontakt.runtime.server.sessions import Sessions, TooManySessions

LIMITS = ServerLimits(sessions=2, session_idle_s=10.0)


def test_a_name_is_one_session_for_one_owner_and_another_for_another() -> None:
    sessions = Sessions(LIMITS)
    assert sessions.join("key", "cell", 0.0) is sessions.join("key", "cell", 5.0)
    assert sessions.join("key", "cell", 0.0) is not sessions.join("other", "cell", 0.0)


def test_a_session_is_remembered_while_somebody_may_come_back() -> None:
    sessions = Sessions(LIMITS)
    first = sessions.join("", "cell", 0.0)
    sessions.leave(first, 100.0)
    assert sessions.join("", "cell", 109.0) is first
    sessions.leave(first, 110.0)
    assert sessions.join("", "cell", 121.0) is not first


def test_one_that_is_in_use_never_runs_out() -> None:
    sessions = Sessions(LIMITS)
    first = sessions.join("", "cell", 0.0)
    assert sessions.join("", "cell", 1e6) is first
    sessions.leave(first, 1e6)
    assert sessions.join("", "cell", 2e6) is first, "another one still speaks for it"


def test_room_is_made_by_the_one_that_was_left_longest() -> None:
    sessions = Sessions(LIMITS)
    old, new = sessions.join("", "old", 0.0), sessions.join("", "new", 0.0)
    sessions.leave(old, 1.0)
    sessions.leave(new, 2.0)
    sessions.join("", "third", 3.0)
    assert len(sessions) == 2
    assert sessions.join("", "new", 3.0) is new
    with pytest.raises(TooManySessions, match="busy: 2 sessions are in use"):
        sessions.join("", "old", 3.0)
