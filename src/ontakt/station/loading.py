"""How one side loads one nut: phases, each of which answers with its next move.

reach, descend, close, lift, carry, approach, insert, seat, open, rise, tamp, retreat is the way
when all goes well. A weak grip slides down a nut that sticks, so the hand's height at the release
proves nothing: at the end both fingertips press on the nut's top, which seats it and tells whether
it is seated. A missed grasp goes back to `reach`, a blocked insertion to `approach`, a nut that
cannot be tamped is gripped again; a few times each. A nut that will not go on is put down beside
the pin, so that the pin is free for another. One that an earlier attempt left on the pin is visited
first.
"""

import math
from collections.abc import Mapping

import numpy as np

from ontakt.contract.chunk import Belief
from ontakt.contract.observation import ArmState, Sight
from ontakt.contract.spaces import Array
from ontakt.station.expert_config import ExpertConfig
from ontakt.station.motion import Move, at_height, distance, raised, spiral, spiral_length
from ontakt.station.senses import Senses

_SHOWN = {
    "descend": "grasp",
    "close": "grasp",
    "lift": "grasp",
    "approach": "carry",
    "seat": "insert",
    "open": "release",
    "rise": "release",
    "visit": "insert",
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


class Loading:
    """One side's work on one nut, begun with an open or a holding gripper anywhere in reach."""

    def __init__(
        self, senses: Senses, config: ExpertConfig, hz: int, rng: np.random.Generator
    ) -> None:
        self._senses, self._config, self._hz = senses, config, hz
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
            "visit": self._visit,
            "tamp": self._tamp,
            "retreat": self._retreat,
            "raise": self._raise,
            "put_down": self._put_down,
        }
        self._phase, self._ticks = "reach", 0
        self._blind = self._missed = self._blocked = self._stuck = 0
        self._on_pin = False
        """True when the nut to be gripped is one on the pin."""
        self._high = False
        """True when the hand let go of it above the seat."""
        self._bearing = float(rng.uniform(-math.pi, math.pi))
        self._searched = 0.0
        """Length of the search path so far [m]."""
        self._place, self._after = np.zeros(3), "retreat"
        """Where the gripper opens, and the phase that follows."""
        self._failure: str | None = None
        self._clear = False

    def move(self, arm: ArmState, sights: Mapping[str, Sight]) -> Move:
        """The next move, from what is measured and seen now."""
        self._senses.sights = sights
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
        if self._senses.pin_is_taken and not self._senses.grips(arm) and self._senses.look_at_pin():
            return self._enter("visit", arm)
        if not self._senses.look_at_both():
            self._blind += 1
            if self._blind > c.patience:
                return self._fail("no_grasp" if self._missed else "no_sight", arm)
            return Move(arm.target, c.open, c.speed, wait=c.contact_ticks)
        self._senses.weigh(arm)
        if self._senses.grips(arm):
            return self._enter("lift", arm)
        over = raised(self._senses.nut, c.grasp_height + c.clear_height)
        if distance(arm.target, over) < _NEAR and arm.target_opening == c.open:
            return self._enter("descend", arm)
        if math.dist(arm.target[:2], over[:2]) > _NEAR and arm.target[2] < over[2] - _NEAR:
            over = at_height(arm.target, over[2])
        return Move(over, c.open, c.speed)

    def _descend(self, arm: ArmState) -> Move:
        c = self._config
        goal = raised(self._senses.nut, c.grasp_height)
        if self._senses.touches(arm):
            return self._miss(arm)
        if distance(arm.target, goal) < _THERE:
            return self._enter("close", arm)
        return Move(goal, c.open, c.descend_speed)

    def _close(self, arm: ArmState) -> Move:
        c = self._config
        left = self._gripping_ticks() - self._ticks
        if left > 0:
            return Move(arm.target, 0.0, c.speed, wait=left)
        if not self._senses.grips(arm):
            return self._miss(arm)
        return self._enter("seat" if self._on_pin and not self._high else "lift", arm)

    def _lift(self, arm: ArmState) -> Move:
        c = self._config
        if not self._senses.grips(arm):
            return self._miss(arm)
        goal = at_height(arm.target, self._senses.travel_height)
        if distance(arm.target, goal) < _THERE:
            self._on_pin = False
            return self._enter("carry", arm)
        return Move(goal, 0.0, c.speed)

    # -- the way onto the pin

    def _carry(self, arm: ArmState) -> Move:
        c = self._config
        if self._senses.lost(arm):
            return self._fail("drop", arm)
        goal = at_height(self._senses.pin, self._senses.travel_height)
        if distance(arm.target, goal) < _THERE:
            return self._enter("approach", arm)
        return Move(goal, 0.0, c.speed)

    def _approach(self, arm: ArmState) -> Move:
        c = self._config
        if self._senses.lost(arm):
            return self._fail("drop", arm)
        self._senses.look_at_pin()
        goal = raised(self._senses.pin, c.pin_height + c.grasp_height + c.approach_gap)
        if distance(arm.target, goal) < _NEAR:
            self._searched, self._stuck = 0.0, 0
            return self._enter("insert", arm)
        return Move(goal, 0.0, c.descend_speed)

    def _insert(self, arm: ArmState) -> Move:
        c = self._config
        if self._senses.lost(arm):
            return self._fail("drop", arm)
        seat = self._senses.pin[2] + c.grasp_height
        if arm.position[2] - seat <= c.seated:
            return self._enter("seat", arm)
        down = max(seat - _NEAR, arm.position[2] - c.push_lead)
        blocked = self._senses.touches(arm)
        if seat + c.pin_height - arm.position[2] > c.captured:
            return self._follow(arm, down, blocked)
        if blocked or self._searched > 0.0:
            return self._search(arm, down)
        return Move(at_height(self._senses.pin, down), 0.0, c.insert_speed)

    def _follow(self, arm: ArmState, down: float, blocked: bool) -> Move:
        """The pin is in the bore: yield sideways, and nudge where it sticks; tamping does more."""
        c = self._config
        if not blocked:
            self._stuck = 0
            middle = (arm.target + arm.position) / 2.0
            return Move(at_height(middle, down), 0.0, c.insert_speed)
        self._stuck += 1
        if self._stuck > c.nudges:
            return self._enter("seat", arm)
        self._bearing += _GOLDEN
        nudge = c.nudge * np.array([math.cos(self._bearing), math.sin(self._bearing), 0.0])
        return Move(at_height(arm.position + nudge, down), 0.0, c.insert_speed)

    def _search(self, arm: ArmState, down: float) -> Move:
        """The nut stands on the pin's top: slide it on a spiral about where the pin was seen."""
        c = self._config
        if self._searched >= spiral_length(c.search_pitch, c.search_radius):
            return self._retry("jam", arm)
        away = math.dist(arm.target[:2], self._senses.pin[:2])
        if away > 2.0 * c.search_radius or abs(down - arm.target[2]) > 5.0 * c.push_lead:
            return self._enter("approach", arm)  # pushed away: a search begins where it is
        share = np.arange(1, c.contact_ticks + 1) / c.contact_ticks
        stretch = c.search_speed * c.contact_ticks / self._hz
        points = spiral(
            self._senses.pin, c.search_pitch, self._bearing, self._searched + share * stretch
        )
        heights = arm.target[2] + share * (down - arm.target[2])
        self._searched += stretch
        path = np.column_stack([points, heights])
        return Move(path[-1], 0.0, c.search_speed, path=path)

    def _seat(self, arm: ArmState) -> Move:
        """Take the push out of the arm, so that it does not spring when it lets go."""
        c = self._config
        if self._ticks:
            self._high = arm.position[2] - self._senses.pin[2] - c.grasp_height > c.seated
            tamp = c.tamp_opening > 0.0 and not self._on_pin
            return self._let_go("rise" if tamp else "retreat", arm)
        return Move(arm.position, 0.0, c.insert_speed, wait=c.contact_ticks)

    def _rise(self, arm: ArmState) -> Move:
        c = self._config
        over = self._senses.pin[2] + c.pin_height + c.tamp_height
        if arm.target[2] < over - _THERE:
            return Move(at_height(arm.target, over), c.open, c.descend_speed)
        self._stuck = 0
        return self._enter("tamp", arm)

    def _visit(self, arm: ArmState) -> Move:
        """A nut of an earlier attempt stands on the pin: another would jam on it, so press this
        one home, and grip and release it where all can see it."""
        c = self._config
        self._senses.weigh(arm)
        pin = self._senses.pin
        over = at_height(pin, pin[2] + c.pin_height + c.tamp_height + c.approach_gap)
        if distance(arm.target, over) < _THERE:
            self._stuck, self._high = 0, True
            return self._enter("tamp", arm)
        if math.dist(arm.target[:2], pin[:2]) > _THERE:
            high = max(self._senses.travel_height, float(over[2]))
            return Move(at_height(pin, high), c.open, c.speed)
        return Move(over, c.tamp_opening, c.descend_speed)

    def _tamp(self, arm: ArmState) -> Move:
        """Press on the nut's top; where the fingertips come to stand is how high it sits."""
        c = self._config
        stand = self._senses.pin[2] + c.tamp_height
        height = float(arm.position[2]) - stand
        lowest = stand - c.push_lead
        if not self._senses.touches(arm) and arm.target[2] > lowest + _THERE:
            down = max(lowest, min(arm.target[2], arm.position[2]) - c.push_lead)
            return Move(at_height(arm.target, down), c.tamp_opening, c.insert_speed)
        if height < -c.seated:
            return self._fail("drop", arm)
        if height <= c.seated:
            return self._grip_again(arm, 0.0) if self._high else self._enter("retreat", arm)
        self._stuck += 1
        if self._stuck > c.nudges:
            return self._grip_again(arm, height)
        self._bearing += _GOLDEN
        nudge = c.nudge * np.array([math.cos(self._bearing), math.sin(self._bearing), 0.0])
        pressing = at_height(arm.position + nudge, arm.position[2] - 2.0 * c.push_lead)
        return Move(pressing, c.tamp_opening, c.insert_speed)

    # -- away from it

    def _open(self, arm: ArmState) -> Move:
        c = self._config
        left = self._gripping_ticks() - self._ticks
        if left > 0:
            return Move(self._place, c.open, c.descend_speed, wait=left)
        return self._enter(self._after, arm)

    def _retreat(self, arm: ArmState) -> Move:
        c = self._config
        goal = at_height(arm.target, max(self._senses.travel_height, arm.target[2]))
        self._clear = distance(arm.target, goal) < _THERE
        return Move(goal, c.open, c.speed)

    def _raise(self, arm: ArmState) -> Move:
        goal = at_height(arm.target, max(self._senses.travel_height, arm.target[2]))
        if distance(arm.target, goal) < _THERE:
            return self._enter("put_down", arm)
        return Move(goal, 0.0, self._config.descend_speed)

    def _put_down(self, arm: ArmState) -> Move:
        c = self._config
        outwards = math.copysign(1.0, self._senses.pin[1])
        place = self._senses.pin + np.array(
            [c.aside[0], outwards * c.aside[1], c.grasp_height + _NEAR]
        )
        over = at_height(place, self._senses.travel_height)
        if math.dist(arm.target[:2], place[:2]) > _THERE:
            return Move(over, 0.0, c.speed)
        if distance(arm.target, place) < _THERE or self._senses.touches(arm):
            return self._let_go("retreat", arm)
        return Move(place, 0.0, c.descend_speed)

    # -- changes of phase

    def _enter(self, phase: str, arm: ArmState) -> Move:
        self._phase, self._ticks = phase, 0
        return self._phases[phase](arm)

    def _let_go(self, after: str, arm: ArmState, place: Array | None = None) -> Move:
        self._place, self._after = arm.target if place is None else place, after
        return self._enter("open", arm)

    def _miss(self, arm: ArmState) -> Move:
        """Nothing, or not the nut, is between the pads."""
        if self._on_pin and self._high:
            return self._fail("not_seated", arm)
        if self._on_pin:  # it was tamped home: that it cannot be gripped there changes nothing
            return self._let_go("retreat", arm)
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

    def _grip_again(self, arm: ArmState, height: float) -> Move:
        """Take the nut that stands `height` above its seat: to bring it on once more, or, when it
        was let go too high and then tamped home, to let it go once more where all can see it."""
        if height:
            self._blocked += 1
            if self._blocked >= self._config.insertions:
                return self._fail("not_seated", arm)
        self._on_pin, self._high = True, height > 0.0
        self._senses.nut = at_height(arm.position, self._senses.pin[2] + height)
        # fingertips that still press would drag the nut, or the hand, aside as they part
        return self._let_go("descend", arm, raised(arm.position, 2.0 * _NEAR))

    def _fail(self, reason: str, arm: ArmState) -> Move:
        self._failure = reason
        return (
            self._enter("raise", arm) if self._senses.grips(arm) else self._let_go("retreat", arm)
        )

    def _gripping_ticks(self) -> int:
        c = self._config
        return math.ceil((c.open / c.opening_speed + c.settle) * self._hz)
