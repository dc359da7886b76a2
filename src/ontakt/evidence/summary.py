"""A shift in one JSON object, and its cycles as flat rows."""

import math
from collections.abc import Sequence

import numpy as np

from ontakt.contract import CycleRecord, Outcome, SideResult
from ontakt.evidence.kpi import failure_pareto, kpis, ledger
from ontakt.evidence.kpi.table import GOOD, UNKNOWN, Flags, Small
from ontakt.evidence.shift_record import ShiftRecord, Untold


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
    imported, untold = shift.source is not None, shift.untold

    def good(verdicts: Small) -> int | None:
        """None where a log tells no result of that side, or of no cycle at all."""
        known = not imported or bool(np.any(table.worked & (verdicts > UNKNOWN)))
        return _count(table.worked & (verdicts == GOOD)) if known else None

    return {
        "shift_id": shift.origin.shift,
        "station": shift.origin.station,
        "robot": shift.origin.robot,
        "policy": shift.started.policy,
        "policy_hash": shift.origin.policy_hash,
        "config_hash": shift.origin.config_hash,
        "seed": None if imported else shift.started.seed,
        "takt_s": None if "takt" in untold else shift.started.takt_s,
        "cycles": _whole(figures["cycles"].value),
        "outcomes": {str(word): _whole(figures[f"outcomes.{word}"].value) for word in Outcome},
        "both_sides_ok": good(table.both),
        "left_ok": good(table.left),
        "right_ok": good(table.right),
        "step_ins": numbers.step_ins,
        "recoveries": _whole(figures["recoveries"].value),
        "hours": None if "hours" in untold else shift.hours,
        "uptime": figures["uptime"].value,
        "oee": figures["iso22400.oee"].value,
        "cycle_s": {end: figures[f"cycle_time.{end}"].value for end in ("p50", "p95", "max")},
        "failures": None
        if "failures" in untold
        else {row.mode: row.count for row in failure_pareto(shift)},
        "events": None if imported else shift.events,
        "report": report,
        "wall_s": wall_s,
        "speedup": shift.hours * 3600 / wall_s if wall_s else None,
    }


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _count(flags: Flags) -> int:
    return int(np.count_nonzero(flags))


def cycles_table(shift: ShiftRecord | Sequence[CycleRecord]) -> list[dict[str, object]]:
    """Cycles as flat rows for CSV, JSON or a terminal: the same keys in each row, None where a
    cycle has no such value, or an imported log leaves it open."""
    cycles = shift.cycles if isinstance(shift, ShiftRecord) else shift
    untold = shift.untold if isinstance(shift, ShiftRecord) else frozenset()
    whole = any(cycle.part is not None for cycle in cycles)
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
            "outcome": None if cycle.outcome is None else str(cycle.outcome),
            "started_tick": None if "times" in untold else cycle.started_tick,
            "ended_tick": None if "times" in untold else cycle.ended_tick,
            "cycle_s": _known(cycle.cycle_s),
            "takt_s": _known(cycle.takt_s),
            "both_ok": cycle.both_ok,
            "failure": cycle.failure,
            "detected_by": cycle.detected_by,
            "recoveries": None if "recoveries" in untold else cycle.recoveries,
            "step_ins": None if "step_ins" in untold else cycle.step_ins,
            "inferences": None if "targets" in untold else cycle.inferences,
            "starved_ticks": None if "targets" in untold else cycle.starved_ticks,
        }
        for side in sides:
            row |= _result(f"{side}_", cycle.sides.get(side), untold)
        if whole:
            row |= _result("", cycle.part, untold)
        for side, phase in phases:
            result = cycle.sides.get(side)
            row[f"{side}_{phase}_s"] = result.phases.get(phase) if result else None
        row |= {f"variation.{axis}": cycle.variation.get(axis) for axis in axes}
        rows.append(row)
    return rows


def _result(prefix: str, result: SideResult | None, untold: frozenset[Untold]) -> dict[str, object]:
    """What is known of one side, or of the whole part."""
    told = {
        "ok": result.inspected_ok if result else None,
        "believed_ok": result.believed_ok if result else None,
        "offset_m": result.offset if result else None,
        "height_m": result.height if result else None,
        "tilt_rad": result.tilt if result else None,
        "retries": result.retries if result and "retries" not in untold else None,
        "failures": " ".join(result.failures) if result and "recovered" not in untold else None,
    }
    return {f"{prefix}{name}": value for name, value in told.items()}


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
