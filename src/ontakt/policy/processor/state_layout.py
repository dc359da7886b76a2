"""Where in the state vector each measured number stands.

XR-0 takes its state raw: no statistics touch it (released model and post-training code). So what
stands here, with its unit and scale, is what the weights were trained on.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
from msgspec import Struct

from ontakt.contract.errors import BadValue
from ontakt.contract.spaces import Array
from ontakt.policy.processor import poses
from ontakt.policy.processor.measured import MeasuredArm

Quantity = Literal[
    "position",
    "lag",
    "rotation_vector",
    "axis_angle",
    "rpy",
    "quaternion_xyzw",
    "rotation_6d",
    "opening",
    "target_opening",
    "joints",
]
"""`position` [m] (3); `lag` [m] (3), target less position: a cue of speed and of contact;
`rotation_vector` [rad] (3), the shortest; `axis_angle` [rad] (3), of the quaternion as its sign
stands; `rpy` [rad] (3) about fixed axes; `quaternion_xyzw` (4) with w >= 0; `rotation_6d` (6), the
first two columns of the rotation matrix; `opening` and `target_opening` [m] (1); `joints` [rad]
(count)."""

_COUNT = {"quaternion_xyzw": 4, "rotation_6d": 6, "opening": 1, "target_opening": 1}


class StatePart(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One quantity of an arm: `offset + scale * (value - origin)` stands from slot `at` of the arm
    on."""

    quantity: Quantity
    at: int
    scale: float = 1.0
    offset: float = 0.0
    origin: tuple[float, ...] = ()
    """Of each of its numbers; all 0 when left out."""
    count: int = 0
    """How many joints an arm has; for `joints` only."""
    upright: tuple[tuple[float, float, float], ...] = ()
    """For `rpy`: the 3x3 rotation matrix of the tool at which roll, pitch and yaw are zero."""

    @property
    def width(self) -> int:
        """Slots that it takes."""
        return self.count if self.quantity == "joints" else _COUNT.get(self.quantity, 3)


class StateLayout(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parts of an arm and where the slots of each arm begin, in the order of its sides."""

    parts: tuple[StatePart, ...]
    starts: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        spans = sorted(
            (start + part.at, start + part.at + part.width)
            for start in self.starts
            for part in self.parts
        )
        if not spans or spans[0][0] < 0 or any(end <= start for start, end in spans):
            raise BadValue("Slots of the state layout", spans, "there must be some, from 0 on")
        for part in self.parts:
            if part.origin and len(part.origin) != part.width:
                raise BadValue(f"Origin of {part.quantity}", part.origin, f"it has {part.width}")
        if any(end > start for (_, end), (start, _) in pairwise(spans)):
            raise BadValue("Slots of the state layout", spans, "each must be taken once")

    @property
    def width(self) -> int:
        """Slots up to the last that is used."""
        return max(self.starts) + max(part.at + part.width for part in self.parts)

    def pack(self, arms: Sequence[MeasuredArm], sides: Sequence[str], width: int) -> Array:
        """The state vector (width,), zero where nothing stands. `sides` names the arms.

        Raises BadValue naming the side for joints that are needed and unknown or of another count.
        """
        state = np.zeros(width)
        for start, side, arm in zip(self.starts, sides, arms, strict=True):
            for part in self.parts:
                value = _value(part, arm, side)
                if part.origin:
                    value = value - np.array(part.origin)
                at = start + part.at
                state[at : at + part.width] = part.offset + part.scale * value
        return state


def _value(part: StatePart, arm: MeasuredArm, side: str) -> Array | float:
    match part.quantity:
        case "position":
            return arm.position
        case "lag":
            return arm.target - arm.position
        case "rotation_vector":
            return poses.logarithm(arm.quaternion)
        case "axis_angle":
            return poses.axis_angle(arm.quaternion)
        case "rpy":
            return _rpy(arm.quaternion, part.upright)
        case "quaternion_xyzw":
            w, x, y, z = arm.quaternion.tolist()
            return math.copysign(1.0, w) * np.array([x, y, z, w])
        case "rotation_6d":
            return poses.matrix(arm.quaternion)[:, :2].T.ravel()
        case "opening":
            return arm.opening
        case "target_opening":
            return arm.target_opening
        case "joints":
            return _joints(arm, side, part.count)


def _rpy(quaternion: Array, upright: Sequence[Sequence[float]]) -> Array:
    turned = quaternion
    if upright:
        turned = poses.multiply(quaternion, poses.conjugate(poses.from_matrix(np.array(upright))))
    return poses.to_rpy(turned)


def _joints(arm: MeasuredArm, side: str, count: int) -> Array:
    if arm.joints is None:
        raise BadValue(f"{side} arm: joints", None, f"the state needs {count} joint angles")
    if arm.joints.shape != (count,):
        raise BadValue(f"{side} arm: joints", arm.joints.size, f"the state needs {count} of them")
    return arm.joints
