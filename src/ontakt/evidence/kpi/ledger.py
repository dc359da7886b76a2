"""What KPIs are counted from: the cycles as columns, the time elements, and the calls."""

from msgspec import Struct

from ontakt.evidence.kpi.table import CycleTable
from ontakt.evidence.shift_record import ShiftRecord
from ontakt.evidence.time_elements import TimeElements, time_elements


class Ledger(Struct, frozen=True, kw_only=True, eq=False):
    """One shift in numbers."""

    takt_s: float
    hours: float
    """Shift time [h]."""
    cycles: CycleTable
    time: TimeElements
    step_ins: int
    """Times that a person acted on the robot or its part."""
    refills: int
    """Times that a person only refilled a feeder."""
    failures: int
    """Failures seen by the station or the inspector."""
    recovered: int
    """Those that the robot got over by itself."""


def ledger(shift: ShiftRecord) -> Ledger:
    """`shift` in numbers."""
    return Ledger(
        takt_s=shift.started.takt_s,
        hours=shift.hours,
        cycles=CycleTable.from_records(shift.cycles),
        time=time_elements(shift),
        step_ins=shift.step_ins,
        refills=shift.refills,
        failures=len(shift.failures),
        recovered=sum(failure.recovered for failure in shift.failures),
    )
