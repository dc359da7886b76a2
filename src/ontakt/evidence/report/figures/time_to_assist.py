"""The share of stretches of work that go on without a person, over their length."""

import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from matplotlib.ticker import MaxNLocator

from ontakt.evidence.report.figures.ink import LIGHT, inline, quiet, sheet
from ontakt.evidence.statistics.survival import Survival

MINUTES_TO = 2.0
"""Longest stretch [h] that is drawn in minutes."""


def time_to_assist(
    curve: Survival, rate: float, broken_off: Sequence[float], name: str, narrow: bool
) -> Markup:
    """Kaplan and Meier's `curve` [h] with its pointwise band, a tick for each stretch that was
    `broken_off` [h] by the end of a shift, and, dashed, what a constant `rate` [1/h] would give."""
    scale, unit = (60.0, "minutes") if curve.followed <= MINUTES_TO else (1.0, "hours")
    times = np.array([0.0, *(point.time for point in curve.points), curve.followed]) * scale
    shares = [1.0, *(point.survival for point in curve.points)]
    lows = [math.nan, *(point.interval.low for point in curve.points)]
    highs = [math.nan, *(point.interval.high for point in curve.points)]
    with sheet(3.6 if narrow else 8.4, 2.5 if narrow else 2.7) as figure:
        axes = figure.subplots()
        low, high = (np.array([*ends, ends[-1]]) * 100 for ends in (lows, highs))
        axes.fill_between(times, low, high, step="post", color=LIGHT["working"], alpha=0.35, lw=0)
        smooth = np.linspace(0, times[-1], 60)
        axes.plot(smooth, 100 * np.exp(-rate * smooth / scale), "--", color=LIGHT["soft"], lw=1.0,
                  label="a constant rate")  # fmt: skip
        axes.step(times, np.array([*shares, shares[-1]]) * 100, where="post",
                  color=LIGHT["on-takt"], lw=1.6, label="seen, with 95 % band")  # fmt: skip
        if broken_off:
            ends = np.sort(np.array(broken_off)) * scale
            places = np.searchsorted(times[1:-1], ends, side="right")
            axes.plot(ends, 100 * np.array(shares)[places], "|", color=LIGHT["ink"], ms=7,
                      label="end of a shift")  # fmt: skip
        quiet(axes, "y")
        axes.set_ylim(0, 103)
        axes.set_xlim(0, times[-1] * 1.01)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.set_xlabel(f"{unit} of work since the start or the last assist")
        axes.set_ylabel("% without a call")
        axes.legend(loc="upper right", ncols=1)
        half = "unknown" if curve.median is None else f"{curve.median * scale:.3g} {unit}"
        said = (
            f"Work without a call for a person: {curve.n} stretches, up to "
            f"{curve.followed * scale:.3g} {unit}; half of them had a call by {half}."
        )
        return inline(figure, name, said)
