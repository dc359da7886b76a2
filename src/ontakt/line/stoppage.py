"""Stops that end with a person: Suspended without nuts, Held for help, stopped for safety."""

from collections.abc import Callable

from ontakt.contract import Cell, CycleError, HaltError, StopCategory
from ontakt.line.andon import Andon
from ontakt.line.faults import Faults
from ontakt.line.pace import Pace
from ontakt.line.state_machine import UnitCommand
from ontakt.line.stops import ANSWER, RESTARTS, WAY_BACK
from ontakt.line.supervisor import SafetyStop
from ontakt.line.unit import Unit

TRIES = 3
"""Times that a person may bring the robot back after one stop; then the shift is halted."""


class Stoppage:
    """Brings the station from a stop back to Execute. `inspect` measures the part; it is called
    when the robot stands still, before the person touches anything."""

    def __init__(
        self,
        cell: Cell,
        unit: Unit,
        andon: Andon,
        faults: Faults,
        pace: Pace,
        inspect: Callable[[], None],
        protective_stop: StopCategory,
    ) -> None:
        self._cell, self._unit, self._andon = cell, unit, andon
        self._faults, self._pace, self._inspect = faults, pace, inspect
        self._category = protective_stop

    def refill(self, cycle: int) -> None:
        """A magazine is empty: Suspended until somebody has filled it."""
        self._unit.command(UnitCommand.SUSPEND, "starved")
        self._cell.hold()
        self._unit.complete("starved")
        self._andon.call(cycle, "starved")
        self._let_person_work()
        self._unit.through(UnitCommand.UNSUSPEND, "starved", after="start")

    def help(self, cycle: int, cause: str) -> None:
        """Held: the robot stands still until a person has helped, then it goes home and on."""
        self._unit.command(UnitCommand.HOLD, cause)
        self._cell.hold()
        self._unit.complete(cause)
        try:
            self._inspect()
            self._andon.call(cycle, cause)
            self._let_person_work()
            self._unit.command(UnitCommand.UNHOLD, cause)
            self._pace.home_all()
        except (CycleError, SafetyStop) as error:
            self.before_words(error)
            self.abort(cycle, self._faults.stopped(cycle, error))
        else:
            self._unit.complete("operator")

    def before_words(self, error: CycleError | SafetyStop) -> None:
        """What the robot does before anything is written about `error`: words take time."""
        if isinstance(error, SafetyStop):
            self._cell.stop(self._category)
        else:
            self._cell.hold()

    def abort(self, cycle: int, cause: str) -> None:
        """The protective stop: nothing moves until a person has come and brought the unit back.
        Raises HaltError when the robot does not get home in `TRIES` tries."""
        for _ in range(TRIES):
            try:
                self.stop(self._category, cause)
                self._inspect()
                self._andon.call(cycle, cause)
                self._let_person_work()
                self._bring_back(cause)
            except (CycleError, SafetyStop) as error:
                self.before_words(error)
                cause = self._faults.stopped(cycle, error)
            else:
                return
        raise HaltError(f"The robot did not get home in {TRIES} tries; last cause: {cause}.")

    def stop(self, category: StopCategory, cause: str) -> None:
        """Stop the robot and the unit, from whatever state, and wait for the end of both; a unit
        that stands already stays in its state."""
        command = ANSWER[self._unit.state, category]
        if command is not None:
            self._unit.command(command, cause)
        self._cell.stop(category)
        self._pace.come_to_stop()
        if self._unit.acting:
            self._unit.complete(cause)

    def _bring_back(self, cause: str) -> None:
        """A person's commands, one by one, from where the stop ended to Execute."""
        commands = WAY_BACK[self._unit.state]
        for command in commands:
            homes = command in RESTARTS
            if homes:
                self._cell.restart()
            self._unit.command(command, cause)
            if homes:
                self._pace.home_all()
            self._unit.complete("operator" if command is commands[-1] else cause)

    def _let_person_work(self) -> None:
        """Wait for whoever was called; he works while the robot stands still."""
        andon = self._andon
        if not andon.person_inside:
            self._pace.rest_until(andon.there_tick)
            andon.arrive()
        self._pace.rest_until(self._cell.clock.tick + andon.handling_ticks)
        self._cell.assist(andon.action)
        if andon.action in ("finish", "remove"):
            self._cell.assist("clear")
        andon.resolve()
