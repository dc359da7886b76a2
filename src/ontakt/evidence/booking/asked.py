"""What a test is to show, and the clock of the line that it is worked on."""

import math

from msgspec import Struct

from ontakt.contract import BadValue

MOST_FAILURES = 100
"""That a test allows: who needs more has a robot too close to what is asked."""
NEAREST = 1e-9
"""To 0 or 1, of a share that is asked for: no test shows more."""
LONGEST_TAKT_S = 86_400.0
"""A day for one part."""
LONGEST_MTBA_H = 1_000_000.0
"""More than a hundred years."""
LONGEST_SHIFT_H = 24.0


class Asked(Struct, frozen=True, kw_only=True):
    """A success per cycle to be shown with a confidence. Raises BadValue for what no test shows."""

    reliability: float
    confidence: float = 0.95
    failures: int = 3
    takt_s: float = 76.0
    shift_hours: float = 8.0
    true: float | None = None
    """The success per cycle that the robot is thought to have."""
    mtba_h: float | None = None
    """Mean time between assists that is to be shown as well [h]."""
    true_mtba_h: float | None = None
    """The one that the robot is thought to have [h]."""

    def __post_init__(self) -> None:
        if not NEAREST <= self.reliability <= 1 - NEAREST:
            why = f"it lies between 0 and 1, at least {NEAREST:g} away from both"
            raise BadValue("reliability", self.reliability, why)
        if not 0.5 <= self.confidence <= 1 - NEAREST:
            why = f"it lies between 0.5, which is tossing a coin, and 1, at least {NEAREST:g} away"
            raise BadValue("confidence", self.confidence, why)
        if not 0 <= self.failures <= MOST_FAILURES:
            raise BadValue("failures", self.failures, f"a test allows 0 to {MOST_FAILURES}")
        check_takt(self.takt_s)
        if not 0 < self.shift_hours <= LONGEST_SHIFT_H:
            why = f"it is longer than 0 hours and at most {LONGEST_SHIFT_H:g}"
            raise BadValue("shift hours", self.shift_hours, why)
        if self.true is not None and not 0 <= self.true <= 1:
            raise BadValue("true success", self.true, "it lies between 0 and 1")
        for name, hours in (("mtba", self.mtba_h), ("true mtba", self.true_mtba_h)):
            if hours is not None and not 0 < hours <= LONGEST_MTBA_H:
                why = f"it is longer than 0 hours and at most {LONGEST_MTBA_H:,.0f}"
                raise BadValue(name, hours, why)
        if self.true_mtba_h is not None and self.mtba_h is None:
            raise BadValue("true mtba", self.true_mtba_h, "it says nothing without mtba")

    def hours(self, cycles: int) -> float:
        """That `cycles` take at takt."""
        return cycles * self.takt_s / 3600

    def shifts(self, hours: float) -> float:
        """That `hours` fill."""
        return hours / self.shift_hours


def check_takt(takt_s: float) -> None:
    """Raises BadValue for a takt that no line has."""
    if not 0 < takt_s <= LONGEST_TAKT_S:
        why = f"it is longer than 0 seconds and at most {LONGEST_TAKT_S:g}"
        raise BadValue("takt", takt_s, why)


def whole(shifts: float) -> int:
    """Shifts that are to be booked; what only rounding takes beyond the last one is none."""
    return math.ceil(shifts * (1 - 1e-12))
