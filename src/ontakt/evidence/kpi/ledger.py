"""What KPIs are counted from: the cycles as columns, the time elements, and the calls."""

from msgspec import Struct

from ontakt.evidence.kpi.table import CycleTable
from ontakt.evidence.shift_record import ShiftRecord, Untold
from ontakt.evidence.time_elements import TimeElements, time_elements


class Ledger(Struct, frozen=True, kw_only=True, eq=False):
    """One shift in numbers."""

    takt_s: float
    """[s]; nan where it is unknown."""
    hours: float
    """Shift time [h]."""
    cycles: CycleTable
    time: TimeElements
    step_ins: int | None
    """Times that a person acted on the robot or its part; None where that is untold."""
    refills: int
    """Times that a person only refilled a feeder."""
    failures: int
    """Failures seen by the station or the inspector."""
    recovered: int
    """Those that the robot got over by itself."""
    untold: frozenset[Untold] = frozenset()
    """What a foreign log leaves open; a figure that needs it is unknown."""


def ledger(shift: ShiftRecord) -> Ledger:
    """`shift` in numbers."""
    return Ledger(
        takt_s=shift.started.takt_s,
        hours=shift.hours,
        cycles=CycleTable.from_records(shift.cycles),
        time=time_elements(shift),
        step_ins=None if "step_ins" in shift.untold else shift.step_ins,
        refills=shift.refills,
        failures=len(shift.failures),
        recovered=sum(failure.recovered for failure in shift.failures),
        untold=shift.untold,
    )
