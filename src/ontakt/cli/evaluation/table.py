"""An evaluation on a terminal: how many were good, how surely, what failed, how fast it was."""

from collections.abc import Mapping
from pathlib import Path
from shlex import quote

from rich.table import Table

from ontakt.cli.evaluation.evaluation import Evaluation, Share
from ontakt.cli.evaluation.order import CANONICAL
from ontakt.cli.figure_table import figure_console, figure_table
from ontakt.evidence.numbers import UNKNOWN, number, percent

_SHOWN = 8
"""Failed sides that are told one by one."""


def print_evaluation(told: Evaluation, folder: Path) -> None:
    """The figures of `told`, whose episodes lie in `folder`."""
    console = figure_console()
    console.print(
        f"{told.policy} at {told.station}, {' '.join(told.variation)}: {told.episodes} episodes",
        style="bold",
    )
    shown = f", cameras {told.cameras}" * (told.cameras != "none")
    ordered = f", ordered {told.instruction!r}" * (told.instruction != CANONICAL)
    console.print(f"{told.strategy}, {told.latency}, seed {told.seed}{shown}{ordered}")
    table = figure_table("", "good", "share", "95 %")
    if told.jobs is not None:
        table.add_row("all orders", *_share(told.obeyed))
    for words, share in (told.jobs or {}).items():
        table.add_row(words, *_share(share))
    for name, share in (("both sides", told.both), ("left", told.left), ("right", told.right)):
        if share.n:
            table.add_row(name, *_share(share))
    if told.instruction != CANONICAL and told.jobs is None and not told.both.n:
        table.add_row("as ordered", *_share(told.obeyed))
    console.print(table)
    console.print(_facts(told, folder))
    for failed in told.failed[:_SHOWN]:
        console.print(
            f"episode {failed.episode}, {failed.side}: {failed.mode}, {failed.reason}",
            soft_wrap=True,
        )
    if len(told.failed) > _SHOWN:
        console.print(f"... and {len(told.failed) - _SHOWN} more in results.jsonl")


def _facts(told: Evaluation, folder: Path) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    sides = [f"{s} {_counted(modes)}" for s, modes in told.side_failures.items() if modes]
    table.add_row("failures", "; ".join(sides) or "none")
    spread = ", ".join(f"{name} {_unit(value, 's')}" for name, value in told.time_s.items())
    table.add_row("time until done", spread)
    table.add_row("seam jump", f"{_unit(told.seam_jump_mm, 'mm')} mean")
    table.add_row("jerk", f"{_unit(told.jerk_rms, 'm/s³')} RMS")
    table.add_row("wall time", f"{told.wall_s:.1f} s")
    table.add_row("episodes", quote(str(folder)))
    return table


def _counted(modes: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {mode}" for mode, n in modes.items())


def _share(share: Share) -> tuple[str, str, str]:
    if share.low is None or share.high is None:
        return "0 of 0", UNKNOWN, UNKNOWN
    between = f"{100 * share.low:.1f}-{100 * share.high:.1f}"
    return f"{share.good} of {share.n}", percent(share.share), between


def _unit(value: float | None, unit: str) -> str:
    return UNKNOWN if value is None else f"{number(value)} {unit}"
