"""How far the means of two samples lie apart."""

from collections.abc import Sequence

import numpy as np

from ontakt.evidence.statistics.bootstrap import DRAWS, LEAST
from ontakt.evidence.statistics.intervals import Interval


def mean_difference(
    first: Sequence[float], second: Sequence[float], seed: int, confidence: float = 0.95
) -> Interval | None:
    """Percentile bootstrap (Efron 1979) for the mean of `first` less that of `second`, each drawn
    anew from its own values: cycle times are far from normal, and a mean is what a line loses. The
    same `seed` gives the same interval. None below `LEAST` values in either."""
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if min(len(a), len(b)) < LEAST:
        return None
    chance = np.random.default_rng(np.random.SeedSequence((seed, len(a), len(b))))
    means = [
        one[chance.integers(0, len(one), size=(DRAWS, len(one)))].mean(axis=1) for one in (a, b)
    ]
    tail = (1 - confidence) / 2
    low, high = np.quantile(means[0] - means[1], (tail, 1 - tail))
    return Interval(float(low), float(high), confidence, "bootstrap of two means, percentile")
