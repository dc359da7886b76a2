"""The guard: everything that a robot is told passes here, and nothing else makes a `Command`.

It is not a safety function: safety-rated stops, speed and force monitoring belong into the robot's
own certified hardware. It keeps a policy's mistakes inside the bounds of the robot and station
files. Lateness is no input of it, so lateness cannot raise a bound; a mode can only lower one.

What it does, rule by rule, each recorded as a `GuardTrip`:

| rule          | looks at                                | does                                |
|---------------|-----------------------------------------|-------------------------------------|
| heartbeat     | silence of the station's link           | stop: all sides stand               |
| wrist_force   | a new push of twice the ceiling         | stop: all sides stand               |
| finite        | NaN, infinity, a quaternion of length 0 | hold: this side stands              |
| age           | the observation a target rests on       | hold: this side stands              |
| workspace     | the target's place                      | clip to the side's box              |
| speed         | the step to the target                  | clip: a shorter step, same way      |
| acceleration  | speeding up, turning aside; not braking | clip: a shorter step, same way      |
| jerk          | how suddenly it does so                 | clip: a shorter step, same way      |
| wrist_force   | the force on the tool                   | hold: this side stands, its gripper |
|               |                                         | may open; clip: it goes with the    |
|               |                                         | push and does not turn              |
| turn_speed    | the turn to the target                  | clip: a smaller turn, same way      |
| opening       | the opening's range                     | clip to the range                   |
| opening_speed | the opening's rate                      | clip to the rate                    |
| grip_force    | the force on the pads                   | clip: the gripper closes no further |
| clearance     | the distance of the two tools           | hold: who comes nearer stands       |
"""

from collections.abc import Mapping

from ontakt.contract import ActionSpace, ArmState, Command, GuardTrip, Limits, Side, frozen_array
from ontakt.contract.limits import MotionMode
from ontakt.runtime.arm_guard import ArmGuard, Move, Trips
from ontakt.runtime.capsule import middles_apart, segment_distance, tool_axis
from ontakt.runtime.limit_check import check_limits
from ontakt.runtime.slew import Vector
from ontakt.runtime.wanted import Wanted

_NEARER = 1e-12
"""A loss of distance [m] that is arithmetic and no motion."""


class Guard:
    """Limits, the mode of every side, its last target, and how it moved: no other memory.

    Raises BadValue for limits without sense: see `limit_check`.
    """

    def __init__(self, space: ActionSpace, limits: Limits) -> None:
        check_limits(space, limits)
        self._limits = limits
        self._arms = {side: ArmGuard(side, limits, 1.0 / space.control_hz) for side in space.sides}
        self._apart = limits.clearance + 2.0 * limits.tool.radius
        self._told: list[float] = []
        self._still = True

    def start(self, arms: Mapping[Side, ArmState]) -> None:
        """Stand still where the arms are measured to be. Raises BadValue for a pose that is not
        finite: nothing may be commanded from there."""
        for side, guard in self._arms.items():
            guard.start(arms[side])
        self._told = [value for guard in self._arms.values() for value in guard.pose]
        self._still = True

    def set_mode(self, mode: MotionMode, sides: tuple[Side, ...] | None = None) -> None:
        """Hold the limits of `mode` for `sides`, all when None, from the next tick on. Who is too
        fast for them brakes on that tick: nothing limits braking."""
        for side in self._arms if sides is None else sides:
            self._arms[side].set_mode(mode)

    def last(self, side: Side) -> list[float]:
        """The 8 numbers that `side` was last told."""
        return list(self._arms[side].pose)

    def stride(self, side: Side) -> Vector:
        """The displacement [m] of the last tick."""
        return self._arms[side].stride

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
        if not silent_s <= limits.heartbeat:
            trips.append(GuardTrip("heartbeat", "stop", None, silent_s, limits.heartbeat))
        for side, guard in self._arms.items():
            strike = guard.struck(arms[side])
            if strike is not None:
                trips.append(strike)
        moves: dict[Side, Move] = {}
        held = stopped = bool(trips)
        if not stopped:
            for side, guard in self._arms.items():
                want = wanted.get(side)
                if want is not None:
                    move = guard.plan(want, tick, arms[side], trips)
                    if move is not None:
                        moves[side] = move
                    held = held or move is None or move.held
            held = self._keep_apart(moves, trips) or held
        target: list[float] = []
        for side, guard in self._arms.items():
            if side in moves:
                guard.go(moves[side])
            else:
                guard.stand()
            target += guard.pose
        self._still, self._told = target == self._told, target
        return Command(tick, frozen_array(target), limits.grip_force, held), tuple(trips)

    def _keep_apart(self, moves: dict[Side, Move], trips: Trips) -> bool:
        """Take out of `moves` what would bring the tools nearer than they may be; True when there
        was such a move. Coming no nearer is always allowed, so there is always a way out; when
        only one of two may go, it is the one that leaves more room."""
        if len(self._arms) < 2 or not moves:
            return False
        (first, a), (second, b) = ((side, guard.pose) for side, guard in self._arms.items())
        next_a = moves[first].pose if first in moves else a
        next_b = moves[second].pose if second in moves else b
        gap = self._gap(next_a, next_b)
        if gap >= self._apart:
            return False
        least = min(self._apart, self._gap(a, b) - _NEARER)
        if gap >= least:
            return False
        alone = {first: self._gap(next_a, b), second: self._gap(a, next_b)}
        allowed = [side for side in moves if alone[side] >= least]
        goes = max(allowed, key=lambda side: alone[side], default=None)
        tools = 2.0 * self._limits.tool.radius
        for side in (first, second):
            if side in moves and side != goes:
                del moves[side]
                trips.append(
                    GuardTrip("clearance", "hold", side, gap - tools, self._limits.clearance)
                )
        return True

    def _gap(self, a: list[float], b: list[float]) -> float:
        """Distance [m] of the axes of two tools; where it is plainly more than they need, what it
        is at least."""
        length = self._limits.tool.length
        first, second = tool_axis(a, length), tool_axis(b, length)
        at_least = middles_apart(first, second) - length
        return at_least if at_least > self._apart else segment_distance(first, second)
