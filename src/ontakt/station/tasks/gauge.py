"""The inspector: a gauge that measures how a nut sits on its pin. It knows true poses and nothing
of what the robot believes."""

import math
from collections.abc import Sequence

import mujoco
import numpy as np
from msgspec import Struct

from ontakt.contract import Array, Inspection
from ontakt.contract.units import Metres, Radians


class InspectionConfig(Struct, frozen=True):
    """`[inspection]`: what the gauge calls good, and how far about a pin it looks."""

    offset: Metres
    height: Metres
    tilt: Radians
    reach: Metres


def measure(
    nuts: Sequence[Array], foot: Array, turn: Array, nut_height: float, config: InspectionConfig
) -> Inspection:
    """How the nut nearest to a pin sits, in the pin's own frame; where nuts are stacked on the
    pin, the topmost, which is too high: a part with two nuts on a pin is not good.

    `nuts` are poses (7,): position [m] and quaternion wxyz; the pin stands on its seat at `foot`
    [m] with its axes as the columns of `turn` (3, 3), z along it. Without a nut in reach, offset
    and height read the reach.
    """
    near = [pose for pose in nuts if math.dist(pose[:3], foot) < config.reach]
    if not near:
        return Inspection(ok=False, offset=config.reach, height=config.reach, tilt=0.0)
    near.sort(key=lambda pose: math.dist(pose[:3], foot))
    seen = [(turn.T @ (pose[:3] - foot)).tolist() for pose in near]
    # over the pin: nearer to its axis than any nut that lies beside it
    stack = [k for k, (x, y, _) in enumerate(seen) if math.hypot(x, y) < nut_height]
    k = max(stack, key=lambda k: seen[k][2]) if 0 in stack else 0
    pose, (x, y, z) = near[k], seen[k]
    axis = np.empty(3)
    mujoco.mju_rotVecQuat(axis, np.array([0.0, 0.0, 1.0]), pose[3:])
    # a nut has no top: upside down is upright
    tilt = math.acos(min(1.0, abs(float(axis @ turn[:, 2]))))
    offset, height = math.hypot(x, y), z - nut_height / 2
    good = offset < config.offset and abs(height) < config.height and tilt < config.tilt
    return Inspection(ok=good, offset=offset, height=height, tilt=tilt)
