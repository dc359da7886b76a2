"""The bounds that the guard holds, from robot and station files; never from takt."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import fields

from ontakt.contract.spaces import Side
from ontakt.contract.units import (
    Metres,
    MetresPerSecond,
    MetresPerSecond2,
    MetresPerSecond3,
    Newtons,
    RadiansPerSecond,
    Seconds,
)

Box = tuple[tuple[Metres, Metres, Metres], tuple[Metres, Metres, Metres]]
"""Lower and upper corner [m], station frame."""

MotionMode = Literal["automatic", "homing", "reduced"]
"""Why an arm moves: the policy's work, the way home, or either with a person near (the reduced
speed of ISO 10218-1)."""


class ArmLimits(Struct, frozen=True, kw_only=True):
    """How one arm may move and push."""

    speed: MetresPerSecond
    """TCP speed [m/s]."""
    acceleration: MetresPerSecond2
    """TCP acceleration [m/s^2] on speeding up and turning aside; a stop may be as hard as it
    likes."""
    jerk: MetresPerSecond3
    """Growth of that acceleration [m/s^3]."""
    turn_speed: RadiansPerSecond
    """TCP turning speed [rad/s]."""
    opening_speed: MetresPerSecond
    """Rate of the opening [m/s]."""
    wrist_force: Newtons
    """Measured force on the tool [N] above which the arm only withdraws; above twice as much both
    arms stop."""


class ArmOverride(Struct, frozen=True, kw_only=True):
    """What differs from the station's limits, for one arm or in one mode; None leaves them."""

    speed: MetresPerSecond | None = None
    acceleration: MetresPerSecond2 | None = None
    jerk: MetresPerSecond3 | None = None
    turn_speed: RadiansPerSecond | None = None
    opening_speed: MetresPerSecond | None = None
    wrist_force: Newtons | None = None


class Tool(Struct, frozen=True, kw_only=True):
    """A capsule around the tool: from the TCP backwards along the tool's x axis."""

    length: Metres
    """Of its axis [m], from the TCP to the wrist."""
    radius: Metres
    """[m]"""


class Limits(ArmLimits, frozen=True, kw_only=True):
    """What a command may ask of the robot. The motion limits stand for both arms, unless `arm`
    sets an arm's own; a `mode` lowers them further and never raises one."""

    workspace: dict[Side, Box]
    """Where each TCP may be."""
    opening: tuple[Metres, Metres]
    """Least and greatest gripper opening [m]."""
    grip_force: Newtons
    """Force on a pad [N]."""
    clearance: Metres
    """Least distance of the two arms' tools [m], surface to surface."""
    tool: Tool
    chunk_age: Seconds
    """A target from an observation older than this is not played [s]."""
    heartbeat: Seconds
    """Silence of the station's link after which the guard stops [s]."""
    arm: dict[Side, ArmOverride] = {}
    mode: dict[Literal["homing", "reduced"], ArmOverride] = {}

    def of(self, side: Side, mode: MotionMode = "automatic") -> ArmLimits:
        """The motion limits of one arm in one mode: in none above those of `automatic`."""
        own = self.arm.get(side, _NOTHING)
        lowered = _NOTHING if mode == "automatic" else self.mode.get(mode, _NOTHING)
        values: dict[str, float] = {}
        for field in fields(ArmLimits):
            name = field.name
            value = getattr(own, name)
            value = getattr(self, name) if value is None else value
            less = getattr(lowered, name)
            values[name] = value if less is None else min(value, less)
        return ArmLimits(**values)


_NOTHING = ArmOverride()
