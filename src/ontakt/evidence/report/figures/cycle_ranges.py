"""The time of very many cycles against takt: ranges of them over the shift, none by itself."""

import math
from collections import Counter
from collections.abc import Sequence
from operator import attrgetter

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from ontakt.contract.cycle import CycleRecord, Outcome
from ontakt.evidence.report.figures.cycle_times import (
    ABOVE,
    MARKERS,
    UNKNOWN_OUTCOME,
    distribution,
    limits_of,
    spoken,
)
from ontakt.evidence.report.figures.ink import LIGHT, inline, sheet

WAITED = (Outcome.STARVED, Outcome.BLOCKED)
RANGES = 160
"""Stretches of equally many cycles along the shift."""


def cycle_ranges(cycles: Sequence[CycleRecord], takt_s: float, name: str, narrow: bool) -> Markup:
    """Median, middle 90 % and slowest of every stretch of cycles, and the distribution of all;
    each cycle has a time. `takt_s` is nan where it is unknown."""
    times = np.fromiter(map(attrgetter("cycle_s"), cycles), np.float64, len(cycles))
    numbers = np.fromiter(map(attrgetter("cycle"), cycles), np.int64, len(cycles))
    outcomes = list(map(attrgetter("outcome"), cycles))
    waited = np.fromiter((outcome in WAITED for outcome in outcomes), np.bool_, len(cycles))
    edge = math.inf if math.isnan(takt_s) else ABOVE * takt_s
    shown = np.minimum(times, edge)
    limits = limits_of(times, takt_s)
    with sheet(*((3.6, 3.3) if narrow else (8.4, 2.9))) as figure:
        main, bars = figure.subplots(1, 2, sharey=True, width_ratios=[4.2 if narrow else 7, 1])
        _ranges(main, numbers, shown)
        distribution(main, bars, shown[~waited], limits, takt_s)
        main.set_xlabel("cycle number")
        main.xaxis.get_major_locator().set_params(integer=True)
        main.set_ylabel("cycle time, s")
        figure.legend(
            handles=[*main.get_legend_handles_labels()[0], *_counts(Counter(outcomes))],
            loc="outside upper left", ncols=2 if narrow else 6, borderaxespad=0.2,
        )  # fmt: skip
        return inline(figure, name, spoken(times, takt_s))


def _ranges(axes: Axes, numbers: NDArray[np.int64], times: NDArray[np.float64]) -> None:
    parts = np.array_split(np.arange(len(times)), min(RANGES, len(times)))
    middle = [float(np.mean(numbers[part])) for part in parts]
    low, median, high = (
        [float(np.percentile(times[part], percent)) for part in parts] for percent in (5, 50, 95)
    )
    axes.fill_between(middle, low, high, color=LIGHT["working"], linewidth=0, label="middle 90 %")
    axes.plot(middle, median, color=LIGHT["on-takt"], linewidth=1.2, label="median")
    slowest = [float(times[part].max()) for part in parts]
    axes.plot(middle, slowest, ".", markersize=2.5, color=LIGHT["soft"], label="slowest")


def _counts(outcomes: Counter[Outcome | None]) -> list[Line2D]:
    """How often each outcome occurred, as entries of the legend."""
    told = [(label, outcomes[outcome]) for outcome, (label, _, _) in MARKERS.items()]
    told.append((UNKNOWN_OUTCOME, outcomes[None]))
    return [Line2D([], [], linestyle="", label=f"{label} ({n})") for label, n in told if n]
