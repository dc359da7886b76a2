"""One side as its supervisor follows it: phases, failures, done, from signals of a real cell."""

from typing import Literal

import numpy as np
from msgspec import Struct

from ontakt.contract import ArmState, Array, Belief, GuardTrip, ticks_of
from ontakt.line.grip import Grip
from ontakt.line.press import Press, Rest, lag
from ontakt.line.supervisor_config import MODES, SupervisorConfig
from ontakt.line.tamp import Tamp


class Failure(Struct, frozen=True):
    """A failure mode and the signal that showed it, for people."""

    mode: str
    signal: str


End = Failure | Literal[True]
"""How an attempt ended: badly, or with a seated nut."""


class Glance(Struct, frozen=True):
    """What one tick showed of a side: a new phase, the end of the attempt, or nothing."""

    phase: str | None = None
    failure: Failure | None = None
    seated: bool = False
    """The nut was released at the pin, at seat height or pressed down to it, and the gripper is
    clear of it."""
    retries: int = 0
    """Retries that the policy reported in this attempt."""


class SideMonitor:
    """Watches one attempt on one side: nominal places `nut` and `pin` [m], shape (3,).

    The nut hangs in the gripper as high as it was gripped: the height above the seat is the
    TCP's height above the pin less its height above the nut at the grasp. A nut that was let go
    above its seat may be pressed down to it (`Tamp`); it is then seated, also under a hand that
    does not leave it.
    """

    def __init__(
        self,
        config: SupervisorConfig,
        nut: Array,
        pin: Array,
        hz: int,
        stale: Belief | None = None,
    ) -> None:
        self._config, self._nut, self._pin, self._hz = config, nut, pin, hz
        self._stale = stale
        """What the policy said before this attempt, until it says something else."""
        self._grip = Grip(config, max(1, self._ticks(config.settle)))
        self._press, self._rest = Press(config), Rest(config)
        self._phase: str | None = None
        self._age = 0
        self._empties, self._empty = 0, False
        self._hold: Array | None = None
        self._release: Array | None = None
        self._tamp = Tamp(config)
        self._width: float | None = None
        """Of the pads about the nut when it was last held on its way."""
        self._clear = 0
        self._lingered = 0
        self._guarded = 0
        self._retries = 0

    def see(
        self, arm: ArmState, belief: Belief | None = None, trips: tuple[GuardTrip, ...] = ()
    ) -> Glance:
        """Take in one tick in which the policy drove the arm."""
        before, self._age = self._phase, self._age + 1
        if self._stale is not None and belief != self._stale:
            self._stale = None
        said = belief if self._stale is None else None
        if said is not None:
            self._retries = said.retries
        end = self._follow(arm) or self._listen(said, arm) or self._endure(arm, trips)
        phase = self._phase if self._phase != before else None
        failure = end if isinstance(end, Failure) else None
        return Glance(
            phase=phase,
            failure=failure,
            seated=end is not None and failure is None,
            retries=self._retries,
        )

    # The sequence of phases.

    def _follow(self, arm: ArmState) -> End | None:
        c, grasp = self._config, self._grip.see(arm)
        at_nut = _across(arm.position, self._nut) <= c.near_nut
        if self._phase is None:
            self._phase = "reach"
        if self._phase == "reach":
            self._press.tare(arm)
            if grasp != "open" and at_nut:
                self._phase = "grasp"
        if grasp == "open" and _across(arm.position, self._pin) <= c.seat_offset:
            self._tamp.see(arm, float(arm.position[2] - self._pin[2]))
            if self._release is None and self._tamp.height is not None:
                # a nut that an earlier attempt left on the pin
                self._phase, self._release = "release", arm.position
        if self._phase in ("reach", "grasp"):
            return self._grasp(arm, grasp, at_nut)
        if self._phase in ("carry", "insert"):
            if grasp == "open":
                self._phase, self._release = "release", arm.position
            elif grasp != "held":
                return Failure("drop", f"{_pads(arm)} in {self._phase}")
            else:
                self._width = arm.opening
                if self._phase == "carry" and self._at_pin(arm):
                    self._phase = "insert"
            return None
        if grasp == "held" and self._phase == "release":
            self._phase, self._release, self._tamp = "carry" if at_nut else "insert", None, Tamp(c)
            self._lingered = 0
            if self._hold is None:
                self._hold = arm.position
            return None
        self._clear = self._clear + 1 if self._released_and_clear(arm) else 0
        self._lingered = self._lingered + 1 if self._pressed_home() else 0
        if not self._clear and self._lingered < self._ticks(c.leave_for):
            return None
        end = self._judge()
        if isinstance(end, Failure) and self._clear < self._ticks(c.leave_for):
            return None  # it may come back to press, or to grip once more
        self._phase = "home"
        return end

    def _grasp(self, arm: ArmState, grasp: str, at_nut: bool) -> Failure | None:
        c = self._config
        if grasp == "open":
            self._phase, self._hold, self._empty = "reach", None, False
        elif grasp == "held":
            if self._hold is None:
                self._hold = arm.position
            if not at_nut or arm.position[2] > self._hold[2] + c.lift:
                self._phase = "carry"
        elif not at_nut:
            # a gripper that closes elsewhere without having closed here is up to something else
            if self._phase == "grasp":
                return Failure("no_grasp", f"{_pads(arm)} on leaving the feeder")
        elif grasp == "empty" and not self._empty:
            self._empty, self._empties = True, self._empties + 1
            if self._empties >= c.empty_grasps:
                return Failure("no_grasp", f"{_pads(arm)} at closing number {self._empties}")
        return None

    def _released_and_clear(self, arm: ArmState) -> bool:
        return (
            self._release is not None
            and float(np.linalg.norm(arm.position - self._release)) > self._config.clear
        )

    def _pressed_home(self) -> bool:
        height = self._tamp.height
        return height is not None and abs(height) <= self._config.tamp_seat

    def _judge(self) -> End:
        """How high the nut is, as far as the arm can tell: where fingertips pressed on it, else
        where it was let go, which a nut that slipped in the pads, or was gripped askew, belies."""
        assert self._release is not None
        c, offset = self._config, _across(self._release, self._pin)
        if offset > c.seat_offset:
            return Failure("not_seated", f"released {_mm(offset)} from the pin")
        if self._width is not None and not c.held_opening[0] <= self._width <= c.held_opening[1]:
            return Failure("not_seated", f"released from pads {_mm(self._width)} wide: askew")
        height, most, did = self._tamp.height, c.tamp_seat, "pressed to"
        if self._hold is not None and (height is None or height > c.tamp_from):
            height, most, did = self._height(self._release), c.seat_height, "released"
        assert height is not None, "a release without a hold is one of fingertips that press"
        if height > most:
            return Failure("not_seated", f"{did} {_mm(height)} above the seat")
        if height < -most:
            return Failure("not_seated", f"{did} {_mm(-height)} below the seat: no nut")
        return True

    # What the policy says of itself, if it says anything.

    def _listen(self, belief: Belief | None, arm: ArmState) -> End | None:
        if belief is None:
            return None
        if belief.gave_up is not None:
            mode = belief.gave_up if belief.gave_up in MODES else "stall"
            return Failure(mode, f"the policy gave up: {belief.gave_up}")
        if not belief.done:
            return None
        if self._release is None:
            return Failure("not_seated", f"the policy says done, {_pads(arm)} and no release seen")
        return self._judge()

    # What no phase may do for long.

    def _endure(self, arm: ArmState, trips: tuple[GuardTrip, ...]) -> Failure | None:
        c, still = self._config, self._rest.see(arm)
        if self._phase == "insert":
            height, pressed = self._height(arm.position), self._press.see(arm)
            # an arm that presses and stands still meanwhile is jammed, not stalled
            stuck = still >= self._ticks(c.stall_for) and pressed >= still // 2
            if height > c.seat_height and (stuck or pressed >= self._ticks(c.jam_for)):
                push = f"lag {_mm(lag(arm))}, axial {self._press.force(arm):.0f} N"
                return Failure("jam", f"{push} for {pressed / self._hz:.1f} s, {_mm(height)} up")
        holds = [trip for trip in trips if trip.action == "hold"]
        self._guarded = self._guarded + 1 if holds else 0
        if self._guarded and self._guarded >= self._ticks(c.guard_for):
            return Failure("guard", f"{describe(holds[0])} for {c.guard_for:g} s")
        if still >= self._ticks(c.stall_for):
            return Failure("stall", f"no motion for {c.stall_for:g} s in {self._phase}")
        if self._age >= self._ticks(c.side_budget):
            return Failure("timeout", f"not done after {c.side_budget:g} s, in {self._phase}")
        return None

    def _height(self, tcp: Array) -> float:
        assert self._hold is not None
        return float((tcp[2] - self._pin[2]) - (self._hold[2] - self._nut[2]))

    def _at_pin(self, arm: ArmState) -> bool:
        return (
            _across(arm.position, self._pin) <= self._config.near_pin
            and float(arm.position[2] - self._pin[2]) <= self._config.insert_height
        )

    def _ticks(self, seconds: float) -> int:
        return ticks_of(seconds, self._hz)


def describe(trip: GuardTrip) -> str:
    """A guard's intervention in words, as `speed 1.2 over 1 (hold)`."""
    size = "" if trip.value is None else f" {trip.value:.3g}"
    bound = "" if trip.limit is None else f" over {trip.limit:.3g}"
    return f"{trip.rule}{size}{bound} ({trip.action})"


def _across(a: Array, b: Array) -> float:
    """Horizontal distance [m]."""
    return float(np.hypot(a[0] - b[0], a[1] - b[1]))


def _mm(metres: float) -> str:
    return f"{metres * 1e3:.1f} mm"


def _pads(arm: ArmState) -> str:
    return f"opening {_mm(arm.opening)}, force {arm.grip_force:.1f} N"
