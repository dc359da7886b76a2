"""The guard: everything that a robot is told passes here, and nothing else makes a `Command`.

It is not a safety function: safety-rated stops, speed and force monitoring belong into the robot's
own certified hardware. It keeps a policy's mistakes inside the bounds of the robot and station
files. Lateness is no input of it, so lateness cannot raise a bound.

What it does, rule by rule, each recorded as a `GuardTrip`:

| rule          | looks at                                | does                                |
|---------------|-----------------------------------------|-------------------------------------|
| heartbeat     | silence of the station's link           | stop: all sides stand               |
| finite        | NaN, infinity, a quaternion of length 0 | hold: this side stands              |
| age           | the observation a target rests on       | hold: this side stands              |
| workspace     | the target's place                      | clip to the side's box              |
| speed         | the step to the target                  | clip: a shorter step, same way      |
| acceleration  | speeding up, turning aside; not braking | clip: a shorter step, same way      |
| turn_speed    | the turn to the target                  | clip: a smaller turn, same way      |
| opening       | the opening's range                     | clip to the range                   |
| opening_speed | the opening's rate                      | clip to the rate                    |
| grip_force    | the force on the pads                   | clip: the gripper closes no further |
"""

import math
from collections.abc import Mapping
from typing import Literal

from ontakt.contract import (
    SIDE_WIDTH,
    ActionSpace,
    ArmState,
    BadValue,
    Command,
    GuardTrip,
    Limits,
    Side,
    frozen_array,
)
from ontakt.runtime.slew import Quaternion, Vector, dot, longest_step, turn, unit_quaternion
from ontakt.runtime.wanted import Wanted

OVERLOAD = 1.25
"""Measured pad force above this multiple of the bound is an overload. The gripper regulates at the
bound itself, so noise and the impact of closing must fit between the two."""

_ROUND_OFF = 1e-9
"""Relative excess that is arithmetic and no intervention."""

_STILL: Vector = (0.0, 0.0, 0.0)

Trips = list[GuardTrip]


class Guard:
    """Limits, the last target of every side, and how it moved: no other memory.

    Raises BadValue for limits that are not positive, or that name no workspace for a side.
    """

    def __init__(self, space: ActionSpace, limits: Limits) -> None:
        for name in (
            "speed", "acceleration", "turn_speed", "opening_speed", "grip_force", "chunk_age",
            "heartbeat",
        ):  # fmt: skip
            value = getattr(limits, name)
            if not (math.isfinite(value) and value > 0):
                raise BadValue(f"limit {name}", value, "a limit is a number above 0, in SI units")
        for side in space.sides:
            if side not in limits.workspace:
                raise BadValue("limit workspace", sorted(limits.workspace), f"it lacks {side!r}")
            low, high = limits.workspace[side]
            if not all(a < b for a, b in zip(low, high, strict=True)):
                raise BadValue(f"workspace of {side}", (low, high), "its corners are low, high")
        self._space = space
        self._limits = limits
        self._dt = 1.0 / space.control_hz
        self._last: dict[Side, list[float]] = {}
        self._stride: dict[Side, Vector] = {}
        self._told: list[float] = []
        self._still = True

    def start(self, arms: Mapping[Side, ArmState]) -> None:
        """Stand still where the arms are measured to be. Raises BadValue for a pose that is not
        finite: nothing may be commanded from there."""
        for side in self._space.sides:
            arm = arms[side]
            orientation = unit_quaternion(_four(arm.quaternion.tolist()))
            pose = [*arm.position.tolist(), *(orientation or (math.nan,)), float(arm.opening)]
            if len(pose) != SIDE_WIDTH or not all(map(math.isfinite, pose)):
                raise BadValue(f"measured pose of the {side} arm", pose, "it must be finite")
            low, high = self._limits.opening
            pose[7] = min(max(pose[7], low), high)
            self._last[side] = pose
            self._stride[side] = _STILL
        self._told = [value for side in self._space.sides for value in self._last[side]]
        self._still = True

    def last(self, side: Side) -> list[float]:
        """The 8 numbers that `side` was last told."""
        return list(self._last[side])

    def stride(self, side: Side) -> Vector:
        """The displacement [m] of the last tick."""
        return self._stride[side]

    @property
    def still(self) -> bool:
        """True when the last command was the same as the one before."""
        return self._still

    def check(
        self,
        tick: int,
        wanted: Mapping[Side, Wanted],
        arms: Mapping[Side, ArmState],
        silent_s: float,
    ) -> tuple[Command, tuple[GuardTrip, ...]]:
        """The command for `tick`, within the limits whatever `wanted` holds, and what was done.

        A side that wants nothing stands. `arms` is measured now; `silent_s` [s] is how long the
        station's link has been silent.
        """
        limits = self._limits
        trips: Trips = []
        stopped = not silent_s <= limits.heartbeat
        if stopped:
            trips.append(_trip("heartbeat", "stop", None, silent_s, limits.heartbeat))
        held = stopped
        target: list[float] = []
        for side in self._space.sides:
            want = None if stopped else wanted.get(side)
            if want is None:
                self._stride[side] = _STILL
            elif not self._play(side, want, tick, arms[side], trips):
                self._stride[side] = _STILL
                held = True
            target += self._last[side]
        self._still, self._told = target == self._told, target
        return Command(tick, frozen_array(target), limits.grip_force, held), tuple(trips)

    def _play(self, side: Side, want: Wanted, tick: int, arm: ArmState, trips: Trips) -> bool:
        """Move the last target of `side` towards `want`; False when it must be held instead."""
        limits, last = self._limits, self._last[side]
        goal: list[float] = want.target.tolist()
        orientation = None
        if len(goal) == SIDE_WIDTH and all(map(math.isfinite, goal)):
            orientation = unit_quaternion((goal[3], goal[4], goal[5], goal[6]))
        if orientation is None or not math.isfinite(arm.grip_force):
            trips.append(_trip("finite", "hold", side, None, None))
            return False
        age = (tick - want.observed_tick) * self._dt
        if age > limits.chunk_age * (1 + _ROUND_OFF):
            trips.append(_trip("age", "hold", side, age, limits.chunk_age))
            return False
        position = self._advance(side, (goal[0], goal[1], goal[2]), trips)
        most = limits.turn_speed * self._dt
        turned, angle = turn((last[3], last[4], last[5], last[6]), orientation, most)
        if angle > most * (1 + _ROUND_OFF):
            trips.append(_trip("turn_speed", "clip", side, angle / self._dt, limits.turn_speed))
        opening = self._open(side, goal[7], last[7], float(arm.grip_force), trips)
        self._last[side] = [*position, *turned, opening]
        return True

    def _advance(self, side: Side, goal: Vector, trips: Trips) -> Vector:
        """The next position: on the straight line to the (clipped) goal, never past it."""
        limits, dt, last = self._limits, self._dt, self._last[side]
        low, high = limits.workspace[side]
        inside = [min(max(g, a), b) for g, a, b in zip(goal, low, high, strict=True)]
        excess, axis = max((abs(inside[i] - goal[i]), i) for i in range(3))
        if excess > 0:
            trips.append(_trip("workspace", "clip", side, goal[axis], inside[axis]))

        step: Vector = (inside[0] - last[0], inside[1] - last[1], inside[2] - last[2])
        distance = math.sqrt(dot(step, step))
        if distance == 0.0:
            self._stride[side] = _STILL
            return (inside[0], inside[1], inside[2])
        length, before = distance, self._stride[side]
        most = limits.speed * dt
        if length > most * (1 + _ROUND_OFF):
            trips.append(_trip("speed", "clip", side, length / dt, limits.speed))
            length = most
        toward: Vector = (step[0] / distance, step[1] / distance, step[2] / distance)
        allowed = longest_step(toward, before, limits.acceleration * dt * dt)
        if length > allowed * (1 + _ROUND_OFF):
            asked = math.dist([length * t for t in toward], before) / (dt * dt)
            trips.append(_trip("acceleration", "clip", side, asked, limits.acceleration))
            length = allowed
        part = length / distance
        if part >= 1.0:
            self._stride[side] = step
            return (inside[0], inside[1], inside[2])
        x, y, z = (
            min(max(a + part * s, min(a, b)), max(a, b))  # round-off must not leave the box
            for a, s, b in zip(last, step, inside, strict=False)
        )
        self._stride[side] = (x - last[0], y - last[1], z - last[2])
        return (x, y, z)

    def _open(self, side: Side, goal: float, last: float, force: float, trips: Trips) -> float:
        """The next opening: in range, no faster than allowed, no tighter under overload."""
        limits = self._limits
        low, high = limits.opening
        inside = min(max(goal, low), high)
        if inside != goal:
            trips.append(_trip("opening", "clip", side, goal, inside))
        overload = OVERLOAD * limits.grip_force
        if force > overload and inside < last:
            trips.append(_trip("grip_force", "clip", side, force, overload))
            return last
        most = limits.opening_speed * self._dt
        rate = abs(inside - last)
        if rate > most * (1 + _ROUND_OFF):
            trips.append(
                _trip("opening_speed", "clip", side, rate / self._dt, limits.opening_speed)
            )
            return last + math.copysign(most, inside - last)
        return inside


def _trip(
    rule: str,
    action: Literal["clip", "hold", "stop"],
    side: Side | None,
    value: float | None,
    limit: float | None,
) -> GuardTrip:
    return GuardTrip(rule, action, side, value, limit)


def _four(values: list[float]) -> Quaternion:
    w, x, y, z = values
    return (w, x, y, z)
