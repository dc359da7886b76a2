"""One shift as a record: derived from its events, never written by hand."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from ontakt.contract import CellStats, CycleRecord, Side, State
from ontakt.contract.event import (
    BlackBoxKept,
    GuardActed,
    Origin,
    PictureTaken,
    PitchLost,
    ShiftEnded,
    ShiftStarted,
)

CUT = "cut"
"""The failure of a cycle that never ended: its process was lost, or the shift ended around it."""
OPERATOR = "operator"
"""The failure of a cycle that was aborted because a person stopped the shift."""


class Segment(Struct, frozen=True, kw_only=True):
    """A stretch of ticks in one PackML state, `end` excluded."""

    start: int
    end: int
    state: State
    cause: str
    attribution: str


class Call(Struct, frozen=True, kw_only=True):
    """One call of a person, with the tick of each step; None where it was not taken."""

    call: int
    cycle: int
    reason: str
    raised: int
    acknowledged: int | None = None
    arrived: int | None = None
    resolved: int | None = None
    action: str | None = None

    @property
    def came(self) -> bool:
        """True when a person came, whether or not the record knows how it ended."""
        return self.arrived is not None or self.resolved is not None

    @property
    def refill(self) -> bool:
        """True when he was called to refill a feeder and did no more."""
        return self.reason == "starved" if self.action is None else self.action == "refill"

    @property
    def step_in(self) -> bool:
        """True when a person came and acted on the robot or its part. Who refills a feeder brings
        material, as to any machine."""
        return self.came and not self.refill


class Failure(Struct, frozen=True, kw_only=True):
    """A failure that the station saw or, failing that, the inspector."""

    cycle: int
    side: Side | None
    mode: str
    signal: str
    """What showed it; `inspection` when the station had let the side pass as good."""
    attempt: int
    tick: int
    recovered: bool = False
    """True when the robot got over it by itself."""


Untold = Literal[
    "policy", "takt", "cycles", "hours", "times", "verdicts", "beliefs", "stops", "step_ins",
    "assisted", "refills", "failures", "recovered", "retries", "recoveries", "targets",
]  # fmt: skip
"""What a foreign log may leave open."""

OPEN: Mapping[Untold, str] = {
    "policy": "which policy was at work",
    "takt": "the takt",
    "cycles": "how many cycles there were",
    "hours": "how long it was at work",
    "times": "when cycles began and ended",
    "verdicts": "any result",
    "beliefs": "what the station believed of its own work",
    "stops": "stops and who answers for them",
    "step_ins": "when a person stepped in",
    "assisted": "which cycles were assisted",
    "refills": "refills",
    "failures": "failures",
    "recovered": "which failures the robot got over",
    "retries": "attempts beyond the first",
    "recoveries": "recoveries",
    "targets": "control ticks without a target",
}
"""What a log may leave open, as a sentence names it."""


class Source(Struct, frozen=True, kw_only=True):
    """The log that a shift was imported from, where Ontakt recorded no events of it."""

    file: str
    """Its name, without a folder."""
    sha256: str
    """Of its bytes."""
    kind: str
    """How it was read, as `csv`."""
    columns: Mapping[str, str]
    """Our name of each column that was read, to the log's own; with its unit if it had another."""
    timezone: str | None
    """The zone that its local times were read in; None where it names its own."""
    untold: frozenset[Untold]
    """What it leaves open: such figures are unknown, never 0."""


class ShiftRecord(Struct, frozen=True, kw_only=True):
    """Everything that figures and reports are drawn from, for one shift."""

    origin: Origin
    started: ShiftStarted
    ended: ShiftEnded | None
    cut: bool
    """True without a ShiftEnded: the process was lost, or the shift still runs."""
    resumes: int
    """Times that the shift was cut and went on."""
    first_tick: int
    last_tick: int
    first_utc_ns: int
    last_utc_ns: int
    events: int
    cycles: tuple[CycleRecord, ...]
    """All that were begun; one that never ended is `aborted` with the failure `cut`."""
    stats: tuple[CellStats, ...]
    """What the runtime counted in each cycle that says so."""
    segments: tuple[Segment, ...]
    """The states, one after another from `first_tick` to `last_tick` without a gap."""
    calls: tuple[Call, ...]
    failures: tuple[Failure, ...]
    pitch_lost: tuple[PitchLost, ...]
    pictures: tuple[PictureTaken, ...]
    black_boxes: tuple[BlackBoxKept, ...]
    guard: tuple[GuardActed, ...]
    gaps: tuple[tuple[int, int], ...]
    """Missing events, as first and last seq."""
    problems: tuple[str, ...]
    """What was odd about the events, a sentence each; empty for a sound record."""
    source: Source | None = None
    """The foreign log that it was imported from; None for a shift that was folded from events."""

    @property
    def untold(self) -> frozenset[Untold]:
        """What the record leaves open; nothing where it was folded from events."""
        return self.source.untold if self.source is not None else frozenset()

    @property
    def open_points(self) -> list[str]:
        """The same in words."""
        return [words for name, words in OPEN.items() if name in self.untold]

    @property
    def hz(self) -> int:
        """Control ticks per second."""
        return self.started.control_hz

    @property
    def ticks(self) -> int:
        """Control ticks that the shift has lasted."""
        return self.last_tick - self.first_tick

    @property
    def hours(self) -> float:
        """Shift time [h]."""
        return self.ticks / self.hz / 3600

    @property
    def finished(self) -> tuple[CycleRecord, ...]:
        """The cycles that ended, however they did; all that a log tells of have."""
        if self.source is not None:
            return self.cycles
        return tuple(cycle for cycle in self.cycles if cycle.failure != CUT)

    @property
    def step_ins(self) -> int:
        """Times that a person acted on the robot or its part, as far as that is told."""
        if self.source is not None:
            return sum(cycle.step_ins for cycle in self.cycles)
        return sum(call.step_in for call in self.calls)

    @property
    def refills(self) -> int:
        """Times that a person only refilled a feeder."""
        return sum(call.came and call.refill for call in self.calls)
