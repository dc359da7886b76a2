"""A shift in the few counts that a gate looks at."""

from typing import Self

import numpy as np
from msgspec import Struct

from ontakt.evidence.kpi.ledger import Ledger, ledger
from ontakt.evidence.kpi.table import GOOD, UNKNOWN
from ontakt.evidence.shift_record import ShiftRecord, Untold


class Tally(Struct, frozen=True, kw_only=True):
    """One shift. Cycles that were starved, blocked, cut, or stopped by a person's wish are not the
    robot's, and in none of these counts but `cycles`."""

    shift: str
    cell: str
    """The variation that it was worked at, as the plan writes it."""
    hours: float
    """Shift time [h]."""
    cycles: int
    """All that ended."""
    worked: int
    """Those that were the robot's to work."""
    good: int
    """Of the worked: all sides good by inspection, without a person."""
    unknown: int
    """Of the worked: nobody inspected them. A gate counts them as not good."""
    on_takt: int
    """Of the worked: ended by the robot itself, within takt."""
    timed: bool = True
    """False where the time of a cycle is unknown; then so is `on_takt`."""
    step_ins: int | None
    """Times that a person acted on the robot or its part; None where nobody wrote them down."""
    passed: int
    """Sides that the station passed as good and somebody inspected."""
    escapes: int
    """Those of them that the inspector found bad."""
    halted: bool = False
    """The shift ended before its planned end."""
    untold: frozenset[Untold] = frozenset()
    """What a foreign log leaves open: no requirement that needs it can be met or fail."""

    @classmethod
    def of(cls, shift: ShiftRecord, cell: str) -> Self:
        """The counts of `shift`."""
        numbers = ledger(shift)
        early = shift.ended is not None and shift.ended.reason != "planned"
        return cls.count(numbers, shift.origin.shift, cell, halted=shift.cut or early)

    @classmethod
    def count(cls, numbers: Ledger, shift: str, cell: str, *, halted: bool) -> Self:
        """The counts behind `numbers`."""
        table = numbers.cycles
        worked = table.worked
        return cls(
            shift=shift,
            cell=cell,
            hours=numbers.hours,
            cycles=int(np.count_nonzero(~table.cut)),
            worked=int(np.count_nonzero(worked)),
            good=int(np.count_nonzero(worked & (table.both == GOOD))),
            unknown=int(np.count_nonzero(worked & (table.both == UNKNOWN))),
            on_takt=int(np.count_nonzero(worked & table.alone & ~table.over_takt)),
            timed=bool(table.timed[worked].all()),
            step_ins=numbers.step_ins,
            passed=int(table.passed.sum()),
            escapes=int(table.escapes.sum()),
            halted=halted,
            untold=numbers.untold,
        )
