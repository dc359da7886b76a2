"""SQLite files as event stores: one process writes and checkpoints, any number only read.

SQLite up to 3.51.2 can corrupt a WAL database when two connections checkpoint at once
(https://sqlite.org/wal.html#walresetbug). So a lock file admits one writer, which alone
checkpoints, and readers open with `mode=ro`. A writer that closes cleanly leaves one plain file
without WAL, which can be read from any medium without creating anything beside it.
"""

import contextlib
import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ontakt.contract import RecordError
from ontakt.evidence import schema

_MAGIC = b"SQLite format 3\x00"
_LEAST_FREE = 16 * 2**20
"""Bytes that must be free before a shift starts: some ten thousand cycles of events."""


def check(path: Path) -> None:
    """Raises RecordError, without touching it, unless `path` is an event store of this version."""
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except FileNotFoundError:
        raise RecordError(f"{path}: no such event store.") from None
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({reason(error)}).") from error
    if head != _MAGIC:
        what = "is empty" if not head else "is not an SQLite file"
        raise RecordError(f"{path}: {what}; an event store is wanted.")
    with reading(path) as connection:
        revision = schema.revision_of(connection)
    if revision is None:
        raise RecordError(f"{path}: is an SQLite file of another program, not an event store.")
    if revision not in schema.KNOWN:
        raise RecordError(
            f"{path}: has schema {revision!r} of a newer Ontakt; this one knows up to "
            f"{schema.HEAD!r}. Upgrade ontakt."
        )


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sa.Connection]:
    """A connection that can only read, for as long as the block lasts."""
    with contextlib.ExitStack() as stack:
        try:
            where = _readable(path, stack)
            engine = sa.create_engine(
                "sqlite://",
                creator=lambda: sqlite3.connect(where, uri=True, timeout=10),
                poolclass=sa.NullPool,
            )
            stack.callback(engine.dispose)
            yield stack.enter_context(engine.connect())
        except DBAPIError as error:
            raise RecordError(f"{path}: cannot be read ({reason(error)}).") from error


def _readable(path: Path, stack: contextlib.ExitStack) -> str:
    """URI that opens `path` for reading whatever state its last writer left it in."""
    journal, wal, index = (path.with_name(path.name + end) for end in ("-journal", "-wal", "-shm"))
    if _filled(journal):
        # A writer was killed while it opened or closed the store: only a writer may roll back.
        return _uri(_copied(stack, path, journal, wal), "mode=rw")
    if _writable(path.parent) or index.exists():
        return _uri(path, "mode=ro")
    if not _filled(wal):
        return _uri(path, "mode=ro&immutable=1")  # closed cleanly: nothing can change it here
    # Acknowledged events wait in the WAL, and its index cannot be rebuilt in this folder.
    return _uri(_copied(stack, path, wal), "mode=ro")


def _filled(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _copied(stack: contextlib.ExitStack, path: Path, *beside: Path) -> Path:
    """The store with the files beside it in a folder of its own, for as long as `stack` lasts."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ontakt-")))
    for source in (path, *beside):
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(source, folder / source.name)
    return folder / path.name


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _uri(path: Path, query: str) -> str:
    return f"file:{quote(str(path.absolute()))}?{query}"


def create(path: Path) -> None:
    """A new, empty event store at `path`: it appears whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    try:
        for left in (fresh, fresh.with_name(fresh.name + "-journal")):  # by a kill in between
            left.unlink(missing_ok=True)
        engine = _engine(fresh)
        with engine.begin() as connection:
            schema.upgrade(connection)
        engine.dispose()
        fresh.rename(path)
        _sync_folder(path.parent)
    except (DBAPIError, OSError) as error:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise RecordError(f"{path}: no store can be made there ({reason(error)}).") from error


def _sync_folder(folder: Path) -> None:
    """Make the entry of a new file in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _engine(path: Path) -> sa.Engine:
    """An engine whose transactions begin when SQLAlchemy says so, not when sqlite3 guesses."""
    engine = sa.create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(
            path, timeout=10, isolation_level=None, check_same_thread=False
        ),
        poolclass=sa.NullPool,
    )

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


class Writer:
    """The one connection that may write to the store at `path`, made there when it is new.

    Raises RecordError when the file is no store, another process writes to it, or the place is
    read-only or full; then nothing was changed.
    """

    def __init__(self, path: Path) -> None:
        if path.exists():
            check(path)
        self.path = path
        self._stack = contextlib.ExitStack()
        try:
            free = shutil.disk_usage(path.parent).free
            if free < _LEAST_FREE:
                raise RecordError(f"{path}: only {free >> 20} MiB are free; 16 MiB are wanted.")
            self._stack.callback(_lock(path))
            if not path.exists():
                create(path)
            if not _writable(path):
                raise RecordError(f"{path}: is read-only.")
            engine = _engine(path)
            self._stack.callback(engine.dispose)
            self.connection = self._stack.enter_context(engine.connect())
            self._prepare()
        except (DBAPIError, OSError) as error:
            self._stack.close()
            raise RecordError(f"{path}: cannot be written ({reason(error)}).") from error
        except RecordError:
            self._stack.close()
            raise

    def _prepare(self) -> None:
        self._pragma("journal_mode=WAL")
        self._pragma("synchronous=FULL")  # a commit is on the disk when it returns
        self._pragma("foreign_keys=ON")
        with self.connection.begin():
            if schema.revision_of(self.connection) != schema.HEAD:
                schema.upgrade(self.connection)

    def _pragma(self, text: str) -> None:
        driver = self.connection.connection.driver_connection
        assert driver is not None
        driver.execute(f"PRAGMA {text}")

    def close(self) -> None:
        """Write the WAL back and leave one plain file; harmless when called twice."""
        if not self.connection.closed:
            # A reader that looks on keeps the WAL alive; the next clean close removes it.
            with contextlib.suppress(sqlite3.OperationalError):
                self._pragma("busy_timeout=0")
                self._pragma("journal_mode=DELETE")
        self._stack.close()


def _lock(path: Path) -> Callable[[], None]:
    """Become the only writer of `path`; returns what ends that. A death of the process ends it
    as well, whatever is left of the lock file."""
    place = path.with_name(path.name + ".lock")
    handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        mine = os.fstat(handle).st_ino == place.stat().st_ino
    except (BlockingIOError, FileNotFoundError):
        mine = False
    if not mine:
        os.close(handle)
        raise RecordError(f"{path}: another process writes to it; one writer at a time.")

    def release() -> None:
        place.unlink(missing_ok=True)
        os.close(handle)

    return release


def reason(error: Exception) -> str:
    """What the database or the system said, without SQLAlchemy's paragraphs around it."""
    if isinstance(error, DBAPIError):
        return str(error.orig)
    return getattr(error, "strerror", None) or str(error)
