"""Arithmetic of one tick."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.runtime.slew import (
    Quaternion,
    Vector,
    dot,
    gain,
    longest_step,
    turn,
    unit_quaternion,
)

coordinate = st.floats(-0.05, 0.05)
vectors = st.tuples(coordinate, coordinate, coordinate)
directions = vectors.filter(lambda v: dot(v, v) > 1e-8)
gains = st.floats(1e-4, 0.02)
quaternions = st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: max(map(abs, q)) > 1e-3)


def distance_to_segment(point: np.ndarray, end: np.ndarray) -> float:
    """From `point` to the segment between 0 and `end`, by brute force."""
    parts = np.linspace(0, 1, 20001)[:, None]
    return float(np.min(np.linalg.norm(point - parts * end, axis=1)))


@given(directions, vectors, gains)
def test_the_longest_step_ends_on_the_edge_of_what_is_allowed(
    direction: Vector, last: Vector, gain: float
) -> None:
    unit = np.array(direction) / np.linalg.norm(direction)
    length = longest_step((unit[0], unit[1], unit[2]), last, gain)
    assert length >= gain * (1 - 1e-9)
    assert distance_to_segment(length * unit, np.array(last)) == pytest.approx(gain, abs=1e-5)


def test_hand_checked_steps() -> None:
    x = (1.0, 0.0, 0.0)
    assert longest_step(x, (0.0, 0.0, 0.0), 0.01) == 0.01  # from standstill
    assert longest_step(x, (0.02, 0.0, 0.0), 0.01) == pytest.approx(0.03)  # straight on
    assert longest_step(x, (-0.02, 0.0, 0.0), 0.01) == 0.01  # back: stop first
    assert longest_step(x, (0.0, 0.02, 0.0), 0.01) == 0.01  # a right angle


@given(vectors, vectors)
def test_the_gain_is_the_distance_to_the_segment(step: Vector, last: Vector) -> None:
    assert gain(step, last) == pytest.approx(
        distance_to_segment(np.array(step), np.array(last)), abs=1e-5
    )


@given(directions, vectors, gains)
def test_the_longest_step_gains_what_it_may(direction: Vector, last: Vector, most: float) -> None:
    size = math.sqrt(dot(direction, direction))
    unit = (direction[0] / size, direction[1] / size, direction[2] / size)
    length = longest_step(unit, last, most)
    step = (length * unit[0], length * unit[1], length * unit[2])
    assert gain(step, last) == pytest.approx(most, abs=1e-12)


def test_braking_gains_nothing() -> None:
    last = (0.01, -0.02, 0.005)
    for part in (0.0, 0.3, 1.0):
        assert gain((part * 0.01, part * -0.02, part * 0.005), last) == pytest.approx(0, abs=1e-18)
    assert gain((-0.01, 0.02, -0.005), last) == pytest.approx(math.dist(last, (0, 0, 0)))
    assert gain((0.0, 0.0, 0.003), (0.0, 0.0, 0.0)) == 0.003


@given(quaternions, quaternions, st.floats(0.001, 4.0))
def test_a_turn_is_no_longer_than_allowed_and_on_the_way(
    start: Quaternion, goal: Quaternion, most: float
) -> None:
    a, b = unit_quaternion(start), unit_quaternion(goal)
    assert a is not None
    assert b is not None
    turned, angle = turn(a, b, most)
    assert 0 <= angle <= math.pi + 1e-9
    assert math.isclose(math.hypot(*turned), 1.0, abs_tol=1e-12)
    assert sum(p * q for p, q in zip(a, turned, strict=True)) >= -1e-12  # sign-continuous
    assert turn(a, turned, 9.0)[1] == pytest.approx(min(angle, most), abs=1e-7)
    assert turn(turned, b, 9.0)[1] == pytest.approx(max(0.0, angle - most), abs=1e-7)


def test_a_quaternion_of_any_size_is_a_rotation_but_for_zero() -> None:
    assert unit_quaternion((1e300, 0.0, 0.0, -1e300)) == pytest.approx(
        (0.5**0.5, 0, 0, -(0.5**0.5))
    )
    assert unit_quaternion((0.0, 1e-9, 0.0, 0.0)) is None
