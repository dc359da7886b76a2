"""One fixed test: so many cycles, so many failures allowed, and what it does to a robot."""

from msgspec import Struct

from ontakt.contract import BadValue
from ontakt.evidence.booking.asked import MOST_FAILURES, Asked
from ontakt.evidence.statistics.acceptance import Plan, cycles_needed
from ontakt.evidence.statistics.evalues import cycles_to_pass

FAIR = 0.1
"""Chance of failing a good robot up to which a test is called fair to it."""
MOST_CYCLES = 10_000_000
"""Of a test, beyond which something was mistyped: at 76 s more than twenty years."""


class Choice(Struct, frozen=True, kw_only=True):
    """A test that shows what is asked, judged once, after its last cycle."""

    failures: int
    cycles: int
    hours: float
    shifts: float
    consumers_risk: float
    """Chance that a robot of exactly the reliability asked for passes."""
    producers_risk: float | None
    """Chance that a robot of the true success fails; None where that was not said."""
    anytime_cycles: int
    """After which an e-value gate, read as often as one likes, opens with as many failures."""

    @classmethod
    def of(cls, asked: Asked, failures: int) -> "Choice":
        """The shortest test with `failures` allowed. Raises BadValue where it has no end."""
        plan = fixed(asked, failures)
        if plan.cycles > MOST_CYCLES:
            why = f"a test has at most {MOST_CYCLES:,} cycles, and this would take {plan.cycles:,}"
            raise BadValue("reliability", asked.reliability, why)
        hours = asked.hours(plan.cycles)
        return cls(
            failures=failures,
            cycles=plan.cycles,
            hours=hours,
            shifts=asked.shifts(hours),
            consumers_risk=plan.consumers_risk,
            producers_risk=None if asked.true is None else plan.producers_risk(asked.true),
            anytime_cycles=cycles_to_pass(asked.reliability, 1 - asked.confidence, failures),
        )


def fixed(asked: Asked, failures: int) -> Plan:
    """The shortest plan with `failures` allowed."""
    cycles = cycles_needed(asked.reliability, asked.confidence, failures)
    return Plan(cycles, failures, asked.reliability, asked.confidence)


def fair(asked: Asked) -> Choice | None:
    """The shortest test that a robot of the true success fails in at most `FAIR`; None where that
    success is not above the one asked for, or so near that no number of failures makes it fair."""
    if asked.true is None or asked.true <= asked.reliability:
        return None
    for failures in range(MOST_FAILURES + 1):
        if fixed(asked, failures).producers_risk(asked.true) <= FAIR:
            return Choice.of(asked, failures)
    return None
