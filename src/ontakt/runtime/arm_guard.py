"""The guard of one arm: its last target, how that moved, and how it may move next."""

import math
from typing import Literal

from msgspec import Struct

from ontakt.contract import SIDE_WIDTH, ArmState, BadValue, GuardTrip, Limits, Side
from ontakt.contract.limits import MotionMode
from ontakt.runtime.slew import (
    Quaternion,
    Vector,
    dot,
    gain,
    longest_step,
    turn,
    unit_quaternion,
)
from ontakt.runtime.wanted import Wanted

OVERLOAD = 1.25
"""Measured pad force above this multiple of the bound is an overload. The gripper regulates at the
bound itself, so noise and the impact of closing must fit between the two."""
STRIKE = 2.0
"""Wrist force above this multiple of the ceiling is a collision and no push."""

_ROUND_OFF = 1e-9
"""Relative excess that is arithmetic and no intervention."""

_STILL: Vector = (0.0, 0.0, 0.0)

Trips = list[GuardTrip]


class Move(Struct, frozen=True):
    """What one arm would be told next, as far as it alone is concerned."""

    pose: list[float]
    """Position [m], quaternion wxyz, opening [m]: 8 numbers."""
    stride: Vector
    """Displacement [m]."""
    gain: float
    """How much of it is speeding up and turning aside [m]."""
    held: bool = False
    """True when the arm stands although it wanted to move; its gripper may still open."""


class ArmGuard:
    """Plans an arm's next target with `plan`; nothing changes before `go` or `stand`."""

    def __init__(self, side: Side, limits: Limits, dt: float) -> None:
        self._side, self._limits, self._dt = side, limits, dt
        self._box = limits.workspace[side]
        self.pose: list[float] = []
        """The 8 numbers that the arm was last told."""
        self.stride = _STILL
        """The displacement [m] of the last tick."""
        self._gain = 0.0
        self._struck = False
        self.set_mode("automatic")

    def set_mode(self, mode: MotionMode) -> None:
        """Hold the limits of `mode` from the next tick on."""
        self._own = self._limits.of(self._side, mode)

    def start(self, arm: ArmState) -> None:
        """Stand where the arm is measured to be. Raises BadValue for a pose that is not finite."""
        quaternion: list[float] = arm.quaternion.tolist()
        orientation = unit_quaternion(_four(quaternion))
        pose = [*arm.position.tolist(), *(orientation or (math.nan,)), float(arm.opening)]
        if len(pose) != SIDE_WIDTH or not all(map(math.isfinite, pose)):
            raise BadValue(f"measured pose of the {self._side} arm", pose, "it must be finite")
        low, high = self._limits.opening
        pose[7] = min(max(pose[7], low), high)
        self.pose = pose
        self.stand()

    def stand(self) -> None:
        """Be told the same again."""
        self.stride, self._gain = _STILL, 0.0

    def go(self, move: Move) -> None:
        """Be told `move`."""
        self.pose, self.stride, self._gain = move.pose, move.stride, move.gain

    def struck(self, arm: ArmState) -> GuardTrip | None:
        """The stop for a push that was not there before and is beyond all bounds. It comes once:
        the arm can be withdrawn while the push lasts."""
        force, ceiling = _size(arm), self._own.wrist_force
        before, self._struck = self._struck, force > (1.0 if self._struck else STRIKE) * ceiling
        if self._struck and not before:
            return GuardTrip("wrist_force", "stop", self._side, force, STRIKE * ceiling)
        return None

    def plan(self, want: Wanted, tick: int, arm: ArmState, trips: Trips) -> Move | None:
        """Where the arm may go towards `want`, and in `trips` why not all the way; None when it
        must stand."""
        limits, last = self._limits, self.pose
        goal: list[float] = want.target.tolist()
        orientation, force = None, _size(arm)
        if len(goal) == SIDE_WIDTH and all(map(math.isfinite, goal)):
            orientation = unit_quaternion((goal[3], goal[4], goal[5], goal[6]))
        if orientation is None or not math.isfinite(arm.grip_force + force):
            trips.append(self._trip("finite", "hold", None, None))
            return None
        age = (tick - want.observed_tick) * self._dt
        if age > limits.chunk_age * (1 + _ROUND_OFF):
            trips.append(self._trip("age", "hold", age, limits.chunk_age))
            return None
        position, stride = self._advance((goal[0], goal[1], goal[2]), trips)
        held = force > self._own.wrist_force
        if held:
            # the push acts on the tool: who goes with it withdraws
            held = dot(stride, _three(arm.wrist_force.tolist())) <= 0.0
            action: Literal["clip", "hold"] = "hold" if held else "clip"
            trips.append(self._trip("wrist_force", action, force, self._own.wrist_force))
            if held:
                position, stride = _three(last), _STILL
            turned: Quaternion = (last[3], last[4], last[5], last[6])
        else:
            turned = self._turn(orientation, trips)
        opening = self._open(goal[7], float(arm.grip_force), trips)
        if held:
            opening = max(opening, last[7])
        return Move([*position, *turned, opening], stride, gain(stride, self.stride), held)

    def _advance(self, goal: Vector, trips: Trips) -> tuple[Vector, Vector]:
        """The next position, on the straight line to the (clipped) goal and never past it, and
        the way there."""
        own, dt, last, before = self._own, self._dt, self.pose, self.stride
        low, high = self._box
        x, y, z = (min(max(g, a), b) for g, a, b in zip(goal, low, high, strict=True))
        inside: Vector = (x, y, z)
        if inside != goal:
            _, axis = max((abs(inside[i] - goal[i]), i) for i in range(3))
            trips.append(self._trip("workspace", "clip", goal[axis], inside[axis]))
        step: Vector = (x - last[0], y - last[1], z - last[2])
        distance = math.sqrt(dot(step, step))
        if distance == 0.0:
            return inside, _STILL
        length, most = distance, own.speed * dt
        if length > most * (1 + _ROUND_OFF):
            trips.append(self._trip("speed", "clip", length / dt, own.speed))
            length = most
        toward: Vector = (step[0] / distance, step[1] / distance, step[2] / distance)
        quick, sudden = own.acceleration * dt * dt, self._gain + own.jerk * dt * dt * dt
        if length > longest_step(toward, before, min(quick, sudden)) * (1 + _ROUND_OFF):
            length = self._slow_down(toward, length, quick, sudden, trips)
        part = length / distance
        if part >= 1.0:
            return inside, step
        x, y, z = (
            min(max(a + part * s, min(a, b)), max(a, b))  # round-off must not leave the box
            for a, s, b in zip(last, step, inside, strict=False)
        )
        return (x, y, z), (x - last[0], y - last[1], z - last[2])

    def _slow_down(
        self, toward: Vector, length: float, quick: float, sudden: float, trips: Trips
    ) -> float:
        """The longest step along `toward`, at most `length`, that gains no more than acceleration
        (`quick` [m]) and jerk (`sudden` [m]) allow; at least one of them says less."""
        own, dt, before = self._own, self._dt, self.stride
        allowed = longest_step(toward, before, quick)
        if length > allowed * (1 + _ROUND_OFF):
            asked = math.dist([length * t for t in toward], before) / (dt * dt)
            trips.append(self._trip("acceleration", "clip", asked, own.acceleration))
            length = allowed
        allowed = longest_step(toward, before, sudden)
        if length > allowed * (1 + _ROUND_OFF):
            wish: Vector = (length * toward[0], length * toward[1], length * toward[2])
            asked = (gain(wish, before) - self._gain) / (dt * dt * dt)
            trips.append(self._trip("jerk", "clip", asked, own.jerk))
            length = allowed
        return length

    def _turn(self, goal: Quaternion, trips: Trips) -> Quaternion:
        """The next orientation, on the shortest way to `goal`."""
        last, most = self.pose, self._own.turn_speed * self._dt
        turned, angle = turn((last[3], last[4], last[5], last[6]), goal, most)
        if angle > most * (1 + _ROUND_OFF):
            trips.append(self._trip("turn_speed", "clip", angle / self._dt, self._own.turn_speed))
        return turned

    def _open(self, goal: float, force: float, trips: Trips) -> float:
        """The next opening: in range, no faster than allowed, no tighter under overload."""
        limits, last = self._limits, self.pose[7]
        low, high = limits.opening
        inside = min(max(goal, low), high)
        if inside != goal:
            trips.append(self._trip("opening", "clip", goal, inside))
        overload = OVERLOAD * limits.grip_force
        if force > overload and inside < last:
            trips.append(self._trip("grip_force", "clip", force, overload))
            return last
        most = self._own.opening_speed * self._dt
        rate = abs(inside - last)
        if rate > most * (1 + _ROUND_OFF):
            trips.append(
                self._trip("opening_speed", "clip", rate / self._dt, self._own.opening_speed)
            )
            return last + math.copysign(most, inside - last)
        return inside

    def _trip(
        self,
        rule: str,
        action: Literal["clip", "hold"],
        value: float | None,
        limit: float | None,
    ) -> GuardTrip:
        return GuardTrip(rule, action, self._side, value, limit)


def _size(arm: ArmState) -> float:
    """Of the force on the tool [N]."""
    force = _three(arm.wrist_force.tolist())
    return math.sqrt(dot(force, force))


def _three(values: list[float]) -> Vector:
    return (values[0], values[1], values[2])


def _four(values: list[float]) -> Quaternion:
    w, x, y, z = values
    return (w, x, y, z)
