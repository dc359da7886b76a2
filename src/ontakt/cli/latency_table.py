"""A latency study in a terminal: the finding, then a table."""

from pathlib import Path
from shlex import quote

from rich.console import Console
from rich.table import Table

from ontakt.evidence.latency_study import Estimate, Judged, Study, finding, milliseconds
from ontakt.evidence.numbers import UNKNOWN, number, percent

_COLUMNS = (
    "latency", "good", "95 %", "lost", "cycle s\np50  p95", "good/h", "starved",
    "seam mm\njump step", "jerk\nRMS", "step-\nins", "borne",
)  # fmt: skip
_WIDE = 110
"""Columns of a table that nothing is folded in, where there is no terminal to fit."""


def print_study(study: Study, page: Path) -> None:
    """The finding, cell by cell, what does not apply, and where the page lies."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDE)
    first, *rest = finding(study)
    console.print(first, style="bold", soft_wrap=True)
    for line in rest:
        console.print(line, soft_wrap=True)
    console.print()
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in _COLUMNS:
        last = name == _COLUMNS[-1]
        table.add_column(name, justify="left" if last else "right", no_wrap=not last)
    for strategy in study.strategies:
        table.add_row(f"[bold]{strategy}[/]")
        for row in study.cells:
            if row.cell.strategy == strategy:
                table.add_row(*_cells(row))
    console.print(table)
    for one in study.not_applicable:
        console.print(f"not applicable: {one.strategy} ({one.reason})", soft_wrap=True)
    for warning in study.warnings:
        console.print(f"[bold]Mind:[/] {warning}", soft_wrap=True)
    console.print(f"\nPage: {quote(str(page))}", soft_wrap=True)


def _cells(row: Judged) -> tuple[str, ...]:
    cell, own = row.cell, row.own
    seam = "no seam" if cell.seams == 0 else _two(cell.seam_jump_mean_mm, cell.seam_step_mean_mm)
    success = cell.success
    return (
        milliseconds(cell),
        f"{cell.good}/{success.n}" if success.n else UNKNOWN,
        _between(success),
        "" if own is None else str(own.losses),
        _two(cell.cycle_p50_s, cell.cycle_p95_s),
        number(cell.throughput_per_h.value),
        percent(cell.starvation.value),
        seam,
        number(cell.jerk_rms.value),
        str(cell.step_ins),
        row.verdict.word,
    )


def _two(one: Estimate, other: Estimate) -> str:
    if one.value is None and other.value is None:
        return UNKNOWN
    return f"{number(one.value)}  {number(other.value)}"


def _between(success: Estimate) -> str:
    if success.low is None or success.high is None:
        return ""
    return f"{100 * success.low:.0f}-{100 * success.high:.0f}"
