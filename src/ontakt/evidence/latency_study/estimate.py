"""A figure of a cell with what it rests on."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct

from ontakt.evidence.statistics.bootstrap import ratio_interval
from ontakt.evidence.statistics.intervals import Interval
from ontakt.evidence.statistics.quantile import quantile_interval


class Estimate(Struct, frozen=True, kw_only=True):
    """A figure with what it rests on; None means unknown (an open end, in `low` and `high`)."""

    value: float | None
    n: int
    """Cycles that it is counted from."""
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    method: str | None = None


def estimate(value: float | None, n: int, interval: Interval | None = None) -> Estimate:
    """`value` with its interval; what is not finite is unknown."""
    if value is None or interval is None:
        return Estimate(value=value, n=n)
    return Estimate(
        value=value,
        n=n,
        low=interval.low if math.isfinite(interval.low) else None,
        high=interval.high if math.isfinite(interval.high) else None,
        confidence=interval.confidence,
        method=interval.method,
    )


def ratio(parts: Sequence[float], wholes: Sequence[float], seed: int) -> Estimate:
    """sum(parts) / sum(wholes), one of each a cycle, over cycles with a positive whole."""
    whole, n = float(sum(wholes)), sum(1 for one in wholes if one > 0)
    value = float(sum(parts)) / whole if n else None
    return estimate(value, n, ratio_interval(parts, wholes, seed))


def quantile(values: Sequence[float], share: float) -> Estimate:
    """Linear between order statistics, as the KPI; its interval by order statistics."""
    value = float(np.quantile(values, share)) if values else None
    return estimate(value, len(values), quantile_interval(values, share))


def mapped(one: Estimate, way: Callable[[float], float]) -> Estimate:
    """`one` on another scale, by a function that grows."""
    value, low, high = (None if v is None else way(v) for v in (one.value, one.low, one.high))
    return Estimate(
        value=value, n=one.n, low=low, high=high, confidence=one.confidence, method=one.method
    )
