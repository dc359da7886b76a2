"""The andon: one call at a time, from raised to resolved."""

from collections.abc import Callable

from ontakt.contract import Clock
from ontakt.contract.event import (
    CallAcknowledged,
    CallArrived,
    CallRaised,
    CallResolved,
    Event,
)
from ontakt.line.attendant import Attendant, Deed


class Andon:
    """Raises calls and posts what becomes of them on the tick on which it happens.

    A call is yellow first: the robot works on while somebody acknowledges it and walks over. He
    steps up to the station (`arrive`) when the robot stands still, never before.
    """

    def __init__(
        self,
        post: Callable[[Event], None],
        attendant: Attendant,
        clock: Clock,
        first_call: int = 0,
    ) -> None:
        self._post, self._attendant, self._clock = post, attendant, clock
        self._call = first_call - 1
        self._open = self._arrived = False
        self._acknowledged = True
        self.reason = ""
        """Why the last call was raised."""
        self.person_inside = False
        """True while a person is in the cell: no arm may move."""

    @property
    def open(self) -> bool:
        """True from raised to resolved."""
        return self._open

    @property
    def next_tick(self) -> int | None:
        """When something happens by itself to the open call; None when nothing does."""
        return None if self._acknowledged else self._attendant.due_tick

    @property
    def patience(self) -> int | None:
        """Ticks that the line may let pass without asking again; None: as it likes."""
        return self._attendant.patience

    def heed(self, *, may_hold: bool) -> None:
        """What a person wants at once. Raises PersonStop, and HoldAsked where `may_hold`."""
        self._attendant.heed(may_hold=may_hold)

    def call(self, cycle: int, reason: str) -> None:
        """Raise a call, unless one is open: then the same person sees to this too."""
        if self._open:
            return
        self._call += 1
        self.reason = reason
        self._open, self._acknowledged, self._arrived = True, False, False
        self._attendant.called(self._call, reason)
        self._post(CallRaised(call=self._call, cycle=cycle, reason=reason))

    def pass_time(self) -> None:
        """Post what has become due by now."""
        if not self._acknowledged and self._attendant.acknowledges():
            self._acknowledged = True
            self._post(CallAcknowledged(call=self._call))

    def arrive(self) -> None:
        """He steps up to the robot, which stands still; the first time in a call is on record."""
        self.pass_time()
        self.person_inside = True
        if not self._arrived:
            self._arrived = True
            self._post(CallArrived(call=self._call))

    def leave(self) -> None:
        """He is out of the cell and may come back: the call stays open."""
        self.person_inside = False

    def resolve(self, deed: Deed) -> None:
        """He is out of the cell again, and done."""
        self.person_inside = self._open = False
        self._post(CallResolved(call=self._call, action=deed))
