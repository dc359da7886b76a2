"""An arm in a person's hand: it follows, within the guard's limits, and stands when he falls
silent."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.runtime.test_executor import Watcher, cell

from ontakt.contract import SIDES, Side, StopCategory
from ontakt.contract.request import JOG_S, Jog

HZ = 30
NUMBER = st.floats(-10.0, 10.0)
JOGS = st.builds(
    Jog,
    side=st.sampled_from(SIDES),
    velocity=st.tuples(NUMBER, NUMBER, NUMBER),
    turning=st.tuples(NUMBER, NUMBER, NUMBER),
    opening=NUMBER,
)


def told(watcher: Watcher, side: Side) -> np.ndarray:
    """What the arm was told, tick by tick: (ticks, 8)."""
    start = 8 * SIDES.index(side)
    return np.array([command.target[start : start + 8] for *_, command, _ in watcher.seen])


def test_a_jog_moves_one_tool_the_way_it_says_at_reduced_speed() -> None:
    watcher = Watcher()
    executor, station, _ = cell(observers=(watcher,))
    most = station.limits.of("left", "reduced").speed
    for _ in range(90):
        executor.jog(Jog(side="left", velocity=(0.0, 0.0, 5.0)))
        executor.step()
    path = told(watcher, "left")[:, :3]
    steps = np.diff(path, axis=0)
    assert np.abs(steps[:, :2]).max() == 0.0
    assert 0.0 < np.linalg.norm(steps, axis=1).max() <= most / HZ * (1 + 1e-9)
    assert np.ptp(told(watcher, "right"), axis=0).max() == 0.0
    assert watcher.seen[30][-1].drives == {"left": "person", "right": "hold"}


def test_a_turn_turns_about_the_stations_axes() -> None:
    watcher = Watcher()
    executor, _, _ = cell(observers=(watcher,))
    for _ in range(10):
        executor.jog(Jog(side="left", turning=(0.0, 0.0, 0.1)))
        executor.step()
    first, last = told(watcher, "left")[[0, -1], 3:7]
    half = math.acos(min(1.0, abs(float(first @ last))))
    assert 2 * half == pytest.approx(0.1 * 9 / HZ, rel=1e-6)


def test_silence_stands_within_200_ms() -> None:
    watcher = Watcher()
    executor, _, _ = cell(observers=(watcher,))
    for _ in range(30):
        executor.jog(Jog(side="left", velocity=(0.05, 0.0, 0.0)))
        executor.step()
    for _ in range(30):
        executor.step()
    steps = np.abs(np.diff(told(watcher, "left")[:, 0]))
    last = int(np.flatnonzero(steps > 0)[-1]) + 1  # the tick of the last motion
    assert (last - 29) / HZ <= JOG_S + 1 / HZ < 0.2
    assert watcher.seen[-1][-1].drives["left"] == "hold"


def test_a_jog_takes_nothing_from_the_policy_and_starts_nothing_that_is_stopped() -> None:
    watcher = Watcher()
    executor, _, _ = cell(observers=(watcher,))
    executor.work(SIDES)
    executor.step()
    executor.jog(Jog(side="left", velocity=(0.1, 0.0, 0.0)))
    assert executor.step().drives["left"] == "policy"
    executor.stop(StopCategory.CONTROLLED)
    for _ in range(60):
        executor.jog(Jog(side="left", velocity=(0.1, 0.0, 0.0)))
        executor.step()
    assert np.ptp(told(watcher, "left")[-30:], axis=0).max() == 0.0


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(st.none(), JOGS), min_size=1, max_size=60))
def test_no_stream_of_jogs_leads_out_of_the_limits(stream: list[Jog | None]) -> None:
    """Any jogs, or none, tick by tick: workspace, speed, turning, opening and its rate hold."""
    watcher = Watcher()
    executor, station, _ = cell(observers=(watcher,))
    for jog in stream:
        if jog is not None:
            executor.jog(jog)
        executor.step()
    limits, slack = station.limits, 1 + 1e-6
    for side in SIDES:
        own = limits.of(side, "reduced")
        rows = told(watcher, side)
        low, high = (np.array(corner) for corner in limits.workspace[side])
        assert (rows[:, :3] >= low - 1e-9).all()
        assert (rows[:, :3] <= high + 1e-9).all()
        assert (rows[:, 7] >= limits.opening[0] - 1e-9).all()
        assert (rows[:, 7] <= limits.opening[1] + 1e-9).all()
        steps = np.diff(rows, axis=0)
        assert np.linalg.norm(steps[:, :3], axis=1).max(initial=0.0) <= own.speed / HZ * slack
        assert np.abs(steps[:, 7]).max(initial=0.0) <= own.opening_speed / HZ * slack
        chord = np.minimum(
            np.linalg.norm(rows[1:, 3:7] - rows[:-1, 3:7], axis=1),
            np.linalg.norm(rows[1:, 3:7] + rows[:-1, 3:7], axis=1),
        )
        turned = 4 * np.arcsin(chord / 2)
        assert turned.max(initial=0.0) <= own.turn_speed / HZ * slack
