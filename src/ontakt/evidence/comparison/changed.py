"""The parts that came out good in one arm only, and what went wrong in the other."""

from msgspec import Struct

from ontakt.contract import CycleRecord
from ontakt.evidence.comparison.arm import Arm
from ontakt.evidence.comparison.parts import Parts
from ontakt.evidence.comparison.share import MAIN
from ontakt.evidence.shift_record import ShiftRecord


class Changed(Struct, frozen=True, kw_only=True):
    """One part."""

    seed: int
    """Of the shift that it was worked in."""
    variation: str
    """The level of that shift."""
    cycle: int
    good_in: str
    """Name of the arm."""
    bad_in: str
    shift: str
    """Where it went wrong."""
    outcome: str
    """How the cycle ended there."""
    failure: str | None
    """The mode that decided it."""
    detected_by: str | None
    sides: tuple[str, ...]
    """That the inspector found bad there; none where a person finished a part that was good."""


def changed(first: Arm, second: Arm, parts: Parts) -> tuple[Changed, ...]:
    """Parts whose verdict `MAIN` is not the same in both arms, in the order of the first one."""
    columns = [MAIN.of(arm.table) for arm in (first, second)]
    home = [shift for shift in first.shifts for _ in shift.cycles]
    found = []
    for one, other in zip(*(rows.tolist() for rows in parts.rows), strict=True):
        known = columns[0][1][one] and columns[1][1][other]
        good, also_good = bool(columns[0][0][one]), bool(columns[1][0][other])
        if known and good != also_good:
            bad = second.cycles[other] if good else first.cycles[one]
            found.append(_changed(home[one], bad, *_names(first, second, good=good)))
    return tuple(found)


def _names(first: Arm, second: Arm, *, good: bool) -> tuple[str, str]:
    return (first.name, second.name) if good else (second.name, first.name)


def _changed(shift: ShiftRecord, bad: CycleRecord, good_in: str, bad_in: str) -> Changed:
    return Changed(
        seed=shift.started.seed,
        variation=shift.started.variation.get("level", ""),
        cycle=bad.cycle,
        good_in=good_in,
        bad_in=bad_in,
        shift=bad.shift,
        outcome="unknown" if bad.outcome is None else str(bad.outcome),
        failure=bad.failure,
        detected_by=bad.detected_by,
        sides=tuple(side for side, result in bad.sides.items() if result.inspected_ok is False),
    )
