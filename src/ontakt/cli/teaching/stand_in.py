"""A cell in which the person who is called helps with the robot, and so shows what to do."""

from contextlib import suppress
from typing import Any

from ontakt.cli.teaching.episode import Ground, drive_part
from ontakt.contract import Assistance, Clock, CycleError, Station
from ontakt.runtime.executor import Executor
from ontakt.station.teaching.coach import Coach

LONGEST = 30.0
"""Longest that he tries it with the robot [s]."""


class StandIn(Executor):
    """As `Executor`, its policy a coach. Called to finish a part, the teacher stands in for the
    person: he drives the robot alone from wherever the hands are, at the sides that the gauge
    refuses. What he does not get done so is then finished by hand. `took_over` are the ticks on
    which he began."""

    def __init__(self, station: Station, coach: Coach, clock: Clock, **options: Any) -> None:
        super().__init__(station, coach, clock, **options)
        self._coach, self._ground = coach, Ground.of(station)
        self.took_over: list[int] = []

    def assist(self, action: Assistance) -> None:
        """As `Cell.assist`."""
        if action == "finish":
            with suppress(CycleError):  # a robot that cannot go on leaves it to his hands
                self._drive()
            self.hold()
        super().assist(action)

    def _drive(self) -> None:
        bad = tuple(side for side, found in self.inspect().items() if not found.ok)
        if not bad:
            return
        self.took_over.append(self.clock.tick)
        self._coach.alone = True
        try:
            drive_part(self, self._ground, bad, bad, LONGEST)
        finally:
            self._coach.alone = False
