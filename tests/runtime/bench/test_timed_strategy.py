"""A stopwatch changes nothing."""

import numpy as np

from ontakt.contract import SIDES
from ontakt.runtime import Executor, VirtualClock
from ontakt.runtime.bench.timed_strategy import TimedStrategy
from ontakt.runtime.fake import FakePolicy, FakeStation
from ontakt.runtime.strategies import Lerp, Strategy


def _commands(strategy: Strategy) -> np.ndarray:
    station = FakeStation()
    policy = FakePolicy(station, horizon=30)
    executor = Executor(station, policy, VirtualClock(30, 0), seed=0, strategy=strategy)
    executor.work(SIDES)
    for _ in range(60):
        executor.step()
    return np.stack([command.target for command in station.commands])


def test_the_robot_is_told_the_same_and_every_part_is_timed() -> None:
    timed = TimedStrategy(Lerp())
    np.testing.assert_array_equal(_commands(timed), _commands(Lerp()))
    assert timed.name == "lerp"
    assert len(timed.questions) >= 3
    assert len(timed.questions) - 1 <= len(timed.landings) <= len(timed.questions)
    assert all(took > 0 for took in (*timed.questions, *timed.landings))
