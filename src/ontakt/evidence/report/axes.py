"""What cycles say about each axis of variation: the ranges it was drawn from, and the answer."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.ticker import MaxNLocator
from msgspec import Struct
from numpy.typing import NDArray

from ontakt.contract.cycle import CycleRecord, Outcome
from ontakt.evidence.kpi.sides import distinct
from ontakt.evidence.kpi.table import GOOD, UNKNOWN, CycleTable, Flags
from ontakt.evidence.numbers import setting
from ontakt.evidence.report.figures.response import Bin
from ontakt.evidence.statistics.intervals import clopper_pearson

UNITS: dict[str, tuple[str, float]] = {
    "misalignment": ("mm", 1e-3),
    "tolerance": ("mm", 1e-3),
    "magnet": ("N", 1.0),
}
"""Axis to the unit that people read it in, and that unit in SI; others have a bare number."""

ORDER = ("misalignment", "tolerance", "lighting", "clutter", "wear", "magnet")
"""Axes in the order in which plants ask for them; others follow by name."""

OUTSIDE = (Outcome.STARVED, Outcome.BLOCKED)
"""Finished cycles that say nothing about the robot's work, as the KPI both_sides_ok has it."""


class AxisResponse(Struct, frozen=True):
    """One axis over the cycles in which it was set."""

    name: str
    unit: str
    low: float
    """Least and greatest value that occurred, in `unit`."""
    high: float
    bins: tuple[Bin, ...]
    """Empty for an axis that never changed."""

    @property
    def varied(self) -> bool:
        """True when the axis took more than one value."""
        return bool(self.bins)

    @property
    def title(self) -> str:
        """The name with its unit, as a plot's axis says it."""
        return f"{self.name}, {self.unit}" if self.unit else self.name

    @property
    def told(self) -> tuple[Bin, ...]:
        """The ranges that hold cycles."""
        return tuple(b for b in self.bins if b.n)


def responses(cycles: Sequence[CycleRecord]) -> tuple[AxisResponse, ...]:
    """Every axis that `cycles`, finished ones, name; an axis's components, as
    "misalignment.left.x", follow from it and are not axes. Success is `both_ok`: all sides good by
    inspection, without a person."""
    variations, place = distinct(cycles, "variation")
    names = sorted({name for one in variations for name in one if "." not in name}, key=_rank)
    if not names:
        return ()
    table = CycleTable.from_records(cycles)
    judged = ~table.having(*OUTSIDE) & (table.both != UNKNOWN)
    found = []
    for name in names:
        values = np.array([one.get(name, np.nan) for one in variations])[place]
        those = judged & ~np.isnan(values)
        if those.any():
            good, times = table.both[those] == GOOD, table.cycle_s[those]
            found.append(_response(name, values[those], good, times))
    return tuple(found)


def _rank(name: str) -> tuple[int, str]:
    return (ORDER.index(name) if name in ORDER else len(ORDER), name)


def _response(
    name: str, settings: NDArray[np.float64], good: Flags, times: NDArray[np.float64]
) -> AxisResponse:
    unit, scale = UNITS.get(name, ("", 1.0))
    values = settings / scale
    low, high = float(values.min()), float(values.max())
    distinct_ones = np.unique(values)
    bins: list[Bin] = []
    if 1 < len(distinct_ones) <= 6:
        for value in distinct_ones:
            those = values == value
            bins.append(_bin(setting(float(value)), good[those], times[those]))
    elif len(distinct_ones) > 6:
        edges = MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        for left, right in pairwise(edges):
            those = (values >= left) & (values <= right if right == edges[-1] else values < right)
            label = f"{left:.3g}\N{EN DASH}{right:.3g}"
            bins.append(_bin(label, good[those], times[those]))
    return AxisResponse(name, unit, low, high, tuple(bins))


def _bin(label: str, verdicts: Flags, seconds: NDArray[np.float64]) -> Bin:
    good, n = int(np.count_nonzero(verdicts)), len(verdicts)
    interval = clopper_pearson(good, n)
    times = seconds[np.isfinite(seconds)]
    return Bin(
        label=label,
        good=good,
        n=n,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        median_s=float(np.median(times)) if len(times) else None,
        p95_s=float(np.quantile(times, 0.95)) if len(times) else None,
    )
