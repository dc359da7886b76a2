"""One cell of a latency study as its events tell it: a shift with one strategy at one latency."""

from collections.abc import Iterable

from msgspec import Struct

from ontakt.contract import CellStats, CycleRecord
from ontakt.contract.event import CycleEnded, Record
from ontakt.evidence.fold import fold
from ontakt.evidence.kpi.table import CycleTable
from ontakt.evidence.shift_record import ShiftRecord


class Worked(Struct, frozen=True, kw_only=True):
    """One cycle that was the robot's to work."""

    record: CycleRecord
    alone: bool
    """The robot brought it to an end by itself."""
    stats: CellStats | None

    @property
    def ticks(self) -> int:
        """Of robot time: from the part presented to the arms clear."""
        return round(self.record.cycle_s * self.record.control_hz)


class CellRun(Struct, frozen=True, kw_only=True):
    """A cell as its events tell it."""

    strategy: str
    latency: str
    """The model, as `fixed:80`."""
    folder: str
    """Relative to the study's."""
    nominal_ms: float | None
    """The latency of a model that has but one."""
    shift: ShiftRecord
    worked: tuple[Worked, ...]

    @classmethod
    def from_records(
        cls, folder: str, records: Iterable[Record], nominal_ms: float | None = None
    ) -> "CellRun":
        """Fold the events of one shift. Raises RecordError where they are none."""
        heap = list(records)
        shift = fold(heap)
        stats = {r.event.cycle: r.event.stats for r in heap if isinstance(r.event, CycleEnded)}
        table = CycleTable.from_records(shift.cycles)
        return cls(
            strategy=shift.started.strategy,
            latency=shift.started.latency,
            folder=folder,
            nominal_ms=nominal_ms,
            shift=shift,
            worked=tuple(
                Worked(record=cycle, alone=bool(alone), stats=stats.get(cycle.cycle))
                for cycle, worked, alone in zip(
                    shift.cycles, table.worked, table.alone, strict=True
                )
                if worked
            ),
        )

    @property
    def stats(self) -> list[CellStats]:
        """What the runtime counted, of every cycle worked that says so."""
        return [w.stats for w in self.worked if w.stats is not None]

    @property
    def latency_ms(self) -> float | None:
        """What an inference took [ms]: nominally, or else the cycles' medians with inferences as
        weights; None where nothing was asked."""
        if self.nominal_ms is not None:
            return self.nominal_ms
        asked = [(s.latency_ms[0], s.inferences) for s in self.stats if s.latency_ms is not None]
        inferences = sum(n for _, n in asked)
        return sum(ms * n for ms, n in asked) / inferences if inferences else None
