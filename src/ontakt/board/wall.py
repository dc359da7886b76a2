"""A shift's events become what its wall shows: pure, and fed one event at a time."""

from collections import Counter
from datetime import UTC, datetime, tzinfo

from msgspec import Struct

from ontakt.board.call_book import CallBook
from ontakt.board.output import Output, Plan
from ontakt.board.stop_ledger import LOST, StopLedger
from ontakt.board.tone import Link, tone_of
from ontakt.board.wall_view import Beat, TopFailure, WallView
from ontakt.contract import State
from ontakt.contract.event import (
    CallAcknowledged,
    CallArrived,
    CallRaised,
    CallResolved,
    CycleEnded,
    CycleStarted,
    FailureDetected,
    Record,
    ShiftEnded,
    ShiftResumed,
    ShiftStarted,
    StateChanged,
)
from ontakt.evidence.fold import Fold

LAST_CYCLES = 12
TOP = 3
_NS = 1_000_000_000
_PATIENCE_S = 15.0
"""How much longer than a takt a station at work may say nothing before its data count as old."""
_WAITING = {
    State.HELD, State.SUSPENDED, State.ABORTED, State.STOPPED, State.IDLE, State.COMPLETE,
}  # fmt: skip
"""States that last until somebody does something: silence is no sign of trouble there."""


class Moment(Struct, frozen=True, kw_only=True):
    """When somebody looks, and what is known of the writer then."""

    now_ns: int
    """UTC of this machine."""
    written_ns: int | None = None
    """When the record last grew, by the same clock; None when that is not known."""
    alive: bool | None = None
    """Whether the shift's process lives; None when that is not known."""
    problem: str = ""
    """Why the record cannot be read, where it cannot."""


class WallFold:
    """One shift; `feed` wants its records by seq and raises RecordError as `evidence.Fold` does.
    A look costs the same however long the shift has lasted."""

    def __init__(self, zone: tzinfo | None = None) -> None:
        """`zone` is where clock hours begin; this machine's when None."""
        self.fold = Fold()
        """The shift as evidence; a finished ShiftRecord can be had of it at any time."""
        self._zone = zone
        self._record: Record | None = None
        self._header: ShiftStarted | None = None
        self._plan: Plan | None = None
        self._first = 0
        """The first event's tick."""
        self._output = Output(self.fold.cycles)
        self._stops = StopLedger()
        self._change = StateChanged(state=State.STOPPED, cause="start")
        self._changed = (0, 0)
        """Tick and UTC of that change, or of the first of several that are one stop."""
        self._begun: CycleStarted | None = None
        self._open = False
        self._calls = CallBook()
        self._modes: Counter[str] = Counter()
        self._ended: ShiftEnded | None = None

    @property
    def seq(self) -> int:
        """Of the last event; -1 before the first."""
        return -1 if self._record is None else self._record.seq

    @property
    def last(self) -> Record | None:
        """The last event in its envelope."""
        return self._record

    def feed(self, record: Record) -> None:
        """Take the next record."""
        done = self.fold.feed(record)
        event, tick = record.event, record.tick
        match event:
            case ShiftStarted():
                self._header = event
                self._plan = Plan(
                    event.takt_s, event.control_hz, event.planned_cycles, event.planned_s
                )
                self._first, self._changed = tick, (tick, record.utc_ns)
            case ShiftResumed():
                before = self._record
                self._state(LOST, before.tick if before else tick, record.utc_ns)
                self._ended, self._open = None, False
            case ShiftEnded():
                self._ended, self._open = event, False
            case StateChanged():
                self._state(event, tick, record.utc_ns)
            case CycleStarted():
                self._begun, self._open = event, True
                if self._plan is not None:
                    self._plan.begin(event.due_tick)
            case CycleEnded():
                self._open = False
            case CallRaised() | CallAcknowledged() | CallArrived() | CallResolved():
                call = self._calls.feed(event, tick, record.utc_ns)
                self._output.dirty()
                if call is not None and call.action == "finish":
                    self._output.finished_by_hand(call.cycle)
            case FailureDetected(mode=mode):
                self._modes[mode] += 1
            case _:
                pass
        if done is not None:
            self._output.ended(record.utc_ns)
        self._record = record

    def _state(self, event: StateChanged, tick: int, utc_ns: int) -> None:
        going_on = self._stops.began
        self._stops.change(event, tick)
        if self._stops.began is None or self._stops.began != going_on:
            self._changed = (tick, utc_ns)
        self._change = event

    def view(self, moment: Moment) -> WallView | None:
        """What the wall shows at `moment`; None before the first event."""
        record, header, plan = self._record, self._header, self._plan
        if record is None or header is None or plan is None:
            return None
        hz = header.control_hz
        link = self._link(moment, header, record)
        ticking = header.clock == "wall" and link in ("live", "silent")
        now_ns = max(moment.now_ns, record.utc_ns) if ticking else self._simulated(moment, link)
        now = record.tick + (now_ns - record.utc_ns) * hz / _NS
        beat = self._beat(header, record, now)
        late = beat is not None and beat.open and beat.left_s < 0
        call = self._calls.open(now, hz)
        began = self._stops.began
        long_stop = began is not None and now - began > header.minor_stop_s * hz
        tone, word = tone_of(
            self._change.state,
            self._change.cause,
            self._change.attribution,
            link,
            call=call.step if call else None,
            late=late,
            long_stop=long_stop,
            reason=self._ended.reason if self._ended else None,
        )
        hour_ns = hour_start(now_ns, self._zone)
        hour_tick = now - (now_ns - hour_ns) * hz / _NS
        return WallView(
            shift=record.origin.shift,
            station=record.origin.station,
            robot=record.origin.robot,
            policy=header.policy,
            seq=record.seq,
            clock=header.clock,
            link=link,
            now_ns=now_ns,
            written_ns=moment.written_ns,
            told_ns=record.utc_ns,
            ticking=ticking,
            tone=tone,
            word=word,
            state=self._change.state,
            cause=self._change.cause,
            since_ns=self._changed[1],
            since_s=(now - self._changed[0]) / hz,
            takt_s=header.takt_s,
            beat=beat,
            hour_ns=hour_ns,
            hour=plan.pace(hour_tick, now, *self._output.since(hour_ns)),
            whole=plan.pace(-1, now, *self._output.since(0)),
            planned=plan.planned,
            last=self._output.last(LAST_CYCLES),
            call=call,
            stops=self._stops.top(TOP, int(now), hz),
            failures=tuple(
                TopFailure(mode=mode, count=count)
                for mode, count in sorted(self._modes.items(), key=lambda m: (-m[1], m[0]))[:TOP]
            ),
            step_ins=self._calls.step_ins((now - self._first) / hz / 3600),
            problem=moment.problem,
        )

    def _simulated(self, moment: Moment, link: Link) -> int:
        """UTC [ns] by a simulated clock. Between events it stands still, for nobody knows how far
        the simulation is; but one that waits for people at a pace goes on at that."""
        record, header = self._record, self._header
        assert record is not None
        assert header is not None
        waits = self._change.state in _WAITING and link == "live"
        if header.speed is None or moment.written_ns is None or not waits:
            return record.utc_ns
        gone = max(0, moment.now_ns - moment.written_ns)
        return record.utc_ns + round(gone * header.speed)

    def _link(self, moment: Moment, header: ShiftStarted, record: Record) -> Link:
        if moment.problem:
            return "broken"
        if self._ended is not None:
            return "ended"
        if moment.alive is False:
            return "gone"
        written = record.utc_ns if moment.written_ns is None else moment.written_ns
        silent_s = (moment.now_ns - written) / _NS
        # A simulation may be slower than the station would be, hence the minute.
        bound = header.takt_s if header.clock == "wall" else max(header.takt_s, 60.0)
        waits = self._change.state in _WAITING and not (moment.alive is None and silent_s > 900)
        return "live" if waits or silent_s <= bound + _PATIENCE_S else "silent"

    def _beat(self, header: ShiftStarted, record: Record, now: float) -> Beat | None:
        begun = self._begun
        if begun is None or self._ended is not None:
            return None
        hz = header.control_hz
        ends = begun.due_tick + header.takt_s * hz

        def utc(tick: float) -> int:
            return record.utc_ns + round((tick - record.tick) * _NS / hz)

        return Beat(
            cycle=begun.cycle,
            begins_ns=utc(begun.due_tick),
            ends_ns=utc(ends),
            left_s=(ends - now) / hz,
            open=self._open,
        )


def hour_start(utc_ns: int, zone: tzinfo | None) -> int:
    """UTC [ns] at which the clock hour of `utc_ns` began in `zone`."""
    there = datetime.fromtimestamp(utc_ns // _NS, UTC).astimezone(zone)
    whole = there.minute * 60 + there.second
    return utc_ns // _NS * _NS - whole * _NS
