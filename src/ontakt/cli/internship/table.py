"""The versions of an internship on a terminal."""

from pathlib import Path
from shlex import quote

from ontakt.cli.evaluation.evaluation import Share
from ontakt.cli.figure_table import figure_console, figure_table
from ontakt.cli.internship.version import Internship
from ontakt.evidence.internship import PAGE
from ontakt.evidence.numbers import UNKNOWN, number


def print_internship(told: Internship, folder: Path) -> None:
    """One row a version, and where the rest is."""
    table = figure_table(
        "version", "lessons", "step-ins", "corrections", "a step-in", "both sides", "95 %", "time s"
    )
    for one in told.versions:
        step_ins = UNKNOWN if one.step_ins is None else f"{one.step_ins} of {one.parts}"
        table.add_row(
            str(one.round),
            _count(one.lessons),
            step_ins,
            _count(one.corrections),
            number(one.corrections_a_step_in),
            *_share(one.both),
            number(one.time_s),
        )
    console = figure_console()
    console.print(table)
    console.print(quote(str(folder / PAGE)), soft_wrap=True)
    if told.versions:
        last = quote(str(folder / told.versions[-1].checkpoint))
        console.print(f"\nNext: ontakt policy card {last}", soft_wrap=True)


def _count(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def _share(share: Share | None) -> tuple[str, str]:
    if share is None or share.low is None or share.high is None:
        return UNKNOWN, UNKNOWN
    return f"{share.good} of {share.n}", f"{100 * share.low:.1f}-{100 * share.high:.1f}"
