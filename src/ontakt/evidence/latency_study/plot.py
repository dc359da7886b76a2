"""The plot of a latency study: one panel a figure, one line a strategy, named where it ends."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from msgspec import Struct

from ontakt.evidence.latency_study.cell import Cell
from ontakt.evidence.latency_study.estimate import Estimate
from ontakt.evidence.latency_study.study import Judged, Study
from ontakt.evidence.report.figures.ink import LIGHT, inline, quiet, sheet

STYLES = (
    ("on-takt", "o"), ("nok-detected", "s"), ("assisted", "D"), ("late", "^"),
    ("nok-escaped", "X"), ("aborted", "P"), ("blocked", "v"),
)  # fmt: skip
"""Ink and marker of the strategies, in the order asked for."""
FAST = 0.5
"""Where every cycle takes less than this share of takt, the panel shows the cycles alone."""


class Panel(Struct, frozen=True):
    """One figure of a cell on the vertical axis."""

    title: str
    of: Callable[[Cell], Estimate]
    scale: float = 1.0
    top: float | None = None
    """Upper end of the axis, where there is one."""


PANELS = (
    Panel("Good parts, %", lambda cell: cell.success, 100.0, 100.0),
    Panel("Cycle time, median, s", lambda cell: cell.cycle_p50_s),
    Panel("Good parts per hour of robot time", lambda cell: cell.throughput_per_h),
    Panel("Starved, % of driven ticks", lambda cell: cell.starvation, 100.0),
    Panel("Step at a seam, mean, mm", lambda cell: cell.seam_step_mean_mm),
    Panel("Jerk, RMS, m/s³", lambda cell: cell.jerk_rms),
)


def plot(study: Study, name: str, narrow: bool) -> Markup:
    """The panels as inline SVG."""
    with sheet(*((3.6, 12.6) if narrow else (8.4, 5.4))) as figure:
        _draw(figure, study, 1 if narrow else 3)
        return inline(figure, name, _alt(study))


def picture(study: Study, out: Path) -> None:
    """The panels as a PNG for a wiki or a slide. Raises OSError."""
    with sheet(8.4, 5.4) as figure:
        _draw(figure, study, 3)
        figure.savefig(out, dpi=150, facecolor=LIGHT["paper"], metadata={"Software": None})


def _draw(figure: Figure, study: Study, columns: int) -> None:
    rows = math.ceil(len(PANELS) / columns)
    figure.get_layout_engine().set(h_pad=0.1)  # type: ignore[union-attr,call-arg]
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True)
    for axes, panel in zip(grid.ravel(), PANELS, strict=True):
        _panel(axes, panel, study)
    for axes in grid[-1]:
        axes.set_xlabel("latency of an inference, ms")


def _panel(axes: Axes, panel: Panel, study: Study) -> None:
    known = [row.cell.latency_ms for row in study.cells if row.cell.latency_ms is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    span = high - low or 1.0
    ends: list[tuple[float, float, str, str]] = []
    for k, strategy in enumerate(study.strategies):
        ink, marker = STYLES[k % len(STYLES)]
        rows = [r for r in study.cells if r.cell.strategy == strategy]
        # side by side where they would lie on one another
        aside = span * 0.012 * (k - (len(study.strategies) - 1) / 2)
        end = _line(axes, panel, rows, aside, LIGHT[ink], marker, k)
        if end is not None:
            ends.append((*end, strategy, LIGHT[ink]))
    quiet(axes, "y")
    axes.set_title(panel.title)
    ticks = sorted({round(ms) for ms in known})
    if len(ticks) <= 6:
        axes.set_xticks(ticks)
    axes.set_xlim(low - 0.06 * span, high + 0.46 * span)
    top = panel.top or axes.get_ylim()[1]
    axes.set_ylim(-0.06 * top, 1.06 * top)
    if panel.title.startswith("Cycle time"):
        _takt(axes, study)
    _name(axes, ends, high + 0.1 * span)


def _line(
    axes: Axes,
    panel: Panel,
    rows: Sequence[Judged],
    aside: float,
    colour: str,
    marker: str,
    order: int,
) -> tuple[float, float] | None:
    """One strategy; returns where its line ends, None where nothing of it is known."""
    xs, ys = [], []
    for row in rows:
        shown = panel.of(row.cell)
        if row.cell.latency_ms is None or shown.value is None:
            continue
        x, y = row.cell.latency_ms + aside, shown.value * panel.scale
        xs.append(x)
        ys.append(y)
        if shown.low is not None and shown.high is not None:
            ends = (shown.low * panel.scale, shown.high * panel.scale)
            axes.plot((x, x), ends, color=colour, linewidth=0.9, alpha=0.55, zorder=2 + order)
        borne = row.verdict.word == "borne"
        axes.plot(
            x, y, marker=marker, markersize=4.6, color=colour, zorder=20 + order,
            markerfacecolor=colour if borne else LIGHT["paper"], markeredgewidth=1.1,
        )  # fmt: skip
    axes.plot(xs, ys, color=colour, linewidth=1.4, zorder=10 + order)
    return (xs[-1], ys[-1]) if xs else None


def _takt(axes: Axes, study: Study) -> None:
    bottom, top = axes.get_ylim()
    if top < FAST * study.takt_s:
        axes.annotate(
            f"takt {study.takt_s:g} s, far above", (0.0, 1.0), xycoords="axes fraction",
            va="top", fontsize=7, color=LIGHT["soft"],
        )  # fmt: skip
        return
    axes.set_ylim(bottom, max(top, study.takt_s + 0.1 * (study.takt_s - bottom)))
    axes.axhline(study.takt_s, color=LIGHT["ink"], linewidth=1.0, linestyle=(0, (4, 2)))
    axes.annotate(
        f"takt {study.takt_s:g} s", (0.0, study.takt_s), xycoords=axes.get_yaxis_transform(),
        xytext=(0, 2), textcoords="offset points", fontsize=7, fontweight="bold",
    )  # fmt: skip


def _name(axes: Axes, ends: Sequence[tuple[float, float, str, str]], x: float) -> None:
    """Strategies at the ends of their lines, moved apart where they would overlap."""
    bottom, top = axes.get_ylim()
    heights = spread([(y - bottom) / (top - bottom) for _, y, _, _ in ends], 0.105)
    for (end_x, end_y, strategy, colour), height in zip(ends, heights, strict=True):
        y = bottom + height * (top - bottom)
        axes.plot((end_x, x), (end_y, y), color=colour, linewidth=0.6, alpha=0.6, zorder=1)
        axes.annotate(
            strategy.partition("?")[0] if len(strategy) > 12 else strategy, (x, y),
            xytext=(2, 0), textcoords="offset points", va="center", fontsize=7.5,
            fontweight="bold", color=colour, annotation_clip=False,
        )  # fmt: skip


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """`heights` in [0, 1] moved as little as it takes to stand `gap` apart, in their order."""
    order = sorted(range(len(heights)), key=lambda k: heights[k])
    placed = [heights[k] for k in order]
    for k in range(1, len(placed)):
        placed[k] = max(placed[k], placed[k - 1] + gap)
    ceiling = 1.0 - gap / 3
    for k in reversed(range(len(placed))):
        placed[k] = min(placed[k], ceiling)
        ceiling = placed[k] - gap
    result = [0.0] * len(heights)
    for k, height in zip(order, placed, strict=True):
        result[k] = height
    return result


def _alt(study: Study) -> str:
    told = []
    for strategy in study.strategies:
        cells = [row.cell for row in study.cells if row.cell.strategy == strategy]
        shares = ", ".join(
            "unknown" if c.success.value is None else f"{100 * c.success.value:.0f} %"
            for c in cells
        )
        told.append(f"{strategy} {shares}")
    return f"Six figures over latency, by strategy. Good parts: {'; '.join(told)}."
