"""Every cycle's time over the shift against takt, marked by how the cycle ended."""

import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ontakt.contract.cycle import CycleRecord, Outcome
from ontakt.evidence.report.figures.ink import LIGHT, inline, quiet, sheet

MARKERS: dict[Outcome, tuple[str, str, float]] = {
    Outcome.ON_TAKT: ("on takt", "o", 9),
    Outcome.LATE: ("late", "^", 22),
    Outcome.NOK_DETECTED: ("bad and detected", "X", 26),
    Outcome.NOK_ESCAPED: ("bad and escaped", "D", 22),
    Outcome.ASSISTED: ("helped by a person", "s", 20),
    Outcome.ABORTED: ("aborted", "P", 26),
    Outcome.STARVED: ("starved", "v", 22),
    Outcome.BLOCKED: ("blocked", "<", 22),
}
"""Outcome to its name for people, its marker and the marker's area [pt^2]."""

ABOVE = 2.5
"""Cycles longer than this many takts are drawn at the upper edge with their time beside them."""

MANY = 5_000
"""Cycles of a shift above which a figure shows ranges of them, and no longer each one."""

UNKNOWN_OUTCOME = "outcome unknown"

FAST = 0.5
"""Where every cycle takes less than this share of takt, the time axis shows the cycles alone."""


def cycle_times(cycles: Sequence[CycleRecord], takt_s: float, name: str, narrow: bool) -> Markup:
    """Dots over the cycle number and their distribution, for at least one cycle; each has a time.
    `takt_s` is nan where it is unknown."""
    times = np.array([cycle.cycle_s for cycle in cycles])
    edge = math.inf if math.isnan(takt_s) else ABOVE * takt_s
    limits = limits_of(times, takt_s)
    size = (3.6, 3.3) if narrow else (8.4, 2.9)
    with sheet(*size) as figure:
        ratio = [4.2, 1] if narrow else [7, 1]
        dots, bars = figure.subplots(1, 2, sharey=True, width_ratios=ratio)
        _dots(dots, cycles, np.minimum(times, edge))
        for cycle in cycles:
            if cycle.cycle_s > edge:
                dots.annotate(
                    f"{cycle.cycle_s:.0f} s",
                    (cycle.cycle, edge),
                    xytext=(0, 5),
                    textcoords="offset points",
                    ha="center",
                    fontsize=7,
                    color=LIGHT["soft"],
                )
        worked = [c.outcome not in (Outcome.STARVED, Outcome.BLOCKED) for c in cycles]
        distribution(dots, bars, np.minimum(times, edge)[worked], limits, takt_s)
        dots.set_xlabel("cycle number")
        dots.xaxis.get_major_locator().set_params(integer=True)
        dots.set_ylabel("cycle time, s")
        figure.legend(
            loc="outside upper left", ncols=2 if narrow else 8, borderaxespad=0.2, markerscale=1.0
        )
        return inline(figure, name, spoken(times, takt_s))


def spoken(times: NDArray[np.float64], takt_s: float) -> str:
    """What the figure says, for who does not see it."""
    told = f"Cycle time of {len(times)} cycles: median {np.median(times):.1f} s"
    if math.isnan(takt_s):
        return f"{told}."
    return f"{told}; {100 * np.mean(times <= takt_s):.0f} % within the takt of {takt_s:g} s."


def distribution(
    main: Axes,
    bars: Axes,
    times: NDArray[np.float64],
    limits: tuple[float, float],
    takt_s: float,
) -> None:
    """How often each of `times` [s] is, in `bars` beside the `main` axes, and takt in both."""
    bins = np.linspace(*limits, 33)
    bars.hist(times, bins=bins.tolist(), orientation="horizontal", color=LIGHT["working"])
    for axes in (main, bars):
        quiet(axes, "y")
        axes.set_ylim(*limits)
    bars.set_xticks([])
    bars.spines[["left", "bottom"]].set_visible(False)
    bars.set_xlabel("cycles")
    if math.isnan(takt_s):
        return
    for axes in (main, bars):
        axes.axhline(takt_s, color=LIGHT["ink"], linewidth=1.0, linestyle=(0, (4, 2)))
        axes.set_ylim(*limits)
    inside = takt_s < limits[1]
    bars.annotate(
        f"takt {takt_s:g} s" if inside else f"takt {takt_s:g} s,\nfar above",
        (1.0, min(takt_s, limits[1])), xycoords=bars.get_yaxis_transform(),
        xytext=(0, 2.5), textcoords="offset points",
        ha="right", va="bottom" if inside else "top", fontsize=8, fontweight="bold",
    )  # fmt: skip


def limits_of(times: NDArray[np.float64], takt_s: float) -> tuple[float, float]:
    """Range of the time axis [s]: down to the fastest cycle, up to takt or the slowest; takt is
    left out where it would press cycles of less than half of it into a line."""
    low, top = float(times.min()), float(times.max())
    if top >= FAST * takt_s:
        top = max(min(top, ABOVE * takt_s), takt_s)
        low = min(low, takt_s)
    span = top - low or 1.0
    return max(0.0, low - 0.08 * span), top + (0.1 if top >= FAST * takt_s else 0.35) * span


def _dots(axes: Axes, cycles: Sequence[CycleRecord], times: NDArray[np.float64]) -> None:
    numbers = np.array([cycle.cycle for cycle in cycles])
    for outcome, (label, marker, area) in MARKERS.items():
        those = np.array([cycle.outcome is outcome for cycle in cycles])
        if not those.any():
            continue
        axes.scatter(
            numbers[those],
            times[those],
            s=area,
            marker=marker,
            color=LIGHT[outcome.value.replace("_", "-")],
            edgecolors=LIGHT["paper"],
            linewidths=0.4,
            label=f"{label} ({those.sum()})",
            zorder=2 if outcome is Outcome.ON_TAKT else 3,
        )
    those = np.array([cycle.outcome is None for cycle in cycles])
    if those.any():
        label = f"{UNKNOWN_OUTCOME} ({those.sum()})"
        axes.scatter(
            numbers[those], times[those], s=9, marker=".", color=LIGHT["soft"], label=label
        )
