"""What the numbers of an action mean: sides, poses, openings, cameras.

An action is one flat vector per control tick. Every side contributes `SIDE_WIDTH` numbers in this
order: TCP position x, y, z [m] in the station frame, TCP orientation as a unit quaternion
w, x, y, z (scalar first), and the gripper's opening [m] (free distance between the pads; 0 asks
for a full grip). The station frame is right-handed: x away from the robot, y to the robot's left,
z up, origin on the floor below the robot's pelvis.
"""

from typing import Any, Literal, get_args

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Array = NDArray[np.float64]
Image = NDArray[np.uint8]
"""Shape (height, width, 3), RGB, 0..255."""

Side = Literal["left", "right"]
SIDES: tuple[Side, ...] = get_args(Side)
SIDE_WIDTH = 8


def frozen_array(values: Any) -> Array:
    """A read-only float64 copy of `values`, so that a frozen struct is frozen all through."""
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array


class CameraSpec(Struct, frozen=True):
    """One camera: `width` and `height` [px], vertical field of view `fov` [rad]."""

    name: str
    width: int
    height: int
    fov: float


class ActionSpace(Struct, frozen=True):
    """The layout of one action vector and the rate at which the cell consumes such vectors."""

    sides: tuple[Side, ...] = SIDES
    control_hz: int = 30

    @property
    def width(self) -> int:
        """Numbers in one action."""
        return SIDE_WIDTH * len(self.sides)

    def start(self, side: Side) -> int:
        """Index of the first number of `side`. Raises ValueError for a side that is not there."""
        return SIDE_WIDTH * self.sides.index(side)

    def side(self, action: Array, side: Side) -> Array:
        """The 8 numbers of `side`, shape (..., 8); a view of `action` (..., width)."""
        k = self.start(side)
        return action[..., k : k + SIDE_WIDTH]

    def position(self, action: Array, side: Side) -> Array:
        """TCP position [m], shape (..., 3), station frame; a view of `action` (..., width)."""
        k = self.start(side)
        return action[..., k : k + 3]

    def quaternion(self, action: Array, side: Side) -> Array:
        """TCP orientation wxyz, shape (..., 4); a view of `action` (..., width)."""
        k = self.start(side)
        return action[..., k + 3 : k + 7]

    def opening(self, action: Array, side: Side) -> Array:
        """Gripper opening [m], shape (...); a view of `action` (..., width)."""
        return action[..., self.start(side) + 7]

    def pack(self, targets: dict[Side, tuple[Array, Array, float]]) -> Array:
        """One read-only action vector from (position, quaternion, opening) of every side."""
        return frozen_array(
            np.concatenate([[*targets[s][0], *targets[s][1], targets[s][2]] for s in self.sides])
        )
