"""What a block tells of its ticks; the times themselves are nobody's promise here."""

from itertools import pairwise

import pytest

from ontakt.runtime.bench.loops import Block, our_loop, plain_loop
from ontakt.runtime.bench.serving import VIEWS, policy_of, station_of

HZ, TICKS = 100, 40


def _laws(block: Block) -> None:
    assert len(block.begun) == len(block.lateness) == TICKS
    assert all(late >= 0 for late in block.lateness)
    assert block.begun == sorted(block.begun)
    assert block.begun[-1] - block.begun[0] > 0.5 * (TICKS - 1) / HZ
    assert 1 <= block.answers <= TICKS
    assert block.failures == 0


def test_our_loop_keeps_its_deadlines_on_one_grid() -> None:
    """Begin minus lateness is the deadline: deadlines lie a period apart, unless work overran."""
    station = station_of(8, 6, HZ)
    policy = policy_of(station, 0.0)
    block = our_loop(station, policy, TICKS)
    _laws(block)
    deadlines = [begun - late for begun, late in zip(block.begun, block.lateness, strict=True)]
    steps = [b - a for a, b in pairwise(deadlines)]
    off = [step for step in steps if step != pytest.approx(1 / HZ, abs=1e-3)]
    assert len(off) <= 2 * block.late + 2  # preempted between waking and looking at the clock
    assert set(policy.seen[0].images) == set(VIEWS)
    assert len(station.commands) >= TICKS


def test_the_plain_loop_measures_from_the_tick_before() -> None:
    station = station_of(8, 6, HZ)
    policy = policy_of(station, 0.0)
    block = plain_loop(station, policy, TICKS)
    _laws(block)
    for before, begun, late in zip(block.begun, block.begun[1:], block.lateness[1:], strict=False):
        assert late == pytest.approx(max(0.0, begun - before - 1 / HZ), abs=1e-7)
    assert policy.seen[0].job == ("left", "right")
    first, last = station.commands[0].target, station.commands[-1].target
    assert abs(last - first).max() > 0.01  # it plays what the policy answers
