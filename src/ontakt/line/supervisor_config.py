"""`[supervisor]` of a station file: the bounds by which failures are told."""

from msgspec import Struct

from ontakt.contract.units import Metres, Newtons, Seconds

MODES = ("drop", "no_grasp", "jam", "stall", "not_seated", "guard", "timeout")
"""Failures that the supervisor can see on a side."""


class SupervisorConfig(Struct, frozen=True, kw_only=True):
    """Every threshold of the supervisor, for a part and a robot; none depends on takt."""

    grip_command: Metres
    """A gripper told less than this is told to hold: a little under the nut's width."""
    empty_opening: Metres
    """Pads this close hold nothing."""
    held_force: Newtons
    """A pad that feels this much holds something."""
    held_opening: tuple[Metres, Metres] = (0.0, 1.0)
    """Pads about a nut that hangs as it should; outside, it was gripped askew and is not seated.
    Any width when left out."""
    settle: Seconds
    """A gripper's signal counts when it lasted this long."""
    empty_grasps: int
    """Closings on nothing before the side has failed."""

    near_nut: Metres
    """Horizontal distance to the presented nut within which a closing is a grasp."""
    lift: Metres
    """A held nut raised by this much is carried."""
    near_pin: Metres
    """Horizontal distance to the pin within which a held nut is being inserted ..."""
    insert_height: Metres
    """... when the TCP is lower than this above the pin's seat."""
    clear: Metres
    """An open gripper this far from where it released has left the nut ..."""
    leave_for: Seconds
    """... and for good when it has been away for this long from one that is not seated. A hand that
    lingers for this long about a nut that it pressed home is done with it."""

    seat_height: Metres
    """A nut released higher than this above the seat is not seated, and lower than this below it
    none."""
    seat_offset: Metres
    """A nut released farther than this from the pin is not on it: fixture tolerance included."""
    tamp_opening: Metres = 0.0
    """Empty pads closer than this, but not told to hold, are fingertips that press on a nut; 0:
    nobody presses. Less than the nut's width."""
    tamp_height: Metres = 0.0
    """TCP above the centre of a seated nut when such fingertips stand on it."""
    tamp_seat: Metres = 0.0015
    """A nut on which they stand higher than this is not seated, and lower than this below the seat
    none: they tell it better than a release does, where the nut may have slipped in the pads."""
    tamp_from: Metres = 0.01
    """Fingertips that came lower than this above a seated nut's top pressed on what is there; a
    hand that turned back higher up tells nothing."""

    jam_lag: Metres
    """Pressing is a TCP this much above its target ..."""
    jam_force: Newtons
    """... or this much more axial force than in free air."""
    jam_progress: Metres
    """A pressed nut that sinks by this much makes progress."""
    jam_for: Seconds
    """Pressing for this long without progress is a jam; longer than a policy's own search."""

    still: Metres
    """An arm that stays within this distance (gripper included) stands still."""
    stall_for: Seconds
    """Standing still for this long without being done is a stall."""
    guard_for: Seconds
    """The guard may hold a side for this long."""
    side_budget: Seconds
    """An attempt on one side may take this long."""

    def __post_init__(self) -> None:
        """Refuse bounds that cannot work. Raises ValueError."""
        if self.empty_opening >= self.grip_command:
            raise ValueError("empty_opening must be less than grip_command")
        if self.held_opening[0] >= self.held_opening[1]:
            raise ValueError("held_opening must go from less to more")
        if self.empty_grasps < 1:
            raise ValueError("empty_grasps must be at least 1")
