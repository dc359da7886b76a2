"""What a shift was, in a few lines on a terminal."""

from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from rich.console import Console
from rich.table import Table

UNKNOWN = "unknown"


def print_summary(told: Mapping[str, Any], folder: Path, ended: str) -> None:
    """The summary of a shift that `ended` so, its folder, its report, and what to try next."""
    console = Console(highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    cycles, times = told["cycles"], told["cycle_s"]
    outcomes = ", ".join(f"{n} {name}" for name, n in told["outcomes"].items() if n)
    table.add_row("shift", told["shift_id"])
    table.add_row("cycles", f"{cycles} at {told['takt_s']:g} s takt: {outcomes or 'none'}")
    if ended != "planned":
        table.add_row("ended", f"{ended}, before its plan was done")
    table.add_row(
        "good",
        f"both sides {_of(told['both_sides_ok'], cycles)}, "
        f"left {_of(told['left_ok'], cycles)}, right {_of(told['right_ok'], cycles)}",
    )
    table.add_row("step-ins", f"{told['step_ins']} in {told['hours']:.2f} h")
    failures = ", ".join(f"{n} {mode}" for mode, n in told["failures"].items())
    table.add_row("failures", f"{failures or 'none'}; {told['recoveries']} recovered alone")
    table.add_row("cycle time", ", ".join(f"{k} {_seconds(v)}" for k, v in times.items()))
    table.add_row("uptime, OEE", f"{_percent(told['uptime'])}, {_percent(told['oee'])}")
    table.add_row("wall time", f"{told['wall_s']:.1f} s, {told['speedup']:.0f} times real time")
    table.add_row("record", str(folder))
    table.add_row("report", str(told["report"]))
    console.print(table)
    console.print(
        f"\nNext: open the report; ontakt cycles {quote(str(folder))}; "
        "ontakt shift nut-loading --hours 3 --variation plant"
    )


def _of(good: int | None, cycles: int) -> str:
    return UNKNOWN if good is None else f"{good}/{cycles}"


def _percent(share: float | None) -> str:
    return UNKNOWN if share is None else f"{100 * share:.1f} %"


def _seconds(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.1f} s"
