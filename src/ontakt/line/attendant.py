"""Whoever answers the station's calls, as time passes: a model, or people at a console."""

from typing import Literal, Protocol

from ontakt.contract import Assistance, Clock, ticks_of
from ontakt.line.operator import Operator
from ontakt.line.visit import Visit

Deed = Assistance | Literal["drive", "again", "none"]
"""What he did before he left: what his hands did, drove the robot, has it try again, nothing."""


class Attendant(Protocol):
    """Answers calls. The line asks him on every tick, and between two waits no longer than he
    bears."""

    @property
    def patience(self) -> int | None:
        """Ticks that the line may wait without looking at him again; None: until `due_tick`."""
        ...

    @property
    def due_tick(self) -> int | None:
        """When he will do something by himself; None when nothing is to come."""
        ...

    def called(self, call: int, reason: str) -> None:
        """A call was raised just now."""
        ...

    def acknowledges(self) -> bool:
        """True from the tick on in which he has answered the call."""
        ...

    def heed(self, *, may_hold: bool) -> None:
        """Say now what cannot wait for a visit. Raises PersonStop, and HoldAsked where
        `may_hold`."""
        ...

    def attend(self, visit: Visit) -> Deed:
        """Come, do what is to be done, leave the cell. Time passes meanwhile. Raises what the
        visit's means raise, and PersonStop."""
        ...

    def start(self, visit: Visit) -> None:
        """Return when the command has been given that must follow a stop."""
        ...


class ModelAttendant:
    """People whose times are `operator`'s answers: deterministic, and an idle wait may be
    skipped."""

    patience: int | None = None

    def __init__(self, operator: Operator, clock: Clock) -> None:
        self._operator, self._clock = operator, clock
        self._acknowledge = self._there = self._handling = 0
        self._action: Assistance = "clear"

    @property
    def due_tick(self) -> int | None:
        """When he acknowledges."""
        return self._acknowledge

    def called(self, call: int, reason: str) -> None:
        """Draws his answer."""
        answer = self._operator.respond(call, reason)
        hz, now = self._clock.hz, self._clock.tick
        self._acknowledge = now + ticks_of(answer.acknowledge_s, hz)
        self._there = self._acknowledge + ticks_of(answer.travel_s, hz)
        self._handling = ticks_of(answer.handling_s, hz)
        self._action = answer.action

    def acknowledges(self) -> bool:
        """When his time has come."""
        return self._clock.tick >= self._acknowledge

    def heed(self, *, may_hold: bool) -> None:
        """He wants nothing but what he is called for."""

    def attend(self, visit: Visit) -> Deed:
        """He walks over, reaches in, and is done."""
        if not visit.inside:
            visit.wait_until(self._there)
            visit.arrive()
        visit.wait_until(self._clock.tick + self._handling)
        visit.hands(self._action)
        return self._action

    def start(self, visit: Visit) -> None:
        """He gives it as he leaves."""
        del visit
