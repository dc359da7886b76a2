"""The bounds that the guard holds, from robot and station files; never from takt."""

from msgspec import Struct

from ontakt.contract.spaces import Side
from ontakt.contract.units import (
    Metres,
    MetresPerSecond,
    MetresPerSecond2,
    Newtons,
    RadiansPerSecond,
    Seconds,
)

Box = tuple[tuple[Metres, Metres, Metres], tuple[Metres, Metres, Metres]]
"""Lower and upper corner [m], station frame."""


class Limits(Struct, frozen=True, kw_only=True):
    """What a command may ask of the robot."""

    workspace: dict[Side, Box]
    """Where each TCP may be."""
    speed: MetresPerSecond
    """TCP speed [m/s]."""
    acceleration: MetresPerSecond2
    """TCP acceleration [m/s^2]."""
    turn_speed: RadiansPerSecond
    """TCP turning speed [rad/s]."""
    opening: tuple[Metres, Metres]
    """Least and greatest gripper opening [m]."""
    opening_speed: MetresPerSecond
    """Rate of the opening [m/s]."""
    grip_force: Newtons
    """Force on a pad [N]."""
    chunk_age: Seconds
    """A target from an observation older than this is not played [s]."""
    heartbeat: Seconds
    """Silence of the station's link after which the guard stops [s]."""
