"""The difference of two proportions that were counted on the same parts.

Each part is tried twice, once this way and once that; `gains` are the parts that were good only the
second time, `losses` those that were good only the first, `n` all. The difference is
p(gain) - p(loss). Parts that came out alike both times carry no information on its sign, but all on
its size: that is why comparing on the same parts takes fewer of them.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtr

from ontakt.contract import BadValue
from ontakt.evidence.statistics.intervals import Ends, Interval

EXACT_TO = 100
"""Most pairs for which every possible table is counted through; beyond, the score bound."""
_STEPS = 21
"""Halvings of the range of differences: to 1e-6."""
_NUISANCE = 64
"""Values of p(loss) that are tried for each difference."""

Floats = NDArray[np.float64]


def paired_difference(
    gains: int, losses: int, n: int, confidence: float = 0.95, side: Ends = "two"
) -> Interval | None:
    """Interval for p(gain) - p(loss), between -1 and 1. None for n = 0.

    Up to `EXACT_TO` pairs its ends are exact unconditional bounds: the differences that a test does
    not refuse whatever the share of changed parts is (Hsueh, Liu and Chen 2001), ordered by Tango's
    score, so coverage is never below `confidence`. Without a change a one-sided end is Clopper and
    Pearson's for 0 of `n` at that `confidence`; a two-sided one lies there or further out (20
    pairs: .184, theirs .168), for at half the error the share of changed parts that makes the test
    refuse least is not always that of none. Beyond `EXACT_TO` they are Tango's score bounds (1998),
    whose coverage is `confidence` nearly.
    """
    if min(gains, losses) < 0 or gains + losses > n:
        raise BadValue("(gains, losses, n)", (gains, losses, n), "changes are counted among pairs")
    if not 0 < confidence < 1:
        raise BadValue("confidence", confidence, "it lies between 0 and 1")
    if n == 0:
        return None
    error = 1 - confidence
    below, above = {"two": (error / 2, error / 2), "lower": (error, 0.0), "upper": (0.0, error)}[
        side
    ]
    method = "exact unconditional, paired" if n <= EXACT_TO else "tango score, paired"
    return Interval(
        low=_lower(gains, losses, n, below) if below else -1.0,
        high=-_lower(losses, gains, n, above) if above else 1.0,
        confidence=confidence,
        method=method if side == "two" else f"{method}, one-sided {side}",
    )


def score(gains: Floats, losses: Floats, n: int, difference: float) -> Floats:
    """Tango's z for H0: p(gain) - p(loss) = `difference`, one value a table; large where the table
    speaks for more than that."""
    a = 2.0 * n
    b = -gains - losses + (2.0 * n - gains + losses) * difference
    c = -losses * difference * (1.0 - difference)
    loss = (np.sqrt(np.maximum(0.0, b * b - 4 * a * c)) - b) / (2 * a)
    variance = n * (2 * loss + difference * (1.0 - difference))
    excess = gains - losses - n * difference
    with np.errstate(divide="ignore", invalid="ignore"):
        z = excess / np.sqrt(np.maximum(variance, 0.0))
    return np.where(variance > 1e-12, z, np.where(excess == 0, 0.0, np.copysign(np.inf, excess)))


def _lower(gains: int, losses: int, n: int, error: float) -> float:
    """The least difference that is not refused at `error`."""
    refused = _refused_exactly if n <= EXACT_TO else _refused_by_score
    low, high = -1.0, (gains - losses) / n
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if refused(gains, losses, n, middle, error):
            low = middle
        else:
            high = middle
    return low


def _refused_by_score(gains: int, losses: int, n: int, difference: float, error: float) -> bool:
    z = score(np.array([float(gains)]), np.array([float(losses)]), n, difference)[0]
    return bool(ndtr(-z) < error)


def _refused_exactly(gains: int, losses: int, n: int, difference: float, error: float) -> bool:
    """True when tables that speak at least as much for more than `difference` are rarer than
    `error`, however many parts change."""
    every = np.arange(n + 1.0)
    gain, loss = (axis.ravel() for axis in np.meshgrid(every, every, indexing="ij"))
    possible = gain + loss <= n
    gain, loss = gain[possible], loss[possible]
    z = score(gain, loss, n, difference)
    seen = z[(gain == gains) & (loss == losses)][0]
    extreme = z >= seen - 1e-9
    gain, loss = gain[extreme], loss[extreme]
    ways = gammaln(n + 1) - gammaln(gain + 1) - gammaln(loss + 1) - gammaln(n - gain - loss + 1)
    # p(gain) = p(loss) + difference; dense where few parts change, for there the worst case lies
    least, most = max(0.0, -difference), (1.0 - difference) / 2
    p_loss = least + (most - least) * np.linspace(0.0, 1.0, _NUISANCE)[:, None] ** 2
    p_gain = np.clip(p_loss + difference, 0.0, 1.0)
    rest = np.clip(1.0 - p_loss - p_gain, 0.0, 1.0)
    logs = ways + _times(gain, p_gain) + _times(loss, p_loss) + _times(n - gain - loss, rest)
    return math.log(error) > float(np.log(np.exp(logs).sum(axis=1).max()))


def _times(k: Floats, p: Floats) -> Floats:
    """k log p, and 0 for k = 0 and p = 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        product: Floats = k * np.log(p)
    return np.where(k == 0, 0.0, product)
