"""What an arm is, as a table and a file tell it."""

from collections.abc import Callable, Iterable

import numpy as np
from msgspec import Struct

from ontakt.contract import Outcome
from ontakt.evidence.comparison.arm import Arm
from ontakt.evidence.comparison.figure import finite
from ontakt.evidence.comparison.share import MAIN
from ontakt.evidence.comparison.unpaired_shares import total
from ontakt.evidence.shift_record import ShiftRecord


class ArmTold(Struct, frozen=True, kw_only=True):
    """One arm; what its shifts have in common stands there once."""

    name: str
    shifts: tuple[str, ...]
    policies: tuple[str, ...]
    """Each with the beginning of its hash."""
    stations: tuple[str, ...]
    robots: tuple[str, ...]
    variations: tuple[str, ...]
    """Levels."""
    seeds: tuple[int, ...]
    """Empty for a log."""
    takts_s: tuple[float | None, ...]
    """None where it is unknown."""
    hours: float
    cycles: int
    """Finished."""
    starved: int
    blocked: int
    judged: int
    """Worked by the robot, with a known result."""
    good: int


def told(arm: Arm) -> ArmTold:
    """`arm` in numbers."""
    table = arm.table
    good, judged = total(MAIN.counts(arm))

    def each(tell: Callable[[ShiftRecord], str]) -> tuple[str, ...]:
        return _once(tell(shift) for shift in arm.shifts)

    return ArmTold(
        name=arm.name,
        shifts=tuple(shift.origin.shift for shift in arm.shifts),
        policies=each(lambda shift: f"{shift.started.policy} {shift.origin.policy_hash[:8]}"),
        stations=each(lambda shift: shift.origin.station),
        robots=each(lambda shift: shift.origin.robot),
        variations=each(lambda shift: shift.started.variation.get("level", "not recorded")),
        seeds=tuple(shift.started.seed for shift in arm.shifts if shift.source is None),
        takts_s=tuple(dict.fromkeys(finite(started.takt_s) for started in arm.starts)),
        hours=arm.hours,
        cycles=int(np.count_nonzero(~table.cut)),
        starved=int(np.count_nonzero(table.having(Outcome.STARVED))),
        blocked=int(np.count_nonzero(table.having(Outcome.BLOCKED))),
        judged=judged,
        good=good,
    )


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
