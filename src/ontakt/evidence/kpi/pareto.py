"""Failures by mode, the most frequent first."""

from collections import Counter

from msgspec import Struct

from ontakt.evidence.shift_record import ShiftRecord


class FailureCount(Struct, frozen=True, kw_only=True):
    """One bar of the Pareto chart."""

    mode: str
    count: int
    recovered: int
    """Those of them that the robot got over by itself."""


def failure_pareto(shift: ShiftRecord) -> tuple[FailureCount, ...]:
    """Failures of `shift` by mode; equally frequent ones by name."""
    counts = Counter(failure.mode for failure in shift.failures)
    recovered = Counter(failure.mode for failure in shift.failures if failure.recovered)
    return tuple(
        FailureCount(mode=mode, count=counts[mode], recovered=recovered[mode])
        for mode in sorted(counts, key=lambda mode: (-counts[mode], mode))
    )
