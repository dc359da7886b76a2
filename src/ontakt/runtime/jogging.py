"""Arms in a person's hand: jogs made into targets, tick by tick, for as long as they come.

A jog is a speed with an end (`contract.request.JOG_S`): when the next one does not come, because a
key was let go, a page sleeps or a network is gone, the arm stands. The guard stays behind it, as
behind every drive.
"""

import math

from ontakt.contract import ActionSpace, Array, Limits, Side, frozen_array, ticks_of
from ontakt.contract.request import JOG_S, Jog
from ontakt.runtime.slew import Quaternion, Vector, dot, longest_step, unit_quaternion


class Jogging:
    """The last jog of every side, and until when it holds."""

    def __init__(self, space: ActionSpace, limits: Limits) -> None:
        self._dt = 1.0 / space.control_hz
        self._ticks = ticks_of(JOG_S, space.control_hz)
        self._own = {side: limits.of(side, "reduced") for side in space.sides}
        self._opening = limits.opening
        self._jogs: dict[Side, tuple[Jog, int]] = {}

    def take(self, jog: Jog, tick: int) -> None:
        """Pursue `jog` from `tick` on, in place of the one before."""
        self._jogs[jog.side] = (jog, tick + self._ticks)

    def next(self, side: Side, tick: int, last: list[float], stride: Vector) -> Array | None:
        """The target (8,) after `last` (8 numbers), which moved by `stride` [m] on its tick; None
        when no jog holds any more."""
        jog, end = self._jogs.get(side, (None, 0))
        if jog is None or tick >= end:
            return None
        own, dt = self._own[side], self._dt
        step = self._step(jog.velocity, stride, own.speed, own.acceleration, own.jerk)
        turn = _at_most(_times(jog.turning, dt), own.turn_speed * dt)
        rate = min(max(jog.opening * dt, -own.opening_speed * dt), own.opening_speed * dt)
        low, high = self._opening
        return frozen_array(
            [
                *(a + b for a, b in zip(last[:3], step, strict=True)),
                *_turned((last[3], last[4], last[5], last[6]), turn),
                min(max(last[7] + rate, low), high),
            ]
        )

    def _step(
        self, velocity: Vector, stride: Vector, speed: float, acceleration: float, jerk: float
    ) -> Vector:
        """This tick's displacement [m]: gently up to the speed that is asked for."""
        dt = self._dt
        wanted = _at_most(_times(velocity, dt), speed * dt)
        length = math.sqrt(dot(wanted, wanted))
        if length == 0.0:
            return wanted
        toward = _times(wanted, 1.0 / length)
        most = min(acceleration * dt * dt, jerk * dt * dt * dt)
        return _times(toward, min(length, longest_step(toward, stride, most)))


def _times(vector: Vector, factor: float) -> Vector:
    return (vector[0] * factor, vector[1] * factor, vector[2] * factor)


def _at_most(vector: Vector, most: float) -> Vector:
    """`vector`, shortened to `most`."""
    length = math.sqrt(dot(vector, vector))
    return vector if length <= most else _times(vector, most / length)


def _turned(start: Quaternion, turn: Vector) -> Quaternion:
    """`start` turned by the rotation vector `turn` [rad] about the station's axes."""
    angle = math.sqrt(dot(turn, turn))
    if angle == 0.0:
        return start
    x, y, z = _times(turn, math.sin(angle / 2.0) / angle)
    w = math.cos(angle / 2.0)
    a, b, c, d = start
    product = (
        w * a - x * b - y * c - z * d,
        w * b + x * a + y * d - z * c,
        w * c - x * d + y * a + z * b,
        w * d + x * c - y * b + z * a,
    )
    return unit_quaternion(product) or start
