"""Events as JSON lines: the plain file that anyone can read, check and fold again."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from ontakt.contract import RecordError
from ontakt.contract.event import SCHEMA_VERSION, Record, decode, encode
from ontakt.evidence.store import EventStore


def write_events(path: Path, records: Iterable[Record]) -> int:
    """Write `records` to `path`, one JSON object a line; returns how many there were."""
    count = 0
    try:
        with path.open("wb") as file:
            for record in records:
                file.write(encode(record) + b"\n")
                count += 1
    except OSError as error:
        raise RecordError(f"{path}: cannot be written ({error.strerror}).") from error
    return count


def read_events(path: Path) -> Iterator[Record]:
    """The records of the file that `write_events` or anyone else wrote, in its order.

    Raises RecordError naming the line that is not an event.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                yield _record(line, f"{path}, line {number}")
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror}).") from error


def _record(line: bytes, place: str) -> Record:
    try:
        record = decode(line)
    except msgspec.MsgspecError as error:
        raise RecordError(f"{place}: is not an event ({error}).") from error
    if record.v > SCHEMA_VERSION:
        raise RecordError(f"{place}: has version {record.v} of a newer Ontakt; upgrade ontakt.")
    return record


def import_events(path: Path, store: EventStore) -> int:
    """Append the records of a JSON lines file to `store`, all or none; returns how many."""
    records = list(read_events(path))
    store.extend(records)
    return len(records)
