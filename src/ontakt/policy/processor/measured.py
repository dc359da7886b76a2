"""What an observation says of one arm, checked before any of it reaches the model."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from ontakt.contract.errors import BadValue
from ontakt.contract.observation import ArmState
from ontakt.contract.spaces import Array, Side

UNIT = 0.01
"""How far the length of a measured quaternion may be from 1: more is no rounding."""

POINT = np.array([1.0, -1.0, 1.0])
"""What the mirror of the plane y = 0 makes of a point."""
TURN = np.array([1.0, -1.0, 1.0, -1.0])
"""What it makes of a rotation, as a quaternion wxyz: axes are mirrored, angles turn round."""
MIRROR = np.concatenate([POINT, TURN, [1.0]])
"""What it makes of a target: position, orientation, opening. Undone by itself."""


class MeasuredArm(Struct, frozen=True, eq=False):
    """The measured state of one arm: finite numbers, a quaternion of unit length."""

    position: Array
    """TCP position [m], shape (3,), station frame."""
    quaternion: Array
    """TCP orientation wxyz, shape (4,), unit length, its sign as measured."""
    opening: float
    """Free distance between the gripper's pads [m]."""
    target: Array
    """TCP position [m], shape (3,), that the servo was last told."""
    target_opening: float
    """Opening [m] that the gripper was last told."""
    joints: Array | None
    """Joint angles [rad], shape (n,), None where unknown."""


def measured_arms(
    arms: Mapping[Side, ArmState], sides: Sequence[Side], mirrored: Collection[Side] = ()
) -> tuple[MeasuredArm, ...]:
    """The arms of `sides`, in that order; those of `mirrored` sides as in a mirror.

    Raises BadValue naming arm and field for a side that is not there, a wrong shape, NaN or
    infinity, or a quaternion that is not of unit length.
    """
    missing = [side for side in sides if side not in arms]
    if missing:
        raise BadValue("The observation's arms", sorted(arms), f"{missing[0]!r} is missing")
    found = ((side, _measured(side, arms[side])) for side in sides)
    return tuple(mirrored_arm(arm) if side in mirrored else arm for side, arm in found)


def mirrored_arm(arm: MeasuredArm) -> MeasuredArm:
    """`arm` in the mirror of the station's plane y = 0; joints have no mirror image here."""
    return msgspec.structs.replace(
        arm,
        position=arm.position * POINT,
        quaternion=arm.quaternion * TURN,
        target=arm.target * POINT,
    )


def _measured(side: Side, arm: ArmState) -> MeasuredArm:
    quaternion = _finite(arm.quaternion, f"{side} arm: quaternion", (4,))
    norm = float(np.sqrt(quaternion @ quaternion))
    if abs(norm - 1.0) > UNIT:
        raise BadValue(f"{side} arm: length of the quaternion", norm, "it must be 1")
    joints = arm.joints
    return MeasuredArm(
        position=_finite(arm.position, f"{side} arm: position", (3,)),
        quaternion=quaternion / norm,
        target=_finite(arm.target, f"{side} arm: target", (3,)),
        opening=float(_finite(arm.opening, f"{side} arm: opening", ())),
        target_opening=float(_finite(arm.target_opening, f"{side} arm: target_opening", ())),
        joints=None if joints is None else _finite(joints, f"{side} arm: joints", (len(joints),)),
    )


def _finite(values: Any, what: str, shape: tuple[int, ...]) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != shape:
        raise BadValue(f"{what}: shape", array.shape, f"it must be {shape}")
    if not np.isfinite(array).all():
        raise BadValue(what, array.tolist(), "it must be finite")
    return array
