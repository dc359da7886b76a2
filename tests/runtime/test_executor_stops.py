"""Stops of a whole cell: what moves, what has power, and who starts it again."""

import msgspec
import numpy as np
import pytest

from ontakt.contract import SIDES, Array, StopCategory
from ontakt.contract.limits import ArmOverride
from ontakt.runtime import Executor, VirtualClock, parse_latency
from ontakt.runtime.fake import FakePolicy, FakeStation


def moving(safe_posture: Array | None = None) -> tuple[Executor, FakeStation]:
    """A cell whose arms are on their way."""
    station = FakeStation()
    station.spec = msgspec.structs.replace(station.spec, safe_posture=safe_posture)
    executor = Executor(
        station,
        FakePolicy(station, speed=0.1),
        VirtualClock(30, 0),
        seed=1,
        latency=parse_latency("fixed:0"),
    )
    executor.work(SIDES)
    for _ in range(20):
        executor.step()
    assert not np.array_equal(station.commands[-1].target, station.commands[-2].target)
    return executor, station


def targets(station: FakeStation, since: int) -> Array:
    return np.stack([command.target for command in station.commands[since:]])


@pytest.mark.parametrize("category", StopCategory)
def test_nothing_moves_from_the_next_tick_on(category: StopCategory) -> None:
    executor, station = moving()
    executor.stop(category)
    before = len(station.commands)
    for _ in range(60):
        executor.step()
    assert (np.ptp(targets(station, before - 1), axis=0) == 0).all()
    assert station.powered is (category is StopCategory.STANDING)
    standing = category is StopCategory.STANDING
    assert executor.stop_phase == ("standing" if standing else "unpowered")


@pytest.mark.parametrize("category", StopCategory)
def test_only_a_restart_ends_it(category: StopCategory) -> None:
    executor, station = moving()
    executor.stop(category)
    for _ in range(60):
        executor.step()
    before = len(station.commands)
    executor.work(SIDES)
    executor.home(SIDES)
    for _ in range(30):
        assert set(executor.step().drives.values()) == {"hold"}
    assert (np.ptp(targets(station, before - 1), axis=0) == 0).all()
    executor.restart()
    assert executor.stop_phase == "running"
    assert station.powered
    for _ in range(10):
        executor.step()
    assert (np.ptp(targets(station, before), axis=0) == 0).all()  # a restart moves nothing yet
    executor.home(SIDES)
    for _ in range(200):
        executor.step()
    np.testing.assert_allclose(station.commands[-1].target, station.spec.home)


def test_the_power_goes_at_once_or_when_the_arms_stand() -> None:
    executor, station = moving()
    executor.stop(StopCategory.IMMEDIATE)
    assert not station.powered
    executor, station = moving()
    executor.stop(StopCategory.CONTROLLED)
    assert (station.powered, executor.stop_phase) == (True, "braking")
    executor.rest(60)
    assert (station.powered, executor.stop_phase) == (False, "unpowered")


def test_a_body_that_could_fall_takes_its_posture_first() -> None:
    posture = FakeStation().spec.home.copy()
    posture[[2, 10]] -= 0.1
    executor, station = moving(posture)
    executor.stop(StopCategory.IMMEDIATE)
    assert (station.powered, executor.stop_phase) == (True, "posture")
    for _ in range(200):
        executor.step()
        if executor.stop_phase == "unpowered":
            break
    assert not station.powered
    np.testing.assert_allclose(station.commands[-1].target, posture, atol=0.005)


def test_a_restart_waits_for_the_end_of_the_stop() -> None:
    executor, _ = moving()
    executor.stop(StopCategory.CONTROLLED)
    executor.restart()
    assert executor.stop_phase == "braking"


def test_a_harder_stop_takes_over() -> None:
    executor, station = moving()
    executor.stop(StopCategory.STANDING)
    executor.rest(60)
    executor.stop(StopCategory.IMMEDIATE)
    assert not station.powered
    executor.stop(StopCategory.STANDING)
    assert executor.stop_phase == "unpowered"


def test_the_way_home_is_slow_where_a_person_was() -> None:
    def fastest(helped: bool) -> float:
        executor, station = moving()
        reduced = {"reduced": ArmOverride(speed=0.05), "homing": ArmOverride(speed=0.4)}
        station.limits = msgspec.structs.replace(station.limits, mode=reduced)
        executor = Executor(
            station, FakePolicy(station), VirtualClock(30, 0), seed=1, safe_height=1.15
        )
        if helped:
            executor.hold()
            executor.assist("clear")
        executor.home(SIDES)
        for _ in range(100):
            executor.step()
        steps = np.diff(targets(station, -100)[:, :3], axis=0)
        return float(np.linalg.norm(steps, axis=1).max() * 30)

    assert fastest(helped=True) <= 0.05 + 1e-9
    assert fastest(helped=False) > 0.05
