"""The append-only event store: what `append` has taken survives a kill of the process."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.exc import DBAPIError

from ontakt.contract import HaltError, MissingExtra, RecordError, UnknownName
from ontakt.contract.event import (
    SCHEMA_VERSION,
    CycleStarted,
    Event,
    Origin,
    Record,
    ShiftEnded,
    ShiftResumed,
    ShiftStarted,
)
from ontakt.evidence import sqlite
from ontakt.evidence.schema import events, shifts

_event_encoder = msgspec.json.Encoder(order="deterministic")
_event_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


class ResumePoint(Struct, frozen=True, kw_only=True):
    """Where a stored shift stands."""

    next_seq: int
    tick: int
    """Of its last event."""
    utc_ns: int
    """Of its last event."""
    next_cycle: int | None
    """One past the last cycle that was begun; None before the first."""
    cut: bool
    """True when the shift never ended: its process was lost, or still runs."""


def open_store(where: str | Path, write: bool = False) -> "EventStore":
    """The store at a path or URL (`sqlite:///PATH`); with `write` it is made when it is new.

    Raises RecordError for what is no event store, or one that cannot be written.
    """
    scheme, mark, rest = str(where).partition("://")
    if not mark:
        return EventStore(Path(where), write)
    if scheme == "sqlite":
        return EventStore(Path(rest.removeprefix("/")), write)
    if scheme.startswith("postgresql"):
        try:
            import psycopg  # type: ignore[import-not-found, unused-ignore]  # noqa: F401
        except ImportError:
            raise MissingExtra(f"The store {where}", "postgres") from None
        raise RecordError(f"{where}: PostgreSQL stores follow later; use sqlite:///PATH.")
    raise UnknownName("kind of store", scheme, ["sqlite", "postgresql"])


class EventStore:
    """Events of any number of shifts in one place; nothing is ever changed or taken out."""

    def __init__(self, path: Path, write: bool = False) -> None:
        self.path = path
        self._writer = sqlite.Writer(path) if write else None
        if self._writer is None:
            sqlite.check(path)
        self._next: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End writing; harmless for a reader and when called twice."""
        if self._writer is not None:
            self._writer.close()

    def shifts(self) -> tuple[Origin, ...]:
        """Every shift, in the order in which they were begun."""
        with sqlite.reading(self.path) as connection:
            rows = connection.execute(
                sa.select(shifts).order_by(shifts.c.opened_utc_ns, shifts.c.shift)
            )
            return tuple(
                Origin(
                    shift=row.shift,
                    station=row.station,
                    robot=row.robot,
                    policy_hash=row.policy_hash,
                    config_hash=row.config_hash,
                )
                for row in rows
            )

    def find(self, shift: str | None = None) -> Origin:
        """The shift of that name or of that unique beginning; the latest one for None."""
        known = self.shifts()
        if not known:
            raise RecordError(f"{self.path}: holds no shift yet.")
        if shift is None:
            return known[-1]
        exact = [origin for origin in known if origin.shift == shift]
        found = exact or [origin for origin in known if shift and origin.shift.startswith(shift)]
        if len(found) != 1:
            raise UnknownName("shift", shift, [origin.shift for origin in known])
        return found[0]

    def records(self, shift: str, after: int = -1) -> Iterator[Record]:
        """The records of `shift` with seq > `after`, by seq; those there are when it begins."""
        origin = self.find(shift)
        with sqlite.reading(self.path) as connection:
            rows = connection.execute(
                sa.select(events)
                .where(events.c.shift == origin.shift, events.c.seq > after)
                .order_by(events.c.seq)
                .execution_options(yield_per=1000)
            )
            for row in rows:
                yield Record(
                    origin=origin,
                    seq=row.seq,
                    tick=row.tick,
                    utc_ns=row.utc_ns,
                    event=self._decode(row.shift, row.seq, row.v, row.body),
                    v=row.v,
                )

    def _decode(self, shift: str, seq: int, v: int, body: str) -> Event:
        place = f"{self.path}: event {seq} of shift {shift!r}"
        if v > SCHEMA_VERSION:
            raise RecordError(f"{place} has version {v} of a newer Ontakt; upgrade ontakt.")
        try:
            return _event_decoder.decode(body)
        except msgspec.MsgspecError as error:
            raise RecordError(f"{place} cannot be read ({error}).") from error

    def resume_point(self, shift: str) -> ResumePoint:
        """Where `shift` stands. Raises UnknownName for one that is not there."""
        name = self.find(shift).shift
        of_shift = events.c.shift == name
        begun = sa.and_(of_shift, events.c.type == CycleStarted.__name__)
        with sqlite.reading(self.path) as connection:
            last = connection.execute(
                sa.select(events).where(of_shift).order_by(events.c.seq.desc()).limit(1)
            ).one()
            cycle = connection.execute(sa.select(sa.func.max(events.c.cycle)).where(begun)).scalar()
        return ResumePoint(
            next_seq=last.seq + 1,
            tick=last.tick,
            utc_ns=last.utc_ns,
            next_cycle=None if cycle is None else int(cycle) + 1,
            cut=last.type != ShiftEnded.__name__,
        )

    def append(self, record: Record) -> None:
        """Store one record; when this returns it is on the disk.

        Raises RecordError for a seq that is not the next one, and for whatever the disk says.
        """
        self.extend((record,))

    def extend(self, records: Iterable[Record]) -> None:
        """Store all of `records`, or none when one of them cannot follow what is there."""
        if self._writer is None:
            raise RecordError(f"{self.path}: was opened for reading only.")
        connection = self._writer.connection
        following = dict(self._next)
        try:
            with connection.begin():
                for record in records:
                    origin = record.origin
                    if origin.shift not in following:
                        following[origin.shift] = self._admit(origin)
                    self._insert(connection, record, following[origin.shift])
                    following[origin.shift] += 1
        except DBAPIError as error:
            raise RecordError(
                f"{self.path}: cannot be written ({sqlite.reason(error)})."
            ) from error
        self._next = following

    def _insert(self, connection: sa.Connection, record: Record, expected: int) -> None:
        if record.seq != expected:
            raise RecordError(
                f"{self.path}: shift {record.origin.shift!r} has {expected} events; "
                f"seq {record.seq} cannot follow, {expected} can."
            )
        if expected == 0:
            connection.execute(shifts.insert(), _shift_row(record))
        connection.execute(events.insert(), _event_row(record))

    def _admit(self, origin: Origin) -> int:
        """The next seq of `origin`'s shift; refuses to mix two origins in one shift."""
        known = {stored.shift: stored for stored in self.shifts()}
        if origin.shift not in known:
            return 0
        for field in ("station", "robot", "policy_hash", "config_hash"):
            old, new = getattr(known[origin.shift], field), getattr(origin, field)
            if old != new:
                raise RecordError(
                    f"{self.path}: shift {origin.shift!r} was begun with {field} {old!r}; "
                    f"it cannot go on with {new!r}."
                )
        return self.resume_point(origin.shift).next_seq


def _shift_row(record: Record) -> dict[str, object]:
    return {**msgspec.structs.asdict(record.origin), "opened_utc_ns": record.utc_ns}


def _event_row(record: Record) -> dict[str, object]:
    return {
        "shift": record.origin.shift,
        "seq": record.seq,
        "v": record.v,
        "tick": record.tick,
        "utc_ns": record.utc_ns,
        "type": type(record.event).__name__,
        "cycle": getattr(record.event, "cycle", None),
        "body": _event_encoder.encode(record.event).decode(),
    }


class Ticking(Protocol):
    """What a recorder asks of a clock."""

    @property
    def tick(self) -> int: ...

    def utc_ns(self) -> int: ...


class Recorder:
    """A `contract.RecordSink`: puts each event in its envelope and stores it durably.

    A new shift begins with ShiftStarted, one that was cut goes on with ShiftResumed. A failure to
    write is a RecordError before the first event is stored and a HaltError after it.
    `listeners` hear of each record once it is stored.
    """

    def __init__(
        self,
        store: EventStore,
        origin: Origin,
        clock: Ticking,
        *listeners: Callable[[Record], None],
    ) -> None:
        self._store = store
        self._origin = origin
        self._clock = clock
        self._listeners = listeners
        self._seq: int | None = None
        self._tick = 0

    def append(self, event: Event) -> None:
        """Store `event` at the clock's tick; when this returns it survives a kill."""
        seq = self._begin(event) if self._seq is None else self._seq
        tick = self._clock.tick
        record = Record(
            origin=self._origin, seq=seq, tick=tick, utc_ns=self._clock.utc_ns(), event=event
        )
        try:
            if tick < self._tick:
                raise RecordError(f"Event {seq} is at tick {tick}, before tick {self._tick}.")
            self._store.append(record)
        except RecordError as error:
            if self._seq is None:
                raise
            raise HaltError(f"The record is lost: {error}") from error
        self._seq, self._tick = seq + 1, tick
        for listener in self._listeners:
            listener(record)

    def _begin(self, event: Event) -> int:
        """The seq of the first event of this recorder, once it has its place in the shift."""
        shift = self._origin.shift
        if shift not in {origin.shift for origin in self._store.shifts()}:
            if not isinstance(event, ShiftStarted):
                raise RecordError(f"Shift {shift!r} must begin with ShiftStarted.")
            return 0
        point = self._store.resume_point(shift)
        if not point.cut:
            raise RecordError(f"Shift {shift!r} has ended; it cannot go on.")
        if not isinstance(event, ShiftResumed):
            raise RecordError(f"Shift {shift!r} exists already; resume it or take another name.")
        self._tick = point.tick
        return point.next_seq
