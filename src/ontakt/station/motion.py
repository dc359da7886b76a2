"""Where a tool goes on control ticks: smooth strokes from rest to rest, and the search spiral."""

import math

import numpy as np
from msgspec import Struct

from ontakt.contract.spaces import Array

_PEAK_SPEED, _PEAK_ACCELERATION = 1.875, 10.0 / math.sqrt(3.0)
"""Of the minimum-jerk stroke 10 s^3 - 15 s^4 + 6 s^5 over unit distance and unit time (Flash and
Hogan 1985)."""


class Move(Struct, frozen=True, eq=False):
    """What a side wants of the next chunk: a stroke to `goal` [m], or `path` as it stands."""

    goal: Array
    opening: float
    speed: float
    wait: int = 0
    """Ticks that it takes even where there is no way to go."""
    path: Array | None = None
    """Shape (contact_ticks, 3)."""


def distance(a: Array, b: Array) -> float:
    """Between two points [m]."""
    return float(np.linalg.norm(a - b))


def at_height(point: Array, height: float) -> Array:
    """`point` [m] moved up or down to `height` [m]."""
    return np.array([point[0], point[1], height])


def raised(point: Array, by: float) -> Array:
    """`point` [m] moved up `by` [m]."""
    return at_height(point, point[2] + by)


def stroke_ticks(distance: float, speed: float, acceleration: float, hz: int) -> int:
    """Ticks in which a stroke over `distance` [m] keeps below `speed` [m/s] and `acceleration`
    [m/s^2]; at least 1."""
    seconds = max(_PEAK_SPEED * distance / speed, _reach_time(distance, acceleration))
    return max(1, math.ceil(seconds * hz - 1e-9))


def stroke(
    start: Array, goal: Array, ticks: int, speed: float, acceleration: float, hz: int
) -> Array:
    """A stroke of `ticks` rows, shape (ticks, 3), from rest at `start` to rest: at `goal`, or as
    far on the straight way there as `speed` and `acceleration` allow in that time."""
    way = np.asarray(goal) - start
    distance = float(np.linalg.norm(way))
    seconds = ticks / hz
    most = min(speed * seconds / _PEAK_SPEED, acceleration * seconds**2 / _PEAK_ACCELERATION)
    share = 1.0 if distance <= most else most / distance
    s = np.arange(1, ticks + 1)[:, None] / ticks
    path: Array = start + way * share * (10 * s**3 - 15 * s**4 + 6 * s**5)
    return path


def spiral(centre: Array, pitch: float, angle: float, lengths: Array) -> Array:
    """Points, shape (n, 2), on the spiral r = pitch * turns about `centre` that begins towards
    `angle`, at the path lengths `lengths` [m], shape (n,). With r^2 = length * pitch / pi, which
    is exact but for the first turn, where it only hurries."""
    radius = np.sqrt(np.maximum(lengths, 0.0) * pitch / math.pi)
    bearing = angle + 2.0 * math.pi * radius / pitch
    offsets = radius[:, None] * np.stack([np.cos(bearing), np.sin(bearing)], axis=1)
    points: Array = np.asarray(centre)[:2] + offsets
    return points


def spiral_length(pitch: float, radius: float) -> float:
    """Path length [m] at which the spiral has grown to `radius` [m]."""
    return math.pi * radius**2 / pitch


def _reach_time(distance: float, acceleration: float) -> float:
    return math.sqrt(_PEAK_ACCELERATION * distance / acceleration)
