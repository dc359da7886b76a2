"""Good parts against takt: what should have left the station, and what did."""

from bisect import bisect_left
from collections.abc import Sequence

from ontakt.board.wall_view import LastCycle, Pace
from ontakt.contract import CycleRecord, Outcome

_GOOD = (Outcome.ON_TAKT, Outcome.LATE)


class Output:
    """Cycles that ended, when each did, and which a person finished by hand.

    A record may be amended after its end, as when its call is resolved late, so good ones are
    counted anew whenever `dirty` was called, and not with every look.
    """

    def __init__(self, cycles: Sequence[CycleRecord]) -> None:
        self._cycles = cycles
        self._ends: list[int] = []
        self._by_hand: set[int] = set()
        self._good: list[int] | None = None

    def ended(self, utc_ns: int) -> None:
        """One more cycle ended, at `utc_ns`."""
        self._ends.append(utc_ns)
        self._good = None

    def finished_by_hand(self, cycle: int) -> None:
        """A person completed the part of `cycle`."""
        self._by_hand.add(cycle)
        self._good = None

    def dirty(self) -> None:
        """Some record may have been amended."""
        self._good = None

    def since(self, utc_ns: int) -> tuple[int, int]:
        """Good parts, and cycles that ended otherwise, that ended at `utc_ns` or later."""
        if self._good is None:  # sums from the front: good among the first k
            self._good = [0]
            for cycle in self._cycles:
                self._good.append(self._good[-1] + self._is_good(cycle))
        first = bisect_left(self._ends, utc_ns)
        good = self._good[-1] - self._good[first]
        return good, len(self._ends) - first - good

    def _is_good(self, cycle: CycleRecord) -> bool:
        by_hand = cycle.outcome is Outcome.ASSISTED and cycle.cycle in self._by_hand
        return cycle.outcome in _GOOD or by_hand

    def last(self, n: int) -> tuple[LastCycle, ...]:
        """The newest `n` cycles, newest first."""
        newest = self._cycles[: -n - 1 : -1] if n else ()
        return tuple(
            LastCycle(cycle=c.cycle, outcome=c.outcome or Outcome.ABORTED, cycle_s=c.cycle_s)
            for c in newest
        )


class Plan:
    """What takt asks for, counted from the first beat in whole pitches."""

    def __init__(self, takt_s: float, hz: int, cycles: int | None, seconds: float | None) -> None:
        self._pitch = takt_s * hz
        self._start: int | None = None
        by_time = None if seconds is None else int(seconds / takt_s + 1e-9)
        caps = [cap for cap in (cycles, by_time) if cap is not None]
        self.planned = min(caps) if caps else None
        """Parts of the whole shift; None where no end is planned."""

    def begin(self, tick: int) -> None:
        """The first beat fell on `tick`; later calls change nothing."""
        if self._start is None:
            self._start = tick

    def until(self, tick: float) -> int:
        """Pitches that are over at `tick`."""
        if self._start is None or tick < self._start:
            return 0
        passed = int((tick - self._start) / self._pitch + 1e-9)
        return passed if self.planned is None else min(passed, self.planned)

    def pace(self, start: float, end: float, good: int, over: int) -> Pace:
        """The target from tick `start` to tick `end` beside what was made."""
        return Pace(target=self.until(end) - self.until(start), made=good, over=over)
