"""Every transition of the unit state machine, and every pair that is not one."""

import pytest

from ontakt.contract import State
from ontakt.line.state_machine import (
    STATE_COMPLETE,
    TRANSITIONS,
    IllegalCommand,
    StateMachine,
    UnitCommand,
)

WRITTEN_OUT = """
            reset      start     stop      hold     unhold     suspend     unsuspend     abort     clear     complete
CLEARING    -          -         -         -        -          -           -             ABORTING  -         -
STOPPED     RESETTING  -         -         -        -          -           -             ABORTING  -         -
STARTING    -          -         STOPPING  -        -          -           -             ABORTING  -         -
IDLE        -          STARTING  STOPPING  -        -          -           -             ABORTING  -         -
SUSPENDED   -          -         STOPPING  -        -          -           UNSUSPENDING  ABORTING  -         -
EXECUTE     -          -         STOPPING  HOLDING  -          SUSPENDING  -             ABORTING  -         COMPLETING
STOPPING    -          -         -         -        -          -           -             ABORTING  -         -
ABORTING    -          -         -         -        -          -           -             -         -         -
ABORTED     -          -         -         -        -          -           -             -         CLEARING  -
HOLDING     -          -         STOPPING  -        -          -           -             ABORTING  -         -
HELD        -          -         STOPPING  -        UNHOLDING  -           -             ABORTING  -         -
UNHOLDING   -          -         STOPPING  -        -          -           -             ABORTING  -         -
SUSPENDING  -          -         STOPPING  -        -          -           -             ABORTING  -         -
UNSUSPENDING -         -         STOPPING  -        -          -           -             ABORTING  -         -
RESETTING   -          -         STOPPING  -        -          -           -             ABORTING  -         -
COMPLETING  -          -         STOPPING  -        -          -           -             ABORTING  -         -
COMPLETE    RESETTING  -         STOPPING  -        -          -           -             ABORTING  -         -
"""  # noqa: E501

_, HEADER, *ROWS = WRITTEN_OUT.rstrip("\n").split("\n")
PAIRS = [
    (State[row.split()[0]], UnitCommand(command), target)
    for row in ROWS
    for command, target in zip(HEADER.split(), row.split()[1:], strict=True)
]


def test_the_table_covers_every_pair() -> None:
    assert len(PAIRS) == len(State) * len(UnitCommand) == 170


@pytest.mark.parametrize(("state", "command", "target"), PAIRS)
def test_pair(state: State, command: UnitCommand, target: str) -> None:
    machine = StateMachine(state)
    if target == "-":
        with pytest.raises(IllegalCommand) as caught:
            machine.command(command)
        assert machine.state is state
        assert str(caught.value).startswith(f"{command} is not possible in {state.name}; allowed")
        assert all(name in str(caught.value) for name in machine.allowed)
    else:
        assert machine.command(command) is State[target]
        assert machine.state is State[target]


ENDS = {
    "CLEARING": "STOPPED",
    "STARTING": "EXECUTE",
    "STOPPING": "STOPPED",
    "ABORTING": "ABORTED",
    "HOLDING": "HELD",
    "UNHOLDING": "EXECUTE",
    "SUSPENDING": "SUSPENDED",
    "UNSUSPENDING": "EXECUTE",
    "RESETTING": "IDLE",
    "COMPLETING": "COMPLETE",
}


@pytest.mark.parametrize("state", State)
def test_state_complete(state: State) -> None:
    machine = StateMachine(state)
    if state.name in ENDS:
        assert machine.complete() is State[ENDS[state.name]]
    else:
        with pytest.raises(IllegalCommand, match=f"state complete is not possible in {state.name}"):
            machine.complete()
        assert machine.state is state


def test_the_message_lists_what_is_allowed() -> None:
    with pytest.raises(IllegalCommand) as caught:
        StateMachine(State.ABORTED).command(UnitCommand.START)
    assert str(caught.value) == "start is not possible in ABORTED; allowed there: clear."
    with pytest.raises(IllegalCommand, match=r"allowed there: nothing\."):
        StateMachine(State.ABORTING).command(UnitCommand.STOP)


def test_it_begins_stopped() -> None:
    assert StateMachine().state is State.STOPPED


@pytest.mark.parametrize("state", [State.ABORTED, State.STOPPED])
def test_no_way_back_to_execute_without_a_new_start(state: State) -> None:
    """Search every sequence of commands but Start from a stop: Execute is never reached."""
    reached, frontier = {state}, [state]
    while frontier:
        here = frontier.pop()
        nexts = {
            target
            for (source, command), target in TRANSITIONS.items()
            if source is here and command is not UnitCommand.START
        }
        if here in STATE_COMPLETE:
            nexts.add(STATE_COMPLETE[here])
        frontier += nexts - reached
        reached |= nexts
    assert State.EXECUTE not in reached
    assert State.IDLE in reached


def test_every_state_is_reached_from_stopped() -> None:
    reached = {State.STOPPED}
    for _ in State:
        reached |= {t for (s, _), t in TRANSITIONS.items() if s in reached}
        reached |= {t for s, t in STATE_COMPLETE.items() if s in reached}
    assert reached == set(State)
