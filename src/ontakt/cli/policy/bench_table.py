"""The table of `ontakt policy bench`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ontakt.cli.figure_table import figure_console, figure_table

if TYPE_CHECKING:
    from rich.table import Table

    from ontakt.policy.bench.counts import Work
    from ontakt.policy.bench.figures import Bench, Counted, Stage


def print_bench(bench: "Bench") -> None:
    """What was measured, the table, and what cannot be seen in it."""
    console = figure_console()
    counted = bench.counted
    console.print(f"[bold]{bench.config}[/], {counted.parameters:,} parameters in {counted.dtype}")
    console.print(_shape(counted), style="dim")
    threads = "1 CPU thread" if bench.threads == 1 else f"{bench.threads} CPU threads"
    on = f"{bench.device_name}, {threads}, torch {bench.torch}"
    console.print(f"engine: {bench.acceleration}; {on}; {bench.repeats} rounds", style="dim")
    console.print()
    console.print(_times(bench))
    console.print(_work(bench))
    for line in _remarks(bench):
        console.print(line)


def print_counts(
    name: str, counted: "Counted", rooflines: Mapping[str, tuple[float, str]] | None
) -> None:
    """Operations and bytes by stage, and the least times for a device that is not here."""
    console = figure_console()
    console.print(f"[bold]{name}[/], {counted.parameters:,} parameters in {counted.dtype}")
    console.print(_shape(counted), style="dim")
    console.print()
    table = figure_table("stage", "GFLOP", "MB", *(["roofline ms", "limit"] if rooflines else []))
    for heading in ("eager GFLOP", "eager MB"):
        table.add_column(heading, justify="right", style="dim")
    for stage, work in counted.work.items():
        eager = counted.eager[stage]
        cells = [stage, _number(work.flop / 1e9), _number(work.bytes / 1e6)]
        if rooflines:
            least, limit = rooflines[stage]
            cells += [_number(least), limit]
        table.add_row(*cells, _number(eager.flop / 1e9), _number(eager.bytes / 1e6))
    least_of_all = []
    if rooflines:
        least_of_all = [_number(sum(least for least, _ in rooflines.values())), ""]
    table.add_section()
    table.add_row("all", *_sums(counted.work), *least_of_all, *_sums(counted.eager), style="bold")
    console.print(table)


def _sums(work: Mapping[str, "Work"]) -> tuple[str, str]:
    """GFLOP and MB of all stages."""
    flop, moved = (sum(getattr(w, kind) for w in work.values()) for kind in ("flop", "bytes"))
    return _number(flop / 1e9), _number(moved / 1e6)


def _shape(counted: "Counted") -> str:
    shape = counted.shape
    sizes = ", ".join(f"{w}x{h}" for _, h, w in shape.grids)
    prefix = f", the first {counted.prefix} committed" if counted.prefix else ""
    return (
        f"{counted.views} views of {sizes} patches; a prompt of {shape.prompt} tokens (words: "
        f"{counted.words} tokenizer); {shape.horizon} actions{prefix}; {shape.steps} steps"
    )


def _times(bench: "Bench") -> "Table":
    compared = bench.whole.eager is not None
    eager = ["eager p50", "p95", "faster"] if compared else []
    table = figure_table("ms", "p50", "p95", "p99", *eager, "roofline", "over it")
    for stage in bench.stages:
        table.add_row(*_row(stage, compared))
        if stage.name == "DiT":
            table.add_row(*_row(bench.step, compared, f"  one of {bench.counted.shape.steps}"))
    table.add_section()
    table.add_row(*_row(bench.model, compared))
    table.add_row(*_row(bench.whole, compared), style="bold")
    return table


def _row(stage: "Stage", compared: bool, name: str | None = None) -> Sequence[str]:
    engine, eager, over = stage.engine, stage.eager, stage.over_roofline
    cells = [name or stage.name, *map(_number, (engine.p50, engine.p95, engine.p99))]
    if compared and eager is not None:
        cells += [_number(eager.p50), _number(eager.p95), f"{eager.p50 / engine.p50:.2f} x"]
    cells.append("" if stage.roofline_ms is None else _number(stage.roofline_ms))
    return [*cells, "" if over is None else f"{over:.1f} x"]


def _work(bench: "Bench") -> "Table":
    table = figure_table("work", "GFLOP", "MB", "limited by")
    for stage in bench.stages:
        if stage.work is not None:
            table.add_row(
                stage.name,
                _number(stage.work.flop / 1e9),
                _number(stage.work.bytes / 1e6),
                stage.limit,
            )
    return table


def _remarks(bench: "Bench") -> list[str]:
    lines = []
    if bench.difference is not None:
        lines.append(
            f"The engine is [bold]{bench.faster('p50'):.2f}[/] times as fast as the eager model at "
            f"p50, {bench.faster('p95'):.2f} at p95, run in turn; greatest difference of an action "
            f"{bench.difference:.1e}."
        )
    else:
        lines.append("The eager model was left out: nothing was compared.")
    first = f"First inference {_seconds(bench.first_s)}"
    if bench.eager_first_s is not None:
        first += f" (eager {_seconds(bench.eager_first_s)})"
    lines.append(f"{first}; model and engine were made in {_seconds(bench.build_s)}.")
    peak, kind = bench.memory.peak, "tensors on the GPU held at most"
    if bench.device == "cpu":
        kind = "the process grew at its peak by"
    told = "" if peak is None else f"; {kind} {_size(peak)}"
    lines.append(f"Weights {_size(bench.memory.weights)}{told}.")
    lines.append(
        f"Roofline: {bench.ceiling.rate / 1e12:.3g} TFLOP/s of matrix products and "
        f"{bench.ceiling.bandwidth / 1e9:.3g} GB/s."
    )
    lines += [
        f"  Bandwidth over {_size(found.bytes)}: copy {found.copy / 1e9:.3g} GB/s, "
        f"matrix times vector {found.product / 1e9:.3g} GB/s."
        for found in bench.bandwidths
    ]
    if len(bench.bandwidths) > 1:
        lines.append("  The last of them is as large as the weights: caches may hold those.")
    return lines


def _number(value: float) -> str:
    """Three figures."""
    return f"{value:.{max(0, 2 - len(str(int(value))) + 1)}f}" if value >= 1 else f"{value:.3f}"


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value >= 1 else f"{1e3 * value:.0f} ms"


def _size(count: int) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
