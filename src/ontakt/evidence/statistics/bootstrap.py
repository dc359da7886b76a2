"""A confidence interval for a ratio of sums over cycles, by drawing cycles anew."""

from collections.abc import Sequence

import numpy as np

from ontakt.contract import BadValue
from ontakt.evidence.statistics.intervals import Interval

LEAST = 8
"""Cycles below which nothing is said: drawing few anew gives intervals that are far too short."""
DRAWS = 4000


def ratio_interval(
    parts: Sequence[float], wholes: Sequence[float], seed: int, confidence: float = 0.95
) -> Interval | None:
    """Percentile interval (Efron 1979) for sum(parts) / sum(wholes), one of each a cycle, over
    cycles with a positive whole. A cycle is drawn with all that belongs to it, so ticks of one
    cycle need not be independent. The same `seed` gives the same interval. None below `LEAST`.
    """
    if len(parts) != len(wholes):
        raise BadValue("(parts, wholes)", (len(parts), len(wholes)), "one of each a cycle")
    part, whole = np.asarray(parts, dtype=np.float64), np.asarray(wholes, dtype=np.float64)
    counted = whole > 0
    part, whole = part[counted], whole[counted]
    n = len(part)
    if n < LEAST:
        return None
    chance = np.random.default_rng(np.random.SeedSequence((seed, n)))
    drawn = chance.integers(0, n, size=(DRAWS, n))
    ratios = part[drawn].sum(axis=1) / whole[drawn].sum(axis=1)
    tail = (1 - confidence) / 2
    low, high = np.quantile(ratios, (tail, 1 - tail))
    return Interval(float(low), float(high), confidence, f"bootstrap over {n} cycles, percentile")
