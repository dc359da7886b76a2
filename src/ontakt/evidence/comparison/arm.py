"""One arm of a comparison: a version, line, robot or shift, with the shifts that it worked."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from msgspec import Struct

from ontakt.contract import CycleRecord, SetupError
from ontakt.contract.event import ShiftStarted
from ontakt.evidence.kpi import CycleTable, Ledger, ledger
from ontakt.evidence.shift_record import ShiftRecord, Untold

MOST = 12
"""Arms of one comparison: of more, no table is read and no pair is looked at."""


class Arm(Struct, frozen=True, kw_only=True, eq=False, dict=True):
    """Shifts that are taken together and held against those of other arms."""

    name: str
    shifts: tuple[ShiftRecord, ...]
    station_hashes: Mapping[str, str] = {}
    """Shift to the hash of its station file, where somebody wrote it down: events hold it only
    inside their configuration's hash."""

    @cached_property
    def ledgers(self) -> tuple[Ledger, ...]:
        """Each shift in numbers."""
        return tuple(ledger(shift) for shift in self.shifts)

    @cached_property
    def table(self) -> CycleTable:
        """All cycles as columns, shift after shift."""
        tables = [one.cycles for one in self.ledgers]
        return CycleTable(
            **{
                name: np.concatenate([getattr(table, name) for table in tables])
                for name in CycleTable.__struct_fields__
            }
        )

    @cached_property
    def cycles(self) -> tuple[CycleRecord, ...]:
        """The rows of `table` as records."""
        return tuple(cycle for shift in self.shifts for cycle in shift.cycles)

    @property
    def starts(self) -> tuple[ShiftStarted, ...]:
        """What each shift was begun with."""
        return tuple(shift.started for shift in self.shifts)

    @property
    def untold(self) -> frozenset[Untold]:
        """What one of the shifts leaves open."""
        return frozenset[Untold]().union(*(shift.untold for shift in self.shifts))

    @property
    def hours(self) -> float:
        """Shift time [h]."""
        return sum(shift.hours for shift in self.shifts)


def check(arms: Sequence[Arm]) -> None:
    """Raises SetupError for what is no comparison: fewer than two arms or more than `MOST`, an arm
    without a shift, two arms of one name, and a shift that stands in two places."""
    if len(arms) < 2:
        named = f" ({arms[0].name})" if arms else ""
        raise SetupError(
            f"A comparison takes at least 2 arms; {len(arms)} given{named}. Name another shift, "
            "folder or log."
        )
    if len(arms) > MOST:
        raise SetupError(f"A comparison takes at most {MOST} arms; {len(arms)} given.")
    seen: dict[tuple[str, str | None], Arm] = {}
    for arm in arms:
        if not arm.shifts:
            raise SetupError(f"Arm {arm.name!r} holds no shift.")
        for shift in arm.shifts:
            if (other := seen.get(_identity(shift))) is not None:
                where = "twice in" if other is arm else f"in {other.name!r} and in"
                raise SetupError(
                    f"Shift {shift.origin.shift} is {where} {arm.name!r}: a shift is compared with "
                    "another one, and is counted once."
                )
            seen[_identity(shift)] = arm
    names = [arm.name for arm in arms]
    for name in names:
        if names.count(name) > 1:
            raise SetupError(f"Two arms are called {name!r}; each has a name of its own.")


def _identity(shift: ShiftRecord) -> tuple[str, str | None]:
    """Logs of two lines may call their shifts alike."""
    return shift.origin.shift, None if shift.source is None else shift.source.sha256
