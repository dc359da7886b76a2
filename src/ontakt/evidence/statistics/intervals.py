"""Exact and approximate confidence intervals for proportions and rates.

`side="two"` puts half of the error at each end; `"lower"` and `"upper"` put all of it at one end
and leave the other open. Without data there is no interval: None, never 0.
"""

import math
from typing import Literal

from msgspec import Struct
from scipy.special import betaincinv, gammaincinv, ndtri

from ontakt.contract import BadValue

Ends = Literal["two", "lower", "upper"]


class Interval(Struct, frozen=True):
    """A confidence interval; an end that its `side` leaves open is 0, 1 or infinity."""

    low: float
    high: float
    confidence: float
    method: str


def clopper_pearson(
    k: int, n: int, confidence: float = 0.95, side: Ends = "two"
) -> Interval | None:
    """Exact interval for the proportion behind `k` of `n`: its coverage is never below
    `confidence` (Clopper and Pearson 1934). None for n = 0."""
    if _nothing(k, n, confidence):
        return None
    below, above = _tails(confidence, side)
    low = float(betaincinv(k, n - k + 1, below)) if k and below else 0.0
    high = float(betaincinv(k + 1, n - k, 1 - above)) if k < n and above else 1.0
    return Interval(low, high, confidence, _named("clopper-pearson", side))


def wilson(k: int, n: int, confidence: float = 0.95, side: Ends = "two") -> Interval | None:
    """Score interval (Wilson 1927): coverage is `confidence` on average over p, not for each p;
    too short near 1. None for n = 0."""
    if _nothing(k, n, confidence):
        return None
    below, above = _tails(confidence, side)
    low = _wilson_end(k, n, -_quantile(below)) if k and below else 0.0
    high = _wilson_end(k, n, _quantile(above)) if k < n and above else 1.0
    return Interval(low, high, confidence, _named("wilson", side))


def jeffreys(k: int, n: int, confidence: float = 0.95, side: Ends = "two") -> Interval | None:
    """Equal-tailed posterior interval under the prior Beta(1/2, 1/2), closed at 0 for k = 0 and
    at 1 for k = n (Brown, Cai and DasGupta 2001). None for n = 0."""
    if _nothing(k, n, confidence):
        return None
    below, above = _tails(confidence, side)
    low = float(betaincinv(k + 0.5, n - k + 0.5, below)) if k and below else 0.0
    high = float(betaincinv(k + 0.5, n - k + 0.5, 1 - above)) if k < n and above else 1.0
    return Interval(low, high, confidence, _named("jeffreys", side))


def poisson_rate(
    events: int, exposure: float, confidence: float = 0.95, side: Ends = "two"
) -> Interval | None:
    """Exact interval for the rate behind `events` in `exposure` (Garwood 1936), per unit of
    exposure. None for exposure 0."""
    if events < 0 or exposure < 0 or not math.isfinite(exposure):
        raise BadValue("(events, exposure)", (events, exposure), "neither may be negative")
    _check(confidence)
    if exposure == 0:
        return None
    below, above = _tails(confidence, side)
    low = float(gammaincinv(events, below)) / exposure if events and below else 0.0
    high = float(gammaincinv(events + 1, 1 - above)) / exposure if above else math.inf
    return Interval(low, high, confidence, _named("exact poisson", side))


def _nothing(k: int, n: int, confidence: float) -> bool:
    """True when there is no data. Raises BadValue for what cannot be."""
    if not 0 <= k <= n:
        raise BadValue("(k, n)", (k, n), "successes and trials obey 0 <= k <= n")
    _check(confidence)
    return n == 0


def _check(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise BadValue("confidence", confidence, "it lies between 0 and 1")


def _tails(confidence: float, side: Ends) -> tuple[float, float]:
    """Error allowed below the low end and above the high end."""
    error = 1 - confidence
    return {"two": (error / 2, error / 2), "lower": (error, 0.0), "upper": (0.0, error)}[side]


def _quantile(tail: float) -> float:
    return -float(ndtri(tail))


def _wilson_end(k: int, n: int, z: float) -> float:
    p, zz = k / n, z * z
    spread = z * math.sqrt(p * (1 - p) / n + zz / (4 * n * n))
    return (p + zz / (2 * n) + spread) / (1 + zz / n)


def _named(method: str, side: Ends) -> str:
    return method if side == "two" else f"{method}, one-sided {side}"
