"""A cell that follows a script, a clock and a sink: whole shifts without physics or a policy.

The arms are points that move along a fixed path from home over the nut to the pin and back; what
goes wrong, and when, is written down beforehand. The signals are those that a real cell would
give, so the supervisor has to see for itself.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
from msgspec import Struct

from ontakt.contract import (
    SIDES,
    ArmState,
    Array,
    Assistance,
    Belief,
    CellStats,
    Clock,
    CycleError,
    Drive,
    GuardTrip,
    HaltError,
    Inspection,
    Side,
    Signals,
    StopCategory,
    StopPhase,
    frozen_array,
)
from ontakt.contract.event import Event, Origin, Record
from ontakt.contract.request import Jog
from ontakt.line.operator import Response

Kind = Literal[
    "ok", "escape", "drop", "no_grasp", "jam", "stall", "not_seated", "wander", "gave_up",
    "guard_hold", "guard_stop", "error", "halt",
]  # fmt: skip


class Deed(Struct, frozen=True):
    """What one attempt on one side does. `seconds` is how long a whole good one takes, up to the
    open gripper above the pin; a failure happens on the way at the same pace. `escape` looks good
    and is not; `wander` never ends."""

    kind: Kind = "ok"
    seconds: float = 9.0


Script = Mapping[tuple[int, Side], Sequence[Deed]]
"""(cycle, side) to its attempts in order; where the script ends, attempts are good."""

OPEN, NUT, SHUT = 0.028, 0.018, 0.0005
"""Openings [m]: of an open gripper, around a nut, on nothing."""
GRASP = 0.006
"""TCP above the nut's centre at the grasp [m]."""
HOMING_S = 2.0
"""Every way home takes so long."""

_Y: dict[Side, float] = {"left": 0.14, "right": -0.14}
PLACES: dict[str, tuple[float, float, float]] = {
    name: place
    for side, y in _Y.items()
    for name, place in {
        f"{side}_nut": (0.18, y, 0.825),
        f"{side}_pin": (0.33, y, 0.825),
        f"{side}_home": (0.18, y, 0.920),
    }.items()
}
"""Nominal places of the fake cell [m]."""


class FakeClock:
    """A virtual clock; with `skips` False, one that does not let idle time be skipped."""

    late = 0

    def __init__(self, hz: int = 30, tick: int = 0, skips: bool = True) -> None:
        self.hz, self.tick, self.skips = hz, tick, skips

    def advance(self, ticks: int = 1) -> None:
        """Let `ticks` pass at once. Raises ValueError for a negative number."""
        if ticks < 0:
            raise ValueError(f"ticks is {ticks}; time only goes forward, use 0 or more.")
        self.tick += ticks

    def utc_ns(self) -> int:
        """One nanosecond count per tick, from 1970 on."""
        return self.tick * 1_000_000_000 // self.hz


class MemorySink:
    """Keeps events as records, stamped by `clock`."""

    ORIGIN = Origin(
        shift="fake-1", station="fake", robot="fake", policy_hash="0" * 8, config_hash="0" * 8
    )

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.records: list[Record] = []

    def append(self, event: Event) -> None:
        """As `RecordSink.append`, without the disk."""
        self.records.append(
            Record(
                origin=self.ORIGIN,
                seq=len(self.records),
                tick=self._clock.tick,
                utc_ns=self._clock.utc_ns(),
                event=event,
            )
        )

    @property
    def events(self) -> list[Event]:
        """The events alone, in order."""
        return [record.event for record in self.records]


class PunctualOperator:
    """An operator who always takes the same time: 10 s to acknowledge, 20 s to walk over, 30 s
    to help. He refills what is empty, removes what was stopped, and finishes all else."""

    def respond(self, call: int, reason: str) -> Response:  # noqa: ARG002 - punctual every time
        """As `Operator.respond`."""
        action: Assistance = "finish"
        if reason == "starved":
            action = "refill"
        elif reason in ("guard", "error"):
            action = "remove"
        return Response(action, 10.0, 20.0, 30.0)


class _Arm:
    """One point-like arm with its gripper, and what the script lets it do."""

    def __init__(self, side: Side) -> None:
        self.nut, self.pin, self.home = (
            np.array(PLACES[f"{side}_{name}"]) for name in ("nut", "pin", "home")
        )
        self.position: Array = self.home.copy()
        self.opening = self.target_opening = OPEN
        self.force = self.lag = 0.0
        self.drive: Drive = "hold"
        self.deed = Deed()
        self.ticks = 0
        """Ticks of the present drive."""
        self.left_from: Array = self.home.copy()
        self.stride: Array = np.zeros(3)
        """Displacement of the last tick [m]."""
        self.seated = self.waiting = False
        self.belief: Belief | None = None

    @property
    def homed(self) -> bool:
        return bool(np.array_equal(self.position, self.home)) and self.opening == OPEN

    def give(self, drive: Drive) -> None:
        """Hand the arm to `drive`."""
        self.drive, self.ticks, self.belief = drive, 0, None
        self.left_from, self.lag = self.position.copy(), 0.0

    def brake(self) -> None:
        """One tick of braking: half as fast as the tick before."""
        self.position = self.position + self.stride / 2

    def go_home(self, hz: int) -> None:
        """One tick on the way home; the gripper opens first."""
        self.ticks += 1
        part = min(1.0, self.ticks / (HOMING_S * hz))
        self.opening = self.target_opening = OPEN
        self.force = 0.0
        self.position = self.home if part == 1.0 else _between(self.left_from, self.home, part)

    def work(self, hz: int) -> None:
        """One tick of the scripted attempt."""
        self.ticks += 1
        kind = self.deed.kind
        at = self.ticks / (self.deed.seconds * hz)
        stop = {"stall": 0.15, "jam": 0.75, "guard_hold": 0.45, "gave_up": 0.5}.get(kind, 1.0)
        self.belief = Belief(phase="work", done=at >= 1.0 and kind in ("ok", "escape"))
        if kind == "gave_up" and at >= stop:
            self.belief = Belief(phase="work", gave_up="jam", retries=1)
        at = min(at, stop)
        if kind == "wander":
            self.position = _above(self.home, 0.02 + 0.01 * (self.ticks // 30 % 2))
            return
        over_nut, over_pin = (_above(p, GRASP + 0.05) for p in (self.nut, self.pin))
        at_nut, at_pin = (_above(p, GRASP) for p in (self.nut, self.pin))
        if kind == "not_seated":
            at_pin = _above(at_pin, 0.008)
        way = [
            (0.0, self.left_from), (0.15, over_nut), (0.25, at_nut), (0.35, at_nut),
            (0.45, over_nut), (0.6, over_pin), (0.8, at_pin), (0.9, at_pin), (1.0, over_pin),
        ]  # fmt: skip
        for (start, a), (end, b) in pairwise(way):
            if start <= at <= end:
                self.position = _between(a, b, (at - start) / (end - start))
                break
        held = 0.25 <= at < 0.85
        lost = kind == "no_grasp" or (kind == "drop" and at >= 0.5)
        self.target_opening = 0.0 if held else OPEN
        self.opening = (SHUT if lost else NUT) if held else OPEN
        self.force = 15.0 if held and not lost else 0.0
        self.lag = 0.004 if kind == "jam" and at == stop else 0.0
        if held:
            self.waiting = kind == "no_grasp"
        if at >= 0.85 and kind == "ok":
            self.seated = True

    def state(self) -> ArmState:
        """What encoders and force sensors tell."""
        return ArmState(
            position=frozen_array(self.position),
            quaternion=frozen_array((0.0, 1.0, 0.0, 0.0)),
            opening=self.opening,
            grip_force=self.force,
            wrist_force=frozen_array((0.0, 0.0, -2.0 + 3000.0 * self.lag)),
            target=frozen_array(self.position - [0.0, 0.0, self.lag]),
            target_opening=self.target_opening,
        )


class ScriptedCell:
    """`contract.Cell` that plays `script`. `magazine` nuts a side; `beliefs` False plays a policy
    that says nothing of itself; `present_errors` are cycles whose part cannot be presented;
    after a guard stop or an error, the arms do not come home before `stuck` helps. A stop takes
    `brake_ticks`, in which an arm that was moving goes on a little."""

    def __init__(
        self,
        script: Script | None = None,
        *,
        clock: FakeClock | None = None,
        sides: tuple[Side, ...] = SIDES,
        magazine: int = 1000,
        beliefs: bool = True,
        present_errors: tuple[int, ...] = (),
        stuck: int = 0,
        brake_ticks: int = 0,
    ) -> None:
        self.clock = clock or FakeClock()
        self.sides = sides
        self.moved: list[int] = []
        """Ticks on which an arm moved, in order."""
        self.assisted: list[tuple[int, Assistance]] = []
        """(tick, action) of every help."""
        self._script = dict(script or {})
        self._magazine, self._beliefs = magazine, beliefs
        self._present_errors, self._stuck = present_errors, stuck
        self._stuck_now = 0
        self._brake_ticks, self._braking = brake_ticks, 0
        self._stop: StopCategory | None = None
        self.stops: list[tuple[int, StopCategory]] = []
        """(tick, category) of every stop that was asked for."""
        self.restarts: list[int] = []
        """Ticks on which a person ended a stop."""
        self._left: dict[Side, int] = dict.fromkeys(sides, magazine)
        self._arms = {side: _Arm(side) for side in sides}
        self._cycle, self._attempts = 0, dict.fromkeys(sides, 0)
        self._tampered = False

    def present(self, cycle: int) -> Mapping[str, float]:
        """A new part; its variation is the cycle's number. Raises CycleError as scripted."""
        if cycle in self._present_errors:
            raise CycleError(f"The part of cycle {cycle} cannot be presented.")
        self._cycle, self._attempts = cycle, dict.fromkeys(self.sides, 0)
        for arm in self._arms.values():
            arm.seated = False
        self._tampered = False
        return {"misalignment": cycle * 1e-6}

    def feed(self, side: Side) -> int | None:
        """As `Cell.feed`."""
        arm = self._arms[side]
        if not arm.waiting:
            if self._left[side] == 0:
                return None
            self._left[side] -= 1
            arm.waiting = True
        return self._left[side]

    def work(self, sides: tuple[Side, ...]) -> None:
        """As `Cell.work`: the script's next attempt begins on `sides`."""
        if self._stop is not None:
            return
        for side in sides:
            deeds = self._script.get((self._cycle, side), ())
            n = self._attempts[side]
            self._arms[side].deed = deeds[n] if n < len(deeds) else Deed()
            self._attempts[side] = n + 1
            self._arms[side].give("policy")

    def home(self, sides: tuple[Side, ...]) -> None:
        """As `Cell.home`."""
        if self._stop is not None:
            return
        for side in sides:
            self._arms[side].give("home")

    def hold(self) -> None:
        """As `Cell.hold`."""
        for arm in self._arms.values():
            arm.give("hold")

    def jog(self, jog: Jog) -> None:
        """As `Cell.jog`: the arm moves by what the jog asks for in one tick, unguarded."""
        if self._stop is None:
            arm = self._arms[jog.side]
            arm.give("person")
            arm.position = arm.position + np.array(jog.velocity) / self.clock.hz
            self.moved.append(self.clock.tick)

    def stop(self, category: StopCategory) -> None:
        """As `Cell.stop`."""
        self.stops.append((self.clock.tick, category))
        if self._stop is None:
            self._braking = self._brake_ticks
        if self._stop is None or category < self._stop:
            self._stop = category
        if self._stop is StopCategory.IMMEDIATE:
            self._braking = 0  # the motors' own brakes stop it on the spot
        self.hold()

    @property
    def stop_phase(self) -> StopPhase:
        """As `Cell.stop_phase`."""
        if self._stop is None:
            return "running"
        if self._braking:
            return "braking"
        return "standing" if self._stop is StopCategory.STANDING else "unpowered"

    @property
    def powered(self) -> bool:
        """False while the drives have no power."""
        return self.stop_phase != "unpowered"

    def restart(self) -> None:
        """As `Cell.restart`."""
        if self._stop is not None and not self._braking:
            self._stop = None
            self.restarts.append(self.clock.tick)

    def step(self) -> Signals:
        """One tick. Raises CycleError and HaltError as scripted."""
        trips: list[GuardTrip] = []
        for side, arm in self._arms.items():
            before = (arm.position, arm.opening)
            if self._braking:
                arm.brake()
            if arm.drive == "policy":
                self._heed(side, arm, trips)
            if arm.drive == "policy":
                arm.work(self.clock.hz)
            elif arm.drive == "home" and not self._stuck_now:
                arm.go_home(self.clock.hz)
            if not (np.array_equal(arm.position, before[0]) and arm.opening == before[1]):
                self.moved.append(self.clock.tick)
            arm.stride = arm.position - before[0]
        self._braking = max(0, self._braking - 1)
        signals = Signals(
            tick=self.clock.tick,
            arms={side: arm.state() for side, arm in self._arms.items()},
            drives={side: arm.drive for side, arm in self._arms.items()},
            homed={side: arm.homed and not self._stuck_now for side, arm in self._arms.items()},
            beliefs={
                side: arm.belief
                for side, arm in self._arms.items()
                if arm.belief is not None and self._beliefs
            },
            trips=tuple(trips),
        )
        self.clock.advance()
        return signals

    def rest(self, ticks: int) -> None:
        """Let time pass. Raises AssertionError while an arm is the policy's, on its way home or
        braking."""
        assert not self._braking, "the arms brake while the line rests"
        for side, arm in self._arms.items():
            resting = arm.drive in ("hold", "person") or (arm.drive == "home" and arm.homed)
            assert resting, f"{side} is in motion ({arm.drive}) while the line rests"
        self.clock.advance(ticks)

    def inspect(self) -> Mapping[Side, Inspection]:
        """Good is what the script seated. Raises AssertionError after a person was there."""
        assert not self._tampered, "a person touched the part before it was inspected"
        return {
            side: Inspection(arm.seated, 0.0002, 0.0 if arm.seated else 0.008, 0.0)
            for side, arm in self._arms.items()
        }

    def assist(self, action: Assistance) -> None:
        """As `Cell.assist`; one help also frees an arm that is stuck."""
        self.assisted.append((self.clock.tick, action))
        if action == "refill":
            self._left = dict.fromkeys(self.sides, self._magazine)
        elif action in ("finish", "remove"):
            self._tampered = True
            self._stuck_now = max(0, self._stuck_now - 1)

    def stats(self) -> CellStats:
        """Nothing is counted here but the attempts."""
        return CellStats(sum(self._attempts.values()), (80.0, 80.0, 80.0), 0, 0, {})

    def picture(self, cycle: int, what: str, side: Side | None = None) -> str | None:  # noqa: ARG002
        """A path without a file."""
        return f"pictures/{cycle}-{what}.png"

    def keep_black_box(self, cycle: int, reason: str) -> str | None:
        """A path without a file."""
        return f"black_box/{cycle}-{reason}"

    def _heed(self, side: Side, arm: _Arm, trips: list[GuardTrip]) -> None:
        """What the script has in store beside motion, on the way to the pin."""
        kind, at = arm.deed.kind, arm.ticks / (arm.deed.seconds * self.clock.hz)
        if at < 0.45:
            return
        if kind == "guard_hold":
            trips.append(GuardTrip("age", "hold", side, 1.5, 1.0))
        elif kind == "guard_stop":
            trips.append(GuardTrip("heartbeat", "stop", None, 0.5, 0.2))
            self._stuck_now = self._stuck
            self.hold()
        elif kind == "error":
            self._stuck_now = self._stuck
            self.hold()
            self.clock.advance()
            raise CycleError(f"The policy failed on the {side} side.")
        elif kind == "halt":
            raise HaltError(f"The {side} arm lost its link.")


def _above(point: Array, height: float) -> Array:
    raised: Array = point + np.array([0.0, 0.0, height])
    return raised


def _between(a: Array, b: Array, part: float) -> Array:
    way: Array = a + part * (b - a)
    return way
