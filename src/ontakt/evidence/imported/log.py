"""A log in columns, its cells checked one by one; what its rows say of each other comes later."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from ontakt.evidence.imported.fields import Field
from ontakt.evidence.imported.iso import EMPTY, Micros
from ontakt.evidence.imported.local import to_utc, zone_of
from ontakt.evidence.imported.moments import WAYS, Moments
from ontakt.evidence.imported.numbers import Decimals, Numbers
from ontakt.evidence.imported.problems import Problems, Rows
from ontakt.evidence.imported.schema import VARIATION, Kind
from ontakt.evidence.imported.table import Table
from ontakt.evidence.imported.words import Flags, WordColumn, Words

Values = NDArray[np.float64] | NDArray[np.int64] | NDArray[np.int8]
UNTOLD = -1
"""A count that nobody wrote down."""

MILLI = 1000
"""Microseconds in the resolution of a log."""


class Log(Struct, frozen=True, eq=False):
    """Columns of shape (rows,) by name: times [ms since 1970, UTC], numbers in SI units, counts,
    results, words."""

    rows: Rows
    """As an editor counts them."""
    values: dict[str, Values]
    words: dict[str, Words]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def names(self) -> frozenset[str]:
        """Its columns."""
        return frozenset(self.values) | frozenset(self.words)

    @property
    def axes(self) -> list[str]:
        """Its columns of variation."""
        return sorted(name for name in self.values if name.startswith(VARIATION))

    def flag(self, name: str) -> NDArray[np.int8]:
        """A column of results; all unknown where there is no such column."""
        return self.values.get(name, np.full(len(self), -1, np.int8)).astype(np.int8)

    def count(self, name: str) -> NDArray[np.int64]:
        """A column of counts; all UNTOLD where there is no such column."""
        found = self.number(name)
        return np.where(np.isnan(found), UNTOLD, found).astype(np.int64)

    def number(self, name: str) -> NDArray[np.float64]:
        """A column of numbers; all nan where there is no such column."""
        return self.values.get(name, np.full(len(self), np.nan)).astype(np.float64)

    def moment(self, name: str) -> NDArray[np.int64]:
        """A column of times [ms]; all EMPTY where there is no such column."""
        return self.values.get(name, np.full(len(self), EMPTY)).astype(np.int64)

    def word(self, name: str) -> Words:
        """A column of words; all empty where there is no such column."""
        return self.words.get(name, Words(np.zeros(len(self), np.int32), ("",)))

    def at(self, places: NDArray[np.int64]) -> "Log":
        """The rows at `places`."""
        return Log(
            self.rows[places],
            {name: values[places] for name, values in self.values.items()},
            {name: words.at(places) for name, words in self.words.items()},
        )


def read(table: Table, fields: Sequence[Field], timezone: str | None, problems: Problems) -> Log:
    """The columns `fields` of `table`; `timezone` is that of local times. A cell that cannot be
    read is told to `problems` and left unknown. Raises BadLog when there is no row to read."""
    decimals = Decimals(problems, table.commas)
    readers = [_reader(_as_theirs(field, table), problems, decimals) for field in fields]
    lines: list[Rows] = []
    for block in table.blocks(problems):
        lines.append(block.rows)
        for field, reader in zip(fields, readers, strict=True):
            reader.feed(block.cells[field.place], block.rows)
    rows = np.concatenate(lines) if lines else np.zeros(0, np.int64)
    if not len(rows):
        if not problems:
            problems.add("empty", 1, "is all there is: no cycle below the header")
        problems.check()
    log = Log(rows, {}, {})
    moments: dict[str, Moments] = {}
    for field, reader in zip(fields, readers, strict=True):
        name = field.column.name
        if isinstance(reader, Moments):
            moments[name] = reader
        elif isinstance(reader, WordColumn):
            log.words[name] = reader.done()
        else:
            log.values[name] = reader.done()
    after: Micros | None = None
    for name in ("start", "end"):
        if name in moments:
            after = _utc(moments[name], name, timezone, after, rows, problems)
            log.values[name] = np.where(after == EMPTY, EMPTY, (after + MILLI // 2) // MILLI)
    return log


Readers = Numbers | Flags | WordColumn | Moments


def _as_theirs(field: Field, table: Table) -> Field:
    """`field` under the log's own name: its cells are quoted as they stand there."""
    column = structs.replace(field.column, name=table.header[field.place])
    return structs.replace(field, meaning=structs.replace(field.meaning, column=column))


def _reader(field: Field, problems: Problems, decimals: Decimals) -> Readers:
    match field.column.kind:
        case Kind.MOMENT:
            return Moments(field.column, problems)
        case Kind.WORD:
            return WordColumn(field.column, problems)
        case Kind.FLAG:
            return Flags(field.column, problems)
        case _:
            return Numbers(field.meaning, problems, decimals)


def _utc(
    told: Moments,
    name: str,
    timezone: str | None,
    after: Micros | None,
    rows: Rows,
    problems: Problems,
) -> Micros:
    micros = told.done()
    if told.way == WAYS[1] and timezone is None:
        problems.add(
            name,
            told.first_row,
            f"{name} has no time zone; say which, as --timezone Europe/Berlin",
        )
    elif told.way == WAYS[1] and timezone is not None:
        micros = to_utc(micros, zone_of(timezone), after, name, rows, problems)
    return micros
