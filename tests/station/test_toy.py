"""The toy's laws: nuts are picked, seated, jammed and dropped by geometry alone."""

from collections.abc import Mapping

import numpy as np
import pytest

from ontakt.contract import SIDES, Array, Command, Side
from ontakt.station.registry import find_station
from ontakt.station.toy import ToyStation
from ontakt.station.variation import parse_variation

OPEN, SHUT = 0.028, 0.0


def toy(*words: str, seed: int = 1) -> ToyStation:
    file = find_station("toy")
    station = file.build(parse_variation(words, file.levels), seed)
    assert isinstance(station, ToyStation)
    return station


class Hand:
    """Drives the toy's arms straight to points, both sides alike."""

    def __init__(self, station: ToyStation) -> None:
        self.station, self.tick = station, 0
        self.target = np.array(station.spec.home)

    def go(self, places: Mapping[Side, Array], opening: float, ticks: int = 40) -> None:
        space = self.station.spec.action_space
        for side, place in places.items():
            space.position(self.target, side)[:] = place
            self.target[space.start(side) + 7] = opening
        for _ in range(ticks):
            self.station.apply(command(self.tick, self.target))
            self.tick += 1


def command(tick: int, target: Array) -> Command:
    # A test of a body may speak to it directly; in the product only the guard does.
    make = Command
    return make(tick=tick, target=target.copy(), grip_force=20.0)


def above(place: Array, height: float) -> Array:
    return np.asarray([place[0], place[1], place[2] + height])


def load(station: ToyStation, miss: float = 0.0) -> Hand:
    """Pick both nuts by their true place and put them down `miss` [m] beside the true pin."""
    hand = Hand(station)
    nuts = {s: station.spec.places[f"{s}_nut"] for s in SIDES}
    pins = {s: station._arms[s].pin + np.array([miss, 0.0, 0.0]) for s in SIDES}
    hand.go({s: above(np.array(p), 0.006) for s, p in nuts.items()}, OPEN)
    hand.go({s: above(np.array(p), 0.006) for s, p in nuts.items()}, SHUT)
    hand.go({s: above(np.array(p), 0.060) for s, p in nuts.items()}, SHUT)
    hand.go({s: above(p, 0.060) for s, p in pins.items()}, SHUT)
    hand.go({s: above(p, 0.006) for s, p in pins.items()}, SHUT)
    hand.go({s: above(p, 0.006) for s, p in pins.items()}, OPEN)
    hand.go({s: above(p, 0.060) for s, p in pins.items()}, OPEN)
    return hand


def begin(*words: str, cycle: int = 0) -> ToyStation:
    station = toy(*words)
    station.present(cycle)
    for side in SIDES:
        assert station.feed(side) is not None
    return station


def test_a_nut_put_over_its_pin_is_seated_and_inspected_as_good() -> None:
    station = begin()
    load(station)
    for side, found in station.inspect().items():
        assert found.ok, side
        assert found.offset <= 0.0007 + 1e-9
        assert found.height == pytest.approx(0.0, abs=1e-9)


def test_a_nut_put_beside_its_pin_is_not() -> None:
    station = begin()
    load(station, miss=0.004)
    for found in station.inspect().values():
        assert not found.ok
        assert found.tilt > 0.0


def test_an_arm_that_carries_nothing_feels_nothing() -> None:
    station = toy()
    station.present(0)
    hand = Hand(station)
    hand.go({s: above(np.array(station.spec.places[f"{s}_nut"]), 0.006) for s in SIDES}, SHUT)
    for arm in station.observe(0, 0).arms.values():
        assert arm.grip_force == 0.0
        assert arm.opening == pytest.approx(0.0)


def test_a_held_nut_shows_as_opening_and_force() -> None:
    station = begin()
    hand = Hand(station)
    places = {s: above(np.array(station.spec.places[f"{s}_nut"]), 0.006) for s in SIDES}
    hand.go(places, OPEN)
    hand.go(places, SHUT)
    for arm in station.observe(0, 0).arms.values():
        assert 0.017 <= arm.opening <= 0.018
        assert arm.grip_force > 5.0


def test_the_magazine_counts_down_and_runs_dry() -> None:
    station = toy()
    station.present(0)
    first = station.feed("left")
    assert first == 399
    assert station.feed("left") == first, "a nut waits there already"
    station._left["right"] = 0
    assert station.feed("right") is None
    station.assist("refill")
    assert station.feed("right") == 399


def test_a_person_finishes_the_part() -> None:
    station = begin()
    assert not any(found.ok for found in station.inspect().values())
    station.assist("finish")
    assert all(found.ok for found in station.inspect().values())


def test_misalignment_moves_the_pin_by_as_much() -> None:
    station = begin("misalignment=2mm")
    for side in SIDES:
        nominal = station.spec.places[f"{side}_pin"]
        assert abs(station._arms[side].pin[0] - nominal[0]) == pytest.approx(0.002)
        sight = station.observe(0, 0).sights[f"{side}_pin"]
        assert abs(sight.position[0] - station._arms[side].pin[0]) < 5 * sight.sigma


def test_worn_pads_lose_the_nut_under_a_push_that_fresh_ones_bear() -> None:
    held = {}
    for words in ("wear=0", "wear=1"):
        station = begin(words)
        hand = Hand(station)
        nuts = {s: np.array(station.spec.places[f"{s}_nut"]) for s in SIDES}
        tops = {s: station._arms[s].pin + np.array([0.004, 0.0, 0.014]) for s in SIDES}
        hand.go({s: above(p, 0.006) for s, p in nuts.items()}, OPEN)
        hand.go({s: above(p, 0.006) for s, p in nuts.items()}, SHUT)
        hand.go({s: above(p, 0.060) for s, p in tops.items()}, SHUT)
        hand.go({s: above(p, 0.006 - 0.005) for s, p in tops.items()}, SHUT)
        held[words] = [arm.grip_force > 0 for arm in station.observe(0, 0).arms.values()]
    assert held == {"wear=0": [True, True], "wear=1": [False, False]}


def test_a_tight_bore_refuses_what_a_loose_one_takes() -> None:
    loose, tight = begin("tolerance=1mm"), begin("tolerance=0.2mm")
    load(loose, miss=0.0018)
    load(tight, miss=0.0018)
    assert all(found.ok for found in loose.inspect().values())
    assert not any(found.ok for found in tight.inspect().values())


def test_the_same_commands_give_the_same_end() -> None:
    ends = []
    for _ in range(2):
        station = begin("harsh", cycle=5)
        load(station, miss=0.001)
        station.picture("front", 64, 64)
        ends.append(station.inspect())
    assert ends[0] == ends[1]


def test_a_picture_shows_the_nut_where_it_is() -> None:
    station = toy()
    station.present(0)
    empty = station.picture("front", 96, 96)
    for side in SIDES:
        station.feed(side)
    assert empty.shape == (96, 96, 3)
    assert np.any(station.picture("front", 96, 96) != empty)
