"""The life of parts that wear, such as fingertips and cables, where some still run.

The shape tells the story: below 1 early failures, 1 chance at any age, above 1 wear-out. Only an
interval that leaves 1 out says which; replacing parts by age helps against wear-out alone.
"""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.integrate import cumulative_trapezoid
from scipy.optimize import brentq
from scipy.special import gamma, gammaincinv

from ontakt.contract import BadValue
from ontakt.evidence.statistics.intervals import Interval


class Weibull(Struct, frozen=True):
    """Survival exp(-(t / scale)**shape), fitted to `n` lives of which `failures` ended.

    `scale`, `mean` and `b10`, the age by which one part in ten has failed, have the unit of the
    data. `shape_interval` may leave 1 out: wear-out above, early failures below. It is None for one
    failure. `shape_by_likelihood` is the likelihood ratio's.
    """

    n: int
    failures: int
    shape: float
    scale: float
    b10: float
    mean: float
    log_likelihood: float
    shape_interval: Interval | None
    shape_by_likelihood: Interval


def weibull(
    ages: Sequence[float], failed: Sequence[bool], confidence: float = 0.95
) -> Weibull | None:
    """Maximum likelihood (Meeker and Escobar 1998, chapter 8) for `ages`, one a part; `failed` is
    False for a part that still runs or was taken out whole. None where the likelihood has no
    maximum: without a failure before the greatest age.

    `shape_interval` is conditional on how the ages lie to each other (Lawless 1978): exact where
    all parts failed or the test stopped with a failure. Where it stopped at an age its low end is
    cautious and its high end is not: of chance at 95 % it makes wear-out in 1 % of samples and
    early failures in 6 %, where 2.5 % are due. The likelihood ratio leans to wear-out: it makes
    that of chance in 9 % of samples of 5 failures, in 6 % of 10 and in 4 % of 40.
    """
    if len(ages) != len(failed):
        raise BadValue("(ages, failed)", (len(ages), len(failed)), "one of each a part")
    if not 0 < confidence < 1:
        raise BadValue("confidence", confidence, "it lies between 0 and 1")
    age, ended = np.asarray(ages, dtype=np.float64), np.asarray(failed, dtype=np.bool_)
    if not (np.isfinite(age) & (age > 0)).all():
        raise BadValue("ages", list(ages), "each is finite and positive")
    failures = int(ended.sum())
    if not failures or age[ended].min() == age.max():
        return None
    unit = float(age.max())
    logs = np.log(age / unit)
    total = float(logs[ended].sum())

    def slope(log: float) -> float:
        shape = math.exp(log)
        weights = np.exp(shape * logs)
        return failures * float(1 / shape - weights @ logs / weights.sum()) + total

    # The likeliest scale for a shape has a closed form, so there is one root to find and only one.
    # scipy.stats.weibull_min.fit searches both at once and sometimes stops far from it, silently.
    middle = float(brentq(slope, -50, 50))  # in log(shape); no data reach these bounds
    best = float(_profile(middle, logs, failures, total))
    allowed = float(gammaincinv(0.5, confidence))  # half a quantile of chi-square with 1 df

    def excess(log: float) -> float:
        return best - float(_profile(log, logs, failures, total)) - allowed

    low, high = (math.exp(brentq(excess, middle, middle + way)) for way in (-30, 30))
    shape = math.exp(middle)
    with np.errstate(over="ignore"):  # infinite where the shape is next to 0
        scale = unit * float((np.exp(shape * logs).sum() / failures) ** (1 / shape))
    return Weibull(
        n=len(age),
        failures=failures,
        shape=shape,
        scale=scale,
        b10=scale * (-math.log(0.9)) ** (1 / shape),
        mean=scale * float(gamma(1 + 1 / shape)),
        log_likelihood=best - failures * math.log(unit),
        shape_interval=_conditional(middle, logs, failures, total, confidence),
        shape_by_likelihood=Interval(low, high, confidence, "likelihood ratio"),
    )


def _profile(
    log: float | NDArray[np.float64], logs: NDArray[np.float64], failures: int, total: float
) -> NDArray[np.float64]:
    """Log-likelihood of exp(`log`) for the shape with the likeliest scale, the greatest age 1."""
    shape = np.exp(log)
    spread = np.log(np.exp(np.multiply.outer(shape, logs)).sum(axis=-1))  # of 1 and less
    profile: NDArray[np.float64] = (
        failures * (log - spread + math.log(failures) - 1) + (shape - 1) * total
    )
    return profile


def _conditional(
    middle: float, logs: NDArray[np.float64], failures: int, total: float, confidence: float
) -> Interval | None:
    """Given log(age) up to place and spread, shape / estimate has the density likelihood / shape**2
    (Lawless 1978); over log(shape) that is likelihood / shape."""
    if failures < 2:
        return None

    def above(log: float) -> float:
        """Log density, less what is left of it where it no longer matters."""
        return float(_profile(log, logs, failures, total)) - log - floor

    floor = float(_profile(middle, logs, failures, total)) - middle - 40
    first, last = (brentq(above, middle, middle + way) for way in (-60, 60))
    grid = np.linspace(first, last, 801)
    density = np.exp(_profile(grid, logs, failures, total) - grid - floor - 40)
    share = cumulative_trapezoid(density, grid, initial=0)
    tail = (1 - confidence) / 2
    low, high = np.exp(np.interp([tail, 1 - tail], share / share[-1], grid))
    return Interval(float(low), float(high), confidence, "conditional")
