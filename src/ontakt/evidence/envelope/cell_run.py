"""One cell of an envelope as its events tell it."""

import math
from collections.abc import Iterable, Mapping
from typing import Self

from msgspec import Struct

from ontakt.contract import CycleRecord, RecordError
from ontakt.contract.event import Record
from ontakt.evidence.envelope.design import Cell
from ontakt.evidence.envelope.span import Span
from ontakt.evidence.fold import fold
from ontakt.evidence.kpi.table import CycleTable
from ontakt.evidence.shift_record import Failure, ShiftRecord


class Row(Struct, frozen=True, kw_only=True):
    """One cycle that was the robot's to work."""

    record: CycleRecord
    good: bool | None
    """All sides good by inspection, without a person; None where nobody inspected a side."""
    alone: bool
    """The robot brought it to an end by itself."""
    failures: tuple[Failure, ...]

    @property
    def at(self) -> Mapping[str, float]:
        """Axis to the value that was drawn, in SI; an axis's components are left out."""
        return {name: value for name, value in self.record.variation.items() if "." not in name}

    @property
    def retries(self) -> int:
        """Attempts beyond the first, on all sides."""
        return sum(side.retries for side in self.record.sides.values())


class CellRun(Struct, frozen=True, kw_only=True):
    """A cell as it was worked."""

    cell: Cell
    shift: ShiftRecord
    rows: tuple[Row, ...]

    @classmethod
    def from_records(cls, cell: Cell, records: Iterable[Record], spans: Iterable[Span]) -> Self:
        """Fold the events of `cell`. Raises RecordError where they are none, and where a cycle had
        another value of an axis than was planned."""
        shift = fold(list(records))
        table = CycleTable.from_records(shift.cycles)
        si = {span.axis: span.si for span in spans}
        rows = []
        for record, worked, alone in zip(shift.cycles, table.worked, table.alone, strict=True):
            if not worked:
                continue
            for axis, value in cell.at.items():
                drawn = record.variation.get(axis, math.nan)
                if not math.isclose(drawn, value * si[axis], rel_tol=1e-6, abs_tol=1e-12):
                    raise RecordError(
                        f"{cell.name}: cycle {record.cycle} was worked with {axis} at {drawn:g}, "
                        f"planned was {value * si[axis]:g} (SI)."
                    )
            mine = tuple(one for one in shift.failures if one.cycle == record.cycle)
            rows.append(Row(record=record, good=record.both_ok, alone=bool(alone), failures=mine))
        return cls(cell=cell, shift=shift, rows=tuple(rows))

    @property
    def good(self) -> int:
        """Cycles known to be good."""
        return sum(row.good is True for row in self.rows)

    @property
    def unknown(self) -> int:
        """Cycles that nobody inspected."""
        return sum(row.good is None for row in self.rows)

    @property
    def short(self) -> int:
        """Cycles that were planned and not worked: the shift halted, or had no part or nut."""
        return max(0, self.cell.cycles - len(self.rows))

    @property
    def halted(self) -> bool:
        """The station could not go on."""
        return self.shift.ended is None or self.shift.ended.reason != "planned"
