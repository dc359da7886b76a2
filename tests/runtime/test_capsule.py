"""Distances of tools: by hand, and against a slow search."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.runtime.capsule import (
    Segment,
    middles_apart,
    segment_distance,
    tool_axis,
)
from ontakt.runtime.slew import Vector, unit_quaternion

DOWN = (0.5**0.5, 0.0, 0.5**0.5, 0.0)
"""The shipped stations' gripper pointing down: x of the tool is -z of the station."""
places = st.tuples(*[st.floats(-0.3, 0.3)] * 3)
ways = st.one_of(places, st.just((0.0, 0.0, 0.0)))
segments = st.tuples(places, ways)


def slow_distance(first: Segment, second: Segment) -> float:
    """The distance from a point of the first to the second is convex along the first: search it."""
    p, u, q, v = (np.array(x) for x in (*first, *second))

    def far(s: float) -> float:
        point = p + s * u
        length = float(v @ v)
        t = min(1.0, max(0.0, float((point - q) @ v) / length)) if length > 0 else 0.0
        return float(np.linalg.norm(point - q - t * v))

    low, high = 0.0, 1.0
    for _ in range(60):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, b) if far(a) <= far(b) else (a, high)
    return min(far(low), far(0.0), far(1.0))


@given(segments, segments)
def test_it_is_the_least_distance(first: Segment, second: Segment) -> None:
    expected = slow_distance(first, second)
    assert segment_distance(first, second) == pytest.approx(expected, abs=1e-8)
    assert segment_distance(second, first) == pytest.approx(expected, abs=1e-8)


@given(segments, places, st.floats(-2, 2))
def test_parallel_segments(first: Segment, place: Vector, factor: float) -> None:
    u = first[1]
    second = (place, (factor * u[0], factor * u[1], factor * u[2]))
    assert segment_distance(first, second) == pytest.approx(slow_distance(first, second), abs=1e-8)


@given(segments, segments)
def test_the_middles_bound_the_distance_from_below(first: Segment, second: Segment) -> None:
    halves = (math.hypot(*first[1]) + math.hypot(*second[1])) / 2
    assert middles_apart(first, second) - halves <= segment_distance(first, second) + 1e-9


def test_by_hand() -> None:
    x = ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0))
    assert segment_distance(x, ((0.5, 0.3, -1.0), (0.0, 0.0, 2.0))) == pytest.approx(0.3)  # cross
    assert segment_distance(x, ((1.3, 0.4, 0.0), (1.0, 0.0, 0.0))) == pytest.approx(0.5)  # past
    assert segment_distance(x, ((0.2, 0.1, 0.0), (0.5, 0.0, 0.0))) == pytest.approx(0.1)  # beside
    assert segment_distance(x, ((0.5, 0.0, 0.0), (0.0, 0.0, 0.0))) == 0.0  # a point on it


def test_a_tool_that_points_down_stands_above_its_tip() -> None:
    place, back = tool_axis([0.3, 0.1, 0.9, *DOWN, 0.02], 0.14)
    assert place == (0.3, 0.1, 0.9)
    assert back == pytest.approx((0.0, 0.0, 0.14))


@given(st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: max(map(abs, q)) > 1e-3))
def test_the_axis_is_the_rotated_x_axis(values: tuple[float, float, float, float]) -> None:
    q = unit_quaternion(values)
    assert q is not None
    w, v = q[0], np.array(q[1:])
    x = np.array([1.0, 0.0, 0.0])
    turned = x + 2 * w * np.cross(v, x) + 2 * np.cross(v, np.cross(v, x))
    _, back = tool_axis([0.0, 0.0, 0.0, *q, 0.0], 0.5)
    np.testing.assert_allclose(back, -0.5 * turned, atol=1e-12)
    assert math.dist(back, (0, 0, 0)) == pytest.approx(0.5)
