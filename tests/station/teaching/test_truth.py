"""Told true places are the true places, as near as numbers go."""

from typing import Any

import numpy as np
import pytest
from tests.station.teaching.toy_lessons import toy

from ontakt.contract import SIDES, SetupError, Station
from ontakt.runtime.fake import FakeStation
from ontakt.station.registry import find_station
from ontakt.station.teaching.truth import tell_truth
from ontakt.station.variation import parse_variation


def built(name: str, *words: str) -> Any:
    file = find_station(name)
    return file.build(parse_variation(words, file.levels), 3)


def fetched(station: Station) -> Station:
    station.present(0)
    for side in SIDES:
        station.feed(side)
    return station


def test_the_simulated_station_tells_it_exactly_however_far_off() -> None:
    station = built("nut-loading", "harsh", "misalignment=10mm")
    fetched(station)
    assert "left_pin" not in station.observe(0, 0).sights, "an estimate has its window"
    tell_truth(station)
    seen, true = station.observe(0, 0).sights, station._cell.seen()
    station.close()
    assert seen.keys() == true.keys() == {f"{s}_{what}" for s in SIDES for what in ("nut", "pin")}
    for name, sight in seen.items():
        assert np.array_equal(sight.position[:2], true[name][:2])
        assert sight.position[2] == pytest.approx(true[name][2], abs=2e-3)
        assert sight.sigma == 0.0


def test_the_toy_tells_it_too() -> None:
    station: Any = fetched(toy("misalignment=5mm"))
    tell_truth(station)
    for side in SIDES:
        seen = station.observe(0, 0).sights[f"{side}_pin"]
        assert np.array_equal(seen.position, station._arms[side].pin)


def test_a_station_that_does_not_know_is_refused() -> None:
    with pytest.raises(SetupError, match="'fake' does not know the true places"):
        tell_truth(FakeStation())
