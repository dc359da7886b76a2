"""Cycles as columns, so that a million of them are counted in a moment."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ontakt.contract import SIDES, CycleRecord, Outcome, Side, ticks_of
from ontakt.evidence.shift_record import CUT, OPERATOR

OUTCOMES = tuple(Outcome)
GOOD, BAD, UNKNOWN, ABSENT = 1, 0, -1, -2
"""Verdicts on a part or side; ABSENT is a side that was not in the job."""

Flags = NDArray[np.bool_]
Small = NDArray[np.int8]


class CycleTable(Struct, frozen=True, kw_only=True, eq=False):
    """One row a cycle; every column has shape (cycles,) and is read-only."""

    outcome: Small
    """Index into OUTCOMES."""
    cut: Flags
    """The cycle never ended."""
    both: Small
    """All sides good by inspection and no person: GOOD, BAD or UNKNOWN."""
    left: Small
    right: Small
    cycle_s: NDArray[np.float64]
    over_takt: Flags
    ticks: NDArray[np.int64]
    """From the part's presentation to the cycle's end."""
    starved_ticks: NDArray[np.int64]
    retries: NDArray[np.int64]
    recoveries: NDArray[np.int64]
    stopped: Flags
    """A person ended the shift in the middle of it."""
    passed: Small
    """Sides that the station believed good and somebody inspected; in no aborted cycle."""
    escapes: Small
    """Those of them that the inspector found bad."""
    given_up: Small
    """Sides that the station believed bad and somebody inspected; in no aborted cycle."""
    false_alarms: Small
    """Those of them that the inspector found good."""

    @classmethod
    def from_records(cls, records: Sequence[CycleRecord]) -> "CycleTable":
        """The columns of `records`, in their order."""
        index = {outcome: k for k, outcome in enumerate(OUTCOMES)}
        takts: dict[tuple[float, int], int] = {}
        for r in records:
            if (r.takt_s, r.control_hz) not in takts:
                takts[r.takt_s, r.control_hz] = ticks_of(r.takt_s, r.control_hz)
        over = [round(r.cycle_s * r.control_hz) > takts[r.takt_s, r.control_hz] for r in records]
        left, right = (_column([_side(r, side) for r in records], np.int8) for side in SIDES)
        passed, escapes, given_up, false_alarms = _beliefs(records)
        return cls(
            outcome=_column([index[r.outcome] for r in records], np.int8),
            cut=_column([r.failure == CUT for r in records], np.bool_),
            both=_column([_verdict(r.both_ok) for r in records], np.int8),
            left=left,
            right=right,
            cycle_s=_column([r.cycle_s for r in records], np.float64),
            over_takt=_column(over, np.bool_),
            ticks=_column([r.ended_tick - r.started_tick for r in records], np.int64),
            starved_ticks=_column([r.starved_ticks for r in records], np.int64),
            retries=_column([sum(s.retries for s in r.sides.values()) for r in records], np.int64),
            recoveries=_column([r.recoveries for r in records], np.int64),
            stopped=_column([r.failure == OPERATOR for r in records], np.bool_),
            passed=_column(passed, np.int8),
            escapes=_column(escapes, np.int8),
            given_up=_column(given_up, np.int8),
            false_alarms=_column(false_alarms, np.int8),
        )

    def __len__(self) -> int:
        return len(self.outcome)

    def having(self, *outcomes: Outcome) -> Flags:
        """Finished cycles that ended in one of `outcomes`."""
        return np.isin(self.outcome, [OUTCOMES.index(outcome) for outcome in outcomes]) & ~self.cut

    @property
    def worked(self) -> Flags:
        """Finished cycles that were the robot's to work: neither starved nor blocked, nor ended
        by a person who wanted the shift to stop."""
        return ~self.cut & ~self.stopped & ~self.having(Outcome.STARVED, Outcome.BLOCKED)

    @property
    def alone(self) -> Flags:
        """Finished cycles that the robot brought to an end by itself."""
        return self.worked & ~self.having(Outcome.ASSISTED, Outcome.ABORTED)

    @property
    def produced(self) -> Flags:
        """Finished cycles whose part the station brought out by itself: no starved, aborted or
        assisted one, and of the blocked ones those whose part was inspected, not those that could
        not begin."""
        blocked = self.having(Outcome.BLOCKED) & (self.both != UNKNOWN)
        parts: Flags = self.alone | blocked
        return parts


def _verdict(ok: bool | None) -> int:
    return UNKNOWN if ok is None else int(ok)


def _beliefs(records: Sequence[CycleRecord]) -> NDArray[np.int8]:
    """Inspected sides of each cycle, shape (4, cycles): passed and, of them, bad; given up and, of
    them, good."""
    counts = np.zeros((4, len(records)), dtype=np.int8)
    for k, record in enumerate(records):
        if record.outcome is Outcome.ABORTED:
            continue
        for side in record.sides.values():
            believed, found = side.believed_ok, side.inspected_ok
            if believed is None or found is None:
                continue
            among = 0 if believed else 2
            counts[among, k] += 1
            if found is not believed:
                counts[among + 1, k] += 1
    return counts


def _side(record: CycleRecord, side: Side) -> int:
    result = record.sides.get(side)
    return ABSENT if result is None else _verdict(result.inspected_ok)


def _column(values: Sequence[Any], kind: type[Any]) -> NDArray[Any]:
    column = np.array(values, dtype=kind)
    column.setflags(write=False)
    return column
