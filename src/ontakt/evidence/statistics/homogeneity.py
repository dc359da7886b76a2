"""Were shifts (lines, lots, robots) alike? Only then may their cycles be counted together.

With success near 1 a shift has few failures, and chi-square's distribution is wrong: then the same
statistic is compared with tables drawn under the hypothesis, all totals held, by `seed`.
"""

from collections.abc import Callable

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.stats import chi2

from ontakt.evidence.statistics.clustering import (
    Clustering,
    Counts,
    Rates,
    checked,
    checked_rates,
    clustering,
    proportion_by_shift,
    rate_by_shift,
)
from ontakt.evidence.statistics.intervals import Ends, Interval, clopper_pearson, poisson_rate
from ontakt.evidence.statistics.p_value import PValue

DIFFER = 0.05
"""Below it one may say that shifts differ."""
POOL = 0.25
"""Not below it shifts are pooled. Higher than `DIFFER` (as Bancroft 1964 advises for tests that
decide what follows), for too few shifts seldom show that they differ. Six shifts of 129, mean .95,
intraclass correlation .01: the 95 % lower bound exceeds the truth 12.7 % of the time if all is
pooled, 9.6 % by a test at .05, 6.3 % at .25. Price: alike shifts are not pooled every fourth time.
"""
DRAWS = 9999
"""p is known to .004 at .05 (two standard errors)."""
_FEW = 5.0
"""Cochran's (1954): chi-square holds when each count is expected to be this large."""

Floats = NDArray[np.float64]


class Pooling(Struct, frozen=True, kw_only=True):
    """One figure over several shifts with the interval that may be shown."""

    value: float | None
    """Of all cycles (all exposure); None without data."""
    interval: Interval | None
    """Of all together if `pooled`, else over shifts; None when those are too few to say."""
    pooled: bool
    """False: an interval that takes all cycles for alike must not be shown."""
    shifts: int
    """Shifts with data."""
    homogeneity: PValue | None
    """None for one shift: what another would be like is unknown, and the interval is this one's."""
    clustering: Clustering | None
    """None for rates."""

    @property
    def differ(self) -> bool:
        """True when it is shown that shifts differ; not being pooled asks for less."""
        return self.homogeneity is not None and self.homogeneity.p < DIFFER


def homogeneity(counts: Counts, seed: int) -> PValue | None:
    """Pearson's chi-square test of one success over shifts; from `DRAWS` drawn tables (multivariate
    hypergeometric) where fewer than 5 good or bad ones are expected in a shift. The order of shifts
    does not matter, nor which of both is called good. None below two shifts."""
    k, n = checked(counts)
    if len(n) < 2:
        return None
    total, rare = int(n.sum()), min(k, n - k, key=lambda kind: float(kind.sum()))
    expected = rare.sum() * n / total
    rest = 1 - rare.sum() / total

    def statistic(kind: Floats) -> Floats:
        spread: Floats = ((kind - expected) ** 2 / expected).sum(axis=-1) / rest
        return spread

    def drawn(chance: np.random.Generator) -> Floats:
        sizes = n.astype(np.int64)
        return chance.multivariate_hypergeometric(
            sizes, int(rare.sum()), size=DRAWS, method="marginals"
        ).astype(np.float64)

    return _test(rare, expected, statistic, drawn, (seed, total, len(n)))


def rate_homogeneity(rates: Rates, seed: int) -> PValue | None:
    """The same for events in exposure: given all events, each falls into a shift by its share of
    the exposure (multinomial). None below two shifts."""
    x, t = checked_rates(rates)
    if len(t) < 2:
        return None
    events, shares = int(x.sum()), t / t.sum()
    expected = events * shares

    def statistic(counts: Floats) -> Floats:
        spread: Floats = ((counts - expected) ** 2 / expected).sum(axis=-1)
        return spread

    def drawn(chance: np.random.Generator) -> Floats:
        return chance.multinomial(events, shares, size=DRAWS).astype(np.float64)

    return _test(x, expected, statistic, drawn, (seed, events, len(t)))


def pooled_or_by_shift(
    counts: Counts, seed: int, confidence: float = 0.95, side: Ends = "two"
) -> Pooling:
    """The one place that decides which interval of several shifts' success is shown: Clopper and
    Pearson's of all cycles, or one over shifts where `homogeneity` gives p below `POOL`."""
    k, n = checked(counts)
    found = homogeneity(counts, seed)
    pooled = found is None or found.p >= POOL
    good, total = int(k.sum()), int(n.sum())
    together = clopper_pearson(good, total, confidence, side)
    return Pooling(
        value=good / total if total else None,
        interval=together if pooled else proportion_by_shift(counts, confidence, side),
        pooled=pooled,
        shifts=len(n),
        homogeneity=found,
        clustering=clustering(counts),
    )


def rate_pooled_or_by_shift(
    rates: Rates, seed: int, confidence: float = 0.95, side: Ends = "two"
) -> Pooling:
    """The same for events per unit of exposure."""
    x, t = checked_rates(rates)
    found = rate_homogeneity(rates, seed)
    pooled = found is None or found.p >= POOL
    events, exposure = int(x.sum()), float(t.sum())
    together = poisson_rate(events, exposure, confidence, side)
    return Pooling(
        value=events / exposure if exposure else None,
        interval=together if pooled else rate_by_shift(rates, confidence, side),
        pooled=pooled,
        shifts=len(t),
        homogeneity=found,
        clustering=None,
    )


def _test(
    seen: Floats,
    expected: Floats,
    statistic: Callable[[Floats], Floats],
    drawn: Callable[[np.random.Generator], Floats],
    seed: tuple[int, ...],
) -> PValue:
    """By the chi-square distribution if every count is expected to be large, else by drawing."""
    if not seen.sum():
        return PValue(1.0, "chi-square, drawn", 0.0)  # nothing to spread: one table is possible
    value = float(statistic(seen))
    if expected.min() >= _FEW:
        return PValue(float(chi2.sf(value, len(seen) - 1)), "chi-square", value)
    others = statistic(drawn(np.random.default_rng(np.random.SeedSequence(seed))))
    # the table that was seen is one of those that chance gives: p is never 0, and the test is exact
    as_far = 1 + int((others >= value * (1 - 1e-9)).sum())
    return PValue(as_far / (1 + DRAWS), "chi-square, drawn", value)
