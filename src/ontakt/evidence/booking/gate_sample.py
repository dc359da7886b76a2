"""A gate of the ladder as a plant books it: its whole sample, and what each requirement allows."""

from msgspec import Struct

from ontakt.evidence.booking.asked import check_takt
from ontakt.evidence.booking.wording import share
from ontakt.evidence.gate.mean_time import allowed_events
from ontakt.evidence.gate.plan import GatePlan
from ontakt.evidence.gate.requirement import (
    Assists,
    BothSides,
    Cells,
    Escapes,
    Requirement,
    Shifts,
    Takt,
)
from ontakt.evidence.gate.share import allowed


class Line(Struct, frozen=True, kw_only=True):
    """One requirement: what is asked, of how many, and what may go wrong."""

    requirement: str
    asked: str
    sample: float
    unit: str
    """Of `sample`: cycles, sides, h, shifts."""
    allowed: int
    """Failures, escapes or assists; 0 where nothing may be missing."""


class GateSample(Struct, frozen=True, kw_only=True):
    """What a gate takes. With --json it is printed as it stands here."""

    gate: str
    why: str
    cycles: int
    hours: float
    shifts: int
    """Planned shifts, each of `cycles_per_shift`."""
    cycles_per_shift: int
    takt_s: float
    requirements: tuple[Line, ...]


def gate_sample(plan: GatePlan, takt_s: float) -> GateSample:
    """The sample of `plan` at takt. Raises SetupError where it could not show what it asks for."""
    check_takt(takt_s)
    plan.check(takt_s)
    return GateSample(
        gate=plan.gate,
        why=plan.why,
        cycles=plan.all_cycles,
        hours=plan.hours(takt_s),
        shifts=plan.all_shifts,
        cycles_per_shift=plan.cycles,
        takt_s=takt_s,
        requirements=tuple(_line(one, plan, takt_s) for one in plan.require),
    )


def _line(one: Requirement, plan: GatePlan, takt_s: float) -> Line:
    match one:
        case BothSides():
            return _share("both sides good", one.at_least, one.confidence, plan.all_cycles)
        case Takt():
            return _share("within takt", one.at_least, one.confidence, plan.all_cycles)
        case Escapes():
            least = 1 - one.at_most
            return _share("passed sides good", least, one.confidence, 2 * plan.all_cycles, "sides")
        case Cells():
            each = plan.all_cycles // len(plan.cells)
            return _share("each variation good", one.at_least, one.confidence, each)
        case Assists():
            hours = plan.hours(takt_s)
            return Line(
                requirement="time between assists",
                asked=f"{one.mean_hours:g} h, {share(one.confidence)} confidence",
                sample=hours,
                unit="h",
                allowed=allowed_events(hours, one.mean_hours, one.confidence),
            )
        case Shifts():
            return Line(
                requirement="whole shifts",
                asked=f"{one.at_least}" + (f" of {one.hours:g} h" if one.hours else ""),
                sample=plan.all_shifts,
                unit="shifts",
                allowed=plan.all_shifts - one.at_least,
            )


def _share(name: str, least: float, confidence: float, n: int, unit: str = "cycles") -> Line:
    return Line(
        requirement=name,
        asked=f"{share(least)}, {share(confidence)} confidence",
        sample=n,
        unit=unit,
        allowed=allowed(n, least, confidence),
    )
