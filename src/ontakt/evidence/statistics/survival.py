"""How long work goes on before an event, such as an assist, where some of it was broken off first.

A stretch of work ends with the event or is censored: the shift was over, a stop was planned. What
is known of a censored stretch is that the event took longer. Censoring must have nothing to do with
what would have come next: a run that is broken off because it goes badly ends with an event.
"""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from scipy.special import ndtri

from ontakt.contract import BadValue
from ontakt.evidence.statistics.intervals import Interval

_HALF = 0.5 + 1e-12
"""A product of fractions that is one half by hand may be a rounding above it."""


class SurvivalPoint(Struct, frozen=True):
    """What is known of the share that goes on for longer than `time`, at which `events` happened.

    `at_risk` counts the stretches that lasted until `time` or longer; one censored at that very
    moment still counts. `standard_error` is Greenwood's, None where nothing goes on: it has no
    value there.
    """

    time: float
    at_risk: int
    events: int
    survival: float
    standard_error: float | None
    interval: Interval


class Survival(Struct, frozen=True):
    """The product-limit estimate of Kaplan and Meier (1958), one point for each time with an event.

    `median` is the first time by which half have had the event, None where the curve stays above
    one half. `median_interval` (Brookmeyer and Crowley 1982) runs between the times at which the
    two ends of the intervals reach one half. It may be known where the median is not: its high end
    is then infinite. Without any event it is None. Times in the unit of the data.
    """

    points: tuple[SurvivalPoint, ...]
    n: int
    followed: float
    median: float | None
    median_interval: Interval | None

    def at(self, time: float) -> SurvivalPoint | None:
        """The point that holds at `time`; None before the first event, where the method has no
        interval (count the stretches with `clopper_pearson` there), and beyond `followed`."""
        held = [point for point in self.points if point.time <= time <= self.followed]
        return held[-1] if held else None


class RestrictedMean(Struct, frozen=True):
    """The mean time to the event when each stretch is cut at `until`: the area below the curve.

    Without an event before `until` there is neither a standard error nor an interval.
    """

    until: float
    mean: float
    standard_error: float | None
    interval: Interval | None


def kaplan_meier(
    times: Sequence[float], observed: Sequence[bool], confidence: float = 0.95
) -> Survival | None:
    """Survival behind `times`, one a stretch; `observed` is False for a censored one. None without
    a stretch.

    The pointwise intervals are Greenwood's on the scale log(-log S) (Kalbfleisch and Prentice
    1980): within 0..1, approximate. At 95 % and a third censored they hold in 94 to 98 % of samples
    of 20 stretches; of 10, or where few are still at risk, in 88 %. Where the curve falls to 0 they
    have no value; survival cannot rise, so the high end before it stays.
    """
    if len(times) != len(observed):
        raise BadValue("(times, observed)", (len(times), len(observed)), "one of each a stretch")
    _check_confidence(confidence)
    time, ended = np.asarray(times, dtype=np.float64), np.asarray(observed, dtype=np.bool_)
    if not (np.isfinite(time) & (time >= 0)).all():
        raise BadValue("times", list(times), "each is finite and not negative")
    n = len(time)
    if n == 0:
        return None
    # By hand: scipy.stats.ecdf keeps what Greenwood needs to itself and warns where S is 0.
    moments, events = np.unique(time[ended], return_counts=True)
    at_risk = n - np.searchsorted(np.sort(time), moments)
    survival = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore"):
        spread = np.sqrt(np.cumsum(events / (at_risk * (at_risk - events))))  # of log S
    z, high = -float(ndtri((1 - confidence) / 2)), 1.0
    points = []
    for t, r, d, s, se in zip(moments, at_risk, events, survival, spread, strict=True):
        low, error = 0.0, None
        if r > d:
            shift = math.exp(z * se / -math.log(s))
            low, high, error = float(s**shift), float(s ** (1 / shift)), float(s * se)
        interval = Interval(low, high, confidence, "greenwood, log-log")
        points.append(SurvivalPoint(float(t), int(r), int(d), float(s), error, interval))
    followed = float(time.max())
    median = next((point.time for point in points if point.survival <= _HALF), None)
    return Survival(tuple(points), n, followed, median, _median(points, followed, confidence))


def restricted_mean(
    curve: Survival, until: float, confidence: float = 0.95
) -> RestrictedMean | None:
    """Mean time to the event up to `until`, its Greenwood standard error (Klein and Moeschberger
    2003, section 4.5) and a normal interval within 0..until, too short for few: at 95 % it holds in
    89 % of samples of 10 stretches, 93 % of 20 and 94 % of 50. None where the curve is not known as
    far as `until`."""
    _check_confidence(confidence)
    if not (math.isfinite(until) and until > 0):
        raise BadValue("until", until, "it is finite and positive")
    ended = bool(curve.points) and curve.points[-1].survival == 0
    if until > curve.followed and not ended:
        return None
    points = [point for point in curve.points if point.time < until]
    edges = [0.0, *(point.time for point in points), until]
    steps = np.diff(edges) * [1.0, *(point.survival for point in points)]
    ahead = np.cumsum(steps[::-1])[::-1]  # area from each edge to `until`
    mean = float(ahead[0])
    variance = sum(
        area**2 * point.events / (point.at_risk * (point.at_risk - point.events))
        for area, point in zip(ahead[1:], points, strict=True)
        if point.at_risk > point.events  # no area lies beyond a curve at 0
    )
    if variance == 0:
        return RestrictedMean(until, mean, None, None)
    error = math.sqrt(variance)
    reach = -float(ndtri((1 - confidence) / 2)) * error
    interval = Interval(max(0.0, mean - reach), min(until, mean + reach), confidence, "greenwood")
    return RestrictedMean(until, mean, error, interval)


def _median(points: Sequence[SurvivalPoint], followed: float, confidence: float) -> Interval | None:
    if not points:
        return None
    low = (point.time for point in points if point.interval.low <= 0.5)
    high = (point.time for point in points if point.interval.high < 0.5)
    # a low end that never comes down to one half says that the median lies beyond what was followed
    return Interval(next(low, followed), next(high, math.inf), confidence, "brookmeyer-crowley")


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise BadValue("confidence", confidence, "it lies between 0 and 1")
