"""How far a target may go in one tick: the arithmetic of speed, acceleration, jerk and turning.

Plain floats, because a guard runs on every tick and numpy costs a microsecond a call.

Speeding up and turning aside are limited, slowing down never is: a stop must not wait. With v the
last displacement and g the greatest change of displacement in one tick, the next displacement may
be any point within g of the segment from 0 to v. That set holds a ball of radius g around 0, so
a target can always be approached on a straight line, at g a tick or more, and never be overshot.

A bound on jerk makes g grow: the gain of a tick, its displacement's distance from the segment, may
exceed the last tick's gain by at most jerk * dt^3. Braking gains nothing, so it stays free, and the
ball around 0 never shrinks below that: what holds for g holds with jerk too. It is the size of the
gain that is bounded; which way it points may change from one tick to the next.
"""

import math

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]


def dot(a: Vector, b: Vector) -> float:
    """Scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def longest_step(direction: Vector, last: Vector, most: float) -> float:
    """Longest displacement [m] along the unit vector `direction` that stays within `most` [m] of
    the segment from 0 to `last` [m]."""
    along = dot(direction, last)
    if along <= 0.0:
        return most
    length = math.sqrt(dot(last, last))
    across = math.sqrt(max(0.0, length * length - along * along))
    if most * along <= across * length:
        return most * length / across
    return along + math.sqrt(max(0.0, most * most - across * across))


def gain(step: Vector, last: Vector) -> float:
    """Distance [m] of the displacement `step` from the segment from 0 to `last`: how much of it is
    speeding up and turning aside."""
    along, square = dot(step, last), dot(last, last)
    part = 0.0 if along <= 0.0 or square == 0.0 else min(1.0, along / square)
    x, y, z = step[0] - part * last[0], step[1] - part * last[1], step[2] - part * last[2]
    return math.sqrt(x * x + y * y + z * z)


def unit_quaternion(values: Quaternion) -> Quaternion | None:
    """`values` scaled to length 1, whatever their size; None for (nearly) zero."""
    largest = max(abs(v) for v in values)
    if largest < 1e-6:
        return None
    w, x, y, z = (v / largest for v in values)
    length = math.sqrt(w * w + x * x + y * y + z * z)
    return (w / length, x / length, y / length, z / length)


def turn(start: Quaternion, goal: Quaternion, most: float) -> tuple[Quaternion, float]:
    """From `start` towards `goal` by at most `most` [rad], on the shortest way.

    Both are unit quaternions wxyz; the answer has the sign that continues `start`. Returns it with
    the whole angle [rad] from `start` to `goal`.
    """
    (a, b, c, d), (w, x, y, z) = start, goal
    if a * w + b * x + c * y + d * z < 0.0:
        w, x, y, z = -w, -x, -y, -z
    apart = math.sqrt((w - a) ** 2 + (x - b) ** 2 + (y - c) ** 2 + (z - d) ** 2)
    joint = math.sqrt((w + a) ** 2 + (x + b) ** 2 + (y + c) ** 2 + (z + d) ** 2)
    half = 2.0 * math.atan2(apart, joint)  # accurate for small angles, unlike acos of the product
    angle = 2.0 * half
    if angle <= most:
        return (w, x, y, z), angle
    t = most / angle
    k = math.sin((1.0 - t) * half) / math.sin(half)
    m = math.sin(t * half) / math.sin(half)
    turned = unit_quaternion((k * a + m * w, k * b + m * x, k * c + m * y, k * d + m * z))
    return turned or start, angle
