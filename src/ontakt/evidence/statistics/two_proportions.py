"""Two proportions counted on different parts: how far they lie apart, and whether chance does that.

`k1` of `n1` parts against `k2` of `n2` others; the difference is p1 - p2. For the same parts tried
both ways see `paired` and `mcnemar`, which need fewer of them.

Boschloo's and Barnard's tests are written out here, for scipy's (1.17) go wrong where success is
near 1: Barnard's gives .466 for 151/154 against 205/207, where .572 is right (it overlooks narrow
peaks over the common proportion), and .730 for 0/1 against 1/3, where .875 is (it compares ties in
floating point). Ours also answer for a thousand parts a side, in about a second.
"""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import gammaln, xlog1py, xlogy
from scipy.stats import fisher_exact

from ontakt.contract import BadValue
from ontakt.evidence.statistics.intervals import Ends, Interval, wilson
from ontakt.evidence.statistics.p_value import Alternative, PValue

Exact = Literal["boschloo", "barnard", "fisher"]
Floats = NDArray[np.float64]

MOST_TABLES = 1_000_000
"""Largest n1 n2 for the unconditional tests. Beyond it Fisher's answers: conservative, by a tenth
of p where there are so many parts."""
_TIES = 1e-9
"""Tables whose order differs by less, relatively, are ordered alike: that is rounding."""


def newcombe(
    k1: int, n1: int, k2: int, n2: int, confidence: float = 0.95, side: Ends = "two"
) -> Interval | None:
    """Hybrid score interval for p1 - p2 (Newcombe 1998, method 10), between -1 and 1: the ends of
    two Wilson intervals, joined. Coverage is `confidence` on average, not for each pair of
    proportions. None while one side has no part."""
    tail = (1 - confidence) / (2 if side == "two" else 1)
    low1, low2 = (wilson(k, n, 1 - tail, "lower") for k, n in ((k1, n1), (k2, n2)))
    high1, high2 = (wilson(k, n, 1 - tail, "upper") for k, n in ((k1, n1), (k2, n2)))
    if low1 is None or low2 is None or high1 is None or high2 is None:
        return None
    p1, p2 = k1 / n1, k2 / n2
    low = p1 - p2 - math.hypot(p1 - low1.low, high2.high - p2)
    high = p1 - p2 + math.hypot(high1.high - p1, p2 - low2.low)
    return Interval(
        low=-1.0 if side == "upper" else max(-1.0, low),
        high=1.0 if side == "lower" else min(1.0, high),
        confidence=confidence,
        method="newcombe" if side == "two" else f"newcombe, one-sided {side}",
    )


def compare_proportions(
    k1: int,
    n1: int,
    k2: int,
    n2: int,
    test: Exact = "boschloo",
    alternative: Alternative = "two-sided",
) -> PValue | None:
    """Exact test of p1 = p2; "greater" asks whether p1 > p2. Boschloo's (1970) orders tables by
    Fisher's p, so that one-sided its p is never above Fisher's; two-sided it is twice the lesser
    one-sided p. Barnard's (1947) orders them by the pooled z. Both take the worst common p. Beyond
    `MOST_TABLES` it is Fisher's, and the result says so. None while one side has no part.
    """
    for k, n in ((k1, n1), (k2, n2)):
        if not 0 <= k <= n:
            raise BadValue("(k, n)", (k, n), "successes and trials obey 0 <= k <= n")
    if n1 == 0 or n2 == 0:
        return None
    if test == "fisher" or n1 * n2 > MOST_TABLES:
        table = np.array([[k1, k2], [n1 - k1, n2 - k2]])
        name = test if test == "fisher" else f"fisher, for {n1} and {n2} are many for {test}"
        return PValue(min(1.0, float(fisher_exact(table, alternative).pvalue)), name)
    if test == "barnard":
        return PValue(_barnard(k1, n1, k2, n2, alternative), test)
    if alternative != "two-sided":
        return PValue(_boschloo(k1, n1, k2, n2, alternative), test)
    ways: tuple[Alternative, Alternative] = ("greater", "less")
    return PValue(min(1.0, 2 * min(_boschloo(k1, n1, k2, n2, way) for way in ways)), test)


def _boschloo(k1: int, n1: int, k2: int, n2: int, alternative: Alternative) -> float:
    chance = _given_total(n1, n2)
    if alternative == "greater":
        fisher = chance[:, ::-1].cumsum(axis=1)[:, ::-1]
    else:
        fisher = chance.cumsum(axis=1)
    extreme = fisher <= fisher[k1 + k2, k1] * (1 + _TIES)
    return _worst((chance * extreme).sum(axis=1))


def _barnard(k1: int, n1: int, k2: int, n2: int, alternative: Alternative) -> float:
    total, first = np.arange(n1 + n2 + 1.0)[:, None], np.arange(n1 + 1.0)
    common = total / (n1 + n2)
    spread = np.sqrt(common * (1 - common) * (1 / n1 + 1 / n2))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (first / n1 - (total - first) / n2) / spread
    z = np.where(spread > 0, z, 0.0)  # all alike: no difference
    order = {"two-sided": np.abs(z), "greater": z, "less": -z}[alternative]
    extreme = order >= order[k1 + k2, k1] - _TIES
    return _worst((_given_total(n1, n2) * extreme).sum(axis=1))


def _given_total(n1: int, n2: int) -> Floats:
    """Probability of k1, column, when k1 + k2, row, is known and the proportions are the same
    (hypergeometric). Shape (n1 + n2 + 1, n1 + 1)."""
    total, first = np.arange(n1 + n2 + 1)[:, None], np.arange(n1 + 1)
    second = total - first
    ways = _log_ways(n1) + _log_ways(n2)[np.clip(second, 0, n2)] - _log_ways(n1 + n2)[:, None]
    return np.where((second >= 0) & (second <= n2), np.exp(ways), 0.0)


def _worst(refused: Floats) -> float:
    """The largest mean of `refused`, one value a total, over all common proportions p. Steps are
    even in arcsin sqrt p, where the binomial is as wide everywhere: a twentieth of its width."""
    n = len(refused) - 1
    totals, ways = np.arange(n + 1.0), _log_ways(n)

    def less(angle: float) -> float:
        p = math.sin(angle) ** 2
        chance = np.exp(ways + xlogy(totals, p) + xlog1py(n - totals, -p))
        return -float(chance @ refused)

    angles = np.linspace(0.0, math.pi / 2, 20 + round(10 * math.pi * math.sqrt(n)))
    on_grid = [less(angle) for angle in angles]
    best = int(np.argmin(on_grid))
    around = (angles[max(0, best - 1)], angles[min(len(angles) - 1, best + 1)])
    found = minimize_scalar(less, bounds=around, method="bounded")
    return min(1.0, max(-on_grid[best], -float(found.fun)))


def _log_ways(n: int) -> Floats:
    """log C(n, k) for k = 0..n."""
    k = np.arange(n + 1.0)
    ways: Floats = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return ways
