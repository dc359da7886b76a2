"""Seams and jerk, against numbers that can be had by hand."""

import numpy as np
import pytest

from ontakt.contract import ActionSpace, Command
from ontakt.runtime import ActionTimeline, Wanted
from ontakt.runtime.smoothness import Smoothness

SPACE = ActionSpace()


def row(x: float) -> Wanted:
    return Wanted(np.array([x, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.03]), 0)


def seam(old: list[float], new: list[float], over: int = 1) -> tuple[list[float], list[float]]:
    """The jumps and the steps where `new` takes over from `old`, on the left side."""
    timeline, smooth = ActionTimeline(SPACE), Smoothness(SPACE)
    timeline.lay("left", [row(x) for x in old], now=0, begun=0)
    timeline.lay("left", [row(x) for x in new], now=0, begun=0, over=over)
    for tick in range(max(len(old), len(new))):
        played = timeline.play("left", tick)
        if played is not None:
            smooth.played("left", tick, played, timeline)
    return smooth.jumps_m, smooth.steps_m


def test_a_hard_switch_shows_its_whole_step() -> None:
    line = [0.01 * i for i in range(10)]
    jumps, steps = seam(line, [x + 0.03 for x in line])
    assert jumps == steps == pytest.approx([0.03])


def test_plans_that_part_gradually_do_not_jump() -> None:
    line = [0.01 * i for i in range(10)]
    parting = [x + 0.001 * i for i, x in enumerate(line)]
    assert seam(line, parting) == ([0.0], [0.0])
    assert seam(line, parting, over=5)[1] == pytest.approx([0.001])


def test_a_cross_fade_shows_what_it_adds_on_one_tick() -> None:
    faded = [0.03 * min(1.0, k / 5) for k in range(10)]
    jumps, steps = seam([0.0] * 10, faded, over=5)
    assert jumps == [0.0]
    assert steps == pytest.approx([0.006])


def test_what_comes_after_the_takeover_is_no_seam() -> None:
    late = [0.0] * 5 + [1.0] * 3
    assert seam([0.0] * len(late), late, over=5) == ([0.0], [0.0])


def test_without_an_old_plan_there_is_no_seam() -> None:
    assert seam([], [0.1, 0.2]) == ([], [])


def command(tick: int, x: float) -> Command:
    target = np.zeros(SPACE.width)
    target[0] = x
    return Command(tick, target, 10.0)


def test_jerk_is_the_third_difference() -> None:
    smooth, dt = Smoothness(SPACE), 1 / SPACE.control_hz
    for tick in range(8):
        smooth.told(command(tick, 2.0 * (tick * dt) ** 3), ("left",))
    np.testing.assert_allclose(smooth.jerks, [12.0] * 5)  # (2 t^3)''' = 12


def test_jerk_needs_four_ticks_in_a_row() -> None:
    smooth = Smoothness(SPACE)
    for tick in range(12):
        smooth.told(command(tick, float(tick % 2)), () if tick % 4 == 3 else ("left",))
    assert smooth.jerks.size == 0
    smooth.clear()
    assert smooth.jumps_m == []
