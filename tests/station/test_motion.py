"""Strokes stay within their limits; the spiral leaves no gap wider than its pitch."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.station.motion import spiral, spiral_length, stroke, stroke_ticks

HZ = 30
COORDINATES = st.tuples(*[st.floats(-0.5, 0.5)] * 3).map(np.array)
SPEEDS = st.floats(0.01, 1.0)
ACCELERATIONS = st.floats(0.1, 5.0)


@given(COORDINATES, COORDINATES, st.integers(1, 40), SPEEDS, ACCELERATIONS)
def test_a_stroke_keeps_its_limits_from_rest_to_rest(
    start: np.ndarray, goal: np.ndarray, ticks: int, speed: float, acceleration: float
) -> None:
    path = stroke(start, goal, ticks, speed, acceleration, HZ)
    assert path.shape == (ticks, 3)
    steps = np.diff(np.vstack([start, start, path, path[-1]]), axis=0)
    assert np.linalg.norm(steps, axis=1).max() <= speed / HZ * (1 + 1e-9) + 1e-12
    changes = np.linalg.norm(np.diff(steps, axis=0), axis=1)
    assert changes.max() <= acceleration / HZ**2 * (1 + 1e-9) + 1e-12


@given(COORDINATES, COORDINATES, SPEEDS, ACCELERATIONS)
def test_a_stroke_of_its_own_length_arrives(
    start: np.ndarray, goal: np.ndarray, speed: float, acceleration: float
) -> None:
    ticks = stroke_ticks(float(np.linalg.norm(goal - start)), speed, acceleration, HZ)
    path = stroke(start, goal, ticks, speed, acceleration, HZ)
    assert np.allclose(path[-1], goal, atol=1e-12)


@given(COORDINATES, COORDINATES, st.integers(1, 10))
def test_a_short_stroke_stays_on_the_straight_way(
    start: np.ndarray, goal: np.ndarray, ticks: int
) -> None:
    path = stroke(start, goal, ticks, 0.3, 1.5, HZ)
    way, gone = goal - start, path - start
    assert np.linalg.norm(np.cross(way, gone), axis=1).max() < 1e-12
    along = gone @ way
    assert (np.diff(along) >= -1e-12).all()
    assert along[-1] <= way @ way + 1e-12


def test_the_spiral_reaches_its_radius_with_turns_one_pitch_apart() -> None:
    pitch, most = 0.0008, 0.0028
    lengths = np.linspace(0.0, spiral_length(pitch, most), 4000)
    points = spiral(np.array([0.33, 0.14, 0.8]), pitch, 0.7, lengths) - [0.33, 0.14]
    radius = np.linalg.norm(points, axis=1)
    assert radius[0] == 0.0
    assert radius[-1] == pytest.approx(most)
    # every point of the disc lies within half a pitch of the path
    rng = np.random.default_rng(3)
    bearing, r = rng.uniform(0, 2 * np.pi, 300), most * np.sqrt(rng.random(300)) - pitch / 2
    disc = np.stack([r * np.cos(bearing), r * np.sin(bearing)], axis=1)
    gaps = np.linalg.norm(disc[:, None] - points[None], axis=2).min(axis=1)
    assert gaps.max() < 0.55 * pitch
    # and it is walked at the pace that the lengths say, but for the first turn
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    late = radius[1:] > pitch
    assert steps[late] == pytest.approx(np.diff(lengths)[late], rel=0.05)
    assert steps.sum() == pytest.approx(lengths[-1], rel=0.1)
