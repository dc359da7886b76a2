"""Time left, by hand."""

import pytest

from ontakt.cli.fleet.time_left import TimeLeft


def test_nothing_is_known_before_a_shift_has_ended() -> None:
    assert TimeLeft().seconds(100, [(10, 5.0)], 2) is None


def test_what_waits_and_what_is_under_way_is_shared_by_the_jobs() -> None:
    left = TimeLeft()
    left.learn(10, 100.0)
    left.learn(20, 200.0)  # 10 s a cycle
    assert left.seconds(0, [], 2) == 0
    assert left.seconds(40, [], 2) == pytest.approx(200)
    assert left.seconds(40, [(10, 20.0), (10, 60.0)], 2) == pytest.approx((400 + 80 + 40) / 2)
    assert left.seconds(0, [(10, 20.0)], 8) == pytest.approx(80), "it cannot be shared itself"
    assert left.seconds(0, [(10, 900.0)], 1) == 0, "overdue"
