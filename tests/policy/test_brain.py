"""One brain for several robots: sessions of their own, questions that are computed as one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.policy.test_xr0_policy import KINDS, ROBOT, guidance, plan_from, seen

from ontakt.contract import SIDES, ActionChunk, Asked, BadValue, Brain, Policy
from ontakt.policy import Xr0Policy
from ontakt.policy.fresh_checkpoint import find_body, write_fresh
from ontakt.policy.question import grouped, pose, stacked
from ontakt.policy.xr0.config import XR0_COMPACT

ALIKE = 1e-7
"""[m]: 1e-5 of the model's numbers, of which one is 2 mm, or 10 mrad; then some."""


@pytest.fixture(scope="module")
def brain(tmp_path_factory: pytest.TempPathFactory) -> Xr0Policy:
    folder: Path = tmp_path_factory.mktemp("brain") / "compact"
    write_fresh(folder, XR0_COMPACT, ROBOT, find_body(ROBOT), seed=1)
    return Xr0Policy.from_checkpoint(folder, ROBOT)


def sessions(brain: Brain, count: int) -> list[Policy]:
    made = [brain.session() for _ in range(count)]
    for k, one in enumerate(made):
        one.reset(SIDES, 100 + k)
    return made


def alone(asked: Sequence[Asked], brain: Brain) -> list[ActionChunk]:
    """The same questions to other sessions of the same chance, one by one."""
    return [
        session.infer(one.observation, one.prefix, one.guidance)
        for one, session in zip(asked, sessions(brain, len(asked)), strict=True)
    ]


def check(asked: Sequence[Asked], brain: Brain) -> None:
    for found, wanted in zip(brain.infer_together(asked), alone(asked, brain), strict=True):
        assert found.observed_tick == wanted.observed_tick
        assert not found.targets.flags.writeable
        np.testing.assert_allclose(found.targets, wanted.targets, atol=ALIKE)


def test_a_session_is_a_policy_of_the_same_brain(brain: Xr0Policy) -> None:
    one = brain.session()
    assert one.spec == brain.spec
    assert one.engine is brain.engine
    assert one.processor is brain.processor
    assert brain.batch == 4


def test_a_sessions_chance_is_nobody_elses(brain: Xr0Policy) -> None:
    one, other = sessions(brain, 2)
    first = one.infer(seen()).targets
    for _ in range(3):
        other.infer(seen())
    second = one.infer(seen()).targets
    (again, _) = sessions(brain, 2)
    np.testing.assert_array_equal(again.infer(seen()).targets, first)
    np.testing.assert_array_equal(again.infer(seen()).targets, second)


@pytest.mark.parametrize("count", [1, 2, 5, 8, 11])
def test_answers_together_are_those_given_alone(brain: Xr0Policy, count: int) -> None:
    asked = [Asked(one, seen(k)) for k, one in enumerate(sessions(brain, count))]
    check(asked, brain)


def test_whatever_is_asked_at_once(brain: Xr0Policy) -> None:
    """Other words, prefixes and guidance side by side, in any order."""
    plan = [plan_from(brain, seen(k)) for k in range(9)]
    rest: list[dict[str, Any]] = [
        {},
        {"prefix": plan[1][:3]},
        {"guidance": guidance(plan[2])},
        {"prefix": plan[3][:5]},
        {"guidance": guidance(plan[4], "exact")},
        {"guidance": guidance(plan[5], inference_delay=1)},
        {"prefix": plan[6][:3], "guidance": guidance(plan[6], max_weight=2.0)},
        {"guidance": guidance(plan[7], "exact")},
        {},
    ]
    asked = [
        Asked(one, seen(k, instruction=KINDS[k % len(KINDS) if k < 2 else 0]), **rest[k])
        for k, one in enumerate(sessions(brain, 9))
    ]
    check(asked, brain)


def test_what_is_alike_is_computed_as_one(brain: Xr0Policy) -> None:
    """Same words and prefix length; other delays of the same guidance; no more than asked for."""
    plan = plan_from(brain, seen())
    processor = brain.processor
    longest = brain.spec.longest_prefix
    questions = [
        pose(processor, seen(k), prefix, told, longest)
        for k, (prefix, told) in enumerate(
            [
                (None, None),
                (plan[:2], None),
                (None, guidance(plan)),
                (None, None),
                (plan[:2], None),
                (None, guidance(plan, inference_delay=0)),
                (plan[:1], None),
                (None, guidance(plan, max_weight=2.0)),
                (None, None),
            ]
        )
    ]
    assert list(grouped(questions, 8)) == [[0, 3, 8], [1, 4], [2, 5], [6], [7]]
    assert list(grouped(questions, 2)) == [[0, 3], [8], [1, 4], [2, 5], [6], [7]]
    whole = stacked([questions[k] for k in (2, 5)])
    assert whole.guide is not None
    assert whole.guide.weights.shape == (2, 16, 32)
    assert whole.prompt.image_grid_thw.shape == (6, 3)


def test_a_refusal_costs_nobody_any_chance(brain: Xr0Policy) -> None:
    one, other = sessions(brain, 2)
    with pytest.raises(BadValue, match="head"):
        brain.infer_together([Asked(one, seen()), Asked(other, seen(images={}))])
    fresh = sessions(brain, 2)
    for session, again in zip((one, other), fresh, strict=True):
        np.testing.assert_array_equal(session.infer(seen()).targets, again.infer(seen()).targets)


def test_nobody_asks_with_a_session_of_another_brain(brain: Xr0Policy, tmp_path: Path) -> None:
    config = msgspec.structs.replace(XR0_COMPACT, action_length=12)
    write_fresh(tmp_path / "other", config, ROBOT, find_body(ROBOT), seed=2)
    stranger = Xr0Policy.from_checkpoint(tmp_path / "other", ROBOT)
    with pytest.raises(BadValue, match="none of this brain's"):
        brain.infer_together([Asked(stranger, seen())])


def test_no_question_has_no_answer(brain: Xr0Policy) -> None:
    assert list(brain.infer_together([])) == []
