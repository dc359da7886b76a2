"""The PackML unit state machine (ANSI/ISA-TR88.00.02): 17 states, ten commands, one table.

Waiting states are left by a command, acting states by themselves when their work is done ("state
complete"); Execute is both the working state and left only by a command, because a station on a
takt has no last part of its own.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from ontakt.contract import OntaktError, State


class UnitCommand(StrEnum):
    """What a person, a line controller or the shift program may ask of the machine."""

    RESET = "reset"
    START = "start"
    STOP = "stop"
    HOLD = "hold"
    UNHOLD = "unhold"
    SUSPEND = "suspend"
    UNSUSPEND = "unsuspend"
    ABORT = "abort"
    CLEAR = "clear"
    COMPLETE = "complete"


class IllegalCommand(OntaktError):
    """A command that the present state does not know; the message lists what it does."""

    def __init__(self, state: State, command: str, allowed: tuple[str, ...]) -> None:
        what = ", ".join(allowed) or "nothing"
        super().__init__(f"{command} is not possible in {state.name}; allowed there: {what}.")


STATE_COMPLETE: Mapping[State, State] = MappingProxyType(
    {
        State.CLEARING: State.STOPPED,
        State.STARTING: State.EXECUTE,
        State.STOPPING: State.STOPPED,
        State.ABORTING: State.ABORTED,
        State.HOLDING: State.HELD,
        State.UNHOLDING: State.EXECUTE,
        State.SUSPENDING: State.SUSPENDED,
        State.UNSUSPENDING: State.EXECUTE,
        State.RESETTING: State.IDLE,
        State.COMPLETING: State.COMPLETE,
    }
)
"""Acting state to the state that follows when its work is done."""

_NO_ABORT = {State.ABORTING, State.ABORTED}
_NO_STOP = _NO_ABORT | {State.STOPPING, State.STOPPED, State.CLEARING}

TRANSITIONS: Mapping[tuple[State, UnitCommand], State] = MappingProxyType(
    {
        (State.STOPPED, UnitCommand.RESET): State.RESETTING,
        (State.COMPLETE, UnitCommand.RESET): State.RESETTING,
        (State.IDLE, UnitCommand.START): State.STARTING,
        (State.EXECUTE, UnitCommand.HOLD): State.HOLDING,
        (State.HELD, UnitCommand.UNHOLD): State.UNHOLDING,
        (State.EXECUTE, UnitCommand.SUSPEND): State.SUSPENDING,
        (State.SUSPENDED, UnitCommand.UNSUSPEND): State.UNSUSPENDING,
        (State.EXECUTE, UnitCommand.COMPLETE): State.COMPLETING,
        (State.ABORTED, UnitCommand.CLEAR): State.CLEARING,
        **{(s, UnitCommand.STOP): State.STOPPING for s in State if s not in _NO_STOP},
        **{(s, UnitCommand.ABORT): State.ABORTING for s in State if s not in _NO_ABORT},
    }
)
"""(state, command) to the state that the command leads to; a pair that is absent is illegal."""


class StateMachine:
    """One station's state. It begins in Stopped: nothing moves before Reset and Start."""

    def __init__(self, state: State = State.STOPPED) -> None:
        self._state = state

    @property
    def state(self) -> State:
        return self._state

    @property
    def allowed(self) -> tuple[UnitCommand, ...]:
        """The commands that the present state knows."""
        return tuple(c for c in UnitCommand if (self._state, c) in TRANSITIONS)

    def command(self, command: UnitCommand) -> State:
        """Obey; returns the new state. Raises IllegalCommand, and stays, when it is illegal."""
        try:
            self._state = TRANSITIONS[self._state, command]
        except KeyError:
            raise IllegalCommand(self._state, command, self.allowed) from None
        return self._state

    def complete(self) -> State:
        """The acting state's work is done; returns the new state. Raises IllegalCommand in a
        state that does not end by itself."""
        try:
            self._state = STATE_COMPLETE[self._state]
        except KeyError:
            raise IllegalCommand(self._state, "state complete", self.allowed) from None
        return self._state
