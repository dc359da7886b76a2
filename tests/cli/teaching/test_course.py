"""What chance decides of an episode: by the shares that are stated, and by seed and number only."""

from collections import Counter
from collections.abc import Callable

import pytest

from ontakt.cli.teaching.course import (
    AGAIN,
    CUT,
    CUT_S,
    EXECUTE,
    JOBS,
    LATENCIES_MS,
    MIX,
    ONE_SIDE,
    Assignment,
    Course,
)
from ontakt.contract import BadValue, UnknownName
from ontakt.contract.job import WORDINGS
from ontakt.station.registry import find_station

FILE = find_station("nut-loading")
DRAWN = [Assignment.draw(7, number) for number in range(4000)]


@pytest.mark.parametrize(
    ("of", "shares"),
    [
        (lambda a: a.level, MIX),
        (lambda a: a.job, JOBS),
        (lambda a: a.latency_ms, LATENCIES_MS),
        (lambda a: a.execute, EXECUTE),
    ],
)
def test_each_is_as_common_as_is_said(
    of: Callable[[Assignment], object], shares: dict[object, float]
) -> None:
    assert sum(shares.values()) == pytest.approx(1.0)
    found = Counter(of(assignment) for assignment in DRAWN)
    assert found.keys() == shares.keys()
    for what, share in shares.items():
        assert found[what] / len(DRAWN) == pytest.approx(share, abs=0.03)


def test_every_wording_that_models_learn_from_occurs_with_its_job() -> None:
    for job, wordings in WORDINGS.items():
        assert {a.instruction for a in DRAWN if a.job == job} == set(wordings)


def test_second_attempts_are_as_common_as_is_said_and_of_the_same_part() -> None:
    loading = [a for a in DRAWN if a.job]
    again = [a for a in loading if a.again is not None]
    assert len(again) / len(loading) == pytest.approx(AGAIN, abs=0.03)
    assert all(a.again is None and a.cut_s is None for a in DRAWN if not a.job)
    assert all(a.again and set(a.again) <= set(a.job) for a in again)
    both = [a.again for a in again if len(a.job) == 2]
    assert sum(len(job or ()) == 1 for job in both) / len(both) == pytest.approx(ONE_SIDE, abs=0.03)
    assert all(a.again_instruction in WORDINGS[a.again or ()] for a in again)
    cuts = [a.cut_s for a in DRAWN if a.cut_s is not None]
    assert all(a.again is not None for a in DRAWN if a.cut_s is not None)
    assert len(cuts) / len(again) == pytest.approx(CUT, abs=0.03)
    assert CUT_S[0] <= min(cuts) < CUT_S[0] + 0.1
    assert CUT_S[1] - 0.1 < max(cuts) <= CUT_S[1]


def test_it_depends_on_seed_and_number_only() -> None:
    assert Assignment.draw(7, 5) == DRAWN[5]
    assert [Assignment.draw(8, n) for n in range(20)] != DRAWN[:20]


def test_mixed_stands_for_the_drawn_level_and_words_after_it_override() -> None:
    course = Course(station="nut-loading", variation=("mixed", "clutter=2"))
    harsh, nominal = (course.variation_at(level, FILE) for level in ("harsh", "nominal"))
    assert harsh.settings["clutter"] == nominal.settings["clutter"]
    assert harsh.settings["wear"] == FILE.levels["harsh"].settings["wear"]
    assert nominal.settings["wear"] == FILE.levels["nominal"].settings["wear"]
    plain = Course(station="nut-loading", variation=("plant",))
    assert plain.variation_at("harsh", FILE) == FILE.levels["plant"]


@pytest.mark.parametrize(
    ("course", "error", "message"),
    [
        (Course(station="x", variation=("rough",)), UnknownName, "Unknown variation 'rough'"),
        (Course(station="x", variation=("wear=2",)), BadValue, "wear"),
        (Course(station="x", seed=-1), BadValue, "--seed is -1"),
        (Course(station="x", share=1.2), BadValue, "--share is 1.2"),
    ],
)
def test_a_course_that_cannot_be_worked_is_refused(
    course: Course, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        course.check(FILE)
