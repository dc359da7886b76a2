"""The station as a PackML unit: its state machine, with every move on record."""

from collections.abc import Callable

from ontakt.contract import State
from ontakt.contract.event import Event, StateChanged
from ontakt.line.downtime import attribution
from ontakt.line.state_machine import STATE_COMPLETE, StateMachine, UnitCommand


class Unit:
    """Moves the state machine and posts StateChanged with who answers for the time that begins;
    nobody answers for Execute."""

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._machine, self._post = StateMachine(), post

    @property
    def state(self) -> State:
        return self._machine.state

    @property
    def acting(self) -> bool:
        """True in a state that ends when its work is done."""
        return self.state in STATE_COMPLETE

    def can(self, command: UnitCommand) -> bool:
        """True when the present state knows `command`."""
        return command in self._machine.allowed

    def command(self, command: UnitCommand, cause: str) -> None:
        """Obey `command`. Raises IllegalCommand."""
        self._machine.command(command)
        self._tell(cause)

    def complete(self, cause: str) -> None:
        """The acting state's work is done. Raises IllegalCommand in a state without work."""
        self._machine.complete()
        self._tell(cause)

    def through(self, command: UnitCommand, cause: str, after: str | None = None) -> None:
        """Obey `command` and complete the acting state at once; `after` is the cause of the
        state that follows, when it is another one."""
        self.command(command, cause)
        self.complete(after or cause)

    def _tell(self, cause: str) -> None:
        self._post(
            StateChanged(state=self.state, cause=cause, attribution=attribution(self.state, cause))
        )
