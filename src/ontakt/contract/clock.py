"""Time is one integer: the control tick, counted from the start of the shift."""

from typing import Protocol


class Clock(Protocol):
    """Who owns the control tick. `runtime.clock` has the virtual one and the wall one."""

    @property
    def hz(self) -> int:
        """Control ticks per second."""
        ...

    @property
    def tick(self) -> int:
        """Control ticks since the start of the shift."""
        ...

    @property
    def skips(self) -> bool:
        """True when idle time may be skipped (simulation), False when it must pass (a robot)."""
        ...

    @property
    def late(self) -> int:
        """Ticks that began after their deadline; never made up for by a burst."""
        ...

    def advance(self, ticks: int = 1) -> None:
        """Let `ticks` pass: at once on the virtual clock, by waiting on the wall clock.
        Raises ValueError for a negative number."""
        ...

    def utc_ns(self) -> int:
        """UTC of the present tick in nanoseconds since 1970."""
        ...


def ticks_of(seconds: float, hz: int) -> int:
    """Whole control ticks that cover `seconds`: ceil(seconds * hz), safe against round-off."""
    return -int(-(seconds * hz - 1e-9) // 1)


def seconds_of(ticks: int, hz: int) -> float:
    """Seconds that `ticks` take at `hz`."""
    return ticks / hz
