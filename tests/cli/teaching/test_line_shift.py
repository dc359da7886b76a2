"""A shift taught at the toy: what the line adds to a part worked alone, and nothing left over."""

import msgspec
import pytest
from tests.cli.teaching.test_teach import same

from ontakt.cli.teaching.classroom import build_learner
from ontakt.cli.teaching.course import Assignment, Course
from ontakt.cli.teaching.line_shift import teach_shift
from ontakt.cli.teaching.part import EVERY
from ontakt.contract import BadValue, Belief
from ontakt.runtime.fake import FakePolicy, FakeStation
from ontakt.station.registry import find_station

COURSE = Course(station="toy", variation=("plant",), seed=3, shift=3)


def test_every_cycle_is_an_episode_with_its_own_parts() -> None:
    taught = teach_shift(COURSE, 2)
    assert list(dict.fromkeys(episode.facts["cycle"] for episode in taught)) == ["6", "7", "8"]
    count = len(taught)
    assert [x.facts["attempt"] for x in taught] == [f"{k + 1} of {count}" for k in range(count)]
    latency = Assignment.draw(COURSE.seed, 2).latency_ms
    for episode in taught:
        assert set(episode.good) == {"left", "right"}
        assert episode.facts["latency"] == f"{latency} ms"
        assert (episode.facts["as_ordered"] == "yes") is all(episode.good.values())
        ticks = [lesson.observation.tick for lesson in episode.lessons]
        assert all(tick % EVERY == 0 for tick in ticks)
        assert ticks == list(range(ticks[0], ticks[-1] + 1, EVERY))
    assert len({episode.facts["misalignment"] for episode in taught}) > 1


def test_lessons_are_of_moments_in_which_a_policy_drives() -> None:
    """The line tells each hand what it has to do: when one is home, the other works alone."""
    taught = teach_shift(COURSE, 0)
    lessons = [lesson for episode in taught for lesson in episode.lessons]
    assert {lesson.observation.job for lesson in lessons} >= {("left", "right")}
    assert all(lesson.observation.job for lesson in lessons)
    assert any(len(lesson.observation.job) == 1 for lesson in lessons)


def test_a_shift_is_a_function_of_its_number() -> None:
    one, other = teach_shift(COURSE, 1), teach_shift(COURSE, 1)
    assert all(same(a, b) for a, b in zip(one, other, strict=True))


def test_a_learner_that_gets_stuck_is_tried_again_and_helped() -> None:
    """One that stands where it is and says that it is done: each hand is sent three times. The
    teacher says all the time what it should have done."""
    course = msgspec.structs.replace(COURSE, learner="fake", share=0.0, shift=1)
    taught = teach_shift(course, 0, FakePolicy(FakeStation(), horizon=16))
    for episode in taught:
        assert episode.facts["failure"].split() == ["not_seated"] * 6
        assert not any(episode.good.values())
        assert {lesson.driver for lesson in episode.lessons} == {"policy"}
        assert (episode.facts["step_in"], episode.facts["corrections"]) == ("", "0"), "it is marked"
    *before, last = (episode.facts["cut"] for episode in taught)
    assert (set(before), last) == ({"tried again"}, "")


def test_who_is_called_finishes_the_part_with_the_robot() -> None:
    """A policy that gives up with what wants a person: he takes over from where the hands are."""

    class Helpless(FakePolicy):
        def infer(self, observation, prefix=None, guidance=None):  # type: ignore[no-untyped-def]
            chunk = super().infer(observation, prefix, guidance)
            gave_up = {side: Belief("reach", gave_up="jam") for side in observation.job}
            return msgspec.structs.replace(chunk, beliefs=gave_up)

    course = msgspec.structs.replace(COURSE, learner="fake", share=0.0, shift=1)
    *before, last = teach_shift(course, 0, Helpless(FakeStation(), horizon=16))
    assert {episode.facts["step_in"] for episode in before} == {""}
    begun = int(last.facts["step_in"])
    assert last.facts["cut"] == "taken over"
    assert {lesson.driver for lesson in last.lessons} == {"teacher"}
    assert int(last.facts["corrections"]) == len(last.lessons) > 20
    assert last.lessons[0].observation.tick >= begun
    assert not any(last.good.values()), "the robot's own work was inspected before"


def test_bad_courses_are_refused() -> None:
    file = find_station("nut-loading")
    with pytest.raises(BadValue, match="--shift"):
        Course(station="nut-loading", shift=0).check(file)
    assert build_learner(COURSE) is None
