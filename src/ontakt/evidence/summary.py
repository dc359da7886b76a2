"""A shift in one JSON object, and its cycles as flat rows."""

from collections.abc import Sequence

import numpy as np

from ontakt.contract import CycleRecord, Outcome
from ontakt.evidence.kpi import failure_pareto, kpis, ledger
from ontakt.evidence.kpi.table import GOOD, Flags
from ontakt.evidence.shift_record import ShiftRecord


def summary(
    shift: ShiftRecord, report: str | None = None, wall_s: float | None = None
) -> dict[str, object]:
    """What `ontakt shift --json` prints; an unknown figure is None.

    `cycles` counts finished cycles and `outcomes` adds up to it: a cycle that was cut is in the
    table of cycles but in neither of them. `both_sides_ok`, `left_ok` and `right_ok` are numbers
    of finished cycles, of those that were neither starved nor blocked. `report` is the path of
    the report, `wall_s` the run's wall time [s].
    """
    numbers = ledger(shift)
    figures = kpis(numbers)
    table = numbers.cycles
    return {
        "shift_id": shift.origin.shift,
        "station": shift.origin.station,
        "robot": shift.origin.robot,
        "policy": shift.started.policy,
        "policy_hash": shift.origin.policy_hash,
        "config_hash": shift.origin.config_hash,
        "seed": shift.started.seed,
        "takt_s": shift.started.takt_s,
        "cycles": _count(~table.cut),
        "outcomes": {str(outcome): _count(table.having(outcome)) for outcome in Outcome},
        "both_sides_ok": _count(table.worked & (table.both == GOOD)),
        "left_ok": _count(table.worked & (table.left == GOOD)),
        "right_ok": _count(table.worked & (table.right == GOOD)),
        "step_ins": shift.step_ins,
        "recoveries": int(table.recoveries.sum()),
        "hours": shift.hours,
        "uptime": figures["uptime"].value,
        "oee": figures["iso22400.oee"].value,
        "cycle_s": {end: figures[f"cycle_time.{end}"].value for end in ("p50", "p95", "max")},
        "failures": {row.mode: row.count for row in failure_pareto(shift)},
        "events": shift.events,
        "report": report,
        "wall_s": wall_s,
        "speedup": shift.hours * 3600 / wall_s if wall_s else None,
    }


def _count(flags: Flags) -> int:
    return int(np.count_nonzero(flags))


def cycles_table(shift: ShiftRecord | Sequence[CycleRecord]) -> list[dict[str, object]]:
    """Cycles as flat rows for CSV, JSON or a terminal: the same keys in each row, None where a
    cycle has no such value."""
    cycles = shift.cycles if isinstance(shift, ShiftRecord) else shift
    sides = sorted({side for cycle in cycles for side in cycle.sides})
    axes = sorted({axis for cycle in cycles for axis in cycle.variation})
    phases = sorted(
        {(s, phase) for cycle in cycles for s, side in cycle.sides.items() for phase in side.phases}
    )
    rows = []
    for cycle in cycles:
        row: dict[str, object] = {
            "shift": cycle.shift,
            "cycle": cycle.cycle,
            "outcome": str(cycle.outcome),
            "started_tick": cycle.started_tick,
            "ended_tick": cycle.ended_tick,
            "cycle_s": cycle.cycle_s,
            "takt_s": cycle.takt_s,
            "both_ok": cycle.both_ok,
            "failure": cycle.failure,
            "detected_by": cycle.detected_by,
            "recoveries": cycle.recoveries,
            "step_ins": cycle.step_ins,
            "inferences": cycle.inferences,
            "starved_ticks": cycle.starved_ticks,
        }
        for side in sides:
            result = cycle.sides.get(side)
            row |= {
                f"{side}_ok": result.inspected_ok if result else None,
                f"{side}_believed_ok": result.believed_ok if result else None,
                f"{side}_offset_m": result.offset if result else None,
                f"{side}_height_m": result.height if result else None,
                f"{side}_tilt_rad": result.tilt if result else None,
                f"{side}_retries": result.retries if result else None,
                f"{side}_failures": " ".join(result.failures) if result else None,
            }
        for side, phase in phases:
            result = cycle.sides.get(side)
            row[f"{side}_{phase}_s"] = result.phases.get(phase) if result else None
        row |= {f"variation.{axis}": cycle.variation.get(axis) for axis in axes}
        rows.append(row)
    return rows
