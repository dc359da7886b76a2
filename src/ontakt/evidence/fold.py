"""Events become a shift: cycle records, states, calls and failures, the same from the same events.

`Fold` takes records as they happen; `fold` takes a finished heap of them in any order.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from msgspec.structs import replace

from ontakt.contract import CycleRecord, RecordError, State
from ontakt.contract.event import (
    BlackBoxKept,
    CallAcknowledged,
    CallArrived,
    CallRaised,
    CallResolved,
    CycleEnded,
    CycleStarted,
    Event,
    GuardActed,
    PictureTaken,
    PitchLost,
    Record,
    RequestAnswered,
    ShiftEnded,
    ShiftResumed,
    ShiftStarted,
    StateChanged,
    TakeoverEnded,
)
from ontakt.evidence.draft import Draft
from ontakt.evidence.shift_record import CUT, Call, Failure, Segment, ShiftRecord

_FIRST = StateChanged(state=State.STOPPED, cause="start")
"""What holds until the first StateChanged."""
_LOST = StateChanged(state=State.STOPPED, cause=CUT, attribution="robot")
"""What holds from the last word of a lost process to the first StateChanged after it: the station
was down, and nobody else's fault it was."""


def fold(records: Iterable[Record]) -> ShiftRecord:
    """The shift that `records` tell of, whatever their order; a repeated record counts once.

    Raises RecordError when they are of two shifts, contradict each other, or lack the beginning.
    """
    live = Fold()
    ordered = sorted(records, key=lambda record: record.seq)
    for before, record in pairwise([None, *ordered]):
        if record is None or record == before:
            continue
        if before is not None and before.seq == record.seq:
            raise RecordError(
                f"Shift {record.origin.shift!r} has two different events with seq {record.seq}."
            )
        live.feed(record)
    return live.result()


class Fold:
    """A shift while it happens; `feed` wants its records in the order of their seq."""

    def __init__(self) -> None:
        self._first: Record | None = None
        self._last: Record | None = None
        self._events = 0
        self._ended: ShiftEnded | None = None
        self._resumes = 0
        self._drafts: list[Draft] = []
        self._latest: dict[int, Draft] = {}
        self._cycles: list[CycleRecord] = []
        self._places: dict[int, int] = {}
        self._states: list[tuple[int, StateChanged]] = []
        self._calls: dict[int, Call] = {}
        self._kept: list[Event] = []
        self._gaps: list[tuple[int, int]] = []
        self._problems: list[str] = []

    @property
    def started(self) -> ShiftStarted | None:
        """The shift's first event."""
        event = self._first.event if self._first else None
        return event if isinstance(event, ShiftStarted) else None

    @property
    def cycles(self) -> Sequence[CycleRecord]:
        """The cycles that have ended so far."""
        return self._cycles

    @property
    def state(self) -> State:
        """The present PackML state."""
        return self._states[-1][1].state if self._states else _FIRST.state

    @property
    def tick(self) -> int:
        """The tick of the last event."""
        return self._last.tick if self._last else 0

    def feed(self, record: Record) -> CycleRecord | None:
        """Take the next record; returns the cycle that it finished, if it finished one."""
        silent = self.tick
        self._accept(record)
        event, tick = record.event, record.tick
        if isinstance(event, CycleStarted | ShiftResumed):
            self._cut_open()
        elif self._drafts:
            self._drafts[-1].reach(tick)
        match event:
            case CycleStarted():
                assert self.started is not None  # _accept has seen to it
                draft = Draft(record.origin.shift, self.started, event, tick)
                self._drafts.append(draft)
                self._latest[event.cycle] = draft
            case ShiftResumed():
                self._states.append((silent, _LOST))
                self._resumes += 1
                self._ended = None
            case ShiftEnded():
                self._ended = event
            case StateChanged():
                self._states.append((tick, event))
                if self._drafts and self._drafts[-1].open:
                    self._drafts[-1].feed(event, tick)
            case CallRaised() | CallAcknowledged() | CallArrived() | CallResolved():
                self._call(event, tick)
            case PitchLost() | PictureTaken() | BlackBoxKept():
                self._kept.append(event)
            case ShiftStarted() | RequestAnswered() | TakeoverEnded():
                pass
            case _:
                if isinstance(event, GuardActed):
                    self._kept.append(event)
                return self._of_cycle(event, tick)
        return None

    def _accept(self, record: Record) -> None:
        """Hold the record against what came before."""
        first, last = self._first, self._last
        expected = last.seq + 1 if last else 0
        shift = record.origin.shift
        if first is None or last is None:
            if not isinstance(record.event, ShiftStarted):
                raise RecordError(
                    f"Shift {shift!r} begins with seq {record.seq}, {type(record.event).__name__}; "
                    "ShiftStarted is wanted."
                )
            self._first = record
        elif record.origin != first.origin:
            raise RecordError(
                f"Event {record.seq} of shift {shift!r} has another origin than the first event "
                f"of shift {first.origin.shift!r}; fold one shift at a time."
            )
        elif record.seq < expected:
            raise RecordError(f"Event {record.seq} of shift {shift!r} comes after {last.seq}.")
        elif record.tick < last.tick:
            raise RecordError(
                f"Event {record.seq} of shift {shift!r} is at tick {record.tick}, before tick "
                f"{last.tick} of event {last.seq}."
            )
        if record.seq > expected:
            self._gaps.append((expected, record.seq - 1))
            self._problems.append(f"Events {expected} to {record.seq - 1} are missing.")
        self._last = record
        self._events += 1

    def _of_cycle(self, event: Event, tick: int) -> CycleRecord | None:
        number = getattr(event, "cycle", None)
        draft = self._latest.get(number) if isinstance(number, int) else None
        if draft is None:
            self._problems.append(f"{type(event).__name__} names cycle {number}, never begun.")
            return None
        draft.feed(event, tick)
        if draft.cycle in self._places:
            self._amend(draft)
            return None
        if not isinstance(event, CycleEnded):
            return None
        self._places[draft.cycle] = len(self._cycles)
        self._cycles.append(draft.record())
        return self._cycles[-1]

    def _amend(self, draft: Draft) -> None:
        """A finished cycle has learned more, as when its call is resolved after its end."""
        place = self._places.get(draft.cycle)
        if place is not None:
            self._cycles[place] = draft.record()

    def _cut_open(self) -> None:
        """Whatever cycle is open will not go on."""
        if self._drafts and self._drafts[-1].open:
            self._drafts[-1].open = False
            self._problems.append(f"Cycle {self._drafts[-1].cycle} never ended.")

    def _call(
        self, event: CallRaised | CallAcknowledged | CallArrived | CallResolved, tick: int
    ) -> None:
        known = self._calls.get(event.call)
        match event:
            case CallRaised(call=call, cycle=cycle, reason=reason):
                known = Call(call=call, cycle=cycle, reason=reason, raised=tick)
            case _ if known is None:
                self._problems.append(f"{type(event).__name__} of call {event.call}, never raised.")
                return
            case CallAcknowledged():
                known = replace(known, acknowledged=tick)
            case CallArrived():
                known = replace(known, arrived=tick)
            case CallResolved(action=action):
                known = replace(known, resolved=tick, action=action)
        self._calls[event.call] = known
        draft = self._latest.get(known.cycle)
        if draft is not None:
            draft.calls[known.call] = known
            self._amend(draft)

    def result(self) -> ShiftRecord:
        """The shift as far as it went. Raises RecordError before the first record."""
        first, last, started = self._first, self._last, self.started
        if first is None or last is None or started is None:
            raise RecordError("There are no events to fold.")
        failures: list[Failure] = []
        for draft in self._drafts:
            failures.extend(draft.failures)
        return ShiftRecord(
            origin=first.origin,
            started=started,
            ended=self._ended,
            cut=self._ended is None,
            resumes=self._resumes,
            first_tick=first.tick,
            last_tick=last.tick,
            first_utc_ns=first.utc_ns,
            last_utc_ns=last.utc_ns,
            events=self._events,
            cycles=tuple(draft.record() for draft in self._drafts),
            stats=tuple(draft.stats for draft in self._drafts if draft.stats is not None),
            segments=self._segments(first.tick, last.tick),
            calls=tuple(self._calls.values()),
            failures=tuple(failures),
            pitch_lost=tuple(e for e in self._kept if isinstance(e, PitchLost)),
            pictures=tuple(e for e in self._kept if isinstance(e, PictureTaken)),
            black_boxes=tuple(e for e in self._kept if isinstance(e, BlackBoxKept)),
            guard=tuple(e for e in self._kept if isinstance(e, GuardActed)),
            gaps=tuple(self._gaps),
            problems=tuple(self._problems),
        )

    def _segments(self, first: int, last: int) -> tuple[Segment, ...]:
        marks = [(first, _FIRST), *self._states]
        ends = [tick for tick, _ in marks[1:]] + [last]
        return tuple(
            Segment(
                start=start,
                end=end,
                state=change.state,
                cause=change.cause,
                attribution=change.attribution,
            )
            for (start, change), end in zip(marks, ends, strict=True)
            if end > start
        )
