"""Reliability growth: whether events become rarer from one policy version to the next.

The power law of Crow (1974): N(t), the events up to accumulated time t, is a Poisson process with
mean scale * t**shape. A shape below 1 is growth, 1 a constant rate, above 1 decay.

Only across policy versions. While one frozen version runs nothing grows and its events are counted
by `poisson_rate`; a growth fit never enters an acceptance, and acceptance data never enter a fit.

`times` are accumulated times of events. `until` says when the test was to stop; None, that it
stopped with its last event. Which of the two it was decides the distribution.
"""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammainc, gammaincc, gammaincinv, gammaln, ive, logsumexp, ndtr

from ontakt.contract import BadValue
from ontakt.evidence.statistics.intervals import Interval

Floats = NDArray[np.float64]
_DRAWS = 10_000
"""Samples behind a p-value of Cramer and von Mises: it is off by 0.002 at 0.05."""
_SIZE = 100
"""Events beyond which the statistic's distribution no longer moves (MIL-HDBK-189, table of
critical values)."""


class Growth(Struct, frozen=True):
    """The fitted power law after `exposure`, in the unit of the data.

    `mtbf` is what the last moment has, 1 / (scale shape exposure**(shape - 1)), by maximum
    likelihood; `mtbf_unbiased` is the same with `shape_unbiased` (NIST handbook 8.4.5.2). The
    unbiased ones are None for grouped counts and for too few events.
    """

    events: int
    exposure: float
    shape: float
    shape_unbiased: float | None
    scale: float
    mtbf: float
    mtbf_unbiased: float | None
    shape_interval: Interval
    mtbf_interval: Interval


class Trend(Struct, frozen=True):
    """A test against a constant rate. Each p is one-sided: small `p_growth` speaks for events that
    become rarer, small `p_decay` for events that become more frequent."""

    statistic: float
    p_growth: float
    p_decay: float
    method: str


class Fit(Struct, frozen=True):
    """A test against the power law itself: a small `p` says that it does not describe the data."""

    statistic: float
    p: float
    method: str


def crow_amsaa(
    times: Sequence[float], until: float | None = None, confidence: float = 0.95
) -> Growth | None:
    """Maximum likelihood (Crow 1974, MIL-HDBK-189). None where it has no maximum: without an event
    before the end.

    Both intervals are exact: the shape's by chi-square, that of the MTBF after Crow (1982), by the
    product of two gamma variables where the test stopped with an event, and where it stopped in
    time by the count given the times, which is discrete, so that coverage is above `confidence`.
    """
    _check_confidence(confidence)
    logs, end = _log_ratios(times, until)
    total, n = float(logs.sum()), len(times)
    if total == 0:
        return None
    free = len(logs)  # events whose place was left to chance
    shape, tail = n / total, (1 - confidence) / 2
    less = float(free - 1) / n
    unbiased = shape * less if less > 0 else None
    ends = _mtbf_timed(n, tail) if until is not None else _mtbf_stopped(n, tail)
    mtbf = end / (n * shape)
    method = "crow, time-terminated" if until is not None else "crow, failure-terminated"
    return Growth(
        events=n,
        exposure=end,
        shape=shape,
        shape_unbiased=unbiased,
        scale=_scale(n, end, shape),
        mtbf=mtbf,
        mtbf_unbiased=None if unbiased is None else end / (n * unbiased),
        shape_interval=Interval(
            float(gammaincinv(free, tail)) / total,
            float(gammaincinv(free, 1 - tail)) / total,
            confidence,
            "chi-square",
        ),
        mtbf_interval=Interval(mtbf * ends[0], mtbf * ends[1], confidence, method),
    )


def grouped_growth(
    counts: Sequence[int], exposures: Sequence[float], confidence: float = 0.95
) -> Growth | None:
    """Maximum likelihood for `counts` of events, one a policy version, in `exposures` that follow
    each other (MIL-HDBK-189, grouped data). None where it has no maximum: with all events in the
    first version or all in the last.

    The intervals are likelihood ratios and approximate: with 3 to 10 versions and 10 to 60
    expected events they hold in 93 to 97 % of samples at 95 %.
    """
    _check_confidence(confidence)
    count, exposure = np.asarray(counts), np.asarray(exposures, dtype=np.float64)
    if count.shape != exposure.shape or (count < 0).any():
        raise BadValue("(counts, exposures)", (counts, exposures), "one count, not negative, each")
    if not (np.isfinite(exposure) & (exposure > 0)).all():
        raise BadValue("exposures", list(exposures), "each is finite and positive")
    n = int(count.sum())
    if n == 0 or n in (count[0], count[-1]):
        return None
    end = float(exposure.sum())
    edges = np.log(np.cumsum(exposure) / end)
    total = float(count @ edges)
    some = count[1:] > 0
    held, width = count[1:][some], np.diff(edges)[some]

    def likelihood(shape: float) -> float:
        """Of the places of the events, their number given: multinomial."""
        return shape * total + float(held @ np.log(-np.expm1(-shape * width)))

    def slope(shape: float) -> float:
        """Of the same by log(shape): it only falls."""
        y = shape * width
        return shape * total + float(held @ (y * np.exp(-y) / -np.expm1(-y)))

    def constrained(rate: float) -> float:
        """The greatest likelihood when `rate` events a whole exposure are due at its end, which is
        shape times their mean number."""
        log = brentq(lambda log: slope(math.exp(log)) + rate / math.exp(log) - n, -30, 30)
        mean = rate / math.exp(log)
        return n * math.log(mean) - mean + likelihood(math.exp(log))

    middle = float(brentq(lambda log: slope(math.exp(log)), -30, 30))
    shape = math.exp(middle)
    now = math.log(n * shape)
    best, both = likelihood(shape), n * math.log(n) - n + likelihood(shape)
    allowed = float(gammaincinv(0.5, confidence))  # half a quantile of chi-square with 1 df

    def of_shape(log: float) -> float:
        return best - likelihood(math.exp(log)) - allowed

    def of_rate(log: float) -> float:
        return both - constrained(math.exp(log)) - allowed

    shapes = [math.exp(brentq(of_shape, middle, middle + way)) for way in (-20, 20)]
    rates = [math.exp(brentq(of_rate, now, now + way)) for way in (-20, 20)]
    method = "likelihood ratio"
    return Growth(
        events=n,
        exposure=end,
        shape=shape,
        shape_unbiased=None,
        scale=_scale(n, end, shape),
        mtbf=end / (n * shape),
        mtbf_unbiased=None,
        shape_interval=Interval(shapes[0], shapes[1], confidence, method),
        mtbf_interval=Interval(end / rates[1], end / rates[0], confidence, method),
    )


def mil_hdbk_189(times: Sequence[float], until: float | None = None) -> Trend | None:
    """2 sum(log(end / t)), chi-square under a constant rate, 2 degrees of freedom an event; best
    against the power law. None without an event before the end."""
    logs, _ = _log_ratios(times, until)
    if not logs.any():
        return None
    total, n = float(logs.sum()), len(logs)
    return Trend(
        statistic=2 * total,
        p_growth=float(gammaincc(n, total)),
        p_decay=float(gammainc(n, total)),
        method=f"mil-hdbk-189, {2 * n} df",
    )


def laplace(times: Sequence[float], until: float | None = None) -> Trend | None:
    """The mean time of events against the middle of the test, in standard deviations; near normal
    from 4 events on (Cox and Lewis 1966). None without an event before the end."""
    logs, _ = _log_ratios(times, until)
    if not logs.any():
        return None
    z = (float(np.exp(-logs).mean()) - 0.5) * math.sqrt(12 * len(logs))
    return Trend(z, p_growth=float(ndtr(z)), p_decay=float(ndtr(-z)), method="laplace")


def cramer_von_mises(times: Sequence[float], until: float | None = None) -> Fit | None:
    """Distance of (t / end)**shape, shape unbiased, from a uniform sample (MIL-HDBK-189). Its p is
    by simulation from a fixed seed; the distribution depends on the number of events alone. None
    for fewer than two events before the end."""
    logs, _ = _log_ratios(times, until)
    if len(logs) < 2 or not logs.any():
        return None
    statistic = float(_distance(logs[None])[0])
    null = _null(min(len(logs), _SIZE))
    p = (1 + int((null >= statistic).sum())) / (1 + _DRAWS)
    return Fit(statistic, p, "cramer-von mises, parametric bootstrap")


def _log_ratios(times: Sequence[float], until: float | None) -> tuple[Floats, float]:
    """log(end / t) of the events whose place was left to chance, and the end: the last event of a
    test that it stopped is not one of them."""
    ordered = np.sort(np.asarray(times, dtype=np.float64))
    if until is not None and not (math.isfinite(until) and until > 0):
        raise BadValue("until", until, "it is finite and positive")
    end = math.inf if until is None else float(until)
    if until is None and len(ordered):
        end = float(ordered[-1])
    if not (np.isfinite(ordered) & (ordered > 0) & (ordered <= end)).all():
        raise BadValue("times", list(times), f"each lies after 0 and not after {end}")
    placed = ordered if until is not None else ordered[:-1]
    return np.log(end / placed), end


def _distance(logs: Floats) -> Floats:
    """Cramer and von Mises' statistic, one a row."""
    m = logs.shape[1]
    shape = (m - 1) / logs.sum(axis=1, keepdims=True)
    even = (2 * np.arange(m) + 1) / (2 * m)
    statistic: Floats = ((np.sort(np.exp(-shape * logs)) - even) ** 2).sum(axis=1) + 1 / (12 * m)
    return statistic


@cache
def _null(m: int) -> Floats:
    return _distance(np.random.default_rng(m).exponential(size=(_DRAWS, m)))


@cache
def _mtbf_timed(n: int, tail: float) -> tuple[float, float]:
    """Ends for true / estimated MTBF. Given sum(log(end / t)) = a, the number of events has the
    probabilities z**k / (k! (k-1)!), k >= 1, but for a factor, z = a end / MTBF (Crow 1982)."""

    def up_to(k: int, log_z: float) -> float:
        j, root = np.arange(1, k + 1), math.exp(log_z / 2)
        whole = log_z / 2 + 2 * root + math.log(ive(1, 2 * root))
        return math.exp(float(logsumexp(j * log_z - gammaln(j + 1) - gammaln(j))) - whole)

    around = 2 * math.log(n)
    most = math.exp(brentq(lambda log_z: up_to(n, log_z) - tail, around - 30, around + 12))
    if n == 1:
        return 1 / most, math.inf  # one event is the fewest that an estimate can come from
    least = math.exp(brentq(lambda log_z: 1 - up_to(n - 1, log_z) - tail, around - 30, around + 12))
    return n**2 / most, n**2 / least


@cache
def _mtbf_stopped(n: int, tail: float) -> tuple[float, float]:
    """Ends for true / estimated MTBF, which is n**2 over the product of a gamma(n) variable, the
    expected events, and a gamma(n - 1) variable, shape times sum(log(end / t))."""

    # Over the log of the second the integrand is smooth and dies out, where trapezoids are exact.
    first, last = (math.log(gammaincinv(n - 1, u)) for u in (1e-15, 1 - 1e-15))
    log_s = np.linspace(first, last, 401)
    weights = np.exp((n - 1) * log_s - np.exp(log_s) - gammaln(n - 1)) * (log_s[1] - log_s[0])

    def below(log_x: float) -> float:
        return float(weights @ gammainc(n, np.exp(log_x - log_s)))

    around = 2 * math.log(n)
    least, most = (
        math.exp(brentq(lambda log_x, p=p: below(log_x) - p, around - 30, around + 12))
        for p in (tail, 1 - tail)
    )
    return n**2 / most, n**2 / least


def _scale(n: int, end: float, shape: float) -> float:
    """That of n events by the end; 0 or infinite where a float cannot hold it."""
    with np.errstate(over="ignore"):
        return float(n * np.float64(end) ** -shape)


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise BadValue("confidence", confidence, "it lies between 0 and 1")
