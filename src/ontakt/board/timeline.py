"""One cycle as a drawing: what each side did, and when something happened."""

from collections.abc import Sequence
from typing import TypeVar

from msgspec import Struct

from ontakt.board.brief import told
from ontakt.contract import Side
from ontakt.contract.event import (
    CycleEnded,
    CycleStarted,
    PhaseEntered,
    Record,
    StateChanged,
)
from ontakt.contract.state import State

T = TypeVar("T")
_LEFT, _RIGHT = 70.0, 990.0
_LEAST_LABEL = 52.0
"""A phase narrower than this [units of the drawing] goes without its name in it."""
_LOUD = ("FailureDetected", "GuardActed", "CallRaised", "CallAcknowledged", "CallArrived",
         "CallResolved")  # fmt: skip
"""What is drawn; the rest is listed."""
_STOPPED = {
    State.HOLDING, State.HELD, State.UNHOLDING, State.SUSPENDING, State.SUSPENDED,
    State.UNSUSPENDING, State.ABORTING, State.ABORTED, State.CLEARING, State.STOPPED,
}  # fmt: skip


class Bar(Struct, frozen=True, kw_only=True):
    """A stretch of time in a lane."""

    lane: str
    name: str
    kind: str
    """A class of the style sheet."""
    x: float
    width: float
    start_s: float
    seconds: float

    @property
    def label(self) -> str:
        """Its name, where there is room for it."""
        return self.name if self.width >= _LEAST_LABEL else ""


class Mark(Struct, frozen=True, kw_only=True):
    """Something that happened."""

    x: float
    at_s: float
    """Since the cycle's start."""
    seq: int
    kind: str
    text: str
    loud: bool
    """True for what is drawn, and not only listed."""


class Timeline(Struct, frozen=True, kw_only=True):
    """A cycle from its start to its end, or as far as it has come."""

    seconds: float
    takt_x: float
    sides: tuple[Side, ...]
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    grid: tuple[tuple[float, str], ...]
    """Where lines are, and the seconds at them."""
    first_x: float = _LEFT
    last_x: float = _RIGHT


def timeline(records: Sequence[Record], takt_s: float, hz: int) -> Timeline:
    """The cycle that `records` tell of; the first of them is its CycleStarted."""
    start = records[0].tick
    ends = [record.tick for record in records if isinstance(record.event, CycleEnded)]
    end = ends[0] if ends else records[-1].tick
    seconds = max((end - start) / hz, takt_s, 1.0) * 1.02

    def x(at_s: float) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * min(at_s, seconds) / seconds, 1)

    def bar(lane: str, name: str, kind: str, first: int, last: int) -> Bar:
        a, b = (first - start) / hz, (last - start) / hz
        return Bar(
            lane=lane, name=name, kind=kind, x=x(a), width=max(0.5, x(b) - x(a)),
            start_s=a, seconds=b - a,
        )  # fmt: skip

    header = records[0].event
    sides = header.job if isinstance(header, CycleStarted) else ()
    bars = []
    for side in sides:
        entered = [
            (record.tick, record.event.phase)
            for record in records
            if isinstance(record.event, PhaseEntered) and record.event.side == side
        ]
        bars += [
            bar(side, phase, f"phase {phase}", tick, last)
            for (tick, phase), last in _until_next(entered, end)
        ]
    changes = [(r.tick, r.event) for r in records if isinstance(r.event, StateChanged)]
    bars += [
        bar("state", event.state.name.lower(), "stopped", tick, last)
        for (tick, event), last in _until_next(changes, end)
        if event.state in _STOPPED and last > tick
    ]
    marks = [
        Mark(
            x=x((record.tick - start) / hz),
            at_s=(record.tick - start) / hz,
            seq=record.seq,
            kind=type(record.event).__name__,
            text=told(record.event),
            loud=type(record.event).__name__ in _LOUD,
        )
        for record in records
        if record.tick <= end
    ]
    step = next((s for s in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600) if seconds / s <= 10), 3600)
    grid = [(x(k * step), f"{k * step}") for k in range(int(seconds // step) + 1)]
    return Timeline(
        seconds=seconds,
        takt_x=x(takt_s),
        sides=sides,
        bars=tuple(bars),
        marks=tuple(marks),
        grid=tuple(grid),
    )


def _until_next(starts: Sequence[tuple[int, T]], end: int) -> list[tuple[tuple[int, T], int]]:
    """Each start with the tick of the next one, or `end`."""
    ends = [tick for tick, _ in starts[1:]] + [end]
    return [(one, max(one[0], last)) for one, last in zip(starts, ends, strict=False)]
