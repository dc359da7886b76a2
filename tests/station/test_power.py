"""Drives without power: no command moves an arm, and power comes back where the arms are."""

from collections.abc import Iterator

import numpy as np
import pytest
from tests.station.nut_bench import Bench, bench, shifted
from tests.station.test_toy import Hand, above, command, toy

from ontakt.contract import SIDES, Array
from ontakt.runtime.standstill import SPEED

HZ = 30


@pytest.fixture
def b() -> Iterator[Bench]:
    made = bench()
    made.present(0)
    yield made
    made.station.power(True)


def places(b: Bench) -> Array:
    return np.concatenate([b.tcp(side) for side in SIDES])


def start_moving(b: Bench) -> None:
    """Ten ticks at 0.25 m/s towards the parts: the arms are in full motion."""
    for _ in range(10):
        for side in SIDES:
            b.space.position(b.target, side)[:] += [0.25 / HZ, 0.0, 0.0]
        b.wait(1)


def test_no_command_moves_a_simulated_arm_without_power(b: Bench) -> None:
    start_moving(b)
    moving = places(b)
    b.wait(1)
    assert np.abs(places(b) - moving).max() > 10 * SPEED / HZ
    b.station.power(False)
    cut = places(b)
    b.wait(15)  # the shorted windings brake
    coasted = places(b)
    assert np.abs(coasted - cut).max() < 0.01
    for side in SIDES:
        b.space.position(b.target, side)[:] += [0.0, 0.0, 0.05]
    for _ in range(30):
        before = places(b)
        b.wait(1)
        assert np.abs(places(b) - before).max() < SPEED / HZ
    assert np.abs(places(b) - coasted).max() < 0.002


def test_power_comes_back_where_the_arms_are(b: Bench) -> None:
    start_moving(b)
    b.station.power(False)
    b.wait(30)
    floating = places(b)
    b.station.power(True)
    arms = b.station.observe(0, 0).arms
    for side in SIDES:  # a guard starts from here
        np.testing.assert_allclose(arms[side].target, arms[side].position, atol=1e-3)
        k = b.space.start(side)
        b.target[k : k + 3], b.target[k + 3 : k + 7] = arms[side].position, arms[side].quaternion
    b.wait(30)
    np.testing.assert_allclose(places(b), floating, atol=0.003)
    home = b.station.spec.home
    b.move({s: b.space.position(home, s).copy() for s in SIDES}, settle=30)
    for side in SIDES:
        np.testing.assert_allclose(b.tcp(side), b.space.position(home, side), atol=0.002)


def test_a_held_nut_is_not_let_go_without_power(b: Bench) -> None:
    b.pick()
    b.station.power(False)
    b.wait(60)
    for side in SIDES:
        assert np.linalg.norm(b.held(side) - b.tcp(side)) < 0.012
    b.station.power(True)


def test_the_same_power_twice_changes_nothing(b: Bench) -> None:
    data = b.station._data
    b.wait(5)
    before = data.ctrl.copy()
    b.station.power(True)
    np.testing.assert_array_equal(data.ctrl, before)
    b.station.power(False)
    b.station.power(False)
    b.station.power(True)
    b.move({"left": shifted(b.tcp("left"), z=0.02)}, settle=20)
    assert b.tcp("left")[2] > b.station.spec.home[2] + 0.018


def test_a_toy_without_power_is_a_still_life() -> None:
    station = toy()
    hand = Hand(station)
    for side in SIDES:
        station.feed(side)
    nuts = {s: above(np.array(station.spec.places[f"{s}_nut"]), 0.006) for s in SIDES}
    hand.go(nuts, 0.028)
    hand.go(nuts, 0.0)  # holds a nut
    station.power(False)
    before = station.observe(0, 0).arms
    hand.go({s: above(nuts[s], 0.05) for s in SIDES}, 0.028)
    after = station.observe(0, 0).arms
    for side in SIDES:
        np.testing.assert_array_equal(after[side].position, before[side].position)
        assert after[side].opening == before[side].opening
        assert after[side].grip_force == before[side].grip_force > 0
        np.testing.assert_array_equal(after[side].target, after[side].position)
    station.power(True)
    station.apply(command(0, hand.target))
    assert station.observe(0, 0).arms["left"].position[2] > after["left"].position[2] + 0.02
