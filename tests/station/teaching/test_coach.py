"""Who drives: the learner, and the teacher in his share of the questions."""

import numpy as np
import pytest
from tests.station.teaching.toy_lessons import SPACE, TOY, teacher

from ontakt.contract import SIDES, BadValue, Policy
from ontakt.runtime.fake import FakePolicy, FakeStation
from ontakt.station.teaching.coach import Coach
from ontakt.station.teaching.disturbance import Disturbance

SEEN = TOY.observe(5, 0)


def coach(learner: Policy | None = None, share: float = 0.0, pushed: float | None = None) -> Coach:
    disturbance = None if pushed is None else Disturbance(share=pushed)
    made = Coach(teacher(), SPACE, learner, share, disturbance)
    made.reset(SIDES, 3)
    return made


def learner() -> FakePolicy:
    return FakePolicy(FakeStation(), longest_prefix=5)


@pytest.mark.parametrize("share", [0.0, 0.15, 0.6, 1.0])
def test_the_teacher_drives_his_share(share: float) -> None:
    made = coach(learner(), share)
    for _ in range(1000):
        made.infer(SEEN)
    drives = np.mean([one.driver == "teacher" for one in made.said])
    assert drives == pytest.approx(share, abs=0.04 if 0 < share < 1 else 0.0)


def test_without_a_learner_the_teacher_drives() -> None:
    made = coach()
    targets = made.infer(SEEN).targets
    assert np.array_equal(targets, teacher(seed=3).worker.infer(SEEN).targets)
    assert [one.driver for one in made.said] == ["teacher"]


def test_only_what_the_teacher_drives_is_disturbed_behind_what_is_committed() -> None:
    rows = np.tile(TOY.spec.home, (4, 1))
    pushed = coach(pushed=1.0).infer(SEEN, rows)
    plain = teacher(seed=3).worker.infer(SEEN, rows)
    assert np.array_equal(pushed.targets[:4], rows)
    assert not np.array_equal(pushed.targets, plain.targets)
    assert not pushed.targets.flags.writeable
    answer = coach(learner(), pushed=1.0).infer(SEEN, rows).targets
    assert np.array_equal(answer, learner().infer(SEEN, rows).targets)


def test_what_was_said_is_kept_until_it_is_cleared() -> None:
    made = coach(learner(), 0.5, 0.5)
    rows = np.tile(TOY.spec.home, (2, 1))

    def answers() -> list[bytes]:
        return [made.infer(SEEN, rows).targets.tobytes() for _ in range(20)]

    made.reset(SIDES, 3)
    first, said = answers(), list(made.said)
    assert {(one.tick, one.kept, one.job) for one in said} == {(5, 2, ())}
    made.reset(SIDES, 3)
    assert made.said == said
    made.said.clear()
    assert answers() == first
    assert made.said == said
    made.reset(SIDES, 4)
    assert answers() != first


def test_its_spec_is_the_learners_and_tells_who_coaches() -> None:
    made = coach(learner(), 0.15)
    assert made.spec.name == "coached fake"
    assert made.spec.longest_prefix == 5
    assert made.spec.horizon == 10
    assert coach().spec.longest_prefix == teacher().spec.longest_prefix
    others = (coach(), coach(learner(), 0.2), coach(learner(), 0.15, 0.3))
    assert len({made.spec.hash, *(other.spec.hash for other in others)}) == 4


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(BadValue, match="share of the teacher"):
        coach(learner(), share)
