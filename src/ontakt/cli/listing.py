"""`ontakt list`: what there is to work with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from rich.console import Console, Group
from rich.table import Table
from tyro.conf import Positional, arg

from ontakt.cli.policies import POLICIES
from ontakt.runtime.strategies import STRATEGIES
from ontakt.station.registry import find_station, robots, stations

_UNFOLDED = 1000
"""Columns, more than any row has."""


@dataclass(frozen=True)
class ListCommand:
    """List what there is to work with: stations, robots, policies, strategies or variations.

    Examples:

      ontakt list stations
      ontakt list variations
    """

    what: Annotated[
        Positional[Literal["stations", "robots", "policies", "strategies", "variations"]],
        arg(metavar="WHAT"),
    ]
    """stations, robots, policies, strategies or variations."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Print the table."""
        console = Console()
        if not console.is_terminal:
            console.width = _UNFOLDED  # another program reads it: one row, one line
        console.print(_TABLES[self.what]())
        return 0


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _stations() -> Table:
    table = _table("station", "robot", "levels", "file")
    for name, path in stations().items():
        found = find_station(name)
        section, levels = found.section, ", ".join(found.levels)
        table.add_row(name, section.robot, levels, str(path))
    return table


def _robots() -> Table:
    table = _table("robot", "what it is")
    for name, text in robots().items():
        table.add_row(name, text)
    return table


def _policies() -> Table:
    table = _table("policy", "what it is")
    for name, text in POLICIES.items():
        table.add_row(name, text)
    return table


def _strategies() -> Table:
    table = _table("strategy", "what the robot does")
    for name, text in STRATEGIES.items():
        table.add_row(name, text)
    return table


def _variations() -> Group:
    """Axes with their bounds, and what each station's levels set."""
    from ontakt.station.axes import AXES

    tables: list[Table] = []
    for name in stations():
        levels = find_station(name).levels
        table = _table("axis", "bounds", *levels, "what it is")
        table.title, table.title_justify = f"\n{name}", "left"
        for axis in AXES.values():
            cells = [level.describe()[axis.name] for level in levels.values()]
            bounds = f"{axis.text(axis.low)}..{axis.text(axis.high)}"
            table.add_row(axis.name, bounds, *cells, axis.description)
        tables.append(table)
    return Group(*tables)


_TABLES = {
    "stations": _stations,
    "robots": _robots,
    "policies": _policies,
    "strategies": _strategies,
    "variations": _variations,
}
