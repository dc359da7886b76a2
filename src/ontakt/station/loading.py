"""How one side loads one nut: phases, each of which answers with its next move.

reach, descend, close, lift, carry, approach, insert, seat, open, rise, tamp, retreat is the way
when all goes well. A weak grip slides down a nut that sticks, so the hand's height at the release
proves nothing: at the end both fingertips press on the nut's top, which seats it and tells whether
it is seated. A missed grasp goes back to `reach`, a blocked insertion to `approach`, a nut that
cannot be tamped is gripped again; a few times each. A nut that will not go on is put down beside
the pin, so that the pin is free for another.
"""

import math
from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from ontakt.contract.chunk import Belief
from ontakt.contract.observation import ArmState, Sight
from ontakt.contract.spaces import Array, Side
from ontakt.station.expert_config import ExpertConfig
from ontakt.station.motion import spiral, spiral_length

_SHOWN = {
    "descend": "grasp",
    "close": "grasp",
    "lift": "grasp",
    "approach": "carry",
    "seat": "insert",
    "open": "release",
    "rise": "release",
    "tamp": "release",
    "retreat": "release",
    "raise": "set_aside",
    "put_down": "set_aside",
}
"""Phase to the word by which others know it, where the two differ."""

_THERE, _NEAR = 1e-4, 1e-3
"""A target this close to its goal [m] has arrived; to one that every look moves a little."""

_GOLDEN = math.pi * (3.0 - math.sqrt(5.0))
"""Bearings that advance by this angle spread evenly, however many they are [rad]."""


class Move(Struct, frozen=True, eq=False):
    """What a side wants of the next chunk: a stroke to `goal` [m], or `path` as it stands."""

    goal: Array
    opening: float
    speed: float
    wait: int = 0
    """Ticks that it takes even where there is no way to go."""
    path: Array | None = None
    """Shape (contact_ticks, 3)."""


class Loading:
    """One side's work on one nut, begun with an open or a holding gripper anywhere in reach."""

    def __init__(self, side: Side, config: ExpertConfig, hz: int, rng: np.random.Generator) -> None:
        self._side: Side = side
        self._config, self._hz = config, hz
        self._phases = {
            "reach": self._reach,
            "descend": self._descend,
            "close": self._close,
            "lift": self._lift,
            "carry": self._carry,
            "approach": self._approach,
            "insert": self._insert,
            "seat": self._seat,
            "open": self._open,
            "rise": self._rise,
            "tamp": self._tamp,
            "retreat": self._retreat,
            "raise": self._raise,
            "put_down": self._put_down,
        }
        self._phase, self._ticks = "reach", 0
        self._sights: Mapping[str, Sight] = {}
        self._nut = self._pin = np.zeros(3)
        """Centres of the presented and of a seated nut, as last seen."""
        self._blind = self._missed = self._blocked = self._stuck = 0
        self._on_pin = False
        """True when the nut to be gripped is one that sticks on the pin."""
        self._weight = 0.0
        """Vertical force [N] that the wrist feels in free air."""
        self._bearing = float(rng.uniform(-math.pi, math.pi))
        self._searched = 0.0
        """Length of the search path so far [m]."""
        self._after = "retreat"
        """The phase that follows the gripper's opening."""
        self._failure: str | None = None
        self._clear = False

    def move(self, arm: ArmState, sights: Mapping[str, Sight]) -> Move:
        """The next move, from what is measured and seen now."""
        self._sights = sights
        return self._phases[self._phase](arm)

    def spend(self, ticks: int) -> None:
        """Account for the `ticks` of the chunk that the last move went into."""
        self._ticks += ticks

    @property
    def belief(self) -> Belief:
        """What the side believes of itself: done once it is clear of a seated nut, given up once
        its hand is empty."""
        return Belief(
            phase=_SHOWN.get(self._phase, self._phase),
            done=self._clear and self._failure is None,
            gave_up=self._failure if self._phase == "retreat" else None,
            retries=self._missed + self._blocked,
        )

    # -- the way to a nut in the hand

    def _reach(self, arm: ArmState) -> Move:
        c = self._config
        if not self._look("nut", "pin"):
            self._blind += 1
            if self._blind > c.patience:
                return self._fail("no_grasp" if self._missed else "no_sight", arm)
            return Move(arm.target, c.open, c.speed, wait=c.contact_ticks)
        self._weight = float(arm.wrist_force[2])
        if self._grips(arm):
            return self._enter("lift", arm)
        over = _raised(self._nut, c.grasp_height + c.clear_height)
        if _distance(arm.target, over) < _NEAR and arm.target_opening == c.open:
            return self._enter("descend", arm)
        if math.dist(arm.target[:2], over[:2]) > _NEAR and arm.target[2] < over[2] - _NEAR:
            over = _at(arm.target, over[2])
        return Move(over, c.open, c.speed)

    def _descend(self, arm: ArmState) -> Move:
        c = self._config
        goal = _raised(self._nut, c.grasp_height)
        if self._touches(arm):
            return self._miss(arm)
        if _distance(arm.target, goal) < _THERE:
            return self._enter("close", arm)
        return Move(goal, c.open, c.descend_speed)

    def _close(self, arm: ArmState) -> Move:
        c = self._config
        left = self._gripping_ticks() - self._ticks
        if left > 0:
            return Move(arm.target, 0.0, c.speed, wait=left)
        return self._enter("lift", arm) if self._grips(arm) else self._miss(arm)

    def _lift(self, arm: ArmState) -> Move:
        c = self._config
        if not self._grips(arm):
            return self._miss(arm)
        goal = _at(arm.target, self._travel_height())
        if _distance(arm.target, goal) < _THERE:
            return self._enter("carry", arm)
        return Move(goal, 0.0, c.speed)

    # -- the way onto the pin

    def _carry(self, arm: ArmState) -> Move:
        c = self._config
        if self._lost(arm):
            return self._fail("drop", arm)
        goal = _at(self._pin, self._travel_height())
        if _distance(arm.target, goal) < _THERE:
            return self._enter("approach", arm)
        return Move(goal, 0.0, c.speed)

    def _approach(self, arm: ArmState) -> Move:
        c = self._config
        if self._lost(arm):
            return self._fail("drop", arm)
        self._look("pin")
        goal = _raised(self._pin, c.pin_height + c.grasp_height + c.approach_gap)
        if _distance(arm.target, goal) < _NEAR:
            self._searched, self._stuck = 0.0, 0
            return self._enter("insert", arm)
        return Move(goal, 0.0, c.descend_speed)

    def _insert(self, arm: ArmState) -> Move:
        c = self._config
        if self._lost(arm):
            return self._fail("drop", arm)
        seat = self._pin[2] + c.grasp_height
        if arm.position[2] - seat <= c.seated:
            return self._enter("seat", arm)
        down = max(seat - _NEAR, arm.position[2] - c.push_lead)
        blocked = self._touches(arm)
        if seat + c.pin_height - arm.position[2] > c.captured:
            return self._follow(arm, down, blocked)
        if blocked or self._searched > 0.0:
            return self._search(arm, down)
        return Move(_at(self._pin, down), 0.0, c.insert_speed)

    def _follow(self, arm: ArmState, down: float, blocked: bool) -> Move:
        """The pin is in the bore: yield sideways, and nudge where it sticks; tamping does more."""
        c = self._config
        if not blocked:
            self._stuck = 0
            middle = (arm.target + arm.position) / 2.0
            return Move(_at(middle, down), 0.0, c.insert_speed)
        self._stuck += 1
        if self._stuck > c.nudges:
            return self._enter("seat", arm)
        self._bearing += _GOLDEN
        nudge = c.nudge * np.array([math.cos(self._bearing), math.sin(self._bearing), 0.0])
        return Move(_at(arm.position + nudge, down), 0.0, c.insert_speed)

    def _search(self, arm: ArmState, down: float) -> Move:
        """The nut stands on the pin's top: slide it on a spiral about where the pin was seen."""
        c = self._config
        if self._searched >= spiral_length(c.search_pitch, c.search_radius):
            return self._retry("jam", arm)
        share = np.arange(1, c.contact_ticks + 1) / c.contact_ticks
        stretch = c.search_speed * c.contact_ticks / self._hz
        points = spiral(self._pin, c.search_pitch, self._bearing, self._searched + share * stretch)
        heights = arm.target[2] + share * (down - arm.target[2])
        self._searched += stretch
        path = np.column_stack([points, heights])
        return Move(path[-1], 0.0, c.search_speed, path=path)

    def _seat(self, arm: ArmState) -> Move:
        """Take the push out of the arm, so that it does not spring when it lets go."""
        c = self._config
        if self._ticks:
            return self._let_go("rise" if c.tamp_opening else "retreat", arm)
        return Move(arm.position, 0.0, c.insert_speed, wait=c.contact_ticks)

    def _rise(self, arm: ArmState) -> Move:
        c = self._config
        over = self._pin[2] + c.pin_height + c.tamp_height
        if arm.target[2] < over - _THERE:
            return Move(_at(arm.target, over), c.open, c.descend_speed)
        self._stuck = 0
        return self._enter("tamp", arm)

    def _tamp(self, arm: ArmState) -> Move:
        """Press on the nut's top; where the fingertips come to stand is how high it sits."""
        c = self._config
        stand = self._pin[2] + c.tamp_height
        height = float(arm.position[2]) - stand
        lowest = stand - c.push_lead
        if not self._touches(arm) and arm.target[2] > lowest + _THERE:
            down = max(lowest, min(arm.target[2], arm.position[2]) - c.push_lead)
            return Move(_at(arm.target, down), c.tamp_opening, c.insert_speed)
        if height < -c.seated:
            return self._fail("drop", arm)
        if height <= c.seated:
            return self._enter("retreat", arm)
        self._stuck += 1
        if self._stuck > c.nudges:
            return self._regrip(arm, height)
        self._bearing += _GOLDEN
        nudge = c.nudge * np.array([math.cos(self._bearing), math.sin(self._bearing), 0.0])
        pressing = _at(arm.position + nudge, arm.position[2] - 2.0 * c.push_lead)
        return Move(pressing, c.tamp_opening, c.insert_speed)

    # -- away from it

    def _open(self, arm: ArmState) -> Move:
        c = self._config
        left = self._gripping_ticks() - self._ticks
        if left > 0:
            return Move(arm.target, c.open, c.speed, wait=left)
        return self._enter(self._after, arm)

    def _retreat(self, arm: ArmState) -> Move:
        c = self._config
        goal = _at(arm.target, max(self._travel_height(), arm.target[2]))
        self._clear = _distance(arm.target, goal) < _THERE
        return Move(goal, c.open, c.speed)

    def _raise(self, arm: ArmState) -> Move:
        goal = _at(arm.target, max(self._travel_height(), arm.target[2]))
        if _distance(arm.target, goal) < _THERE:
            return self._enter("put_down", arm)
        return Move(goal, 0.0, self._config.descend_speed)

    def _put_down(self, arm: ArmState) -> Move:
        c = self._config
        outwards = math.copysign(1.0, self._pin[1])
        place = self._pin + np.array([c.aside[0], outwards * c.aside[1], c.grasp_height + _NEAR])
        over = _at(place, self._travel_height())
        if math.dist(arm.target[:2], place[:2]) > _THERE:
            return Move(over, 0.0, c.speed)
        if _distance(arm.target, place) < _THERE or self._touches(arm):
            return self._let_go("retreat", arm)
        return Move(place, 0.0, c.descend_speed)

    # -- changes of phase

    def _enter(self, phase: str, arm: ArmState) -> Move:
        self._phase, self._ticks = phase, 0
        return self._phases[phase](arm)

    def _let_go(self, after: str, arm: ArmState) -> Move:
        self._after = after
        return self._enter("open", arm)

    def _miss(self, arm: ArmState) -> Move:
        """Nothing, or not the nut, is between the pads."""
        if self._on_pin:
            return self._fail("not_seated", arm)
        self._missed += 1
        if self._missed >= self._config.grasps:
            return self._fail("no_grasp", arm)
        return self._let_go("reach", arm)

    def _retry(self, reason: str, arm: ArmState) -> Move:
        self._blocked += 1
        if self._blocked >= self._config.insertions:
            return self._fail(reason, arm)
        self._bearing += _GOLDEN
        return self._enter("approach", arm)

    def _regrip(self, arm: ArmState, height: float) -> Move:
        """Take the nut that sticks `height` above its seat, and try again."""
        self._blocked += 1
        if self._blocked >= self._config.insertions:
            return self._fail("not_seated", arm)
        self._on_pin = True
        self._nut = _at(arm.position, self._pin[2] + height)
        return self._let_go("descend", arm)

    def _fail(self, reason: str, arm: ArmState) -> Move:
        self._failure = reason
        return self._enter("raise", arm) if self._grips(arm) else self._let_go("retreat", arm)

    # -- what it knows

    def _look(self, *names: str) -> bool:
        """Take over the estimates of `names`; False, and nothing changed, without one of them."""
        seen = [self._sights.get(f"{self._side}_{name}") for name in names]
        if any(sight is None for sight in seen):
            return False
        for name, sight in zip(names, seen, strict=True):
            assert sight is not None
            if name == "nut":
                self._nut = sight.position
            else:
                self._pin = sight.position
        return True

    def _grips(self, arm: ArmState) -> bool:
        c = self._config
        between = c.held[0] <= arm.opening <= c.held[1]
        return between and arm.target_opening < c.held[0] and arm.grip_force >= c.held_force

    def _touches(self, arm: ArmState) -> bool:
        """Something is under the hand. Lag alone would not tell: a worn joint lags in free air;
        nor would force: a hand that sets off feels its own inertia."""
        c = self._config
        lag = arm.position[2] - arm.target[2]
        force = arm.wrist_force[2] - self._weight
        return bool(lag > c.touch_lag and force > c.touch_force)

    def _lost(self, arm: ArmState) -> bool:
        return arm.opening < self._config.held[0]

    def _travel_height(self) -> float:
        c = self._config
        return float(max(self._nut[2], self._pin[2])) + c.grasp_height + c.clear_height

    def _gripping_ticks(self) -> int:
        c = self._config
        return math.ceil((c.open / c.opening_speed + c.settle) * self._hz)


def _distance(a: Array, b: Array) -> float:
    return float(np.linalg.norm(a - b))


def _at(point: Array, height: float) -> Array:
    return np.array([point[0], point[1], height])


def _raised(point: Array, by: float) -> Array:
    return np.array([point[0], point[1], point[2] + by])
