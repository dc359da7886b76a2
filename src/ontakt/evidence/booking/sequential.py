"""A test that is read after every cycle: shorter on average, with no end that could be booked."""

from msgspec import Struct

from ontakt.evidence.booking.asked import Asked
from ontakt.evidence.booking.choice import FAIR
from ontakt.evidence.statistics.sequential import BernoulliSprt


class Sequential(Struct, frozen=True, kw_only=True):
    """Wald's test between the reliability asked for and the true success."""

    consumers_risk: float
    producers_risk: float
    cycles_at_reliability: float
    """Until a robot of the reliability asked for is judged, on average."""
    cycles_at_true: float
    """Until a robot of the true success is judged, on average."""
    clean_run: int
    """Cycles after which a robot without a failure passes."""


def sequential(asked: Asked) -> Sequential | None:
    """With the risks of a fair test; None without a true success between the one asked for and 1,
    or with so little confidence that the risks leave nothing to test."""
    passes = 1 - asked.confidence
    if asked.true is None or not asked.reliability < asked.true < 1 or passes + FAIR >= 1:
        return None
    test = BernoulliSprt(
        poor=asked.reliability, good=asked.true, consumers_risk=passes, producers_risk=FAIR
    )
    return Sequential(
        consumers_risk=test.consumers_risk,
        producers_risk=test.producers_risk,
        cycles_at_reliability=test.expected_if_poor,
        cycles_at_true=test.expected_if_good,
        clean_run=test.clean_run,
    )
