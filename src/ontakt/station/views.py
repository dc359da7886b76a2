"""Where cameras look."""

from collections.abc import Sequence

import mujoco
import numpy as np

from ontakt.contract.spaces import Array


def aim(direction: Sequence[float], up: Sequence[float] = (0.0, 0.0, 1.0)) -> Array:
    """Quaternion wxyz of a camera that looks along `direction` with `up` to the top of its image.

    A MuJoCo camera looks along its -z, with +y to the top of the image. Raises ValueError when
    both are parallel.
    """
    z = -np.asarray(direction, dtype=np.float64)
    x = np.cross(np.asarray(up, dtype=np.float64), z)
    if np.linalg.norm(x) < 1e-9:
        raise ValueError(f"Camera direction {direction} is parallel to its up {up}.")
    z, x = z / np.linalg.norm(z), x / np.linalg.norm(x)
    quaternion = np.empty(4)
    mujoco.mju_mat2Quat(quaternion, np.stack([x, np.cross(z, x), z], axis=1).ravel())
    return quaternion
