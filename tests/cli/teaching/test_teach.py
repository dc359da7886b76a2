"""One episode, at the toy: its lessons, its truth, its learner, and that nothing is left over."""

import msgspec
import numpy as np
import pytest

from ontakt.cli.policies import build_policy
from ontakt.cli.teaching.classroom import build_learner
from ontakt.cli.teaching.course import Assignment, Course
from ontakt.cli.teaching.demonstrations import kept
from ontakt.cli.teaching.part import EVERY, HORIZON, LONGEST, Driven
from ontakt.cli.teaching.teach import STRIDE, teach_part
from ontakt.contract import (
    CycleError,
    Drive,
    Episode,
    Policy,
    Signals,
)
from ontakt.runtime.fake import FakePolicy, FakeStation
from ontakt.station.axes import AXES
from ontakt.station.registry import find_station
from ontakt.station.variation import parse_variation

COURSE = Course(station="toy", variation=("plant",), seed=3)


NUMBERS: dict[tuple[str, ...], int] = {("left", "right"): 2, ("left",): 16, ("right",): 0, (): 35}
"""Parts with each job at which no push throws a nut out of the hand: at the toy it is gone."""


def teach_episode(course: Course, number: int, learner: Policy | None = None) -> Episode:
    """The first attempt."""
    return teach_part(course, number, learner)[0]


def same(one: Episode, other: Episode) -> bool:
    def flat(episode: Episode) -> bytes:
        rows = [
            (x.free.tobytes(), x.behind.tobytes(), x.command.tobytes(), x.driver, x.committed)
            for x in episode.lessons
        ]
        films = [x.observation.images["front"].tobytes() for x in episode.lessons]
        return msgspec.msgpack.encode((rows, films, episode.good, episode.facts))

    return flat(one) == flat(other)


@pytest.mark.parametrize(("job", "number"), NUMBERS.items())
def test_the_teacher_does_what_is_ordered(job: tuple[str, ...], number: int) -> None:
    episode = teach_episode(COURSE, number)
    assert episode.good == dict.fromkeys(job, True)
    assert episode.facts["as_ordered"] == "yes"
    assert episode.facts["job"] == (" ".join(job) or "wait")
    assert episode.hz == 10
    instructions = {x.observation.instruction for x in episode.lessons}
    assert instructions == {Assignment.draw(COURSE.seed, number).instruction}
    assert {x.driver for x in episode.lessons} == {"teacher"}


def test_lessons_are_even_whole_and_true() -> None:
    episode = teach_episode(COURSE, 0)
    ticks = [x.observation.tick for x in episode.lessons]
    assert ticks == list(range(ticks[0], ticks[-1] + 1, EVERY))
    for lesson in episode.lessons:
        assert lesson.free.shape == lesson.behind.shape == (HORIZON, 16)
        assert 1 <= lesson.committed <= LONGEST
        assert lesson.observation.images["front"].shape == (96, 96, 3)
        assert {sight.sigma for sight in lesson.observation.sights.values()} == {0.0}
        assert {"left_pin", "right_pin"} <= lesson.places.keys()


@pytest.mark.parametrize("number", [7, 8, 37])
def test_a_second_attempt_is_an_episode_of_its_own_with_its_own_order(number: int) -> None:
    assignment = Assignment.draw(COURSE.seed, number)
    first, second = teach_part(COURSE, number)
    assert assignment.again is not None
    assert (first.facts["attempt"], second.facts["attempt"]) == ("1 of 2", "2 of 2")
    assert first.facts["cycle"] == second.facts["cycle"] == str(number)
    assert second.facts["job"] == " ".join(assignment.again)
    assert second.good == dict.fromkeys(assignment.again, True)
    seen = {(x.observation.instruction, x.observation.job) for x in second.lessons}
    assert seen == {(assignment.again_instruction, assignment.again)}
    for episode in (first, second):
        ticks = [x.observation.tick for x in episode.lessons]
        assert ticks == list(range(ticks[0], ticks[-1] + 1, EVERY))
    way_home = second.lessons[0].observation.tick - first.lessons[-1].observation.tick
    assert way_home > EVERY
    assert all(map(same, teach_part(COURSE, number), (first, second)))


def test_a_first_attempt_is_cut_where_that_is_drawn_and_says_so() -> None:
    assignment = Assignment.draw(COURSE.seed, 7)
    assert assignment.cut_s is not None
    first = teach_episode(COURSE, 7)
    assert first.facts["cut"] == f"{assignment.cut_s:.1f} s"
    assert int(first.facts["ticks"]) == round(30 * assignment.cut_s)
    assert first.lessons[-1].observation.tick <= 30 * assignment.cut_s
    assert teach_episode(COURSE, 13).facts["cut"] == "", "done before the cut came"
    assert teach_episode(COURSE, 8).facts["cut"] == "", "none was drawn"


def test_a_set_goes_on_behind_its_last_whole_part() -> None:
    assert kept(None) == (0, 0)
    assert kept({"cycle": "4", "attempt": "1 of 1"}) == (5, 0)
    assert kept({"cycle": "4", "attempt": "2 of 2"}) == (5, 0)
    assert kept({"cycle": "4", "attempt": "1 of 2"}) == (4, 1), "its second attempt is missing"
    assert kept({"cycle": str(4 + STRIDE), "attempt": "1 of 2"}) == (4, 1)
    assert kept({"cycle": "23", "attempt": "3 of 5"}, together=5) == (4, 3)
    assert kept({"cycle": "24", "attempt": "4 of 4"}, together=5) == (5, 0)


def test_its_facts_tell_the_variation_so_that_it_can_be_drawn_again() -> None:
    facts = teach_episode(COURSE, 4).facts
    file = find_station("toy")
    drawn = parse_variation(("plant",), file.levels).draw(3, 4)
    assert {name: facts[name] for name in AXES} == {n: a.text(drawn[n]) for n, a in AXES.items()}
    assert (facts["seed"], facts["cycle"], facts["level"]) == ("3", "4", "plant")
    assert all(isinstance(value, str) for value in facts.values())


def test_an_episode_depends_on_nothing_that_was_worked_before() -> None:
    alone = teach_episode(COURSE, 2)
    teach_episode(COURSE, 0)
    assert same(teach_episode(COURSE, 2), alone)
    assert not same(teach_episode(COURSE, 3), alone)


def test_a_learner_drives_and_the_teacher_corrects() -> None:
    course = msgspec.structs.replace(COURSE, learner="chunk-expert", share=0.3)
    episode = teach_episode(course, 0, build_learner(course))
    drivers = [x.driver for x in episode.lessons]
    assert {"policy", "teacher"} == set(drivers)
    assert 0.1 < np.mean([driver == "teacher" for driver in drivers]) < 0.6
    assert episode.facts["driver"] == "chunk-expert"
    assert same(teach_episode(course, 0, build_learner(course)), episode)


def test_a_learner_that_never_saw_a_prefix_is_asked_without_one() -> None:
    file = find_station("toy")
    station = file.build(parse_variation((), file.levels), 1)
    learner: Policy = build_policy("expert", file, station)
    assert learner.spec.longest_prefix == 0
    episode = teach_episode(msgspec.structs.replace(COURSE, share=0.0), 0, learner)
    assert {x.driver for x in episode.lessons} == {"policy"}


def test_what_fails_on_the_way_ends_the_lessons_and_not_the_set() -> None:
    learner = FakePolicy(FakeStation(), longest_prefix=8, fail_at=3)
    course = msgspec.structs.replace(COURSE, share=0.0)
    episode = teach_episode(course, NUMBERS["left", "right"], learner)
    assert episode.facts["as_ordered"] == "no"
    assert "no more memory" in episode.facts["failure"]
    ticks = int(episode.facts["ticks"])
    assert 0 < len(episode.lessons) <= ticks // EVERY
    assert episode.lessons[-1].observation.tick < ticks


def test_what_the_arms_are_told_after_a_stop_is_nobodys_answer() -> None:
    driven, left = Driven(("left", "right")), Driven(("left",))
    drives: list[Drive] = ["policy", "policy", "hold", "hold"]
    for tick, drive in enumerate(drives):
        signals = Signals(tick, {}, {"left": "policy", "right": drive}, {}, {})
        driven(signals)
        left(signals)
    assert (driven.until, left.until) == (2, 4)


def test_an_episode_without_a_lesson_is_tried_anew_and_then_told() -> None:
    learner = FakePolicy(FakeStation(), longest_prefix=8, fail_at=0)
    course = msgspec.structs.replace(COURSE, share=0.0)
    first = learner.infer

    def never(*arguments: object) -> object:
        learner.seen.clear()  # so that every question is its first
        return first(*arguments)  # type: ignore[arg-type]

    learner.infer = never  # type: ignore[method-assign, assignment]
    with pytest.raises(CycleError, match=r"has no lesson in 3 tries: .*no more memory"):
        teach_episode(course, 0, learner)
