"""Means of targets, against closed forms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract import Array
from ontakt.runtime.strategies import mixing
from ontakt.runtime.strategies.mixing import between


def turned(angle: float, axis: tuple[float, float, float] = (0.0, 0.0, 1.0)) -> Array:
    return np.array([math.cos(angle / 2), *(math.sin(angle / 2) * a for a in axis)])


def mean_rotation(quaternions: Array, weights: Array) -> Array:
    return np.asarray(mixing.mean_rotation(quaternions[:, None], weights[:, None])[0])


def vote(values: Array, weights: Array) -> float:
    return float(mixing.vote(values[:, None], weights[:, None])[0])


def mean_target(targets: Array, weights: Array) -> Array:
    return np.asarray(mixing.mean_targets(targets[:, None], weights[:, None])[0])


def apart(a: Array, b: Array) -> float:
    return 2 * math.acos(min(1.0, abs(float(a @ b))))


def target(x: float, angle: float, opening: float) -> Array:
    return np.array([x, 0.0, 0.0, *turned(angle), opening])


angles = st.floats(-1.5, 1.5)


@given(angles, angles, st.booleans())
def test_two_turns_about_an_axis_meet_halfway_whatever_their_signs(
    a: float, b: float, flipped: bool
) -> None:
    second = -turned(b) if flipped else turned(b)
    mean = mean_rotation(np.stack([turned(a), second]), np.ones(2))
    assert apart(mean, turned((a + b) / 2)) == pytest.approx(0.0, abs=1e-6)
    assert np.linalg.norm(mean) == pytest.approx(1.0)
    assert mean @ second >= 0.0


def test_the_mean_of_components_would_be_wrong() -> None:
    """q and -q are one rotation; their mean by components is nothing."""
    q = turned(0.7)
    assert apart(mean_rotation(np.stack([q, -q]), np.ones(2)), q) == pytest.approx(0.0, abs=1e-7)


@given(st.lists(st.sampled_from((0.0, 0.03)), min_size=1, max_size=9))
def test_a_gripper_is_voted_on(openings: list[float]) -> None:
    values = np.array(openings)
    told = vote(values, np.ones(len(values)))
    assert told in openings
    agree = np.count_nonzero(values == told)
    assert 2 * agree >= len(values)


def test_the_later_plan_wins_a_tie() -> None:
    assert vote(np.array([0.0, 0.03]), np.ones(2)) == 0.03
    assert vote(np.array([0.03, 0.0]), np.ones(2)) == 0.0
    assert vote(np.array([0.03, 0.0]), np.array([1.0, 0.99])) == 0.03


def test_a_mean_target() -> None:
    mean = mean_target(
        np.stack([target(0.0, 0.0, 0.03), target(0.3, 0.4, 0.0), target(0.6, 0.8, 0.0)]),
        np.array([1.0, 1.0, 1.0]),
    )
    np.testing.assert_allclose(mean, target(0.3, 0.4, 0.0), atol=1e-12)


@given(angles, angles, st.floats(0, 1))
def test_between_turns_evenly(a: float, b: float, part: float) -> None:
    mixed = between(target(0.0, a, 0.0), target(1.0, b, 0.02), part)
    np.testing.assert_allclose(mixed[[0, 7]], [part, 0.02 * part], atol=1e-12)
    assert apart(mixed[3:7], turned(a + part * (b - a))) == pytest.approx(0.0, abs=1e-6)
    assert np.linalg.norm(mixed[3:7]) == pytest.approx(1.0)


@given(st.integers(1, 4), st.integers(1, 6), st.integers(0, 1000))
def test_many_rows_are_as_many_single_ones(plans: int, rows: int, seed: int) -> None:
    """Rows of which a plan says nothing are as if there were no such plan."""
    chance = np.random.default_rng(seed)
    targets = chance.normal(size=(plans, rows, 8))
    targets[..., 3:7] /= np.linalg.norm(targets[..., 3:7], axis=-1, keepdims=True)
    targets[..., 7] = chance.choice((0.0, 0.03), size=(plans, rows))
    weights = chance.choice((0.0, 0.5, 1.0), size=(plans, rows))
    weights[-1] = 1.0  # the newest plan covers every row
    mean = mixing.mean_targets(targets, weights)
    for k in range(rows):
        known = weights[:, k] > 0
        np.testing.assert_allclose(
            mean[k], mean_target(targets[known, k], weights[known, k]), atol=1e-9
        )
