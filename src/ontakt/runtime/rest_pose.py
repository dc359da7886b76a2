"""When an arm counts as home: measured, not commanded."""

import math

import numpy as np

from ontakt.contract import ActionSpace, ArmState, Array, Side

NEAR = 0.005
"""[m] A settled servo stands 0.1 to 1 mm off; a blocked arm stands farther."""
TURNED = 0.1
"""[rad]"""
SHUT = 0.003
"""[m] Less open than at home by more than this is not open."""


class RestPose:
    """The waiting pose of every side, with how near an arm must be."""

    def __init__(self, space: ActionSpace, home: Array) -> None:
        self._position = {s: space.position(home, s) for s in space.sides}
        self._quaternion = {s: space.quaternion(home, s) for s in space.sides}
        self._opening = {s: float(space.opening(home, s)) for s in space.sides}

    def holds(self, side: Side, arm: ArmState) -> bool:
        """True when `arm` stands at its home with an open gripper."""
        if not math.dist(arm.position, self._position[side]) <= NEAR:
            return False
        half = min(1.0, abs(float(np.dot(arm.quaternion, self._quaternion[side]))))
        return 2.0 * math.acos(half) <= TURNED and arm.opening >= self._opening[side] - SHUT
