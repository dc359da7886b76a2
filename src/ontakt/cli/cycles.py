"""`ontakt cycles`: the cycle records of a shift as a table, CSV or JSON."""

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from tyro.conf import Positional, arg

from ontakt.cli.folder import find_import, find_store
from ontakt.contract import UnknownName

if TYPE_CHECKING:
    from ontakt.evidence.shift_record import ShiftRecord


@dataclass(frozen=True)
class CyclesCommand:
    """Print the cycle records of a shift, folded from its events or read from its imported log.

    Examples:

      ontakt cycles shifts/nut-loading-7-0a1b2c3d
      ontakt cycles shifts/nut-loading-7-0a1b2c3d --format csv > cycles.csv
    """

    shift: Annotated[Positional[Path], arg(metavar="SHIFT")]
    """A shift's folder, its events.db, or its id."""
    format: Literal["table", "csv", "json"] = "table"
    """How to print them."""
    id: Annotated[str | None, arg(metavar="SHIFT_ID", help_behavior_hint="")] = None
    """Which shift of a store that holds several; the latest when left out."""

    def run(self, _arguments: Sequence[str]) -> int:
        """Print the records."""
        from ontakt.evidence.summary import cycles_table

        _PRINTERS[self.format](cycles_table(self._shift()))
        return 0

    def _shift(self) -> "ShiftRecord":
        from ontakt.evidence.fold import fold
        from ontakt.evidence.imported import read_import
        from ontakt.evidence.store import open_store

        imported = find_import(self.shift)
        if imported is None:
            with open_store(find_store(self.shift)) as store:
                return fold(store.records(store.find(self.id).shift))
        shifts = {shift.origin.shift: shift for shift in read_import(imported)}
        if self.id is not None and self.id not in shifts:
            raise UnknownName("shift", self.id, shifts)
        return shifts[self.id if self.id is not None else list(shifts)[-1]]


Rows = list[dict[str, object]]


def _print_table(rows: Rows) -> None:
    from rich.console import Console
    from rich.table import Table

    brief = ("cycle", "outcome", "cycle_s", "left_ok", "right_ok", "failure", "recoveries")
    columns = [name for name in brief if rows and name in rows[0]]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*("" if row[name] is None else _text(row[name]) for name in columns))
    Console().print(table if rows else "No cycle was finished in this shift.")


def _text(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _print_csv(rows: Rows) -> None:
    if not rows:
        return  # without a cycle nobody knows the sides and axes that would be columns
    writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)


def _print_json(rows: Rows) -> None:
    print(msgspec.json.encode(rows).decode())


_PRINTERS = {"table": _print_table, "csv": _print_csv, "json": _print_json}
