"""What the numbers of XR-0's actions mean, and the way to absolute targets and back.

XR-0 speaks in motions relative to something; the rest of Ontakt knows absolute targets only
(`contract.spaces.ActionSpace`). Both directions are here: `decode` for what the model answers,
`encode` for what is already committed or was demonstrated, expressed in the frame of an observation
that may be newer than the one it came from.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
from msgspec import Struct

from ontakt.contract.errors import BadValue
from ontakt.contract.spaces import SIDE_WIDTH, Array
from ontakt.policy.processor import poses
from ontakt.policy.processor.gripper import Gripper
from ontakt.policy.processor.measured import MeasuredArm

MOTION = 7
"""Numbers of an arm: translation (3), rotation (3), gripper (1)."""
_WIDEST = 12.0
"""Greatest squashed number that is decoded: 80,000 times `squash`, no motion of an arm."""


class ActionLayout(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """How an action vector moves the arms.

    With p, R the pose that a row is anchored at, and d the row's own numbers:

    - `frame` "tool": p' = p + R d[0:3], R' = R D; "station": p' = p + d[0:3], R' = D R.
    - `rotation` "vector": D = Exp(d[3:6]); "rpy": D = Rz(d5) Ry(d4) Rx(d3); "rpy_sum": no D, the
      roll, pitch and yaw of the pose (in the station frame) grow by d[3:6].
    - `anchor` "observation": every row is anchored at the measured pose of the observation (XR-0's
      post-training code); "step": every row at the target of the row before it, the first at the
      measured pose (the benchmarks' per-step deltas, taken as if the robot reached each target).
    """

    anchor: Literal["observation", "step"] = "observation"
    frame: Literal["tool", "station"] = "tool"
    rotation: Literal["vector", "rpy", "rpy_sum"] = "vector"
    starts: tuple[int, ...] = (0,)
    """Where the numbers of each arm begin, in the order of its sides."""
    position_scale: float = 1.0
    """[m] that one unit of d[0:3] means."""
    rotation_scale: float = 1.0
    """[rad] that one unit of d[3:6] means."""
    limit: float = 0.0
    """Decoding cuts d[0:6] to +-limit before it is scaled, as the benchmark's controller does; 0
    cuts nothing."""
    squash: float = 0.0
    """[m] of motion from which on the numbers d[0:3] grow slower: d' = asinh(d / squash), so that a
    tenth of a millimetre near the goal weighs as much as a centimetre on the way. 0: d' = d, as
    XR-0 has it; ours, for small models."""
    gripper: Gripper = Gripper()
    joints: int = 0
    """Joint motions that follow the gripper's number; targets do not tell them."""

    def __post_init__(self) -> None:
        own = MOTION + self.joints
        if any(after - before < own for before, after in pairwise(sorted(self.starts))):
            raise BadValue(
                "Starts of the action layout", self.starts, f"an arm takes {own} numbers"
            )
        if not self.starts or min(self.starts) < 0 or self.joints < 0 or self.limit < 0:
            raise BadValue(
                "The action layout's starts, joints, limit",
                (self.starts, self.joints, self.limit),
                "there must be an arm, and nothing may be negative",
            )
        if not 0.0 <= self.squash < float("inf"):
            raise BadValue("The action layout's squash", self.squash, "it is 0 m or greater")
        if not (self.position_scale > 0 and self.rotation_scale > 0):
            raise BadValue(
                "Scales of the action layout",
                (self.position_scale, self.rotation_scale),
                "both must be above 0",
            )

    @property
    def width(self) -> int:
        """Numbers up to the last that is used."""
        return max(self.starts) + MOTION + self.joints

    @property
    def untold(self) -> tuple[int, ...]:
        """Dimensions with joint motions, which `encode` cannot know."""
        return tuple(
            start + MOTION + joint for start in self.starts for joint in range(self.joints)
        )

    def decode(self, actions: Array, arms: Sequence[MeasuredArm]) -> Array:
        """Absolute targets (T, 8 * arms) from actions (T, D), not normalised.

        The layout is `ActionSpace`'s; quaternions have unit length, and their signs go on from the
        measured one without a jump.
        """
        targets = np.empty((len(actions), SIDE_WIDTH * len(arms)))
        for k, (start, arm) in enumerate(zip(self.starts, arms, strict=True)):
            motion = actions[:, start : start + 6]
            if self.limit:
                motion = np.clip(motion, -self.limit, self.limit)
            translation = motion[:, :3]
            if self.squash:
                reach = np.clip(translation, -_WIDEST, _WIDEST)
                translation = self.squash * np.sinh(reach)
            position, quaternion = self._absolute(
                translation * self.position_scale, motion[:, 3:] * self.rotation_scale, arm
            )
            side = targets[:, SIDE_WIDTH * k : SIDE_WIDTH * (k + 1)]
            side[:, :3] = position
            side[:, 3:7] = poses.continuous(poses.normalised(quaternion), arm.quaternion)
            side[:, 7] = self.gripper.decode(actions[:, start + 6], arm.opening)
        return targets

    def encode(self, targets: Array, arms: Sequence[MeasuredArm], width: int) -> Array:
        """Actions (P, width), not normalised, of absolute targets (P, 8 * arms) in the frame of
        the observation that measured `arms`; 0 where nothing stands and in `untold`."""
        actions = np.zeros((len(targets), width))
        for k, (start, arm) in enumerate(zip(self.starts, arms, strict=True)):
            side = targets[:, SIDE_WIDTH * k : SIDE_WIDTH * (k + 1)]
            translation, rotation = self._relative(side[:, :3], poses.normalised(side[:, 3:7]), arm)
            translation = translation / self.position_scale
            if self.squash:
                translation = np.arcsinh(translation / self.squash)
            actions[:, start : start + 3] = translation
            actions[:, start + 3 : start + 6] = rotation / self.rotation_scale
            actions[:, start + 6] = self.gripper.encode(side[:, 7], arm.opening)
        return actions

    def _absolute(
        self, translation: Array, rotation: Array, arm: MeasuredArm
    ) -> tuple[Array, Array]:
        """Positions (T, 3) and quaternions (T, 4) of the motions [m, rad] from `arm` on."""
        if self.anchor == "observation":
            anchors = (arm.position, arm.quaternion)
            return self._moved(*anchors, translation), self._turned(anchors[1], rotation)
        quaternions = np.empty((len(rotation), 4))
        if self.rotation == "rpy_sum":
            quaternions[:] = poses.from_rpy(poses.to_rpy(arm.quaternion) + rotation.cumsum(axis=0))
        else:
            turns, last = self._turn(rotation), arm.quaternion
            for row, turn in enumerate(turns):
                pair = (last, turn) if self.frame == "tool" else (turn, last)
                quaternions[row] = last = poses.multiply(*pair)
        before = np.concatenate([arm.quaternion[None], quaternions[:-1]])
        steps = self._moved(np.zeros(3), before, translation)
        return arm.position + steps.cumsum(axis=0), quaternions

    def _relative(
        self, position: Array, quaternion: Array, arm: MeasuredArm
    ) -> tuple[Array, Array]:
        """Motions [m, rad], each (P, 3), that lead from `arm` through the poses: the inverse of
        `_absolute`."""
        if self.anchor == "observation":
            origin, before = arm.position, arm.quaternion[None]
        else:
            origin = np.concatenate([arm.position[None], position[:-1]])
            before = np.concatenate([arm.quaternion[None], quaternion[:-1]])
        translation = position - origin
        if self.frame == "tool":
            # v R is R^T v for a row v.
            translation = (translation[:, None, :] @ poses.matrix(before))[:, 0, :]
        if self.rotation == "rpy_sum":
            grown = poses.to_rpy(quaternion) - poses.to_rpy(before)
            return translation, (grown + np.pi) % (2.0 * np.pi) - np.pi
        back = poses.conjugate(before)
        turns = (
            poses.multiply(back, quaternion)
            if self.frame == "tool"
            else poses.multiply(quaternion, back)
        )
        code = poses.logarithm if self.rotation == "vector" else poses.to_rpy
        return translation, code(turns)

    def _moved(self, origin: Array, anchor: Array, translation: Array) -> Array:
        """`translation` (T, 3) from `origin`, in the frame that `anchor` (4,) or (T, 4) gives."""
        if self.frame == "station":
            return origin + translation
        turned = translation[:, None, :] @ np.swapaxes(poses.matrix(anchor), -1, -2)
        return np.asarray(origin + turned[:, 0, :])

    def _turned(self, anchor: Array, rotation: Array) -> Array:
        """The orientation `anchor` (4,) after each of the rotations (T, 3)."""
        if self.rotation == "rpy_sum":
            return poses.from_rpy(poses.to_rpy(anchor) + rotation)
        turn = self._turn(rotation)
        return (
            poses.multiply(anchor, turn) if self.frame == "tool" else poses.multiply(turn, anchor)
        )

    def _turn(self, rotation: Array) -> Array:
        """The rotations (T, 3) as quaternions (T, 4)."""
        return (poses.exponential if self.rotation == "vector" else poses.from_rpy)(rotation)
