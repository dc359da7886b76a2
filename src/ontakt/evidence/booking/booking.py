"""The whole answer: the test, what else could be booked, and whom each lets pass."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ontakt.evidence.booking.asked import Asked, whole
from ontakt.evidence.booking.assists import Assists, assist_tests
from ontakt.evidence.booking.choice import Choice, fair, fixed
from ontakt.evidence.booking.sequential import Sequential, sequential
from ontakt.evidence.statistics.evalues import cycles_to_pass

LISTED = range(6)
"""Allowed failures that are listed beside the test's own."""
POINTS = 61
_BETTER, _WORSE = 30, 2.2
"""How far the curve goes: to a failure rate so many times lower and higher than the allowed one."""
_FARTHEST = 300
"""As `_BETTER`, where it follows a very good robot."""


class Booking(Struct, frozen=True, kw_only=True):
    """What a test takes and does. With --json it is printed as it stands here."""

    cycles: int
    hours: float
    shifts: float
    whole_shifts: int
    """To be booked."""
    failures: int
    reliability: float
    confidence: float
    takt_s: float
    shift_hours: float
    true: float | None
    producers_risk: float | None
    """Chance that a robot of the success `true` fails."""
    consumers_risk: float
    """Chance that a robot of exactly `reliability` passes."""
    oc: tuple[tuple[float, float], ...]
    """The operating characteristic: true success, and the chance of passing."""
    anytime: tuple[int, ...]
    """Cycles after which an e-value gate opens, with 0, 1, ... `failures` failures."""
    alternatives: tuple[Choice, ...]
    """The tests with few failures allowed, this one among them."""
    fair: Choice | None
    """The shortest test that such a robot passes nine times in ten; None where there is none."""
    sprt: Sequential | None
    mtba: Assists | None

    @property
    def choice(self) -> Choice:
        """The test itself."""
        return next(one for one in self.alternatives if one.failures == self.failures)


def book(asked: Asked) -> Booking:
    """Answer `asked`. Raises BadValue where a test would not end."""
    alternatives = {f: Choice.of(asked, f) for f in sorted({*LISTED, asked.failures})}
    choice = alternatives[asked.failures]
    rates = failure_rates(asked.reliability, asked.true, POINTS)
    marked = [one for one in (asked.reliability, asked.true) if one is not None]
    trues = np.unique([*(1 - rates), *marked])
    chances = fixed(asked, asked.failures).curve(trues)
    return Booking(
        cycles=choice.cycles,
        hours=choice.hours,
        shifts=choice.shifts,
        whole_shifts=whole(choice.shifts),
        failures=choice.failures,
        reliability=asked.reliability,
        confidence=asked.confidence,
        takt_s=asked.takt_s,
        shift_hours=asked.shift_hours,
        true=asked.true,
        producers_risk=choice.producers_risk,
        consumers_risk=choice.consumers_risk,
        oc=tuple(zip(trues.tolist(), chances.tolist(), strict=True)),
        anytime=tuple(
            cycles_to_pass(asked.reliability, 1 - asked.confidence, failures)
            for failures in range(asked.failures + 1)
        ),
        alternatives=tuple(alternatives.values()),
        fair=fair(asked),
        sprt=sequential(asked),
        mtba=assist_tests(asked, choice.hours),
    )


def failure_rates(reliability: float, true: float | None, points: int) -> NDArray[np.float64]:
    """Failure rates at which a curve is drawn, evenly on a log scale, around the one that
    `reliability` allows and, where it can be shown, `true`. Shape (points,)."""
    allowed = 1 - reliability
    low, high = allowed / _BETTER, _WORSE * allowed
    if true is not None and true < 1:
        low, high = min(low, (1 - true) / 1.5), max(high, 1.2 * (1 - true))
    low, high = max(low, allowed / _FARTHEST), min(high, 0.9999)
    return np.geomspace(min(low, high / 2), high, points)
