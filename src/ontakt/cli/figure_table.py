"""Tables of measured figures: for eyes on a terminal, one row a line for programs."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_UNFOLDED = 1000
"""Columns, more than any row has."""


def figure_console() -> "Console":
    """Standard output."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _UNFOLDED  # another program reads it: one fact, one line
    return console


def figure_table(first: str, *others: str) -> "Table":
    """A table with names in the column `first` and figures in the `others`."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", collapse_padding=True)
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right")
    return table
