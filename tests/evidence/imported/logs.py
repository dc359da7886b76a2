"""Logs for tests, and what they are imported to."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ontakt.evidence.imported import BadLog, Terms, import_log, read_import
from ontakt.evidence.shift_record import ShiftRecord

HEAD = "cycle,start,cycle_s,left_ok,right_ok"
FIRST = "1,2026-03-02T08:00:00Z,60,true,true"
GOOD = f"{HEAD}\n{FIRST}\n2,2026-03-02T08:01:16Z,61.5,true,false\n"
"""A log with all that is required and no more."""


def log_of(*rows: str, head: str = HEAD) -> str:
    """A log of `rows` below `head`."""
    return "\n".join((head, *rows)) + "\n"


def shifts_of(
    folder: Path, text: str | bytes, name: str = "log.csv", **terms: Any
) -> list[ShiftRecord]:
    """The shifts that the log `text` is imported to, in `folder`."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    import_log(path, folder / "cell", Terms(**terms))
    return read_import(folder / "cell")


def shift_of(folder: Path, text: str | bytes, **terms: Any) -> ShiftRecord:
    """The only shift of the log `text`."""
    (only,) = shifts_of(folder, text, **terms)
    return only


def refused(
    folder: Path, text: str | bytes, name: str = "log.csv", **terms: Any
) -> tuple[str, ...]:
    """What is said of a log that is refused; nothing is left of the attempt."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(BadLog) as caught:
        import_log(path, folder / "cell", Terms(**terms))
    assert [one.name for one in folder.iterdir()] == [name]
    return caught.value.lines


def csv_of(rows: Iterable[Mapping[str, object]]) -> str:
    """Rows as CSV, None an empty cell."""
    listed = list(rows)
    head = list(dict.fromkeys(name for row in listed for name in row))
    lines = (
        ",".join("" if row.get(name) is None else str(row[name]) for name in head) for row in listed
    )
    return "\n".join((",".join(head), *lines)) + "\n"
