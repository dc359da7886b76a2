"""Times as logs write them: ISO 8601 with or without a zone, as dd.mm.yyyy, or since 1970.

A log says all its times in one way: with a zone each (the offsets may differ, as on the day when
clocks change), in local time, or as a number since 1970 (seconds, or milli-, micro- or nanoseconds,
told apart by size). A mixture cannot be understood and is refused.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from ontakt.evidence.imported.iso import EMPTY, Micros, uniform
from ontakt.evidence.imported.problems import Problems, Rows
from ontakt.evidence.imported.schema import Column

_DOTTED = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})(?:[ T,]+(\d\d:\d\d.*))?", re.ASCII)
_NUMBER = re.compile(r"\d{9,20}(?:[.,]\d*)?", re.ASCII)
_SCALES = ((1e8, 1_000_000), (1e11, 1_000), (1e14, 1), (1e17, 1 / 1_000))
"""Numbers from this up to a hundred times it are of so many microseconds: seconds, milli-, micro-,
nanoseconds. What lies between is no year from 1973 to 2286, but may well be 20260302080000."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
WAYS = ("with a time zone", "without a time zone", "as a number")


class Moments:
    """One column of times, block by block."""

    def __init__(self, column: Column, problems: Problems) -> None:
        self._name = column.name
        self._required = column.required
        self._problems = problems
        self._parts: list[Micros] = []
        self._ways: dict[str, int] = {}
        """How times are written to the first row that does so."""

    def feed(self, texts: Sequence[str], rows: Rows) -> None:
        """Take the next cells."""
        known = uniform(texts) if texts else None
        if known is not None:
            self._parts.append(known[0])
            self._note(WAYS[0] if known[1] else WAYS[1], int(rows[0]))
            return
        found = np.full(len(texts), EMPTY, np.int64)
        for k, text in enumerate(text.strip() for text in texts):
            if text:
                found[k] = self._one(text, int(rows[k]))
            elif self._required:
                self._problems.add(self._name, int(rows[k]), f"{self._name} is empty")
        self._parts.append(found)

    def _one(self, text: str, row: int) -> int:
        try:
            way, micros = _moment(text)
        except (ValueError, OverflowError):
            self._problems.add(self._name, row, _unreadable(self._name, text))
            return EMPTY
        self._note(way, row)
        return micros

    def _note(self, way: str, row: int) -> None:
        if way not in self._ways and self._ways:
            first, at = next(iter(self._ways.items()))
            told = f"{self._name} is {way}, row {at} is {first}"
            self._problems.add(f"{self._name} ways", row, told)
        self._ways.setdefault(way, row)

    @property
    def way(self) -> str | None:
        """How they are written, one of WAYS; None where there is none."""
        return next(iter(self._ways), None)

    @property
    def first_row(self) -> int:
        """The row of the first one."""
        return next(iter(self._ways.values()), 0)

    def done(self) -> Micros:
        """All of them; local ones as if they were UTC."""
        return np.concatenate(self._parts) if self._parts else np.zeros(0, np.int64)


def _moment(text: str) -> tuple[str, int]:
    """How `text` says a time, and the time. Raises ValueError when it says none."""
    if _NUMBER.fullmatch(text):
        number = float(text.replace(",", "."))
        scale = next((per for least, per in _SCALES if least <= number < 100 * least), None)
        if scale is None:
            raise ValueError
        return WAYS[2], round(number * scale)
    dotted = _DOTTED.fullmatch(text)
    if dotted:
        day, month, year, time = dotted.groups(default="00:00")
        text = f"{year}-{month}-{day}T{time}"
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        return WAYS[1], (moment.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
    return WAYS[0], (moment - _EPOCH) // _MICROSECOND


def _unreadable(name: str, text: str) -> str:
    return (
        f"{name} is {text!r}; a time is as 2026-03-02T08:00:00+01:00, 2026-03-02 08:00:00, "
        "02.03.2026 08:00:00, or seconds since 1970"
    )
