"""Wald's sequential probability ratio test (1945): look after every cycle, stop when it is clear.

A robot is either `poor`, and must not pass, or `good`, and should. The logarithm of how much
likelier the counts are from a good one grows by `gain` with each cycle or unit of exposure and
falls by `price` with each failure or event:

    gain x exposure - price x events >= ln((1 - producer's risk) / consumer's risk)   accept
                                     <= ln(producer's risk / (1 - consumer's risk))   reject

The consumer's risk is that a poor robot passes, the producer's that a good one does not. Papers
call them alpha and beta where the poor robot is the null hypothesis, as for proportions; handbooks
of reliability call them beta and alpha, with theta1 for poor and theta0 for good. With Wald's
thresholds their sum holds, and each by itself up to a factor 1 / (1 - the other).
"""

import math
from typing import ClassVar, Literal

from msgspec import Struct

from ontakt.contract import BadValue

Decision = Literal["accept", "reject", "go on"]


class Lines(Struct, frozen=True):
    """The chart of the test: accept at `slope` x exposure + `accept` events or fewer, reject at
    `slope` x exposure + `reject` or more."""

    slope: float
    accept: float
    reject: float


class _Sprt(Struct, frozen=True):
    poor: float
    good: float
    consumers_risk: float = 0.05
    producers_risk: float = 0.05
    _perfect: ClassVar[float]

    def __post_init__(self) -> None:
        if not 0 < self.poor < self.good < self._perfect:
            raise BadValue(
                "(poor, good)", (self.poor, self.good), f"0 < poor < good < {self._perfect}"
            )
        risks = self.consumers_risk, self.producers_risk
        if not (min(risks) > 0 and sum(risks) < 1):
            raise BadValue(
                "(consumers_risk, producers_risk)", risks, "both are positive, their sum below 1"
            )

    @property
    def gain(self) -> float:
        """What a cycle or a unit of exposure without an event adds to the log ratio."""
        raise NotImplementedError

    @property
    def price(self) -> float:
        """What an event takes from the log ratio."""
        raise NotImplementedError

    @property
    def accept_at(self) -> float:
        """Log ratio from which the robot passes."""
        return math.log((1 - self.producers_risk) / self.consumers_risk)

    @property
    def reject_at(self) -> float:
        """Log ratio from which, downward, the robot does not pass."""
        return math.log(self.producers_risk / (1 - self.consumers_risk))

    @property
    def lines(self) -> Lines:
        """Where it accepts and rejects, in events over exposure."""
        gain, price = self.gain, self.price
        return Lines(gain / price, -self.accept_at / price, -self.reject_at / price)

    @property
    def expected_if_poor(self) -> float:
        """Cycles or exposure until a decision about a `poor` robot, on average (Wald's
        approximation, which leaves out by how much a threshold is overshot)."""
        end = self._end(self.consumers_risk)
        return end / (self.gain - self.price * self._event_rate(self.poor))

    @property
    def expected_if_good(self) -> float:
        """The same about a `good` robot."""
        end = self._end(1 - self.producers_risk)
        return end / (self.gain - self.price * self._event_rate(self.good))

    def _event_rate(self, true: float) -> float:
        raise NotImplementedError

    def _end(self, acceptance: float) -> float:
        """Log ratio at the end, on average."""
        return acceptance * self.accept_at + (1 - acceptance) * self.reject_at

    def _decision(self, log_ratio: float) -> Decision:
        if log_ratio >= self.accept_at:
            return "accept"
        return "reject" if log_ratio <= self.reject_at else "go on"


class BernoulliSprt(_Sprt, frozen=True):
    """For success per cycle: `poor` (p0) against `good` (p1), both between 0 and 1."""

    _perfect = 1.0

    @property
    def gain(self) -> float:
        """What a success adds: ln(p1 / p0)."""
        return math.log(self.good / self.poor)

    @property
    def price(self) -> float:
        """What a failure costs: a success that did not come, and ln((1 - p0) / (1 - p1))."""
        return self.gain + math.log((1 - self.poor) / (1 - self.good))

    @property
    def clean_run(self) -> int:
        """Cycles after which a robot without a failure passes."""
        return math.ceil(self.accept_at / self.gain)

    def log_ratio(self, k: int, n: int) -> float:
        """Of good to poor, for `k` successes in `n` cycles."""
        if not 0 <= k <= n:
            raise BadValue("(k, n)", (k, n), "successes and trials obey 0 <= k <= n")
        return self.gain * n - self.price * (n - k)

    def decision(self, k: int, n: int) -> Decision:
        """For `k` successes in `n` cycles. The first that is not "go on" stands."""
        return self._decision(self.log_ratio(k, n))

    def _event_rate(self, true: float) -> float:
        return 1 - true


class PoissonSprt(_Sprt, frozen=True):
    """For the mean exposure between events, as MTBA: `poor` (theta1) against `good` (theta0)."""

    _perfect = math.inf

    @property
    def gain(self) -> float:
        """What a unit of exposure adds: 1 / theta1 - 1 / theta0."""
        return 1 / self.poor - 1 / self.good

    @property
    def price(self) -> float:
        """What an event costs: ln(theta0 / theta1)."""
        return math.log(self.good / self.poor)

    @property
    def clean_run(self) -> float:
        """Exposure after which a robot without an event passes."""
        return self.accept_at / self.gain

    def log_ratio(self, events: int, exposure: float) -> float:
        """Of good to poor, for `events` in `exposure`."""
        if events < 0 or not 0 <= exposure < math.inf:
            raise BadValue("(events, exposure)", (events, exposure), "neither may be negative")
        return self.gain * exposure - self.price * events

    def decision(self, events: int, exposure: float) -> Decision:
        """For `events` in `exposure`. The first that is not "go on" stands."""
        return self._decision(self.log_ratio(events, exposure))

    def _event_rate(self, true: float) -> float:
        return 1 / true
