"""The andon: one call at a time, from raised to resolved."""

from collections.abc import Callable

from ontakt.contract import Assistance, Clock, ticks_of
from ontakt.contract.event import (
    CallAcknowledged,
    CallArrived,
    CallRaised,
    CallResolved,
    Event,
)
from ontakt.line.operator import Operator


class Andon:
    """Raises calls and posts what becomes of them on the tick on which it happens.

    A call is yellow first: the robot works on while somebody acknowledges it and walks over. He
    steps up to the station (`arrive`) when the robot stands still, never before.
    """

    def __init__(
        self,
        post: Callable[[Event], None],
        operator: Operator,
        clock: Clock,
        first_call: int = 0,
    ) -> None:
        self._post, self._operator, self._clock = post, operator, clock
        self._call = first_call - 1
        self._open = False
        self._acknowledged = True
        self._acknowledge_tick = 0
        self.there_tick = 0
        """When he has walked to the station."""
        self.handling_ticks = 0
        """How long his hands will take."""
        self.reason = ""
        """Why the last call was raised."""
        self.action: Assistance = "clear"
        """What his hands will do."""
        self.person_inside = False
        """True while a person is in the cell: no arm may move."""

    @property
    def open(self) -> bool:
        """True from raised to resolved."""
        return self._open

    @property
    def next_tick(self) -> int | None:
        """When something happens by itself to the open call; None when nothing does."""
        return self._acknowledge_tick if not self._acknowledged else None

    def call(self, cycle: int, reason: str) -> None:
        """Raise a call, unless one is open: then the same person sees to this too."""
        if self._open:
            return
        self._call += 1
        answer = self._operator.respond(self._call, reason)
        hz, now = self._clock.hz, self._clock.tick
        self._acknowledge_tick = now + ticks_of(answer.acknowledge_s, hz)
        self.there_tick = self._acknowledge_tick + ticks_of(answer.travel_s, hz)
        self.handling_ticks = ticks_of(answer.handling_s, hz)
        self.reason, self.action = reason, answer.action
        self._open, self._acknowledged = True, False
        self._post(CallRaised(call=self._call, cycle=cycle, reason=reason))

    def pass_time(self) -> None:
        """Post what has become due by now."""
        if not self._acknowledged and self._clock.tick >= self._acknowledge_tick:
            self._acknowledged = True
            self._post(CallAcknowledged(call=self._call))

    def arrive(self) -> None:
        """He steps up to the robot, which stands still."""
        self.person_inside = True
        self._post(CallArrived(call=self._call))

    def resolve(self) -> None:
        """He is out of the cell again."""
        self.person_inside = self._open = False
        self._post(CallResolved(call=self._call, action=self.action))
