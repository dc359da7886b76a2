"""Every move of the state machine is on record, with who answers for the time that begins."""

import pytest

from ontakt.contract import State
from ontakt.contract.event import Event, StateChanged
from ontakt.line.state_machine import IllegalCommand, UnitCommand
from ontakt.line.unit import Unit


def test_moves_are_posted() -> None:
    events: list[Event] = []
    unit = Unit(events.append)
    unit.through(UnitCommand.RESET, "start")
    unit.through(UnitCommand.START, "start")
    unit.command(UnitCommand.HOLD, "jam")
    assert unit.acting
    unit.complete("jam")
    unit.through(UnitCommand.UNHOLD, "jam", after="operator")
    told = [(e.state, e.cause, e.attribution) for e in events if isinstance(e, StateChanged)]
    assert told == [
        (State.RESETTING, "start", "none"),
        (State.IDLE, "start", "none"),
        (State.STARTING, "start", "none"),
        (State.EXECUTE, "start", "none"),
        (State.HOLDING, "jam", "robot"),
        (State.HELD, "jam", "robot"),
        (State.UNHOLDING, "jam", "robot"),
        (State.EXECUTE, "operator", "none"),
    ]


def test_an_illegal_command_is_not_on_record() -> None:
    events: list[Event] = []
    unit = Unit(events.append)
    assert not unit.can(UnitCommand.START)
    with pytest.raises(IllegalCommand, match="start is not possible in STOPPED"):
        unit.command(UnitCommand.START, "start")
    assert events == []
