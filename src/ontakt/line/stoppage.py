"""Stops that end with a person: Suspended without nuts, Held for help, stopped for safety."""

from collections.abc import Callable

from ontakt.contract import Cell, CycleError, HaltError, StopCategory
from ontakt.line.andon import Andon
from ontakt.line.attendant import Attendant, Deed
from ontakt.line.faults import Faults
from ontakt.line.pace import Pace
from ontakt.line.state_machine import UnitCommand
from ontakt.line.stops import ANSWER, RESTARTS, WAY_BACK
from ontakt.line.supervisor import PersonStop, SafetyStop
from ontakt.line.unit import Unit
from ontakt.line.visit import Visit

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
        attendant: Attendant,
        visit: Visit,
    ) -> None:
        self._cell, self._unit, self._andon = cell, unit, andon
        self._faults, self._pace, self._inspect = faults, pace, inspect
        self._category = protective_stop
        self._attendant, self._visit = attendant, visit

    def refill(self, cycle: int) -> None:
        """A magazine is empty: Suspended until somebody has filled it."""
        self._unit.command(UnitCommand.SUSPEND, "starved")
        self._cell.hold()
        self._unit.complete("starved")
        self._andon.call(cycle, "starved")
        self._let_person_work()
        self._unit.through(UnitCommand.UNSUSPEND, "starved", after="start")

    def help(self, cycle: int, cause: str) -> Deed:
        """Held: the robot stands still until a person has helped, then it goes home and on. Returns
        what he did; `none` where it came to a stop."""
        self._unit.command(UnitCommand.HOLD, cause)
        self._cell.hold()
        self._unit.complete(cause)
        try:
            self._inspect()
            self._andon.call(cycle, cause)
            deed = self._let_person_work()
            self._unit.command(UnitCommand.UNHOLD, cause)
            self._pace.home_all()
        except (CycleError, SafetyStop) as error:
            self.before_words(error)
            self.abort(cycle, self._faults.stopped(cycle, error), self.category_of(error))
            return "none"
        self._unit.complete("operator")
        return deed

    def before_words(self, error: CycleError | SafetyStop) -> None:
        """What the robot does before anything is written about `error`: words take time."""
        if isinstance(error, SafetyStop):
            self._cell.stop(self.category_of(error))
        else:
            self._cell.hold()

    def category_of(self, error: CycleError | SafetyStop) -> StopCategory:
        """How to stop for `error`: as a person wanted it, or as the line does."""
        asked = error.category if isinstance(error, SafetyStop) else None
        return self._category if asked is None else asked

    def abort(self, cycle: int, cause: str, category: StopCategory | None = None) -> None:
        """The protective stop: nothing moves until a person has come and brought the unit back.
        Raises HaltError when the robot does not get home in `TRIES` tries; a person may stop it as
        often as he likes."""
        tries = 0
        while tries < TRIES:
            try:
                self.stop(self._category if category is None else category, cause)
                self._inspect()
                self._andon.call(cycle, cause)
                self._let_person_work()
                self._attendant.start(self._visit)
                self._bring_back(cause)
            except (CycleError, SafetyStop) as error:
                self.before_words(error)
                cause, category = self._faults.stopped(cycle, error), self.category_of(error)
                tries += not isinstance(error, PersonStop)
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

    def _let_person_work(self) -> Deed:
        """Wait for whoever was called; he works while the robot stands still, or drives it."""
        deed = self._attendant.attend(self._visit)
        self._andon.resolve(deed)
        return deed
