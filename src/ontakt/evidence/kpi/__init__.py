"""The figures that a plant asks for, each with its definition, source, exposure and interval.

A new KPI is one function in the module of its kind and one name in DEFINITIONS.
"""

from ontakt.contract import Kpi
from ontakt.evidence.kpi import pace, quality, time, trouble
from ontakt.evidence.kpi.definition import Definition, Measure
from ontakt.evidence.kpi.ledger import Ledger, ledger
from ontakt.evidence.kpi.pareto import FailureCount, failure_pareto
from ontakt.evidence.kpi.table import CycleTable
from ontakt.evidence.shift_record import ShiftRecord

DEFINITIONS: tuple[Definition, ...] = (
    quality.cycles,
    *quality.outcomes,
    quality.both_sides_ok,
    quality.left_ok,
    quality.right_ok,
    quality.unknown,
    quality.first_pass_yield,
    quality.escapes,
    quality.false_alarms,
    pace.takt_compliance,
    *pace.cycle_time,
    pace.starvation,
    trouble.step_ins,
    trouble.mtba,
    trouble.refills,
    trouble.failures,
    trouble.failures_recovered,
    trouble.recoveries,
    trouble.mttr,
    time.uptime,
    time.oee,
    time.availability,
    time.effectiveness,
    time.quality,
    time.tpm_availability,
    time.inherent_availability,
    time.starved,
    time.blocked,
)
"""Every KPI, in the order of a report."""


def kpis(shift: ShiftRecord | Ledger) -> dict[str, Kpi]:
    """Every KPI of `shift` by name, in the order of a report."""
    numbers = shift if isinstance(shift, Ledger) else ledger(shift)
    return {definition.name: definition(numbers) for definition in DEFINITIONS}


__all__ = [
    "DEFINITIONS",
    "CycleTable",
    "Definition",
    "FailureCount",
    "Kpi",
    "Ledger",
    "Measure",
    "failure_pareto",
    "kpis",
    "ledger",
]
