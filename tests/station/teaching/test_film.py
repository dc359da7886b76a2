"""A film keeps what was seen and told, and changes nothing."""

import numpy as np
import pytest

from ontakt.contract import SIDES, BadValue, CameraSpec, SetupError
from ontakt.runtime.clock import VirtualClock
from ontakt.runtime.executor import Executor
from ontakt.runtime.fake import FakePolicy, FakeStation
from ontakt.station.teaching.film import Film

CAMERAS = (CameraSpec("head", 8, 6, 1.0), CameraSpec("wrist", 4, 4, 1.0))


def work(film: Film | FakeStation, station: FakeStation, cameras: tuple[str, ...] = ()) -> None:
    """Twenty ticks of a real executor with the station behind `film`."""
    policy = FakePolicy(station, horizon=4, cameras=cameras)
    cell = Executor(film, policy, VirtualClock(30, 0), seed=1)
    cell.present(0)
    cell.work(SIDES)
    for _ in range(20):
        cell.step()
    cell.close()


def test_every_command_is_told_and_every_nth_tick_has_images() -> None:
    station = FakeStation(cameras=CAMERAS)
    film = Film(station, ("head",), 3)
    work(film, station)
    assert list(film.seen) == list(film.told) == list(range(20))
    assert all(np.array_equal(film.told[c.tick], c.target) for c in station.commands)
    for tick, seen in film.seen.items():
        assert seen.tick == tick
        assert tuple(seen.images) == (("head",) if tick % 3 == 0 else ())
        if tick % 3 == 0:
            assert (seen.images["head"] == tick).all()


def test_the_station_is_commanded_as_without_a_film() -> None:
    plain, filmed = FakeStation(cameras=CAMERAS), FakeStation(cameras=CAMERAS)
    work(plain, plain, ("wrist",))
    film = Film(filmed, ("head",), 3)
    work(film, filmed, ("wrist",))
    assert [c.tick for c in plain.commands] == [c.tick for c in filmed.commands]
    for one, other in zip(plain.commands, filmed.commands, strict=True):
        assert np.array_equal(one.target, other.target)


def test_a_policy_gets_its_images_and_the_film_keeps_only_its_own() -> None:
    station = FakeStation(cameras=CAMERAS)
    film = Film(station, ("head",), 3)
    assert tuple(film.observe(3, 0, ("wrist",)).images) == ("head", "wrist")
    assert tuple(film.observe(4, 0, ("wrist",)).images) == ("wrist",)
    assert {tick: tuple(seen.images) for tick, seen in film.seen.items()} == {3: ("head",), 4: ()}


def test_all_else_is_the_station_itself() -> None:
    station = FakeStation(nuts=2)
    film = Film(station, ("head",), 1)
    assert film.spec is station.spec
    assert film.limits is station.limits
    assert film.present(3) == {}
    assert [film.feed("left") for _ in range(3)] == [1, 0, None]
    film.stock({"left": 5})
    assert film.feed("left") == 4
    film.power(False)
    assert not station.powered
    film.assist("clear")
    assert film.inspect().keys() == set(SIDES)
    assert film.picture("overview", 4, 2).shape == (2, 4, 3)
    film.close()


def test_what_comes_after_can_be_cut_off() -> None:
    station = FakeStation()
    film = Film(station, ("head",), 3)
    work(film, station)
    film.cut(7)
    assert list(film.seen) == list(film.told) == list(range(7))
    film.clear()
    assert not film.seen
    assert not film.told


def test_without_cameras_or_time_there_is_no_film() -> None:
    with pytest.raises(SetupError, match="Station 'fake' has no cameras"):
        Film(FakeStation(), (), 3)
    with pytest.raises(BadValue, match="ticks between two images is 0"):
        Film(FakeStation(), ("head",), 0)
