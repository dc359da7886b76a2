"""The end of one store that another process writes: what is new, and whether that process lives."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import msgspec

from ontakt.contract import RecordError
from ontakt.contract.event import SCHEMA_VERSION, Event, Origin, Record
from ontakt.evidence.store import EventStore

_LOCKS = Path("/proc/locks")
_MS = 1_000_000
_REREAD: tuple[tuple[int, int], ...] = ((1_000 * _MS, 0), (5_000 * _MS, 250 * _MS))
"""How old a file's last change is [ns], and how often it is read again until then. SQLite writes
an event's bytes first, waits for the disk, and only then lets readers see it; nothing that can be
looked at from outside changes at that moment."""
_ANYWAY_NS = 2_000 * _MS
"""How often a file is read that has not changed for longer: a disk may have kept it waiting."""
_SURE = 20
"""Looks after which a writer that was killed has certainly been read to its end."""
_SHIFTS_NS = 1_000_000_000
"""How often a growing store is asked whether it holds another shift."""
_NEWER = "SELECT seq, v, tick, utc_ns, body FROM events WHERE shift = ? AND seq > ? ORDER BY seq"
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def held_locks() -> frozenset[int] | None:
    """Inodes of all files that some process holds a lock on; None where the system does not
    say. Looking never takes a lock, so it can never keep a shift from starting."""
    try:
        lines = _LOCKS.read_text().splitlines()
    except OSError:
        return None
    return frozenset(
        int(fields[5].rpartition(":")[2])
        for fields in (line.split() for line in lines)
        if len(fields) > 5 and fields[1] == "FLOCK"
    )


class Tail:
    """One store file. Nothing is opened longer than a question lasts: a reader that stays would
    keep the writer from closing into one plain file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[tuple[int, int, int], ...] = ()
        self._origins: tuple[Origin, ...] = ()
        self._alive: bool | None = None
        self._dead = 0
        """Looks in a row that found no writer."""
        self._blind = False
        """True once events came from a writer that this process cannot see, as from another
        container: then only their age tells."""
        self.problem = ""
        """Why the store could not be read the last time."""
        self.written_ns: int | None = None
        """When it last grew, by this machine's clock."""
        self._read = self._refreshed = 0
        """When it was last read, and last asked for its shifts [ns of a monotonic clock]."""

    @property
    def alive(self) -> bool | None:
        """Whether a process writes to it; None when that cannot be told."""
        return self._alive

    @property
    def origins(self) -> tuple[Origin, ...]:
        """The shifts in it, in the order in which they were begun."""
        return self._origins

    def stir(self, locks: frozenset[int] | None) -> bool:
        """Look at the file's times alone; True when there may be something new."""
        stamp = tuple(_stat(self.path.with_name(self.path.name + end)) for end in ("", "-wal"))
        written = max(part[0] for part in stamp)
        self.written_ns = written or None
        self._watch_writer(locks)
        age, now = time.time_ns() - written, time.monotonic_ns()
        pause = next((pause for upto, pause in _REREAD if age < upto), _ANYWAY_NS)
        if stamp == self._stamp and now - self._read < pause:
            return False
        self._stamp, self._read = stamp, now
        return written > 0

    def _watch_writer(self, locks: frozenset[int] | None) -> None:
        lock = _stat(self.path.with_name(self.path.name + ".lock"))
        if lock[2] == 0:
            self._alive = False
        elif locks is None or self._blind:
            self._alive = None
        else:
            self._alive = lock[2] in locks
        self._dead = self._dead + 1 if self._alive is False else 0

    def refresh(self) -> None:
        """Read which shifts there are, where that was not done within the last second."""
        now = time.monotonic_ns()
        if self._origins and now - self._refreshed < _SHIFTS_NS:
            return
        self._refreshed = now
        try:
            self._origins = EventStore(self.path).shifts()
            self.problem = ""
        except (RecordError, OSError) as error:
            self.problem = str(error)
            self._refreshed = 0

    def records(self, origin: Origin, after: int) -> Iterator[Record]:
        """The records of the shift of `origin` with seq > `after`, those there are when it begins.
        Raises RecordError."""
        beside = [self.path.with_name(self.path.name + end) for end in ("-wal", "-shm")]
        if all(path.exists() for path in beside):
            yield from self._growing(origin, after)
        else:
            yield from EventStore(self.path).records(origin.shift, after)

    def _growing(self, origin: Origin, after: int) -> Iterator[Record]:
        """The same of a store with a writer, without SQLAlchemy: it is asked at every event, and
        compiling the question would cost more than all the rest."""
        try:
            where = f"file:{quote(str(self.path.absolute()))}?mode=ro"
            with closing(sqlite3.connect(where, uri=True, timeout=5)) as connection:
                rows = connection.execute(_NEWER, (origin.shift, after))
                for seq, v, tick, utc_ns, body in rows:
                    if v > SCHEMA_VERSION:
                        raise RecordError(
                            f"{self.path}: event {seq} has version {v} of a newer Ontakt."
                        )
                    event = _decoder.decode(body)
                    yield Record(origin=origin, seq=seq, tick=tick, utc_ns=utc_ns, event=event, v=v)
        except (sqlite3.Error, msgspec.MsgspecError, OSError) as error:
            raise RecordError(f"{self.path}: cannot be read ({error}).") from error

    def heard(self) -> None:
        """New events came; a writer that has seemed dead for longer than its last words take to be
        read is one that cannot be seen from here."""
        if self._dead > _SURE and self.path.with_name(self.path.name + ".lock").exists():
            self._blind, self._alive = True, None


def _stat(path: Path) -> tuple[int, int, int]:
    """Time, size and inode; zeros for what is not there."""
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0, 0
    return found.st_mtime_ns, found.st_size, found.st_ino
