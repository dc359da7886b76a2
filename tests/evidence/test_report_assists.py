"""Stretches of work between calls for a person."""

import math

import pytest
from tests.evidence.script import morning, night
from tests.evidence.shifts import Plan, shift

from ontakt.evidence.fold import fold
from ontakt.evidence.report.assists import FEW, FEW_FOR_SHAPE, assists, drift, stretches
from ontakt.evidence.report.chapter import Chapter, chapter
from ontakt.evidence.report.figures.time_to_assist import time_to_assist
from ontakt.evidence.report.pool import Pool
from ontakt.evidence.statistics.weibull import weibull


def told(**plan: object) -> Chapter:
    return chapter(fold(shift(Plan(**plan))))  # type: ignore[arg-type]


def test_the_morning_by_hand() -> None:
    """10 Hz: a call at tick 362, resolved at 400; the shift ends at 575."""
    found = list(stretches(chapter(fold(morning()))))
    assert [one.hours * 36_000 for one in found] == pytest.approx([362, 175])
    assert [one.called for one in found] == [True, False]


def test_the_night_by_hand() -> None:
    """20 Hz: a call at tick 262, resolved at 322; the record ends at 520."""
    found = list(stretches(chapter(fold(night()))))
    assert [one.hours * 72_000 for one in found] == pytest.approx([262, 198])
    assert [one.called for one in found] == [True, False]


def test_few_calls_make_no_curve() -> None:
    found = assists(Pool(chapters=(chapter(fold(morning())),)))
    assert found is not None
    assert found.calls == 1 < FEW
    assert found.curve is None


def test_calls_of_all_shifts_are_followed_together() -> None:
    parts = tuple(told(cycles=30, seed=k, name=f"s{k}", failure=0.2) for k in (1, 2))
    found = assists(Pool(chapters=parts))
    assert found is not None
    assert found.curve is not None
    assert found.calls == sum(len(part.shift.calls) for part in parts)
    assert (
        found.curve.n
        == len(found.stretches)
        == found.calls + sum(not one.called for one in found.stretches)
    )
    assert found.rate is not None
    assert found.rate * sum(one.hours for one in found.stretches) == pytest.approx(found.calls)


@pytest.mark.parametrize(
    ("power", "said"), [(0.25, "wears"), (1.0, "Nothing shows"), (4.0, "gather behind a call")]
)
def test_the_shape_says_whether_calls_come_sooner(power: float, said: str) -> None:
    """Quantiles of an exponential life, raised to a power: a Weibull life of shape 1 / power."""
    ages = [(-math.log(1 - (k + 0.5) / 40)) ** power for k in range(40)]
    life = weibull(ages, [True] * 40)
    assert life is not None
    assert life.shape == pytest.approx(1 / power, rel=0.1)
    assert said in drift(life)


def test_a_shape_takes_some_calls() -> None:
    many, few = (
        assists(Pool(chapters=(told(cycles=n, failure=0.3, hopeless=0.8),))) for n in (60, 12)
    )
    assert many is not None
    assert few is not None
    assert many.calls >= FEW_FOR_SHAPE > few.calls
    assert many.life is not None
    assert many.life.failures == many.calls
    assert few.life is None


def test_other_experiments_are_not_followed_together() -> None:
    parts = (told(cycles=3), told(cycles=3, name="b", policy_hash="other"))
    assert assists(Pool(chapters=parts)) is None


@pytest.mark.parametrize("narrow", [False, True])
def test_the_curve_says_what_it_shows(narrow: bool) -> None:
    found = assists(Pool(chapters=(told(cycles=60, failure=0.3, hopeless=0.8),)))
    assert found is not None
    assert found.curve is not None
    assert found.rate is not None
    drawn = time_to_assist(found.curve, found.rate, [0.1], "a", narrow)
    assert f"Work without a call for a person: {found.curve.n} stretches" in drawn
    assert "half of them had a call by" in drawn
