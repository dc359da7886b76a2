"""Where a shift's time went: ISO 22400-2 time elements and SEMI E10 states, by one table.

Every tick of the shift is in exactly one of ADOT, ADET, AUST, APT, and in exactly one E10 state.
The rest are sums: AUPT = AUST + APT, AUBT = AUPT + ADET, PBT = AUBT + ADOT.

The table follows OPC 40001-1 Annex C (https://reference.opcfoundation.org/specs/OPC-40001-1/c-2):
executing, or waiting for the beat within the cycle time, is production; out of service or waiting
beyond it inside an order is delay; not executing without an order is down time. PackML's own
distinction does the rest: Held and Aborted are the robot's, Suspended is the line's.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import get_args

from msgspec import Struct

from ontakt.contract import State
from ontakt.contract.event import Attribution
from ontakt.evidence.shift_record import Segment, ShiftRecord


class Element(StrEnum):
    """The exclusive ISO 22400-2 time elements of a busy unit."""

    ADOT = "ADOT"
    """Actual unit down time: available, no order running."""
    ADET = "ADET"
    """Actual unit delay time: stopped or waiting inside an order."""
    AUST = "AUST"
    """Actual unit setup time."""
    APT = "APT"
    """Actual production time."""


class E10(StrEnum):
    """The basic equipment states of SEMI E10."""

    PRD = "PRD"
    """Productive."""
    SBY = "SBY"
    """Standby: could work, has nothing to work on."""
    ENG = "ENG"
    """Engineering, setup included (OPC 40001-1 Annex C.3)."""
    SDT = "SDT"
    """Scheduled down."""
    UDT = "UDT"
    """Unscheduled down."""
    NST = "NST"
    """Non-scheduled."""


ATTRIBUTIONS: tuple[Attribution, ...] = get_args(Attribution)
_TABLE = """
             none      robot     upstream  downstream part      safety   operator
CLEARING     ADET/UDT  ADET/UDT  ADET/UDT  ADET/UDT  ADET/UDT  ADET/UDT  ADET/UDT
STOPPED      ADOT/SBY  ADET/UDT  ADOT/SBY  ADOT/SBY  ADOT/SBY  ADET/UDT  ADOT/SBY
STARTING     AUST/ENG  ADET/UDT  ADET/SBY  ADET/SBY  ADET/SBY  ADET/UDT  ADET/SBY
IDLE         APT/SBY   ADET/UDT  ADET/SBY  ADET/SBY  ADET/SBY  ADET/UDT  ADET/SBY
SUSPENDED    ADET/SBY  ADET/UDT  ADET/SBY  ADET/SBY  ADET/SBY  ADET/UDT  ADET/SBY
EXECUTE      APT/PRD   APT/PRD   APT/PRD   APT/PRD   APT/PRD   APT/PRD   APT/PRD
STOPPING     ADOT/SBY  ADET/UDT  ADOT/SBY  ADOT/SBY  ADOT/SBY  ADET/UDT  ADOT/SBY
ABORTING     ADET/UDT  ADET/UDT  ADET/UDT  ADET/UDT  ADET/UDT  ADET/UDT  ADET/UDT
ABORTED      ADET/UDT  ADET/UDT  ADET/UDT  ADET/UDT  ADET/UDT  ADET/UDT  ADET/UDT
HOLDING      ADET/UDT  ADET/UDT  ADET/SBY  ADET/SBY  ADET/SBY  ADET/UDT  ADET/UDT
HELD         ADET/UDT  ADET/UDT  ADET/SBY  ADET/SBY  ADET/SBY  ADET/UDT  ADET/UDT
UNHOLDING    ADET/UDT  ADET/UDT  ADET/SBY  ADET/SBY  ADET/SBY  ADET/UDT  ADET/UDT
SUSPENDING   ADET/SBY  ADET/UDT  ADET/SBY  ADET/SBY  ADET/SBY  ADET/UDT  ADET/SBY
UNSUSPENDING ADET/SBY  ADET/UDT  ADET/SBY  ADET/SBY  ADET/SBY  ADET/UDT  ADET/SBY
RESETTING    AUST/ENG  ADET/UDT  ADET/SBY  ADET/SBY  ADET/SBY  ADET/UDT  ADET/SBY
COMPLETING   APT/PRD   APT/PRD   APT/PRD   APT/PRD   APT/PRD   APT/PRD   APT/PRD
COMPLETE     APT/SBY   ADET/UDT  ADET/SBY  ADET/SBY  ADET/SBY  ADET/UDT  ADET/SBY
"""
"""PackML state by the attribution of its time. Idle and Complete without an attribution are the
wait for the beat, which takt has planned; a wait that somebody answers for is a delay."""


def _read(table: str) -> Mapping[tuple[State, str], tuple[Element, E10]]:
    cells: dict[tuple[State, str], tuple[Element, E10]] = {}
    for line in table.split("\n")[2:-1]:
        name, *row = line.split()
        for attribution, cell in zip(ATTRIBUTIONS, row, strict=True):
            element, state = cell.split("/")
            cells[State[name], attribution] = (Element(element), E10(state))
    return MappingProxyType(cells)


TABLE = _read(_TABLE)
"""(PackML state, attribution) to where its time goes."""


def classify(state: State, attribution: str) -> tuple[Element, E10]:
    """Where the time of a state goes that `attribution` answers for."""
    return TABLE[state, attribution]


_OWN = {
    State.HOLDING: "robot",
    State.HELD: "robot",
    State.UNHOLDING: "robot",
    State.CLEARING: "safety",
    State.ABORTING: "safety",
    State.ABORTED: "safety",
    State.SUSPENDING: "upstream",
    State.SUSPENDED: "upstream",
    State.UNSUSPENDING: "upstream",
}
"""Who answers for a stop that names nobody, by what PackML means by the state."""


class Stop(Struct, frozen=True, kw_only=True):
    """A stretch of delay that one party answers for, `end` excluded."""

    start: int
    end: int
    attribution: str
    cause: str
    """Of the state change that began it."""
    kind: str
    """`minor`, or `breakdown` when it lasted longer than the plant's limit for a minor stop."""
    down: bool
    """True when the unit itself was down (E10 UDT) in any part of it."""

    @property
    def ticks(self) -> int:
        """How long it lasted."""
        return self.end - self.start


class TimeElements(Struct, frozen=True, kw_only=True):
    """The time of a shift [ticks]; their sum is the shift's ticks, exactly."""

    hz: int
    adot: int
    adet: int
    aust: int
    apt: int
    e10: Mapping[E10, int]
    stops: tuple[Stop, ...]
    """Their ticks add up to ADET."""

    @property
    def aupt(self) -> int:
        """Actual unit processing time."""
        return self.apt + self.aust

    @property
    def aubt(self) -> int:
        """Actual unit busy time."""
        return self.aupt + self.adet

    @property
    def pbt(self) -> int:
        """Planned busy time: the whole shift; breaks are not part of a shift."""
        return self.aubt + self.adot

    @property
    def operations(self) -> int:
        """E10 operations time: all but non-scheduled time."""
        return sum(self.e10.values()) - self.e10[E10.NST]

    @property
    def uptime(self) -> int:
        """E10 uptime: productive, standby and engineering time."""
        return self.e10[E10.PRD] + self.e10[E10.SBY] + self.e10[E10.ENG]

    @property
    def breakdowns(self) -> int:
        """Delay in stops longer than a minor stop."""
        return sum(stop.ticks for stop in self.stops if stop.kind == "breakdown")

    @property
    def lost(self) -> Mapping[str, int]:
        """Delay by who answers for it."""
        ticks: dict[str, int] = {}
        for stop in self.stops:
            ticks[stop.attribution] = ticks.get(stop.attribution, 0) + stop.ticks
        return ticks

    def seconds(self, ticks: int) -> float:
        """`ticks` [s]."""
        return ticks / self.hz


def time_elements(shift: ShiftRecord) -> TimeElements:
    """Where the time of `shift` went."""
    elements = dict.fromkeys(Element, 0)
    e10 = dict.fromkeys(E10, 0)
    for segment in shift.segments:
        element, state = classify(segment.state, segment.attribution)
        elements[element] += segment.end - segment.start
        e10[state] += segment.end - segment.start
    return TimeElements(
        hz=shift.hz,
        adot=elements[Element.ADOT],
        adet=elements[Element.ADET],
        aust=elements[Element.AUST],
        apt=elements[Element.APT],
        e10=e10,
        stops=_stops(shift.segments, shift.started.minor_stop_s * shift.hz),
    )


def _stops(segments: tuple[Segment, ...], minor: float) -> tuple[Stop, ...]:
    """Delays that touch and have one party to answer for them are one stop."""
    stops: list[Stop] = []
    for segment in segments:
        element, state = classify(segment.state, segment.attribution)
        if element is not Element.ADET:
            continue
        who = segment.attribution
        who = _OWN.get(segment.state, "none") if who == "none" else who
        start, cause, down = segment.start, segment.cause, state is E10.UDT
        if stops and stops[-1].end == start and stops[-1].attribution == who:
            last = stops.pop()
            start, cause, down = last.start, last.cause, last.down or down
        kind = "breakdown" if segment.end - start > minor else "minor"
        stops.append(
            Stop(start=start, end=segment.end, attribution=who, cause=cause, kind=kind, down=down)
        )
    return tuple(stops)
