"""The teacher answers any moment, behind any rows, as if nobody had asked before."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.station.teaching.toy_lessons import GAIN, HORIZON, SPACE, TOY, moments, teacher

from ontakt.contract import SIDES, Array, BadValue, Observation

Moment = tuple[Observation, Array, Array]


@given(moments(), st.integers(0, 5))
@settings(max_examples=60)
def test_a_free_answer_goes_on_from_how_the_arms_move(moment: Moment, seed: int) -> None:
    seen, before, last = moment
    answer = teacher(seed=seed).answer(seen, before, ())
    assert answer.shape == (HORIZON, SPACE.width)
    for side in SIDES:
        path = SPACE.position(np.vstack([before, last, answer]), side)
        assert np.linalg.norm(np.diff(path, n=2, axis=0), axis=1).max() <= GAIN + 1e-12


@given(moments(), st.integers(0, HORIZON))
@settings(max_examples=60)
def test_an_answer_begins_with_what_is_committed_and_goes_on_from_it(
    moment: Moment, length: int
) -> None:
    """The rows are what a pushed robot was really told."""
    seen, before, last = moment
    plan = teacher(seed=9).answer(seen, before, ())
    rows = plan[:length]
    answer = teacher().answer(seen, before, list(rows))
    assert np.array_equal(answer[:length], rows)
    for side in SIDES:
        path = SPACE.position(np.vstack([before, last, answer]), side)
        assert np.linalg.norm(np.diff(path, n=2, axis=0), axis=1).max() <= GAIN + 1e-12


@given(moments(), st.lists(moments(), max_size=3))
@settings(max_examples=30)
def test_what_it_was_asked_before_changes_nothing(moment: Moment, others: list[Moment]) -> None:
    seen, before, last = moment
    fresh = teacher().answer(seen, before, (last,))
    asked = teacher()
    for other, earlier, _ in others:
        asked.answer(other, earlier, ())
    assert np.array_equal(asked.answer(seen, before, (last,)), fresh)


def test_it_works_by_itself_too() -> None:
    made = teacher()
    assert made.spec == made.worker.spec
    assert made.worker.infer(TOY.observe(0, 0)).horizon == made.spec.horizon


def test_what_cannot_be_answered_is_refused() -> None:
    with pytest.raises(BadValue, match="rows of the teacher's answer is 0"):
        teacher(horizon=0)
    rows = list(np.tile(TOY.spec.home, (HORIZON + 1, 1)))
    with pytest.raises(BadValue, match="prefix"):
        teacher().answer(TOY.observe(2, 0), TOY.spec.home, rows)
