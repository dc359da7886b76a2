"""Cycle times of every arm, and on the same parts how much longer one takes than the other."""

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from ontakt.evidence.comparison.arm import Arm
from ontakt.evidence.comparison.difference import Difference
from ontakt.evidence.comparison.figure import Estimate, Figure, estimate, held_against
from ontakt.evidence.comparison.parts import Parts
from ontakt.evidence.statistics.mcnemar import mcnemar
from ontakt.evidence.statistics.p_value import PValue
from ontakt.evidence.statistics.quantile import quantile_interval

MEDIAN, SLOW = 0.5, 0.95
_NAMES = {
    MEDIAN: ("cycle_time.p50", "cycle time, median"),
    SLOW: ("cycle_time.p95", "cycle time, 95 %"),
}


def time_figures(arms: Sequence[Arm], parts: Parts) -> tuple[Figure, ...]:
    """Median and 95th percentile over cycles that the robot ended by itself; for the median of two
    arms on the same parts the median of the parts' differences."""
    median, slow = (_figure(arms, quantile) for quantile in (MEDIAN, SLOW))
    if len(arms) == 2 and parts.paired:
        longer = _longer(arms[0], arms[1], parts)
        median = replace(
            held_against(median, _median_difference(longer), "median difference"), pairs=len(longer)
        )
    elif len(arms) == 2:
        median = replace(median, note="on different parts each arm has an interval of its own")
    return median, slow


def _figure(arms: Sequence[Arm], quantile: float) -> Figure:
    name, label = _NAMES[quantile]
    return Figure(
        name=name,
        label=label,
        unit="s",
        higher_is_better=False,
        role="descriptive",
        arms=tuple(_of(arm, quantile) for arm in arms),
        paired=False,
    )


def _of(arm: Arm, quantile: float) -> Estimate:
    times = arm.table.cycle_s[arm.table.alone]
    times = times[np.isfinite(times)]
    if not len(times):
        return Estimate(value=None, of=0)
    value = float(np.percentile(times, 100 * quantile))
    return estimate(value, quantile_interval(times.tolist(), quantile), None, len(times))


def _longer(first: Arm, second: Arm, parts: Parts) -> NDArray[np.float64]:
    """Cycle time of `first` minus that of `second` [s], of parts that both robots ended alone."""
    one, other = parts.rows
    both = first.table.alone[one] & second.table.alone[other]
    found: NDArray[np.float64] = first.table.cycle_s[one] - second.table.cycle_s[other]
    return found[both & np.isfinite(found)]


def _median_difference(longer: NDArray[np.float64]) -> Difference:
    """With its interval by order statistics, and the sign test that belongs to it."""
    if not len(longer):
        return Difference(how="paired")
    more, less = int((longer > 0).sum()), int((longer < 0).sum())
    return Difference(
        how="paired",
        value=float(np.median(longer)),
        interval=quantile_interval(longer.tolist(), MEDIAN),
        p=PValue(mcnemar(more, less).p, "sign test"),
    )
