"""What a stop of the machine is to the unit: PackML state and stop category to command, and back.

A stop of category 0 or 1 takes the drives' power: PackML's Abort, from every state. A stop of
category 2 leaves it. It is Hold where the unit works (Execute), for its cause is the robot's own
and the part stays; from every other state in which the unit may yet move it is Stop, because Hold
is not known there. A unit that has stopped, or is on its way there, needs no command; the drives
are stopped all the same.

The way back is a person's: Clear, Reset and Start, or Unhold. `Cell.restart`, which gives the
drives back to whoever asks for them, comes with the first of these after which the robot moves.
"""

from collections.abc import Mapping
from types import MappingProxyType

from ontakt.contract import State, StopCategory
from ontakt.line.state_machine import UnitCommand

_STOP_KEEPS_POWER: Mapping[State, UnitCommand | None] = {
    State.CLEARING: None,
    State.STOPPED: None,
    State.STARTING: UnitCommand.STOP,
    State.IDLE: UnitCommand.STOP,
    State.SUSPENDED: UnitCommand.STOP,
    State.EXECUTE: UnitCommand.HOLD,
    State.STOPPING: None,
    State.ABORTING: None,
    State.ABORTED: None,
    State.HOLDING: None,
    State.HELD: None,
    State.UNHOLDING: UnitCommand.STOP,
    State.SUSPENDING: UnitCommand.STOP,
    State.UNSUSPENDING: UnitCommand.STOP,
    State.RESETTING: UnitCommand.STOP,
    State.COMPLETING: UnitCommand.STOP,
    State.COMPLETE: UnitCommand.STOP,
}
_STOP_TAKES_POWER: Mapping[State, UnitCommand | None] = {
    state: None if state in (State.ABORTING, State.ABORTED) else UnitCommand.ABORT
    for state in State
}

ANSWER: Mapping[tuple[State, StopCategory], UnitCommand | None] = MappingProxyType(
    {
        (state, category): table[state]
        for category, table in (
            (StopCategory.IMMEDIATE, _STOP_TAKES_POWER),
            (StopCategory.CONTROLLED, _STOP_TAKES_POWER),
            (StopCategory.STANDING, _STOP_KEEPS_POWER),
        )
        for state in State
    }
)
"""(state, category of the stop) to the command that the unit is given; None when it is stopped, or
stopping, already."""

WAY_BACK: Mapping[State, tuple[UnitCommand, ...]] = MappingProxyType(
    {
        State.HELD: (UnitCommand.UNHOLD,),
        State.ABORTED: (UnitCommand.CLEAR, UnitCommand.RESET, UnitCommand.START),
        State.STOPPED: (UnitCommand.RESET, UnitCommand.START),
    }
)
"""State in which a stop ends to a person's commands that lead to Execute."""

RESTARTS = frozenset({UnitCommand.RESET, UnitCommand.UNHOLD})
"""Commands with which the robot goes home, so that its drives must be given back before."""
