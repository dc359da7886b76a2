"""Whether what is measured on each part stays within its specification.

Cp and Cpk are for a stable process with normal values; of one that is not known to be stable the
same numbers are called Pp and Ppk. A distance is not normal: an offset from a target cannot fall
below 0 and leans to the right. That 0 bounds the measure and is no specification limit, so leave
`lower` away for it, and take `quantile_performance`, which asks for no distribution.
"""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.special import ndtri

from ontakt.contract import BadValue
from ontakt.evidence.statistics.intervals import Interval

TAIL = 0.00135
"""Share beyond each of the two quantiles of ISO 22514-2: that of a normal population beyond 3
standard deviations on one side."""
ENOUGH = 740
"""Fewest values that reach out to these quantiles: beyond the greatest of n lies 1 / (n + 1) of the
population on average, and 1 / 741 is the first such share below `TAIL`."""


class Capability(Struct, frozen=True):
    """Indices by mean and standard deviation; one that needs a limit that is missing is None.

    `upper_only` is (upper - mean) / 3 deviations, `lower_only` the same below, `cpk` the least of
    those there are, `cp` (upper - lower) / 6 deviations. `cpk_bound` holds the lower end for `cpk`.
    `mean` and `deviation` have the unit of the data.
    """

    n: int
    mean: float
    deviation: float
    cp: float | None
    cpk: float | None
    upper_only: float | None
    lower_only: float | None
    cpk_bound: Interval | None


class QuantilePerformance(Struct, frozen=True):
    """Indices by quantiles (ISO 22514-2), for any distribution: half-widths run from the median to
    the quantiles that leave 0.135 % beyond, which are 3 standard deviations of a normal one.

    `upper_only` is (upper - median) / (`high` - median), `lower_only` the same below, `ppk` the
    least of those there are, `pp` (upper - lower) / (`high` - `low`).
    """

    n: int
    low: float
    median: float
    high: float
    pp: float | None
    ppk: float | None
    upper_only: float | None
    lower_only: float | None


def capability(
    values: Sequence[float],
    lower: float | None = None,
    upper: float | None = None,
    confidence: float = 0.95,
) -> Capability | None:
    """Cp and Cpk of `values` by their own mean and standard deviation (n - 1). None for fewer than
    two values or values without any spread: then the index has no value."""
    ordered = _ordered(values, lower, upper)
    n = len(ordered)
    if n < 2 or ordered[0] == ordered[-1]:
        return None
    mean, deviation = float(ordered.mean()), float(ordered.std(ddof=1))
    above = None if upper is None else (upper - mean) / (3 * deviation)
    below = None if lower is None else (mean - lower) / (3 * deviation)
    cpk = _least(above, below)
    return Capability(
        n=n,
        mean=mean,
        deviation=deviation,
        cp=None if lower is None or upper is None else (upper - lower) / (6 * deviation),
        cpk=cpk,
        upper_only=above,
        lower_only=below,
        cpk_bound=None if cpk is None else bissell(cpk, n, confidence),
    )


def bissell(cpk: float, n: int, confidence: float = 0.95) -> Interval:
    """Lower bound for the Cpk behind an estimate from `n` normal values (Bissell 1990).
    Approximate: at 95 % it holds in 94.5 to 95 % of samples for one limit and in more for two, up
    to 99 % for two that are equally near. Of values that are not normal it says nothing."""
    if n < 2 or not math.isfinite(cpk):
        raise BadValue("(cpk, n)", (cpk, n), "a finite index of two values or more")
    if not 0 < confidence < 1:
        raise BadValue("confidence", confidence, "it lies between 0 and 1")
    error = math.sqrt(1 / (9 * n) + cpk**2 / (2 * (n - 1)))
    low = cpk - float(ndtri(confidence)) * error
    return Interval(low, math.inf, confidence, "bissell, one-sided lower")


def quantile_performance(
    values: Sequence[float], lower: float | None = None, upper: float | None = None
) -> QuantilePerformance | None:
    """Pp and Ppk of `values` by their own quantiles, number p (n + 1) in order. None below `ENOUGH`
    values, of which none is far enough out, and for values without any spread. No more than an
    estimate: with 740 values the outer quantiles are the least and the greatest of them, and
    `quantile_interval` gives them an end from 2731 values on."""
    ordered = _ordered(values, lower, upper)
    n = len(ordered)
    if n < ENOUGH:
        return None
    low, median, high = map(float, np.quantile(ordered, (TAIL, 0.5, 1 - TAIL), method="weibull"))
    if not low < median < high:
        return None
    above = None if upper is None else (upper - median) / (high - median)
    below = None if lower is None else (median - lower) / (median - low)
    return QuantilePerformance(
        n=n,
        low=low,
        median=median,
        high=high,
        pp=None if lower is None or upper is None else (upper - lower) / (high - low),
        ppk=_least(above, below),
        upper_only=above,
        lower_only=below,
    )


def _ordered(
    values: Sequence[float], lower: float | None, upper: float | None
) -> NDArray[np.float64]:
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    if not np.isfinite(ordered).all():
        raise BadValue("values", list(values), "each is finite")
    limits = [limit for limit in (lower, upper) if limit is not None]
    if not all(map(math.isfinite, limits)) or limits != sorted(set(limits)):
        raise BadValue("(lower, upper)", (lower, upper), "finite, the lower below the upper")
    return ordered


def _least(*indices: float | None) -> float | None:
    return min((index for index in indices if index is not None), default=None)
