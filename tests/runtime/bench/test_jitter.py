"""Figures by hand, and one short run of everything."""

import pytest

from ontakt.runtime.bench.jitter import jitter, punctuality
from ontakt.runtime.bench.loops import Block


def test_the_figures_of_two_blocks_by_hand() -> None:
    """At 10 Hz: a block on the grid but for one tick that is 4 ms late, and one that falls behind
    by 10 ms a tick."""
    on_grid = Block([0.0, 0.1, 0.204, 0.3], [0.0, 0.0, 0.004, 0.0], answers=3)
    drifting = Block([50.0, 50.11, 50.22, 50.33], [0.01] * 4, answers=1, failures=2, late=1)
    found = punctuality("x", [on_grid, drifting], 10)
    assert (found.name, found.ticks, found.over) == ("x", 8, 5)
    assert (found.late, found.failures) == (1, 2)
    assert found.lateness.max == pytest.approx(10.0)
    assert found.lateness.p50 == pytest.approx(7.0)
    assert found.grid.max == pytest.approx(30.0)
    assert found.period.max == pytest.approx(10.0)
    assert found.period.p50 == pytest.approx((4.0 + 10.0) / 2)
    assert found.behind == pytest.approx(60 * 30.0 / 0.6)
    assert found.answers == pytest.approx(4 / 0.8)


@pytest.mark.slow
def test_all_loops_run_in_turn_and_the_policy_thinks_in_each() -> None:
    told: list[str] = []
    found = jitter(1.0, 0.02, lambda what, *_: told.append(what), block_s=0.5)
    names = ["ours", "plain", "ours, in a thread"]
    assert told == names * 2
    assert [loop.name for loop in found.loops] == names
    assert found.hz == 30
    assert found.think_ms == pytest.approx(20.0)
    assert found.seconds == pytest.approx(1.0)
    assert found.block_seconds == pytest.approx(0.5)
    for loop in found.loops:
        assert loop.ticks == 30
        assert loop.answers > 0
        assert loop.failures == 0
        assert loop.lateness.p50 <= loop.lateness.p99 <= loop.lateness.max
    ours, plain, _ = found.loops
    assert found.ratio == pytest.approx(plain.lateness.p99 / ours.lateness.p99)
