"""An envelope in a terminal: the sentences, then a table an axis."""

from pathlib import Path
from shlex import quote

from rich.console import Console
from rich.table import Table

from ontakt.evidence.envelope import Envelope, LadderReading, sentences
from ontakt.evidence.numbers import UNKNOWN, number, percent, setting

_COLUMNS = ("", "good", "95 %", "at least", "at most", "cycle s", "step-ins", "bad by")
_WIDE = 110
"""Columns of a table that nothing is folded in, where there is no terminal to fit."""


def print_envelope(envelope: Envelope, page: Path) -> None:
    """What may be said, rung by rung what it rests on, and where the page lies."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDE)
    for line in sentences(envelope):
        console.print(line, style="bold", soft_wrap=True, markup=False)
    for ladder in envelope.ladders:
        console.print()
        console.print(_table(ladder))
    for warning in envelope.warnings:
        console.print(f"[bold]Mind:[/] {warning}", soft_wrap=True)
    console.print(f"\nPage: {quote(str(page))}", soft_wrap=True)


def _table(ladder: LadderReading) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in (ladder.span.title, *_COLUMNS[1:]):
        last = name == _COLUMNS[-1]
        table.add_column(name, justify="left" if last else "right", no_wrap=not last)
    for rung in ladder.rungs:
        between = (
            UNKNOWN
            if rung.low is None or rung.high is None
            else f"{100 * rung.low:.0f}-{100 * rung.high:.0f}"
        )
        table.add_row(
            setting(rung.value),
            f"{rung.good}/{rung.n}" if rung.n else UNKNOWN,
            between,
            percent(rung.at_least),
            percent(rung.at_most),
            number(rung.cycle_s.value),
            str(rung.step_ins),
            ", ".join(f"{mode} {n}" for mode, n in rung.failures.items()),
        )
    return table
