"""Fixed acceptance plans: how long a run must be before it counts, and whom it lets through.

A plan is agreed on before the first cycle and judged once, after the last. Who looks earlier, or
goes on after a run that did not show enough, errs more often than the plan says; for that there
are `sequential` and `evalues`.

Cycles are taken as independent and of one chance of success; interventions as a Poisson process.
"""

import math
from bisect import bisect_left

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.special import betainc, betaincc, gammainc, gammaincc, gammainccinv

from ontakt.contract import BadValue

FURTHEST = 1_000_000
"""Further cycles beyond which a run is given up: at 76 s each, more than two years without a
pause."""
_LONGEST = 10**15
"""Cycles beyond which a double cannot tell how many more are needed."""
_TIE = 1 + 1e-12
"""Rounding of a chance: 0.1 shows 0.1 with confidence 0.9 in one cycle, but 1 - 0.9 < 0.1."""

Floats = NDArray[np.float64]


class Plan(Struct, frozen=True):
    """Pass with at most `failures` in `cycles`: shows a success per cycle of `reliability`."""

    cycles: int
    failures: int
    reliability: float
    confidence: float

    def __post_init__(self) -> None:
        needed = cycles_needed(self.reliability, self.confidence, self.failures)
        if self.cycles < needed:
            raise BadValue("cycles", self.cycles, f"what this plan is to show takes {needed}")

    def acceptance(self, true: float) -> float:
        """Chance that a robot whose success per cycle is `true` passes."""
        return float(self.curve(np.array(_proportion("true", true))))

    def curve(self, true: Floats) -> Floats:
        """The operating characteristic: `acceptance` for each value of an array of any shape."""
        chance = betainc(self.cycles - self.failures, self.failures + 1.0, true)
        return np.asarray(chance, dtype=np.float64)

    @property
    def consumers_risk(self) -> float:
        """Chance that a robot which is just not good enough passes: at most 1 - confidence."""
        return self.acceptance(self.reliability)

    def producers_risk(self, true: float) -> float:
        """Chance that a robot whose success per cycle is `true` fails."""
        _proportion("true", true)
        return float(betaincc(self.cycles - self.failures, self.failures + 1.0, true))


class ExposurePlan(Struct, frozen=True):
    """Pass with at most `events` in `exposure`: shows a mean exposure between events of `mtba`, in
    the unit of `exposure`."""

    exposure: float
    events: int
    mtba: float
    confidence: float

    def __post_init__(self) -> None:
        needed = exposure_needed(self.mtba, self.confidence, self.events)
        if not needed <= self.exposure * _TIE < math.inf:
            raise BadValue("exposure", self.exposure, f"what this plan is to show takes {needed}")

    def acceptance(self, true: float) -> float:
        """Chance that a robot whose mean exposure between events is `true` passes."""
        return float(self.curve(np.array(_mean("true", true))))

    def curve(self, true: Floats) -> Floats:
        """The operating characteristic: `acceptance` for each value of an array of any shape."""
        chance = gammaincc(self.events + 1.0, self.exposure / true)
        return np.asarray(chance, dtype=np.float64)

    @property
    def consumers_risk(self) -> float:
        """Chance that a robot which is just not good enough passes: at most 1 - confidence."""
        return self.acceptance(self.mtba)

    def producers_risk(self, true: float) -> float:
        """Chance that a robot whose mean exposure between events is `true` fails."""
        return float(gammainc(self.events + 1.0, self.exposure / _mean("true", true)))


def cycles_needed(reliability: float, confidence: float, failures: int = 0) -> int:
    """The fewest cycles that, with at most `failures` among them, show a success per cycle of at
    least `reliability`: the least n with P(X <= failures | n, 1 - reliability) <= 1 - confidence.

    Without a failure it is the success run, ceil(ln(1 - confidence) / ln(reliability)).
    """
    _check(confidence, failures)
    needed = _fewest(reliability, confidence, failures)
    if needed == _LONGEST:
        raise BadValue(
            "reliability", reliability, f"fewer than {_LONGEST:.0e} cycles must be able to show it"
        )
    return needed


def exposure_needed(mtba: float, confidence: float, events: int = 0) -> float:
    """The least exposure that, with at most `events` in it, shows a mean exposure between events
    of at least `mtba`, in the unit of `mtba`: mtba x chi2(confidence; 2 events + 2) / 2, the rule
    of time-terminated tests in MIL-HDBK-781."""
    _check(confidence, events)
    if not 0 < mtba < math.inf:
        raise BadValue("mtba", mtba, "it is positive and finite")
    return mtba * float(gammainccinv(events + 1.0, 1 - confidence))


def further_cycles(
    good: int, n: int, reliability: float, confidence: float, furthest: int = FURTHEST
) -> int | None:
    """Cycles that a run with `good` of `n` still needs to show `reliability` if none of them fails:
    0 where it is shown, as by the one-sided bound of Clopper and Pearson; None beyond `furthest`.

    It says what is missing. A gate that waits for it to become 0 looks after each cycle.
    """
    if not 0 <= good <= n:
        raise BadValue("(good, n)", (good, n), "good cycles and all obey 0 <= good <= n")
    _check(confidence, n - good)
    further = max(0, _fewest(reliability, confidence, n - good) - n)
    return further if further <= furthest else None


def further_exposure(events: int, exposure: float, mtba: float, confidence: float) -> float:
    """Exposure that a run with `events` in `exposure` still needs to show `mtba` if nothing happens
    in it, in the unit of `mtba`; 0 where it is shown."""
    if not 0 <= exposure < math.inf:
        raise BadValue("exposure", exposure, "it is finite and not negative")
    return max(0.0, exposure_needed(mtba, confidence, events) - exposure)


def _fewest(reliability: float, confidence: float, failures: int) -> int:
    """As `cycles_needed`, and `_LONGEST` for anything beyond."""
    if not 0 < reliability < 1:
        raise BadValue("reliability", reliability, "it lies between 0 and 1")
    error = (1 - confidence) * _TIE
    some = range(failures + 1, _LONGEST)  # no fewer: with a chance of 1 they have so few failures
    shown = bisect_left(
        some, True, key=lambda n: bool(betainc(n - failures, failures + 1.0, reliability) <= error)
    )
    return failures + 1 + shown


def _check(confidence: float, failures: int) -> None:
    if not 0 < confidence < 1:
        raise BadValue("confidence", confidence, "it lies between 0 and 1")
    if failures < 0:
        raise BadValue("failures", failures, "none or more are allowed")


def _proportion(name: str, value: float) -> float:
    if not 0 <= value <= 1:
        raise BadValue(name, value, "it lies between 0 and 1")
    return value


def _mean(name: str, value: float) -> float:
    if not value > 0:
        raise BadValue(name, value, "it is positive")
    return value
