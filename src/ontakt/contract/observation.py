"""What a policy may know about its station at one control tick."""

from collections.abc import Mapping

from msgspec import Struct

from ontakt.contract.spaces import Array, Image, Side


class ArmState(Struct, frozen=True, eq=False):
    """Measured state of one arm with its gripper: what encoders and force sensors tell."""

    position: Array
    """TCP position [m], shape (3,), station frame."""
    quaternion: Array
    """TCP orientation wxyz, shape (4,), station frame."""
    opening: float
    """Free distance between the gripper's pads [m]."""
    grip_force: float
    """Mean normal force on a pad [N]."""
    wrist_force: Array
    """Force on the tool [N], shape (3,), station frame; noisy, carries the tool's weight."""
    target: Array
    """TCP position [m], shape (3,), that the servo was last told to reach: `position - target`
    is the lag, a contact cue."""
    target_opening: float
    """Opening [m] that the gripper was last told."""
    joints: Array | None = None
    """Measured joint angles [rad], shape (n,), from shoulder to wrist; None where unknown."""


class Sight(Struct, frozen=True, eq=False):
    """A vision estimate of one object's place, with its stated error: never the true pose."""

    position: Array
    """[m], shape (3,), station frame."""
    sigma: float
    """Standard deviation per horizontal axis [m] that the estimator states for itself."""


class Observation(Struct, frozen=True, eq=False):
    """Everything a policy sees at `tick`."""

    tick: int
    utc_ns: int
    arms: Mapping[Side, ArmState]
    images: Mapping[str, Image] = {}
    """By camera name; only the cameras that the policy asked for."""
    sights: Mapping[str, Sight] = {}
    """By object name, as `left_nut`, `left_pin`; a name is absent when it is not seen."""
    instruction: str = ""
    """The job in plain words, as "Load both nuts."."""
    job: tuple[Side, ...] = ()
    """The same job for policies that do not read: the sides that must be loaded."""
