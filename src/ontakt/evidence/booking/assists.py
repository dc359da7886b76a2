"""Hours that show a mean time between assists, by the number of assists allowed."""

from msgspec import Struct

from ontakt.evidence.booking.asked import MOST_FAILURES, Asked
from ontakt.evidence.statistics.acceptance import ExposurePlan, exposure_needed

MOST_ASSISTS = 3
"""That are listed."""


class AssistChoice(Struct, frozen=True, kw_only=True):
    """A test of so many hours with at most so many assists."""

    assists: int
    hours: float
    shifts: float
    consumers_risk: float
    producers_risk: float | None
    """Chance that a robot of the true mean time fails; None where that was not said."""


class Assists(Struct, frozen=True, kw_only=True):
    """The tests for a mean time between assists of `hours`."""

    hours: float
    true_hours: float | None
    choices: tuple[AssistChoice, ...]
    allowed: int
    """Assists, up to `MOST_FAILURES`, with which the hours of the cycles already show it; -1 where
    not even none does."""


def assist_tests(asked: Asked, hours: float) -> Assists | None:
    """With 0 to `MOST_ASSISTS` assists, beside a test of cycles that takes `hours`; None where no
    time between assists is asked for."""
    if asked.mtba_h is None:
        return None
    choices = tuple(_choice(asked, asked.mtba_h, assists) for assists in range(MOST_ASSISTS + 1))
    allowed = -1
    while (
        allowed < MOST_FAILURES
        and exposure_needed(asked.mtba_h, asked.confidence, allowed + 1) <= hours
    ):
        allowed += 1
    return Assists(
        hours=asked.mtba_h, true_hours=asked.true_mtba_h, choices=choices, allowed=allowed
    )


def _choice(asked: Asked, mtba_h: float, assists: int) -> AssistChoice:
    hours = exposure_needed(mtba_h, asked.confidence, assists)
    plan = ExposurePlan(hours, assists, mtba_h, asked.confidence)
    true = asked.true_mtba_h
    return AssistChoice(
        assists=assists,
        hours=hours,
        shifts=asked.shifts(hours),
        consumers_risk=plan.consumers_risk,
        producers_risk=None if true is None else plan.producers_risk(true),
    )
