"""The two owners of the control tick: one that simulation advances, one that waits."""

from collections.abc import Callable

NANOSECONDS = 1_000_000_000


def _checked(ticks: int) -> int:
    if ticks < 0:
        raise ValueError(f"ticks is {ticks}; time only goes forward, use 0 or more.")
    return ticks


class VirtualClock:
    """Time that passes when it is told to: deterministic, and idle time may be skipped.

    UTC starts at `start_utc_ns` on tick 0 and follows the tick exactly.
    """

    skips = True
    late = 0

    def __init__(self, hz: int, start_utc_ns: int, tick: int = 0) -> None:
        self._hz = hz
        self._start = start_utc_ns
        self._tick = _checked(tick)

    @property
    def hz(self) -> int:
        """Control ticks per second."""
        return self._hz

    @property
    def tick(self) -> int:
        """Control ticks since the start of the shift."""
        return self._tick

    def advance(self, ticks: int = 1) -> None:
        """Let `ticks` pass at once. Raises ValueError for a negative number."""
        self._tick += _checked(ticks)

    def utc_ns(self) -> int:
        """UTC of the present tick in nanoseconds since 1970."""
        return self._start + self._tick * NANOSECONDS // self._hz


class PacedClock(VirtualClock):
    """A virtual clock that runs at `speed` times the wall's: for people who watch, or work along.

    What is recorded is that of a virtual clock; time that a tick took longer is not made up for.
    """

    def __init__(
        self,
        hz: int,
        start_utc_ns: int,
        tick: int,
        speed: float,
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        super().__init__(hz, start_utc_ns, tick)
        self._second, self._monotonic, self._sleep = 1.0 / speed, monotonic, sleep
        self._due = monotonic()

    def advance(self, ticks: int = 1) -> None:
        """As `VirtualClock.advance`, and wait until the wall has come as far."""
        super().advance(ticks)
        self._due += ticks / self.hz * self._second
        ahead = self._due - self._monotonic()
        if ahead > 0:
            self._sleep(ahead)
        else:
            self._due -= ahead


_OVERSLEPT = 0.5
"""Share of a tick by which a sleep may last too long before the tick counts as late."""


class WallClock:
    """Time that passes by itself, paced by deadlines on a monotonic clock.

    A tick that could only begin after its deadline, or that was slept into by more than half of it,
    is counted as late, and the deadlines after it move by as much: ticks are never made up for by a
    burst, which would play targets faster than they were meant. Whole ticks that were lost have
    passed: what counts ticks (ages, bounds, takt) sees the time that it was.

    `monotonic` answers seconds, `sleep` waits for seconds, `utc` answers nanoseconds since 1970.
    `late_by` hears of every wait how many seconds after its deadline, 0 or more, the tick at its
    end began, be it that the work before took too long or that the system woke us late.
    """

    skips = False

    def __init__(
        self,
        hz: int,
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
        utc: Callable[[], int],
        tick: int = 0,
        late_by: Callable[[float], object] | None = None,
    ) -> None:
        self._late_by = late_by
        self._hz = hz
        self._monotonic = monotonic
        self._sleep = sleep
        self._utc = utc
        self._tick = _checked(tick)
        self._late = 0
        self._behind = 0.0
        """Part of a tick by which deadlines were moved and that no tick has counted yet."""
        self._deadline = monotonic()
        self._now_ns = utc()

    @property
    def hz(self) -> int:
        """Control ticks per second."""
        return self._hz

    @property
    def tick(self) -> int:
        """Control ticks since the start of the shift."""
        return self._tick

    @property
    def late(self) -> int:
        """Ticks that began after their deadline."""
        return self._late

    def advance(self, ticks: int = 1) -> None:
        """Wait until `ticks` have passed. Raises ValueError for a negative number."""
        if _checked(ticks) == 0:
            return
        self._deadline += ticks / self._hz
        ahead = self._deadline - self._monotonic()
        overran = ahead < 0
        if not overran:
            self._sleep(ahead)
        late_by = max(0.0, self._monotonic() - self._deadline)
        if self._late_by is not None:
            self._late_by(late_by)
        if overran or late_by > _OVERSLEPT / self._hz:
            self._late += 1
            self._deadline += late_by
            self._behind += late_by * self._hz
        lost = int(self._behind)  # whole ticks that nobody lived through have passed
        self._behind -= lost
        self._tick += ticks + lost
        self._now_ns = self._utc()

    def utc_ns(self) -> int:
        """UTC at which the present tick began, in nanoseconds since 1970."""
        return self._now_ns
