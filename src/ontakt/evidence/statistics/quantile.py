"""A confidence interval for a quantile that asks nothing of the distribution."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import binom

from ontakt.contract import BadValue
from ontakt.evidence.statistics.intervals import Interval


def quantile_interval(
    values: Sequence[float], quantile: float, confidence: float = 0.95
) -> Interval | None:
    """Two order statistics between which the `quantile` of the population lies (David and Nagaraja
    2003, section 7.1): coverage is at least `confidence` for every distribution. An end that so few
    values cannot give is infinite: 20 values hold no upper end for a 95th percentile. None without
    a value.
    """
    if not (0 < quantile < 1 and 0 < confidence < 1):
        raise BadValue("(quantile, confidence)", (quantile, confidence), "both between 0 and 1")
    n = len(values)
    if n == 0:
        return None
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    tail = (1 - confidence) / 2
    below = binom.cdf(np.arange(n), n, quantile)  # of r - 1: value number r lies above the quantile
    fit_low = np.flatnonzero(below <= tail)
    fit_high = np.flatnonzero(1 - below <= tail)  # of s - 1: value number s lies below it
    return Interval(
        low=float(ordered[fit_low[-1]]) if len(fit_low) else -math.inf,
        high=float(ordered[fit_high[0]]) if len(fit_high) else math.inf,
        confidence=confidence,
        method="order statistics",
    )
