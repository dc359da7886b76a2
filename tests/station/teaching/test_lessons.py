"""Lessons: every moment with images whose commands are known, and nothing else."""

from collections.abc import Sequence

import numpy as np
import pytest
from tests.station.teaching.toy_lessons import HORIZON, SPACE, SPEC, teacher, toy

from ontakt.contract import SIDES, Array, Lesson
from ontakt.station.teaching.coach import Said
from ontakt.station.teaching.film import Film
from ontakt.station.teaching.lessons import lessons_of

LONGEST = 8
ASKED = (Said(0, "Load both nuts.", SIDES, "teacher"),)


def row(tick: int) -> Array:
    """What is told on `tick`: every arm moves 1 mm a tick."""
    target = np.array(SPEC.home)
    for side in SIDES:
        target[SPACE.start(side)] += 0.001 * tick
    return target


def filmed(ticks: int = 30, every: int = 3) -> Film:
    station = toy()
    station.present(0)
    film = Film(station, ("front",), every)
    for tick in range(ticks):
        film.observe(tick, 0)
        film.told[tick] = row(tick)
    return film


def taught(film: Film, said: Sequence[Said] = ASKED, seed: int = 0) -> dict[int, Lesson]:
    lessons = lessons_of(film, said, teacher(), LONGEST, np.random.default_rng(seed))
    ticks = [lesson.observation.tick for lesson in lessons]
    assert ticks == sorted(ticks)
    return dict(zip(ticks, lessons, strict=True))


def test_there_is_one_at_every_moment_with_images_and_two_commands_before() -> None:
    assert list(taught(filmed())) == list(range(3, 30, 3))
    assert min(taught(filmed(every=1))) == 2


def test_both_answers_are_the_teachers_and_the_committed_rows_were_really_told() -> None:
    film = filmed()
    for tick, lesson in taught(film).items():
        n = lesson.committed
        assert np.array_equal(lesson.command, row(tick))
        assert np.array_equal(lesson.behind[:n], [row(tick + k) for k in range(n)])
        seen, before = lesson.observation, row(tick - 2)
        assert np.array_equal(lesson.free, teacher().answer(seen, before, ()))
        told = [row(tick + k) for k in range(n)]
        assert np.array_equal(lesson.behind, teacher().answer(seen, before, told))
        assert lesson.free.shape == lesson.behind.shape == (HORIZON, SPACE.width)
        assert seen.images.keys() == {"front"}
        assert (seen.instruction, seen.job) == ("Load both nuts.", SIDES)
        assert lesson.places.keys() == seen.sights.keys()


def test_every_number_of_committed_rows_is_as_common() -> None:
    film = filmed(400, every=1)
    counts = np.bincount([x.committed for t, x in taught(film).items() if t < 390])
    assert counts[0] == 0
    assert len(counts) == LONGEST + 1
    assert counts[1:] == pytest.approx(388 / LONGEST, rel=0.5)


def test_at_the_end_of_the_film_there_are_fewer() -> None:
    for tick, lesson in taught(filmed(every=1)).items():
        assert 1 <= lesson.committed <= 30 - tick


def test_around_a_command_that_is_not_known_there_is_no_lesson() -> None:
    film = filmed(every=1)
    del film.told[12]
    lessons = taught(film)
    assert set(range(2, 30)) - set(lessons) == {12, 13, 14}
    assert all(tick + x.committed <= 12 for tick, x in lessons.items() if tick < 12)


def test_before_the_first_question_there_is_no_lesson() -> None:
    assert min(taught(filmed(every=1), [Said(10, "Wait.", (), "policy")])) == 10
    assert taught(filmed(), ()) == {}


def test_the_driver_is_whoever_decided_the_command() -> None:
    """An answer decides behind the rows that were committed before."""
    said = [
        Said(0, "Wait.", (), "policy"),
        Said(6, "Wait.", (), "teacher", kept=4),
        Said(14, "Wait.", (), "policy", kept=4),
    ]
    drivers = {tick: x.driver for tick, x in taught(filmed(every=1), said).items()}
    assert {tick for tick, driver in drivers.items() if driver == "teacher"} == set(range(10, 18))
