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
    def known(self) -> Mapping[str, str]:
        """What it says of all its rows: any of station, robot, policy."""
        ...

    def blocks(self, problems: Problems) -> Iterator[Block]:
        """Its rows, in order; one that cannot be read is told to `problems` and left out."""
        ...
