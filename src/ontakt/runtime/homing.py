"""The way home of one arm: open, rise, go across, settle; never sideways between the parts."""

import math

from ontakt.contract import ActionSpace, Array, Limits, Side, frozen_array
from ontakt.contract.limits import ArmLimits
from ontakt.runtime.slew import Vector, dot, longest_step, turn

PACE = 0.5
"""Share of the arm's limits in the mode `homing` that homing uses: it is never in a hurry, and so
the guard never has to clip it."""

_THERE = 1e-4
"""[m] Targets closer than this are the same place."""


class Homing:
    """Targets tick by tick, from the present target alone: it may be broken off and taken up
    again at any place.

    `home` is the action vector (width,) of the waiting pose. An arm first opens its gripper where
    it is, rises to `safe_height` [m] (default: the height of its home), crosses to above its home
    while it turns, and settles.
    """

    def __init__(
        self,
        space: ActionSpace,
        home: Array,
        limits: Limits,
        safe_height: float | None = None,
    ) -> None:
        self._dt = 1.0 / space.control_hz
        self._own = {side: limits.of(side, "homing") for side in space.sides}
        self._home: dict[Side, list[float]] = {}
        self._safe: dict[Side, float] = {}
        for side in space.sides:
            k = space.start(side)
            pose = home[k : k + 8].tolist()
            ceiling = limits.workspace[side][1][2]
            self._home[side] = pose
            self._safe[side] = min(max(pose[2], safe_height or pose[2]), ceiling)

    def next(self, side: Side, last: list[float], stride: Vector) -> Array:
        """The target (8,) after `last` (8 numbers), which moved by `stride` [m] on its tick."""
        home, dt, own = self._home[side], self._dt, self._own[side]
        opening = home[7]
        if last[7] < opening - _THERE:
            step = PACE * own.opening_speed * dt
            return frozen_array([*last[:7], min(last[7] + step, opening)])
        here: Vector = (last[0], last[1], last[2])
        across = math.hypot(home[0] - here[0], home[1] - here[1])
        goal: Vector = (home[0], home[1], home[2])
        orientation = (last[3], last[4], last[5], last[6])
        if across > _THERE and here[2] < self._safe[side] - _THERE:
            goal = (here[0], here[1], self._safe[side])
        else:
            most = PACE * own.turn_speed * dt
            orientation, _ = turn(orientation, (home[3], home[4], home[5], home[6]), most)
            if across > _THERE:
                goal = (home[0], home[1], here[2])
        return frozen_array([*self._step(own, here, goal, stride), *orientation, opening])

    def _step(self, own: ArmLimits, here: Vector, goal: Vector, stride: Vector) -> Vector:
        """One tick on the straight line from `here` to `goal`, gently up and down in speed."""
        step: Vector = (goal[0] - here[0], goal[1] - here[1], goal[2] - here[2])
        distance = math.sqrt(dot(step, step))
        if distance <= _THERE:
            return goal
        dt = self._dt
        # what jerk allows the first tick is enough for all of them
        gain = min(PACE * own.acceleration * dt * dt, own.jerk * dt * dt * dt)
        toward: Vector = (step[0] / distance, step[1] / distance, step[2] / distance)
        length = min(
            PACE * own.speed * dt,
            longest_step(toward, stride, gain),
            max(math.sqrt(2.0 * gain * distance) - 0.5 * gain, 0.5 * gain),  # brakes in time
        )
        part = min(1.0, length / distance)
        return (here[0] + part * step[0], here[1] + part * step[1], here[2] + part * step[2])
