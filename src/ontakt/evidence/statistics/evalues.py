"""Evidence that may be looked at after every cycle, as often as one likes.

An e-value is a bet against a hypothesis: it starts at 1 and, while the hypothesis holds, is not
expected to grow; the chance that it ever reaches 1 / alpha is at most alpha (Ville 1939). So a
robot passes when the bet against "not good enough" reaches 1 / alpha, whenever that is, and may run
on when it has not. The price against a plan that is judged once: 449 cycles without a failure
instead of 299 for 99 % with confidence 95 %.

Bets are spread over all values that the proportion or the rate could have, and are reckoned as
logarithms (Robbins 1970; Ramdas, Gruenwald, Vovk and Shafer 2023). Gates take the e-values, which
are one-sided; sequences of intervals tell between which values the truth lies.
"""

import math
from bisect import bisect_left
from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import (
    betaincc,
    betaln,
    expit,
    gammainc,
    gammaincc,
    gammaln,
    hyp1f1,
    hyperu,
    log_expit,
)

from ontakt.contract import BadValue
from ontakt.evidence.statistics.intervals import Interval

_LONGEST = 10**9
"""Cycles up to which the logarithms keep five digits behind the point."""
_VANISHING = 1e-250
"""Below it an incomplete beta or gamma function is near the end of what a double can hold."""


def log_mixture(p: float, k: int, n: int, a: float = 1.0, b: float = 1.0) -> float:
    """ln of the e-value against a success per cycle of exactly `p`, from `k` of `n`: the likelihood
    averaged over Beta(a, b) against that of `p`. 0 without data."""
    _count(k, n)
    _inside("p", p)
    return _average(k, n, a, b) - k * math.log(p) - (n - k) * math.log1p(-p)


def proportion_sequence(
    k: int, n: int, confidence: float = 0.95, a: float = 1.0, b: float = 1.0
) -> Interval | None:
    """The proportions whose `log_mixture` is below ln(1 / (1 - confidence)), after `k` of `n`.

    With probability `confidence` every such interval of a run holds the true proportion, not only
    the one after a number of cycles that was fixed before. How the error is shared between the two
    ends is not known: each by itself may have all of it. None for n = 0.
    """
    _count(k, n)
    _inside("confidence", confidence)
    bar = -math.log1p(-confidence) - _average(k, n, a, b)
    if n == 0:
        return None
    return Interval(
        low=float(expit(_odds_below(k, n, bar))) if k else 0.0,
        high=float(expit(-_odds_below(n - k, n, bar))) if k < n else 1.0,
        confidence=confidence,
        method=f"beta({a:g}, {b:g}) mixture, anytime-valid",
    )


def gate_evalue(k: int, n: int, p0: float) -> float:
    """The e-value against a success per cycle of `p0` or less, from `k` of `n`: bets spread evenly
    over (p0, 1). A gate opens when it reaches 1 / alpha. 1 without data; infinite beyond a double.

    With failures for successes and 1 - p0 for p0 it is the e-value against `p0` or more.
    """
    return _exp(log_gate_evalue(k, n, p0))


def log_gate_evalue(k: int, n: int, p0: float) -> float:
    """ln of `gate_evalue`. It rises with every success: what `cycles_to_pass` says stays right."""
    _count(k, n)
    _inside("p0", p0)
    failures = n - k
    above = float(betaincc(k + 1.0, failures + 1.0, p0))
    if above > _VANISHING:
        mean = math.log(above) + float(betaln(k + 1.0, failures + 1.0)) - math.log1p(-p0)
        return mean - k * math.log(p0) - failures * math.log1p(-p0)
    # Far too many failures for p0. E = p0 / (f + 1) 2F1(n + 2, 1; f + 2; 1 - p0), which scipy does
    # not do for large n; its terms shrink at each step by the first ratio or more. 37 = ln(1e16).
    ratio = (n + 2) * (1 - p0) / (failures + 2)
    step = np.arange(math.ceil(37 / -math.log(ratio)))
    terms = np.cumprod((n + 2 + step) * (1 - p0) / (failures + 2 + step))
    return math.log(p0 / (failures + 1) * (1 + float(terms.sum())))


def cycles_to_pass(p0: float, alpha: float = 0.05, failures: int = 0) -> int:
    """Cycles after which a run with `failures` among them has shown more than `p0`: the least n
    for which `gate_evalue` reaches 1 / alpha."""
    _inside("p0", p0)
    _inside("alpha", alpha)
    if failures < 0:
        raise BadValue("failures", failures, "none or more are allowed")
    good = bisect_left(
        range(_LONGEST), -math.log(alpha), key=lambda k: log_gate_evalue(k, k + failures, p0)
    )
    if good == _LONGEST:
        raise BadValue("p0", p0, f"fewer than {_LONGEST:.0e} cycles must be able to show more")
    return good + failures


def mtba_evalue(events: int, exposure: float, mtba: float) -> float:
    """The e-value against a mean exposure between events of `mtba` or less: bets spread evenly over
    the rates below 1 / mtba. A gate opens when it reaches 1 / alpha. 1 without data; infinite
    beyond a double. Exposure and `mtba` are in one unit, and any will do."""
    return _exp(_log_mtba(events, _units(events, exposure, mtba)))


def mtba_refutation(events: int, exposure: float, mtba: float) -> float:
    """The e-value against a mean exposure between events of `mtba` or more: bets spread over the
    rates above 1 / mtba, by an exponential distribution with that mean. At 1 / alpha the robot
    is refuted."""
    z = _units(events, exposure, mtba) + 1
    more = float(gammaincc(events + 1.0, z))
    if more > _VANISHING:
        log_whole = float(gammaln(events + 1.0)) + z - (events + 1) * math.log(z)
        return _exp(math.log(more) + log_whole)
    return float(hyperu(1.0, events + 2.0, z))  # the same, where far too little happened


def exposure_to_pass(mtba: float, alpha: float = 0.05, events: int = 0) -> float:
    """Exposure after which a run with `events` in it has shown more than `mtba`, in its unit: where
    `mtba_evalue` reaches 1 / alpha."""
    _units(events, 0.0, mtba)
    _inside("alpha", alpha)
    bar = -math.log(alpha)
    # E is the mean of u ** events exp(x (1 - u)) over u in (0, 1); u < 1 / 2 alone gives this end.
    enough = 2 * (bar + (events + 1) * math.log(2) + math.log(events + 1))
    return mtba * _root(lambda x: _log_mtba(events, x) - bar, 0.0, enough)


def rate_sequence(
    events: int,
    exposure: float,
    confidence: float = 0.95,
    prior_events: float = 1.0,
    prior_exposure: float = 1.0,
) -> Interval | None:
    """The rates, per unit of exposure, that a bet spread as Gamma(prior_events, prior_exposure)
    has not refused: with probability `confidence` every such interval of a run holds the true rate.
    As with proportions, one end by itself may have all of the error.

    It is shortest near prior_events / prior_exposure: with the defaults, one event per unit. The
    same run in minutes instead of hours takes 60 times the prior exposure to give the same
    interval. None for exposure 0.
    """
    _units(events, exposure, 1.0)
    _inside("confidence", confidence)
    a, b = prior_events, prior_exposure
    _prior(a, b)
    if exposure == 0:
        return None
    # ln E(rate) = average - events ln(rate) + rate exposure
    average = (
        a * math.log(b) - float(gammaln(a))
        + float(gammaln(a + events)) - (a + events) * math.log(b + exposure)
    )  # fmt: skip
    bar = -math.log1p(-confidence) - average
    method = f"gamma({a:g}, {b:g}) mixture, anytime-valid"
    if events == 0:
        return Interval(0.0, bar / exposure, confidence, method)

    def excess(log_rate: float) -> float:
        return exposure * math.exp(log_rate) - events * log_rate - bar

    likeliest = math.log(events / exposure)
    # Ends where the excess is positive: -events ln(rate) alone is above the bar; y - ln y >= y / 2
    # for y = the rate over the likeliest.
    least = -bar / events - 1
    most = likeliest + math.log(2 * (bar / events + likeliest))
    return Interval(
        low=math.exp(_root(excess, least, likeliest)),
        high=math.exp(_root(excess, likeliest, most)),
        confidence=confidence,
        method=method,
    )


def _average(k: int, n: int, a: float, b: float) -> float:
    """ln of the likelihood of `k` of `n`, averaged over Beta(a, b)."""
    _prior(a, b)
    return float(betaln(a + k, b + n - k)) - float(betaln(a, b))


def _odds_below(k: int, n: int, bar: float) -> float:
    """The log odds below those of k / n, k > 0, at which -k ln p - (n - k) ln(1 - p) is `bar`."""
    if k == n:
        return -math.log(math.expm1(bar / k))

    def excess(log_odds: float) -> float:
        return -k * float(log_expit(log_odds)) - (n - k) * float(log_expit(-log_odds)) - bar

    least = -bar / k - 1  # there -k ln p alone is above the bar
    return _root(excess, least, math.log(k / (n - k)))


def _log_mtba(events: int, x: float) -> float:
    """ln of `mtba_evalue` after an exposure of `x` times the mtba."""
    fewer = float(gammainc(events + 1.0, x))
    if fewer > _VANISHING:
        whole = float(gammaln(events + 1.0)) + x - (events + 1) * math.log(x)
        return math.log(fewer) + whole
    return math.log(float(hyp1f1(1.0, events + 2.0, x)) / (events + 1))  # the same, for small x


def _root(excess: Callable[[float], float], low: float, high: float) -> float:
    """Where `excess`, of opposite signs at both ends, is 0."""
    return float(brentq(excess, low, high, xtol=1e-14, rtol=1e-14))


def _exp(log: float) -> float:
    return math.exp(log) if log < 709 else math.inf


def _count(k: int, n: int) -> None:
    if not 0 <= k <= n:
        raise BadValue("(k, n)", (k, n), "successes and trials obey 0 <= k <= n")


def _units(events: int, exposure: float, mtba: float) -> float:
    """The exposure in units of `mtba`."""
    if events < 0 or not 0 <= exposure < math.inf:
        raise BadValue("(events, exposure)", (events, exposure), "neither may be negative")
    if not 0 < mtba < math.inf:
        raise BadValue("mtba", mtba, "it is positive and finite")
    return exposure / mtba


def _inside(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise BadValue(name, value, "it lies between 0 and 1")


def _prior(a: float, b: float) -> None:
    if not (0 < a < math.inf and 0 < b < math.inf):
        raise BadValue("the prior", (a, b), "both of its parameters are positive and finite")
