"""What the wall shows of one shift at one moment: numbers and keys, no words of any language."""

from typing import Literal

from msgspec import Struct

from ontakt.board.tone import Help, Link, Tone
from ontakt.contract import Outcome, State


class Pace(Struct, frozen=True, kw_only=True):
    """Parts that should have left, and good parts that did."""

    target: int
    """Whole pitches that have passed at takt."""
    made: int
    """Parts that left good: by the robot alone, or finished by a person."""
    over: int = 0
    """Cycles that ended some other way: bad, aborted, starved, blocked, removed."""

    @property
    def difference(self) -> int:
        """Ahead of (positive) or behind (negative) the target."""
        return self.made - self.target


class LastCycle(Struct, frozen=True, kw_only=True):
    """One of the cycles that ended last."""

    cycle: int
    outcome: Outcome
    cycle_s: float


class OpenCall(Struct, frozen=True, kw_only=True):
    """The call that nobody has resolved yet."""

    call: int
    cycle: int
    reason: str
    step: Help
    age_s: float
    raised_ns: int


class TopStop(Struct, frozen=True, kw_only=True):
    """Stops of one cause: what they took from the shift."""

    cause: str
    count: int
    seconds: float


class TopFailure(Struct, frozen=True, kw_only=True):
    """Failures of one mode, recovered ones included."""

    mode: str
    count: int


class StepIns(Struct, frozen=True, kw_only=True):
    """How often a person had to act; the rate and its exact Poisson interval (Garwood, 95 %) are
    None without exposure."""

    count: int
    hours: float
    per_hour: float | None
    low: float | None
    high: float | None


class Beat(Struct, frozen=True, kw_only=True):
    """The pitch under way; its part is due at `ends_ns`."""

    cycle: int
    begins_ns: int
    ends_ns: int
    left_s: float
    """To the beat; negative when it has passed."""
    open: bool
    """True while the cycle's part is at the station."""


class WallView(Struct, frozen=True, kw_only=True):
    """One shift as the wall shows it. Times named `_ns` are UTC [ns since 1970]."""

    shift: str
    station: str
    robot: str
    policy: str
    seq: int
    """Of the last event that is in it."""
    clock: Literal["virtual", "wall"]
    link: Link
    now_ns: int
    written_ns: int | None
    """When the record last grew, by this machine's clock."""
    told_ns: int
    """UTC of the last event, by the shift's clock."""
    ticking: bool
    """True where time passes by itself between events, so that a page may count on."""
    tone: Tone
    word: str
    state: State
    cause: str
    since_ns: int
    since_s: float
    """How long the station has been in this stop or state [s]."""
    takt_s: float
    beat: Beat | None
    """None before the first part and after the last."""
    hour_ns: int
    """When the present clock hour began."""
    hour: Pace
    whole: Pace
    planned: int | None
    """Parts that the whole shift is planned to make."""
    last: tuple[LastCycle, ...]
    """Newest first."""
    call: OpenCall | None
    stops: tuple[TopStop, ...]
    failures: tuple[TopFailure, ...]
    step_ins: StepIns
    problem: str = ""
    """Why the record cannot be read, where it cannot."""
