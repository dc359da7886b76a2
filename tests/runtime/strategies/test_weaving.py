"""Laws that hold for every strategy, however late its answers are and whatever happens."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.runtime.strategies.weaving import STEP, Moment, Weaving

from ontakt.contract import SIDES
from ontakt.runtime.strategies import (
    Ensemble,
    Guided,
    Lerp,
    Naive,
    Prefixed,
    Strategy,
    Sync,
)

HORIZON = 30
PURE: dict[str, Callable[[], Strategy]] = {
    "sync": Sync,
    "sync-8": lambda: Sync(execute=8),
    "async": Naive,
    "rtc": lambda: Guided(horizon=HORIZON),
    "prefix": lambda: Prefixed(longest=HORIZON),
    "prefix-6": lambda: Prefixed(longest=6),
}
"""Strategies that play rows as they are."""
ALL = {**PURE, "lerp": Lerp, "ensemble": Ensemble}

moments = st.lists(
    st.builds(
        Moment,
        delay=st.integers(0, 45),
        afresh=st.sampled_from(((), (), (), (), (), ("left",), SIDES)),
        hold=st.sampled_from((False,) * 9 + (True,)),
    ),
    min_size=20,
    max_size=100,
)
FEW = settings(max_examples=25)


def woven(strategy: Strategy, story: Sequence[Moment]) -> Weaving:
    weaving = Weaving(strategy, HORIZON)
    weaving.run(story)
    return weaving


@pytest.mark.parametrize("name", PURE)
@FEW
@given(story=moments)
def test_no_row_of_a_chunk_is_played_twice_or_left_out(name: str, story: list[Moment]) -> None:
    for played in woven(PURE[name](), story).played.values():
        for before, now in pairwise(played):
            if before.observed == now.observed and before.tick + 1 == now.tick:
                assert now.index == before.index + 1


@pytest.mark.parametrize("name", ["async", "rtc", "sync", "sync-8"])
@FEW
@given(story=moments)
def test_rows_are_aligned_by_what_was_played(name: str, story: list[Moment]) -> None:
    """The first row of a chunk that is played has the number of rows played since it was asked."""
    for played in woven(PURE[name](), story).played.values():
        for i, (before, now) in enumerate(pairwise(played), start=1):
            if now.observed != before.observed:
                since = [p for p in played[:i] if p.tick >= now.observed]
                assert now.index == len(since)


@pytest.mark.parametrize("name", ["sync", "sync-8", "prefix", "prefix-6"])
@FEW
@given(story=moments)
def test_a_policy_that_knows_where_it_is_never_jumps(name: str, story: list[Moment]) -> None:
    """Late answers, held and restarted arms: a target is never farther than a step from the one
    before."""
    for played in woven(PURE[name](), story).played.values():
        for before, now in pairwise(played):
            assert abs(now.x - before.x) <= STEP * (1 + 1e-9)


@pytest.mark.parametrize("name", ALL)
@FEW
@given(story=moments)
def test_nothing_is_played_from_before_a_restart(name: str, story: list[Moment]) -> None:
    weaving = woven(ALL[name](), story)
    for side, played in weaving.played.items():
        for row in played:
            restarts = [t for t, m in enumerate(story) if side in m.afresh and t <= row.tick]
            assert not restarts or row.observed >= restarts[-1]


@pytest.mark.parametrize("name", ALL)
@FEW
@given(story=moments)
def test_the_same_story_is_woven_twice_alike(name: str, story: list[Moment]) -> None:
    assert woven(ALL[name](), story).played == woven(ALL[name](), story).played


@FEW
@given(story=moments)
def test_a_prefix_is_the_first_committed_rows(story: list[Moment]) -> None:
    for _, question, plan in woven(Prefixed(longest=12), story).questions:
        if question.prefix is not None:
            assert 1 <= len(question.prefix) <= 12
            np.testing.assert_array_equal(question.prefix, plan[: len(question.prefix)])


@FEW
@given(story=moments)
def test_guidance_is_the_plan_padded_by_its_last_row(story: list[Moment]) -> None:
    for _, question, plan in woven(Guided(horizon=HORIZON), story).questions:
        guidance = question.guidance
        if guidance is not None:
            np.testing.assert_array_equal(guidance.previous, plan)
            d, s = guidance.inference_delay, guidance.execution_horizon
            assert 1 <= d <= HORIZON - s
            assert s >= 1


@pytest.mark.parametrize("name", ["async", "rtc", "prefix", "lerp", "ensemble"])
@pytest.mark.parametrize("delay", [0, 3, 5, 8, 12, 15])
def test_a_steady_brain_that_is_fast_enough_never_starves_the_robot(name: str, delay: int) -> None:
    """Only the first answer is waited for, and the conditioned delay has to be learnt once."""
    weaving = woven(ALL[name](), [Moment(delay)] * 300)
    assert weaving.discarded == 0
    assert weaving.starved == 2 * delay


def test_a_brain_slower_than_its_longest_prefix_waits_instead_of_being_discarded() -> None:
    weaving = woven(Prefixed(longest=6), [Moment(12)] * 400)
    assert weaving.discarded <= 1  # until the delay is known
    assert all(len(q.prefix) <= 6 for _, q, _ in weaving.questions if q.prefix is not None)
    assert len(weaving.questions) > 8


def test_an_answer_beyond_its_prefix_is_discarded_and_the_robot_stops() -> None:
    """Delays of 3 ticks, then one of 20: what was asked for 3 does not land in the middle of a
    motion; the arms play out their plan and stand."""
    story = [Moment(3)] * 40 + [Moment(20)] * 40
    weaving = woven(Prefixed(longest=HORIZON), story)
    assert weaving.discarded >= 1
    for before, now in pairwise(weaving.played["left"]):
        assert abs(now.x - before.x) <= STEP * (1 + 1e-9)
