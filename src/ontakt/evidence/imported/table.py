"""What every kind of log is read as: cells of text in columns, a block of rows at a time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from ontakt.evidence.imported.problems import Problems, Rows

BLOCK = 1_024
"""Rows of a block: a log of any length is read in little memory, and near the processor."""


class Block(Struct, frozen=True, eq=False):
    """Some rows of a log."""

    rows: Rows
    """As an editor counts them, shape (n,)."""
    cells: Sequence[Sequence[str]]
    """By column of the header, n of each, with the blanks around them."""


class About(Struct, frozen=True, kw_only=True):
    """What a log says of itself as a whole."""

    known: Mapping[str, str] = {}
    """Any of station, robot, policy."""
    takt_s: float | None = None
    """The beat of the line [s]."""
    notes: tuple[str, ...] = ()
    """Where it is from, a sentence each."""
    caveats: tuple[str, ...] = ()
    """What nobody may overlook who reads its figures, a sentence each: what it assumes."""


class Table(Protocol):
    """A log that is open for reading."""

    @property
    def kind(self) -> str:
        """How it is read, as `csv`."""
        ...

    @property
    def header(self) -> Sequence[str]:
        """The names of its columns."""
        ...

    @property
    def commas(self) -> bool:
        """Whether its numbers may have a decimal comma."""
        ...

    @property
    def about(self) -> About:
        """What it says of all its rows."""
        ...

    def blocks(self, problems: Problems) -> Iterator[Block]:
        """Its rows, in order; one that cannot be read is told to `problems` and left out."""
        ...
