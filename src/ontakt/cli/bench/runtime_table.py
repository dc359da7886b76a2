"""The tables of `ontakt bench runtime`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ontakt.cli.figure_table import figure_console, figure_table

if TYPE_CHECKING:
    from ontakt.runtime.bench.costs import Cost
    from ontakt.runtime.bench.jitter import Jitter
    from ontakt.runtime.bench.round_trip import RoundTrip
    from ontakt.runtime.bench.spread import Spread


def print_jitter(found: "Jitter") -> None:
    """Lateness by loop, and what cannot be seen in it."""
    console = figure_console()
    console.print(
        f"[bold]Control ticks[/] at {found.hz} Hz beside a policy that is busy for "
        f"{found.think_ms:g} ms an answer, without a pause"
    )
    load = (
        "" if found.load is None else f"; load {found.load.p50:.1f}, at most {found.load.max:.1f}"
    )
    console.print(
        f"{found.seconds:g} s of each loop, in turn every {found.block_seconds:g} s; "
        f"{found.cores} cores{load}",
        style="dim",
    )
    table = figure_table("late by, ms", "p50", "p95", "p99", "max", "> 3 ms")
    for heading in ("period off, p99", "behind, ms/min", "answers/s"):
        table.add_column(heading, justify="right", style="dim")
    for loop in found.loops:
        table.add_row(
            loop.name,
            *_quantiles(loop.lateness),
            f"{loop.over} of {loop.ticks}",
            _number(loop.period.p99),
            f"{loop.behind:.0f}",
            f"{loop.answers:.1f}",
        )
    console.print(table)
    console.print(f"p99 of the plain loop over ours: [bold]{found.ratio:.1f}[/].")
    for loop in found.loops:
        if loop.late:
            console.print(f"{loop.name}: {loop.late} ticks worked longer than a period.")
        if loop.failures:
            console.print(f"{loop.name}: {loop.failures} inferences failed.")
    console.print()


def print_round_trips(found: "Sequence[RoundTrip]") -> None:
    """Times by size of image."""
    console = figure_console()
    console.print("[bold]A question to the policy server[/], over a Unix socket, no thinking")
    table = figure_table("ms", "MB", "p50", "p95", "p99", "max")
    table.add_column("of it in the loop's process, p50", justify="right", style="dim")
    for each in found:
        table.add_row(
            f"{each.views} views of {each.width}x{each.height}",
            f"{each.pixels_bytes / 1e6:.2f}",
            *_quantiles(each.ms),
            _number(each.cpu_ms.p50),
        )
    console.print(table)


def print_costs(found: "Sequence[Cost]") -> None:
    """Microseconds by strategy."""
    console = figure_console()
    console.print("[bold]Strategies[/], executor over a fake station, answers after 80 ms")
    table = figure_table("microseconds", "a tick", "x bare", "a question", "a landing")
    for cost in found:
        parts = ["" if part is None else f"{part:.1f}" for part in (cost.question, cost.landing)]
        table.add_row(cost.name, f"{cost.tick:.1f}", f"{cost.ratio:.1f}", *parts)
    console.print(table)


def _quantiles(times: "Spread") -> list[str]:
    return [_number(value) for value in (times.p50, times.p95, times.p99, times.max)]


def _number(value: float) -> str:
    """Three figures."""
    return f"{value:.{max(0, 3 - len(str(int(value))))}f}" if value >= 1 else f"{value:.3f}"
