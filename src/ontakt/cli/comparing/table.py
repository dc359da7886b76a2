"""A comparison in a terminal: the sentence, the figures, and where the page lies."""

from pathlib import Path
from shlex import quote

from rich.table import Table
from rich.text import Text

from ontakt.cli.figure_table import figure_console, figure_table
from ontakt.evidence.comparison import Comparison, wording

SIDE_BY_SIDE = 3
"""Arms that stand beside one another; more stand below one another."""
_OF_MANY = ("both_sides_ok", "takt_compliance", "step_ins", "escapes", "cycle_time.p50")


def print_comparison(found: Comparison, page: Path) -> None:
    """Everything that a reader needs to believe or doubt the sentence."""
    console = figure_console()
    console.print(Text(found.sentence, style="bold"), soft_wrap=True)
    how = "Part by part" if found.paired else "Not part by part"
    console.print(Text(f"{how}: {found.why}."), soft_wrap=True)
    if found.cells is not None and found.cells.n:
        first, second = (arm.name for arm in found.arms)
        console.print(
            Text(
                f"Of {found.cells.n} parts: {found.cells.both} good in both, {found.cells.first} "
                f"only in {first}, {found.cells.second} only in {second}, {found.cells.neither} in "
                "neither."
            ),
            soft_wrap=True,
        )
    if found.left_out:
        told = ", ".join(f"{n} {why}" for why, n in found.left_out.items())
        console.print(Text(f"Left out of the pairs: {told}."), soft_wrap=True)
    console.print(_beside(found) if len(found.arms) <= SIDE_BY_SIDE else _below(found))
    console.print(
        Text(
            f"{found.figures[0].label[:1].upper()}{found.figures[0].label[1:]} decides; the other "
            "figures describe, and their p are not corrected for being many."
        ),
        soft_wrap=True,
    )
    for note, labels in _notes(found).items():
        console.print(Text(f"{', '.join(labels)}: {note}."), soft_wrap=True)
    for warning in found.warnings:
        console.print(Text.assemble(("Mind: ", "bold"), warning), soft_wrap=True)
    console.print(Text(f"Page: {quote(str(page))}"), soft_wrap=True)


def _notes(found: Comparison) -> dict[str, list[str]]:
    """What is to be known of descriptive figures, with their labels."""
    notes: dict[str, list[str]] = {}
    for figure in found.figures[1:]:
        if figure.note is not None:
            notes.setdefault(figure.note, []).append(figure.label)
    return notes


def _beside(found: Comparison) -> Table:
    two = ("difference", "95 %") if len(found.arms) == 2 else ()
    table = figure_table("figure", *(arm.name for arm in found.arms), *two, "p")
    for figure in found.figures:
        arms = [_cell(wording.value(figure, e), wording.bounds(figure, e)) for e in figure.arms]
        between = (wording.difference(figure), wording.difference_bounds(figure)) if two else ()
        style = "bold" if figure.role == "main" else ""
        table.add_row(
            Text(figure.label), *arms, *map(Text, between), wording.p_value(figure.p), style=style
        )
    return table


def _below(found: Comparison) -> Table:
    shown = [figure for figure in found.figures if figure.name in _OF_MANY]
    table = figure_table("arm", *(figure.label for figure in shown), "cycles judged")
    for k, arm in enumerate(found.arms):
        cells = [
            _cell(wording.value(one, one.arms[k]), wording.bounds(one, one.arms[k]))
            for one in shown
        ]
        table.add_row(Text(arm.name), *cells, f"{arm.judged:,}")
    table.add_row("p, all alike", *(wording.p_value(one.p) for one in shown), "")
    return table


def _cell(value: str, bounds: str) -> Text:
    return Text(f"{value} ({bounds})" if bounds else value)
