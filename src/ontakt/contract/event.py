"""Everything that is ever written: one struct per kind of event, a tagged union, an envelope.

A field is added only with a default, a kind is never removed, so an old recording still reads.
All durations that a later reader could want are differences of ticks.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from ontakt.contract.signals import CellStats
from ontakt.contract.spaces import Side
from ontakt.contract.state import State

SCHEMA_VERSION = 1

Attribution = Literal["none", "robot", "upstream", "downstream", "part", "safety", "operator"]
"""Who answers for a stretch of time; `none` where nothing stood still. `part` came, and could not
be worked; `upstream` sent none."""

Ending = Literal["done", "aborted", "starved", "blocked"]
"""How a cycle ended, as the line saw it; its outcome is folded from more than that."""


class _Body(Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base that fixes the tag field; `type` is the class name."""


class ShiftStarted(_Body, frozen=True, kw_only=True):
    """The first event of every shift: what will be done, with what."""

    seed: int
    takt_s: float
    control_hz: int
    policy: str
    """The name that was asked for, as `expert`."""
    sides: tuple[Side, ...]
    planned_cycles: int | None
    planned_s: float | None
    variation: Mapping[str, str]
    """Axis to the text that sets it, as `misalignment: 2.0 mm`, and `level: plant`."""
    latency: str
    strategy: str
    minor_stop_s: float
    """Stops up to this long are minor stops, longer ones breakdowns: a plant's choice."""
    software: Mapping[str, str]
    """Package to version, of all that can change the result."""
    command: tuple[str, ...]
    """The command line that reproduces the shift."""
    notes: tuple[str, ...] = ()
    """What a reader of the report must know, as "upper body on a fixed base"."""
    clock: Literal["virtual", "wall"] = "virtual"
    """Whether time was simulated or passed by itself."""
    speed: float | None = None
    """Of a simulated clock that was held to so many times the wall's pace; None: to none."""
    gauge: Mapping[str, float] = {}
    """What the inspector calls good: an `offset` [m], a `height` [m] and a `tilt` [rad] below this,
    as far as each is told."""


class ShiftResumed(_Body, frozen=True, kw_only=True):
    """A shift that was cut goes on with `cycle`."""

    cycle: int


class ShiftEnded(_Body, frozen=True, kw_only=True):
    """The last event of a shift that was not cut."""

    reason: Literal["planned", "stopped", "halted"]
    detail: str = ""


class StateChanged(_Body, frozen=True, kw_only=True):
    """The PackML state machine moved."""

    state: State
    cause: str
    """Why: `start`, a failure mode, `starved`, `blocked`, `guard`, `operator`, `done`."""
    attribution: Attribution = "none"
    """Who answers for the time from here to the next change."""


class CycleStarted(_Body, frozen=True, kw_only=True):
    """A part was presented at the beat (or when the line was free again)."""

    cycle: int
    due_tick: int
    """The beat that this part was due on."""
    job: tuple[Side, ...]
    variation: Mapping[str, float]


class NutFed(_Body, frozen=True, kw_only=True):
    """The escapement presented a nut; `left` remain in the magazine."""

    cycle: int
    side: Side
    left: int


class PhaseEntered(_Body, frozen=True, kw_only=True):
    """The supervisor saw a side enter a phase: reach, grasp, carry, insert, release, home."""

    cycle: int
    side: Side
    phase: str


class FailureDetected(_Body, frozen=True, kw_only=True):
    """The supervisor saw a failure, by a signal that a real cell has."""

    cycle: int
    side: Side | None
    mode: str
    """drop, jam, stall, no_grasp, not_seated, guard or timeout."""
    signal: str
    """What showed it, as `opening 0.2 mm while carrying`."""
    attempt: int


class RecoveryStarted(_Body, frozen=True, kw_only=True):
    """The robot tries again by itself."""

    cycle: int
    side: Side
    mode: str
    attempt: int


class RecoveryEnded(_Body, frozen=True, kw_only=True):
    """How that went; `ok` is what the station believes."""

    cycle: int
    side: Side
    ok: bool


class SideJudged(_Body, frozen=True, kw_only=True):
    """What the station believes of a side when the robot leaves it."""

    cycle: int
    side: Side
    ok: bool
    reason: str


class PartInspected(_Body, frozen=True, kw_only=True):
    """What the inspector measured on the robot's own work, before any person touched it."""

    cycle: int
    side: Side
    ok: bool
    offset: float
    height: float
    tilt: float


class GuardActed(_Body, frozen=True, kw_only=True):
    """The guard clipped, held or stopped; a run of ticks with the same rule is one event."""

    cycle: int
    rule: str
    action: Literal["clip", "hold", "stop"]
    side: Side | None
    value: float | None
    limit: float | None


class CallRaised(_Body, frozen=True, kw_only=True):
    """The andon: a person is called."""

    call: int
    cycle: int
    reason: str


class CallAcknowledged(_Body, frozen=True, kw_only=True):
    """Somebody answered the call."""

    call: int


class CallArrived(_Body, frozen=True, kw_only=True):
    """He stands at the station."""

    call: int


class CallResolved(_Body, frozen=True, kw_only=True):
    """He is out of the cell again."""

    call: int
    action: Literal["finish", "remove", "clear", "refill", "drive", "again", "none"]
    """Finished the part by hand, took the part away, cleared the cell, refilled a feeder; drove the
    robot, had it try again, or looked and did nothing."""


class RequestAnswered(_Body, frozen=True, kw_only=True):
    """A person asked the station for something from a console; jogs are in TakeoverEnded."""

    cycle: int | None
    """The cycle under way; None between two."""
    who: str
    where: str
    """The console's address."""
    wish: str
    """As `contract.request` names it: `hold`, `take_over`."""
    detail: str = ""
    """What of it: an action, a category, a reason code."""
    obeyed: bool = True
    why: str = ""
    """Why not."""


class TakeoverEnded(_Body, frozen=True, kw_only=True):
    """A person who had taken over drives no longer."""

    cycle: int | None
    who: str
    began_tick: int
    """When he took over."""
    jogs: int
    """That he sent."""
    moved_ticks: int
    """Ticks on which an arm was his to move and did."""
    let_go: bool = True
    """False where something else ended it, as a stop or the loss of his console."""


class PitchLost(_Body, frozen=True, kw_only=True):
    """The line stood because this station was not done at the beat."""

    cycle: int
    ticks: int


class PictureTaken(_Body, frozen=True, kw_only=True):
    """A picture beside the record; `path` is relative to the shift's folder."""

    cycle: int
    what: str
    path: str


class BlackBoxKept(_Body, frozen=True, kw_only=True):
    """The last seconds around a fault were kept; `path` is relative to the shift's folder."""

    cycle: int
    reason: str
    path: str


class CycleEnded(_Body, frozen=True, kw_only=True):
    """The part leaves; the cycle is finished and its record can be folded."""

    cycle: int
    ending: Ending
    robot_done_tick: int | None
    """When the last arm stood clear with its work done or given up; None when it never did."""
    retries: Mapping[Side, int]
    stats: CellStats | None = None


Event = (
    ShiftStarted
    | ShiftResumed
    | ShiftEnded
    | StateChanged
    | CycleStarted
    | NutFed
    | PhaseEntered
    | FailureDetected
    | RecoveryStarted
    | RecoveryEnded
    | SideJudged
    | PartInspected
    | GuardActed
    | CallRaised
    | CallAcknowledged
    | CallArrived
    | CallResolved
    | RequestAnswered
    | TakeoverEnded
    | PitchLost
    | PictureTaken
    | BlackBoxKept
    | CycleEnded
)


class Origin(Struct, frozen=True, kw_only=True):
    """Who speaks: the same for all events of a shift."""

    shift: str
    station: str
    robot: str
    policy_hash: str
    config_hash: str


class Record(Struct, frozen=True, kw_only=True):
    """One event in its envelope, as stored and exchanged."""

    origin: Origin
    seq: int
    """0, 1, 2, ... without a gap within a shift."""
    tick: int
    utc_ns: int
    event: Event
    v: int = SCHEMA_VERSION


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Record)


def encode(record: Record) -> bytes:
    """One record as one JSON object, the same bytes for equal records."""
    return _encoder.encode(record)


def decode(data: bytes) -> Record:
    """The inverse of `encode`. Raises msgspec.ValidationError for anything else."""
    return _decoder.decode(data)
