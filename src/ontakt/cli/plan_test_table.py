"""A test in a terminal: what it takes, the advice, and what else could be booked."""

from pathlib import Path
from shlex import quote

from rich.text import Text

from ontakt.cli.figure_table import figure_console, figure_table
from ontakt.evidence.booking import AssistChoice, Booking, Choice, told
from ontakt.evidence.booking.gate_sample import GateSample
from ontakt.evidence.booking.sentence import heading
from ontakt.evidence.booking.wording import amount, hours, share
from ontakt.evidence.numbers import percent, seconds


def print_booking(booking: Booking, page: Path | None) -> None:
    """The test in one line, the sentences, the tables, and where the page lies."""
    console = figure_console()
    console.print(Text(heading(booking), style="bold"))
    for sentence in told(booking):
        console.print(sentence)
    true = booking.true
    good = () if true is None else (f"{share(true)} robot fails",)
    table = figure_table(
        "failures allowed", "cycles", "hours", "shifts", *good, "cycles if read any time"
    )
    for one in booking.alternatives:
        own = one.failures == booking.failures
        table.add_row(
            f"{one.failures} (this test)" if own else f"{one.failures}",
            f"{one.cycles:,}",
            *_figures(one),
            f"{one.anytime_cycles:,}",
            style="bold" if own else "",
        )
    console.print(table)
    if booking.mtba is not None:
        true = booking.mtba.true_hours
        good = () if true is None else (f"{true:g} h robot fails",)
        table = figure_table("assists allowed", "hours", "shifts", *good)
        for row in booking.mtba.choices:
            table.add_row(f"{row.assists}", *_figures(row))
        console.print(table)
    if page is not None:
        console.print(f"Page: {quote(str(page))}", soft_wrap=True)


def print_gate(sample: GateSample) -> None:
    """Why the gate is as it is, what it takes, and what each requirement allows."""
    console = figure_console()
    console.print(
        Text(
            f"{sample.gate}: {sample.cycles:,} cycles in {sample.shifts:,} shifts of "
            f"{sample.cycles_per_shift:,}, {hours(sample.hours)} at a takt of "
            f"{seconds(sample.takt_s)}.",
            style="bold",
        )
    )
    console.print(Text(sample.why))
    table = figure_table("requirement", "asked", "of", "may miss")
    for one in sample.requirements:
        counted = amount(one.sample) if one.unit == "h" else f"{one.sample:,.0f}"
        table.add_row(one.requirement, one.asked, f"{counted} {one.unit}", f"{one.allowed:,}")
    console.print(table)


def _figures(one: Choice | AssistChoice) -> tuple[str, ...]:
    risk = () if one.producers_risk is None else (percent(one.producers_risk, 0),)
    return (amount(one.hours), amount(one.shifts), *risk)
