"""Events in one exposure against events in another: how many times more often, and is it chance.

Rates are per unit of exposure (hours, cycles); the ratio is rate 1 / rate 2. Given how many events
there were in all, those of the first are binomial with a share that only the ratio decides, so
nothing needs to be known of the rates themselves (Przyborowski and Wilenski 1940).
"""

import math
from typing import Literal

from scipy.stats import binomtest, poisson_means_test

from ontakt.contract import BadValue
from ontakt.evidence.statistics.intervals import Ends, Interval, clopper_pearson
from ontakt.evidence.statistics.p_value import Alternative, PValue

RateTest = Literal["conditional", "e-test"]


def rate_ratio(
    events1: int,
    exposure1: float,
    events2: int,
    exposure2: float,
    confidence: float = 0.95,
    side: Ends = "two",
) -> Interval | None:
    """Exact conditional interval for rate 1 / rate 2, from 0 to infinity: coverage is never below
    `confidence`. None without an exposure, and without an event: then any ratio is possible."""
    _check(events1, exposure1, events2, exposure2)
    share = clopper_pearson(events1, events1 + events2, confidence, side)
    if exposure1 == 0 or exposure2 == 0 or share is None:
        return None
    low, high = (
        math.inf if end == 1 else end / (1 - end) * exposure2 / exposure1
        for end in (share.low, share.high)
    )
    return Interval(low, high, confidence, share.method.replace("clopper", "conditional clopper"))


def compare_rates(
    events1: int,
    exposure1: float,
    events2: int,
    exposure2: float,
    test: RateTest = "conditional",
    alternative: Alternative = "two-sided",
) -> PValue | None:
    """Test of equal rates; "greater" asks whether rate 1 is the higher one. "conditional" is exact
    and agrees with `rate_ratio`; "e-test" (Krishnamoorthy and Thomson 2004) is more powerful, and
    nearly exact only: it puts the estimated rate in the place of the true one (1 h against 3 h, 1
    an hour: at .05 it errs .0545 of the time). None without
    an exposure; p is 1 without an event.
    """
    _check(events1, exposure1, events2, exposure2)
    if exposure1 == 0 or exposure2 == 0:
        return None
    if events1 + events2 == 0:
        return PValue(1.0, _NAMES[test])
    if test == "e-test":
        p = float(
            poisson_means_test(
                events1, exposure1, events2, exposure2, alternative=alternative
            ).pvalue
        )
    else:
        share = exposure1 / (exposure1 + exposure2)
        p = float(binomtest(events1, events1 + events2, share, alternative).pvalue)
    return PValue(min(1.0, p), _NAMES[test])


_NAMES: dict[RateTest, str] = {"conditional": "conditional binomial", "e-test": "poisson e-test"}


def _check(events1: int, exposure1: float, events2: int, exposure2: float) -> None:
    for events, exposure in ((events1, exposure1), (events2, exposure2)):
        if events < 0 or exposure < 0 or not math.isfinite(exposure):
            raise BadValue("(events, exposure)", (events, exposure), "neither may be negative")
        if events and not exposure:
            raise BadValue("(events, exposure)", (events, exposure), "events take exposure")
