"""Every cause that a state can have has somebody who answers for it."""

import pytest

from ontakt.contract import State
from ontakt.line.downtime import ATTRIBUTION, REASONS, attribution
from ontakt.line.supervisor_config import MODES


def test_every_failure_and_every_reason_is_answered_for() -> None:
    assert set(MODES) | set(REASONS) | {"start", "done", "halt", "blocked", "operator"} == set(
        ATTRIBUTION
    )


@pytest.mark.parametrize(
    ("state", "cause", "who"),
    [
        (State.EXECUTE, "operator", "none"),
        (State.EXECUTE, "start", "none"),
        (State.HELD, "jam", "robot"),
        (State.HELD, "guard", "robot"),
        (State.ABORTED, "guard", "safety"),
        (State.RESETTING, "guard", "safety"),
        (State.RESETTING, "start", "none"),
        (State.ABORTED, "error", "robot"),
        (State.ABORTED, "halt", "robot"),
        (State.SUSPENDED, "starved", "upstream"),
        (State.SUSPENDED, "blocked", "downstream"),
        (State.STOPPING, "operator", "operator"),
        (State.COMPLETE, "done", "none"),
    ],
)
def test_who_answers(state: State, cause: str, who: str) -> None:
    assert attribution(state, cause) == who


def test_an_unknown_cause_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        attribution(State.ABORTED, "weather")
