"""The difference of two shares over strata, and an interval that joins those of the shares."""

import math
from collections.abc import Callable, Sequence

from ontakt.evidence.statistics.intervals import Interval
from ontakt.evidence.statistics.stratified import Stratum

Bounds = Callable[[int, int], tuple[float, float]]
"""Ends of a share's own interval, from hits and all."""


def joined(
    strata: Sequence[Stratum], bounds: Bounds, confidence: float, method: str
) -> tuple[float, Interval]:
    """First minus second with Mantel and Haenszel's weights, n1 n2 / (n1 + n2), over strata that
    both were tried in. The interval joins the ends of each share as Newcombe does for one stratum
    (1998; for sums Donner and Zou 2012), so that a stratum without a failure does not pass for
    certain."""
    whole = sum(n1 * n2 / (n1 + n2) for _, n1, _, n2 in strata)
    value, below, above = 0.0, 0.0, 0.0
    for k1, n1, k2, n2 in strata:
        weight = n1 * n2 / (n1 + n2) / whole
        (low1, high1), (low2, high2) = bounds(k1, n1), bounds(k2, n2)
        p1, p2 = k1 / n1, k2 / n2
        value += weight * (p1 - p2)
        below += weight**2 * ((p1 - low1) ** 2 + (high2 - p2) ** 2)
        above += weight**2 * ((high1 - p1) ** 2 + (p2 - low2) ** 2)
    low, high = value - math.sqrt(below), value + math.sqrt(above)
    return value, Interval(max(-1.0, low), min(1.0, high), confidence, method)
