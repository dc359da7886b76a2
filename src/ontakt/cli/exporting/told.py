"""What an export is, in a few lines on a terminal."""

from shlex import quote
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from ontakt.cli.exporting.export import Export

if TYPE_CHECKING:
    from ontakt.policy.dataset import Dataset


def print_export(export: Export, dataset: "Dataset") -> None:
    """What was taken of the shift and what was not, where it lies, and what to do next."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    shift, lessons = export.shift, sum(episode.length for episode in dataset.episodes)
    cycles = {cycle for episode in dataset.episodes if (cycle := episode.facts["cycle"])}
    missing = f"; {shift.unrecorded} were not recorded" if shift.unrecorded else ""
    table.add_row("cycles", f"{len(cycles)} of {len(shift.cycles)}{missing}")
    if export.corrections:
        table.add_row("takeovers", f"{export.good} of {export.attempts} with something to learn")
        for line in export.left_out:
            table.add_row("left out", line)
        between = {e.facts["after_cycle"] for e in dataset.episodes if not e.facts["cycle"]}
        if between:
            table.add_row("between two cycles", f"after {', '.join(sorted(between, key=int))}")
    else:
        taken = "all are taken" if export.failed_too else "the others are left out"
        table.add_row("good attempts", f"{export.good} of {export.attempts}, {taken}")
    table.add_row("episodes", str(len(dataset.episodes)))
    table.add_row("lessons", f"{lessons}, {dataset.fps} a second")
    table.add_row("cameras", ", ".join(dataset.cameras))
    table.add_row("hash", dataset.hash)
    table.add_row("dataset", str(dataset.folder))
    console = Console(highlight=False)
    console.print(table)
    data, run = quote(str(dataset.folder)), quote(f"runs/{dataset.folder.name}")
    console.print(f"\nNext: ontakt train --data {data} --minutes 60 --out {run}", soft_wrap=True)
