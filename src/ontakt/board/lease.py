"""Who holds the robot of a shift: one page at a time, and only while it keeps saying so."""

from msgspec import Struct

LEASE_S = 1.0
"""A page that says nothing for so long [s] holds the robot no more. The robot itself stands much
sooner: see `contract.request.JOG_S`."""


class Holding(Struct, frozen=True):
    """A lease that runs."""

    who: str
    key: str
    """Which of his pages: two windows of one person are two."""
    until: float
    """[s] of the clock that `Lease` is asked with."""


class Lease:
    """At most one page holds the robot. `now` [s] is of a clock that never runs back."""

    def __init__(self) -> None:
        self._holding: Holding | None = None

    def holder(self, now: float) -> Holding | None:
        """Whoever holds it at `now`."""
        held = self._holding
        return held if held is not None and now < held.until else None

    def take(self, who: str, key: str, now: float) -> Holding | None:
        """Take it for page `key` of `who`, or keep it. Returns the lease that is in the way; None
        when it is his."""
        held = self.holder(now)
        if held is not None and held.key != key:
            return held
        self._holding = Holding(who, key, now + LEASE_S)
        return None

    def renew(self, key: str, now: float) -> bool:
        """The page lives; False when it does not hold the robot, or no more."""
        held = self.holder(now)
        if held is None or held.key != key:
            return False
        self._holding = Holding(held.who, key, now + LEASE_S)
        return True

    def end(self, key: str | None = None) -> Holding | None:
        """End the lease of page `key`, of whoever has it when None, run out or not; returns it.
        None where there is no such lease."""
        held = self._holding
        if held is None or key not in (None, held.key):
            return None
        self._holding = None
        return held

    def lapsed(self, now: float) -> Holding | None:
        """A lease that ran out and that nobody has ended yet."""
        held = self._holding
        return held if held is not None and now >= held.until else None
