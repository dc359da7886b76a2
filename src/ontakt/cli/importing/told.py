"""What an import came to, on a terminal or as JSON."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from shlex import quote

import msgspec
from rich.console import Console
from rich.table import Table

from ontakt.evidence.imported import Imported
from ontakt.evidence.imported.schema import COLUMNS
from ontakt.evidence.shift_record import ShiftRecord, Untold

UNKNOWN = "unknown"


def print_import(
    imported: Imported, shifts: Sequence[ShiftRecord], folder: Path, as_json: bool
) -> None:
    """Shifts, cycles, good ones, those of unknown result, hours, and what is not in the log."""
    verdicts = [cycle.both_ok for shift in shifts for cycle in shift.cycles]
    untold: frozenset[Untold] = frozenset().union(*(shift.untold for shift in shifts))
    hours = None if "hours" in untold else sum(shift.hours for shift in shifts)
    cycles, good, unknown = len(verdicts), verdicts.count(True), verdicts.count(None)
    if as_json:
        told = {
            "shifts": len(shifts),
            "cycles": None if "cycles" in untold else cycles,
            "good": None if "cycles" in untold else good,
            "unknown": None if "cycles" in untold else unknown,
            "hours": hours,
            "folder": str(folder),
        }
        print(msgspec.json.encode(told).decode())
        return
    console = Console(highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("log", f"{imported.file} ({imported.kind}, {imported.rows} rows)")
    table.add_row("shifts", f"{len(shifts)}, {UNKNOWN if hours is None else f'{hours:.2f}'} h")
    counted = f"{cycles}, {good} good, {unknown} of unknown result"
    table.add_row("cycles", UNKNOWN if "cycles" in untold else counted)
    open_ = dict.fromkeys(words for shift in shifts for words in shift.open_points)
    table.add_row("not told", ", ".join(open_) or "nothing")
    if imported.ignored:
        table.add_row("ignored", ", ".join(_perhaps(name, imported) for name in imported.ignored))
    for caveat in imported.caveats:
        table.add_row("mind", caveat)
    table.add_row("record", str(folder))
    console.print(table)
    console.print(f"\nNext: ontakt report {quote(str(folder))}")


def _perhaps(name: str, imported: Imported) -> str:
    """A column that was ignored, and what it may have been meant for."""
    free = [ours for ours in COLUMNS if ours not in imported.columns]
    near = get_close_matches(name.casefold(), free, n=1, cutoff=0.75)
    return f"{name} (meant {near[0]}?)" if near else name
