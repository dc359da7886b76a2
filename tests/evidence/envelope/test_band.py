"""What the robot did with misaligned parts, counted from events."""

import pytest
from tests.evidence.envelope.made import BAD_S, GOOD_S, HELP_S, Kind, Made, run

from ontakt.evidence.envelope.band import bands

KINDS: list[Kind] = [*(["good"] * 6), "retried", "retried", "noticed", "escaped", "assisted"]


def test_every_part_is_counted_once() -> None:
    aligned = run({"misalignment": 0.0}, Made(kinds=["good"] * 10))
    crooked = run({"misalignment": 4.0}, Made(kinds=KINDS))
    first, band = bands([aligned, crooked], seed=1)
    assert (first.n, first.good, first.first_try) == (10, 10, 10)
    assert (first.cost_s.value, first.detections) == (None, ()), "it is what others are held to"
    assert (band.n, band.good, band.first_try, band.after_retry) == (11, 8, 6, 2)
    assert (band.assisted, band.detected, band.escaped, band.unknown) == (1, 1, 1, 0)
    parts = (band.first_try, band.after_retry, band.assisted, band.detected, band.escaped)
    assert sum(parts) == band.n
    assert (band.recoveries, band.retries, band.step_ins) == (2, 2, 1)


def test_the_cost_is_the_stations_time_with_the_persons() -> None:
    aligned = run({"misalignment": 0.0}, Made(kinds=["good"] * 10))
    crooked = run({"misalignment": 4.0}, Made(kinds=["good"] * 5 + ["assisted"] * 5))
    band = bands([aligned, crooked], seed=1)[1]
    cost = (5 * GOOD_S + 5 * (BAD_S + HELP_S)) / 10 - GOOD_S
    assert band.cost_s.value == pytest.approx(cost)
    assert band.cost_s.low is not None
    assert band.cost_s.high is not None
    assert band.cost_s.low < cost < band.cost_s.high
    few = bands([aligned, run({"misalignment": 4.0}, Made(kinds=["good"] * 3))], seed=1)[1]
    assert (few.cost_s.value, few.cost_s.low) == (0.0, None)


def test_signals_that_differ_in_their_numbers_are_one() -> None:
    crooked = run({"misalignment": 4.0}, Made(kinds=KINDS))
    (band,) = bands([crooked], seed=1)
    first, second = band.detections
    assert (first.mode, first.count, first.recovered) == ("jam", 4, 2)
    assert first.signal == "lag 3.6 mm"
    assert first.after_s.value == 5.0
    assert (second.escaped, second.count, second.mode) == (True, 1, "not_seated")


def test_a_part_that_nobody_inspected_is_unknown() -> None:
    (band,) = bands([run({"misalignment": 1.0}, Made(kinds=["good", "blind"]))], seed=1)
    assert (band.good, band.unknown, band.low) == (1, 1, None)
